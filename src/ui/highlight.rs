//! Colours for the text of items: the one door to syntect.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use ratatui::style::Style;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxDefinition, SyntaxSet, SyntaxSetBuilder};

use super::theme::Syntax;

/// Texts remembered: a few screens full.
const REMEMBERED: usize = 1_000;

/// What a stretch of an item's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Name,
    String,
    Number,
    Literal,
    Type,
    Binary,
    Escape,
    Punctuation,
}

impl Role {
    pub fn style(self, syntax: &Syntax) -> Style {
        match self {
            Self::Name => syntax.name,
            Self::String => syntax.string,
            Self::Number => syntax.number,
            Self::Literal => syntax.literal,
            Self::Type => syntax.kind,
            Self::Binary => syntax.binary,
            Self::Escape => syntax.escape,
            Self::Punctuation => syntax.punctuation,
        }
    }
}

/// Stretches of a text and what they are; what is left out is nothing in particular.
pub type Stretches = Rc<[(Range<usize>, Role)]>;

/// The definition and what its scopes mean. Made when the first document is shown.
struct Grammar {
    set: SyntaxSet,
    roles: Vec<(Scope, Role)>,
}

static GRAMMAR: LazyLock<Option<Grammar>> =
    LazyLock::new(|| grammar(include_str!("../../assets/item-syntax.toml")));

fn grammar(file: &str) -> Option<Grammar> {
    let definition: SyntaxDefinition = toml::from_str(file).ok()?;
    let mut builder = SyntaxSetBuilder::new();
    builder.add(definition);
    let roles = [
        ("entity.name", Role::Name),
        ("string.quoted", Role::String),
        ("constant.numeric", Role::Number),
        ("constant.language", Role::Literal),
        ("storage.type", Role::Type),
        ("constant.other.binary", Role::Binary),
        ("constant.character.escape", Role::Escape),
        ("punctuation", Role::Punctuation),
    ];
    let roles = roles.into_iter().filter_map(|(scope, role)| Some((Scope::new(scope).ok()?, role)));
    Some(Grammar { set: builder.build(), roles: roles.collect() })
}

type Memory = HashMap<(String, bool), Stretches>;

thread_local! {
    /// From one frame to the next most lines stay.
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// What the parts of a piece of an item's text are. Meant for what is on the screen: the effort
/// grows with the length of the piece.
///
/// `is_inside`: it begins within a string.
pub fn stretches(piece: &str, is_inside: bool) -> Stretches {
    MEMORY.with_borrow_mut(|memory| {
        let key = (piece.to_owned(), is_inside);
        if let Some(known) = memory.get(&key) {
            return Rc::clone(known);
        }
        if memory.len() >= REMEMBERED {
            memory.clear();
        }
        let found: Stretches =
            GRAMMAR.as_ref().map(|it| it.parse(piece, is_inside)).unwrap_or_default().into();
        memory.insert(key, Rc::clone(&found));
        found
    })
}

/// Whether a text from the start of a line on ends within a string.
pub fn ends_inside(text: &str, is_inside: bool) -> bool {
    let (mut is_inside, mut is_escaped) = (is_inside, false);
    for character in text.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_inside => is_escaped = true,
            '"' => is_inside = !is_inside,
            // The start of a string that is shown from further on.
            '…' => is_inside = true,
            _ => {}
        }
    }
    is_inside
}

impl Grammar {
    fn parse(&self, piece: &str, is_inside: bool) -> Vec<(Range<usize>, Role)> {
        let quote = usize::from(is_inside);
        let line = if is_inside { format!("\"{piece}") } else { piece.to_owned() };
        let Some(syntax) = self.set.syntaxes().first() else { return vec![] };
        let Ok(operations) = ParseState::new(syntax).parse_line(&line, &self.set) else { return vec![] };
        let (mut stack, mut found, mut at) = (ScopeStack::new(), vec![], 0);
        let mut push = |range: Range<usize>, stack: &ScopeStack| {
            let range = range.start.max(quote) - quote..range.end.max(quote) - quote;
            if let Some(role) = self.role(stack).filter(|_| !range.is_empty()) {
                found.push((range, role));
            }
        };
        for (next, operation) in operations {
            push(at..next, &stack);
            at = next;
            if stack.apply(&operation).is_err() {
                break;
            }
        }
        push(at..line.len(), &stack);
        found
    }

    fn role(&self, stack: &ScopeStack) -> Option<Role> {
        let scope = stack.as_slice().last()?;
        self.roles.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, role)| *role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A letter for each byte of the text.
    fn roles(text: &str, is_inside: bool) -> String {
        let mut letters = vec!['.'; text.len()];
        for (range, role) in stretches(text, is_inside).iter() {
            let letter = match role {
                Role::Name => 'a',
                Role::String => 's',
                Role::Number => 'n',
                Role::Literal => 'l',
                Role::Type => 't',
                Role::Binary => 'b',
                Role::Escape => 'e',
                Role::Punctuation => 'p',
            };
            letters[range.clone()].fill(letter);
        }
        letters.into_iter().collect()
    }

    #[test]
    fn every_form_of_an_item_has_its_colours() {
        for (text, expected) in [
            (r#"  "a\"b": {"S": "x\n"},"#, "..aaaaaap.ptttp.sseespp"),
            (r#"  "N": -1.5E+10,"#, "..aaap.nnnnnnnnp"),
            (r#"total: { sku: "A-1", on: true }"#, "aaaaap.p.aaap.sssssp.aap.llll.p"),
            (r#"tags: SS {"true", "1"}"#, "aaaap.tt.pssssssp.sssp"),
            ("[2]: NULL", "aaap.llll"),
            ("<2 B binary 0a ff>", "bbbbbbbbbbbbbbbbbb"),
        ] {
            assert_eq!(roles(text, false), expected, "{text}");
        }
    }

    #[test]
    fn a_piece_out_of_a_string_is_known_as_one() {
        let line = r#""a": "one two \" true", 12"#;
        for at in [8, 12, 18] {
            let is_inside = ends_inside(&line[..at], false);
            assert_eq!(roles(&line[at..], is_inside), roles(line, false)[at..], "{at}");
        }
        assert!(!ends_inside(line, false));
        assert_eq!(roles("tail\" 1", true), "sssss.n");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn stretches_are_in_order_and_within_the_text(text in "[a1:\"\\\\{}<>… é漢\\[\\],-]{0,40}", is_inside in any::<bool>()) {
            let mut end = 0;
            for (range, _) in stretches(&text, is_inside).iter() {
                prop_assert!(range.start >= end && text.get(range.clone()).is_some());
                end = range.end;
            }
            prop_assert!(end <= text.len());
        }
    }
}

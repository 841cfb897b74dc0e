//! Colours and symbols, as data.

use std::sync::LazyLock;

use ratatui::style::{Modifier, Style};

/// How everything looks. No meaning is carried by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// What lies under everything.
    pub ground: Style,
    pub text: Style,
    pub dim: Style,
    pub title: Style,
    pub border: Style,
    pub focused: Style,
    /// The row of the cursor in the focused pane.
    pub cursor: Style,
    /// The row of the cursor elsewhere.
    pub faint_cursor: Style,
    pub added: Style,
    pub removed: Style,
    pub changed: Style,
    /// Under a row that is new, or gone, as a whole.
    pub added_row: Style,
    pub removed_row: Style,
    /// What is new, or gone, inside a value.
    pub added_part: Style,
    pub removed_part: Style,
    pub live: Style,
    pub warning: Style,
    pub error: Style,
    pub key: Style,
    pub found: Style,
    /// The line of a marker.
    pub marker: Style,
    pub syntax: Syntax,
    /// Signs that every terminal has.
    pub is_ascii: bool,
}

/// The parts of an item's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Syntax {
    /// An attribute's name.
    pub name: Style,
    pub string: Style,
    pub number: Style,
    /// `true`, `false`, `null`.
    pub literal: Style,
    /// A type of DynamoDB: the `S` in `{"S": …}`.
    pub kind: Style,
    pub binary: Style,
    /// What stands for another character in a string.
    pub escape: Style,
    pub punctuation: Style,
}

/// What is drawn beyond ASCII, and what stands for it where a terminal cannot.
const IN_ASCII: &[(&str, &str)] = &[
    ("●", "*"),
    ("○", "o"),
    ("▸", ">"),
    ("▾", "v"),
    ("✓", "x"),
    ("→", ">"),
    ("›", ">"),
    ("↑", "^"),
    ("↓", "v"),
    ("←", "<"),
    ("⏎", "$"),
    ("─", "-"),
    ("│", "|"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    ("·", "."),
    ("≈", "~"),
    ("≥", ">"),
    ("–", "-"),
    ("—", "-"),
    ("•", "*"),
    ("…", "."),
    ("⋯", "."),
    ("▏", "_"),
    ("▁", "_"),
    ("▂", "."),
    ("▃", "."),
    ("▄", "-"),
    ("▅", "-"),
    ("▆", "="),
    ("▇", "="),
    ("█", "#"),
    ("◐", "|"),
    ("◓", "/"),
    ("◑", "-"),
    ("◒", "\\"),
];

/// The bars of a sparkline, lowest first.
pub const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// What turns while something is awaited.
pub const SPINNER: [&str; 4] = ["◐", "◓", "◑", "◒"];

/// The sign in ASCII for one of ours.
pub fn in_ascii(symbol: &str) -> Option<&'static str> {
    IN_ASCII.iter().find(|(sign, _)| *sign == symbol).map(|(_, ascii)| *ascii)
}

impl Default for Theme {
    /// The terminal's own sixteen colours.
    fn default() -> Self {
        static SIXTEEN: LazyLock<Theme> = LazyLock::new(|| read(FILES[0].1).0);
        *SIXTEEN
    }
}

impl Theme {
    /// One of [`Theme::NAMES`].
    pub fn named(name: &str) -> Option<Self> {
        let (_, file) = FILES.iter().find(|(known, _)| *known == name)?;
        Some(read(file).0)
    }

    pub const NAMES: [&str; FILES.len()] = [FILES[0].0, FILES[1].0, FILES[2].0, FILES[3].0];

    /// Without any colour: `NO_COLOR`. Weight and signs still tell things apart.
    #[must_use]
    pub fn without_colour(mut self) -> Self {
        let is_ascii = self.is_ascii;
        // Of the sixteen colours' theme, which leans on weight where the others have grounds.
        self = Self::default();
        for (_, style) in self.styles() {
            (style.fg, style.bg) = (None, None);
        }
        self.found = self.found.add_modifier(Modifier::REVERSED);
        for part in [&mut self.added_part, &mut self.removed_part] {
            *part = part.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        }
        Self { is_ascii, ..self }
    }

    /// With signs that every terminal has: `--ascii`.
    #[must_use]
    pub fn in_ascii(self) -> Self {
        Self { is_ascii: true, ..self }
    }

    fn bare() -> Self {
        let bare = Style::new();
        Self {
            ground: bare,
            text: bare,
            dim: bare,
            title: bare,
            border: bare,
            focused: bare,
            cursor: bare,
            faint_cursor: bare,
            added: bare,
            removed: bare,
            changed: bare,
            added_row: bare,
            removed_row: bare,
            added_part: bare,
            removed_part: bare,
            live: bare,
            warning: bare,
            error: bare,
            key: bare,
            found: bare,
            marker: bare,
            syntax: Syntax::default(),
            is_ascii: false,
        }
    }

    /// Every style by its name in a theme's file.
    fn styles(&mut self) -> [(&'static str, &mut Style); 29] {
        [
            ("ground", &mut self.ground),
            ("text", &mut self.text),
            ("dim", &mut self.dim),
            ("title", &mut self.title),
            ("border", &mut self.border),
            ("focused", &mut self.focused),
            ("cursor", &mut self.cursor),
            ("faint_cursor", &mut self.faint_cursor),
            ("added", &mut self.added),
            ("removed", &mut self.removed),
            ("changed", &mut self.changed),
            ("added_row", &mut self.added_row),
            ("removed_row", &mut self.removed_row),
            ("added_part", &mut self.added_part),
            ("removed_part", &mut self.removed_part),
            ("live", &mut self.live),
            ("warning", &mut self.warning),
            ("error", &mut self.error),
            ("key", &mut self.key),
            ("found", &mut self.found),
            ("marker", &mut self.marker),
            ("syntax.name", &mut self.syntax.name),
            ("syntax.string", &mut self.syntax.string),
            ("syntax.number", &mut self.syntax.number),
            ("syntax.literal", &mut self.syntax.literal),
            ("syntax.type", &mut self.syntax.kind),
            ("syntax.binary", &mut self.syntax.binary),
            ("syntax.escape", &mut self.syntax.escape),
            ("syntax.punctuation", &mut self.syntax.punctuation),
        ]
    }
}

/// The themes by name.
const FILES: [(&str, &str); 4] = [
    ("default", include_str!("../../assets/themes/default.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("colour-blind", include_str!("../../assets/themes/colour-blind.toml")),
];

/// A theme from the text of its file, and what is wrong with it.
fn read(file: &str) -> (Theme, Vec<String>) {
    let (mut theme, mut wrong) = (Theme::bare(), vec![]);
    let mut table: toml::Table = toml::from_str(file).unwrap_or_else(|error| {
        wrong.push(error.to_string());
        toml::Table::new()
    });
    let mut syntax = match table.remove("syntax") {
        Some(toml::Value::Table(syntax)) => syntax,
        _ => toml::Table::new(),
    };
    for (name, slot) in theme.styles() {
        let found = match name.strip_prefix("syntax.") {
            Some(name) => syntax.remove(name),
            None => table.remove(name),
        };
        match found.as_ref().and_then(toml::Value::as_str).and_then(style) {
            Some(style) => *slot = style,
            None => wrong.push(format!("{name} is missing or no style")),
        }
    }
    wrong.extend(table.keys().chain(syntax.keys()).map(|name| format!("{name} is no style of a theme")));
    (theme, wrong)
}

/// `cyan on black bold -dim`.
fn style(text: &str) -> Option<Style> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let (word, is_off) = word.strip_prefix('-').map_or((word, false), |word| (word, true));
        let modifier = Modifier::from_name(&word.to_uppercase());
        style = match (word, modifier) {
            (_, Some(modifier)) if is_off => style.remove_modifier(modifier),
            (_, Some(modifier)) => style.add_modifier(modifier),
            ("on", None) => style.bg(words.next()?.parse().ok()?),
            (_, None) => style.fg(word.parse().ok()?),
        };
    }
    Some(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    #[test]
    fn every_theme_has_every_style_and_no_other() {
        for (name, file) in FILES {
            assert_eq!(read(file).1, [""; 0], "{name}");
        }
        let broken = FILES[0].1.replace("text =", "txt =").replace("\"red\"", "\"rot\"");
        assert_eq!(read(&broken).1.len(), 3);
    }

    #[test]
    fn a_style_is_written_in_words() {
        let expected = Style::new().fg(Color::Cyan).bg(Color::Rgb(1, 2, 255)).add_modifier(Modifier::BOLD);
        assert_eq!(style("cyan on #0102ff bold -dim"), Some(expected.remove_modifier(Modifier::DIM)));
        for wrong in ["blau", "on", "on bold", "#12"] {
            assert_eq!(style(wrong), None, "{wrong}");
        }
    }

    /// The relative luminance of WCAG 2.
    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else { panic!("{colour} is not of many colours") };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_every_ground() {
        for name in ["dark", "light", "colour-blind"] {
            let theme = Theme::named(name).unwrap();
            let syntax = theme.syntax;
            let texts = [
                syntax.name,
                syntax.string,
                syntax.number,
                syntax.literal,
                syntax.binary,
                syntax.escape,
                theme.added,
                theme.removed,
                theme.changed,
                theme.warning,
                theme.error,
                theme.key,
                theme.live,
                theme.marker,
            ];
            let grounds =
                [theme.ground, theme.added_row, theme.removed_row, theme.cursor, theme.faint_cursor];
            for text in texts {
                for ground in grounds {
                    let ratio = contrast(text.fg.unwrap(), ground.bg.unwrap());
                    // The minimum of WCAG 2 for large text; for all but a few it is that for any text.
                    assert!(ratio >= 3.0, "{name}: {text:?} on {ground:?}: {ratio:.1}");
                }
            }
            for part in [theme.added_part, theme.removed_part, theme.found] {
                let ratio = contrast(part.fg.unwrap(), part.bg.unwrap());
                assert!(ratio >= 4.5, "{name}: {part:?}: {ratio:.1}");
            }
        }
    }

    #[test]
    fn without_colour_nothing_is_left_but_weight() {
        let mut theme = Theme::named("dark").unwrap().without_colour();
        assert!(theme.styles().iter().all(|(_, style)| style.fg.is_none() && style.bg.is_none()));
        assert!(theme.added_part.add_modifier.contains(Modifier::UNDERLINED));
    }
}

//! The paths that a Rust source names: as much of the language as the guard of the floors needs.

/// A path, made absolute: `crate::model::Time`, `tokio::spawn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub path: Vec<String>,
    pub line: usize,
    /// It stands in a module under `#[cfg(test)]`.
    pub in_tests: bool,
    /// A `use` that hides what is used: of a whole module's contents, or under another name.
    pub hides: bool,
}

/// Every path in a source file. `module` is the file's own: `["ui", "list"]` for `src/ui/list.rs`.
pub fn paths(source: &str, module: &[&str]) -> Vec<Named> {
    let mut reader =
        Reader { tokens: tokens(source), at: 0, found: vec![], open: vec![Block::Module(module)] };
    reader.read();
    reader.found
}

struct Token {
    text: String,
    line: usize,
}

/// What a brace has opened.
enum Block<'a> {
    /// The file itself.
    Module(&'a [&'a str]),
    Inner {
        name: String,
        tests: bool,
    },
    Braces,
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    found: Vec<Named>,
    open: Vec<Block<'a>>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while self.at < self.tokens.len() {
            match self.text(0) {
                "mod" if self.text(2) == "{" => {
                    let block = Block::Inner { name: self.text(1).to_owned(), tests: self.is_cfg_test() };
                    self.open.push(block);
                    self.at += 3;
                }
                "{" => {
                    self.open.push(Block::Braces);
                    self.at += 1;
                }
                "}" => {
                    self.open.pop();
                    self.at += 1;
                }
                // `impl Trait + use<'a>` names no path.
                "use" if self.text(1) != "<" => {
                    self.at += 1;
                    self.use_tree(&[]);
                }
                text if is_name(text) => {
                    let line = self.tokens[self.at].line;
                    let path = self.path();
                    if path.len() > 1 {
                        self.note(path, line, false);
                    }
                }
                // The end of a path that began with something else: `<T as Trait>::name`.
                "::" if self.at > 0 && matches!(self.tokens[self.at - 1].text.as_str(), ">" | ")") => {
                    self.at += 1;
                    self.path();
                }
                _ => self.at += 1,
            }
        }
    }

    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.text)
    }

    /// `a::b::c`, up to what is no name.
    fn path(&mut self) -> Vec<String> {
        let mut path = vec![];
        while is_name(self.text(0)) {
            path.push(self.text(0).to_owned());
            self.at += 1;
            if self.text(0) != "::" || !is_name(self.text(1)) {
                break;
            }
            self.at += 1;
        }
        path
    }

    /// `a::{b, c::{self, d}, e as f, g::*}` below `prefix`, up to what ends it.
    fn use_tree(&mut self, prefix: &[String]) {
        if self.text(0) == "::" {
            self.at += 1;
        }
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut path = prefix.to_vec();
        path.extend(self.path());
        if self.text(0) == "::" {
            self.at += 1;
        }
        match self.text(0) {
            "{" => {
                self.at += 1;
                while !matches!(self.text(0), "}" | "") {
                    self.use_tree(&path);
                    if self.text(0) == "," {
                        self.at += 1;
                    }
                }
                self.at += 1;
            }
            "*" => {
                self.at += 1;
                self.note(path, line, true);
            }
            _ => {
                let hides = self.text(0) == "as";
                if hides {
                    self.at += 2;
                }
                if path.len() > prefix.len() {
                    self.note(path, line, hides);
                } else {
                    // Nothing was read: not a use tree after all. Go on, so that this ends.
                    self.at += 1;
                }
            }
        }
    }

    fn note(&mut self, path: Vec<String>, line: usize, hides: bool) {
        let mut module = vec![];
        let mut in_tests = false;
        for block in &self.open {
            match block {
                Block::Module(path) => module.extend(path.iter().map(|&name| name.to_owned())),
                Block::Inner { name, tests } => {
                    module.push(name.clone());
                    in_tests |= tests;
                }
                Block::Braces => {}
            }
        }
        self.found.push(Named { path: absolute(path, module), line, in_tests, hides });
    }

    /// Whether the attributes before this `mod` hold `#[cfg(test)]`.
    fn is_cfg_test(&self) -> bool {
        let before = &self.tokens[..self.at];
        let start = before.iter().rposition(|token| matches!(token.text.as_str(), ";" | "{" | "}"));
        let attributes: String =
            before[start.map_or(0, |start| start + 1)..].iter().map(|token| token.text.as_str()).collect();
        attributes.contains("#[cfg(test)]")
    }
}

/// The path from the root of the crate: `self` and `super` are looked up in `module`.
fn absolute(mut path: Vec<String>, mut module: Vec<String>) -> Vec<String> {
    // The binary sees the library as another crate; here they are one house.
    if path[0] == "dynascope" {
        "crate".clone_into(&mut path[0]);
    }
    if !matches!(path[0].as_str(), "self" | "super") {
        path.retain(|name| name != "self");
        return path;
    }
    let mut rest = path.as_slice();
    while let Some(name @ ("self" | "super")) = rest.first().map(String::as_str) {
        if name == "super" {
            module.pop();
        }
        rest = &rest[1..];
    }
    ["crate".to_owned()].into_iter().chain(module).chain(rest.iter().cloned()).collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first == '_' || first.is_alphabetic())
}

/// The source without comments, literals and lifetimes, cut into names, `::` and single signs.
fn tokens(source: &str) -> Vec<Token> {
    let mut found = vec![];
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = literal(rest) {
            length
        } else if is_name(rest) {
            rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (text, after) = rest.split_at(length);
        if is_name(text) && literal(rest).is_none() || length <= 2 && "::{}()[]<>;,*#=.&$".contains(text) {
            // A raw name is the name.
            let text = text.strip_prefix("r#").unwrap_or(text).to_owned();
            found.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    found
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of the string, character, lifetime or number that `text` starts with.
fn literal(text: &str) -> Option<usize> {
    let bare = text.trim_start_matches(['b', 'c', 'r']);
    let prefix = text.len() - bare.len();
    if prefix <= 2 {
        let hashes = bare.len() - bare.trim_start_matches('#').len();
        let raw = text[..prefix].contains('r');
        if raw && bare[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = prefix + hashes + 1;
            return Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()));
        }
        if bare.starts_with('"') {
            return Some(prefix + quoted(bare, '"'));
        }
        if bare.starts_with('\'') && text[..prefix].chars().all(|c| c == 'b') {
            let is_char = bare[1..].starts_with('\\') || bare.chars().nth(2) == Some('\'');
            let lifetime =
                bare[1..].find(|c: char| c != '_' && !c.is_alphanumeric()).map_or(bare.len(), |at| at + 1);
            return Some(prefix + if is_char { quoted(bare, '\'') } else { lifetime.max(1) });
        }
    }
    let number = text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len());
    text.starts_with(|c: char| c.is_ascii_digit()).then_some(number)
}

/// The length of what stands between two `quote`s, with them; a backslash hides one.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        if sign == quote && !escaped {
            return at + 1;
        }
        escaped = sign == '\\' && !escaped;
    }
    text.len()
}

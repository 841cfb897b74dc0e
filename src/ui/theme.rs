//! Colours and symbols, as data.

use ratatui::style::{Color, Modifier, Style};

/// How everything looks. No meaning is carried by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
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
    pub live: Style,
    pub warning: Style,
    pub error: Style,
    pub key: Style,
    pub found: Style,
    /// Signs that every terminal has.
    pub is_ascii: bool,
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
        let plain = Style::new();
        Self {
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            title: plain.add_modifier(Modifier::BOLD).remove_modifier(Modifier::DIM),
            border: plain.add_modifier(Modifier::DIM),
            focused: plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            cursor: plain.add_modifier(Modifier::REVERSED),
            faint_cursor: plain.add_modifier(Modifier::UNDERLINED),
            added: plain.fg(Color::Green),
            removed: plain.fg(Color::Red),
            changed: plain.fg(Color::Yellow),
            live: plain.fg(Color::Green),
            warning: plain.fg(Color::Yellow),
            error: plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            key: plain.fg(Color::Cyan),
            found: plain.fg(Color::Black).bg(Color::Yellow),
            is_ascii: false,
        }
    }
}

impl Theme {
    /// Without any colour: `NO_COLOR`. Weight and signs still tell things apart.
    #[must_use]
    pub fn without_colour(self) -> Self {
        let bare = |style: Style| Style { fg: None, bg: None, ..style };
        Self {
            text: bare(self.text),
            dim: bare(self.dim),
            title: bare(self.title),
            border: bare(self.border),
            focused: bare(self.focused),
            cursor: bare(self.cursor),
            faint_cursor: bare(self.faint_cursor),
            added: bare(self.added),
            removed: bare(self.removed),
            changed: bare(self.changed),
            live: bare(self.live),
            warning: bare(self.warning),
            error: bare(self.error),
            key: bare(self.key),
            found: bare(self.found).add_modifier(Modifier::REVERSED),
            is_ascii: self.is_ascii,
        }
    }

    /// With signs that every terminal has: `--ascii`.
    #[must_use]
    pub fn in_ascii(self) -> Self {
        Self { is_ascii: true, ..self }
    }
}

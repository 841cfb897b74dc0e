//! How the explorer looks: `[view]`.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct View {
    /// Signs that every terminal has.
    pub ascii: bool,
    /// Times of this machine in place of UTC.
    pub local_time: bool,
    pub theme: ThemeName,
}

/// A set of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// The terminal's own sixteen colours.
    #[default]
    Default,
    Dark,
    Light,
    /// No meaning in red against green.
    ColourBlind,
}

impl ThemeName {
    pub const ALL: [Self; 4] = [Self::Default, Self::Dark, Self::Light, Self::ColourBlind];

    /// As it is written in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "colour-blind",
        }
    }
}

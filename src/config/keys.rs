//! Keys in place of the usual ones: `[keys]`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// By the name of the action: `next-change = "n"`, `follow = ["f", "F5"]`.
pub type Keys = BTreeMap<String, KeyNames>;

/// The keys of an action, as the help writes them; none unbinds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMore")]
pub struct KeyNames(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a key like \"Ctrl-d\", or a list of keys, is expected")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for KeyNames {
    fn from(given: OneOrMore) -> Self {
        Self(match given {
            OneOrMore::One(key) => vec![key],
            OneOrMore::More(keys) => keys,
        })
    }
}

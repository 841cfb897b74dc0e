//! What is known of a table: `[table.NAME]`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::path::Path;

/// By the tables' names.
pub type Tables = BTreeMap<String, Table>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Table {
    /// Changes at these paths, and inside them, are noise.
    pub ignore: Vec<AttributePath>,
    /// Where an item says who wrote it; the first that is there counts.
    pub actor: Vec<AttributePath>,
}

/// A path in the filter language's spelling: `meta.version`, `"a.b"[0]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AttributePath(pub Path<'static>);

impl TryFrom<String> for AttributePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let path: Result<Path<'static>, _> = text.parse();
        path.map(Self).map_err(|error| {
            format!("{text:?} is no path: {error}; a name with other characters stands in double quotes")
        })
    }
}

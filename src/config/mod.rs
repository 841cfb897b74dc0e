//! The configuration file: TOML, every entry optional, a wrong one an error with its line.

mod file;
mod keys;
mod table;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

pub use file::{ConfigFile, ConfigFileError, load};
pub use keys::{KeyNames, Keys};
pub use table::{AttributePath, Table, Tables};
pub use view::{ThemeName, View};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    pub pace: Pace,
    pub store: Store,
    pub view: View,
    /// Keys in place of the usual ones, by the name of the action.
    pub keys: Keys,
    /// What is known of tables, by their names.
    #[serde(rename = "table")]
    pub tables: Tables,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pace {
    /// GetRecords calls a second for each shard; 4 on AWS and any number elsewhere, if not given.
    pub get_records_per_second: Option<CallsPerSecond>,
}

impl Pace {
    /// The least time between two reads of a shard.
    pub fn get_records(self) -> Option<Duration> {
        self.get_records_per_second.map(|calls| Duration::from_secs_f64(1.0 / calls.0))
    }
}

/// From one in a hundred seconds to a thousand in one.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct CallsPerSecond(f64);

impl CallsPerSecond {
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for CallsPerSecond {
    type Error = &'static str;

    fn try_from(calls: f64) -> Result<Self, Self::Error> {
        let is_sensible = (0.01..=1_000.0).contains(&calls);
        is_sensible.then_some(Self(calls)).ok_or("get-records-per-second is a number from 0.01 to 1000")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Store {
    /// Records held in memory by the explorer, in MB.
    pub megabytes: Megabytes,
}

/// From 16 to 65536; 512, if not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Megabytes(u32);

impl Megabytes {
    pub fn bytes(self) -> usize {
        self.0 as usize * 1_000_000
    }

    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for Megabytes {
    fn default() -> Self {
        Self(512)
    }
}

impl TryFrom<u32> for Megabytes {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        let is_sensible = (16..=65_536).contains(&number);
        is_sensible.then_some(Self(number)).ok_or("megabytes is a number from 16 to 65536")
    }
}

/// The line of each entry of the file, by its dotted name: `view.theme`, `table.orders.ignore`.
pub type Lines = BTreeMap<String, usize>;

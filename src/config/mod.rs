//! The configuration file: TOML, every entry optional, a wrong one an error with its line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

/// What the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    pub pace: Pace,
    pub store: Store,
    pub view: View,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pace {
    /// GetRecords calls a second for each shard; 4 on AWS and any number elsewhere, if not given.
    pub get_records_per_second: Option<f64>,
}

impl Pace {
    /// The least time between two reads of a shard.
    pub fn get_records(self) -> Option<Duration> {
        self.get_records_per_second.map(|calls| Duration::from_secs_f64(1.0 / calls))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Store {
    /// Records held in memory by the explorer, in MB.
    pub megabytes: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self { megabytes: 512 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct View {
    pub ascii: bool,
    pub local_time: bool,
}

/// Why the file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}{}: {reason}", line.map_or(String::new(), |line| format!(", line {line}")))]
pub struct ConfigFileError {
    pub path: String,
    pub line: Option<usize>,
    pub reason: String,
}

/// Reads the file that was named, which must exist, or the usual one, which need not.
pub fn load(named: Option<&Path>) -> Result<Config, ConfigFileError> {
    let Some(path) = named.map(Path::to_owned).or_else(usual_path) else { return Ok(Config::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text, &path),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Config::default())
        }
        Err(error) => {
            Err(ConfigFileError { path: path.display().to_string(), line: None, reason: error.to_string() })
        }
    }
}

/// `$XDG_CONFIG_HOME/dynascope/config.toml`.
fn usual_path() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("dynascope/config.toml"))
}

fn parse(text: &str, path: &Path) -> Result<Config, ConfigFileError> {
    let wrong = |line, reason| ConfigFileError { path: path.display().to_string(), line, reason };
    let config: Config = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        wrong(line, error.message().replace('\n', ", "))
    })?;
    let line_of =
        |key: &str| text.lines().position(|line| line.trim_start().starts_with(key)).map(|at| at + 1);
    let calls = config.pace.get_records_per_second;
    if calls.is_some_and(|calls| !(0.01..=1_000.0).contains(&calls)) {
        let reason = "get-records-per-second is a number from 0.01 to 1000".to_owned();
        return Err(wrong(line_of("get-records-per-second"), reason));
    }
    if !(16..=65_536).contains(&config.store.megabytes) {
        return Err(wrong(line_of("megabytes"), "megabytes is a number from 16 to 65536".to_owned()));
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        parse(text, Path::new("c.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn every_entry_is_optional() {
        assert_eq!(read(""), Ok(Config::default()));
        let config = read("[pace]\nget-records-per-second = 2\n[view]\nlocal-time = true\n").unwrap();
        assert_eq!(config.pace.get_records(), Some(Duration::from_millis(500)));
        assert!(config.view.local_time);
    }

    #[test]
    fn a_wrong_entry_is_named_with_its_line() {
        for (text, expected) in [
            ("[pace]\n\nspeed = 1", "c.toml, line 3: unknown field `speed`"),
            ("[pace]\nget-records-per-second = 0", "c.toml, line 2: get-records-per-second is a number"),
            ("[store]\nmegabytes = \"much\"", "c.toml, line 2: invalid type"),
            ("[store]\nmegabytes = 1", "c.toml, line 2: megabytes is a number from 16 to 65536"),
            ("[store", "c.toml, line 1: "),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        assert!(load(Some(Path::new("/nowhere/config.toml"))).is_err());
    }
}

//! Reads the file: where it is, what it says, and on which lines.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::{Config, Lines};

/// The file and what it says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigFile {
    /// Absent where there is no home to look in.
    pub path: Option<PathBuf>,
    /// The usual file need not exist.
    pub is_there: bool,
    pub config: Config,
    pub lines: Lines,
}

impl ConfigFile {
    /// The dotted name of an entry.
    pub fn entry(&self, keys: &[&str]) -> String {
        keys.iter().fold(String::new(), |above, key| entry_name(&above, key))
    }

    /// What is wrong with an entry, named by its dotted name.
    pub fn wrong(&self, entry: &str, reason: String) -> ConfigFileError {
        let path = self.path.as_deref().unwrap_or(Path::new("")).display().to_string();
        ConfigFileError { path, line: self.lines.get(entry).copied(), reason }
    }
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
pub fn load(named: Option<&Path>) -> Result<ConfigFile, ConfigFileError> {
    let Some(path) = named.map(Path::to_owned).or_else(usual_path) else { return Ok(ConfigFile::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text, &path),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok(ConfigFile { path: Some(path), ..ConfigFile::default() })
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

fn parse(text: &str, path: &Path) -> Result<ConfigFile, ConfigFileError> {
    let wrong = |error: &toml::de::Error| ConfigFileError {
        path: path.display().to_string(),
        line: error.span().map(|span| line_at(text, span.start)),
        reason: error.message().replace('\n', ", "),
    };
    let table = DeTable::parse(text).map_err(|error| wrong(&error))?;
    let config = toml::from_str(text).map_err(|error| wrong(&error))?;
    let mut lines = Lines::new();
    number(table.get_ref(), "", text, &mut lines);
    Ok(ConfigFile { path: Some(path.to_owned()), is_there: true, config, lines })
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Notes the lines of a table's entries. The parser bounds how deep tables go.
fn number(table: &DeTable<'_>, above: &str, text: &str, lines: &mut Lines) {
    for (key, value) in table {
        let name = entry_name(above, key.get_ref());
        if let Some(inner) = value.get_ref().as_table() {
            number(inner, &name, text, lines);
        } else {
            lines.insert(name, line_at(text, key.span().start));
        }
    }
}

/// The dotted name of an entry. A name with a dot in it is quoted, as the file must.
pub(super) fn entry_name(above: &str, key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let key = if key.bytes().all(is_bare) { key.to_owned() } else { format!("{key:?}") };
    if above.is_empty() { key } else { format!("{above}.{key}") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{AttributePath, KeyNames, ThemeName};

    fn file(text: &str) -> ConfigFile {
        parse(text, Path::new("c.toml")).unwrap()
    }

    fn paths(texts: &[&str]) -> Vec<AttributePath> {
        texts.iter().map(|text| AttributePath(text.parse().unwrap())).collect()
    }

    #[test]
    fn every_entry_is_optional() {
        assert_eq!(file("").config, Config::default());
        let config = file("[pace]\nget-records-per-second = 2\n[view]\nlocal-time = true\n").config;
        assert_eq!(config.pace.get_records(), Some(Duration::from_millis(500)));
        assert!(config.view.local_time);
        assert_eq!(config.store.megabytes.get(), 512);
    }

    #[test]
    fn every_theme_is_known_by_its_name() {
        for theme in ThemeName::ALL {
            let file = file(&format!("[view]\ntheme = \"{}\"", theme.name()));
            assert_eq!(file.config.view.theme, theme);
        }
    }

    #[test]
    fn tables_say_what_to_ignore_and_who_wrote() {
        let text =
            "[table.orders]\nignore = [\"meta.version\", '\"a.b\"[0]']\n\n[table.\"a.b\"]\nactor = [\"by\"]";
        let file = file(text);
        let orders = &file.config.tables["orders"];
        assert_eq!((&orders.ignore, &orders.actor), (&paths(&["meta.version", "\"a.b\"[0]"]), &vec![]));
        assert_eq!(file.config.tables["a.b"].actor, paths(&["by"]));
        let lines: Vec<(&str, usize)> =
            file.lines.iter().map(|(name, line)| (name.as_str(), *line)).collect();
        assert_eq!(lines, [("table.\"a.b\".actor", 5), ("table.orders.ignore", 2)]);
    }

    #[test]
    fn a_key_may_be_one_or_more_or_none() {
        let keys = file("[keys]\nfollow = \"F\"\nquit = [\"x\", \"Ctrl-x\"]\nretry = []\n").config.keys;
        let names = |keys: &[&str]| KeyNames(keys.iter().map(ToString::to_string).collect());
        assert_eq!(keys["follow"], names(&["F"]));
        assert_eq!(keys["quit"], names(&["x", "Ctrl-x"]));
        assert_eq!(keys["retry"], names(&[]));
    }

    #[test]
    fn a_wrong_entry_is_named_with_its_line() {
        for (text, expected) in [
            ("[pace]\n\nspeed = 1", "c.toml, line 3: unknown field `speed`"),
            ("[pace]\nget-records-per-second = 0", "c.toml, line 2: get-records-per-second is a number"),
            ("[store]\nmegabytes = \"much\"", "c.toml, line 2: invalid type"),
            ("[store]\nmegabytes = 1", "c.toml, line 2: megabytes is a number from 16 to 65536"),
            ("[store]\n\n\nmegabytes = -1", "c.toml, line 4: invalid value"),
            ("[view]\ntheme = \"pink\"", "c.toml, line 2: unknown variant `pink`, expected one of `default`"),
            ("[view]\nascii = 1", "c.toml, line 2: invalid type"),
            ("[table.t]\nignore = \"a\"", "c.toml, line 2: invalid type: string \"a\", expected a sequence"),
            (
                "[table.t]\nignore = [\n \"a\",\n \"b..c\"\n]",
                "c.toml, line 2: \"b..c\" is no path: a name was",
            ),
            (
                "[table.t]\nactor = [\"order-id\"]",
                "c.toml, line 2: \"order-id\" is no path: the path ends at 5",
            ),
            ("[table.t]\nwho = 1", "c.toml, line 2: unknown field `who`, expected `ignore` or `actor`"),
            ("[keys]\n\nfollow = 1", "c.toml, line 3: a key like \"Ctrl-d\", or a list of keys, is expected"),
            ("[view]\nascii = true\nascii = false", "c.toml, line 3: "),
            ("colour = 1", "c.toml, line 1: unknown field `colour`"),
            ("[store", "c.toml, line 1: "),
        ] {
            let error = parse(text, Path::new("c.toml")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        assert!(load(Some(Path::new("/nowhere/config.toml"))).is_err());
    }
}

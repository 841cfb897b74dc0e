//! What a table's settings say of a record: whether its changes matter, and who made them.

use super::row_text::key_value;
use crate::config::{AttributePath, Table, Tables};
use crate::model::path::Path;
use crate::model::{Change, Item, diff, parse_item};
use crate::store::RecordRef;

/// The paths of a table whose changes are noise.
pub fn ignored<'t>(tables: &'t Tables, table: &str) -> &'t [AttributePath] {
    tables.get(table).map_or(&[], |known| &known.ignore)
}

/// Whether a path is ignored, or is inside one that is.
pub fn is_ignored(path: &Path<'_>, ignored: &[AttributePath]) -> bool {
    ignored.iter().any(|it| path.starts_with(&it.0))
}

/// Whether something changed, and nothing but what is ignored.
pub fn is_noise(changes: &[Change<'_, '_>], ignored: &[AttributePath]) -> bool {
    let is_ignored = |path: &Path<'_>| is_ignored(path, ignored);
    !changes.is_empty()
        && changes.iter().all(|change| is_ignored(&change.path) && change.old_path.iter().all(is_ignored))
}

/// The same of a record, whose images are parsed for it: too dear for every record that comes.
pub fn is_noisy(record: RecordRef<'_>, ignored: &[AttributePath]) -> bool {
    // Without both images nothing is known to have changed.
    let Some((old, new)) = record.old_image().zip(record.new_image()).filter(|_| !ignored.is_empty()) else {
        return false;
    };
    let (old, new) = (parse_item(old.as_bytes()), parse_item(new.as_bytes()));
    old.is_ok_and(|old| new.is_ok_and(|new| is_noise(&diff(&old, &new).changes(), ignored)))
}

/// Who made the item what it is, as the first attribute says that is there.
pub fn actor(table: &Table, item: &Item<'_>) -> Option<String> {
    table.actor.iter().find_map(|path| item.at(&path.0)).map(key_value)
}

/// What became of a path that was to be ignored, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Toggled {
    Ignored,
    CountsAgain,
    /// This one around it is ignored.
    IsInside(String),
}

/// Ignores a path of a table; one that is ignored counts again.
pub fn toggle(tables: &mut Tables, table: &str, path: Path<'static>) -> Toggled {
    let ignore = &mut tables.entry(table.to_owned()).or_default().ignore;
    let before = ignore.len();
    ignore.retain(|known| known.0 != path);
    if ignore.len() < before {
        return Toggled::CountsAgain;
    }
    if let Some(around) = ignore.iter().find(|known| path.starts_with(&known.0)) {
        return Toggled::IsInside(around.0.to_string());
    }
    ignore.push(AttributePath(path));
    Toggled::Ignored
}

/// The line of the configuration file that keeps what is ignored: `ignore = ["updatedAt"]`.
pub fn ignore_line(ignored: &[AttributePath]) -> String {
    let paths: Vec<String> = ignored.iter().map(|path| toml_text(&path.0.to_string())).collect();
    format!("ignore = [{}]", paths.join(", "))
}

/// A table's name as a key of TOML.
pub fn entry_key(table: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if table.bytes().all(is_bare) { table.to_owned() } else { toml_text(table) }
}

/// A text as a TOML string; a path holds no control characters.
fn toml_text(text: &str) -> String {
    if text.contains('"') && !text.contains('\'') {
        return format!("'{text}'");
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(texts: &[&str]) -> Vec<AttributePath> {
        texts.iter().map(|text| AttributePath(text.parse().unwrap())).collect()
    }

    fn noise(old: &str, new: &str, ignored: &[&str]) -> bool {
        let item = |json: &str| parse_item(json.as_bytes()).map(|item| format!("{item:?}")).unwrap();
        assert!(!item(old).is_empty() && !item(new).is_empty());
        let (old, new) = (parse_item(old.as_bytes()).unwrap(), parse_item(new.as_bytes()).unwrap());
        is_noise(&diff(&old, &new).changes(), &paths(ignored))
    }

    #[test]
    fn noise_is_what_changed_only_where_it_is_ignored() {
        let old = r#"{"v":{"N":"1"},"m":{"M":{"at":{"N":"1"},"x":{"S":"a"}}},"a.b":{"N":"1"}}"#;
        let version = old.replacen("\"1\"", "\"2\"", 1);
        let both = version.replace(r#""a""#, r#""b""#);
        let dotted = old.replace(r#""a.b":{"N":"1"}"#, r#""a.b":{"N":"2"}"#);
        let without = r#"{"v":{"N":"1"},"a.b":{"N":"1"}}"#;
        for (new, ignored, expected) in [
            (version.as_str(), &["v"][..], true),
            (&version, &["m"], false),
            (&version, &[], false),
            (&both, &["v"], false),
            (&both, &["v", "m.x"], true),
            (&both, &["v", "m"], true),
            // A part of what went away is ignored; the rest is not.
            (without, &["m.at"], false),
            (without, &["m"], true),
            (&dotted, &["\"a.b\""], true),
            (&dotted, &["a.b", "a"], false),
            // Nothing changed: nothing that is ignored did.
            (old, &["v", "m"], false),
        ] {
            assert_eq!(noise(old, new, ignored), expected, "{new} {ignored:?}");
        }
    }

    #[test]
    fn an_element_that_moved_is_ignored_where_it_is_and_where_it_was() {
        let old = r#"{"l":{"L":[{"S":"a"},{"M":{"x":{"N":"1"}}}]}}"#;
        let new = r#"{"l":{"L":[{"S":"a"},{"M":{"x":{"N":"2"}}}]}}"#;
        assert!(noise(old, new, &["l[1].x"]) && !noise(old, new, &["l[0]"]));
    }

    #[test]
    fn an_actor_is_the_first_attribute_that_is_there() {
        let table = Table { actor: paths(&["meta.by", "updatedBy"]), ..Table::default() };
        let of = |json: &str| actor(&table, &parse_item(json.as_bytes()).unwrap());
        assert_eq!(
            of(r#"{"updatedBy":{"S":"ann"},"meta":{"M":{"by":{"S":"bob"}}}}"#).as_deref(),
            Some("bob")
        );
        assert_eq!(of(r#"{"updatedBy":{"N":"7"}}"#).as_deref(), Some("7"));
        assert_eq!(of(r#"{"x":{"N":"7"}}"#), None);
    }

    #[test]
    fn what_is_ignored_counts_again_when_it_is_said_again() {
        let mut tables = Tables::new();
        let mut say = |path: &str| {
            let toggled = toggle(&mut tables, "t", path.parse().unwrap());
            (toggled, ignore_line(ignored(&tables, "t")))
        };
        assert_eq!(say("m"), (Toggled::Ignored, "ignore = [\"m\"]".into()));
        assert_eq!(say("m.x"), (Toggled::IsInside("m".into()), "ignore = [\"m\"]".into()));
        assert_eq!(say("\"a.b\"[0]"), (Toggled::Ignored, "ignore = [\"m\", '\"a.b\"[0]']".into()));
        assert_eq!(say("m"), (Toggled::CountsAgain, "ignore = ['\"a.b\"[0]']".into()));
    }

    #[test]
    fn the_line_for_the_configuration_is_read_back_as_what_is_ignored() {
        let names = ["a", "a.b", "it's", "say \"it's\"", "back\\slash", "\u{1b}[2J", "é"];
        let step = |name: &str| crate::model::path::Step::Name(name.to_owned().into());
        let ignored: Vec<_> = names.iter().map(|name| AttributePath(Path::new(vec![step(name)]))).collect();
        let read: crate::config::Table = toml::from_str(&ignore_line(&ignored)).unwrap();
        assert_eq!(read.ignore, ignored);
    }
}

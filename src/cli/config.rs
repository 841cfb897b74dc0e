//! `dynascope config`: what is in force, and where each of it came from.

use std::io::IsTerminal as _;

use clap::Args;
use serde::Serialize;

use super::exit::{Exit, Failure};
use super::streams::{columns, json};
use super::{Color, Global, Listing};
use crate::config::{AttributePath, ConfigFile};
use crate::source::effective;
use crate::ui::keymap;

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// table (the default) or json
    #[arg(short, long, value_enum)]
    output: Option<Listing>,
}

/// A setting in the JSON of this command.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Setting {
    name: String,
    value: String,
    from: String,
}

pub fn run(global: &Global, args: &ConfigArgs) -> Result<Exit, Failure> {
    let file = global.config_file()?;
    global.settings().check()?;
    let mut settings = flags(global, &file);
    settings.extend(entries(global, &file));
    settings.extend(keys(&file));
    let text = match args.output {
        Some(Listing::Json) => json(&settings)?,
        Some(Listing::Table) | None => {
            let rows = settings.into_iter().map(|it| [it.name, it.value, it.from]);
            columns(["SETTING", "VALUE", "FROM"], rows)
        }
    };
    super::exit::print(&text)
}

fn setting(name: impl Into<String>, value: impl Into<String>, from: impl Into<String>) -> Setting {
    Setting { name: name.into(), value: value.into(), from: from.into() }
}

/// What a flag or a variable decides.
fn flags(global: &Global, file: &ConfigFile) -> Vec<Setting> {
    let path = file.path.as_ref().map_or("none".into(), |path| path.display().to_string());
    let path = if file.is_there { path } else { format!("{path} (not there)") };
    let path_from = if global.config.is_some() { "--config" } else { "default" };
    let mut settings = vec![setting("config", path, path_from)];
    settings.extend(effective(&global.settings()).into_iter().map(|it| setting(it.name, it.value, it.from)));
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match global.color {
        Color::Always => setting("color", "always", "--color"),
        Color::Never => setting("color", "never", "--color"),
        Color::Auto if no_color => setting("color", "never", "NO_COLOR"),
        Color::Auto => {
            let shown = if std::io::stdout().is_terminal() { "yes" } else { "no: this is no terminal" };
            setting("color", format!("auto ({shown})"), "default")
        }
    };
    settings.push(color);
    if let Some(path) = &global.log_file {
        settings.push(setting("log-file", path.display().to_string(), "--log-file"));
    }
    settings
}

/// The entries of the file, and what stands for those that are not in it.
fn entries(global: &Global, file: &ConfigFile) -> Vec<Setting> {
    let config = &file.config;
    let calls = config.pace.get_records_per_second;
    let calls = calls.map_or("4 on AWS, any number elsewhere".into(), |calls| calls.get().to_string());
    let mut settings = vec![
        setting("pace.get-records-per-second", calls, ""),
        setting("store.megabytes", config.store.megabytes.get().to_string(), ""),
        setting("view.ascii", config.view.ascii.to_string(), ""),
        setting("view.local-time", config.view.local_time.to_string(), ""),
        setting("view.theme", config.view.theme.name(), ""),
    ];
    for (name, table) in &config.tables {
        let paths = |paths: &[AttributePath]| {
            paths.iter().map(|path| path.0.to_string()).collect::<Vec<_>>().join(", ")
        };
        for (key, paths) in [("ignore", paths(&table.ignore)), ("actor", paths(&table.actor))] {
            if !paths.is_empty() {
                settings.push(setting(file.entry(&["table", name, key]), paths, ""));
            }
        }
    }
    for it in &mut settings {
        it.from = from(file, &it.name);
        if global.ascii && it.name == "view.ascii" {
            *it = setting("view.ascii", "true", "--ascii");
        }
    }
    settings
}

/// Every action of the explorer, and its keys.
fn keys(file: &ConfigFile) -> Vec<Setting> {
    let mut settings: Vec<Setting> = vec![];
    for binding in keymap::BINDINGS {
        let name = format!("keys.{}", keymap::action_name(&binding.intent));
        let keys = binding.key_names(&file.config.keys).join(" ");
        let from = from(file, &name);
        match settings.iter_mut().find(|known| known.name == name) {
            // An action can have other keys in other panes.
            Some(known) if !known.value.split(' ').any(|key| keys.split(' ').any(|it| it == key)) => {
                known.value = format!("{} {keys}", known.value);
            }
            Some(_) => {}
            None => settings.push(setting(name, if keys.is_empty() { "none".into() } else { keys }, from)),
        }
    }
    settings
}

/// The file and the line of an entry.
fn from(file: &ConfigFile, entry: &str) -> String {
    match (file.lines.get(entry), &file.path) {
        (Some(line), Some(path)) => format!("{}:{line}", path.display()),
        _ => "default".into(),
    }
}

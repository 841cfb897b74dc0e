//! Guards the floors of the house: which module may use which, and the doors of outside crates.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

#[path = "house/paths.rs"]
mod paths;

use std::fs;
use std::path::{Path, PathBuf};

use paths::{Named, paths};

/// The floors, lowest first. A module uses modules of lower floors only.
const FLOORS: &[&[&str]] = &[
    &["model"],
    &["clock"],
    &["store", "query", "follow", "config", "privacy"],
    &["history", "journal"],
    &["app", "source", "files"],
    &["logging"],
    &["ui", "fetcher", "search", "demo", "terminal", "clipboard"],
    &["output"],
    &["export", "capture"],
    &["runtime"],
    &["cli"],
    &["main"],
];

/// What a module may use of its own floor: the start of a path.
const NEIGHBOURS: &[(&str, &str)] = &[
    // A follower hands on the pages that the store keeps.
    ("follow", "store::page"),
    ("follow", "store::Page"),
    // A filter matches records where they lie.
    ("query", "store::RecordRef"),
    ("query", "store::Page"),
    ("query", "store::page"),
];

/// What a module must not use although it is below it, and why.
const NEVER: &[(&[&str], &[&str], &str)] = &[
    (&["store", "query", "follow", "history", "app", "ui"], &["clock"], "it is handed the time"),
    (&["ui"], &["source"], "the face does not know the doors to AWS"),
    (
        &["output"],
        &["app", "ui", "fetcher", "search", "terminal", "demo"],
        "output does not know the explorer",
    ),
    (
        &["demo"],
        &["store", "query", "follow", "config", "app", "source", "files"],
        "demo knows only model and the clock",
    ),
];

/// The only modules that may name an outside crate. A `*` at the end stands for the rest of its name.
const DOORS: &[(&str, &[&str])] = &[
    ("aws_*", &["source"]),
    ("crossterm", &["terminal", "ui::keymap"]),
    ("ratatui", &["ui", "terminal", "runtime"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("hyper", &["demo::http"]),
    ("hyper_util", &["demo::http"]),
    ("tokio", &["runtime", "fetcher", "source", "demo", "cli", "main", "terminal", "capture::thread"]),
    ("rustix", &["terminal", "files", "source::process"]),
    ("tempfile", &["files"]),
    ("syntect", &["ui::highlight"]),
    ("lz4_flex", &["store::tier", "files"]),
    ("zstd", &["store::tier", "files"]),
    ("hmac", &["privacy::key"]),
    ("sha2", &["privacy::key"]),
    ("getrandom", &["privacy::key"]),
    ("tracing", &["logging"]),
];

/// Crates that another one hands on: they need the door of what they are.
const HANDED_ON: &[(&[&str], &str)] = &[(&["ratatui", "crossterm"], "crossterm")];

#[test]
fn every_module_uses_only_the_floors_below_it() {
    let mut files = vec![];
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 2, "the sources were not found");
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap();
            breaches(name, &fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            rust_files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// What a file uses against the rules, a sentence each. `file` is its path: `src/ui/list.rs`.
fn breaches(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    let Some(own) = module.first().copied() else {
        return vec![];
    };
    if floor_of(own).is_none() {
        return vec![format!("{file}: the module {own} has no floor yet: give it one in tests/house.rs")];
    }
    // A file `tests.rs` is the body of a `#[cfg(test)] mod tests;`.
    let is_tests = module.last() == Some(&"tests");
    paths(source, &module)
        .into_iter()
        .filter_map(|named| {
            let why = wrong_floor(own, &named).or_else(|| wrong_door(&module, is_tests, &named))?;
            Some(format!("{file}:{}: {}: {why}", named.line, named.path.join("::")))
        })
        .collect()
}

fn module_of(file: &str) -> Vec<&str> {
    let path = file.strip_prefix("src/").and_then(|file| file.strip_suffix(".rs")).unwrap_or(file);
    let mut module: Vec<&str> = path.split('/').collect();
    if module.last() == Some(&"mod") || module == ["lib"] {
        module.pop();
    }
    module
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn wrong_floor(own: &str, named: &Named) -> Option<String> {
    let (root, used) = named.path.split_first()?;
    if root != "crate" {
        return None;
    }
    let Some(other) = used.first() else {
        return named.hides.then(|| "name what is used, not the whole crate".to_owned());
    };
    if own == other {
        return None;
    }
    let never =
        NEVER.iter().find(|(users, others, _)| users.contains(&own) && others.contains(&other.as_str()));
    if let Some((_, _, why)) = never {
        return Some(format!("{own} must not use {other}: {why}"));
    }
    let (Some(mine), Some(its)) = (floor_of(own), floor_of(other)) else {
        return Some(format!("{other} has no floor: give it one in tests/house.rs"));
    };
    let used = used.join("::");
    let allowed = its < mine
        || its == mine && NEIGHBOURS.iter().any(|(user, start)| *user == own && used.starts_with(start));
    let relation = if its == mine { "beside" } else { "above" };
    (!allowed).then(|| format!("{other} is {relation} {own}, and a floor uses only floors below it"))
}

fn wrong_door(module: &[&str], is_tests: bool, named: &Named) -> Option<String> {
    // Tests may set up what they like.
    if is_tests || named.in_tests {
        return None;
    }
    let handed_on = HANDED_ON
        .iter()
        .find(|(path, _)| named.path.iter().map(String::as_str).take(path.len()).eq(path.iter().copied()));
    let used = handed_on.map_or(named.path[0].as_str(), |(_, as_what)| as_what);
    let (krate, doors) = DOORS.iter().find(|(krate, _)| match krate.strip_suffix('*') {
        Some(start) => used.starts_with(start),
        None => used == *krate,
    })?;
    let open = doors.iter().any(|door| {
        let door: Vec<&str> = door.split("::").collect();
        module.starts_with(&door)
    });
    (!open).then(|| format!("{krate} has its doors in {} only", doors.join(", ")))
}

/// That the guard reports what it must: a file, its source, and a part of the one report.
#[test]
fn breaches_are_reported() {
    let cases = [
        (
            "src/model/shard.rs",
            "use crate::store::Page;",
            "src/model/shard.rs:1: crate::store::Page: store is above",
        ),
        (
            "src/model/time.rs",
            "fn f() {\n crate::clock::now();\n}",
            ":2: crate::clock::now: clock is above model",
        ),
        ("src/store/page.rs", "use crate::query::Filter;", "query is beside store"),
        ("src/query/text.rs", "use crate::follow::Gap;", "follow is beside query"),
        ("src/follow/gap.rs", "use crate::store::Tier;", "store is beside follow"),
        ("src/follow/gap.rs", "use crate::clock::now;", "it is handed the time"),
        (
            "src/app/mod.rs",
            "use crate::{\n model::{Time, Shard},\n source::{StreamSource},\n};",
            ":3: crate::source::StreamSource: source is beside app",
        ),
        ("src/source/wire.rs", "fn f(x: crate::app::AppState) {}", "app is beside source"),
        ("src/source/aws.rs", "use super::super::ui;", "crate::ui: ui is above source"),
        ("src/ui/list.rs", "use crate::fetcher;", "fetcher is beside ui"),
        ("src/fetcher/pace.rs", "use crate::{model, ui::{self}};", "crate::ui: ui is beside fetcher"),
        ("src/ui/list.rs", "use crate::source::aws;", "the face does not know the doors"),
        ("src/ui/list.rs", "mod a { fn f() { crate::clock::now() } }", "it is handed the time"),
        (
            "src/ui/list.rs",
            "mod a { use super::super::super::runtime; }",
            "crate::runtime: runtime is above ui",
        ),
        ("src/demo/http.rs", "use crate::source::wire;", "demo knows only model"),
        ("src/demo/service.rs", "use crate::store::Page;", "demo knows only model"),
        ("src/output/csv.rs", "use crate::runtime::run;", "runtime is above output"),
        ("src/runtime.rs", "use crate::cli::Args;", "cli is above runtime"),
        ("src/cli/tail.rs", "use dynascope::main;", "main is above cli"),
        (
            "src/app/update.rs",
            "#[cfg(test)] mod tests { use crate::fetcher::Fetcher; }",
            "fetcher is above app",
        ),
        ("src/app/update.rs", "use crate::*;", "not the whole crate"),
        ("src/app/update.rs", "use crate as house;", "not the whole crate"),
        ("src/app/update.rs", "use crate::novelty::X;", "novelty has no floor"),
        ("src/novelty/mod.rs", "", "the module novelty has no floor"),
        ("src/app/update.rs", "let x = aws_config::load();", "aws_* has its doors in source only"),
        ("src/cli/tail.rs", "use aws_sdk_dynamodbstreams::Client;", "aws_* has its doors"),
        ("src/app/update.rs", "use ::tokio::sync;", "tokio has its doors"),
        ("src/app/update.rs", "use tokio as t;", "tokio has its doors"),
        ("src/store/tier.rs", "#[tokio::main] fn f() {}", "tokio has its doors"),
        ("src/ui/list.rs", "use crossterm::event;", "crossterm has its doors in terminal, ui::keymap only"),
        (
            "src/ui/list.rs",
            "use ratatui::{crossterm::event, text::Line};",
            "ratatui::crossterm::event: crossterm has its doors",
        ),
        ("src/app/mod.rs", "fn f(_: ratatui::Frame) {}", "ratatui has its doors"),
        ("src/runtime.rs", "use clap::Parser;", "clap has its doors"),
        ("src/demo/service.rs", "use hyper::Request;", "hyper has its doors in demo::http only"),
        ("src/store/page.rs", "use rustix::fs;", "rustix has its doors"),
        ("src/ui/diff.rs", "use syntect::parsing;", "syntect has its doors"),
        ("src/app/a.rs", "fn f<'a>(c: char) { let c = '\"'; crate::ui::draw() }", "ui is above app"),
        ("src/app/a.rs", "const A: &str = r#\"a \"quote\" \"#; use crate::ui::B;", "ui is above app"),
        ("src/app/a.rs", "fn f() -> impl Fn() + use<'_> { <u8 as X>::y(crate::ui::z) }", "ui is above app"),
    ];
    for (file, source, report) in cases {
        let found = breaches(file, source);
        assert!(found.len() == 1 && found[0].contains(report), "{file}: {source}\n{found:?}\nnot: {report}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    let cases = [
        ("src/lib.rs", "pub mod model; pub use crate::model::Time;"),
        ("src/main.rs", "fn main() { dynascope::cli::run(); tokio::spawn(f) }"),
        ("src/follow/position.rs", "use crate::model::Time; use crate::store::{page::Page, PageRef};"),
        ("src/source/wire.rs", "use crate::store::page::Page; use aws_smithy_types::Blob; use tokio::time;"),
        ("src/ui/list.rs", "use super::layout; use crate::app::AppState; use ratatui::text::Line;"),
        ("src/ui/keymap.rs", "use crossterm::event::KeyCode; use ratatui::crossterm::event;"),
        ("src/demo/http/mod.rs", "use hyper::Request; use crate::{clock, model::Time};"),
        ("src/app/a.rs", "// use crate::ui;\n/* crate::ui::a /* tokio::b */ */ /// [`crate::ui::draw`]\n"),
        (
            "src/app/a.rs",
            r##"const A: &str = "crate::ui::a \" tokio::b"; const B: &[u8] = br#"crate::ui"#;"##,
        ),
        ("src/app/a.rs", "pub(crate) fn f(tokio: u8) -> Self { Self::tokio(tokio); x.clap::<u8>() }"),
        ("src/app/a.rs", "use crate::app::tokio::X; fn f() { self::tokio::y(); local::tokio::z() }"),
        ("src/app/a.rs", "#[cfg(test)] mod tests { use tokio::test; mod more { use clap::X; } }"),
        ("src/follow/tests.rs", "use super::*; use tokio::time;"),
        ("src/runtime.rs", "use crate::output::jsonl; use crate::clock; use crate::search;"),
    ];
    for (file, source) in cases {
        assert_eq!(breaches(file, source), [""; 0], "{file}: {source}");
    }
}

#[test]
fn paths_know_their_line_and_whether_they_are_tests() {
    let source = "use a::{\n  b,\n  c::{self, d as e},\n};\n#[cfg(test)]\nmod tests {\n  fn f() { x::y() }\n}\nfn g() { z::w() }";
    let found: Vec<_> = paths(source, &["app"])
        .into_iter()
        .map(|named| (named.path.join("::"), named.line, named.in_tests, named.hides))
        .collect();
    let expected = [
        ("a::b", 2, false, false),
        ("a::c", 3, false, false),
        ("a::c::d", 3, false, true),
        ("x::y", 7, true, false),
        ("z::w", 9, false, false),
    ];
    assert_eq!(found, expected.map(|(path, line, tests, hides)| (path.to_owned(), line, tests, hides)));
}

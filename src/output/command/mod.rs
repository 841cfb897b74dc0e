//! Commands of the AWS CLI, version 2, printed for a POSIX shell. dynascope never runs them.

mod edits;
mod expression;
mod shell;
mod undo;

use std::fmt::Write as _;

use crate::model::Path;
use crate::model::text::{escape_json, is_dangerous};
pub use shell::quoted;
pub use undo::{get_item, restore, revert};

/// A longer text goes into a file: an argument of a Linux command has at most 128 KiB.
pub const MAX_TEXT: usize = 100_000;

/// Why there is no such command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the keys of this record cannot be read")]
    NoKeys,
    #[error("{view_type}: there is no {image} image, so {unknown} is not known")]
    NoImage { view_type: String, image: &'static str, unknown: &'static str },
    #[error("the {0} image cannot be read")]
    Unreadable(&'static str),
    #[error("{0} holds a value of a type that is not known here")]
    UnknownType(String),
    #[error("DynamoDB allows no expression so long: {0} attributes changed")]
    TooLong(usize),
    #[error("the name of an attribute is empty: no expression can name it")]
    EmptyName,
    #[error("this record changed nothing that DynamoDB would call different")]
    ChangedNothing,
    #[error("no later record of this item is held: nothing to restore (u reverts this record)")]
    IsNewest,
    #[error("the item is already as it was here, by the newest image held")]
    IsSame,
    #[error("what happened is not known: the event is none of insert, modify, remove")]
    UnknownEvent,
    #[error("{0} holds characters that no command should")]
    Unprintable(&'static str),
}

/// Whose table a command is for, and how it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub table: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub profile: Option<&'a str>,
    /// Where it is not AWS's own.
    pub endpoint: Option<&'a str>,
    /// The embedded service, which has streams only.
    pub is_demo: bool,
}

/// What a parameter is: its name on the wire, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameter {
    name: &'static str,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    /// Safe for a terminal.
    Json(String),
    True,
}

/// A command of the AWS CLI, yet without a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    operation: &'static str,
    parameters: Vec<Parameter>,
    /// What it does, in plain words without any data: comments above it.
    pub about: Vec<String>,
    has_binary: bool,
}

impl Command {
    fn new(operation: &'static str) -> Self {
        Self { operation, parameters: vec![], about: vec![], has_binary: false }
    }

    fn text(&mut self, name: &'static str, text: impl Into<String>) {
        self.parameters.push(Parameter { name, value: Value::Text(text.into()) });
    }

    fn json(&mut self, name: &'static str, json: &str) {
        let value = Value::Json(escape_json(json).into_owned());
        self.parameters.push(Parameter { name, value });
    }

    /// The whole command with its comments, ending in a newline.
    pub fn for_shell(&self, target: &Target<'_>) -> Result<String, Refusal> {
        let mut arguments = vec![];
        for Parameter { name, value } in &self.parameters {
            let option = shell::option(name);
            arguments.push(match value {
                Value::Text(text) | Value::Json(text) => format!("{option} {}", shell::quoted(text)),
                Value::True => option,
            });
        }
        self.written(target, &arguments)
    }

    /// The command that takes its parameters from a file with [`input`](Self::input).
    pub fn for_shell_with_input(&self, target: &Target<'_>, path: &str) -> Result<String, Refusal> {
        self.written(target, &[format!("--cli-input-json {}", shell::quoted(&format!("file://{path}")))])
    }

    fn written(&self, target: &Target<'_>, arguments: &[String]) -> Result<String, Refusal> {
        check(target)?;
        let mut out = String::new();
        let mut comment = |text: &str| {
            // A String takes every text.
            let _ = writeln!(out, "# {}", shell::comment(text));
        };
        comment(&format!("account {}, region {}, table {}", target.account, target.region, target.table));
        if target.is_demo {
            comment("The demo serves streams only: there is no table behind it to run this on.");
        }
        self.about.iter().for_each(|text| comment(text));
        let _ = write!(out, "aws dynamodb {} --region {}", self.operation, shell::quoted(target.region));
        let endpoint = target.endpoint.map(|endpoint| ("--endpoint-url", endpoint));
        let profile = target.profile.map(|profile| ("--profile", profile));
        for (option, value) in [profile, endpoint].into_iter().flatten() {
            let _ = write!(out, " {option} {}", shell::quoted(value));
        }
        let _ = write!(out, " --table-name {}", shell::quoted(target.table));
        if self.has_binary {
            // The default, which a user's configuration may have changed.
            out.push_str(" --cli-binary-format base64");
        }
        for argument in arguments {
            let _ = write!(out, " \\\n  {argument}");
        }
        out.push('\n');
        Ok(out)
    }

    /// The parameters as the file for `--cli-input-json`.
    pub fn input(&self) -> String {
        let members: Vec<String> = self
            .parameters
            .iter()
            .map(|Parameter { name, value }| match value {
                // Serialising a text cannot fail.
                Value::Text(text) => {
                    format!("\"{name}\": {}", serde_json::to_string(text).unwrap_or_default())
                }
                Value::Json(json) => format!("\"{name}\": {json}"),
                Value::True => format!("\"{name}\": true"),
            })
            .collect();
        format!("{{\n  {}\n}}\n", members.join(",\n  "))
    }
}

/// Names come from ARNs, configurations and arguments: none may be an option or a control sequence.
fn check(target: &Target<'_>) -> Result<(), Refusal> {
    let is_plain = |text: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_allowed)
    };
    let is_clean = |text: Option<&str>| {
        text.is_none_or(|text| !text.starts_with('-') && !text.chars().any(is_dangerous))
    };
    if !is_plain(target.table) {
        return Err(Refusal::Unprintable("the name of the table"));
    }
    if !is_plain(target.region) {
        return Err(Refusal::Unprintable("the region"));
    }
    if !is_clean(target.profile) {
        return Err(Refusal::Unprintable("the profile"));
    }
    if !is_clean(target.endpoint) {
        return Err(Refusal::Unprintable("the endpoint"));
    }
    Ok(())
}

/// The place of a value for a message: its path, safe for a terminal.
fn place(path: &Path<'_>) -> String {
    crate::model::text::sanitize(&path.to_string()).into_owned()
}

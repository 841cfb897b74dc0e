//! The command line: arguments, and a file for each command.

mod asking;
mod captures;
mod capturing;
mod cat;
mod config;
mod demo;
mod examples;
mod exit;
mod explore;
mod following;
mod format;
mod item;
mod open;
mod pages;
mod privacy;
mod range;
mod selection;
mod session;
mod shards;
mod signals;
mod streams;
mod tail;
mod when;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::Styles;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::app::StreamArgument;
use crate::config::{Config, ConfigFile, ConfigFileError, load};
use crate::logging;
use crate::model::StreamArn;
use crate::source::Settings;
use crate::terminal;
use crate::ui::{keymap, theme};
pub use exit::{Exit, Failure};

/// A terminal explorer for Amazon DynamoDB Streams. It only reads.
///
/// Without a command it opens the explorer: on all streams, or on those that are named.
#[derive(Debug, Parser)]
#[command(name = "dynascope", version, subcommand_precedence_over_arg = true, disable_help_subcommand = true)]
#[command(after_help = examples::DYNASCOPE)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// A table's name (its newest enabled stream, else its newest) or a stream's ARN
    #[arg(value_name = "STREAM", value_parser = stream)]
    streams: Vec<StreamArgument>,
    #[command(flatten)]
    records: RecordArgs,
    #[command(flatten)]
    capture: capturing::CaptureArgs,
    // Last: its heading would stand over what follows.
    #[command(flatten)]
    global: Global,
}

/// Which records the explorer shows.
#[derive(Clone, Debug, Default, PartialEq, Args)]
struct RecordArgs {
    #[command(flatten)]
    range: range::RangeArgs,
    #[command(flatten)]
    selection: selection::SelectionArgs,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// The profile of the AWS configuration
    #[arg(long, global = true)]
    profile: Option<String>,
    /// The AWS region
    #[arg(long, global = true)]
    region: Option<String>,
    /// An endpoint in place of AWS's own, like http://localhost:8000
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
    /// The configuration file, in place of $XDG_CONFIG_HOME/dynascope/config.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    ascii: bool,
    /// Write a log here; it never holds data of a record
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Log more; twice: every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl Global {
    fn load_config(&self) -> Result<Config, Failure> {
        self.config_file().map(|file| file.config)
    }

    /// The configuration and where it stands.
    fn config_file(&self) -> Result<ConfigFile, Failure> {
        let failure = |error: ConfigFileError| Failure::new(error.to_string());
        let mut file = load(self.config.as_deref()).map_err(failure)?;
        file.config.keys = keymap::choose(&file.config.keys)
            .map_err(|wrong| failure(file.wrong(&format!("keys.{}", wrong.action), wrong.reason)))?;
        Ok(file)
    }

    fn start_log(&self) -> Result<(), Failure> {
        let Some(path) = &self.log_file else { return Ok(()) };
        let cannot = |error| Failure::new(format!("cannot write the log {}: {error}", path.display()));
        logging::start(path, self.verbose).map_err(cannot)?;
        logging::began(env!("CARGO_PKG_VERSION"));
        Ok(())
    }

    /// A text for people in the signs that their terminal has.
    fn spell(&self, text: String) -> Result<String, Failure> {
        if !self.ascii && !self.load_config()?.view.ascii {
            return Ok(text);
        }
        let mut letters = [0; 4];
        let spelled = text.chars().map(|letter| {
            let letter = letter.encode_utf8(&mut letters);
            theme::in_ascii(letter).map_or_else(|| letter.to_owned(), str::to_owned)
        });
        Ok(spelled.collect())
    }

    fn settings(&self) -> Settings {
        Settings {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether to colour what goes to `stream`. NO_COLOR is honoured.
    fn on(self, stream: &impl std::io::IsTerminal) -> bool {
        let wanted = || std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => stream.is_terminal() && wanted(),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the explorer on an embedded service with live tables: no account, no network
    #[command(after_help = examples::DEMO)]
    Demo(Box<demo::DemoArgs>),
    /// List the streams
    #[command(after_help = examples::STREAMS)]
    Streams(streams::StreamsArgs),
    /// Show a stream's shards as a tree
    #[command(after_help = examples::SHARDS)]
    Shards(shards::ShardsArgs),
    /// Print records as they come
    #[command(after_help = examples::TAIL)]
    Tail(Box<tail::TailArgs>),
    /// Open the explorer on captured records: no account, no network
    #[command(after_help = examples::OPEN)]
    Open(Box<open::OpenArgs>),
    /// Print captured records
    #[command(after_help = examples::CAT)]
    Cat(Box<cat::CatArgs>),
    /// Print the history of one item: what changed, when, from what to what
    #[command(after_help = examples::ITEM)]
    Item(item::ItemArgs),
    /// Show each setting in force and where it came from
    #[command(after_help = examples::CONFIG)]
    Config(config::ConfigArgs),
    /// Print completions for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(pages::CompletionsArgs),
    /// Print a manual page
    #[command(after_help = examples::MAN)]
    Man(pages::ManArgs),
}

/// The format of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Listing {
    Table,
    Json,
}

impl Listing {
    /// A table for people, JSON for programs.
    fn or_default(chosen: Option<Self>) -> Self {
        use std::io::IsTerminal as _;
        let for_people = || if std::io::stdout().is_terminal() { Self::Table } else { Self::Json };
        chosen.unwrap_or_else(for_people)
    }
}

/// Reads a table's name or a stream's ARN.
fn stream(text: &str) -> Result<StreamArgument, String> {
    if text.starts_with("arn:") {
        return StreamArn::parse(text).map(StreamArgument::Arn).map_err(|error| error.to_string());
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if (3..=255).contains(&text.len()) && text.bytes().all(is_name) {
        Ok(StreamArgument::Table(text.to_owned()))
    } else {
        Err("a table's name has 3 to 255 letters, digits, \"_\", \"-\" and \".\"".into())
    }
}

/// The text of a usage error with all that it quotes of the arguments. clap takes out what looks like
/// its own styles, so it is asked again, without styles.
fn unstyled(error: clap::Error) -> String {
    let plain = Cli::command().styles(Styles::plain());
    plain.try_get_matches().err().unwrap_or(error).render().ansi().to_string()
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors. Nothing can be helped when the other side has gone.
            if !error.use_stderr() {
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            exit::complain_lines(&unstyled(error));
            return Exit::Usage.into();
        }
    };
    terminal::restore_on_panic();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(run(cli));
            // Calls that hang must not keep us.
            runtime.shutdown_timeout(Duration::from_millis(100));
            ended
        }
        Err(error) => Err(Failure::new(format!("cannot start: {error}"))),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            exit::complain(&failure.to_string());
            Exit::Failed.into()
        }
    }
}

async fn run(cli: Cli) -> Result<Exit, Failure> {
    if cli.command.is_some() && !cli.streams.is_empty() {
        exit::complain("a stream stands before the command; name streams behind it");
        return Ok(Exit::Usage);
    }
    let is_plain = cli.records == RecordArgs::default() && cli.capture == capturing::CaptureArgs::default();
    if cli.command.is_some() && !is_plain {
        exit::complain("an option that says which records stands before the command; put it behind");
        return Ok(Exit::Usage);
    }
    cli.global.start_log()?;
    match cli.command {
        Some(Command::Streams(args)) => streams::run(&cli.global, &args).await,
        Some(Command::Shards(args)) => shards::run(&cli.global, &args).await,
        Some(Command::Tail(args)) => tail::run(&cli.global, &args).await,
        Some(Command::Open(args)) => open::run(&cli.global, &args).await,
        Some(Command::Cat(args)) => cat::run(&cli.global, &args).await,
        Some(Command::Item(args)) => item::run(&cli.global, &args).await,
        Some(Command::Demo(args)) => demo::run(&cli.global, &args).await,
        Some(Command::Config(args)) => config::run(&cli.global, &args),
        Some(Command::Completions(args)) => pages::completions(&args),
        Some(Command::Man(args)) => pages::man(&args),
        None => explore::run(&cli.global, cli.streams, &cli.records, &cli.capture).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_table_may_have_the_name_of_a_command() {
        let cli = Cli::try_parse_from(["dynascope", "--", "tail"]).unwrap();
        assert_eq!((cli.streams, cli.command.is_none()), (vec![StreamArgument::Table("tail".into())], true));
    }

    #[test]
    fn what_is_no_stream_is_refused() {
        assert!(stream("orders").is_ok());
        for text in ["", "ab", "a b c", "arn:aws:s3:::bucket", "\u{1b}[2J"] {
            assert!(stream(text).is_err(), "{text}");
        }
    }
}

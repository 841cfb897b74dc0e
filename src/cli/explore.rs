//! `dynascope [STREAM]...`: the explorer.

use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::capturing::{CaptureArgs, ending as ending_of};
use super::exit::{Exit, Failure, complain};
use super::session::{REPORTS, REQUESTS, hint, limits, region_hint};
use super::{Global, RecordArgs, exit};
use crate::app::{AppState, Config, First, Session, StreamArgument};
use crate::config::View;
use crate::demo::Demo;
use crate::fetcher::Fetcher;
use crate::model::Time;
use crate::model::time::Zone;
use crate::privacy::Key;
use crate::runtime::{Ending, Files};
use crate::source::{Aws, ConfigError};
use crate::terminal::Terminal;
use crate::ui::theme::Theme;
use crate::{clock, runtime};

/// Opens the explorer on AWS, or on the endpoint that was named.
pub async fn run(
    global: &Global,
    streams: Vec<StreamArgument>,
    records: &RecordArgs,
    capture: &CaptureArgs,
) -> Result<Exit, Failure> {
    let settings = global.settings();
    settings.check()?;
    let hint = region_hint(&streams).map(str::to_owned);
    let session = Session {
        profile: settings.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok()),
        ..Session::default()
    };
    let config = Config { session, streams, ..Config::default() };
    let connect = async move { Aws::configure(&settings, hint.as_deref()).await };
    Box::pin(explore(global, config, records, capture, connect)).await
}

/// Opens the explorer on the embedded service.
pub async fn on_demo(
    global: &Global,
    demo: &Demo,
    records: &RecordArgs,
    capture: &CaptureArgs,
) -> Result<Exit, Failure> {
    let session = Session { profile: Some("demo".into()), is_demo: true, ..Session::default() };
    let endpoint = demo.endpoint().to_owned();
    let connect = async move { Aws::demo(&endpoint) };
    let config = Config { session, ..Config::default() };
    Box::pin(explore(global, config, records, capture, connect)).await
}

/// What the flags say of the first reading, and what there is to be said of them.
fn first(records: &RecordArgs, streams: usize, now: Time) -> Result<(First, Vec<String>), String> {
    let RecordArgs { range, selection } = records;
    if let Some(contradiction) = range.contradiction(streams, now) {
        return Err(contradiction.into());
    }
    if range.shard.is_some() && streams != 1 {
        return Err("--shard names a shard of one stream; name that stream".into());
    }
    let first = First {
        part: range.part(First::default().part.start, now),
        filter: selection.as_expression(range.until.map(|until| until.time))?,
        keep_only: selection.keep_only().map(Arc::new),
    };
    Ok((first, range.remarks(now)))
}

/// What the terminal must be for the explorer.
pub fn check_terminal(has_keys: bool) -> Result<(), Failure> {
    if !has_keys || !io::stdout().is_terminal() {
        return Err(Failure::new(
            "the explorer needs a terminal; to print records use dynascope tail STREAM, or dynascope cat FILE",
        ));
    }
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        return Err(Failure::new(
            "TERM=dumb cannot show the explorer; to print records use dynascope tail STREAM, or dynascope cat FILE",
        ));
    }
    Ok(())
}

/// What is said where the terminal was; of the capture that was written at `path`, too.
pub fn end(ended: io::Result<Ending>, path: Option<&str>) -> Result<Exit, Failure> {
    let ending = ended.map_err(cannot)?;
    if let Some(summary) = ending.summary {
        // A terminal that has gone needs no summary.
        let _ = writeln!(io::stdout(), "{summary}");
    }
    let kept = ending.capture.zip(path).map(|(kept, path)| (kept.is_whole(), ending_of(path, &kept)));
    if let Some((false, said)) = &kept {
        complain(said);
    }
    if let Some(failure) = ending.failure {
        return Err(Failure::new(failure));
    }
    Ok(match ending.signal.and_then(|signal| u8::try_from(signal).ok()) {
        Some(signal) => exit::Exit::Signal(signal),
        None if kept.is_some_and(|(is_whole, _)| !is_whole) => Exit::Gap,
        None => Exit::Done,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
pub fn cannot(error: io::Error) -> Failure {
    Failure::new(format!("the terminal cannot be used: {error}"))
}

async fn explore(
    global: &Global,
    config: Config,
    records: &RecordArgs,
    capture: &CaptureArgs,
    configure: impl Future<Output = Result<Aws, ConfigError>>,
) -> Result<Exit, Failure> {
    let (first, remarks) = match first(records, config.streams.len(), clock::now()) {
        Ok(first) => first,
        Err(contradiction) => {
            complain(&contradiction);
            return Ok(Exit::Usage);
        }
    };
    check_terminal(io::stdin().is_terminal())?;
    let (request_sender, requests) = mpsc::channel(REQUESTS);
    let (report_sender, reports) = mpsc::channel(REPORTS);
    let session = config.session.clone();
    let file = global.load_config()?;
    let pace = file.pace;
    let zone = if file.view.local_time { Zone::Local } else { Zone::Utc };
    let config = Config {
        budget: file.store.megabytes.bytes(),
        zone,
        keys: file.keys,
        tables: file.tables,
        key: Key::random().ok(),
        first,
        capture: capture.path(),
        ..config
    };
    let path = capture.path();
    let capture = capture.begin()?;
    let connect = async move {
        panic_on_purpose();
        let aws = configure.await.map_err(|error| error.to_string())?;
        let session = Session {
            region: aws.region().to_owned(),
            endpoint: aws.custom_endpoint().map(str::to_owned),
            hint: hint(&aws).map(str::to_owned),
            ..session
        };
        let limits = limits(&aws, pace);
        tokio::spawn(Fetcher::new(aws, limits, report_sender).run(requests));
        Ok(session)
    };
    let terminal = Terminal::enter().map_err(cannot)?;
    let state = AppState::new(config, clock::now()).with_remarks(remarks);
    let theme = theme(global, file.view);
    let files = Files { written: capture, ..Files::default() };
    let ended = runtime::explore(terminal, state, theme, connect, request_sender, reports, files).await;
    end(ended, path.as_deref())
}

/// In debug builds a panic can be asked for, in the explorer's loop or in a task beside it: to see
/// that the terminal survives it.
pub fn panic_on_purpose() {
    #[cfg(debug_assertions)]
    match std::env::var("DYNASCOPE_PANIC").as_deref() {
        Ok("ui") => panic!("on purpose"),
        Ok("task") => drop(tokio::spawn(async { panic!("on purpose") })),
        Ok(_) | Err(_) => {}
    }
}

pub fn theme(global: &Global, view: View) -> Theme {
    let theme = Theme::named(view.theme.name()).unwrap_or_default();
    let theme = if global.color.on(&io::stdout()) { theme } else { theme.without_colour() };
    if global.ascii || view.ascii { theme.in_ascii() } else { theme }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ThemeName;

    #[test]
    fn every_theme_of_the_configuration_is_there() {
        assert_eq!(ThemeName::ALL.map(ThemeName::name), Theme::NAMES);
        for name in Theme::NAMES {
            assert!(Theme::named(name).is_some(), "{name}");
        }
    }
}

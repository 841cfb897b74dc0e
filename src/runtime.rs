//! The one loop of the explorer: what happened goes into the state, effects go out, frames are drawn.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::app::document::Document;
use crate::app::{Action, AppState, Effect, Intent, Session, Size, settle, update};
use crate::capture::Capture;
use crate::clipboard::Clipboard;
use crate::follow::{Report, Request};
use crate::journal::{Captured, Entry, Kept};
use crate::terminal::{Event, Signals, Terminal, Told};
use crate::ui::theme::Theme;
use crate::{clock, export, search, terminal, ui};

/// Between two frames: at most 60 a second.
const FRAME: Duration = Duration::from_millis(16);
/// How long events are taken in before what they did is drawn.
const BATCH: Duration = Duration::from_millis(8);
const TICK: Duration = Duration::from_secs(1);
/// While something moves.
const ANIMATED_TICK: Duration = Duration::from_millis(100);
/// Requests waiting for the fetcher beyond which no report is taken: reports make requests.
const MAX_OUTGOING: usize = 10_000;
/// The same of entries waiting for the thread of the capture: each may hold a page of a megabyte.
const MAX_CAPTURED: usize = 32;
const EVENTS: usize = 256;
const FINDINGS: usize = 16;

/// How the explorer ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// What was read, for the scrollback; safe for a terminal.
    pub summary: Option<String>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Why AWS could not be configured.
    pub failure: Option<String>,
    /// How the capture ended.
    pub capture: Option<Kept>,
}

/// The files of the explorer, if there are any.
#[derive(Debug, Default)]
pub struct Files {
    /// What is read of captures.
    pub read: Option<mpsc::Receiver<Captured>>,
    /// The capture that is written.
    pub written: Option<Capture>,
}

/// Runs the explorer until it is quit. The first frame is drawn before `connect` is waited for.
///
/// When it returns, the terminal has been given back.
pub async fn explore(
    terminal: Terminal,
    state: AppState,
    theme: Theme,
    connect: impl Future<Output = Result<Session, String>>,
    requests: mpsc::Sender<Request>,
    reports: mpsc::Receiver<Report>,
    files: Files,
) -> io::Result<Ending> {
    let (events_in, events) = mpsc::channel(EVENTS);
    // A thread of its own, not a task: it waits in a read that nothing can end but a key.
    std::thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || terminal::read_events(|event| events_in.blocking_send(event).is_ok()))?;
    let (found_in, found) = mpsc::channel(FINDINGS);
    let explorer = Explorer {
        terminal,
        state,
        theme,
        outgoing: VecDeque::new(),
        captured: VecDeque::new(),
        found_in,
        is_search_wanted: Arc::default(),
        is_trace_wanted: Arc::default(),
        has_ended: false,
        signal: None,
        failure: None,
    };
    let Files { read, written } = files;
    let incoming = Incoming { events, reports, found, has_reports: true, files: read };
    explorer.run(connect, requests, incoming, written).await
}

struct Incoming {
    events: mpsc::Receiver<Event>,
    reports: mpsc::Receiver<Report>,
    /// What was found off this thread.
    found: mpsc::Receiver<Action>,
    has_reports: bool,
    /// What is read of files, until all has been.
    files: Option<mpsc::Receiver<Captured>>,
}

impl Incoming {
    async fn piece(files: &mut Option<mpsc::Receiver<Captured>>) -> Option<Captured> {
        match files {
            Some(files) => files.recv().await,
            None => std::future::pending().await,
        }
    }
}

struct Explorer {
    terminal: Terminal,
    state: AppState,
    theme: Theme,
    outgoing: VecDeque<Request>,
    /// What the thread of the capture has no room for yet.
    captured: VecDeque<Entry>,
    found_in: mpsc::Sender<Action>,
    is_search_wanted: Arc<AtomicBool>,
    is_trace_wanted: Arc<AtomicBool>,
    has_ended: bool,
    signal: Option<i32>,
    failure: Option<String>,
}

impl Explorer {
    async fn run(
        mut self,
        connect: impl Future<Output = Result<Session, String>>,
        requests: mpsc::Sender<Request>,
        incoming: Incoming,
        mut capture: Option<Capture>,
    ) -> io::Result<Ending> {
        let ended = self.go(connect, requests, incoming, capture.as_mut()).await;
        // However it ended: what was read is written.
        let last = self.state.end();
        let last = ended.and(self.perform(last));
        let capture = match capture {
            Some(capture) => Some(self.end_capture(capture).await),
            None => None,
        };
        last?;
        let summary = self.state.summary().map(|line| crate::model::text::sanitize(&line).into_owned());
        Ok(Ending { summary, signal: self.signal, failure: self.failure, capture })
    }

    async fn end_capture(&mut self, capture: Capture) -> Kept {
        let kept = capture.finish(std::mem::take(&mut self.captured)).await;
        update(&mut self.state, Action::Captured(kept.clone()), clock::now());
        kept
    }

    async fn go(
        &mut self,
        connect: impl Future<Output = Result<Session, String>>,
        requests: mpsc::Sender<Request>,
        mut incoming: Incoming,
        mut capture: Option<&mut Capture>,
    ) -> io::Result<()> {
        let entries = capture.as_ref().map(|capture| capture.entries().clone());
        if let Some(kept) = capture.as_ref().map(|capture| capture.kept()) {
            self.act(Action::Captured(kept))?;
        }
        let mut signals = Signals::new()?;
        let mut connect = pin!(connect);
        let mut is_connecting = true;
        let (width, height) = self.terminal.size()?;
        self.act(Action::Resized(Size { width, height }))?;
        let effects = self.state.begin();
        self.perform(effects)?;
        self.draw()?;
        let mut drawn = Instant::now();
        let mut ticked = drawn;
        while !self.has_ended {
            let tick = if self.state.is_animated() { ANIMATED_TICK } else { TICK };
            let has_room = self.has_room();
            tokio::select! {
                biased;
                event = incoming.events.recv() => match event {
                    Some(event) => self.on_event(&event)?,
                    // The terminal is gone.
                    None => self.has_ended = true,
                },
                told = signals.next() => self.on_signal(told)?,
                () = sleep_until(drawn + FRAME), if self.state.is_dirty => {}
                () = sleep_until(ticked + tick) => {
                    ticked = Instant::now();
                    self.follow_size()?;
                    self.act(Action::Tick)?;
                }
                permit = requests.reserve(), if !self.outgoing.is_empty() => match permit {
                    Ok(permit) => self.send(permit),
                    Err(_) => self.outgoing.clear(),
                },
                permit = room(entries.as_ref()), if !self.captured.is_empty() => match permit {
                    Ok(permit) => self.hand_over(permit),
                    Err(_) => self.captured.clear(),
                },
                kept = news(capture.as_deref_mut()) => self.act(Action::Captured(kept))?,
                found = incoming.found.recv() => {
                    found.map(|found| self.act(found)).transpose()?;
                }
                report = incoming.reports.recv(), if incoming.has_reports && has_room => match report {
                    Some(report) => self.act(Action::Report(report))?,
                    None => incoming.has_reports = false,
                },
                piece = Incoming::piece(&mut incoming.files) => match piece {
                    Some(piece) => self.act(Action::Loaded(Box::new(piece)))?,
                    None => incoming.files = None,
                },
                outcome = &mut connect, if is_connecting => {
                    is_connecting = false;
                    // Nothing that can be done in here would mend it.
                    self.has_ended = outcome.is_err();
                    self.failure = outcome.as_ref().err().cloned();
                    self.act(Action::Session(outcome))?;
                }
            }
            self.take_batch(&mut incoming, &requests, entries.as_ref())?;
            self.state.is_dirty |= self.terminal.reclaim()?;
            if self.state.is_dirty && drawn.elapsed() >= FRAME {
                self.draw()?;
                drawn = Instant::now();
            }
        }
        Ok(())
    }

    /// Whether a report may be taken: what it makes has to wait nowhere for long.
    fn has_room(&self) -> bool {
        self.outgoing.len() < MAX_OUTGOING && self.captured.len() < MAX_CAPTURED
    }

    /// Takes in what is there already, so that one frame shows all of it.
    fn take_batch(
        &mut self,
        incoming: &mut Incoming,
        requests: &mpsc::Sender<Request>,
        entries: Option<&mpsc::Sender<Entry>>,
    ) -> io::Result<()> {
        let started = Instant::now();
        while !self.has_ended && started.elapsed() < BATCH {
            while !self.outgoing.is_empty()
                && let Ok(permit) = requests.try_reserve()
            {
                self.send(permit);
            }
            while !self.captured.is_empty()
                && let Some(Ok(permit)) = entries.map(mpsc::Sender::try_reserve)
            {
                self.hand_over(permit);
            }
            if let Ok(event) = incoming.events.try_recv() {
                self.on_event(&event)?;
            } else if let Ok(found) = incoming.found.try_recv() {
                self.act(found)?;
            } else if self.has_room()
                && let Ok(report) = incoming.reports.try_recv()
            {
                self.act(Action::Report(report))?;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn send(&mut self, permit: mpsc::Permit<'_, Request>) {
        if let Some(request) = self.outgoing.pop_front() {
            permit.send(request);
        }
    }

    fn hand_over(&mut self, permit: mpsc::Permit<'_, Entry>) {
        if let Some(entry) = self.captured.pop_front() {
            permit.send(entry);
        }
    }

    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        match ui::keymap::action(&self.state, event) {
            Some(action) => self.act(action),
            None => Ok(()),
        }
    }

    fn on_signal(&mut self, told: Told) -> io::Result<()> {
        match told {
            Told::End(signal) => {
                self.has_ended = true;
                self.signal = Some(signal);
            }
            Told::Suspend => self.suspend()?,
            // The shell may have changed the terminal meanwhile.
            Told::Continue => self.resume()?,
        }
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.terminal.suspend()?;
        self.resume()
    }

    fn resume(&mut self) -> io::Result<()> {
        terminal::restore();
        self.terminal.reclaim()?;
        let (width, height) = self.terminal.size()?;
        self.act(Action::Resized(Size { width, height }))?;
        self.act(Action::Intent(Intent::Resume))
    }

    fn act(&mut self, action: Action) -> io::Result<()> {
        let effects = update(&mut self.state, action, clock::now());
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Request(request) => self.outgoing.push_back(request),
                Effect::Capture(entry) => self.captured.push_back(entry),
                Effect::Copy(job) => self.find(move |tell| {
                    let clipboard = Clipboard::find(|name| std::env::var_os(name));
                    tell(export::copied(&job, |text| {
                        clipboard.filter(|clipboard| clipboard.copy(text)).map(|clipboard| clipboard.name)
                    }));
                }),
                Effect::CopyByTerminal(text) => self.terminal.copy(&text)?,
                Effect::Write(job) => self.find(move |tell| {
                    tell(export::written(job, |words| {
                        tell(Action::Told(words));
                    }));
                }),
                Effect::Search(job) => {
                    let is_wanted = renewed(&mut self.is_search_wanted);
                    self.find(move |tell| {
                        search::run(job, |it| is_wanted.load(Relaxed) && tell(Action::Found(it)));
                    });
                }
                Effect::CancelSearch => self.is_search_wanted.store(false, Relaxed),
                Effect::Trace(job) => {
                    let is_wanted = renewed(&mut self.is_trace_wanted);
                    self.find(move |tell| {
                        search::trace(job, |it| is_wanted.load(Relaxed) && tell(Action::Traced(it)));
                    });
                }
                Effect::CancelTrace => self.is_trace_wanted.store(false, Relaxed),
                Effect::Sift(job) => self.find(move |tell| {
                    tell(Action::Sifted(search::sift(&job)));
                }),
                Effect::LayOut(job) => self.find(move |tell| {
                    let document = Arc::new(Document::of(&job.subject, job.mode));
                    tell(Action::LaidOut { number: job.number, document });
                }),
                Effect::Tell(job) => self.find(move |tell| {
                    tell(Action::RowsTold { number: job.number, rows: job.run() });
                }),
                Effect::CaptureMouse(capture) => self.terminal.capture_mouse(capture)?,
                Effect::Suspend => self.suspend()?,
                Effect::Quit => self.has_ended = true,
            }
        }
        Ok(())
    }

    /// Runs a search off this thread. It is told whether anybody listens to what it tells.
    fn find(&self, search: impl FnOnce(&dyn Fn(Action) -> bool) + Send + 'static) {
        let found_in = self.found_in.clone();
        tokio::task::spawn_blocking(move || search(&|found| found_in.blocking_send(found).is_ok()));
    }

    /// Nobody tells of a change of size before the thread that reads keys listens.
    fn follow_size(&mut self) -> io::Result<()> {
        let (width, height) = self.terminal.size()?;
        let size = Size { width, height };
        if size == self.state.size { Ok(()) } else { self.act(Action::Resized(size)) }
    }

    fn draw(&mut self) -> io::Result<()> {
        let effects = settle(&mut self.state);
        self.perform(effects)?;
        let (state, theme) = (&self.state, &self.theme);
        self.terminal.draw(|frame| ui::draw(frame, state, theme))?;
        self.state.is_dirty = false;
        Ok(())
    }
}

/// Waits until the thread of the capture can take an entry.
async fn room(
    entries: Option<&mpsc::Sender<Entry>>,
) -> Result<mpsc::Permit<'_, Entry>, mpsc::error::SendError<()>> {
    match entries {
        Some(entries) => entries.reserve().await,
        None => std::future::pending().await,
    }
}

/// Waits until there is something new of the capture.
async fn news(capture: Option<&mut Capture>) -> Kept {
    match capture {
        Some(capture) => capture.news().await,
        None => std::future::pending().await,
    }
}

/// A new search takes the place of the one under way, which ends.
fn renewed(is_wanted: &mut Arc<AtomicBool>) -> Arc<AtomicBool> {
    is_wanted.store(false, Relaxed);
    *is_wanted = Arc::new(AtomicBool::new(true));
    Arc::clone(is_wanted)
}

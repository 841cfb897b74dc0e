//! A stage for the explorer: a scripted service, a clock that is moved by hand, and a screen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dynascope::app::{Action, AppState, Config, Effect, Session, Size, settle, update};
use dynascope::follow::{Ask, Report, Request, TailId};
use dynascope::model::{
    SequenceNumber, Shard, ShardId, StreamArn, StreamDescription, StreamStatus, StreamSummary, Time, ViewType,
};
use dynascope::privacy::Key;
use dynascope::source::wire::read_records;
use dynascope::store::Page;
use dynascope::ui::theme::Theme;
use dynascope::{search, ui};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

/// 2026-10-06 12:03:05 UTC.
pub const NOON: Time = Time::from_seconds(1_791_288_185);

pub fn arn(table: &str, label: &str) -> StreamArn {
    let text = format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/{label}");
    StreamArn::parse(&text).unwrap()
}

/// A shard that was created so many minutes before noon.
pub fn shard(minutes: i64, hex: &str, parent: Option<&Shard>, is_closed: bool) -> Shard {
    let id = format!("shardId-{:020}-{hex}", NOON.millis() - minutes * 60_000);
    Shard {
        id: ShardId::new(&id),
        parent: parent.map(|parent| parent.id.clone()),
        starting: Some(SequenceNumber::new("100000000000000000001")),
        ending: is_closed.then(|| SequenceNumber::new("100000000000000000999")),
    }
}

/// One record as the service sends it. `time` is in seconds from noon; images are DynamoDB JSON.
pub fn record(number: u32, time: i64, event: &str, key: &str, old: &str, new: &str) -> String {
    let mut parts = format!(
        r#""ApproximateCreationDateTime":{},"Keys":{{"pk":{{"S":"{key}"}}}},"SequenceNumber":"1000000000000000{number:05}","SizeBytes":{},"StreamViewType":"NEW_AND_OLD_IMAGES""#,
        NOON.seconds() + time,
        old.len() + new.len(),
    );
    if !old.is_empty() {
        write!(parts, r#","OldImage":{old}"#).unwrap();
    }
    if !new.is_empty() {
        write!(parts, r#","NewImage":{new}"#).unwrap();
    }
    format!(
        r#"{{"awsRegion":"eu-west-1","dynamodb":{{{parts}}},"eventID":"e{number}","eventName":"{event}","eventSource":"aws:dynamodb","eventVersion":"1.1"}}"#
    )
}

pub fn page(records: &[String]) -> Arc<Page> {
    let body = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    Arc::new(read_records(body.as_bytes()).unwrap().page)
}

/// What the scripted service knows of a stream.
#[derive(Clone, Debug)]
pub struct Known {
    pub arn: StreamArn,
    pub status: StreamStatus,
    pub view_type: ViewType,
    pub shards: Vec<Shard>,
}

pub struct Stage {
    pub state: AppState,
    pub now: Time,
    pub theme: Theme,
    streams: Vec<Known>,
    tails: BTreeMap<ShardId, TailId>,
    /// Requests that were not answered yet.
    asked: Vec<Request>,
    pub effects: Vec<Effect>,
}

impl Stage {
    /// The explorer at its first frame; nothing has been answered.
    pub fn new(width: u16, height: u16, config: Config, streams: Vec<Known>) -> Self {
        let config = Config { size: Size { width, height }, ..config };
        let mut stage = Self {
            state: AppState::new(config, NOON),
            now: NOON,
            theme: Theme::default(),
            streams,
            tails: BTreeMap::new(),
            asked: vec![],
            effects: vec![],
        };
        let effects = stage.state.begin();
        stage.perform(effects);
        stage
    }

    /// The explorer with AWS configured and everything answered that it asked.
    pub fn ready(width: u16, height: u16, streams: Vec<Known>) -> Self {
        Self::ready_with(width, height, Config::default(), streams)
    }

    pub fn ready_with(width: u16, height: u16, config: Config, streams: Vec<Known>) -> Self {
        let mut stage = Self::new(width, height, config, streams);
        stage.connect();
        stage.answer();
        stage.pass(4);
        stage
    }

    pub fn connect(&mut self) {
        let session = Session {
            profile: Some("prod".into()),
            region: "eu-west-1".into(),
            account: Some("123456789012".into()),
            ..Session::default()
        };
        self.act(Action::Session(Ok(session)));
    }

    pub fn act(&mut self, action: Action) {
        let effects = update(&mut self.state, action, self.now);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effects.push(effect.clone());
            match effect {
                Effect::Request(request) => self.asked.push(request),
                Effect::Search(job) => {
                    let mut findings = vec![];
                    search::run(job, |found| {
                        findings.push(found);
                        true
                    });
                    for found in findings {
                        self.act(Action::Found(found));
                    }
                }
                Effect::Trace(job) => {
                    let mut findings = vec![];
                    search::trace(job, |traced| {
                        findings.push(traced);
                        true
                    });
                    for traced in findings {
                        self.act(Action::Traced(traced));
                    }
                }
                Effect::Tell(job) => self.act(Action::RowsTold { number: job.number, rows: job.run() }),
                Effect::Sift(job) => self.act(Action::Sifted(search::sift(&job))),
                // Answered by hand.
                Effect::LayOut(_)
                | Effect::CancelTrace
                | Effect::Copy(_)
                | Effect::CopyByTerminal(_)
                | Effect::Write(_)
                | Effect::Capture(_)
                | Effect::CancelSearch
                | Effect::CaptureMouse(_)
                | Effect::Suspend
                | Effect::Quit => {}
            }
        }
    }

    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Answers what was asked, and what is asked because of it.
    pub fn answer(&mut self) {
        while !self.asked.is_empty() {
            for request in std::mem::take(&mut self.asked) {
                if let Some(report) = self.report(request) {
                    self.act(Action::Report(report));
                }
            }
        }
    }

    fn report(&mut self, request: Request) -> Option<Report> {
        match request {
            Request::ListStreams { run, table, .. } => {
                let wanted = |known: &&Known| table.as_deref().is_none_or(|table| known.arn.table() == table);
                let summary = |known: &Known| StreamSummary {
                    arn: known.arn.clone(),
                    table: known.arn.table().to_owned(),
                    label: known.arn.label().to_owned(),
                };
                let streams = self.streams.iter().filter(wanted).map(summary).collect();
                Some(Report::StreamsListed { run, streams, more: None })
            }
            Request::DescribeStream { reading, stream, ask } => {
                let known = self.streams.iter().find(|known| known.arn == stream)?;
                let shards = match &ask {
                    Ask::Shards { .. } => known.shards.clone(),
                    Ask::ChildrenOf(parent) => {
                        let is_child = |shard: &&Shard| shard.parent.as_ref() == Some(parent);
                        known.shards.iter().filter(is_child).cloned().collect()
                    }
                };
                let description = Box::new(StreamDescription {
                    status: known.status.clone(),
                    view_type: known.view_type.clone(),
                    created_at: Some(NOON.minus(Duration::from_hours(3))),
                    key_names: vec!["pk".into()],
                    shards,
                    last_evaluated_shard: None,
                });
                Some(Report::StreamDescribed { reading, stream, ask, description })
            }
            Request::StartTail(tail, _) => {
                self.tails.insert(tail.shard, tail.id);
                Some(Report::TailStarted { tail: tail.id })
            }
            Request::SetPace(..) | Request::StopTail(_) | Request::RetryNow => None,
        }
    }

    /// A page arrives from a shard, and what it asks for is answered.
    pub fn arrive(&mut self, shard: &Shard, records: &[String], end: bool) {
        let tail = self.tails[&shard.id];
        self.act(Action::Report(Report::PageRead { tail, page: page(records), end }));
        self.answer();
    }

    pub fn tail(&self, shard: &Shard) -> TailId {
        self.tails[&shard.id]
    }

    /// Time goes by, a tick each second.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = self.now.plus(Duration::from_secs(1));
            self.act(Action::Tick);
            self.answer();
        }
    }

    /// Keys, apart by blanks: `j`, `Enter`, `Ctrl-d`. Other words are typed letter by letter.
    pub fn keys(&mut self, keys: &str) {
        for key in keys.split(' ') {
            for (code, modifiers) in codes(key) {
                let event = Event::Key(KeyEvent::new(code, modifiers));
                if let Some(action) = ui::keymap::action(&self.state, &event) {
                    self.act(action);
                }
                self.answer();
            }
        }
    }

    pub fn draw(&mut self) -> Buffer {
        let Size { width, height } = self.state.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let effects = settle(&mut self.state);
        self.perform(effects);
        terminal.draw(|frame| ui::draw(frame, &self.state, &self.theme)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The symbols on the screen.
    pub fn screen(&mut self) -> String {
        lines(&self.draw()).join("\n")
    }

    /// The symbols, then the same screen with a letter for each style, then what the letters mean.
    pub fn styled(&mut self) -> String {
        let buffer = self.draw();
        format!("{}\n{}", lines(&buffer).join("\n"), styles(&buffer))
    }
}

fn codes(key: &str) -> Vec<(KeyCode, KeyModifiers)> {
    let none = KeyModifiers::NONE;
    let code = match key {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Shift-Tab" => KeyCode::BackTab,
        "Space" => KeyCode::Char(' '),
        "Backspace" => KeyCode::Backspace,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "End" => KeyCode::End,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        _ => {
            if let Some(letter) = key.strip_prefix("Ctrl-") {
                return letter.chars().map(|letter| (KeyCode::Char(letter), KeyModifiers::CONTROL)).collect();
            }
            return key.chars().map(|letter| (KeyCode::Char(letter), none)).collect();
        }
    };
    vec![(code, none)]
}

pub fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width).max(1);
    let row = |cells: &[ratatui::buffer::Cell]| {
        // A wide letter takes the cell behind it, too.
        let mut line = String::new();
        let mut skip = 0;
        for cell in cells {
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        line.trim_end().to_owned()
    };
    buffer.content.chunks(width).map(row).collect()
}

fn styles(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let mut legend: Vec<Style> = vec![];
    let mut map = String::new();
    for row in buffer.content.chunks(width) {
        let mut line = String::new();
        for cell in row {
            let style = Style { underline_color: None, ..cell.style() };
            let plain = style.add_modifier == Modifier::empty()
                && [style.fg, style.bg].iter().flatten().all(|color| *color == ratatui::style::Color::Reset);
            if plain {
                line.push('.');
                continue;
            }
            let at = legend.iter().position(|known| *known == style).unwrap_or_else(|| {
                legend.push(style);
                legend.len() - 1
            });
            line.push(char::from(b'a' + at as u8));
        }
        map.push_str(line.trim_end_matches('.'));
        map.push('\n');
    }
    for (at, style) in legend.iter().enumerate() {
        let colours = [(style.fg, ""), (style.bg, "on ")].into_iter().filter_map(|(colour, on)| {
            colour
                .filter(|colour| *colour != ratatui::style::Color::Reset)
                .map(|colour| format!("{on}{colour}"))
        });
        let mut words: Vec<String> = colours.collect();
        words.extend(style.add_modifier.iter_names().map(|(name, _)| name.to_owned()));
        writeln!(map, "{} {}", char::from(b'a' + at as u8), words.join(" ")).unwrap();
    }
    map
}

/// Three tables: one that was split, one with old streams, one that is off.
pub fn shop() -> Vec<Known> {
    let [root, rolled, left, right] = split();
    let known = |arn, view_type, shards| Known { arn, status: StreamStatus::Enabled, view_type, shards };
    let both = ViewType::NewAndOldImages;
    vec![
        known(arn("orders", "2026-10-01T08:00:00.000"), both.clone(), vec![root, rolled, left, right]),
        known(arn("payments", "2026-09-01T08:00:00.000"), ViewType::NewImage, vec![payments()]),
        known(arn("payments", "2026-08-01T08:00:00.000"), ViewType::KeysOnly, vec![]),
        Known {
            arn: arn("audit", "2026-07-01T08:00:00.000"),
            status: StreamStatus::Disabled,
            view_type: both,
            shards: vec![],
        },
    ]
}

pub fn payments() -> Shard {
    shard(100, "aaaa0001", None, false)
}

/// A shard that rolled over, and then split in two that are open.
pub fn split() -> [Shard; 4] {
    let root = shard(500, "0000f35f", None, true);
    let rolled = shard(260, "1111aa12", Some(&root), true);
    let left = shard(20, "2222bb34", Some(&rolled), false);
    let right = shard(20, "3333cc56", Some(&rolled), false);
    [root, rolled, left, right]
}

pub const PENDING: &str = r#"{"pk":{"S":"ord#91"},"status":{"S":"PENDING"},"total":{"M":{"amount":{"N":"19.90"}}},"tags":{"SS":["new"]}}"#;
pub const PAID: &str = r#"{"pk":{"S":"ord#91"},"status":{"S":"PAID"},"total":{"M":{"amount":{"N":"24.90"}}},"tags":{"SS":["vip"]},"lines":{"L":[{"M":{"sku":{"S":"A-1"},"qty":{"N":"1"}}}]}}"#;

/// The orders being read, with some records.
pub fn reading_orders(width: u16, height: u16) -> Stage {
    reading_orders_within(Config::default().budget, width, height)
}

/// The orders being read into a store of so many bytes.
pub fn reading_orders_within(budget: usize, width: u16, height: u16) -> Stage {
    let mut stage = Stage::ready_with(
        width,
        height,
        Config { budget, key: Some(Key::known(7)), ..Config::default() },
        shop(),
    );
    stage.keys("Enter");
    let [_, _, left, right] = split();
    let new = r#"{"pk":{"S":"ord#92"},"status":{"S":"NEW"}}"#;
    stage.arrive(
        &left,
        &[record(1, -3, "INSERT", "ord#92", "", new), record(2, -1, "MODIFY", "ord#91", PENDING, PAID)],
        false,
    );
    stage.arrive(&right, &[record(3, -2, "REMOVE", "ord#17", new, "")], false);
    stage
}

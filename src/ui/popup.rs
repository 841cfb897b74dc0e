//! Draws what lies over the panes: help, details, a question.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::Cells;
use super::keymap::{BINDINGS, Where};
use super::shards::{ago, rate_text, state_word};
use super::theme::Theme;
use super::{palette, popup_frame, put_line};
use crate::app::copying::Copyable;
use crate::app::prompt::Purpose;
use crate::app::reading::Reading;
use crate::app::shards::Choice;
use crate::app::summary::thousands;
use crate::app::writing::CHOICES;
use crate::app::{AppState, Loadable, Pane, Popup, WriteJob};
use crate::model::ShardId;

/// A line of a popup: a word, and what there is to say about it.
type Entry = (String, String);

pub fn draw(buffer: &mut Buffer, whole: Rect, state: &AppState, theme: &Theme) {
    let (title, entries, scroll) = match &state.popup {
        None if is_preview(state) => ("What is written of this item".to_owned(), preview(state), 0),
        None => return,
        Some(Popup::Palette { .. }) => return palette::draw(buffer, whole, state, theme),
        Some(Popup::Help { scroll }) => ("Help · Esc closes".to_owned(), help(state), *scroll),
        Some(Popup::Details { choice, scroll }) => (details_title(choice), details(choice, state), *scroll),
        Some(Popup::ConfirmQuit) => ("Quit?".to_owned(), confirm(state), 0),
        Some(Popup::Copy) => ("Copy · Esc closes".to_owned(), copied(state), 0),
        Some(Popup::Write) => ("Write to a file · Esc closes".to_owned(), written(state), 0),
        Some(Popup::ConfirmReplace(job)) => ("Replace the file?".to_owned(), replaced(job), 0),
    };
    let words = entries.iter().filter(|(_, text)| !text.is_empty()).map(|(word, _)| word.chars().count());
    let word_width = words.max().unwrap_or(0).min(22);
    let height = (entries.len() as u16 + 2).min(whole.height.saturating_sub(2));
    let width = whole.width.saturating_sub(4).min(92);
    let area = Rect {
        x: whole.x + (whole.width - width) / 2,
        y: whole.y + (whole.height - height) / 2,
        width,
        height,
    };
    let inner = popup_frame(buffer, area, &title, theme);
    let first = scroll.min(entries.len().saturating_sub(usize::from(inner.height)));
    for (line, (word, text)) in entries.iter().skip(first).take(usize::from(inner.height)).enumerate() {
        let is_impossible = is_impossible(first + line, state);
        let mut cells = Cells::new(usize::from(inner.width));
        cells.skip(1);
        if text.is_empty() {
            cells.put(word, theme.title);
        } else {
            cells.column(word, word_width, if is_impossible { theme.dim } else { theme.key });
            cells.skip(2);
            cells.put(text, if is_impossible { theme.dim } else { theme.text });
        }
        put_line(buffer, inner, line, cells, None);
    }
}

/// The table of keys, by where they work: those of the focused pane first.
fn help(state: &AppState) -> Vec<Entry> {
    let focus = state.focus;
    let mut entries = vec![];
    let mut section = |name: &str, holds: &dyn Fn(Where) -> bool| {
        entries.push((name.to_owned(), String::new()));
        for binding in BINDINGS.iter().filter(|binding| holds(binding.place)) {
            entries.push((binding.key_names(&state.keys).join(" "), binding.help.to_owned()));
        }
    };
    let is_of = |place, pane: Pane| matches!(place, Where::In(panes) if panes.contains(&pane));
    section(focus.name(), &|place| is_of(place, focus));
    section("Everywhere", &|place| place == Where::Everywhere);
    for pane in Pane::ALL.into_iter().chain([Pane::History]).filter(|pane| *pane != focus) {
        section(pane.name(), &|place| is_of(place, pane));
    }
    entries
}

fn confirm(state: &AppState) -> Vec<Entry> {
    let records = state.reading.as_ref().map_or(0, |reading| reading.events.total());
    let at_stake = match state.files_in_writing {
        0 => format!("{} records are in memory only.", thousands(records)),
        1 => "A file is still being written.".to_owned(),
        files => format!("{files} files are still being written."),
    };
    vec![
        (at_stake, String::new()),
        ("y Enter q".to_owned(), "quit".to_owned()),
        ("n Esc".to_owned(), "stay".to_owned()),
    ]
}

fn copied(state: &AppState) -> Vec<Entry> {
    let entry = |what: Copyable| {
        let help = what.help();
        let text = match state.obstacle(what) {
            Some(obstacle) => format!("{help} · {obstacle}"),
            None => help.to_owned(),
        };
        (what.letter().to_string(), text)
    };
    Copyable::ALL.map(entry).into()
}

/// Whether an entry is about what cannot be done here.
fn is_impossible(at: usize, state: &AppState) -> bool {
    let what = Copyable::ALL.get(at).filter(|_| state.popup == Some(Popup::Copy));
    what.is_some_and(|what| state.obstacle(*what).is_some())
}

fn written(state: &AppState) -> Vec<Entry> {
    let choices = CHOICES.iter().map(|choice| (choice.letter.to_string(), choice.help.to_owned()));
    let mut entries: Vec<Entry> = choices.collect();
    let is_raw = state.private.words().is_none();
    entries.extend([
        entry("k", "privacy: keep…; all other values, keys included, become hashes"),
        entry("x", "privacy: redact…; what is named becomes hashes"),
        entry("r", if is_raw { "privacy: raw, as it is now" } else { "privacy: raw" }),
    ]);
    if let Some(words) = state.private.words() {
        entries.push((words, String::new()));
        entries.extend(preview(state));
    }
    entries
}

/// Whether what is typed is seen at work.
pub fn is_preview(state: &AppState) -> bool {
    state.popup.is_none()
        && state.prompt.as_ref().is_some_and(|prompt| matches!(prompt.purpose, Purpose::Hide(_)))
}

fn preview(state: &AppState) -> Vec<Entry> {
    let lines = state.private_preview();
    if lines.is_empty() {
        return vec![entry("", "paths, with commas between: status, customer.email, lines[*].sku")];
    }
    lines.into_iter().map(|line| (String::new(), line)).collect()
}

fn replaced(job: &WriteJob) -> Vec<Entry> {
    vec![
        (format!("{} exists already.", job.path), String::new()),
        ("y Enter".to_owned(), "replace it".to_owned()),
        ("n Esc".to_owned(), "leave it".to_owned()),
    ]
}

fn details_title(choice: &Choice) -> String {
    match choice {
        Choice::All | Choice::Stream(_) => "Stream · Esc closes".to_owned(),
        Choice::Shard(_, id) => format!("Shard …{} · Esc closes", id.short()),
    }
}

fn details(choice: &Choice, state: &AppState) -> Vec<Entry> {
    match (choice, &state.reading) {
        (Choice::Shard(at, id), Some(reading)) if state.preview().is_none() => {
            shard_details(*at, id, reading, state)
        }
        (Choice::Stream(at), Some(reading)) => match reading.followers.get(*at) {
            Some(follower) => stream_details(follower.stream(), state),
            None => vec![],
        },
        (Choice::Shard(_, id), _) => vec![entry("shard", id.as_str())],
        _ => {
            let read = state.reading.as_ref().and_then(|reading| reading.followers.first());
            let selected = state.streams.selected().filter(|_| state.focus == Pane::Streams);
            match selected.or_else(|| read.map(crate::follow::Follower::stream)) {
                Some(arn) => stream_details(arn, state),
                None => vec![entry("stream", "none is selected")],
            }
        }
    }
}

fn entry(word: &str, text: impl Into<String>) -> Entry {
    (word.to_owned(), text.into())
}

fn stream_details(arn: &crate::model::StreamArn, state: &AppState) -> Vec<Entry> {
    let mut entries = vec![
        entry("table", arn.table()),
        entry("ARN", arn.as_str()),
        entry("region", arn.region()),
        entry("account", arn.account()),
        entry("label", arn.label()),
    ];
    match state.streams.entries.get(arn).map(|known| &known.description) {
        Some(Loadable::Ready(described)) => {
            entries.push(entry("status", described.status.as_str()));
            entries.push(entry("view type", described.view_type.as_str()));
            let more = if described.more { " or more" } else { "" };
            entries.push(entry("shards", format!("{}{more}", described.lineage.len())));
            if let Some(at) = described.created_at {
                entries.push(entry("created", format!("{} {}", at.full(state.zone), state.zone.name())));
            }
        }
        Some(Loadable::Failed(error)) => entries.push(entry("cannot describe", error.to_string())),
        Some(Loadable::Idle | Loadable::Loading) | None => entries.push(entry("status", "not described yet")),
    }
    let follower =
        state.reading.iter().flat_map(|reading| &reading.followers).find(|follower| follower.stream() == arn);
    if let Some(follower) = follower {
        entries.push(entry("key", follower.key_names().join(", ")));
        entries.push(entry("shards listed", follower.lineage().len().to_string()));
    }
    entries
}

fn shard_details(at: usize, id: &ShardId, reading: &Reading, state: &AppState) -> Vec<Entry> {
    let Some(follower) = reading.followers.get(at) else { return vec![] };
    let lineage = follower.lineage();
    let number = |number: Option<&crate::model::SequenceNumber>| {
        number.map_or_else(|| "—".to_owned(), |number| number.as_str().to_owned())
    };
    let mut entries = vec![entry("shard", id.as_str())];
    if let Some(shard) = lineage.get(id) {
        let parent = shard.parent.as_ref().map_or("none", |parent| parent.as_str());
        let is_listed = lineage.parent_of(id).is_some() || shard.parent.is_none();
        entries
            .push(entry("parent", if is_listed { parent.to_owned() } else { format!("{parent} (trimmed)") }));
        entries.push(entry("starts at", number(shard.starting.as_ref())));
        entries.push(entry("ends at", number(shard.ending.as_ref())));
    }
    for child in lineage.children_of(id) {
        entries.push(entry("child", child.as_str()));
    }
    if let Some(created) = id.created_at() {
        entries.push(entry("created", format!("{} {}", created.full(state.zone), state.zone.name())));
    }
    let Some(progress) = follower.progress(id) else {
        entries.push(entry("state", "not read"));
        return entries;
    };
    entries.push(entry("state", state_word(progress, &Theme::default()).0));
    entries.push(entry("records", thousands(progress.records)));
    entries.push(entry("bytes", thousands(progress.bytes)));
    if let Some(rates) = reading.by_shard.get(&(at, id.clone())) {
        entries.push(entry("rate", rate_text(rates.per_second(reading.since, state.now))));
    }
    entries.push(entry("last read", number(progress.last.as_ref())));
    if let Some(read_at) = reading.answered_at(progress) {
        entries.push(entry("last answer", ago(state.now.since(read_at))));
    }
    entries.push(entry("iterators renewed", progress.renewed.to_string()));
    entries
}

//! Draws the pane of records.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::cells::Cells;
use super::shards::count_text;
use super::streams::spinner;
use super::theme::Theme;
use super::{cursor_style, pane_frame, put_line, say};
use crate::app::error_of;
use crate::app::reading::Reading;
use crate::app::row_text::RowText;
use crate::app::seeking::SeekState;
use crate::app::shards::Choice;
use crate::app::summary::thousands;
use crate::app::window::window;
use crate::app::{AppState, Pane};
use crate::follow::{Advance, Follower, Start};
use crate::model::text::sanitize;
use crate::model::time::short_span;
use crate::model::{EventName, Time};

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let Some(reading) = &state.reading else {
        let inner = pane_frame(buffer, area, Pane::Records, "", "", state, theme);
        let hint = "Enter on a stream reads it; nothing is read before";
        say(buffer, inner, &[hint.to_owned()], theme.dim);
        return;
    };
    let inner = pane_frame(
        buffer,
        area,
        Pane::Records,
        &about(reading, state),
        &counts(reading, state),
        state,
        theme,
    );
    let timeline = state.records.timeline(reading);
    if timeline.is_empty() {
        say(buffer, inner, &nothing(reading, state), theme.dim);
        return;
    }
    let cursor = state.records.cursor(reading);
    let shown = window(cursor, timeline.len(), usize::from(inner.height));
    let columns = Columns::new(usize::from(inner.width), reading, state, shown.clone());
    for (line, row) in shown.enumerate() {
        let over = (row == cursor).then(|| cursor_style(Pane::Records, state, theme));
        let text = timeline.get(row).and_then(|place| state.records.text(place.id));
        let cells = record_line(text, &columns, state, theme);
        put_line(buffer, inner, line, cells, over);
    }
    draw_notes(buffer, area, reading, state, theme);
}

/// In the lower border: what the order is worth, and what came meanwhile.
fn draw_notes(buffer: &mut Buffer, area: Rect, reading: &Reading, state: &AppState, theme: &Theme) {
    let mut cells = Cells::new(usize::from(area.width.saturating_sub(4)));
    if reading.is_seeking() {
        cells.put(" reading back · Ctrl-C cancels ", theme.warning);
    }
    if !state.records.is_following && !reading.is_offline() {
        let came = thousands(state.records.since);
        let style = if state.records.since > 0 { theme.warning } else { theme.dim };
        cells.put(&format!(" ↓ {came} came since · G follows again "), style);
    }
    if reading.dropped > 0 || reading.keep_only.is_some() {
        let how = if reading.keep_only.is_some() { "keeps only matches: " } else { "" };
        cells.put(&format!(" {how}{} dropped by you ", count_text(reading.dropped)), theme.warning);
    }
    if reading.store.evicted() > 0 {
        cells.put(&format!(" {} evicted ", count_text(reading.store.evicted())), theme.warning);
    }
    if state.records.hiding.count > 0 {
        let hidden = thousands(state.records.hiding.count);
        cells.put(&format!(" {hidden} hidden as noise · I shows them "), theme.warning);
    }
    let order = if reading.is_several() {
        " order across tables is approximate "
    } else if reading.origins() > 1 {
        " order across shards is approximate "
    } else {
        ""
    };
    if order.len() <= cells.room() {
        cells.put(order, theme.dim);
    }
    let line = cells.into_line();
    let width = (line.width() as u16).min(area.width.saturating_sub(4));
    let place = Rect { x: area.x + 2, y: area.y + area.height - 1, width, height: 1 };
    line.render(place, buffer);
}

/// `orders · ● LIVE from 11:58`.
fn about(reading: &Reading, state: &AppState) -> String {
    let tables: Vec<&str> = reading.followers.iter().map(|follower| follower.stream().table()).collect();
    if reading.is_offline() {
        return about_files(&tables, reading, state);
    }
    let from = match reading.followers.first().map(Follower::start) {
        _ if reading.reaches_back() => match reading.since {
            Time::OLDEST => "from the oldest".to_owned(),
            since => format!("from {}", since.clock_minutes(state.zone)),
        },
        _ if reading.part.first.is_some() => "from a sequence number".to_owned(),
        Some(Start::TrimHorizon) => "from the oldest".to_owned(),
        Some(Start::Recent(ago)) => format!("from {}", reading.started.minus(ago).clock_minutes(state.zone)),
        Some(Start::Since(time)) => format!("from {}", time.clock_minutes(state.zone)),
        Some(Start::Latest) | None => format!("from {} (latest)", reading.started.clock_minutes(state.zone)),
    };
    let how = if reading.is_stopped() {
        "STOPPED".to_owned()
    } else if let Some(SeekState::Reading(advance)) = reading.seek_state(state.now) {
        reading_back(&advance, state)
    } else if reading.is_catching_up(state.now) && !reading.store.is_empty() {
        format!("catching up {from}")
    } else if state.records.is_following {
        format!("● LIVE {from}")
    } else {
        from
    };
    match &tables[..] {
        [table] => format!("{table} · {how}"),
        several => format!("{} streams · {how}", several.len()),
    }
}

/// `orders · captured 11:58–12:31`.
fn about_files(tables: &[&str], reading: &Reading, state: &AppState) -> String {
    let whose = match tables {
        [] => String::new(),
        [table] => format!("{table} · "),
        several => format!("{} streams · ", several.len()),
    };
    match reading.span() {
        Some((first, last)) => {
            format!("{whose}captured {}–{}", first.clock_minutes(state.zone), last.clock_minutes(state.zone))
        }
        None => whose,
    }
}

/// `◐ back at 09:12 · 1,203 read · 2m left`.
fn reading_back(advance: &Advance, state: &AppState) -> String {
    let left = advance.left.map(|left| format!(" · {} left", short_span(left))).unwrap_or_default();
    format!(
        "{} back at {} · {} read{left}",
        spinner(state),
        advance.at.clock_minutes(state.zone),
        thousands(advance.records),
    )
}

fn counts(reading: &Reading, state: &AppState) -> String {
    let records = &state.records;
    let mut text = if records.filter.is_empty() {
        thousands(records.timeline(reading).len() as u64)
    } else {
        let matched = thousands(records.timeline(reading).len() as u64);
        format!("/{} {matched} of {}", records.filter, thousands(records.seen))
    };
    match &records.choice {
        Choice::All => {}
        Choice::Stream(at) => {
            let table = reading.followers.get(*at).map_or("", |follower| follower.stream().table());
            text = format!("{text} · only {table}");
        }
        Choice::Shard(_, id) => text = format!("{text} · only …{}", id.short()),
    }
    if records.is_searching && !records.hiding.is_catching_up {
        text = format!("{} {text}", spinner(state));
    }
    text
}

/// Proof of life of an empty pane.
fn nothing(reading: &Reading, state: &AppState) -> Vec<String> {
    if !reading.store.is_empty() {
        let seen = thousands(state.records.seen);
        let what = if state.records.filter.is_empty() { "no records of this shard" } else { "no match" };
        let word = if state.records.is_searching { spinner(state) } else { "·" };
        let mut lines = vec![format!("{what} {word} {seen} seen")];
        if !state.records.is_searching {
            let reasons = [state.records.explanation(), state.blind_spot()];
            lines.extend(reasons.into_iter().flatten().map(|reason| sanitize(&reason).into_owned()));
        }
        return lines;
    }
    if let Some(offline) = &state.offline {
        if offline.is_loading() {
            return vec![format!("{} reading", spinner(state))];
        }
        let mut lines = vec!["no record is in there".to_owned()];
        lines.extend(offline.so_far.remarks().iter().map(|remark| sanitize(remark).into_owned()));
        return lines;
    }
    if reading.is_stopped() {
        return vec!["stopped · P goes on".to_owned()];
    }
    if let Some(error) = reading.followers.iter().find_map(Follower::failure) {
        return vec![format!("cannot list the shards: {error}"), "R tries again".to_owned()];
    }
    if let Some(shard) = reading.missing_shard() {
        return vec![format!("the stream has no shard {}, or no more", sanitize(shard.as_str()))];
    }
    let (all, caught_up) = reading.shard_counts(state.now);
    if all == 0 {
        let is_listed = reading.followers.iter().all(Follower::is_listed);
        let text = if is_listed {
            "no open shards".to_owned()
        } else {
            format!("{} listing the shards", spinner(state))
        };
        return vec![text];
    }
    let progress = reading.followers.iter().flat_map(Follower::all_progress);
    let failed = progress.filter_map(|(_, progress)| error_of(progress)).map(ToString::to_string).next();
    let ago = match reading.read_at() {
        Some(at) => format!(" {} ago", short_span(state.now.since(at))),
        None => String::new(),
    };
    let since = reading.started.clock(state.zone);
    let mut lines = vec![format!("{caught_up}/{all} shards caught up{ago} · nothing since {since}")];
    lines.extend(failed);
    lines
}

/// The columns of the list: how wide each is.
struct Columns {
    width: usize,
    time: usize,
    has_event: bool,
    table: usize,
    key: usize,
    /// Who made the change, where a table says so.
    by: usize,
}

impl Columns {
    fn new(width: usize, reading: &Reading, state: &AppState, shown: std::ops::Range<usize>) -> Self {
        let timeline = state.records.timeline(reading);
        let texts: Vec<&RowText> = shown
            .filter_map(|row| timeline.get(row))
            .filter_map(|place| state.records.text(place.id))
            .collect();
        let by = by_width(texts.iter().map(|text| text.by()), width);
        let mut time = 8;
        let (mut widest_key, mut widest_table) = (4, 4);
        for text in texts {
            if let RowText::Record { time: at, key, table, .. } = text {
                time = time.max(clock(*at, state).len());
                widest_key = widest_key.max(super::sanitize::cell(key, 0, 40).chars().count());
                widest_table = widest_table.max(super::sanitize::cell(table, 0, 16).chars().count());
            }
        }
        let table = if reading.is_several() { widest_table.min(width / 5) } else { 0 };
        Self { width, time, has_event: width >= 56, table, key: widest_key.min(width / 3), by }
    }
}

/// The width of a column that says who made each change; none where nobody is known.
pub fn by_width<'t>(actors: impl Iterator<Item = Option<&'t str>>, width: usize) -> usize {
    let shown = |by| super::sanitize::cell(&by_text(Some(by)), 0, 20);
    let wide = |by| unicode_width::UnicodeWidthStr::width(shown(by).as_str());
    actors.flatten().map(wide).max().unwrap_or(0).min(width / 5)
}

pub fn by_text(by: Option<&str>) -> String {
    by.map(|by| format!("by {by}")).unwrap_or_default()
}

/// At the precision delivered.
fn clock(time: Option<Time>, state: &AppState) -> String {
    let Some(time) = time else { return "—".to_owned() };
    let full = time.full(state.zone);
    full.split_once(' ').map_or(full.clone(), |(_, clock)| clock.to_owned())
}

pub fn event_style(event: EventName, theme: &Theme) -> Style {
    match event {
        EventName::Insert => theme.added,
        EventName::Modify => theme.changed,
        EventName::Remove => theme.removed,
        EventName::Unknown => theme.warning,
    }
}

fn record_line(text: Option<&RowText>, columns: &Columns, state: &AppState, theme: &Theme) -> Cells {
    let mut cells = Cells::new(columns.width);
    match text {
        None => {}
        Some(RowText::Gap { place, why, after }) => {
            let after = after.as_ref().map(|number| format!(" after {number}")).unwrap_or_default();
            cells.put(&format!("───── gap in {place}: {why}{after} ─────"), theme.warning);
        }
        Some(RowText::Unread { from, until }) => {
            let (start, end) = (clock(Some(*from), state), clock(Some(*until), state));
            let how = format!("───── not read: {start}–{end} · @ or b reads it ─────");
            cells.put(&how, theme.warning);
        }
        Some(RowText::Marker { number, label }) => {
            let label = if label.is_empty() { String::new() } else { format!(" · \"{label}\"") };
            cells.put(&format!("───── marker {number}{label} "), theme.marker);
            cells.put(&"─".repeat(cells.room()), theme.marker);
        }
        Some(RowText::Poison { reason }) => {
            cells.column("", columns.time + 1, theme.dim);
            cells.put(&format!("! unreadable record: {reason}"), theme.error);
        }
        Some(RowText::Record { time, event, table, key, summary, size, is_ttl, is_noise, by }) => {
            let style = if *is_noise { theme.dim } else { event_style(*event, theme) };
            cells.column(&clock(*time, state), columns.time + 1, theme.dim);
            cells.put(&event.sign().to_string(), style);
            cells.skip(1);
            if columns.has_event {
                cells.column(event.as_str(), 7, style);
            }
            if columns.table > 0 {
                cells.column(table, columns.table, theme.dim);
                cells.skip(1);
            }
            cells.column(key, columns.key, if *is_noise { theme.dim } else { theme.title });
            cells.skip(1);
            if columns.by > 0 {
                cells.column(&by_text(by.as_deref()), columns.by, theme.dim);
                cells.skip(1);
            }
            if *is_noise {
                cells.put("noise ", theme.dim);
            }
            if *is_ttl {
                cells.put("TTL ", theme.warning);
            }
            let size = size.map(|size| size_text(size.into())).unwrap_or_default();
            let room = cells.room().saturating_sub(size.len() + 1);
            let summary = summary.as_deref().unwrap_or("…");
            let summary = super::sanitize::cell(summary, state.records.scroll, room);
            cells.column(&summary, room, if *is_noise { theme.dim } else { theme.text });
            cells.put_right(&size, theme.dim);
        }
    }
    cells
}

/// `312 B`, `4.1 kB`.
pub fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

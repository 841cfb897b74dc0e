//! Draws the pane of shards.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::Cells;
use super::sparkline::sparkline;
use super::streams::spinner;
use super::theme::Theme;
use super::{cursor_style, pane_frame, put_line, say};
use crate::app::reading::Reading;
use crate::app::row_text::plural;
use crate::app::shards::{Choice, Order, ShardRow};
use crate::app::window::window;
use crate::app::{AppState, Loadable, Pane};
use crate::follow::{End, Progress, ShardState};
use crate::model::time::short_span;
use crate::model::{Lineage, ShardId, SourceError};

/// Columns of the sparkline where there is room.
const BARS: usize = 5;

pub fn draw(buffer: &mut Buffer, area: Rect, state: &AppState, theme: &Theme) {
    let shards = &state.shards;
    let mut right = String::new();
    if shards.order != Order::Tree {
        right = format!("by {}", shards.order.name());
    } else if shards.hidden > 0 {
        right = format!("{} folded", shards.hidden);
    }
    let inner = pane_frame(buffer, area, Pane::Shards, &about(state), &right, state, theme);
    if shards.rows.len() <= 1
        && let Some((text, style)) = nothing(state, theme)
    {
        say(buffer, inner, &text, style);
        return;
    }
    let shown = window(shards.cursor, shards.rows.len(), usize::from(inner.height));
    for (line, row) in shown.enumerate() {
        let over = (row == shards.cursor).then(|| cursor_style(Pane::Shards, state, theme));
        let cells = shard_line(&shards.rows[row], usize::from(inner.width), state, theme);
        put_line(buffer, inner, line, cells, over);
    }
}

fn about(state: &AppState) -> String {
    match (state.preview(), &state.reading) {
        (Some(arn), _) => format!("{} · not read", arn.table()),
        (None, Some(reading)) => {
            let tables = reading.followers.iter().map(|follower| follower.stream().table());
            tables.collect::<Vec<_>>().join(", ")
        }
        (None, None) => String::new(),
    }
}

/// Why there are no shards to show.
fn nothing(state: &AppState, theme: &Theme) -> Option<(Vec<String>, Style)> {
    if let Some(arn) = state.preview() {
        return match state.streams.entries.get(arn).map(|entry| &entry.description) {
            Some(Loadable::Ready(described)) if described.lineage.is_empty() => {
                Some((vec!["no shards yet".to_owned()], theme.dim))
            }
            Some(Loadable::Ready(_)) => None,
            Some(Loadable::Failed(error)) => Some((failed("cannot describe:", error), theme.error)),
            Some(Loadable::Idle | Loadable::Loading) | None => {
                Some((vec![format!("{} describing", spinner(state))], theme.dim))
            }
        };
    }
    let Some(reading) = &state.reading else {
        return Some((vec!["no stream is read".to_owned()], theme.dim));
    };
    if reading.followers.iter().any(|follower| !follower.lineage().is_empty()) {
        return None;
    }
    match reading.followers.iter().find_map(|follower| follower.failure()) {
        Some(error) => Some((failed("cannot list the shards:", error), theme.error)),
        None if reading.followers.iter().all(crate::follow::Follower::is_listed) => {
            Some((vec!["no shards yet".to_owned()], theme.dim))
        }
        None => Some((vec![format!("{} listing the shards", spinner(state))], theme.dim)),
    }
}

fn failed(what: &str, error: &SourceError) -> Vec<String> {
    vec![what.to_owned(), error.to_string(), "R tries again".to_owned()]
}

fn shard_line(row: &ShardRow, width: usize, state: &AppState, theme: &Theme) -> Cells {
    let mut cells = Cells::new(width);
    // Deep trees of splits must leave room for what they say.
    cells.skip(row.depth.min(width / 3));
    let sign = match (row.children, row.is_folded) {
        (0, _) => " ",
        (_, true) => "▸",
        (_, false) => "▾",
    };
    cells.put(if row.continues && row.children == 0 { "│" } else { sign }, theme.dim);
    cells.put(" ", theme.text);
    match (&row.choice, &state.reading, state.preview()) {
        (Choice::All, Some(reading), None) => all_line(&mut cells, reading, state, theme),
        (Choice::All, _, _) => {
            cells.put("all shards", theme.title);
            cells.put_right(&row.children.to_string(), theme.dim);
        }
        (Choice::Stream(at), Some(reading), _) => {
            let table = reading.followers.get(*at).map_or("", |follower| follower.stream().table());
            cells.put(table, theme.title);
            cells.put_right(&plural(row.children as u64, "shard"), theme.dim);
        }
        (Choice::Shard(_, id), _, Some(arn)) => {
            let described = state.streams.entries.get(arn).and_then(|entry| entry.description.ready());
            if let Some(described) = described {
                name(&mut cells, id, &described.lineage, state, theme);
            }
        }
        (Choice::Shard(at, id), Some(reading), None) => {
            read_line(&mut cells, *at, id, reading, state, theme);
        }
        (Choice::Shard(..), None, None) | (Choice::Stream(_), None, _) => {}
    }
    cells
}

fn all_line(cells: &mut Cells, reading: &Reading, state: &AppState, theme: &Theme) {
    cells.put("all shards", theme.title);
    if reading.is_offline() {
        cells.put_right(&count_text(reading.events.total()), theme.dim);
        return;
    }
    let rate = reading.records.per_second(reading.since, state.now);
    let (all, caught_up) = reading.shard_counts(state.now);
    let right = format!("{caught_up}/{all} caught up  {}", rate_text(rate));
    let short = rate_text(rate);
    let fits = unicode_width::UnicodeWidthStr::width(right.as_str()) + 2 < cells.room();
    cells.put_right(if fits { &right } else { &short }, theme.dim);
}

fn is_offline(state: &AppState) -> bool {
    state.offline.is_some()
}

/// Time of creation and short id, and whether it is open.
fn name(cells: &mut Cells, id: &ShardId, lineage: &Lineage, state: &AppState, theme: &Theme) {
    let created = id.created_at().map_or_else(|| "--:--:--".to_owned(), |at| at.clock(state.zone));
    cells.put(&created, theme.dim);
    cells.put(&format!(" …{} ", id.short()), theme.text);
    let is_listed = lineage.get(id).is_some_and(|shard| shard.starting.is_some() || shard.parent.is_some());
    let (word, style) = match lineage.is_closed(id) {
        true => ("closed", theme.dim),
        false if is_listed || !is_offline(state) => ("open", theme.live),
        // Only its records are known.
        false => ("", theme.dim),
    };
    cells.column(word, 7, style);
}

fn read_line(cells: &mut Cells, at: usize, id: &ShardId, reading: &Reading, state: &AppState, theme: &Theme) {
    let Some(follower) = reading.followers.get(at) else { return };
    name(cells, id, follower.lineage(), state, theme);
    let Some(progress) = follower.progress(id) else {
        cells.put("not read", theme.dim);
        return;
    };
    let (word, style) = state_word(progress, theme);
    if matches!(progress.state, ShardState::Failed(_) | ShardState::Slowed(_)) {
        cells.put(&word, style);
        return;
    }
    let figures = figures(at, id, progress, reading, state);
    let wide = |text: &str| unicode_width::UnicodeWidthStr::width(text);
    let whole = wide(&word) + figures.iter().map(|figure| wide(figure) + 1).sum::<usize>();
    let first_two = figures.iter().take(2).map(|figure| wide(figure) + 1).sum::<usize>();
    let is_healthy = matches!(progress.state, ShardState::Reading | ShardState::CaughtUp);
    if whole <= cells.room() {
        cells.put(&word, style);
    } else if !is_healthy || first_two == 0 || wide(short_word(progress)) + first_two < cells.room() {
        cells.put(short_word(progress), style);
    }
    let mut tail = String::new();
    for figure in figures {
        if wide(&tail) + wide(&figure) + 2 <= cells.room() {
            tail = format!("{tail} {figure}");
        }
    }
    cells.put_right(&tail, theme.dim);
}

/// How much a shard brings, what matters most first.
fn figures(at: usize, id: &ShardId, progress: &Progress, reading: &Reading, state: &AppState) -> Vec<String> {
    if progress.records == 0 {
        return vec![];
    }
    let mut figures = vec![count_text(progress.records)];
    // What was captured has no rate of today.
    if !reading.is_offline()
        && let Some(rates) = reading.by_shard.get(&(at, id.clone()))
    {
        figures.push(sparkline(&rates.series(state.now, BARS)));
        let rate = rates.per_second(reading.since, state.now);
        if rate >= 0.05 {
            figures.push(rate_text(rate));
        }
    }
    let share = progress.records as f64 / reading.events.total().max(1) as f64 * 100.0;
    figures.push(format!("{share:.0}%"));
    figures
}

/// The state in one word, where there is no room for more; the details have all of it.
fn short_word(progress: &Progress) -> &'static str {
    match &progress.state {
        ShardState::BeforeStart => "older",
        ShardState::WaitingForParent => "waits",
        ShardState::Starting => "starts",
        ShardState::Reading => "reads",
        ShardState::CaughtUp => "live",
        ShardState::Slowed(_) => "slowed",
        ShardState::VerifyingEnd => "verifies",
        ShardState::Exhausted(End::Drained) => "read",
        ShardState::Exhausted(End::Trimmed) => "trimmed",
        ShardState::Exhausted(End::Gone) => "gone",
        ShardState::Exhausted(End::Met) => "read before",
        ShardState::Failed(_) => "failed",
        ShardState::Captured => "captured",
    }
}

/// What dynascope does at a shard.
pub fn state_word(progress: &Progress, theme: &Theme) -> (String, Style) {
    let renewed =
        if progress.renewed > 0 { format!(" (renewed {}×)", progress.renewed) } else { String::new() };
    match &progress.state {
        ShardState::BeforeStart => ("before start".to_owned(), theme.dim),
        ShardState::WaitingForParent => ("waits for parent".to_owned(), theme.warning),
        ShardState::Starting => ("starting".to_owned(), theme.dim),
        ShardState::Reading => (format!("reading{renewed}"), theme.changed),
        ShardState::CaughtUp => (format!("caught up{renewed}"), theme.live),
        ShardState::Slowed(error) => (format!("slowed: {}", error.kind), theme.warning),
        ShardState::VerifyingEnd => ("verifying its end".to_owned(), theme.dim),
        ShardState::Exhausted(End::Drained) => ("read to its end".to_owned(), theme.dim),
        ShardState::Exhausted(End::Trimmed) => ("trimmed".to_owned(), theme.warning),
        ShardState::Exhausted(End::Met) => ("read before".to_owned(), theme.dim),
        ShardState::Exhausted(End::Gone) => ("gone".to_owned(), theme.warning),
        ShardState::Failed(error) => (format!("failed: {}", error.kind), theme.error),
        ShardState::Captured => ("captured".to_owned(), theme.dim),
    }
}

/// `1,204/s`, `0.4/s`.
pub fn rate_text(rate: f64) -> String {
    if rate >= 10.0 {
        format!("{}/s", crate::app::summary::thousands(rate.round() as u64))
    } else {
        format!("{rate:.1}/s")
    }
}

/// `9.1k`, `1.2M`.
pub fn count_text(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// How long ago, for the details.
pub fn ago(span: Duration) -> String {
    format!("{} ago", short_span(span))
}

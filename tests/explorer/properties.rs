//! Whatever happens, the state stays valid and can be drawn, and nothing dangerous is on the screen.

use crate::stage::{
    Known, NOON, Stage, lines, page, payments, reading_orders, reading_orders_within, record, shop, split,
};
use dynascope::app::window::Motion;
use dynascope::app::{Action, Intent, Pane, Size};
use dynascope::follow::{ReadingId, Report, TailId};
use dynascope::model::text::is_dangerous;
use dynascope::model::{ErrorKind, Operation, SourceError, StreamArn, StreamStatus, ViewType};
use proptest::prelude::*;
use std::time::Duration;

fn intents() -> impl Strategy<Value = Intent> {
    let motions = [
        Motion::Up,
        Motion::Down,
        Motion::HalfPageUp,
        Motion::HalfPageDown,
        Motion::PageUp,
        Motion::PageDown,
        Motion::First,
        Motion::Last,
    ];
    let mut all = vec![
        Intent::FocusNext,
        Intent::FocusPrevious,
        Intent::Left,
        Intent::Right,
        Intent::Open,
        Intent::Back,
        Intent::Close,
        Intent::Mark,
        Intent::DropMarker,
        Intent::Copy,
        Intent::Write,
        Intent::Choose('U'),
        Intent::Choose('j'),
        Intent::Search,
        Intent::NextFound,
        Intent::PreviousFound,
        Intent::Follow,
        Intent::StopOrGoOn,
        Intent::ToggleDiff,
        Intent::NextMode,
        Intent::ToggleWrap,
        Intent::NextChange,
        Intent::PreviousChange,
        Intent::Zoom,
        Intent::NextOrder,
        Intent::FoldExhausted,
        Intent::ShowDetails,
        Intent::ShowHelp,
        Intent::ShowPalette,
        Intent::IgnorePath,
        Intent::HideNoise,
        Intent::Run { pane: Some(Pane::Diff), intent: Box::new(Intent::ShowHelp) },
        Intent::ShowHistory,
        Intent::LookAtAttribute,
        Intent::FurtherBack,
        Intent::ChoosePosition,
        Intent::Quit,
        Intent::Retry,
        Intent::ToggleZone,
        Intent::Type('p'),
        Intent::Type('#'),
        Intent::Paste("PAID\n".into()),
        Intent::Paste(" = 'PAID' OR @event <> #s".into()),
        Intent::Paste("status <> 'NEW'".into()),
        Intent::Paste("-3h".into()),
        Intent::Paste("oldest".into()),
        Intent::Paste("at:100000000000000000021".into()),
        Intent::EraseAll,
        Intent::Complete,
        Intent::RecallEarlier,
        Intent::RecallLater,
        Intent::KeepOnly,
        Intent::Erase,
        Intent::EraseWord,
        Intent::Submit,
    ];
    for pane in Pane::ALL.into_iter().chain([Pane::History]) {
        all.push(Intent::Focus(pane));
        all.push(Intent::Click { pane, row: 2, height: 9 });
        all.push(Intent::Scroll { pane, motion: Motion::Down });
    }
    all.extend(motions.map(Intent::Move));
    prop::sample::select(all)
}

#[derive(Clone, Debug)]
enum Event {
    Intent(Intent),
    Resized(u16, u16),
    Page { tail: u32, reading: u32, times: Vec<i64>, end: bool },
    Failed { tail: u32, kind: ErrorKind, stops: bool },
    Pass(u64),
}

fn events() -> impl Strategy<Value = Event> {
    let kinds = prop::sample::select(vec![
        ErrorKind::ExpiredIterator,
        ErrorKind::TrimmedData,
        ErrorKind::NotFound,
        ErrorKind::Credentials,
        ErrorKind::Validation,
        ErrorKind::AccessDenied(Operation::GetRecords),
    ]);
    prop_oneof![
        8 => intents().prop_map(Event::Intent),
        1 => (0_u16..160, 0_u16..50).prop_map(|(width, height)| Event::Resized(width, height)),
        4 => (0_u32..4, 0_u32..3, prop::collection::vec(-100_i64..100, 0..6), any::<bool>())
            .prop_map(|(tail, reading, times, end)| Event::Page { tail, reading, times, end }),
        1 => (0_u32..4, kinds, any::<bool>()).prop_map(|(tail, kind, stops)| Event::Failed { tail, kind, stops }),
        1 => (0_u64..200).prop_map(Event::Pass),
    ]
}

fn happen(stage: &mut Stage, event: Event, number: &mut u32) {
    match event {
        Event::Intent(intent) => stage.act(Action::Intent(intent)),
        Event::Resized(width, height) => stage.act(Action::Resized(Size { width, height })),
        Event::Page { tail, reading, times, end } => {
            let tail = TailId { reading: ReadingId(reading), number: tail };
            let records: Vec<String> = times
                .iter()
                .map(|time| {
                    *number += 1;
                    let image = if number.is_multiple_of(3) { crate::stage::PENDING } else { "" };
                    record(*number, *time, "MODIFY", "ord#1", image, crate::stage::PAID)
                })
                .collect();
            stage.act(Action::Report(Report::PageRead { tail, page: page(&records), end }));
        }
        Event::Failed { tail, kind, stops } => {
            let tail = TailId { reading: ReadingId(1), number: tail };
            let error = SourceError { operation: Operation::GetRecords, kind, message: "why".into() };
            let again_in = Duration::from_secs(1);
            stage.act(Action::Report(if stops {
                Report::TailStopped { tail, error }
            } else {
                Report::TailSlowed { tail, error, again_in }
            }));
        }
        Event::Pass(seconds) => {
            stage.now = stage.now.plus(Duration::from_secs(seconds));
            stage.act(Action::Tick);
        }
    }
    stage.answer();
}

fn assert_valid(at: &Stage) {
    let state = &at.state;
    let fits = |cursor: usize, len: usize| cursor < len.max(1);
    assert!(fits(state.streams.cursor, state.streams.rows.len()));
    assert!(fits(state.shards.cursor, state.shards.rows.len()));
    let document = state.diff.document.as_ref();
    assert!(fits(state.diff.cursor, document.map_or(0, |document| document.rows.len())));
    assert!(state.history.is_some() || state.focus != Pane::History);
    if let Some(history) = &state.history {
        assert!(matches!(state.focus, Pane::History | Pane::Diff), "{:?}", state.focus);
        assert!(fits(history.cursor(), history.len()));
        assert!((0..history.len()).all(|at| history.row(at).is_some()));
        assert!(history.marks.iter().all(|mark| history.rows.step(*mark).is_some()));
    }
    if let Some(reading) = &state.reading {
        let timeline = state.records.timeline(reading);
        assert!(fits(state.records.cursor(reading), timeline.len()));
        for place in timeline.iter() {
            assert!(reading.store.row(place.id).is_some(), "{place:?} is in view but not held");
        }
        if !state.records.is_narrowed() {
            assert_eq!(timeline.len(), reading.store.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_events_leaves_the_state_valid_and_drawable(
        events in prop::collection::vec(events(), 1..40)
    ) {
        let mut stage = reading_orders_within(8_000, 140, 40);
        let mut number = 10;
        for event in events {
            happen(&mut stage, event, &mut number);
            assert_valid(&stage);
            stage.draw();
            assert_valid(&stage);
        }
    }

    #[test]
    fn a_view_holds_what_the_filter_matches_in_whatever_order_it_came(
        pages in prop::collection::vec((any::<bool>(), prop::collection::vec(-50_i64..50, 1..5)), 1..8),
        filter_after in 0_usize..8
    ) {
        let mut stage = reading_orders(140, 40);
        let [_, _, left, right] = split();
        let mut number = 10;
        for (at, (is_left, times)) in pages.iter().enumerate() {
            if at == filter_after {
                stage.keys("/ paid Enter");
            }
            let records: Vec<String> = times.iter().map(|time| {
                number += 1;
                let image = if number % 2 == 0 { crate::stage::PAID } else { crate::stage::PENDING };
                record(number, *time, "INSERT", "ord#1", "", image)
            }).collect();
            stage.arrive(if *is_left { &left } else { &right }, &records, false);
        }
        stage.keys("Esc / paid Enter");
        let reading = stage.state.reading.as_ref().unwrap();
        let expected: Vec<_> = reading.store.timeline().iter().filter(|place| {
            reading.record(place.id).is_some_and(|(_, record)| record.json().contains("PAID"))
        }).collect();
        prop_assert_eq!(stage.state.records.timeline(reading).iter().collect::<Vec<_>>(), expected);
    }
}

/// Bytes that take over a terminal, turn text around, or hide it.
const HOSTILE: &str = "a\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}\u{200b}\u{feff}\u{e0041}\u{2028}\r\n\t\u{7f}\u{0}\u{e000}é漢\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";

fn assert_safe(stage: &mut Stage, what: &str) {
    let buffer = stage.draw();
    for line in lines(&buffer) {
        assert!(!line.contains('\u{1b}'), "{what}: {line:?}");
        let dangerous: String = line.chars().filter(|character| is_dangerous(*character)).collect();
        assert_eq!(dangerous, "", "{what}: {line:?}");
    }
}

#[test]
fn nothing_hostile_reaches_the_screen() {
    let arn = StreamArn::parse(&format!(
        "arn:aws:dynamodb:eu-west-1:123456789012:table/{HOSTILE}/stream/{HOSTILE}"
    ))
    .unwrap();
    for (width, height) in [(140, 40), (80, 24), (43, 13)] {
        let known = Known {
            arn: arn.clone(),
            status: StreamStatus::Unknown(HOSTILE.into()),
            view_type: ViewType::Unknown(HOSTILE.into()),
            shards: vec![payments()],
        };
        let mut stage = Stage::ready(width, height, vec![known]);
        assert_safe(&mut stage, "streams");
        stage.keys("i");
        assert_safe(&mut stage, "details of a stream");
        stage.keys("Esc Enter");
        let text = serde_json::to_string(HOSTILE).unwrap();
        let image = |value: &str| {
            format!(
                r#"{{"pk":{{"S":{text}}},{text}:{{"S":{text}}},"b":{{"M":{{{text}:{{"SS":[{text},"{value}"]}}}}}}}}"#
            )
        };
        let bad = r#"{"dynamodb":{"Keys":7},"eventName":"\u001b[2J\u202e"}"#.to_owned();
        let hostile_key = text.trim_matches('"').to_owned();
        let one = record(1, 0, "MODIFY", &hostile_key, &image("x"), &image("y"));
        stage.arrive(&payments(), &[one, bad], false);
        for keys in [
            "3",
            "k",
            "2",
            "2 i",
            "Esc 4",
            "v",
            "4 /",
            "Esc 3 k /",
            "Esc 3 k y",
            "v 4 y v",
            "y u",
            "3 w",
            "j",
            "Enter",
        ] {
            stage.keys(keys);
            assert_safe(&mut stage, keys);
        }
        stage.act(Action::Intent(Intent::Paste(HOSTILE.into())));
        assert_safe(&mut stage, "prompt");
        let error = SourceError {
            operation: Operation::GetRecords,
            kind: ErrorKind::NotDynamoDb { status: 200, excerpt: HOSTILE.into() },
            message: HOSTILE.into(),
        };
        let again_in = Duration::from_secs(1);
        let delayed = Report::CallDelayed { reading: None, error: error.clone(), again_in };
        stage.act(Action::Report(delayed));
        stage.act(Action::Report(Report::TailStopped { tail: stage.tail(&payments()), error }));
        stage.keys("Esc");
        assert_safe(&mut stage, "errors");
        stage.act(Action::Session(Err(HOSTILE.into())));
        assert_safe(&mut stage, "banner");
    }
}

#[test]
fn it_can_be_drawn_at_any_size() {
    for width in [0, 1, 2, 39, 40, 41, 60, 99, 100, 101, 300] {
        for height in [0, 1, 2, 11, 12, 13, 24, 90] {
            let mut stage = reading_orders(140, 40);
            stage.act(Action::Resized(Size { width, height }));
            for keys in ["1", "2", "3", "4", "z", "?", "Esc i", "Esc 3 y", "Esc w", "j"] {
                stage.keys(keys);
                stage.draw();
            }
        }
    }
}

#[test]
fn a_stale_size_is_drawn_too() {
    let mut stage = Stage::ready(140, 40, shop());
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(20, 5)).unwrap();
    terminal.draw(|frame| dynascope::ui::draw(frame, &stage.state, &stage.theme)).unwrap();
    stage.now = NOON;
    stage.draw();
}

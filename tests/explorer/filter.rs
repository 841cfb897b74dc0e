//! The filter of the records: what is typed, what is found, what is kept.

use dynascope::app::prompt::Verdict;
use dynascope::app::{Action, Config, Effect, Found, SearchPage, update};
use dynascope::model::time::Zone;
use dynascope::query::{Filter, Kind};
use dynascope::store::RecordId;
use insta::assert_snapshot;

use crate::stage::{Known, Stage, page, payments, reading_orders, record, shop, split};

/// The keys of the records in view, oldest first.
fn shown(stage: &mut Stage) -> Vec<String> {
    let screen = stage.screen();
    let key = |line: &str| line.split_whitespace().find(|word| word.starts_with("ord#")).map(str::to_owned);
    screen.lines().filter(|line| line.contains("12:0")).filter_map(key).collect()
}

fn typed(stage: &Stage) -> &str {
    stage.state.prompt.as_ref().map_or("", |prompt| &prompt.text)
}

#[test]
fn an_expression_filters_while_it_is_typed_and_the_last_good_one_stays() {
    let mut stage = reading_orders(100, 24);
    stage.keys("z / status");
    assert_eq!(stage.state.prompt.as_ref().unwrap().verdict, Verdict::Good(Kind::Text));
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17", "ord#91"]);
    stage.keys("Space = Space 'NEW'");
    assert_eq!(stage.state.prompt.as_ref().unwrap().verdict, Verdict::Good(Kind::Expression));
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17"]);
    assert_snapshot!("an_expression_that_is_typed", stage.styled());
    stage.keys("Space AND Space @event Space = Space UPDATE");
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17"], "the last good filter stays");
    assert_snapshot!("an_expression_that_is_wrong", stage.styled());
    stage.keys("Enter");
    assert!(stage.state.prompt.is_some(), "what is wrong is not kept");
    stage.keys("Ctrl-w INSERT Enter");
    assert!(stage.state.prompt.is_none());
    assert_eq!(shown(&mut stage), ["ord#92"]);
}

#[test]
fn escape_brings_back_the_filter_of_before() {
    let mut stage = reading_orders(100, 24);
    stage.keys("z / vip Enter");
    assert_eq!(shown(&mut stage), ["ord#91"]);
    stage.keys("/ Ctrl-u @ttl Space = Space false");
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17", "ord#91"]);
    stage.keys("Esc");
    assert_eq!(shown(&mut stage), ["ord#91"]);
    stage.keys("Esc");
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17", "ord#91"]);
}

#[test]
fn filters_of_before_are_recalled() {
    let mut stage = reading_orders(100, 24);
    stage.keys("/ vip Enter / Ctrl-u pai Enter / Ctrl-u vip Enter / Ctrl-u typed");
    for (key, text) in [("Up", "vip"), ("Up", "pai"), ("Up", "pai"), ("Down", "vip"), ("Down", "typed")] {
        stage.keys(key);
        assert_eq!(typed(&stage), text, "{key}");
    }
    stage.keys("Up Up");
    assert_eq!(shown(&mut stage), ["ord#91"], "what is recalled filters");
}

#[test]
fn attributes_of_the_stream_fields_and_functions_are_completed() {
    let mut stage = reading_orders(100, 24);
    stage.keys("z / tot Tab");
    assert_eq!(typed(&stage), "total");
    stage.keys("Tab");
    assert_eq!(typed(&stage), "total.amount");
    stage.keys("Space > Space 20 Space AND Space lines[0].s Tab Space = Space 'A-1'");
    assert_eq!(typed(&stage), "total.amount > 20 AND lines[0].sku = 'A-1'");
    assert_eq!(shown(&mut stage), ["ord#91"]);
    stage.keys("Ctrl-u beg Tab st Tab , 'N')");
    assert_eq!(typed(&stage), "begins_with(status,'N')");
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17"]);
    stage.keys("Ctrl-u @s Tab");
    assert_snapshot!("fields_that_can_follow", stage.styled());
    // In the list of streams Tab and the arrows are what they were.
    stage.keys("Esc Esc 1 / Tab");
    assert_eq!(typed(&stage), "");
}

#[test]
fn nothing_found_is_explained() {
    let mut stage = reading_orders(100, 24);
    stage.keys("z / total.amount Space = Space '24.90' Enter");
    assert_snapshot!("a_number_is_looked_for_as_a_string", stage.styled());
}

#[test]
fn what_a_stream_of_keys_cannot_show_is_said_at_the_prompt() {
    let streams = shop().into_iter().map(|known| match known.arn.table() {
        "payments" => Known { view_type: dynascope::model::ViewType::KeysOnly, ..known },
        _ => known,
    });
    let mut stage = Stage::ready(100, 24, streams.collect());
    stage.keys("j Enter");
    stage.arrive(&payments(), &[record(1, -3, "INSERT", "pay#1", "", "")], false);
    stage.keys("/ status Space = Space 1");
    let said = "payments is KEYS_ONLY: only keys and @fields can be filtered";
    assert!(stage.screen().contains(said), "{}", stage.screen());
    stage.keys("Enter z");
    assert!(stage.screen().contains(said), "{}", stage.screen());
    stage.keys("/ Ctrl-u pk Space = Space 'pay#1'");
    assert!(!stage.screen().contains(said) && stage.screen().contains("1 of 1"));
}

/// So many rows that they are searched off the thread of the screen.
fn many(stage: &mut Stage) {
    let [_, _, left, _] = split();
    for first in [0, 1_500] {
        let image = |n: u32| format!(r#"{{"pk":{{"S":"ord#{n}"}},"n":{{"N":"{n}"}}}}"#);
        let records: Vec<String> = (first..first + 1_500)
            .map(|n| record(n, -20, "INSERT", &format!("ord#{n}"), "", &image(n)))
            .collect();
        stage.arrive(&left, &records, false);
    }
}

#[test]
fn many_rows_are_searched_newest_first_and_the_search_before_is_cancelled() {
    let mut stage = Stage::ready_with(100, 24, Config::default(), shop());
    stage.keys("Enter");
    many(&mut stage);
    let pages: Vec<_> = {
        let reading = stage.state.reading.as_ref().unwrap();
        let [_, _, left, _] = split();
        let stream = reading.followers[0].stream().clone();
        let pages = reading.store.pages_newest_first().map(|(first, page)| SearchPage {
            first,
            stream: stream.clone(),
            shard: left.id.clone(),
            page: page.clone(),
            ignored: [].into(),
        });
        pages.collect()
    };
    assert_eq!(pages.iter().map(|page| page.first.0).collect::<Vec<_>>(), [1_500, 0]);
    stage.keys("/");
    stage.take_effects();
    let now = stage.now;
    let mut type_in = |text: &str| -> Vec<Effect> {
        text.chars()
            .flat_map(|letter| {
                update(&mut stage.state, Action::Intent(dynascope::app::Intent::Type(letter)), now)
            })
            .collect()
    };
    let job = |generation, filter: &Filter| {
        let filter = Some(std::sync::Arc::new(filter.clone()));
        Effect::Search(dynascope::app::SearchJob { generation, filter, pages: pages.clone() })
    };
    let text = Filter::text("n").unwrap();
    let effects = type_in("n");
    let [Effect::Search(first)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(effects, [job(first.generation, &text)]);
    // Not an expression yet: the search goes on.
    assert_eq!(type_in(" >= "), []);
    let number = Filter::parse("n >= 2", now, Zone::Utc).unwrap();
    assert_eq!(type_in("2"), [Effect::CancelSearch, job(first.generation + 1, &number)]);
    // What comes of the one before is ignored.
    let late = Found { generation: first.generation, ids: vec![RecordId(0)], seen: 9, ..Found::default() };
    assert_eq!(update(&mut stage.state, Action::Found(late), now), []);
    assert_eq!(stage.state.records.seen, 0);
}

#[test]
fn a_search_counts_and_explains() {
    let mut stage = Stage::ready_with(100, 24, Config::default(), shop());
    stage.keys("Enter");
    many(&mut stage);
    stage.keys("z / n Space = Space '7'");
    assert!(stage.screen().contains("3000 records have n as a number: try 7"), "{}", stage.screen());
    stage.keys("Ctrl-u n Space >= Space 2999.5 Space OR Space n Space < Space 2");
    assert!(stage.screen().contains("2 of 3,000"), "{}", stage.screen());
    // What arrives is filtered, too.
    let [_, _, left, _] = split();
    let one = r#"{"pk":{"S":"ord#x"},"n":{"N":"1"}}"#;
    stage.arrive(
        &left,
        &[record(1, -2, "INSERT", "ord#x", "", one), record(2, -1, "INSERT", "ord#y", "", "{}")],
        false,
    );
    assert!(stage.screen().contains("3 of 3,002"), "{}", stage.screen());
}

#[test]
fn only_matches_are_kept_on_request_and_the_rest_is_counted() {
    let mut stage = reading_orders(100, 24);
    let [_, _, left, _] = split();
    stage.keys("z Ctrl-k");
    assert!(stage.screen().contains("filter first"), "{}", stage.screen());
    stage.keys("/ status Space = Space 'PAID' Enter Ctrl-k Esc");
    let image = |status: &str| format!(r#"{{"pk":{{"S":"x"}},"status":{{"S":"{status}"}}}}"#);
    let before = stage.state.reading.as_ref().unwrap().store.bytes();
    let large = image(&"x".repeat(50_000));
    let poison = r#"{"eventName":"INSERT"}"#.to_owned();
    stage.arrive(
        &left,
        &[
            record(4, -1, "INSERT", "ord#a", "", &large),
            record(5, -1, "INSERT", "ord#b", "", &image("PAID")),
            record(6, -1, "INSERT", "ord#c", "", &image("NEW")),
        ],
        false,
    );
    let reading = stage.state.reading.as_ref().unwrap();
    assert_eq!((reading.dropped, reading.store.len()), (2, 4));
    assert!(reading.store.bytes() - before < 2_000, "the bytes of the dropped are not held");
    stage.arrive(&left, &[poison, record(7, -1, "INSERT", "ord#d", "", &image("NEW"))], false);
    assert_eq!(shown(&mut stage), ["ord#92", "ord#17", "ord#91", "ord#b"]);
    assert_snapshot!("only_matches_are_kept", stage.styled());
    let reading = stage.state.reading.as_ref().unwrap();
    assert_eq!((reading.dropped, reading.store.len()), (3, 5), "poison is kept");
    stage.keys("Ctrl-k");
    assert!(stage.screen().contains("all is kept again · 3 dropped by you"), "{}", stage.screen());
    stage.arrive(&left, &[record(8, -1, "INSERT", "ord#e", "", &image("NEW"))], false);
    assert_eq!(stage.state.reading.as_ref().unwrap().store.len(), 6);
}

#[test]
fn a_page_of_which_nothing_is_kept_takes_no_room() {
    let page = page(&[record(1, 0, "INSERT", "a", "", "{}")]);
    assert_eq!((page.only(&[]).len(), page.only(&[0]).record(0).json()), (0, page.record(0).json()));
}

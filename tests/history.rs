//! The history of one item, whatever order its records come in and whatever of them is missing.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::time::Duration;

use dynascope::history::{Extent, History, Images, ItemKey, KeyError, Row, Step, Touch, gather, pair};
use dynascope::model::{Gap, GapReason, Lineage, SequenceNumber, Shard, ShardId, Time};
use dynascope::source::wire::read_records;
use dynascope::store::Page;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// One record of the table: absent images are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Write {
    number: u32,
    time: i64,
    shard: String,
    key: String,
    old: String,
    new: String,
}

impl Write {
    fn json(&self) -> String {
        let event = match (self.old.as_str(), self.new.as_str()) {
            ("", _) => "INSERT",
            (_, "") => "REMOVE",
            _ => "MODIFY",
        };
        let mut parts = format!(
            r#""ApproximateCreationDateTime":{},"Keys":{},"SequenceNumber":"1000000000000000{:05}""#,
            self.time, self.key, self.number
        );
        for (name, image) in [("OldImage", &self.old), ("NewImage", &self.new)] {
            if !image.is_empty() {
                write!(parts, r#","{name}":{image}"#).unwrap();
            }
        }
        format!(r#"{{"eventID":"e{}","eventName":"{event}","dynamodb":{{{parts}}}}}"#, self.number)
    }
}

fn page(writes: &[&Write]) -> Page {
    let records: Vec<String> = writes.iter().map(|write| write.json()).collect();
    read_records(format!(r#"{{"Records":[{}]}}"#, records.join(",")).as_bytes()).unwrap().page
}

fn key(text: &str) -> ItemKey {
    ItemKey::json(text, &[]).unwrap()
}

fn steps(key: &ItemKey, shard: &str, writes: &[&Write]) -> Vec<Step> {
    gather(&page(writes), &ShardId::new(shard), &key.matcher())
}

fn lineage(shards: &[(String, Option<String>)]) -> Lineage {
    let mut lineage = Lineage::default();
    for (id, parent) in shards {
        let parent = parent.as_deref().map(ShardId::new);
        lineage.merge(Shard { id: ShardId::new(id), parent, starting: None, ending: None });
    }
    lineage
}

fn numbers(history: &History) -> Vec<u32> {
    let number = |step: &Step| step.record().sequence_number()[16..].parse().unwrap();
    history.steps().map(number).collect()
}

/// The rows: numbers of steps, `!` for a broken link, `gap`, `-n` for what was dropped.
fn drawn(history: &History) -> Vec<String> {
    let mut numbers = numbers(history).into_iter();
    let row = |row: Row<'_>| match row {
        Row::Step(_) => numbers.next().unwrap().to_string(),
        Row::Missing(_) => "gap".to_owned(),
        Row::Broken(..) => "!".to_owned(),
        Row::Dropped(count) => format!("-{count}"),
    };
    history.rows().map(row).collect()
}

const ITEM: &str = r#"{"pk":{"S":"a"}}"#;

/// A write of the item `a`, from version to version; 0 is no item.
fn write(number: u32, time: i64, shard: &str, old: u32, new: u32) -> Write {
    let image = |version: u32| match version {
        0 => String::new(),
        version => format!(r#"{{"pk":{{"S":"a"}},"v":{{"N":"{version}"}}}}"#),
    };
    Write { number, time, shard: shard.into(), key: ITEM.into(), old: image(old), new: image(new) }
}

fn history_of(writes: &[Write], lineage: &Lineage) -> History {
    let mut history = History::default();
    for write in writes {
        history.insert(steps(&key(ITEM), &write.shard, &[write]), lineage);
    }
    history
}

fn family() -> Lineage {
    lineage(&[("s0".into(), None), ("s1".into(), Some("s0".into())), ("other".into(), None)])
}

#[test]
fn a_child_comes_after_its_parent_whatever_the_times_say_and_strangers_by_time() {
    let writes = [
        write(5, 10, "s1", 2, 3),
        write(1, 30, "s0", 0, 1),
        write(2, 31, "s0", 1, 2),
        write(9, 20, "other", 0, 7),
    ];
    let history = history_of(&writes, &family());
    assert_eq!(numbers(&history), [9, 1, 2, 5]);
    assert_eq!(drawn(&history), ["9", "!", "1", "2", "5"]);
}

#[test]
fn what_was_not_seen_is_a_row_of_its_own() {
    let mut history = history_of(&[write(1, 1, "s0", 0, 1), write(3, 3, "s0", 2, 3)], &family());
    assert_eq!((drawn(&history), history.unseen().0), (vec!["1".into(), "!".into(), "3".into()], 1));
    // The record comes late: the chain holds.
    history.insert(steps(&key(ITEM), "s0", &[&write(2, 2, "s0", 1, 2)]), &family());
    assert_eq!((drawn(&history), history.unseen().0), (vec!["1".into(), "2".into(), "3".into()], 0));
    // Known already.
    let again = history.insert(steps(&key(ITEM), "s0", &[&write(2, 2, "s0", 1, 2)]), &family());
    assert_eq!((again, history.steps().count()), (4, 3), "no new id was given");
}

#[test]
fn a_gap_explains_a_broken_link_and_stands_behind_the_last_record_read() {
    let writes = [write(1, 1, "s0", 0, 1), write(9, 9, "s0", 5, 6), write(12, 12, "s1", 7, 8)];
    let mut history = history_of(&writes, &family());
    let after = Some(SequenceNumber::new("100000000000000000004"));
    let gap = Gap::in_shard(ShardId::new("s0"), GapReason::Trimmed, after);
    history.insert_gap(gap.clone(), &family());
    history.insert_gap(gap, &family());
    assert_eq!(drawn(&history), ["1", "gap", "9", "!", "12"]);
    let unread = Gap::in_shard(ShardId::new("s1"), GapReason::MayBeTrimmed, None);
    history.insert_gap(unread, &family());
    assert_eq!(drawn(&history), ["1", "gap", "9", "gap", "12"]);
    assert_eq!(history.unseen(), (0, 2));
    // Nobody knows in which shards: it stands where it ends.
    let (from, until) = (Time::from_seconds(2), Time::from_seconds(10));
    let unlisted = Gap { shard: None, reason: GapReason::Unlisted { from, until }, after: None };
    history.insert_gap(unlisted, &family());
    assert_eq!(drawn(&history), ["1", "gap", "9", "gap", "gap", "12"]);
}

#[test]
fn a_history_is_complete_since_the_step_behind_the_last_thing_unseen() {
    let lineage = family();
    let at = |seconds| Extent::Since(Time::from_seconds(seconds));
    let whole = history_of(&[write(1, 1, "s0", 0, 1), write(2, 5, "s0", 1, 2)], &lineage);
    assert_eq!(whole.extent(Extent::TrimHorizon), Extent::TrimHorizon);
    assert_eq!(whole.extent(at(-7)), at(-7));
    let broken = history_of(&[write(1, 1, "s0", 0, 1), write(2, 5, "s0", 7, 2)], &lineage);
    assert_eq!(broken.extent(Extent::TrimHorizon), at(5));
    assert_eq!(broken.extent(at(6)), at(6));
    let mut ended = whole;
    let after = Some(SequenceNumber::new("100000000000000000009"));
    ended.insert_gap(Gap::in_shard(ShardId::new("s0"), GapReason::ShardGone, after), &lineage);
    assert_eq!(ended.extent(Extent::TrimHorizon), Extent::Unknown);
}

#[test]
fn an_attribute_is_touched_by_what_changes_it_by_value() {
    let image = |body: &str| format!(r#"{{"pk":{{"S":"a"}}{body}}}"#);
    let step = |old: &str, new: &str| {
        let write = Write { old: old.to_owned(), new: new.to_owned(), ..write(1, 1, "s0", 1, 2) };
        steps(&key(ITEM), "s0", &[&write]).remove(0)
    };
    let one = image(r#","m":{"M":{"n":{"N":"1"}}},"x":{"S":"x"}"#);
    let same = image(r#","m":{"M":{"n":{"N":"1.0"}}},"x":{"S":"y"}"#);
    let two = image(r#","m":{"M":{"n":{"N":"2"}}},"x":{"S":"x"}"#);
    let touch = |old: &str, new: &str, path: &str| step(old, new).touches(&path.parse().unwrap());
    assert_eq!(touch(&one, &two, "m.n"), Touch::Yes);
    assert_eq!(touch(&one, &two, "m"), Touch::Yes);
    assert_eq!(touch(&one, &two, "x"), Touch::No);
    assert_eq!(touch(&one, &same, "m.n"), Touch::No, "1.0 is 1");
    assert_eq!(touch(&one, &same, "nothing"), Touch::No);
    assert_eq!(touch("", &one, "x"), Touch::Yes, "inserted with it");
    assert_eq!(touch("", &image(""), "x"), Touch::No, "inserted without it");
    assert_eq!(touch(&one, "", "x"), Touch::Yes, "removed with it");
    // A stream that keeps new images only does not tell.
    let inserted = Write { old: String::new(), new: one, ..write(1, 1, "s0", 1, 2) };
    let body = format!(r#"{{"Records":[{}]}}"#, inserted.json().replace("INSERT", "MODIFY"));
    let page = read_records(body.as_bytes()).unwrap().page;
    let step = gather(&page, &ShardId::new("s0"), &key(ITEM).matcher()).remove(0);
    assert_eq!(step.touches(&"x".parse().unwrap()), Touch::Unknown);
}

#[test]
fn keys_are_compared_by_value_and_by_all_their_attributes() {
    let is = |key: &ItemKey, keys: &str| key.matcher().is_key(keys);
    let by_json = key(r#"{"pk":{"N":"1.50"},"sk":{"B":"AAE="}}"#);
    assert!(is(&by_json, r#"{"sk":{"B":"AAE="},"pk":{"N":"15e-1"}}"#));
    for other in [
        r#"{"pk":{"N":"1.5"}}"#,
        r#"{"pk":{"S":"1.50"},"sk":{"B":"AAE="}}"#,
        r#"{"pk":{"N":"1.5"},"sk":{"B":"AAI="}}"#,
        "{",
        "",
    ] {
        assert!(!is(&by_json, other), "{other}");
    }
    let names = ["pk".to_owned(), "sk".to_owned()];
    let by_text = ItemKey::text(&["7".to_owned(), "é\"".to_owned()], &names).unwrap();
    for (keys, expected) in [
        (r#"{"pk":{"S":"7"},"sk":{"S":"\u00e9\""}}"#, true),
        (r#"{"pk":{"N":"7.0"},"sk":{"S":"é\""}}"#, true),
        (r#"{"pk":{"S":"7.0"},"sk":{"S":"é\""}}"#, false),
        (r#"{"pk":{"S":"7"}}"#, false),
        (r#"{"pk":{"B":"Nw=="},"sk":{"S":"é\""}}"#, false),
    ] {
        assert_eq!(is(&by_text, keys), expected, "{keys}");
    }
    assert_eq!(by_text.check_types(r#"{"pk":{"S":"8"},"sk":{"N":"1"}}"#), Ok(()));
    let error = by_text.check_types(r#"{"pk":{"S":"8"},"sk":{"B":"AA=="}}"#).unwrap_err();
    assert_eq!(error.to_string(), r#"sk is of type B: name the item with --key '{"sk":{"B":…}}'"#);
}

#[test]
fn a_key_that_is_not_the_table_s_is_refused() {
    let names = ["pk".to_owned(), "sk".to_owned()];
    let said = |outcome: Result<ItemKey, KeyError>| outcome.unwrap_err().to_string();
    assert_eq!(
        said(ItemKey::text(&["a".into()], &names)),
        "the table's key is pk and sk; give the sort key, too"
    );
    assert_eq!(
        said(ItemKey::text(&["a".into(), "b".into()], &names[..1])),
        "the table's key is pk; 2 values were given"
    );
    assert_eq!(
        said(ItemKey::json(r#"{"pk":{"S":"a"},"x":{"S":"b"}}"#, &names)),
        "the table's key is pk and sk; what was given is pk and x"
    );
    assert!(said(ItemKey::json("{", &names)).starts_with("the key is no DynamoDB JSON"));
}

#[test]
fn two_steps_are_compared_from_the_item_after_the_one_to_the_item_after_the_other() {
    let writes = [write(1, 1, "s0", 0, 1), write(2, 2, "s0", 1, 2), write(3, 3, "s0", 2, 0)];
    let history = history_of(&writes, &family());
    let steps: Vec<&Step> = history.steps().collect();
    let shown = |images: Images<'_>| {
        let page = pair(images, steps[0].record()).unwrap();
        let record = page.record(0);
        let image = |image: Option<&str>| image.unwrap_or_default().to_owned();
        (record.event().as_str().to_owned(), image(record.old_image()), image(record.new_image()))
    };
    let [one, two, gone] = [0, 1, 2].map(|at| steps[at].record());
    let [first, second] = [0, 1].map(|at| writes[at].new.clone());
    let none = String::new();
    let between = |old, new| shown(Images::between(old, new));
    assert_eq!(between(one, two), ("MODIFY".into(), first.clone(), second.clone()));
    assert_eq!(between(two, gone), ("REMOVE".into(), second.clone(), none.clone()));
    assert_eq!(between(gone, one), ("INSERT".into(), none.clone(), first.clone()));
    // And what nobody saw between a record and the next.
    assert_eq!(shown(Images::unseen(one, gone)), ("MODIFY".into(), first.clone(), second));
    assert_eq!(shown(Images::unseen(gone, two)), ("INSERT".into(), none.clone(), first.clone()));
    assert_eq!(shown(Images::unseen(one, one)), ("REMOVE".into(), first, none));
}

#[test]
fn a_shard_concerns_the_item_above_its_records_and_below_the_last_of_them() {
    let of = |parent: &str| Some(parent.to_owned());
    let lineage = lineage(&[
        ("top".into(), None),
        ("mid".into(), of("top")),
        ("left".into(), of("mid")),
        ("right".into(), of("mid")),
        ("below".into(), of("left")),
        ("other".into(), None),
    ]);
    let history = history_of(&[write(1, 1, "mid", 0, 1), write(2, 2, "left", 1, 2)], &lineage);
    let concerned = ["top", "mid", "left", "right", "below", "other"]
        .map(|id| history.family().concerns(&ShardId::new(id), &lineage));
    assert_eq!(concerned, [true, true, true, false, true, false]);
}

#[test]
fn only_so_many_steps_are_kept_and_the_rest_is_said() {
    let mut history = History::default();
    let many = dynascope::history::MAX_STEPS as u32 + 3;
    let writes: Vec<Write> = (1..=many).map(|n| write(n, i64::from(n), "s0", n - 1, n)).collect();
    let whole: Vec<&Write> = writes.iter().collect();
    let inserted = history.insert(steps(&key(ITEM), "s0", &whole), &family());
    assert_eq!(inserted, 1);
    assert_eq!(drawn(&history)[..2], ["-3", "4"]);
    assert_eq!(history.extent(Extent::TrimHorizon), Extent::Since(Time::from_seconds(4)));
}

/// Writes to three items over shards that split and roll over.
fn table() -> impl Strategy<Value = (Vec<Write>, Vec<(String, Option<String>)>)> {
    prop::collection::vec((0_usize..3, 0_u32..8, 0_i64..3, 0_i64..4), 1..60).prop_map(|actions| {
        let mut shards = vec![("s0".to_owned(), None)];
        let mut at = ["s0".to_owned(), "s0".to_owned(), "s0".to_owned()];
        let mut versions = [0_u32; 3];
        let (mut writes, mut time) = (vec![], 0);
        for (place, (item, action, passed, early)) in actions.into_iter().enumerate() {
            time += passed;
            if action == 0 {
                // The shard of this item closes. Of its items some go to one child, some to the other.
                let parent = at[item].clone();
                let children = [format!("s{place}a"), format!("s{place}b")];
                shards.extend(children.clone().map(|child| (child, Some(parent.clone()))));
                for (other, shard) in at.iter_mut().enumerate() {
                    if *shard == parent {
                        shard.clone_from(&children[(other + place) % 2]);
                    }
                }
                continue;
            }
            let old = versions[item];
            // Now and then back to what it was: a missing pair of steps leaves no trace.
            versions[item] = if action == 1 && old > 0 { 0 } else { action };
            let key = format!(r#"{{"pk":{{"S":"{item}"}}}}"#);
            let image = |version: u32| match version {
                0 => String::new(),
                version => format!(r#"{{"pk":{{"S":"{item}"}},"v":{{"N":"{version}"}}}}"#),
            };
            let (number, new) = (place as u32 + 1, image(versions[item]));
            // Times of creation are approximate.
            writes.push(Write {
                number,
                time: time - early,
                shard: at[item].clone(),
                key,
                old: image(old),
                new,
            });
        }
        (writes, shards)
    })
}

fn fixed_seed() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(7);
    ProptestConfig { cases: 200, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(fixed_seed())]

    #[test]
    fn any_part_of_a_history_in_any_order_is_put_in_order_and_what_is_missing_shows(
        (writes, shards) in table(), unseen in prop::collection::vec(0_u8..4, 60), shuffle in any::<u64>()
    ) {
        let lineage = lineage(&shards);
        let key = key(r#"{"pk":{"S":"0"}}"#);
        let seen: Vec<&Write> = writes.iter().zip(&unseen).filter(|(_, unseen)| **unseen > 0).map(|(write, _)| write).collect();
        let own: Vec<&&Write> = seen.iter().filter(|write| write.key == r#"{"pk":{"S":"0"}}"#).collect();

        // Pages of up to three records of a shard, in any order, some twice.
        let mut by_shard: std::collections::BTreeMap<&str, Vec<&Write>> = std::collections::BTreeMap::new();
        for write in &seen {
            by_shard.entry(&write.shard).or_default().push(write);
        }
        let mut pages: Vec<(&str, Vec<&Write>)> = vec![];
        for (shard, writes) in by_shard {
            pages.extend(writes.chunks(3).map(|chunk| (shard, chunk.to_vec())));
        }
        pages.extend(pages.clone().into_iter().step_by(4));
        let mut dice = shuffle | 1;
        pages.sort_by_cached_key(|_| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            dice >> 33
        });
        let mut history = History::default();
        for (shard, writes) in pages {
            history.insert(steps(&key, shard, &writes), &lineage);
        }

        let mut expected = vec![];
        for (at, write) in own.iter().enumerate() {
            if at > 0 && own[at - 1].new != write.old {
                expected.push("!".to_owned());
            }
            expected.push(write.number.to_string());
        }
        prop_assert_eq!(drawn(&history), expected);

        // The item as it was at any time.
        let end = writes.last().map_or(0, |write| write.time);
        for seconds in -5..=end + 5 {
            let expected = own.iter().take_while(|write| write.time <= seconds).last();
            let expected = expected.map(|write| write.new.as_str());
            let found = history.as_of(Time::from_seconds(seconds));
            let image = found.map(|step| step.record().new_image().unwrap_or_default());
            prop_assert_eq!(image, expected, "at {}", seconds);
        }
        let later = Time::from_seconds(end).plus(Duration::from_secs(9));
        prop_assert_eq!(history.as_of(later).is_some(), !own.is_empty());
    }
}

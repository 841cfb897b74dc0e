//! For random records and expressions the matcher equals the plain evaluator.

use dynascope::model::time::Zone;
use dynascope::model::{Item, Time, parse_item};
use dynascope::query::{Filter, Tally, Whence};
use dynascope::source::wire;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::plain::{self, Parsed};
use super::samples::{Value, condition, escaped, image, item};

const WHENCE: Whence<'static> = Whence { table: "orders", shard: "shardId-1" };

type Attributes = Vec<(String, Value)>;

/// A record as it comes: which images it carries is its stream's choice.
#[derive(Clone, Debug)]
struct Sample {
    event: &'static str,
    old: Attributes,
    new: Attributes,
    has_old: bool,
    has_new: bool,
    is_ttl: bool,
    size: u32,
    escapes: Option<usize>,
}

impl Sample {
    fn keys(&self) -> Attributes {
        let image = if self.event == "REMOVE" { &self.old } else { &self.new };
        image.first().cloned().into_iter().collect()
    }

    fn hide_no_names(&mut self) {
        for attributes in [&mut self.old, &mut self.new] {
            let mut seen = std::collections::BTreeSet::new();
            attributes.retain(|(name, _)| seen.insert(name.clone()));
        }
    }

    fn body(&self) -> String {
        let written = |attributes: &Attributes| match self.escapes {
            Some(seed) => escaped(&image(attributes), seed),
            None => image(attributes),
        };
        let part = |name: &str, is_there: bool, image: &Attributes| {
            if is_there { format!(r#""{name}":{},"#, written(image)) } else { String::new() }
        };
        let new = part("NewImage", self.has_new && self.event != "REMOVE", &self.new);
        let old = part("OldImage", self.has_old && self.event != "INSERT", &self.old);
        let identity = if self.is_ttl {
            r#""userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"},"#
        } else {
            ""
        };
        format!(
            r#"{{"Records":[{{"eventID":"e","eventName":"{}",{identity}"dynamodb":{{{new}{old}"Keys":{},"SequenceNumber":"1","SizeBytes":{}}}}}]}}"#,
            self.event,
            written(&self.keys()),
            self.size,
        )
    }
}

prop_compose! {
    fn sample()(
        event in prop::sample::select(vec!["INSERT", "MODIFY", "MODIFY", "REMOVE"]),
        old in item(), new in item(), is_like_old in any::<bool>(),
        has_old in prop::bool::weighted(0.8), has_new in prop::bool::weighted(0.8),
        is_ttl in any::<bool>(), size in 0..3_u32, escapes in prop::option::of(0..5_usize),
    ) -> Sample {
        // Two images of one item mostly agree.
        let new = if is_like_old { old.iter().cloned().chain(new.into_iter().take(1)).collect() } else { new };
        Sample { event, old, new, has_old, has_new, is_ttl, size, escapes }
    }
}

fn read(json: &str) -> Item<'_> {
    parse_item(json.as_bytes()).unwrap()
}

fn config() -> ProptestConfig {
    let cases = std::env::var("DYNASCOPE_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(300),
        rng_seed: if cases.is_some() { RngSeed::Random } else { RngSeed::Fixed(5) },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_matcher_equals_a_plain_evaluator(
        samples in prop::collection::vec(sample(), 1..8), condition in condition(true)
    ) {
        let text = condition.text();
        let filter = Filter::parse(&text, Time::from_seconds(0), Zone::Utc)
            .map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let mut tally = Tally::default();
        let mut expected = Tally::default();
        for mut sample in samples {
            if text.contains("text(") {
                // A text is also found in what a later attribute of the same name hides.
                sample.hide_no_names();
            }
            let answer = wire::read_records(sample.body().as_bytes()).unwrap();
            let record = answer.page.record(0);
            let parsed = Parsed {
                event: record.event(),
                keys: record.keys().map(read).unwrap_or_default(),
                new: record.new_image().map(read),
                old: record.old_image().map(read),
                is_ttl: sample.is_ttl,
                size: Some(sample.size),
            };
            let is_true = plain::is_true(&condition, &parsed);
            for matched in [0, 1] {
                let mut tally = Tally::new(0, matched);
                let found = filter.count_page(&answer.page, WHENCE, &mut tally);
                prop_assert_eq!(found.len() == 1, is_true, "{} of {}", text, record.json());
                prop_assert_eq!(tally.seen, 1);
            }
            prop_assert_eq!(filter.matches(record, WHENCE), is_true, "{} of {}", text, record.json());
            // Counting looks past the prefilter until something matches: the two agree.
            prop_assert_eq!(filter.count(record, WHENCE, &mut tally), is_true, "{} of {}", text, record.json());
            expected.seen += 1;
            expected.matched += u64::from(is_true);
            let explanation = filter.explain(&tally);
            prop_assert!(tally.matched == 0 || explanation.is_none());
        }
        prop_assert_eq!((tally.seen, tally.matched), (expected.seen, expected.matched));
    }
}

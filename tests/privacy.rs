//! Privacy: nothing that a rule hides is in what is written, in any format.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

use std::fmt::Write as _;

use dynascope::model::attribute::{AttributeValue, Base64, Item, parse_item};
use dynascope::model::path::{Path, Step};
use dynascope::model::plain::write_dynamodb;
use dynascope::model::{Gap, GapReason, ShardId, StreamArn};
use dynascope::output::{Format, Writer, private_page};
use dynascope::privacy::{Key, Privacy, Rule};
use dynascope::source::wire;
use dynascope::store::Page;
use proptest::prelude::*;

const ACCOUNT: &str = "424242424242";
const FORMATS: [Format; 6] =
    [Format::Jsonl, Format::Json, Format::Pretty, Format::Diff, Format::Csv, Format::LambdaEvent];

/// The form of a random item; every value and every name in it gets a word that is nowhere else.
#[derive(Clone, Debug)]
enum Shape {
    S,
    N,
    B,
    Ss,
    Ns,
    Bs,
    Null,
    Unknown,
    L(Vec<Shape>),
    /// Each with what makes its name a strange one.
    M(Vec<(String, Shape)>),
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::S),
        Just(Shape::N),
        Just(Shape::B),
        Just(Shape::Ss),
        Just(Shape::Ns),
        Just(Shape::Bs),
        Just(Shape::Null),
        Just(Shape::Unknown),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Shape::L),
            prop::collection::vec((name(), inner), 0..4).prop_map(Shape::M),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(".".into()),
        Just("[*]".into()),
        Just("[0]".into()),
        Just(",\"".into()),
        Just("\u{1b}é".into()),
    ]
}

/// A secret, and the place whose rule says whether it may be seen.
struct Secret {
    word: String,
    way: Vec<Step<'static>>,
    /// The name of a top-level attribute is the schema, and no secret.
    is_schema: bool,
}

#[derive(Default)]
struct Maker {
    secrets: Vec<Secret>,
    way: Vec<Step<'static>>,
}

impl Maker {
    /// A word of the value or the name at the place where the maker is.
    fn word(&mut self, is_schema: bool) -> String {
        let word = format!("secret{:04}x", self.secrets.len());
        self.secrets.push(Secret { word: word.clone(), way: self.way.clone(), is_schema });
        word
    }

    /// Of more digits than a hashed one has.
    fn number(&mut self) -> String {
        let number = format!("70000000000000{:04}", self.secrets.len());
        self.secrets.push(Secret { word: number.clone(), way: self.way.clone(), is_schema: false });
        number
    }

    fn bytes(&mut self) -> Base64<'static> {
        // Three bytes of a text become four digits: the word is found in what is written of them.
        let text = format!("secret{:04}bb", self.secrets.len());
        let bytes = Base64::encode(text.as_bytes());
        self.secrets.push(Secret {
            word: bytes.as_str().to_owned(),
            way: self.way.clone(),
            is_schema: false,
        });
        bytes
    }

    fn item(&mut self, attributes: &[(String, Shape)]) -> Item<'static> {
        attributes
            .iter()
            .enumerate()
            .map(|(at, (strange, shape))| {
                // A name that both images share, so that it does not depend on the words so far.
                let name = format!("{strange}n{}_{at}", self.way.len());
                self.way.push(Step::Name(name.clone().into()));
                let value = self.value(shape);
                self.way.pop();
                (name.into(), value)
            })
            .collect()
    }

    fn value(&mut self, shape: &Shape) -> AttributeValue<'static> {
        match shape {
            Shape::S => AttributeValue::S(self.word(false).into()),
            Shape::N => AttributeValue::N(self.number().into()),
            Shape::B => AttributeValue::B(self.bytes()),
            Shape::Ss => AttributeValue::Ss(vec![self.word(false).into(), self.word(false).into()]),
            Shape::Ns => AttributeValue::Ns(vec![self.number().into()]),
            Shape::Bs => AttributeValue::Bs(vec![self.bytes()]),
            Shape::Null => AttributeValue::Null,
            Shape::Unknown => {
                let raw = format!("{{\"X{}\":\"{}\"}}", self.word(false), self.word(false));
                AttributeValue::Unknown { type_name: "X".into(), raw: raw.into() }
            }
            Shape::L(shapes) => {
                let each = shapes.iter().enumerate().map(|(at, shape)| {
                    self.way.push(Step::Index(at));
                    let value = self.value(shape);
                    self.way.pop();
                    value
                });
                AttributeValue::L(each.collect())
            }
            Shape::M(attributes) => {
                let mut each = vec![];
                for (strange, shape) in attributes {
                    let at = self.secrets.len();
                    let name = format!("{strange}secret{at:04}x");
                    self.way.push(Step::Name(name.clone().into()));
                    self.word(false);
                    each.push((name.into(), self.value(shape)));
                    self.way.pop();
                }
                AttributeValue::M(each.into_iter().collect())
            }
        }
    }
}

fn json(item: &Item<'_>) -> String {
    let mut text = String::new();
    write_dynamodb(item, &mut text);
    text
}

fn stream() -> StreamArn {
    let arn = format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000");
    StreamArn::parse(&arn).unwrap()
}

/// A record, and one that is none and tells a secret, too.
fn page(keys: &Item<'_>, new: &Item<'_>, old: &Item<'_>) -> Page {
    let body = format!(
        r#"{{"Records":[{{"eventID":"e","eventName":"MODIFY","userIdentity":{{"PrincipalId":"arn:aws:iam::{ACCOUNT}:user/secretuser","Type":"Other"}},"dynamodb":{{"Keys":{},"NewImage":{},"OldImage":{},"SequenceNumber":"7","SizeBytes":3,"StreamViewType":"NEW_AND_OLD_IMAGES"}}}},{{"pk":"secretpoison {ACCOUNT}"}}]}}"#,
        json(keys),
        json(new),
        json(old)
    );
    wire::read_records(body.as_bytes()).unwrap().page
}

/// All that is written of a page by a command with a rule.
fn written(privacy: &Privacy, page: &Page, format: Format, plain: bool) -> String {
    let (real, shard) = (stream(), ShardId::new("shardId-1"));
    let (stream, page) = (privacy.stream(&real), private_page(privacy, &real, page).unwrap());
    let mut out = vec![];
    let mut writer =
        Writer::new(&mut out, format).with_facts(true).with_tables(true).with_plain_images(plain);
    for record in page.records() {
        writer.record(&stream, &shard, &["n0_0".into()], record).unwrap();
    }
    for poison in page.poison() {
        writer.poison(&stream, &shard, &page, poison);
    }
    writer.gap(&stream, &Gap::in_shard(shard, GapReason::Trimmed, None));
    writer.finish().unwrap();
    String::from_utf8(out).unwrap()
}

/// Some of these ways as patterns: how they are written, and as steps, `None` for any element.
type Chosen = (String, Vec<Vec<Option<Step<'static>>>>);

fn choose(secrets: &[Secret], choices: &[(prop::sample::Index, usize, bool)]) -> Chosen {
    let mut texts = vec!["nowhere".to_owned()];
    let mut ways = vec![];
    for (which, steps, any) in choices.iter().filter(|_| !secrets.is_empty()) {
        let way = &which.get(secrets).way;
        let way = &way[..way.len().min(steps + 1)];
        let mut text = String::new();
        for step in way {
            match step {
                Step::Index(_) if *any => text.push_str("[*]"),
                Step::Index(at) => write!(text, "[{at}]").unwrap(),
                Step::Name(_) => {
                    let dot = if text.is_empty() { "" } else { "." };
                    write!(text, "{dot}{}", Path::new(vec![step.clone()])).unwrap();
                }
            }
        }
        texts.push(text);
        let is_any = |step: &Step<'_>| *any && matches!(step, Step::Index(_));
        ways.push(way.iter().map(|step| (!is_any(step)).then(|| step.clone())).collect());
    }
    (texts.join(", "), ways)
}

fn is_under(way: &[Step<'_>], chosen: &[Vec<Option<Step<'static>>>]) -> bool {
    chosen.iter().any(|steps| {
        let fits = |(own, step): (&Option<Step<'_>>, &Step<'_>)| match own {
            Some(own) => own == step,
            None => matches!(step, Step::Index(_)),
        };
        steps.len() <= way.len() && steps.iter().zip(way).all(fits)
    })
}

fn attributes() -> impl Strategy<Value = Vec<(String, Shape)>> {
    prop::collection::vec((name(), shape()), 1..5)
}

fn choices() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, bool)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, any::<bool>()), 0..4)
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("DYNASCOPE_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(200), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_not_kept_is_in_no_format(new in attributes(), old in attributes(), choices in choices()) {
        let mut maker = Maker::default();
        let (new, old) = (maker.item(&new), maker.item(&old));
        let keys: Item<'_> = new.iter().take(1).map(|(name, value)| (name.to_owned().into(), value.clone())).collect();
        let (text, chosen) = choose(&maker.secrets, &choices);
        let privacy = Privacy::new(Rule::keep(&text).unwrap(), Key::known(7));
        let page = page(&keys, &new, &old);
        for format in FORMATS {
            for plain in [false, true] {
                let out = written(&privacy, &page, format, plain);
                for word in [ACCOUNT, "secretpoison", "secretuser"] {
                    prop_assert!(!out.contains(word), "{word} in {format:?} by {text}:\n{out}");
                }
                for secret in &maker.secrets {
                    let may_be_seen = is_under(&secret.way, &chosen) || leads_to(&secret.way, &chosen) || secret.is_schema;
                    prop_assert!(may_be_seen || !out.contains(&secret.word), "{} in {format:?} by {text}:\n{out}", secret.word);
                    if format == Format::Jsonl && !plain && is_under(&secret.way, &chosen) {
                        prop_assert!(out.contains(&secret.word), "{} is not kept by {text}:\n{out}", secret.word);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_redacted_is_in_no_format_and_the_rest_is(new in attributes(), choices in choices()) {
        let mut maker = Maker::default();
        let new = maker.item(&new);
        let (text, chosen) = choose(&maker.secrets, &choices);
        let privacy = Privacy::new(Rule::redact(&text).unwrap(), Key::known(7));
        let page = page(&new, &new, Item::none());
        for format in FORMATS {
            let out = written(&privacy, &page, format, false);
            prop_assert!(!out.contains(ACCOUNT));
            for secret in &maker.secrets {
                let is_hidden = is_under(&secret.way, &chosen) && !secret.is_schema;
                prop_assert!(!is_hidden || !out.contains(&secret.word), "{} in {format:?} by {text}:\n{out}", secret.word);
                if format == Format::Jsonl {
                    prop_assert!(is_hidden || out.contains(&secret.word), "{} is gone by {text}:\n{out}", secret.word);
                }
            }
        }
    }

    #[test]
    fn what_is_hidden_keeps_its_type_and_its_equality(one in shape(), other in shape()) {
        let privacy = Privacy::new(Rule::keep("nowhere").unwrap(), Key::known(7));
        let hidden = |value: &AttributeValue<'static>| {
            let item: Item<'_> = vec![("a".into(), value.clone())].into();
            let text = json(&privacy.item(&item));
            parse_item(text.as_bytes()).unwrap().get("a").map(|value| (value.attribute_type(), format!("{value:?}")))
        };
        let mut maker = Maker::default();
        let (one, other) = (maker.value(&one), maker.value(&other));
        let (a, b) = (hidden(&one).unwrap(), hidden(&other).unwrap());
        prop_assert_eq!(a.0, one.attribute_type());
        prop_assert_eq!(a == b, one == other);
        prop_assert_eq!(Some(a), hidden(&one));
    }
}

/// Whether a way is on the way to something chosen: the name of a map's attribute that is kept in
/// part is kept.
fn leads_to(way: &[Step<'_>], chosen: &[Vec<Option<Step<'static>>>]) -> bool {
    chosen.iter().any(|steps| {
        way.len() < steps.len()
            && way.iter().zip(steps).all(|(step, own)| match own {
                Some(own) => own == step,
                None => matches!(step, Step::Index(_)),
            })
    })
}

#[test]
fn a_number_is_the_same_however_it_is_written_and_a_key_is_another_each_time() {
    let item =
        parse_item(br#"{"a":{"N":"1.50"},"b":{"N":"1.5"},"c":{"BOOL":true},"d":{"BOOL":false}}"#).unwrap();
    let rule = Rule::keep("nowhere").unwrap();
    let hidden = |key: Key| Privacy::new(rule.clone(), key).item(&item);
    let known = hidden(Key::known(1));
    assert_eq!(known.get("a"), known.get("b"));
    assert_ne!(known.get("a"), item.get("a"));
    assert_ne!(known.get("c"), known.get("d"));
    assert_ne!(hidden(Key::random().unwrap()).get("a"), hidden(Key::random().unwrap()).get("a"));
    assert_eq!(format!("{:?}", Key::known(1)), "Key(…)");
}

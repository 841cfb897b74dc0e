use dynascope::model::attribute::parse_item;
use dynascope::model::diff::diff;
use dynascope::model::plain::{dynamodb_lines, plain_lines, preview, write_dynamodb, write_plain};

use super::members::is_json;

/// No bytes make the item's parser panic; what it reads is JSON, and is read back as it was written.
pub fn item(bytes: &[u8]) {
    let Ok(item) = parse_item(bytes) else { return };
    let text = std::str::from_utf8(bytes).unwrap();
    // Control characters in strings are taken as they are.
    assert!(is_json(text) || text.contains(|character| character < ' '));

    let mut dynamodb = String::new();
    write_dynamodb(&item, &mut dynamodb);
    let lines = dynamodb_lines(&item).join("\n");
    let (from_one, from_many) = (parse_item(dynamodb.as_bytes()), parse_item(lines.as_bytes()));
    assert_eq!(from_one, from_many);
    // Line breaks in values of unknown types become blanks.
    if text.contains(['\n', '\r']) {
        assert_eq!(from_one.map(|read| read.len()), Ok(item.len()));
    } else {
        assert_eq!(from_one.as_ref(), Ok(&item));
    }

    let mut plain = String::new();
    write_plain(&item, &mut plain);
    assert!(is_json(&plain), "{plain}");
    assert!(is_json(&plain_lines(&item).join("\n")));

    assert!(diff(&item, &item).is_empty());
    for width in [0, 1, 40] {
        for (_, value) in item.iter() {
            let _ = preview(value, width);
        }
    }
}

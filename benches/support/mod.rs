//! The record that benchmarks read by the thousand.

/// A record as the service sends it: about 1 KB, both images, nine attributes.
pub fn record(n: usize) -> String {
    let image = |status: &str| {
        format!(
            r#"{{"pk":{{"S":"customer#{n:08}"}},"sk":{{"S":"order#2026-11-20#{n:012}"}},"status":{{"S":"{status}"}},"total":{{"N":"{n}.95"}},"paid":{{"BOOL":true}},"note":{{"S":"left with the neighbour at no. {n}, who says \"thank you\""}},"tags":{{"SS":["express","gift"]}},"address":{{"M":{{"street":{{"S":"Hauptstraße {n}"}},"city":{{"S":"Köln"}}}}}},"lines":{{"L":[{{"N":"1"}},{{"N":"2"}}]}}}}"#
        )
    };
    format!(
        r#"{{"eventID":"{n:032x}","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{{"ApproximateCreationDateTime":1.79131672648E9,"Keys":{{"pk":{{"S":"customer#{n:08}"}},"sk":{{"S":"order#2026-11-20#{n:012}"}}}},"NewImage":{},"OldImage":{},"SequenceNumber":"{}","SizeBytes":{},"StreamViewType":"NEW_AND_OLD_IMAGES"}}}}"#,
        image("SHIPPED"),
        image("PACKED"),
        100_000_000_003_218_256_368_u128 + n as u128,
        700 + n % 100,
    )
}

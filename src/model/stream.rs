//! A stream: its name, its state, and what its records carry.

use std::fmt;
use std::sync::Arc;

use super::shard::{Shard, ShardId};
use super::time::Time;

/// `arn:{partition}:dynamodb:{region}:{account}:table/{table}/stream/{label}`.
///
/// The label is a time and holds colons, so only the first five colons separate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamArn(Arc<str>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not the ARN of a stream; it looks like \
     arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE/stream/LABEL"
)]
pub struct ArnError(pub String);

impl StreamArn {
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let arn = Self(text.into());
        let wrong = || ArnError(text.to_owned());
        let mut parts = text.splitn(6, ':');
        let is_dynamodb = parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| !partition.is_empty())
            && parts.next() == Some("dynamodb")
            && parts.next().is_some_and(|region| !region.is_empty())
            && parts.next().is_some();
        let (table, label) = arn.resource().ok_or_else(wrong)?;
        let named = !table.is_empty() && !table.contains('/') && !label.is_empty();
        if is_dynamodb && named { Ok(arn) } else { Err(wrong()) }
    }

    /// What a file says in the place of an ARN, as it came; where it says nothing: `unknown`.
    pub fn foreign(text: &str) -> Self {
        Self(if text.is_empty() { "unknown" } else { text }.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    fn resource(&self) -> Option<(&str, &str)> {
        self.part(5).strip_prefix("table/")?.split_once("/stream/")
    }

    pub fn region(&self) -> &str {
        self.part(3)
    }

    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The same stream in another account.
    #[must_use]
    pub fn with_account(&self, account: &str) -> Self {
        let parts = self.0.splitn(6, ':').enumerate();
        let parts: Vec<&str> = parts.map(|(at, part)| if at == 4 { account } else { part }).collect();
        Self(parts.join(":").into())
    }

    /// What is no ARN is all there is to name its table by.
    pub fn table(&self) -> &str {
        self.resource().map_or(self.as_str(), |(table, _)| table)
    }

    /// The time the stream was enabled, as text: `2015-05-20T20:51:10.252`.
    pub fn label(&self) -> &str {
        self.resource().map_or("", |(_, label)| label)
    }
}

impl fmt::Display for StreamArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stream as ListStreams names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSummary {
    pub arn: StreamArn,
    pub table: String,
    pub label: String,
}

/// One page of DescribeStream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamDescription {
    pub status: StreamStatus,
    pub view_type: ViewType,
    pub created_at: Option<Time>,
    /// The table's partition key, then its sort key.
    pub key_names: Vec<String>,
    pub shards: Vec<Shard>,
    /// Where the next page starts; absent on the last one.
    pub last_evaluated_shard: Option<ShardId>,
}

/// An enumeration of the service, with room for what it may add.
macro_rules! service_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($variant,)+
            /// A value that this program does not know, shown as it came.
            Unknown(String),
        }

        impl $name {
            pub fn parse(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Unknown(text.to_owned()),
                }
            }

            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }
    };
}

service_enum! {
    /// Whether a stream is written to.
    StreamStatus {
        Enabling = "ENABLING",
        Enabled = "ENABLED",
        Disabling = "DISABLING",
        Disabled = "DISABLED",
    }
}

service_enum! {
    /// What a record of the stream carries beside its keys. Fixed for the life of a stream.
    ViewType {
        KeysOnly = "KEYS_ONLY",
        NewImage = "NEW_IMAGE",
        OldImage = "OLD_IMAGE",
        NewAndOldImages = "NEW_AND_OLD_IMAGES",
    }
}

impl ViewType {
    pub fn has_new_image(&self) -> bool {
        matches!(self, Self::NewImage | Self::NewAndOldImages)
    }

    pub fn has_old_image(&self) -> bool {
        matches!(self, Self::OldImage | Self::NewAndOldImages)
    }

    /// The fewest letters that say it: `KEYS`, `NEW`, `OLD`, `NEW+OLD`.
    pub fn short(&self) -> &str {
        match self {
            Self::KeysOnly => "KEYS",
            Self::NewImage => "NEW",
            Self::OldImage => "OLD",
            Self::NewAndOldImages => "NEW+OLD",
            Self::Unknown(text) => text,
        }
    }
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventName {
    Insert,
    Modify,
    Remove,
    /// A name that this program does not know; the record's bytes still hold it.
    Unknown,
}

impl EventName {
    pub fn parse(text: &str) -> Self {
        match text {
            "INSERT" => Self::Insert,
            "MODIFY" => Self::Modify,
            "REMOVE" => Self::Remove,
            _ => Self::Unknown,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Modify => "MODIFY",
            Self::Remove => "REMOVE",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The sign beside the colour: `+ ~ -`.
    pub fn sign(self) -> char {
        match self {
            Self::Insert => '+',
            Self::Modify => '~',
            Self::Remove => '-',
            Self::Unknown => '?',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart() -> Result<(), ArnError> {
        let arn = StreamArn::parse(
            "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders/stream/2015-05-20T20:51:10.252",
        )?;
        assert_eq!(arn.region(), "cn-north-1");
        assert_eq!(arn.account(), "123456789012");
        assert_eq!(arn.table(), "orders");
        assert_eq!(arn.label(), "2015-05-20T20:51:10.252");
        Ok(())
    }

    #[test]
    fn what_is_no_stream_arn_is_refused() {
        for text in [
            "",
            "orders",
            "arn:aws:s3:::bucket",
            "arn:aws:dynamodb:eu-west-1:1:table/orders",
            "arn:aws:dynamodb:eu-west-1:1:table//stream/x",
            "arn:aws:dynamodb::1:table/orders/stream/x",
            "arn:aws:dynamodb:eu-west-1:1:table/a/b/stream/x",
        ] {
            assert_eq!(StreamArn::parse(text), Err(ArnError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn unknown_values_are_kept_as_they_came() {
        assert_eq!(StreamStatus::parse("FUTURE").as_str(), "FUTURE");
        assert_eq!(ViewType::parse("NEW_IMAGE"), ViewType::NewImage);
    }
}

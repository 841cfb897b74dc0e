//! The secret of a run: equal values become equal hashes, and nobody can work out of what.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A random key. It is made for one run and never written anywhere.
#[derive(Clone)]
pub struct Key {
    bytes: [u8; 32],
    /// The key is worked in once, not for each value.
    mac: Hmac<Sha256>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Key {}

/// The system has no randomness to give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random key, and without one nothing is hidden: {0}")]
pub struct NoRandomness(String);

impl Key {
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
        Ok(Self::of(bytes))
    }

    /// A key that everybody knows: for tests, whose results have to repeat.
    pub fn known(byte: u8) -> Self {
        Self::of([byte; 32])
    }

    fn of(bytes: [u8; 32]) -> Self {
        // HMAC itself fills a key up with zeros to the block of its hash.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&bytes);
        Self { bytes, mac: Hmac::new(&block.into()) }
    }

    /// HMAC-SHA-256 of a value of some kind.
    pub(super) fn hash(&self, kind: &str, value: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

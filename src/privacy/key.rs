//! The secret of a run: equal values become equal hashes, and nobody can work out of what.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A random key. It is made for one run and never written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// The system has no randomness to give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random key, and without one nothing is hidden: {0}")]
pub struct NoRandomness(String);

impl Key {
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// A key that everybody knows: for tests, whose results have to repeat.
    pub fn known(byte: u8) -> Self {
        Self([byte; 32])
    }

    /// HMAC-SHA-256 of a value of some kind.
    pub(super) fn hash(&self, kind: &str, value: &[u8]) -> [u8; 32] {
        // A key of any length is right for HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
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

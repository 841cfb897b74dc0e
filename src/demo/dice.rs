//! Numbers that look random and are functions of what they are asked for: nothing is kept.

/// A well mixed number for `value` under `seed` (splitmix64's finish).
pub fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd134_2543_de82_ef95);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number for a text (FNV-1a, mixed).
pub fn mix_text(seed: u64, text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(seed, fnv)
}

/// Whether `value` is among the given percent.
pub fn percent(seed: u64, value: u64, percent: u64) -> bool {
    mix(seed, value) % 100 < percent
}

/// A fraction from 0 to 1.
pub fn fraction(seed: u64, value: u64) -> f64 {
    (mix(seed, value) >> 11) as f64 / (1_u64 << 53) as f64
}

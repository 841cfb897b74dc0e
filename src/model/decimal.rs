//! DynamoDB numbers, compared exactly by their text.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A decimal number that borrows its digits from the text it was written as.
///
/// DynamoDB's numbers have 38 significant digits and exponents from -130 to 125, which no
/// machine type holds, and they travel as text. Nothing is rounded here and no length is
/// refused; `-0` is zero and `1.0` equals `1`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    negative: bool,
    /// The significant digits before and after the point; taken together, neither the first
    /// nor the last is a zero. Both are empty for zero.
    integer: &'a str,
    fraction: &'a str,
    /// The value is 0.d₁d₂d₃… × 10^magnitude.
    magnitude: i64,
}

impl<'a> Decimal<'a> {
    /// Reads `-12.50`, `+7`, `.5`, `5.` or `1.5E-130`; `None` for anything else.
    pub fn parse(text: &'a str) -> Option<Self> {
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if integer.len() + fraction.len() == 0 || !is_digits(integer) || !is_digits(fraction) {
            return None;
        }
        Some(Self::significant(negative, integer, fraction, i64::from(exponent)))
    }

    fn significant(negative: bool, integer: &'a str, fraction: &'a str, exponent: i64) -> Self {
        let integer = integer.trim_start_matches('0');
        let leading = if integer.is_empty() { fraction.len() } else { 0 };
        let fraction = if integer.is_empty() { fraction.trim_start_matches('0') } else { fraction };
        let zeros_after_point = leading.saturating_sub(fraction.len());
        let magnitude = exponent + integer.len() as i64 - zeros_after_point as i64;

        let fraction = fraction.trim_end_matches('0');
        let integer = if fraction.is_empty() { integer.trim_end_matches('0') } else { integer };
        if integer.is_empty() && fraction.is_empty() {
            return Self { negative: false, integer, fraction, magnitude: 0 };
        }
        Self { negative, integer, fraction, magnitude }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.integer.bytes().chain(self.fraction.bytes())
    }

    fn digit_count(&self) -> usize {
        self.integer.len() + self.fraction.len()
    }

    fn signum(&self) -> i8 {
        match (self.digit_count(), self.negative) {
            (0, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        }
    }
}

/// Whether a text is a number; what [`Decimal::parse`] takes.
pub fn is_number(text: &str) -> bool {
    // Nearly all numbers are integers of a few digits.
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) || Decimal::parse(text).is_some()
}

/// Whether two texts write the same number. What is no number equals only the same text.
pub fn same_number(a: &str, b: &str) -> bool {
    a == b || matches!((Decimal::parse(a), Decimal::parse(b)), (Some(a), Some(b)) if a == b)
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

impl Hash for Decimal<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.signum().hash(state);
        self.magnitude.hash(state);
        let folded = self.digits().fold(0u64, |all, digit| all.wrapping_mul(31).wrapping_add(digit.into()));
        folded.hash(state);
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.signum().cmp(&other.signum()).then_with(|| {
            let sizes = self.magnitude.cmp(&other.magnitude).then_with(|| self.digits().cmp(other.digits()));
            if self.negative { sizes.reverse() } else { sizes }
        })
    }
}

/// The widest power of ten that the normal form writes out instead of as an exponent.
const WRITTEN_OUT: std::ops::RangeInclusive<i64> = -6..=38;

/// The normal form: equal numbers have the same text (`-0.5`, `1200`, `1.5E-130`).
impl fmt::Display for Decimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.digits().map(char::from).collect();
        let sign = if self.negative { "-" } else { "" };
        if digits.is_empty() {
            return f.write_str("0");
        }
        if !WRITTEN_OUT.contains(&self.magnitude) {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{sign}{first}{point}{rest}E{:+}", self.magnitude - 1);
        }
        let before_point = usize::try_from(self.magnitude).unwrap_or(0);
        if before_point == 0 {
            let zeros = self.magnitude.unsigned_abs() as usize;
            write!(f, "{sign}0.{}{digits}", "0".repeat(zeros))
        } else if before_point >= digits.len() {
            write!(f, "{sign}{digits}{}", "0".repeat(before_point - digits.len()))
        } else {
            write!(f, "{sign}{}.{}", &digits[..before_point], &digits[before_point..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal<'_> {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn a_number_equals_itself_however_it_is_written() {
        for (a, b) in [
            ("1", "1.0"),
            ("-0", "0"),
            ("0E+125", "-0.000"),
            ("100", "1E2"),
            ("0.001", "1e-3"),
            ("007", "+7."),
            (".5", "0.50"),
            ("9.99E+125", "999E+123"),
        ] {
            assert_eq!(decimal(a), decimal(b), "{a} {b}");
            assert_eq!(decimal(a).to_string(), decimal(b).to_string());
            assert!(same_number(a, b));
        }
    }

    #[test]
    fn numbers_are_told_apart_in_their_thirty_eighth_digit() {
        let a = "12345678901234567890123456789012345678";
        let b = "12345678901234567890123456789012345679";
        assert!(decimal(a) < decimal(b));
        assert!(decimal("-1E-130") < decimal("0"));
        assert!(decimal("1E-130") < decimal("1.0000000000000000000000000000000000001E-130"));
        assert!(decimal("9.99E+125") > decimal("9.98999999999999999999E+125"));
        assert!(!same_number(a, b));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "-", ".", "E5", "1E", "1E+", "--1", "1..2", "0x1", " 1", "NaN", "1e99999999999", "٣", "1-2"]
        {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
        assert!(same_number("NaN", "NaN"));
        assert!(!same_number("NaN", "0"));
    }

    #[test]
    fn the_normal_form_reads_well() {
        for (text, normal) in [
            ("-12.50", "-12.5"),
            ("1E2", "100"),
            ("1E-130", "1E-130"),
            ("-1.50E+125", "-1.5E+125"),
            ("0.000001", "0.000001"),
            ("-0.0", "0"),
        ] {
            assert_eq!(decimal(text).to_string(), normal);
        }
    }

    /// A number as an integer scaled by 10^9, and one of the many texts for it.
    fn written() -> impl Strategy<Value = (i128, String)> {
        let mantissa = prop_oneof![any::<i64>(), -30i64..30];
        (mantissa, -9i32..=9, 0usize..25, 0usize..3, 0usize..3).prop_map(
            |(mantissa, exponent, point, zeros_before, zeros_after)| {
                let scaled = i128::from(mantissa) * 10i128.pow((exponent + 9).unsigned_abs());
                let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = point);
                let (integer, fraction) = digits.split_at(digits.len() - point);
                let sign = if mantissa < 0 { "-" } else { "" };
                let (before, after) = ("0".repeat(zeros_before), "0".repeat(zeros_after));
                let point_text =
                    if fraction.is_empty() { String::new() } else { format!(".{fraction}{after}") };
                let integer = if integer.is_empty() && before.is_empty() { "0" } else { integer };
                (scaled, format!("{sign}{before}{integer}{point_text}E{:+}", exponent + point as i32))
            },
        )
    }

    proptest! {
        #[test]
        fn numbers_compare_as_scaled_integers((a, a_text) in written(), (b, b_text) in written()) {
            prop_assert_eq!(decimal(&a_text).cmp(&decimal(&b_text)), a.cmp(&b), "{} {}", a_text, b_text);
        }

        #[test]
        fn the_normal_form_is_unique_and_keeps_the_value((a, a_text) in written(), (b, b_text) in written()) {
            let (a_normal, b_normal) = (decimal(&a_text).to_string(), decimal(&b_text).to_string());
            prop_assert_eq!(a == b, a_normal == b_normal);
            prop_assert_eq!(decimal(&a_normal), decimal(&a_text));
        }

        #[test]
        fn the_order_is_total(mut texts in prop::collection::vec("-?[0-9]{1,38}(\\.[0-9]{0,3})?(E[+-]?[0-9]{1,3})?", 3)) {
            texts.sort_by(|a, b| decimal(a).cmp(&decimal(b)));
            prop_assert!(decimal(&texts[0]) <= decimal(&texts[1]));
            prop_assert!(decimal(&texts[1]) <= decimal(&texts[2]));
            prop_assert!(decimal(&texts[0]) <= decimal(&texts[2]));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "[-+0-9.eE]{0,12}") {
            if let Some(number) = Decimal::parse(&text) {
                let normal = number.to_string();
                prop_assert_eq!(decimal(&normal), number);
            }
        }
    }
}

//! Which values of an item are meant: paths in which `[*]` stands for every element of a list.

use std::fmt;
use std::str::FromStr;

use crate::model::Path;
use crate::model::path::{PathError, Step};

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Exactly(Step<'static>),
    /// `[*]`
    EveryElement,
}

impl Segment {
    fn fits(&self, step: &Step<'_>) -> bool {
        match self {
            Self::Exactly(own) => own == step,
            Self::EveryElement => matches!(step, Step::Index(_)),
        }
    }
}

/// A path such as `customer.email` or `lines[*]."unit-price"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Segment>);

/// How a place in an item stands to patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A pattern points at it, or at something that it lies in.
    Inside,
    /// A pattern points at something in it.
    Above,
    Elsewhere,
}

/// Where the way from an item to a value in it stands to some patterns.
pub fn place(patterns: &[Pattern], way: &[Step<'_>]) -> Place {
    let mut place = Place::Elsewhere;
    for Pattern(segments) in patterns {
        if segments.iter().zip(way).all(|(segment, step)| segment.fits(step)) {
            if segments.len() <= way.len() {
                return Place::Inside;
            }
            place = Place::Above;
        }
    }
    place
}

/// Reads paths that stand in a line with commas between them.
pub fn parse_list(text: &str) -> Result<Vec<Pattern>, PathError> {
    let mut patterns = vec![];
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let (pattern, end) = Pattern::parse_prefix(&text[at..]).map_err(|error| error.moved(at))?;
        patterns.push(pattern);
        at += end;
        let rest = text[at..].trim_start();
        if rest.is_empty() {
            return Ok(patterns);
        }
        let offset = text.len() - rest.len();
        at = if rest.starts_with(',') { offset + 1 } else { return Err(PathError::Trailing { offset }) };
    }
}

impl Pattern {
    /// Reads the pattern that a text begins with, and says where it ends, in bytes.
    fn parse_prefix(text: &str) -> Result<(Self, usize), PathError> {
        const EVERY: &str = "[*]";
        let (mut segments, mut at) = (vec![], 0);
        loop {
            // A path begins with a name: behind `[*]` one is put before it, and left out again.
            let put = usize::from(at > 0);
            let part = format!("{}{}", &"x"[..put], &text[at..]);
            let (path, end) = match Path::parse_prefix(&part) {
                Err(PathError::Index { offset }) if part[offset - 1..].starts_with(EVERY) => {
                    Path::parse_prefix(&part[..offset - 1])
                }
                other => other,
            }
            .map_err(|error| error.moved(at - put))?;
            segments.extend(path.into_steps().into_iter().skip(put).map(Segment::Exactly));
            at += end - put;
            if !text[at..].starts_with(EVERY) {
                return Ok((Self(segments), at));
            }
            segments.push(Segment::EveryElement);
            at += EVERY.len();
            if !text[at..].starts_with(['.', '[']) {
                return Ok((Self(segments), at));
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let (pattern, end) = Self::parse_prefix(text)?;
        if end < text.len() { Err(PathError::Trailing { offset: end }) } else { Ok(pattern) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::EveryElement => f.write_str("[*]")?,
                Segment::Exactly(step) => {
                    let is_name = matches!(step, Step::Name(_));
                    let dot = if at > 0 && is_name { "." } else { "" };
                    write!(f, "{dot}{}", Path::new(vec![step.clone()]))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Vec<Pattern> {
        parse_list(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_list_is_read_and_told_again() {
        let text = r#"id, "a,b".c[0],lines[*].sku,grid[*][*],x[*][1].y[*]"#;
        let told: Vec<String> = patterns(text).iter().map(Pattern::to_string).collect();
        assert_eq!(told, ["id", r#""a,b".c[0]"#, "lines[*].sku", "grid[*][*]", "x[*][1].y[*]"]);
    }

    #[test]
    fn what_is_no_list_is_refused_where_it_goes_wrong() {
        for (text, offset) in
            [("", 0), ("a,", 2), ("a,,b", 2), ("a b", 2), ("a[*].", 5), ("a, b[x]", 5), ("a.b.", 4)]
        {
            let error = parse_list(text).unwrap_err();
            assert_eq!(error.offset(), offset, "{text}: {error}");
        }
    }

    #[test]
    fn a_pattern_covers_what_lies_in_it() {
        let patterns = patterns("a.b,lines[*].sku");
        let stands = |path: &str| place(&patterns, path.parse::<Path<'_>>().unwrap().steps());
        for inside in ["a.b", "a.b.c[1]", "lines[7].sku"] {
            assert_eq!(stands(inside), Place::Inside, "{inside}");
        }
        for above in ["a", "lines", "lines[0]"] {
            assert_eq!(stands(above), Place::Above, "{above}");
        }
        for elsewhere in ["b", "a.c", "lines.sku", "lines[0].qty", "sku"] {
            assert_eq!(stands(elsewhere), Place::Elsewhere, "{elsewhere}");
        }
        assert_eq!(place(&patterns, &[]), Place::Above);
    }
}

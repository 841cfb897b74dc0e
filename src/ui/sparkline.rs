//! Counts as bars of one row.

use super::theme::BARS;

/// One bar for each count; nothing is a blank.
pub fn sparkline(counts: &[u32]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().map(|count| bar(*count, most)).collect()
}

fn bar(count: u32, most: u32) -> &'static str {
    if count == 0 || most == 0 {
        return " ";
    }
    let level = u64::from(count) * (BARS.len() as u64 - 1) / u64::from(most);
    BARS[level as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_is_full_and_nothing_is_blank() {
        assert_eq!(sparkline(&[0, 1, 5, 10]), " ▁▄█");
        assert_eq!(sparkline(&[u32::MAX, 0]), "█ ");
        assert_eq!(sparkline(&[]), "");
    }
}

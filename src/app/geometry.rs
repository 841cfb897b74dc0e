//! How the screen is divided among the panes.

use super::Pane;
use super::action::Size;

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    pub fn contains(self, x: u16, y: u16) -> bool {
        (self.x..self.x.saturating_add(self.width)).contains(&x)
            && (self.y..self.y.saturating_add(self.height)).contains(&y)
    }

    /// How many rows fit inside the border.
    pub fn rows(self) -> usize {
        usize::from(self.height.saturating_sub(2))
    }
}

/// The parts of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    pub header: Area,
    pub banner: Option<Area>,
    /// The line that names the panes that are not shown.
    pub tabs: Option<Area>,
    pub panes: Vec<(Pane, Area)>,
    pub status: Area,
}

impl Division {
    pub fn pane(&self, pane: Pane) -> Option<Area> {
        self.panes.iter().find(|(shown, _)| *shown == pane).map(|(_, area)| *area)
    }

    pub fn pane_at(&self, x: u16, y: u16) -> Option<(Pane, Area)> {
        self.panes.iter().find(|(_, area)| area.contains(x, y)).copied()
    }
}

/// The smallest terminal that shows anything.
pub const SMALLEST: Size = Size { width: 40, height: 12 };
/// Narrower terminals show one pane at a time.
const SIDE_BY_SIDE: u16 = 100;

/// What decides the division, beside the size.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent wishes, not the states of a machine")]
pub struct Wish {
    pub focus: Pane,
    pub is_zoomed: bool,
    pub is_diff_open: bool,
    /// A history lies over the panes.
    pub has_history: bool,
    pub has_banner: bool,
}

/// `None` where the terminal is too small.
pub fn divide(size: Size, wish: Wish) -> Option<Division> {
    if size.width < SMALLEST.width || size.height < SMALLEST.height {
        return None;
    }
    let line = |y: u16| Area { x: 0, y, width: size.width, height: 1 };
    let mut division = Division { header: line(0), status: line(size.height - 1), ..Division::default() };
    let mut top = 1;
    if wish.has_banner {
        division.banner = Some(line(top));
        top += 1;
    }
    let is_stacked = size.width < SIDE_BY_SIDE;
    if (is_stacked || wish.is_zoomed) && !wish.has_history {
        division.tabs = Some(line(top));
        top += 1;
    }
    let body = Area { x: 0, y: top, width: size.width, height: size.height - 1 - top };
    division.panes = if wish.has_history {
        over_diff(body, wish)
    } else if is_stacked || wish.is_zoomed {
        vec![(wish.focus, body)]
    } else {
        side_by_side(body, wish.is_diff_open)
    };
    Some(division)
}

/// The history over what is under its cursor, in any width.
fn over_diff(body: Area, wish: Wish) -> Vec<(Pane, Area)> {
    if wish.is_zoomed || !wish.is_diff_open {
        let pane = if wish.focus == Pane::Diff && wish.is_diff_open { Pane::Diff } else { Pane::History };
        return vec![(pane, body)];
    }
    let height = body.height.div_ceil(2);
    let diff = Area { y: body.y + height, height: body.height - height, ..body };
    vec![(Pane::History, Area { height, ..body }), (Pane::Diff, diff)]
}

fn side_by_side(body: Area, is_diff_open: bool) -> Vec<(Pane, Area)> {
    let diff_height = if is_diff_open { (body.height * 2 / 5).max(5).min(body.height / 2) } else { 0 };
    let height = body.height - diff_height;
    let streams = (body.width / 5).clamp(20, 28);
    let shards = (body.width / 3).clamp(28, 48);
    let mut panes = vec![
        (Pane::Streams, Area { width: streams, height, ..body }),
        (Pane::Shards, Area { x: streams, width: shards, height, ..body }),
        (Pane::Records, Area { x: streams + shards, width: body.width - streams - shards, height, ..body }),
    ];
    if is_diff_open {
        panes.push((Pane::Diff, Area { y: body.y + height, height: diff_height, ..body }));
    }
    panes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_belongs_to_one_part(
            width in 0_u16..200, height in 0_u16..80, focus in 0_usize..4,
            is_zoomed in any::<bool>(), is_diff_open in any::<bool>(), has_banner in any::<bool>(),
            has_history in any::<bool>()
        ) {
            let wish = Wish { focus: Pane::ALL[focus], is_zoomed, is_diff_open, has_history, has_banner };
            let Some(division) = divide(Size { width, height }, wish) else {
                prop_assert!(width < 40 || height < 12);
                return Ok(());
            };
            let lines = [Some(division.header), division.banner, division.tabs, Some(division.status)];
            let parts = lines.into_iter().flatten().chain(division.panes.iter().map(|(_, area)| *area));
            let parts: Vec<Area> = parts.collect();
            for y in 0..height {
                for x in 0..width {
                    prop_assert_eq!(parts.iter().filter(|area| area.contains(x, y)).count(), 1);
                }
            }
        }
    }
}

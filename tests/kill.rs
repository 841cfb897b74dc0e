//! The kill test: `tail --checkpoint --capture` is killed with SIGKILL again and again while records stream and
//! shards split. Nothing is lost, only what lies behind the last saved position comes twice, and every
//! capture opens.
//!
//! Some dozens of kills in an ordinary run, at moments that a fixed seed chooses; `DYNASCOPE_KILLS` asks for
//! more, and for others each time.
#![expect(clippy::unwrap_used, reason = "a helper of the tests fails as a test does")]

#[path = "kill/life.rs"]
mod life;
mod support;
#[path = "kill/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::thread;

use life::Life;
use world::World;

/// Records that stream through in each world.
const RECORDS: usize = 20_000;
/// Worlds, side by side: most of a life is waiting for the next saving.
const WORLDS: usize = 4;
const KILLS: usize = 32;

#[test]
fn killed_again_and_again_it_loses_nothing_and_repeats_only_what_lies_behind_the_saved_position() {
    let asked: Option<usize> = std::env::var("DYNASCOPE_KILLS").ok().and_then(|kills| kills.parse().ok());
    let kills = asked.unwrap_or(KILLS);
    let seed = if asked.is_some() { fastrand::u64(..) } else { 7 };
    println!("{kills} kills in {WORLDS} worlds, seed {seed}");
    let worlds = (0..WORLDS)
        .map(|number| thread::spawn(move || live_and_die(seed + number as u64, kills / WORLDS, RECORDS)));
    let told: Vec<Told> = worlds.collect::<Vec<_>>().into_iter().map(|world| world.join().unwrap()).collect();
    let sum = |of: fn(&Told) -> usize| told.iter().map(of).sum::<usize>();
    let (kills, repeated) = (sum(|it| it.kills), sum(|it| it.repeated));
    let (torn, moved, shards) = (sum(|it| it.torn_lines), sum(|it| it.moved), sum(|it| it.shards));
    println!("{kills} kills, {moved} of them behind a saving that had moved on; {shards} shards");
    println!("{repeated} records came twice; {torn} lines were cut off by a kill");
    // Else this would prove little.
    assert!(moved * 4 > kills && repeated > 0 && torn > 0, "{moved} {repeated} {torn}");
    assert!(shards > 4 * WORLDS, "{shards}");
}

#[derive(Default)]
struct Told {
    kills: usize,
    repeated: usize,
    torn_lines: usize,
    /// Kills behind a checkpoint that stood further than at the start of that life.
    moved: usize,
    shards: usize,
}

fn live_and_die(seed: u64, kills: usize, records: usize) -> Told {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut world = World::new(dice.fork(), records);
    let mut told = Told::default();
    let (mut printed, mut captured) = (BTreeSet::new(), BTreeSet::new());
    for kill in 0..=kills {
        let passed = world.passed();
        // A capture serves some lives, so that a torn end is appended to; every other one is packed.
        let capture = world.capture(kill / 4, (kill / 4) % 2 == 1);
        let is_last = kill == kills;
        if is_last {
            world.write_the_rest();
        }
        let life = Life::begin(&world, &capture, is_last);
        let death = if is_last {
            life.end()
        } else if dice.u32(..6) == 0 && world.left() >= 400 {
            world.kill_while_it_writes(life)
        } else {
            world.feed_until_killed(life, &mut dice, kills)
        };
        told.torn_lines += usize::from(death.is_torn);
        let mut in_this_life = BTreeSet::new();
        for version in death.printed.iter().copied() {
            assert!(in_this_life.insert(version), "{version} is printed twice by one run");
            assert!(
                !passed.contains(&version),
                "{version} was printed before, and the position was behind it"
            );
            told.repeated += usize::from(!printed.insert(version));
        }
        world.assert_order(&death.printed);
        captured.extend(World::opened(&capture));
        let saved = world.passed();
        told.moved += usize::from(saved.len() > passed.len());
        for version in &saved {
            assert!(printed.contains(version), "{version} is passed and was never printed (seed {seed})");
            assert!(captured.contains(version), "{version} is passed and in no capture (seed {seed})");
        }
        told.kills += usize::from(!is_last);
    }
    let all: BTreeSet<usize> = (1..=records).collect();
    assert_eq!(printed.len(), records, "{:?}", all.difference(&printed).collect::<Vec<_>>());
    assert_eq!(captured, printed, "what was printed is captured");
    told.shards = world.shards();
    told
}

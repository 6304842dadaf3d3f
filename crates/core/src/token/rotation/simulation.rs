//! Ten simulated years of signing keys, once for every seed: whatever happens, no live token is without its key.
//!
//! Rotations by hand, compromised keys, changed policies, algorithms that come and go, rounds of upkeep that come late or
//! not for days, restarts, nodes that act on keys read up to 2 s ago, verifiers that hold key sets for 300 s, clocks that
//! differ by up to four minutes or are wrong by minutes or years for a while.

mod world;

use super::{LAST_TOKEN_MINUTES, RING_KEYS_MAX};
use crate::entropy::SeededEntropy;
use callsign_protocol::algorithm::Algorithm;
use world::{DAY, HOUR, MINUTE, SECOND, World};

/// How many seeds are run; `CALLSIGN_ROTATION_SEEDS` takes another number, or a range such as `17..18` to run one again.
const SEEDS: u64 = 500;
const SEEDS_VARIABLE: &str = "CALLSIGN_ROTATION_SEEDS";

const YEARS: i64 = 10;
const ROTATE_EVERY_DAYS: [u16; 8] = [1, 3, 14, 30, 90, 90, 365, 3650];
const THREADS: u64 = 4;

/// A source of choices that repeats from its seed.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: i64) -> i64 {
        i64::try_from(self.0.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn between(&self, from: i64, to: i64) -> i64 {
        from + self.below(to - from + 1)
    }

    fn pick<T: Copy>(&self, among: &[T]) -> T {
        among[usize::try_from(self.below(i64::try_from(among.len()).unwrap())).unwrap()]
    }

    fn percent(&self, chance: i64) -> bool {
        self.below(100) < chance
    }
}

#[test]
fn no_live_token_is_ever_without_its_key() {
    let seeds = seeds();
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let mine = seeds.clone().filter(move |seed| seed % THREADS == thread);
                scope.spawn(move || mine.filter_map(|seed| live(seed).err()).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let number = failures.len();
    let first = failures.first().map_or("", String::as_str);
    assert!(failures.is_empty(), "{number} of {} seeds failed; {first}", seeds.end - seeds.start);
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(wanted) = std::env::var(SEEDS_VARIABLE) else { return 0..SEEDS };
    match wanted.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => 0..wanted.parse().unwrap(),
    }
}

fn live(seed: u64) -> Result<(), String> {
    let mut world = World::new(seed);
    let outcome = live_in(&mut world);
    outcome.map_err(|fault| {
        let day = world.now / DAY;
        format!("seed {seed}, day {day}: {fault}. Before it: {}", world.last_events())
    })
}

fn live_in(world: &mut World) -> Result<(), String> {
    world.begin()?;
    while world.now < YEARS * 365 * DAY {
        let target = next_instant(world);
        world.advance(target)?;
        event(world)?;
        world.check()?;
    }
    calm_down(world)
}

/// Mostly an instant at which something changes, give or take a little.
fn next_instant(world: &World) -> i64 {
    let dice = &world.dice;
    let after = |longest: i64| world.now + dice.between(1, longest);
    match dice.below(100) {
        0..25 => {
            let turn = dice.pick(&world.turns()) + dice.pick(&[-1, 0, 1, SECOND, 30 * SECOND, MINUTE]);
            if turn > world.now { turn } else { after(10 * MINUTE) }
        }
        25..45 => after(2 * SECOND),
        45..60 => after(5 * MINUTE),
        60..75 => after(HOUR),
        75..92 => after(2 * DAY),
        _ => after(30 * DAY),
    }
}

fn event(world: &mut World) -> Result<(), String> {
    let dice = &world.dice;
    match dice.below(100) {
        0..62 => world.sign(),
        62..72 if world.upkeep_runs => world.round(world.a_node()),
        72..80 => {
            let algorithm = dice.pick(&world.wanted);
            world.rotate(algorithm)
        }
        80..83 => world.compromise(),
        83..85 => {
            world.policy.rotate_every_days = dice.pick(&ROTATE_EVERY_DAYS);
            world.note("policy");
            world.insist_on_round()
        }
        85..89 => {
            let wanted: &[Algorithm] =
                dice.pick(&[&[Algorithm::Rs256], &[Algorithm::Es256], &[Algorithm::Rs256, Algorithm::Es256]]);
            world.want(wanted)
        }
        89..92 => {
            world.restart(world.a_node());
            Ok(())
        }
        92..94 => {
            world.stop_or_go_on_with_upkeep();
            Ok(())
        }
        94..97 if world.clocks_go_wrong => {
            world.set_clocks();
            Ok(())
        }
        _ => world.sign(),
    }
}

/// After some quiet days nothing is left over.
fn calm_down(world: &mut World) -> Result<(), String> {
    world.put_clocks_right();
    if !world.upkeep_runs {
        world.stop_or_go_on_with_upkeep();
    }
    world.note("quiet days");
    world.insist_on_round()?;
    world.advance(world.now + 6 * LAST_TOKEN_MINUTES * MINUTE)?;
    for (algorithm, [next, active, retiring, retired]) in world.counts(0) {
        let right = if world.wanted.contains(&algorithm) {
            next >= 1 && active == 1 && retiring <= 2 && retired == 0
        } else {
            (next, active, retiring, retired) == (0, 0, 0, 0)
        };
        let bound = if world.clocks_went_wrong { RING_KEYS_MAX } else { 2 };
        if !right || next > bound {
            return Err(format!(
                "after quiet days {algorithm} has {next} next, {active} active, {retiring} retiring, {retired} retired"
            ));
        }
    }
    Ok(())
}

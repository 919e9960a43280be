//! Simulated truth is recovered: an effect that was planted is found, and where there is none, none
//! is.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use domain::experiment::{Arm, Call, Look, Participant, PlanFile, Registered};
use domain::person::PersonId;
use jiff::{SignedDuration, Timestamp};

/// How many seeds, and how many people there are in both arms together.
const SEEDS: u64 = 100;
const PEOPLE: usize = 8000;
/// Calls a month by somebody of ordinary habits, on average.
const CALLS: f64 = 0.15;
/// One in a hundred rings twenty times as often as they otherwise would.
const REPEATERS: (f64, f64) = (0.01, 20.0);
/// Of those to be texted, how many are; and of their calls, how many a text saves.
const REACHED: f64 = 0.8;
const SAVED: f64 = 0.3;
/// Of all calls, how many are about the incident of an earlier one, and do not count.
const SAME_INCIDENT: f64 = 1.0 / 3.0;

/// A source of chance that is the same for ever (Steele, Lea and Flood 2014, `SplitMix64`).
struct Chance(u64);

impl Chance {
    /// More than 0, and at the most 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    fn is(&mut self, chance: f64) -> bool {
        self.uniform() <= chance
    }

    /// The square of a normal deviate: a gamma variate of shape one half and mean one, which is far
    /// more scattered than chance alone.
    fn squared_normal(&mut self) -> f64 {
        let angle = std::f64::consts::TAU * self.uniform();
        -2.0 * self.uniform().ln() * angle.cos().powi(2)
    }
}

/// People with habits of their own, who enter over 140 days; `saved` of the calls are never made by
/// those whom a text reaches.
fn simulate(seed: u64, arms: &[Arm], saved: f64) -> Vec<Participant> {
    const DAY: f64 = 86_400.0;
    let mut chance = Chance(seed);
    let first: Timestamp = "2026-02-15T00:00:00Z".parse().unwrap();
    let moment = |second: f64| first + SignedDuration::from_secs_f64(second);
    let mut simulate_one = |arm: &Arm| {
        let entered = 140.0 * DAY * chance.uniform();
        let often = if chance.is(REPEATERS.0) { REPEATERS.1 } else { 1.0 };
        let a_second = CALLS * often * chance.squared_normal() / (30.0 * DAY);
        let reached = *arm == Arm::Texted && chance.is(REACHED);
        let mut calls = Vec::new();
        let mut second = entered;
        loop {
            second -= chance.uniform().ln() / a_second;
            if second > entered + 95.0 * DAY {
                break;
            }
            let same_incident = chance.is(SAME_INCIDENT);
            if !(chance.is(saved) && reached) {
                calls.push(Call { at: moment(second), same_incident });
            }
        }
        Participant { arm: *arm, entered_at: moment(entered), calls, intelligence: Vec::new() }
    };
    arms.iter().map(&mut simulate_one).collect()
}

/// A plan with one look, after everybody's window has passed.
fn registered() -> Registered {
    let file = PlanFile {
        experiment: "spring-2026".to_owned(),
        campaigns: vec!["highways".to_owned()],
        hypothesis: "Who hears what came of their call rings less often.".to_owned(),
        primary: "calls-again-30".to_owned(),
        hold_out_percent: 50,
        looks: vec!["2026-11-01".to_owned()],
        people_per_arm: 3000,
        smallest_difference_per_1000: 20.0,
        registered_by: "The analyst".to_owned(),
    };
    Registered { plan: file.check().unwrap(), at: "2026-02-01T09:00:00Z".parse().unwrap() }
}

#[test]
fn a_planted_effect_is_found_and_none_is_not() {
    let registered = registered();
    let person = |n| PersonId::parse(&format!("{n:032x}")).unwrap();
    let arm = |n| registered.plan.experiment.arm(&person(n));
    let arms: Vec<Arm> = (0..PEOPLE).map(arm).collect();
    let looked_at = "2026-11-01T06:00:00Z".parse().unwrap();
    let difference = |seed, saved| {
        let people = simulate(seed, &arms, saved);
        match registered.look(looked_at, None, &people) {
            Look::Result(finding) => {
                assert!(finding.as_many_as_planned);
                finding.primary.difference.unwrap()
            }
            other => panic!("{other:?}"),
        }
    };
    let calls_again = CALLS * (1.0 + REPEATERS.0 * (REPEATERS.1 - 1.0)) * (1.0 - SAME_INCIDENT);
    let truth = -1000.0 * calls_again * REACHED * SAVED;
    let (mut covered, mut mistaken) = (0, 0);
    for seed in 0..SEEDS {
        let planted = difference(seed, SAVED);
        covered += u64::from(planted.low <= truth && truth <= planted.high);
        mistaken += u64::from(difference(SEEDS + seed, 0.0).excludes_zero());
    }
    assert!(100 * covered >= 93 * SEEDS, "the truth was covered {covered} times of {SEEDS}");
    assert!(100 * mistaken <= 7 * SEEDS, "nothing was taken for something {mistaken} times");
}

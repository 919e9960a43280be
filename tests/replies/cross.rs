//! Reads each hand's replies by weights learnt from all other hands: no reply is read by weights that
//! saw it, or anything by the same hand.

use domain::reply::Reading;
use domain::reply::model::{Thresholds, Weights};
use domain::reply::{likelihoods, read_by};

use crate::data::{Hand, Labelled};
use crate::learn::{Lesson, Plan, learn};

/// How much of all danger must be found where nothing like it was learnt from.
pub const DANGER_FOUND: f64 = 0.97;

/// How sure a request to stop must be that no rule knows: of those found, so many are none.
pub const STOPS_RIGHT: f64 = 0.97;

/// Weights for each hand, learnt from all others.
pub struct Cross {
    weights: Vec<Vec<u8>>,
    /// The thresholds that the readings chose.
    pub thresholds: Thresholds,
}

impl Cross {
    /// Learns as often as there are hands, and chooses the thresholds.
    pub fn of(hands: &[Hand], lessons: &[Vec<Lesson>], plan: Plan) -> Cross {
        let open = Thresholds { emergency: 0.0, stop: 1.0 };
        let all_but = |left_out: usize| {
            let kept = lessons.iter().enumerate().filter(|(at, _)| *at != left_out);
            let kept: Vec<&Lesson> = kept.flat_map(|(_, lessons)| lessons).collect();
            learn(&kept, plan, 0, open)
        };
        let weights: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let all_but = &all_but;
            let runs: Vec<_> =
                (0..hands.len()).map(|at| scope.spawn(move || all_but(at))).collect();
            runs.into_iter().map(|run| run.join().unwrap_or_default()).collect()
        });
        let mut cross = Cross { weights, thresholds: open };
        cross.thresholds = cross.choose(hands);
        cross
    }

    /// Every reply with its reading.
    pub fn readings<'a>(
        &self,
        hand: usize,
        replies: &'a [Labelled],
    ) -> Vec<(&'a Labelled, Reading)> {
        let Some(bytes) = self.weights.get(hand) else { return Vec::new() };
        let Some(weights) = Weights::of(bytes) else { return Vec::new() };
        let weights = weights.with(self.thresholds);
        replies.iter().map(|reply| (reply, read_by(weights, &reply.text))).collect()
    }

    fn choose(&self, hands: &[Hand]) -> Thresholds {
        let (mut danger, mut stops) = (Vec::new(), Vec::new());
        for (hand, bytes) in hands.iter().zip(&self.weights) {
            let Some(weights) = Weights::of(bytes) else { continue };
            for reply in &hand.replies {
                let (dangerous, stop) = likelihoods(weights, &reply.text);
                danger.push((dangerous, reply.class == domain::reply::Class::Emergency));
                if !read_by(weights, &reply.text).opt_out {
                    stops.push((stop, reply.opt_out));
                }
            }
        }
        Thresholds { emergency: finding(&mut danger), stop: right(&mut stops) }
    }
}

/// The highest threshold that finds enough.
fn finding(chances: &mut [(f32, bool)]) -> f32 {
    chances.sort_by(|left, right| right.0.total_cmp(&left.0));
    let all = chances.iter().filter(|(_, truth)| *truth).count();
    let mut found = 0.0;
    for (chance, truth) in chances.iter() {
        found += f64::from(u8::from(*truth));
        if found >= DANGER_FOUND * all as f64 {
            return *chance;
        }
    }
    0.0
}

/// The lowest threshold above which enough are right.
fn right(chances: &mut [(f32, bool)]) -> f32 {
    chances.sort_by(|left, right| right.0.total_cmp(&left.0));
    let (mut found, mut all, mut lowest) = (0.0, 0.0, 1.0);
    for (chance, truth) in chances.iter() {
        all += 1.0;
        found += f64::from(u8::from(*truth));
        if found >= 0.75 * all {
            lowest = *chance;
        }
    }
    lowest
}

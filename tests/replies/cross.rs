//! Reads each file by weights learnt from all other hands: no reply is read by weights that saw it, or
//! anything by the same hand.

use std::sync::Arc;

use domain::reply::model::{Thresholds, Weights};
use domain::reply::{Class, Reading, likelihoods, read_by};

use crate::data::{File, Labelled};
use crate::learn::{Lesson, Plan, learn};

/// How much of all danger must be found where nothing like it was learnt from.
pub const DANGER_FOUND: f64 = 0.97;

/// How many must be right of the requests to stop that no rule knows and the model finds.
pub const STOPS_RIGHT: f64 = 0.85;

/// Weights for each file, learnt from all other hands.
pub struct Cross {
    weights: Vec<Arc<Vec<u8>>>,
    /// The thresholds that the readings chose.
    pub thresholds: Thresholds,
}

impl Cross {
    /// Learns as often as there are hands, and chooses the thresholds.
    pub fn of(files: &[File], lessons: &[Vec<Lesson>], plan: Plan) -> Cross {
        let open = Thresholds { emergency: 0.0, stop: 1.0 };
        let mut hands: Vec<&str> = files.iter().map(|file| file.hand.as_str()).collect();
        hands.dedup();
        let all_but = |left_out: &str| {
            let kept = files.iter().zip(lessons).filter(|(file, _)| file.hand != left_out);
            let kept: Vec<&Lesson> = kept.flat_map(|(_, lessons)| lessons).collect();
            Arc::new(learn(&kept, plan, 0, open))
        };
        let learnt: Vec<Arc<Vec<u8>>> = std::thread::scope(|scope| {
            let all_but = &all_but;
            let runs: Vec<_> =
                hands.iter().map(|hand| scope.spawn(move || all_but(hand))).collect();
            runs.into_iter().map(|run| run.join().unwrap_or_default()).collect()
        });
        let of = |file: &File| {
            let at = hands.iter().position(|hand| *hand == file.hand);
            at.and_then(|at| learnt.get(at)).cloned().unwrap_or_default()
        };
        let mut cross = Cross { weights: files.iter().map(of).collect(), thresholds: open };
        cross.thresholds = cross.choose(files);
        cross
    }

    /// Every reply with its reading.
    pub fn readings<'a>(
        &self,
        file: usize,
        replies: &'a [Labelled],
    ) -> Vec<(&'a Labelled, Reading)> {
        let Some(bytes) = self.weights.get(file) else { return Vec::new() };
        let Some(weights) = Weights::of(bytes) else { return Vec::new() };
        let weights = weights.with(self.thresholds);
        replies.iter().map(|reply| (reply, read_by(weights, &reply.text))).collect()
    }

    fn choose(&self, files: &[File]) -> Thresholds {
        let (mut danger, mut stops) = (Vec::new(), Vec::new());
        for (file, bytes) in files.iter().zip(&self.weights) {
            let Some(weights) = Weights::of(bytes) else { continue };
            for reply in &file.replies {
                let (dangerous, stop) = likelihoods(weights, &reply.text);
                danger.push((dangerous, reply.class == Class::Emergency));
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
        if found >= STOPS_RIGHT * all {
            lowest = *chance;
        }
    }
    lowest
}

//! Learns the weights: three questions at once, by stochastic gradient with a step for each number.
//!
//! Everything is done in one order by one thread, so the same replies give the same bytes.

use domain::reply::model::{
    self, ANSWERS, ROWS, SENTIMENTS, STOP, Sums, Thresholds, Trait, Weights,
};
use domain::reply::{self, CLASSES};
use sha2::{Digest as _, Sha256};

use crate::data::Labelled;

/// How the learning is done.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often all replies are gone through.
    pub rounds: usize,
    /// The first length of a step.
    pub step: f32,
    /// How strongly numbers are kept small.
    pub small: f32,
}

/// The plan that cross-validation chose.
pub const PLAN: Plan = Plan { rounds: 40, step: 0.3, small: 2e-3 };

/// A reply put to the model, with its answers.
pub struct Lesson {
    traits: Vec<Trait>,
    class: usize,
    sentiment: usize,
    stop: bool,
}

impl Lesson {
    /// Puts a reply to the model.
    pub fn of(reply: &Labelled) -> Lesson {
        let class = CLASSES.iter().position(|(class, _)| *class == reply.class);
        let mood = reply::SENTIMENTS.iter().position(|mood| *mood == reply.sentiment);
        Lesson {
            traits: reply::traits(&reply.text),
            class: class.unwrap_or_default(),
            sentiment: SENTIMENTS + mood.unwrap_or_default(),
            stop: reply.opt_out,
        }
    }
}

/// A mark of all that is learnt from: it changes with every label, and with every text that is put
/// differently to the model.
pub fn mark<'a>(lessons: impl Iterator<Item = &'a Lesson>) -> u64 {
    let mut hash = Sha256::new();
    for lesson in lessons {
        for found in &lesson.traits {
            hash.update(found.row.to_le_bytes());
            hash.update(found.amount.to_le_bytes());
        }
        let answers = [lesson.class, lesson.sentiment, usize::from(lesson.stop)];
        answers.iter().for_each(|answer| hash.update(answer.to_le_bytes()));
    }
    hash.finalize().iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

/// Learns from all `lessons`, and writes the file.
pub fn learn(lessons: &[&Lesson], plan: Plan, mark: u64, thresholds: Thresholds) -> Vec<u8> {
    let mut rows = vec![0.0_f32; ROWS * ANSWERS];
    let mut slopes = vec![1e-6_f32; ROWS * ANSWERS];
    let mut starts: Sums = [0.0; ANSWERS];
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let mut chance = Chance(0x5EED);
    let mut kept: Vec<Trait> = Vec::new();
    let mut mean = vec![0.0_f32; ROWS * ANSWERS];
    let mut means: Sums = [0.0; ANSWERS];
    for round in 0..plan.rounds {
        chance.shuffle(&mut order);
        for &at in &order {
            let Some(lesson) = lessons.get(at) else { continue };
            // What is left out changes every time, so that nothing rests on one trait alone.
            kept.clear();
            kept.extend(
                lesson
                    .traits
                    .iter()
                    .filter(|_| chance.next().is_multiple_of(2))
                    .map(|found| Trait { amount: 2.0 * found.amount, ..*found }),
            );
            let wrong = wrongs(lesson, &kept, &rows, &starts);
            for (start, wrong) in starts.iter_mut().zip(wrong) {
                *start -= 0.01 * wrong;
            }
            for found in &kept {
                let from = found.row as usize * ANSWERS;
                let weights = rows.get_mut(from..from + ANSWERS).unwrap_or_default();
                let slopes = slopes.get_mut(from..from + ANSWERS).unwrap_or_default();
                for ((weight, slope), wrong) in weights.iter_mut().zip(slopes).zip(wrong) {
                    let pull = wrong * found.amount + plan.small * *weight;
                    *slope += pull * pull;
                    *weight -= plan.step * pull / slope.sqrt();
                }
            }
        }
        // The mean of the later rounds forgets what chance did in the last one.
        if 2 * round >= plan.rounds {
            let share = 1.0 / (plan.rounds - plan.rounds / 2) as f32;
            mean.iter_mut().zip(&rows).for_each(|(mean, weight)| *mean += share * weight);
            means.iter_mut().zip(&starts).for_each(|(mean, start)| *mean += share * start);
        }
    }
    Weights::write(mark, thresholds, &means, &mean)
}

/// How far each answer's probability is from the truth.
fn wrongs(lesson: &Lesson, traits: &[Trait], rows: &[f32], starts: &Sums) -> Sums {
    let mut sums = *starts;
    for found in traits {
        let from = found.row as usize * ANSWERS;
        for (sum, weight) in sums.iter_mut().zip(rows.get(from..from + ANSWERS).unwrap_or_default())
        {
            *sum += weight * found.amount;
        }
    }
    let (classes, rest) = sums.split_at_mut(SENTIMENTS);
    let (moods, stop) = rest.split_at_mut(STOP - SENTIMENTS);
    model::chances(classes);
    model::chances(moods);
    stop.iter_mut().for_each(|sum| *sum = model::chance(*sum));
    for (answer, sum) in sums.iter_mut().enumerate() {
        let truth =
            answer == lesson.class || answer == lesson.sentiment || (answer == STOP && lesson.stop);
        *sum -= f32::from(u8::from(truth));
    }
    sums
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for at in (1..order.len()).rev() {
            let other = usize::try_from(self.next()).unwrap_or(0) % (at + 1);
            order.swap(at, other);
        }
    }
}

//! How well replies are read, against their labels.

use domain::reply::{CLASSES, Class, Reading, SENTIMENTS};

use crate::data::Labelled;

/// What was read against what was meant.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    classes: Vec<(Class, Class)>,
    moods: Vec<(usize, usize)>,
    stops: Vec<(bool, bool)>,
    scores: Vec<bool>,
}

/// Of all there were, how many were found; of all found, how many were right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The share found.
    pub recall: f64,
    /// The share right.
    pub precision: f64,
}

impl Tally {
    /// Counts one reply.
    pub fn add(&mut self, reply: &Labelled, reading: &Reading) {
        let place = |mood| SENTIMENTS.iter().position(|listed| *listed == mood).unwrap_or_default();
        self.classes.push((reply.class, reading.class));
        self.moods.push((place(reply.sentiment), place(reading.sentiment)));
        self.stops.push((reply.opt_out, reading.opt_out));
        self.scores.push(reply.score == reading.score);
    }

    /// Counts all of another tally.
    pub fn add_all(&mut self, other: &Tally) {
        self.classes.extend(&other.classes);
        self.moods.extend(&other.moods);
        self.stops.extend(&other.stops);
        self.scores.extend(&other.scores);
    }

    /// How many replies it counts.
    pub fn replies(&self) -> usize {
        self.classes.len()
    }

    /// The mean of the classes' F1, each class alike.
    pub fn class_f1(&self) -> f64 {
        macro_f1(&self.classes, &CLASSES.map(|(class, _)| class))
    }

    /// The mean of the four sentiments' F1.
    pub fn sentiment_f1(&self) -> f64 {
        macro_f1(&self.moods, &[0, 1, 2, 3])
    }

    /// Emergencies.
    pub fn emergencies(&self) -> Found {
        let danger = |class| class == Class::Emergency;
        found(self.classes.iter().map(|&(meant, read)| (danger(meant), danger(read))))
    }

    /// Requests to stop.
    pub fn stops(&self) -> Found {
        found(self.stops.iter().copied())
    }

    /// The share of replies whose score, or want of one, was read right.
    pub fn scores_right(&self) -> f64 {
        share(self.scores.iter().filter(|right| **right).count(), self.scores.len())
    }

    /// How many replies of one class were read as another.
    pub fn read_as(&self, meant: Class, read: Class) -> usize {
        self.classes.iter().filter(|pair| **pair == (meant, read)).count()
    }
}

/// The mean of the F1 of everything that was meant at least once.
pub fn macro_f1<T: PartialEq>(pairs: &[(T, T)], all: &[T]) -> f64 {
    let mut sum = 0.0;
    let mut kinds = 0;
    for one in all {
        let meant = pairs.iter().filter(|(meant, _)| meant == one).count();
        let read = pairs.iter().filter(|(_, read)| read == one).count();
        let both = pairs.iter().filter(|(meant, read)| meant == one && read == one).count();
        if meant > 0 {
            kinds += 1;
            sum += 2.0 * share(both, meant + read);
        }
    }
    sum / f64::from(kinds.max(1))
}

fn found(pairs: impl Iterator<Item = (bool, bool)>) -> Found {
    let (mut meant, mut read, mut both) = (0, 0, 0);
    for pair in pairs {
        meant += usize::from(pair.0);
        read += usize::from(pair.1);
        both += usize::from(pair == (true, true));
    }
    Found { recall: share(both, meant), precision: share(both, read) }
}

fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

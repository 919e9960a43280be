//! What was learnt from labelled replies: a linear model over the words, and how a text is put to it.
//!
//! Every word, pair of words, part of a word and finding of the rules is a trait; a
//! trait has a row of small whole numbers, one for each answer; an answer's sum, through the
//! usual soft maximum, is its probability. Two traits may share a row: there are 98,304 rows and
//! no dictionary. The numbers are learnt by `make train` from `tests/replies/data` and kept in
//! `weights.bin`, which is used as it lies and never parsed. It knows no word that no labelled reply had,
//! unless parts of it are alike.

use crate::words::Word;

/// How many answers a row weighs: the classes, then the sentiments, then the request to stop.
pub const ANSWERS: usize = 18;

/// Where the sentiments begin.
pub const SENTIMENTS: usize = 13;

/// Where the request to stop is.
pub const STOP: usize = 17;

/// How many rows there are: as many as fit two megabytes.
pub const ROWS: usize = 3 << 15;

/// The first bytes of a file.
const MAGIC: [u8; 8] = *b"replies1";

/// Magic, a mark of what was learnt, thresholds, then a factor and a start for each answer.
const HEAD: usize = FACTORS + 8 * ANSWERS;

/// Where the factors are.
const FACTORS: usize = 8 + 8 + 4 * THRESHOLDS;

/// How many numbers are chosen after the learning.
const THRESHOLDS: usize = 2;

/// What was learnt, as it lies in the file.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a> {
    bytes: &'a [u8],
    other: Option<Thresholds>,
}

/// What is chosen after the learning, on replies that were not learnt from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// How likely an emergency must be, beside the likeliest other class, to be taken for one.
    pub emergency: f32,
    /// The probability from which it asks us to stop.
    pub stop: f32,
}

/// One trait of a text, and the words it lies on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trait {
    /// Its row.
    pub row: u32,
    /// How much of it there is, so that long texts weigh no more than short ones.
    pub amount: f32,
    /// The first word it lies on.
    pub from: u16,
    /// One past the last; the same as the first for a trait of the whole text.
    pub to: u16,
}

/// The sums of all answers.
pub type Sums = [f32; ANSWERS];

impl Weights<'static> {
    /// What came with this program.
    pub fn own() -> Self {
        Self { bytes: include_bytes!("weights.bin"), other: None }
    }
}

impl<'a> Weights<'a> {
    /// Takes a file's bytes, when they are whole.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let whole = bytes.len() == HEAD + ROWS * ANSWERS && bytes.starts_with(&MAGIC);
        whole.then_some(Self { bytes, other: None })
    }

    /// Writes a file: rows of real numbers are made small and whole.
    pub fn write(mark: u64, thresholds: Thresholds, starts: &Sums, rows: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + ROWS * ANSWERS);
        bytes.extend(MAGIC);
        bytes.extend(mark.to_le_bytes());
        bytes.extend(thresholds.emergency.to_le_bytes());
        bytes.extend(thresholds.stop.to_le_bytes());
        let mut factors = [0.0_f32; ANSWERS];
        for row in rows.chunks_exact(ANSWERS) {
            for (factor, weight) in factors.iter_mut().zip(row) {
                *factor = factor.max(weight.abs() / 127.0);
            }
        }
        factors.iter().for_each(|factor| bytes.extend(factor.to_le_bytes()));
        starts.iter().for_each(|start| bytes.extend(start.to_le_bytes()));
        for row in rows.chunks_exact(ANSWERS) {
            bytes.extend(row.iter().zip(factors).map(|(weight, factor)| {
                let small = if factor > 0.0 { (weight / factor).round() } else { 0.0 };
                small_whole(small).cast_unsigned()
            }));
        }
        bytes
    }

    /// The mark of what it was learnt from.
    pub fn mark(self) -> u64 {
        let (low, high) = (u32::from_le_bytes(self.four(8)), u32::from_le_bytes(self.four(12)));
        u64::from(low) | u64::from(high) << 32
    }

    /// How many bytes it takes.
    pub fn size(self) -> usize {
        self.bytes.len()
    }

    /// What was chosen after the learning.
    pub fn thresholds(self) -> Thresholds {
        let own = || Thresholds { emergency: self.real(16), stop: self.real(20) };
        self.other.unwrap_or_else(own)
    }

    /// The same with other thresholds, to choose them.
    pub fn with(self, thresholds: Thresholds) -> Self {
        Self { other: Some(thresholds), ..self }
    }

    /// The sums of all answers for these traits.
    pub fn sums(self, traits: &[Trait]) -> Sums {
        let mut sums = [0.0_f32; ANSWERS];
        for found in traits {
            for (sum, weight) in sums.iter_mut().zip(self.row(found.row)) {
                *sum += f32::from(weight.cast_signed()) * found.amount;
            }
        }
        for (answer, sum) in sums.iter_mut().enumerate() {
            let (factor, start) = self.answer(answer);
            *sum = *sum * factor + start;
        }
        sums
    }

    /// How far each word speaks for `wanted` rather than for the other answers of its kind.
    pub fn shares(self, traits: &[Trait], words: usize, wanted: usize) -> Vec<f32> {
        let mut shares = vec![0.0; words];
        let kind = kind_of(wanted);
        let others = kind.len().saturating_sub(1).max(1) as f32;
        for found in traits.iter().filter(|found| found.to > found.from) {
            let mut share = 0.0;
            for (answer, weight) in self.row(found.row).iter().enumerate() {
                if kind.contains(&answer) {
                    let weight = f32::from(weight.cast_signed()) * self.answer(answer).0;
                    share += if answer == wanted { weight } else { -weight / others };
                }
            }
            let each = share * found.amount / f32::from(found.to - found.from);
            for word in shares.iter_mut().take(found.to.into()).skip(found.from.into()) {
                *word += each;
            }
        }
        shares
    }

    fn answer(self, answer: usize) -> (f32, f32) {
        let at = FACTORS + 4 * answer;
        (self.real(at), self.real(at + 4 * ANSWERS))
    }

    fn row(self, row: u32) -> &'a [u8] {
        let at = HEAD + row as usize % ROWS * ANSWERS;
        self.bytes.get(at..at + ANSWERS).unwrap_or_default()
    }

    fn real(self, at: usize) -> f32 {
        f32::from_le_bytes(self.four(at))
    }

    fn four(self, at: usize) -> [u8; 4] {
        self.bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
    }
}

/// The answers that one text has exactly one of.
pub fn kind_of(answer: usize) -> std::ops::Range<usize> {
    match answer {
        0..SENTIMENTS => 0..SENTIMENTS,
        SENTIMENTS..STOP => SENTIMENTS..STOP,
        _ => STOP..ANSWERS,
    }
}

/// Makes the sums of one kind of answer probabilities.
pub fn chances(sums: &mut [f32]) {
    let most = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    sums.iter_mut().for_each(|sum| *sum = (*sum - most).exp());
    let all: f32 = sums.iter().sum();
    sums.iter_mut().for_each(|sum| *sum /= all);
}

/// The probability of an answer that stands alone.
pub fn chance(sum: f32) -> f32 {
    1.0 / (1.0 + (-sum).exp())
}

/// The traits of a text: of its words, of their letters, and of what the rules found,
/// each a mark of what it tells and its value.
pub(crate) fn traits(words: &[Word], marks: &[(u32, u32)]) -> Vec<Trait> {
    let mut all = Vec::with_capacity(words.len() * 16 + marks.len() + 4);
    of_words(words, &mut all);
    even(&mut all, 0, 1.0);
    let letters = all.len();
    of_letters(words, &mut all);
    even(&mut all, letters, 1.0);
    let told = all.len();
    for &(kind, value) in marks {
        all.push(Trait { row: row(mix(mix(4, kind), value)), amount: 1.0, from: 0, to: 0 });
    }
    even(&mut all, told, 1.0);
    all
}

/// Makes the traits from `from` on weigh `weight` together, as the length of a vector.
fn even(traits: &mut [Trait], from: usize, weight: f32) {
    let Some(group) = traits.get_mut(from..).filter(|group| !group.is_empty()) else { return };
    let square: f32 = group.iter().map(|found| found.amount * found.amount).sum();
    group.iter_mut().for_each(|found| found.amount *= weight / square.sqrt());
}

/// Words alone and in pairs, with the ends of the text as words.
fn of_words(words: &[Word], all: &mut Vec<Trait>) {
    const EDGE: u32 = 7;
    let hashes: Vec<u32> = std::iter::once(EDGE)
        .chain(words.iter().map(|word| hash(&word.text)))
        .chain([EDGE + 1])
        .collect();
    let most = words.len();
    let mut add = |hash: u32, from: usize, to: usize| {
        // The first and the last place are the ends of the text.
        let place = |at: usize| u16::try_from(at.saturating_sub(1).min(most)).unwrap_or(u16::MAX);
        all.push(Trait { row: row(hash), amount: 1.0, from: place(from), to: place(to) });
    };
    for (at, &one) in hashes.iter().enumerate() {
        if at > 0 && at <= most {
            add(mix(1, one), at, at + 1);
        }
        let Some(&two) = hashes.get(at + 1) else { continue };
        add(mix(mix(2, one), two), at, at + 2);
    }
}

/// Three to five neighbouring letters of each word, with its ends as letters.
fn of_letters(words: &[Word], all: &mut Vec<Trait>) {
    let mut letters: Vec<char> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        letters.clear();
        letters.push('^');
        letters.extend(word.text.chars());
        letters.push('$');
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        for (from, &first) in letters.iter().enumerate() {
            let mut part = mix(3, u32::from(first));
            for (length, &letter) in letters.iter().skip(from + 1).take(4).enumerate() {
                part = mix(part, u32::from(letter));
                if length > 0 {
                    let to = at.saturating_add(1);
                    all.push(Trait { row: row(part), amount: 1.0, from: at, to });
                }
            }
        }
    }
}

fn row(hash: u32) -> u32 {
    let mixed = (hash ^ hash >> 16).wrapping_mul(0x85EB_CA6B);
    u32::try_from((u64::from(mixed ^ mixed >> 13) * ROWS as u64) >> 32).unwrap_or_default()
}

fn mix(left: u32, right: u32) -> u32 {
    (left.rotate_left(5) ^ right).wrapping_mul(0x9E37_79B1)
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A real number between -127 and 127 as the nearest whole one.
#[expect(clippy::cast_possible_truncation, reason = "it saturates, and is in range")]
fn small_whole(value: f32) -> i8 {
    value as i8
}

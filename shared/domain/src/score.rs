//! Finds the score, 1 to 5, that a reply clearly gives.
//!
//! A number is a score only by where it stands: alone, opening or closing what is said, in a
//! frame (`I'd give it a 4`, `5 from me`, `3 out of 5`), or as stars. Every other number is
//! somebody's road, hour, house, telephone or count. The later of two scores wins; two scores
//! with nothing to choose between them are none. `10/10` halves to 5 and is flagged; `9/10` and
//! `4.5` fall between scores and are none. It does not guess a score from the words.

use crate::sentiment;
use crate::words::{self, Word};

/// A score from 1, the worst, to 5, the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u8);

impl Score {
    /// Takes 1 to 5 and nothing else.
    pub const fn new(value: u8) -> Option<Score> {
        if matches!(value, 1..=5) { Some(Score(value)) } else { None }
    }

    /// The score as a number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// What was heard about scores in one reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The score, where the reply clearly gives one.
    pub score: Option<Score>,
    /// What was odd about it, or why there is none although numbers were offered.
    pub flag: Option<Flag>,
    /// Every score offered, also where none is clear: a guide to mood and never a score.
    pub heard: Vec<Score>,
    /// The sender's words that gave the score or the flag.
    pub words: String,
}

/// What was odd about the numbers in a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Given out of ten and halved: `10/10`.
    OutOfTen,
    /// Between two scores: `4.5`, `9/10`.
    BetweenScores,
    /// Several scores and no telling which: `4 or 5`, `5 for effort 1 for speed`.
    Several,
    /// The scale sent back: `1-5`.
    Echo,
    /// A number that is not on the scale: `7`.
    OffScale,
    /// An earlier score was taken back: `changed my mind, 2 not 4`.
    Corrected,
}

/// Finds the score in one reply.
pub fn find(text: &str) -> Found {
    find_in(text, &words::of(text))
}

/// The answer to "would you call us again?", where it is clearly yes or clearly no.
///
/// The first words decide, for what follows is the reason; `yes and no`, and a reply that says
/// neither, are no answer.
pub fn yes_or_no(text: &str) -> Option<bool> {
    let words = words::of(text);
    let says = |list: &[&str], from: usize| {
        list.iter().any(|phrase| {
            let mut at = from;
            phrase.split(' ').all(|part| {
                at += 1;
                words.get(at - 1).is_some_and(|word| word.text == part)
            })
        })
    };
    let opening = (0..words.len()).find(|&at| !says(BEFORE_ANSWER, at))?;
    if matches!(words.as_slice(), [word] if word.text == "and") {
        return Some(false); // `n`, which among other words is `and`
    }
    let begins = match (says(YES, opening), says(NO, opening)) {
        (true, false) => true,
        (true, true) => says(&["no doubt", "no question"], opening),
        (false, true) => false,
        (false, false) => {
            // `I would`, `I really would not`: an answer in a sentence.
            let would = (opening..words.len().min(opening + 4)).find(|&at| says(&["would"], at))?;
            let first = says(&["i", "we"], opening);
            return first.then(|| !says(&["would not", "would never"], would));
        }
    };
    let turned = words.iter().enumerate().skip(opening + 1).take(3).any(|(at, _)| {
        let joined = at.checked_sub(1).is_some_and(|n| says(&["and", "or", "but"], n));
        let tight = at == opening + 1 && words.len() == opening + 2;
        (joined || tight) && says(if begins { NO } else { YES }, at)
    });
    (!turned).then_some(begins)
}

/// Words before an answer that are no part of it.
const BEFORE_ANSWER: &[&str] = &["oh", "well", "um", "er", "erm", "hi", "hello", "ok", "so", "hmm"];

/// Beginnings of a yes.
const YES: &[&str] = &[
    "y",
    "ye",
    "yes",
    "yeah",
    "yea",
    "yep",
    "yup",
    "yh",
    "yeh",
    "yess",
    "aye",
    "ofc",
    "of course",
    "definitely",
    "absolutely",
    "certainly",
    "sure",
    "course",
    "always",
    "without",
    "100",
    "deffo",
    "probably",
    "i would",
    "would do",
    "would again",
    "no doubt",
    "no question",
    "👍",
    "👌",
    "✅",
    "💯",
    "ie",
    "oes",
    "ydw",
    "baswn",
    "byddwn",
    "bydda",
    "tak",
    "da",
    "si",
    "oui",
    "ja",
    "haan",
    "han",
    "ji",
    "bilkul",
    "sim",
    "evet",
    "jasne",
    "oczywiscie",
    "sigur",
    "так",
    "да",
    "نعم",
    "ہاں",
];

/// Beginnings of a no.
const NO: &[&str] = &[
    "n",
    "no",
    "nope",
    "nah",
    "nay",
    "never",
    "not",
    "no way",
    "no chance",
    "doubt",
    "doubtful",
    "would not",
    "i would not",
    "unlikely",
    "hardly",
    "👎",
    "❌",
    "🚫",
    "na",
    "nac",
    "naddo",
    "nie",
    "nu",
    "non",
    "nein",
    "nahi",
    "nahin",
    "hayir",
    "ні",
    "нет",
    "لا",
    "نہیں",
];

pub(crate) fn find_in(text: &str, words: &[Word]) -> Found {
    let mut offers = offers(text, words);
    offers.extend(stars(words));
    offers.sort_by_key(|offer| offer.at);
    choose(text, words, &offers)
}

/// A number that stands where a score stands.
struct Offer {
    at: usize,
    to: usize,
    what: What,
    /// Whether it is for some part of the service only: `5 for effort`.
    for_part: bool,
}

#[derive(Clone, Copy)]
enum What {
    Whole(u8),
    OutOfTen(u8),
    Between(u8),
    EitherOf(u8, u8),
    Echo,
    OffScale(u8),
}

fn choose(text: &str, words: &[Word], offers: &[Offer]) -> Found {
    let mut found = Found { score: None, flag: None, heard: Vec::new(), words: String::new() };
    let line = Line { text, words };
    // `5 for the call 2 for the wait` has parts, wherever they stand.
    let mut parts = (0..words.len())
        .filter(|&at| line.value(at).is_some_and(|value| value <= 5))
        .filter(|&at| line.is(at + 1, &["for", "from"]) && !line.is(at + 2, &["me", "us"]))
        .count();
    parts = parts.saturating_sub(offers.iter().filter(|offer| offer.for_part).count());
    for offer in offers {
        let (low, high, flag) = match offer.what {
            What::Whole(value) => (value, value, None),
            What::OutOfTen(value) => (value, value, Some(Flag::OutOfTen)),
            What::Between(below) => (below, below + 1, Some(Flag::BetweenScores)),
            What::EitherOf(low, high) => (low, high, Some(Flag::Several)),
            // The scale sent back says nothing, whatever stands beside it.
            What::Echo if found.score.is_some() => continue,
            What::Echo => (0, 0, Some(Flag::Echo)),
            What::OffScale(value) if value >= 10 => (5, 0, Some(Flag::OffScale)),
            What::OffScale(0) => (1, 0, Some(Flag::OffScale)),
            What::OffScale(_) => (0, 0, Some(Flag::OffScale)),
        };
        let score = if low == high { Score::new(low) } else { None };
        let differs = score.is_some() && found.score.is_some_and(|earlier| Some(earlier) != score);
        parts += usize::from(offer.for_part);
        found.heard.extend([low, high].into_iter().filter_map(Score::new));
        found.flag = if differs { Some(Flag::Corrected) } else { flag };
        found.score = score;
        let said = words.get(offer.at..offer.to).unwrap_or_default();
        words::quote(text, said).clone_into(&mut found.words);
    }
    found.heard.dedup();
    if parts > 1 && (found.heard.len() > 1 || parts > offers.len()) {
        found.score = None;
        found.flag = Some(Flag::Several);
    }
    found
}

fn offers(text: &str, words: &[Word]) -> Vec<Offer> {
    let line = Line { text, words };
    let mut offers = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (offer, next) = line.read(at);
        offers.extend(offer);
        at = next.max(at + 1);
    }
    offers
}

/// Counts stars: one run of one to five is a score.
fn stars(words: &[Word]) -> Option<Offer> {
    let is_star = |word: &&Word| matches!(word.text.as_str(), "⭐" | "🌟" | "★");
    let count = words.iter().filter(is_star).count();
    let at = words.iter().position(|word| is_star(&word))?;
    let value = u8::try_from(count).ok().filter(|count| *count <= 5)?;
    Some(Offer { at, to: at + 1, what: What::Whole(value), for_part: false })
}

/// A reply as words with the punctuation between them still in reach.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    words: &'a [Word],
}

impl<'a> Line<'a> {
    /// Reads what starts at the word `at`, and says where to go on.
    fn read(self, at: usize) -> (Option<Offer>, usize) {
        let offer = |what, to| Some(Offer { at, to, what, for_part: self.is_for_part(to) });
        if let Some((what, to)) = self.fraction(at) {
            return (what.and_then(|what| offer(what, to)), to);
        }
        let Some(value) = self.value(at) else { return (None, at + 1) };
        if let Some((what, to)) = self.range(at, value) {
            return (what.and_then(|what| offer(what, to)), to);
        }
        if self.is_part_of_longer_number(at) {
            return (None, at + 1);
        }
        if let Some(to) = self.star_words(at) {
            return (Score::new(value).and_then(|_| offer(What::Whole(value), to)), to);
        }
        if !self.stands_as_score(at) {
            return (None, at + 1);
        }
        let alone = self.is_alone(at);
        let (what, to) = match value {
            1..=5 if self.has_half(at) => (Some(What::Between(value.min(4))), at + 2),
            1..=5 => (Some(What::Whole(value)), at + 1),
            other => (alone.then_some(What::OffScale(other)), at + 1),
        };
        (what.and_then(|what| offer(what, to)), to)
    }

    /// `5/5`, `10/10`, `3 out of 5`, `4.5`; a date or a time is read past.
    fn fraction(self, at: usize) -> Option<(Option<What>, usize)> {
        let out_of = self.is(at + 1, &["out", "outta", "outof"])
            && (self.is(at + 2, &["of", "off"]) || !self.is(at + 1, &["out"]));
        let slashed = self.sep(at).trim() == "/" && self.value(at).is_some();
        if out_of || slashed {
            let of_at = if slashed {
                at + 1
            } else if self.is(at + 2, &["of", "off"]) {
                at + 3
            } else {
                at + 2
            };
            let value = self.value(at).or_else(|| self.misheard(at))?;
            let of = self.value(of_at)?;
            let date = slashed && (self.sep(of_at).trim() == "/" || (of != 5 && of != 10));
            let what = match (value, of) {
                _ if date || self.is_taken_back(at) => None,
                (1..=5, 5) => Some(What::Whole(value)),
                (value, 10) if value <= 10 && value % 2 == 0 && value > 0 => {
                    Some(What::OutOfTen(value / 2))
                }
                (value @ 3..=9, 10) => Some(What::Between(value / 2)),
                (value, _) => Some(What::OffScale(if value > of { 10 } else { 0 })),
            };
            return Some((what, of_at + 1));
        }
        let decimal = self.sep(at) == "." && self.is_digits(at) && self.is_digits(at + 1);
        if !decimal {
            return None;
        }
        let to = at + 2;
        let whole = self.value(at).filter(|value| matches!(value, 1..=5));
        let part = self.word(at + 1)?;
        let last = self.sep(at + 1) != "." || !self.is_digits(at + 2);
        let what =
            whole.filter(|_| last && self.opens(at) && self.closes(at + 1)).map(
                |whole| match part {
                    "0" | "00" => What::Whole(whole),
                    _ => What::Between(whole.min(4)),
                },
            );
        Some((what.filter(|_| part.len() < 3), to))
    }

    /// `4 or 5`, `3-4`, `1 (poor) to 5 (great)`, and `2 not 4`.
    fn range(self, at: usize, value: u8) -> Option<(Option<What>, usize)> {
        let dashed = matches!(self.sep(at).trim(), "-" | "–" | "—" | "~");
        let joins: &[&str] =
            &["or", "to", "and", "maybe", "possibly", "perhaps", "even", "through", "thru"];
        let to = if dashed && self.value(at + 1).is_some() {
            at + 1
        } else {
            let far = if value == 1 { 6 } else { 3 };
            (at + 2..at + far).find(|&to| {
                self.value(to).is_some()
                    && self.is(to - 1, joins)
                    && (to == at + 2 || value == 1 || self.is(to - 2, joins))
            })?
        };
        let other = self.value(to)?;
        if dashed && self.sep(to).trim() == "-" && self.value(to + 1).is_some() {
            return Some((None, to + 2));
        }
        let opens = self.opens(at)
            || self.is_framed(at)
            || self.is_before(at, "between")
            || self.is_alone_but(at, to);
        let what = match (value.min(other), value.max(other)) {
            (1, 5) => Some(What::Echo),
            (low, high @ 1..=5) if opens && low > 0 && low < high => {
                Some(What::EitherOf(low, high))
            }
            (_, 6..) if self.closes(to) || !opens => None,
            _ => return None,
        };
        let and = self.is(to - 1, &["and"]) && !self.is_before(at, "between");
        if and && !matches!(what, Some(What::Echo)) {
            return None;
        }
        Some((what.filter(|_| self.closes(to) || matches!(what, Some(What::Echo))), to + 1))
    }

    /// `5 stars`, `5*`, `4 from me`.
    fn star_words(self, at: usize) -> Option<usize> {
        let starred = self.is(at + 1, &["star", "stars", "⭐", "🌟", "★"])
            && !self.is(at + 2, &["hotel", "hotels", "petrol", "garage", "pub"]);
        let signed = self.sep(at).starts_with('*') && !self.is_taken_back(at);
        let from_me = self.is(at + 1, &["from"]) && self.is(at + 2, &["me", "us", "my"]);
        if self.is_taken_back(at) {
            None
        } else if starred || from_me {
            Some(at + if starred { 2 } else { 3 })
        } else {
            signed.then_some(at + 1)
        }
    }

    fn stands_as_score(self, at: usize) -> bool {
        if self.is_taken_back(at) || self.is_priced_or_numbered(at) || self.is_scale_end(at) {
            return false;
        }
        let glued =
            !self.is_digits(at) && self.word(at).is_some_and(|word| word.starts_with(is_digit));
        let closes = self.closes(at) || glued;
        let goes_on = self.goes_on_like_a_score(at) || self.counts_nothing(at);
        if self.is_framed(at) {
            return closes || goes_on;
        }
        if self.opens(at) {
            return closes || goes_on;
        }
        closes && (self.ends_a_judgement(at) || self.is_last_word(at))
    }

    /// `3 average`, `5 officer Grange`: a number above one counts many, and the next word is one.
    fn counts_nothing(self, at: usize) -> bool {
        const MANY: &[&str] = &[
            "of",
            "more",
            "or",
            "to",
            "and",
            "people",
            "men",
            "women",
            "police",
            "sheep",
            "deer",
            "cattle",
            "foot",
            "feet",
            "dead",
            "injured",
            "mile",
            "quid",
            "grand",
            "pound",
            "hour",
            "year",
            "month",
            "week",
            "day",
            "minute",
            "min",
            "lane",
            "car",
            "way",
            "door",
            "bed",
            "star",
            "inch",
            "metre",
            "meter",
            "young",
            "big",
            "old",
            "little",
            "small",
            "large",
            "different",
            "black",
            "white",
            "red",
            "blue",
            "green",
            "other",
            "new",
            "geese",
            "children",
            "folk",
            "doz",
            "dozen",
            "hundred",
            "thousand",
            "million",
            "per",
            "in",
            "on",
            "at",
            "up",
            "down",
            "x",
            "good",
            "bad",
            "great",
            "point",
            "best",
            "being",
            "highest",
            "is",
            "pm",
            "am",
            "oclock",
            "nd",
            "rd",
            "th",
            "full",
            "broken",
            "separate",
            "whole",
            "tonne",
            "ton",
            "kilo",
            "bloody",
            "or",
            "woman",
            "man",
            "girl",
            "boy",
            "lad",
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
            "then",
            "litre",
            "weekend",
            "night",
            "time",
            "close",
            "avenue",
            "road",
        ];
        let many = self.word(at).is_some_and(|word| matches!(word, "2" | "3" | "4" | "5"));
        let next = self.word(at + 1).unwrap_or_default();
        let one = next.len() > 2 && next.bytes().all(|byte| byte.is_ascii_alphabetic());
        at == 0 && many && one && !next.ends_with('s') && !MANY.contains(&next)
    }

    /// The last word of all, after no word that makes it a place or a count: `she gets a 5`.
    fn is_last_word(self, at: usize) -> bool {
        const LEADS: &[&str] = &[
            "of", "than", "for", "or", "about", "around", "only", "with", "these", "those", "us",
            "other", "last", "next", "first", "plus", "round", "part", "day", "week", "size",
            "grade", "channel", "radio", "stage", "phase", "the", "least", "another", "every",
            "them", "type", "group", "her", "his", "there", "have", "has", "had", "are", "were",
            "was", "is", "like", "from", "in", "on", "my", "our", "row", "zone", "route", "gcse",
            "station", "pump", "bin", "ward", "team", "option", "press", "til", "chapter",
            "series", "version", "half", "got", "be",
        ];
        let before = at.checked_sub(1).and_then(|before| self.word(before));
        let led = before.is_some_and(|word| LEADS.contains(&word) || word.len() < 2 && word != "a");
        let later = self.words.iter().skip(at + 1).all(|word| !word.text.is_ascii());
        let asked = self.text.trim_end().ends_with('?');
        self.is_digits(at) && at > 1 && later && !led && !asked
    }

    /// Whether nothing but thanks and the like stands beside it.
    fn is_alone(self, at: usize) -> bool {
        self.is_alone_but(at, at)
    }

    fn is_alone_but(self, from: usize, to: usize) -> bool {
        const POLITE: &[&str] = &[
            "thanks", "thank", "you", "ta", "cheers", "please", "x", "xx", "stop", "score",
            "rating", "of", "a", "an", "it", "is", "i", "would", "say", "give", "out", "ok", "hi",
            "hello", "reply",
        ];
        let polite = |word: &Word| POLITE.contains(&word.text.as_str()) || !word.text.is_ascii();
        self.words.iter().enumerate().all(|(at, word)| (from..=to).contains(&at) || polite(word))
    }

    fn opens(self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        let sep = self.sep(before);
        let parted = sep
            .contains(['.', '!', '?', ',', ';', ':', '\n', '…', '(', '-', '–', '—', '"', '=', '“']);
        let pictured = self.word(before).is_some_and(|word| !word.is_ascii());
        // A list of numbers is a list of something else.
        let listed = sep.trim() == "," && self.value(before).is_some() && !self.is_framed(before);
        let placed = (self.is(before, PLACES) && !sep.contains([',', '.', '!', '?', '\n']))
            || (self.is(before, GREETINGS) && !parted);
        if self.is(before, GREETINGS) {
            return before == 0 || self.opens(before);
        }
        (parted || pictured) && !listed && !placed
    }

    fn closes(self, at: usize) -> bool {
        let Some(next) = self.words.get(at + 1) else {
            let here = self.words.get(at).map_or(self.text.len(), |word| word.span.end);
            return !self.text.get(here..).unwrap_or_default().starts_with('%');
        };
        let sep = self.sep(at);
        let tight = sep.starts_with([':', '%', '°']) || (sep.starts_with('-') && sep.len() == 1);
        let parted = sep
            .contains(['.', '!', '?', ',', ';', '\n', '…', ')', '-', '–', '—', '"', '”', '*', '+']);
        let pictured = !next.text.is_ascii();
        (parted || pictured) && !tight || sep.starts_with("-") && self.goes_on_like_a_score(at)
    }

    /// Whether the next word carries on about the service and is no counted thing.
    fn goes_on_like_a_score(self, at: usize) -> bool {
        let Some(next) = self.word(at + 1) else { return false };
        let spelled = !self.is_digits(at);
        let loose: &[&str] = if spelled { GO_ON_FEW } else { GO_ON };
        let praised = self.is(at + 1, &["out", "of"]);
        !praised && (loose.contains(&next) || (!spelled && sentiment::is_attitude(next)))
    }

    fn ends_a_judgement(self, at: usize) -> bool {
        const LEADS: &[&str] = &[
            "so",
            "overall",
            "service",
            "experience",
            "solid",
            "score",
            "rating",
            "x",
            "guys",
            "lads",
            "all",
            "you",
            "cheers",
            "ta",
            "sorry",
            "ok",
            "lol",
            "therefore",
            "round",
            "answer",
            "definitely",
            "easily",
        ];
        at.checked_sub(1).and_then(|before| self.word(before)).is_some_and(|before| {
            (LEADS.contains(&before) || sentiment::is_attitude(before)) && self.is_digits(at)
        })
    }

    /// Whether a word of giving leads up to it: `I'd give you lot a 4`.
    fn is_framed(self, at: usize) -> bool {
        const GIVING: &[&str] = &[
            "give",
            "giving",
            "gave",
            "given",
            "rate",
            "rated",
            "rating",
            "score",
            "scored",
            "scoring",
            "mark",
            "marks",
            "marking",
            "meant",
            "mean",
            "vote",
            "deserve",
            "deserves",
            "deserved",
            "grade",
            "say",
            "answer",
            "choose",
            "pick",
            "put",
            "change",
            "make",
            "worth",
            "go",
            "press",
            "pressed",
            "type",
            "definitely",
            "probably",
        ];
        const LIGHT: &[&str] = &[
            "it",
            "a",
            "an",
            "the",
            "you",
            "u",
            "them",
            "that",
            "this",
            "him",
            "her",
            "us",
            "to",
            "at",
            "as",
            "is",
            "was",
            "of",
            "down",
            "me",
            "full",
            "solid",
            "service",
            "police",
            "lot",
            "your",
            "my",
            "be",
            "would",
            "about",
            "around",
            "maybe",
            "probably",
            "definitely",
            "overall",
            "all",
            "with",
            "just",
            "strong",
            "firm",
            "big",
            "easy",
            "honest",
            "say",
            "in",
            "and",
            "guys",
            "officer",
            "officers",
            "for",
            "i",
            "actually",
            "now",
            "only",
            "have",
            "team",
            "lady",
            "whole",
            "thing",
            "experience",
            "will",
            "must",
            "resounding",
            "generous",
            "bare",
            "low",
            "high",
            "good",
            "poor",
            "response",
            "process",
        ];
        let mut before = at;
        for _ in 0..8 {
            let Some(at_before) = before.checked_sub(1) else { return false };
            let Some(word) = self.word(at_before) else { return false };
            if GIVING.contains(&word) {
                return true;
            }
            let article = before == at && matches!(word, "a" | "an");
            let judged = matches!(
                self.word(at_before.wrapping_sub(1)),
                Some("is" | "solid" | "be" | "was" | "for" | "definitely")
            );
            if article && (judged || at_before == 0) {
                return true;
            }
            let adjective =
                before == at && matches!(word, "solid" | "strong" | "resounding" | "firm");
            if adjective && self.is(at_before.wrapping_sub(1), &["a"]) {
                return true;
            }
            if !LIGHT.contains(&word) {
                return false;
            }
            before = at_before;
        }
        false
    }

    /// `would have been a 5`, `not a 5`, `can't give a 4`, `from 5 to 2`.
    fn is_taken_back(self, at: usize) -> bool {
        const BACK: &[&str] =
            &["not", "never", "instead", "than", "from", "minus", "nearly", "almost", "wish"];
        let near: Vec<&str> =
            (1..=6).filter_map(|n| at.checked_sub(n)).filter_map(|n| self.word(n)).collect();
        let close = near.iter().take(2).any(|word| BACK.contains(word))
            || near.get(2).is_some_and(|w| *w == "not" && near.contains(&"give"));
        let not_sure = near.windows(2).any(|pair| pair == ["sure", "not"]);
        let would = near
            .windows(2)
            .any(|pair| matches!(pair, ["have", "would"] | ["of", "would"] | ["have", "could"]));
        let negated = near.windows(2).any(|pair| pair == ["not", "can"]) && near.contains(&"give");
        let same_sentence = |n: usize| {
            self.words.get(at).zip(self.words.get(n)).is_some_and(|(a, b)| a.sentence == b.sentence)
        };
        let sees_back = at.checked_sub(1).is_some_and(same_sentence);
        let hypothetical = would || (self.is(at + 1, &["if"]) && near.contains(&"would"));
        sees_back && ((close && !not_sure) || hypothetical || negated)
    }

    /// `£5`, `#5`, `5%`, `-5`, `no. 5`.
    fn is_priced_or_numbered(self, at: usize) -> bool {
        let Some(word) = self.words.get(at) else { return false };
        let before = self.text.get(..word.span.start).unwrap_or_default();
        let after = self.text.get(word.span.end..).unwrap_or_default();
        let minus = before.ends_with('-') && before.trim_end_matches('-').trim().is_empty();
        let placed = at.checked_sub(1).is_some_and(|before| {
            self.is(before, PLACES) && !self.sep(before).contains([',', '.', '!', '?', '\n'])
        });
        before.ends_with(['£', '$', '€', '#', '@']) || after.starts_with('%') || minus || placed
    }

    /// `5 best`, `(1 poor)`, `5 is the best`: the scale explained.
    fn is_scale_end(self, at: usize) -> bool {
        const ENDS: &[&str] = &["best", "worst", "being", "highest", "lowest"];
        self.is(at + 1, ENDS)
            || (self.is(at + 1, &["is"]) && (self.is(at + 2, ENDS) || self.is(at + 3, ENDS)))
    }

    fn is_part_of_longer_number(self, at: usize) -> bool {
        let joined = |left: usize| self.sep(left).trim().is_empty() || self.sep(left) == ":";
        let numeric =
            |n: usize| self.word(n).is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit()));
        let long = |n: usize| numeric(n) && self.word(n).is_some_and(|w| w.len() > 1);
        let before = at.checked_sub(1).filter(|&n| joined(n));
        let after = Some(at + 1).filter(|&n| joined(at) && numeric(n));
        let differs = |n: usize| numeric(n) && self.word(n) != self.word(at);
        before.is_some_and(|n| long(n) || differs(n))
            || after.is_some_and(|n| long(n) || differs(n))
    }

    fn has_half(self, at: usize) -> bool {
        let end = self.words.get(at).map_or(0, |word| word.span.end);
        let after = self.text.get(end..).unwrap_or_default().trim_start();
        after.starts_with('½')
            || (self.is(at + 1, &["and"]) && self.is(at + 2, &["a"]) && self.is(at + 3, &["half"]))
    }

    /// `5 for effort`: a score for one part, where another part may get another.
    fn is_for_part(self, to: usize) -> bool {
        self.is(to, &["for"])
    }

    fn value(self, at: usize) -> Option<u8> {
        let word = self.word(at)?;
        let alone = self.words.len() == 1
            || (at == 0 && self.sep(at).trim_start().starts_with([',', '.', '!']));
        let spelled = match word {
            "zero" | "nil" | "nought" => 0,
            "one" => 1,
            "two" => 2,
            "three" => 3,
            "four" | "foor" | "fower" => 4,
            "five" | "fiv" | "fife" | "fiive" | "fve" | "5ive" => 5,
            "six" => 6,
            "seven" => 7,
            "eight" => 8,
            "nine" => 9,
            "ten" => 10,
            "ii" | "dau" | "dwa" | "too" | "doi" | "dos" | "deux" | "zwei" | "iki" if alone => 2,
            "iii" | "tri" | "trzy" | "trei" | "tres" | "trois" | "drei" | "uc" | "teen"
                if alone =>
            {
                3
            }
            "iv" | "pedwar" | "cztery" | "patru" | "cuatro" | "quatre" | "vier" | "dort"
            | "chaar" | "for" | "fore"
                if alone =>
            {
                4
            }
            "v" | "pump" | "piec" | "panch" | "paanch" | "panj" | "cinco" | "cinq" | "cinci"
            | "funf" | "bes"
                if alone =>
            {
                5
            }
            "piatka" => 5,
            "un" | "won" | "oen" | "wone" | "jeden" | "unu" | "uno" | "eins" | "bir" | "ek"
                if alone =>
            {
                1
            }
            "tow" | "twoo" if alone => 2,
            "thre" | "theee" | "thrre" | "threee" | "tree" | "theree" if alone => 3,
            "fuor" | "foru" | "fpur" | "fourr" | "fout" if alone => 4,
            "fivw" | "fivr" | "fivd" | "fiev" | "fivee" | "give" | "fove" | "fivs" if alone => 5,
            _ => return self.digits(word),
        };
        Some(spelled)
    }

    /// One or two digits, also with what was typed on without a space: `5`, `05`, `5thanks`.
    fn digits(self, word: &str) -> Option<u8> {
        if word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.parse().ok();
        }
        let (first, rest) = word.split_at_checked(1)?;
        let letters = rest.chars().count() > 1 && rest.chars().all(char::is_alphabetic);
        let glued = letters
            && !UNITS.iter().any(|unit| rest == *unit || unit.len() > 3 && rest.starts_with(unit));
        if glued { first.parse().ok().filter(|value| matches!(value, 1..=5)) } else { None }
    }

    /// What a telephone's dictation makes of a number before `out of five`.
    fn misheard(self, at: usize) -> Option<u8> {
        match self.word(at)? {
            "won" => Some(1),
            "to" | "too" => Some(2),
            "tree" | "free" => Some(3),
            "for" | "fore" => Some(4),
            "hive" | "find" => Some(5),
            _ => None,
        }
    }

    fn word(self, at: usize) -> Option<&'a str> {
        self.words.get(at).map(|word| word.text.as_str())
    }

    fn is(self, at: usize, wanted: &[&str]) -> bool {
        self.word(at).is_some_and(|word| wanted.contains(&word))
    }

    fn is_before(self, at: usize, wanted: &str) -> bool {
        at.checked_sub(1).is_some_and(|before| self.is(before, &[wanted]))
    }

    fn is_digits(self, at: usize) -> bool {
        self.word(at).is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The punctuation and spaces after the word `at`, nothing at the end of the message.
    fn sep(self, at: usize) -> &'a str {
        match (self.words.get(at), self.words.get(at + 1)) {
            (Some(left), Some(right)) => words::between(self.text, left, right),
            _ => "",
        }
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Words after which a number is a place, a time or an age.
const PLACES: &[&str] = &[
    "number",
    "no",
    "house",
    "flat",
    "lane",
    "room",
    "platform",
    "junction",
    "unit",
    "bus",
    "route",
    "plot",
    "block",
    "apartment",
    "page",
    "level",
    "gate",
    "bay",
    "door",
    "aged",
    "age",
    "at",
    "since",
    "past",
    "j",
    "jct",
    "nr",
    "ref",
    "reference",
    "log",
    "incident",
    "call",
    "ward",
    "school",
    "year",
    "class",
    "until",
    "till",
    "by",
    "under",
    "over",
    "before",
    "after",
    "between",
    "pc",
    "car",
    "option",
    "terminal",
    "exit",
    "floor",
];

/// What makes a number with letters after it a time, a size, a rank or another word.
const UNITS: &[&str] = &[
    "pm", "am", "st", "nd", "rd", "th", "ft", "mm", "cm", "km", "kg", "mph", "mi", "yr", "year",
    "hr", "hour", "day", "week", "wk", "month", "oclock", "ish", "wd", "door", "bed", "way",
    "pence", "quid", "moro", "nite", "night", "eva", "ever", "get", "give", "gether", "be", "me",
    "mo", "ml", "mg", "lb", "hrs", "yrs", "mins", "min", "wks", "ton", "litre", "times", "people",
    "sum", "up", "im",
];

/// Words that may stand before an opening score without a stop between.
const GREETINGS: &[&str] = &[
    "nah", "no", "aye", "hi", "hello", "hiya", "hey", "ok", "okay", "yes", "yeah", "yep", "oh",
    "um", "er", "erm", "well", "so", "thanks", "sorry", "score", "answer", "reply", "rating",
    "overall", "thank", "stop", "actually", "ps",
];

/// Words that may follow a score in figures: they go on about the service.
const GO_ON: &[&str] = &[
    "i",
    "he",
    "she",
    "they",
    "we",
    "you",
    "it",
    "your",
    "my",
    "this",
    "that",
    "the",
    "and",
    "but",
    "because",
    "as",
    "for",
    "from",
    "so",
    "very",
    "really",
    "all",
    "just",
    "only",
    "still",
    "not",
    "no",
    "never",
    "thanks",
    "thank",
    "ta",
    "cheers",
    "please",
    "x",
    "xx",
    "sorry",
    "stop",
    "if",
    "though",
    "although",
    "would",
    "was",
    "were",
    "is",
    "could",
    "can",
    "do",
    "did",
    "took",
    "definitely",
    "well",
    "overall",
    "nothing",
    "everyone",
    "everything",
    "too",
    "since",
    "what",
    "why",
    "who",
    "how",
    "there",
    "lol",
    "haha",
    "today",
    "again",
    "btw",
    "then",
    "tbh",
    "init",
    "innit",
    "luv",
    "even",
    "meh",
    "cz",
    "cos",
    "pal",
    "mate",
    "love",
    "full",
    "marks",
    "points",
    "point",
    "waited",
    "waiting",
    "diolch",
    "out",
    "bc",
    "hope",
    "by",
    "have",
    "any",
    "obviously",
    "absolutely",
    "also",
    "now",
    "maybe",
    "ps",
    "aside",
    "dead",
    "got",
    "merci",
    "top",
    "says",
    "at",
];

/// Words that may follow a score spelled out, where `one of them` and `two cars` are common.
const GO_ON_FEW: &[&str] = &[
    "thanks",
    "thank",
    "ta",
    "cheers",
    "please",
    "from",
    "because",
    "but",
    "x",
    "xx",
    "sorry",
    "stop",
    "definitely",
    "full",
    "for",
    "and",
    "init",
    "innit",
    "tbh",
    "then",
    "star",
    "stars",
    "points",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: Option<u8>) {
        let found = find(input);
        assert_eq!(found.score.map(Score::get), expected, "{input:?} {found:?}");
    }

    #[track_caller]
    fn check_flag(input: &str, expected: Option<Flag>) {
        assert_eq!(find(input).flag, expected, "{input:?}");
    }

    #[test]
    fn a_yes_and_a_no_are_told_apart() {
        for input in [
            "y",
            "Yes",
            "yeah 👍",
            "yep!",
            "ofc",
            "Definitely",
            "👍",
            "ie",
            "byddwn",
            "tak",
            "oes",
            "I would",
            "yes, never had a problem",
            "of course",
            "Oh yes",
            "no doubt about it",
        ] {
            assert_eq!(yes_or_no(input), Some(true), "{input:?}");
        }
        for input in [
            "n",
            "No",
            "nope",
            "never",
            "not really",
            "na",
            "nie",
            "No thanks",
            "Not after that",
            "I wouldn't",
            "I really would not",
            "👎",
            "no, it was fine but no",
        ] {
            assert_eq!(yes_or_no(input), Some(false), "{input:?}");
        }
        for input in
            ["", "5", "maybe", "yes and no", "yes no", "who is this", "the road is blocked"]
        {
            assert_eq!(yes_or_no(input), None, "{input:?}");
        }
    }

    #[test]
    fn a_number_alone_is_a_score() {
        for input in [
            "5", " 5 ", "5!!", "5.", "Five", "FIVE", "05", "5*", "５", "5️⃣", "(5)", "'5'", "5 x",
            "5xx",
        ] {
            check(input, Some(5));
        }
        check("⭐⭐⭐", Some(3));
        check("★★★★☆", Some(4));
    }

    #[test]
    fn a_fraction_of_five_is_a_score_and_of_ten_is_halved() {
        check("5/5", Some(5));
        check("1 out of 5", Some(1));
        check("four out of five", Some(4));
        check("To out of five", Some(2));
        check("10/10", Some(5));
        check_flag("10/10", Some(Flag::OutOfTen));
        check("6 out of 10", Some(3));
        check("9/10", None);
        check_flag("9/10", Some(Flag::BetweenScores));
        check("5/11", None);
        check("5/5/24", None);
    }

    #[test]
    fn a_framed_number_is_a_score() {
        check("Score 5", Some(5));
        check("I'd give it a 4", Some(4));
        check("i wud say 3", Some(3));
        check("4 from me", Some(4));
        check("5 thanks", Some(5));
        check("thanks 5", Some(5));
        check("Brilliant service all round 5", Some(5));
        check("a strong 3", Some(3));
        check("Great. 5 stars. By the way", Some(5));
        check("2 because it took ages", Some(2));
        check("1 your bloke was rude", Some(1));
        check("It's a 5 from us", Some(5));
        check("hi 5 thanks", Some(5));
        check("Rating: 4", Some(4));
        check("4 - bit slow", Some(4));
        check("5👍", Some(5));
    }

    #[test]
    fn the_later_score_wins() {
        check("changed my mind, 2 not 4", Some(2));
        check("4. Actually make that 2", Some(2));
        check("I would have given 5 but nobody rang so 3", Some(3));
        check_flag("4. Actually make that 2", Some(Flag::Corrected));
    }

    #[test]
    fn two_scores_with_no_choice_are_none() {
        for input in
            ["4 or 5", "3-4", "between 3 and 4", "4, maybe 5", "5 for the call, 1 for the wait"]
        {
            check(input, None);
            check_flag(input, Some(Flag::Several));
        }
    }

    #[test]
    fn the_scale_sent_back_is_no_score() {
        for input in ["1-5", "1 to 5", "1 - 5 ?", "Reply 1-5 (5 best)", "1 (bad) to 5 (good)"] {
            check(input, None);
        }
        check("1-5? 4", Some(4));
    }

    #[test]
    fn other_numbers_are_no_score() {
        for input in [
            "5 police cars",
            "999",
            "101",
            "B5",
            "A414",
            "M25",
            "07700 900123",
            "at 5",
            "5pm",
            "5 oclock",
            "number 5",
            "house 4 on the left",
            "we are 6 persons",
            "aged 3",
            "4.5",
            "7",
            "0",
            "55",
            "2 hours",
            "3 days now",
            "3 officers came",
            "lane 2",
            "junction 4",
            "5 November",
            "£5",
            "5%",
            "there were 4 of them",
            "10 mins",
            "4x4 on the verge",
            "2 of the lights are out",
            "call me on 07700 900 5",
            "5 kids on the bridge",
            "not a 5",
            "would have been a 5 if they came",
            "24/7",
            "12:05",
            "on the 4th",
            "kids aged 2, 4",
        ] {
            check(input, None);
        }
        check_flag("7", Some(Flag::OffScale));
    }
}

//! A small language for phrases people write, and a book that finds them in a reply.
//!
//! Phrases are parted by commas, and a phrase is a list of pieces parted by spaces. A piece is a word (`knife`), a beginning of a
//! word (`stab*`), a choice (`he|she|%man`), a choice that may be missing (`[a|the]`), a number
//! (`#num`), a number plate (`#plate`), a fast road (`#road`), `~` for up to three words of any
//! kind or `~~` for up to nine. `^` and `$` are the ends of the message, `<` and `>` those of a
//! sentence. `%name` is a list in [`Lists`]. A phrase never runs over the end of a sentence.
//! There is no counting, no capture and no nesting: a phrase that wants them is two phrases.

use std::collections::HashMap;

use crate::words::{self, Word};

/// Named lists of words that phrases share, each a name and its words parted by spaces.
pub(crate) type Lists = &'static [(&'static str, &'static str)];

/// Phrases, each filed under the rule it speaks for.
pub(crate) struct Book {
    phrases: Vec<Phrase>,
    by_word: HashMap<String, Vec<usize>>,
    by_shape: Vec<(Term, usize)>,
}

/// A phrase found: the rule and the words it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The place of the rule in the list the book was made from.
    pub(crate) rule: usize,
    /// The first word.
    pub(crate) from: usize,
    /// One past the last word.
    pub(crate) to: usize,
}

struct Phrase {
    rule: usize,
    pieces: Vec<Piece>,
}

enum Piece {
    One(Vec<Term>),
    Maybe(Vec<Term>),
    Gap(usize),
    MessageStart,
    MessageEnd,
    SentenceStart,
    SentenceEnd,
}

#[derive(Clone, PartialEq, Eq)]
enum Term {
    Word(String),
    Prefix(String),
    Number,
    Plate,
    FastRoad,
}

impl Book {
    /// Files the phrases of each rule, in order.
    pub(crate) fn new(rules: impl Iterator<Item = &'static str>, lists: Lists) -> Book {
        let mut book = Book { phrases: Vec::new(), by_word: HashMap::new(), by_shape: Vec::new() };
        for (rule, phrases) in rules.enumerate() {
            for phrase in phrases.split(',') {
                book.file(rule, pieces_of(phrase, lists));
            }
        }
        book
    }

    /// Every place where a phrase of the book is found, in order of place.
    pub(crate) fn find(&self, words: &[Word]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (from, word) in words.iter().enumerate() {
            let named = self.by_word.get(&word.text).into_iter().flatten().copied();
            let shaped =
                self.by_shape.iter().filter(|(term, _)| term.fits(word)).map(|&(_, at)| at);
            for at in named.chain(shaped) {
                let Some(phrase) = self.phrases.get(at) else { continue };
                if let Some(to) = reach(&phrase.pieces, words, from, from).filter(|&to| to > from) {
                    hits.push(Hit { rule: phrase.rule, from, to });
                }
            }
        }
        hits
    }

    fn file(&mut self, rule: usize, pieces: Vec<Piece>) {
        let at = self.phrases.len();
        for piece in &pieces {
            let (terms, last) = match piece {
                Piece::One(terms) => (terms, true),
                Piece::Maybe(terms) => (terms, false),
                Piece::Gap(_)
                | Piece::MessageStart
                | Piece::MessageEnd
                | Piece::SentenceStart
                | Piece::SentenceEnd => continue,
            };
            for term in terms {
                match term {
                    Term::Word(word) => self.by_word.entry(word.clone()).or_default().push(at),
                    Term::Prefix(_) | Term::Number | Term::Plate | Term::FastRoad => {
                        self.by_shape.push((term.clone(), at));
                    }
                }
            }
            if last {
                break;
            }
        }
        self.phrases.push(Phrase { rule, pieces });
    }
}

impl Term {
    fn fits(&self, word: &Word) -> bool {
        let text = word.text.as_str();
        match self {
            Term::Word(wanted) => text == wanted,
            Term::Prefix(start) => text.starts_with(start.as_str()),
            Term::Number => is_number(text),
            Term::Plate => is_plate(text),
            Term::FastRoad => is_fast_road(text),
        }
    }
}

/// How far `pieces` reach when laid on `words` at `at`, having begun at `from`.
fn reach(pieces: &[Piece], words: &[Word], from: usize, at: usize) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else { return Some(at) };
    let here = words.get(at);
    let same = |word: &Word| words.get(from).is_none_or(|first| first.sentence == word.sentence);
    let takes = |terms: &[Term]| {
        here.is_some_and(|word| same(word) && terms.iter().any(|term| term.fits(word)))
    };
    let sentence_before =
        at.checked_sub(1).and_then(|before| words.get(before)).map(|w| w.sentence);
    let sentence_here = here.map(|word| word.sentence);
    let edge = sentence_before != sentence_here;
    let holds = |yes: bool| if yes { reach(rest, words, from, at) } else { None };
    match piece {
        Piece::One(terms) => {
            if takes(terms) {
                reach(rest, words, from, at + 1)
            } else {
                None
            }
        }
        Piece::Maybe(terms) => {
            let taken = if takes(terms) { reach(rest, words, from, at + 1) } else { None };
            taken.or_else(|| reach(rest, words, from, at))
        }
        Piece::Gap(most) => {
            let room = words.iter().skip(at).take(*most).take_while(|word| same(word)).count();
            (0..=room).find_map(|skipped| reach(rest, words, from, at + skipped))
        }
        Piece::MessageStart => holds(at == 0),
        Piece::MessageEnd => holds(at == words.len()),
        Piece::SentenceStart => holds(edge),
        Piece::SentenceEnd => holds(edge),
    }
}

fn pieces_of(phrase: &str, lists: Lists) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for piece in phrase.split_whitespace() {
        match piece {
            "~" => pieces.push(Piece::Gap(3)),
            "~~" => pieces.push(Piece::Gap(9)),
            "^" => pieces.push(Piece::MessageStart),
            "$" => pieces.push(Piece::MessageEnd),
            "<" => pieces.push(Piece::SentenceStart),
            ">" => pieces.push(Piece::SentenceEnd),
            other => match other.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
                Some(inner) => pieces.push(Piece::Maybe(terms_of(inner, lists))),
                None if other.contains(['|', '%', '#', '*']) => {
                    pieces.push(Piece::One(terms_of(other, lists)));
                }
                // A lone contraction may stand for two words; a choice may not.
                None => pieces.extend(
                    words::of(other)
                        .into_iter()
                        .map(|word| Piece::One(vec![Term::Word(word.text)])),
                ),
            },
        }
    }
    pieces
}

fn terms_of(choice: &str, lists: Lists) -> Vec<Term> {
    let mut terms = Vec::new();
    for part in choice.split('|') {
        match part {
            "#num" => terms.push(Term::Number),
            "#plate" => terms.push(Term::Plate),
            "#road" => terms.push(Term::FastRoad),
            other => match other.strip_prefix('%') {
                Some(name) => {
                    let found = lists.iter().filter(|(listed, _)| *listed == name);
                    let parts = found.flat_map(|(_, members)| members.split_whitespace());
                    terms.extend(parts.flat_map(|member| terms_of(member, lists)));
                }
                None => match other.strip_suffix('*') {
                    Some(start) => terms.push(Term::Prefix(start.to_owned())),
                    None => terms.push(Term::Word(other.to_owned())),
                },
            },
        }
    }
    terms
}

fn is_number(text: &str) -> bool {
    const NUMBERS: &[&str] = &[
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve", "twenty", "thirty", "forty", "fifty", "couple", "few", "several", "half",
    ];
    text.bytes().all(|byte| byte.is_ascii_digit()) || NUMBERS.contains(&text)
}

/// Two letters and two digits, alone or with the three letters that follow.
fn is_plate(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |at: usize, want: fn(&u8) -> bool| bytes.get(at).is_some_and(want);
    matches!(bytes.len(), 4 | 7)
        && (0..2).all(|at| shape(at, u8::is_ascii_alphabetic))
        && (2..4).all(|at| shape(at, u8::is_ascii_digit))
        && (4..bytes.len()).all(|at| shape(at, u8::is_ascii_alphabetic))
}

/// Motorways and A roads: `m25`, `a1m`, `a414`.
fn is_fast_road(text: &str) -> bool {
    let number = text.strip_prefix(['m', 'a']).map(|rest| rest.strip_suffix('m').unwrap_or(rest));
    number.is_some_and(|number| {
        matches!(number.len(), 1..=4) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(phrase: &'static str, input: &str, expected: Option<&str>) {
        let book = Book::new([phrase].into_iter(), &[("man", "man bloke")]);
        let words = words::of(input);
        let found = book.find(&words);
        let quoted = found.first().map(|hit| words::quote(input, &words[hit.from..hit.to]));
        assert_eq!(quoted, expected, "{phrase:?} in {input:?}");
    }

    #[test]
    fn a_phrase_bridges_words_but_not_sentences() {
        check("%man ~ knife", "a bloke with a big knife", Some("bloke with a big knife"));
        check("%man ~ knife", "a bloke. a big knife", None);
        check("[please] stop $", "no, please stop", Some("please stop"));
        check("< stop >", "Great. Stop. Thanks", Some("Stop"));
    }

    #[test]
    fn shapes_stand_for_many_words() {
        check("#road", "on the A1M now", Some("A1M"));
        check("#plate", "reg QX99 ZZQ", Some("QX99"));
        check("been #num days", "been 3 days", Some("been 3 days"));
        check("stab*", "he was stabbed", Some("stabbed"));
    }
}

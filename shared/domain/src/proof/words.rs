//! One text, looked at from every side.

use std::ops::Range;

use super::{Code, Finding, Proof, plain};
use crate::campaign::CampaignFile;
use crate::language::Language;
use crate::text::{self, Encoding, SmsText};
use crate::wording;
use crate::words::{self, Word};

/// The most words of a sentence (GOV.UK content design; Plain English Campaign).
const SENTENCE_MAX: usize = 20;

/// The Flesch-Kincaid grade above which a text is hard: a reading age of ten.
const GRADE_MAX: f64 = 5.0;

/// How large a text can become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// The field, such as `outcomes.cleared.text`.
    pub field: String,
    /// The largest of what is sent.
    pub largest: SmsText,
    /// How many parts it may have.
    pub allowed: usize,
}

/// What a text must say.
pub(super) struct Asks {
    parts: usize,
    date: bool,
    stop: bool,
}

impl Asks {
    /// The first text of a contact. That it says STOP is checked with its form.
    pub(super) fn first_text(parts: usize) -> Self {
        Self { parts, date: true, stop: false }
    }

    /// A further question.
    pub(super) fn question() -> Self {
        Self { parts: 1, date: false, stop: true }
    }

    /// What is said to a reply: it asks for nothing.
    pub(super) fn answer() -> Self {
        Self { parts: 1, date: false, stop: false }
    }
}

/// One text and where it stands.
struct Look<'a> {
    field: &'a str,
    text: &'a str,
    words: Vec<Word>,
    language: Language,
    proof: &'a mut Proof,
}

impl Look<'_> {
    fn tell(&mut self, code: Code, range: Option<Range<usize>>, what: String, help: &str) {
        let mut finding = Finding::of(code, self.field, what);
        finding.range = range;
        self.proof.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }
}

/// Looks at one text from every side.
pub(super) fn look(
    field: &str,
    text: &str,
    language: Language,
    asks: &Asks,
    file: &CampaignFile,
    proof: &mut Proof,
) {
    if text.trim().is_empty() {
        return;
    }
    // A filled-in day is words like any other, and stands where the placeholder stands.
    let mut look = Look { field, text, words: words::of(text), language, proof };
    sender(&mut look, file);
    must_say(&mut look, asks);
    placeholders(&mut look);
    alphabet(&mut look);
    size(&mut look, asks.parts);
    links_and_numbers(&mut look);
    long_sentences(&mut look);
    if language == Language::English {
        avoided(&mut look);
        hard(&mut look);
        names_and_capitals(&mut look, file);
    }
}

fn sender(look: &mut Look<'_>, file: &CampaignFile) {
    let theirs = file.languages.get(look.language.code()).and_then(|l| l.sender.as_ref());
    let Some(sender) = theirs.or(file.sender.as_ref()).map(|sender| sender.trim()) else { return };
    if sender.is_empty() || look.text.starts_with(&format!("{sender}: ")) {
        return;
    }
    let end = look.text.char_indices().nth(12).map_or(look.text.len(), |(at, _)| at);
    let what = "does not begin with who it is from".to_owned();
    look.tell(Code::NoSender, Some(0..end), what, &format!("begin with \"{sender}: \""));
}

fn must_say(look: &mut Look<'_>, asks: &Asks) {
    let says = |look: &Look<'_>, word: &str| look.words.iter().any(|known| known.text == word);
    if !says(look, "999") {
        let what = "does not name 999".to_owned();
        look.tell(Code::No999, None, what, "say \"Emergency? Call 999.\"");
    }
    if asks.stop && !look.text.contains("STOP") {
        let what = "must say how to STOP".to_owned();
        look.tell(Code::NoStop, None, what, "end it with `STOP to opt out`");
    }
    if asks.date && wording::placeholders(look.text).is_empty() {
        let dated = format!("{} on ((date))", look.text);
        if largest(&dated, look.language).segments() <= asks.parts {
            let what = "does not say which call it answers, and has room for it".to_owned();
            look.tell(Code::NoDate, None, what, "say \"your call on ((date))\"");
        }
    }
}

fn placeholders(look: &mut Look<'_>) {
    let mut rest: Vec<u8> = look.text.bytes().collect();
    for (range, _) in wording::placeholders(look.text) {
        rest[range].fill(b'x');
    }
    let rest = String::from_utf8_lossy(&rest).into_owned();
    let wrong = ["((", "))", "{", "}", "[", "]", "<", ">", "(date", "date)", "%s"];
    let first = wrong.iter().filter_map(|sign| Some((rest.find(sign)?, sign.len()))).min();
    if let Some((at, len)) = first {
        let what = "looks like a placeholder and is none: it would be sent as it stands".to_owned();
        look.tell(Code::BrokenPlaceholder, Some(at..at + len), what, "write ((date))");
    } else if let Some(at) = ["on .", "on ,", "on  ", " on."].iter().find_map(|gap| rest.find(gap))
    {
        let what = "ends in \"on\", as if a day were missing".to_owned();
        look.tell(Code::BrokenPlaceholder, Some(at..at + 3), what, "write \"on ((date))\"");
    }
}

fn alphabet(look: &mut Look<'_>) {
    for (at, character) in look.text.char_indices() {
        let between = text::prepare(&format!("x{character}x"));
        let sent = between.sent().trim_start_matches('x').trim_end_matches('x');
        let same = sent.chars().eq([character]) || character == 'x';
        let range = Some(at..at + character.len_utf8());
        let shown = character.escape_unicode();
        if same && between.encoding() == Encoding::Gsm7 {
            continue;
        }
        if same {
            // A letter that Welsh is written with is worth what it costs, in Welsh.
            if look.language != Language::Welsh || !character.is_alphabetic() {
                let what = format!(
                    "{character:?} ({shown}) leaves room for 70 characters in a part instead of 160"
                );
                look.tell(Code::NotPlain, range, what, "leave it out");
            }
        } else if !sent.is_empty() && !character.is_alphanumeric() {
            let what = format!("{character:?} ({shown}) is sent as {sent:?}");
            look.tell(Code::SmartPunctuation, range, what, &format!("write {sent}"));
        } else {
            let what = format!("U+{:04X} is sent as {sent:?}", u32::from(character));
            look.tell(Code::NotPlain, range, what, "write what is sent");
        }
    }
}

/// The text with the day that makes it largest.
fn largest(text: &str, language: Language) -> SmsText {
    let prepared = wording::all_values(text, language).map(|text| text::prepare(&text));
    prepared
        .max_by_key(|text| (text.segments(), text.units()))
        .unwrap_or_else(|| text::prepare(text))
}

fn size(look: &mut Look<'_>, allowed: usize) {
    let largest = largest(look.text, look.language);
    let (parts, units) = (largest.segments(), largest.units());
    let (single, part) = match largest.encoding() {
        Encoding::Gsm7 => (text::GSM7_SINGLE, text::GSM7_PART),
        Encoding::Ucs2 => (text::UCS2_SINGLE, text::UCS2_PART),
    };
    let room = if allowed <= 1 { single } else { part * allowed };
    if parts > allowed {
        let over = units.saturating_sub(room).max(1);
        let what = format!(
            "comes to {units} characters and {parts} parts, {over} more than fit into {allowed}"
        );
        let help = format!("shorten it by {over}, or say parts = {parts} and pay for them");
        look.tell(Code::Parts, None, what, &help);
    } else if parts < allowed {
        let what = format!("comes to {parts} at the most, and {allowed} are allowed");
        look.tell(Code::SpareParts, None, what, "lower `parts`");
    }
    let field = look.field.to_owned();
    look.proof.sizes.push(Size { field, largest, allowed });
}

fn links_and_numbers(look: &mut Look<'_>) {
    let text = look.text;
    for (at, piece) in pieces(text) {
        let piece_end = at + piece.len();
        let inner = piece.trim_matches(|c: char| !c.is_alphanumeric());
        let dotted = inner.split('.').collect::<Vec<_>>();
        let domain = dotted.len() > 1
            && dotted.iter().all(|part| !part.is_empty())
            && dotted.iter().any(|part| part.chars().any(char::is_alphabetic));
        if piece.contains("://") || piece.contains("www.") || piece.contains('@') || domain {
            let what = "holds a link or an address".to_owned();
            look.tell(Code::Link, Some(at..piece_end), what, "say \"our website\"");
        }
    }
    // Digits with spaces or hyphens between them are one number.
    let mut from = 0;
    while let Some(start) = text[from..].find(|c: char| c.is_ascii_digit()).map(|at| from + at) {
        let run = text[start..].find(|c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-')));
        let end = start + run.unwrap_or(text.len() - start);
        let number = text[start..end].trim_end_matches([' ', '-']);
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let lone = number.len() == digits.len();
        // The number of a road or a plate is told as that.
        let lettered = text[..start].ends_with(char::is_alphabetic);
        if digits.len() >= 3
            && !lettered
            && !(lone && ["999", "101", "112"].contains(&digits.as_str()))
        {
            let what = format!("names the number {number:?}");
            let help = "name none but 999, 101 and 55";
            look.tell(Code::PhoneNumber, Some(start..start + number.len()), what, help);
        }
        from = end;
    }
}

/// The pieces between spaces, with where they begin.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive(char::is_whitespace).map(move |piece| {
        let start = at;
        at += piece.len();
        (start, piece.trim_end())
    })
}

fn long_sentences(look: &mut Look<'_>) {
    for (range, count) in plain::sentences(&look.words) {
        if count > SENTENCE_MAX {
            let what = format!("a sentence of {count} words; {SENTENCE_MAX} are the most");
            look.tell(Code::LongSentence, Some(range), what, "make two of it");
        }
    }
}

fn avoided(look: &mut Look<'_>) {
    for (code, range, say) in plain::avoided(&look.words) {
        let quoted = &look.text[range.clone()];
        let what = match code {
            Code::Jargon => format!("{quoted:?} is a word of ours"),
            Code::Blame => format!("{quoted:?} sounds like a reproach"),
            Code::SaysNow => format!("{quoted:?} says what is so now; we only know what was"),
            _ => format!("{quoted:?} tells of somebody else"),
        };
        look.tell(code, Some(range), what, say);
    }
}

fn hard(look: &mut Look<'_>) {
    let Some(grade) = plain::grade(&look.words).filter(|grade| *grade > GRADE_MAX) else { return };
    let what = format!(
        "is for a reading age of {:.0}; write for nine (Flesch-Kincaid grade {grade:.1})",
        grade + 5.0
    );
    look.tell(Code::HardToRead, None, what, "shorter words, shorter sentences");
}

/// Words in capitals that every text may use.
const CAPITALS: [&str; 6] = ["stop", "start", "yes", "no", "ok", "uk"];

/// Names that are nobody's.
const NOBODY: [&str; 26] = [
    "i",
    "police",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
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
    "christmas",
    "easter",
    "english",
    "welsh",
    "council",
];

fn names_and_capitals(look: &mut Look<'_>, file: &CampaignFile) {
    let known = file.sender.iter().chain(&file.bodies).flat_map(|name| words::of(name));
    let known: Vec<String> = known.map(|word| word.text).collect();
    let mut sentence = None;
    let text = look.text;
    let mut found = Vec::new();
    let mut before = None;
    for word in &look.words {
        // The second half of a contraction was looked at with the first.
        if before.replace(word.span.start) == Some(word.span.start) {
            continue;
        }
        let first = sentence != Some(word.sentence);
        sentence = Some(word.sentence);
        let written = &text[word.span.clone()];
        let digits = written.chars().any(|c| c.is_ascii_digit());
        let letters = written.chars().any(char::is_alphabetic);
        if digits && letters {
            // A414, AB12 CDE, SG1: a road, a number plate or a postcode.
            found.push((
                Code::Identifies,
                word.span.clone(),
                format!("{written:?} names a place or a vehicle"),
            ));
        } else if known.contains(&word.text) || NOBODY.contains(&word.text.as_str()) {
        } else if word.shouted {
            if !CAPITALS.contains(&word.text.as_str()) {
                found.push((
                    Code::Capitals,
                    word.span.clone(),
                    format!("{written:?} is in capitals"),
                ));
            }
        } else if !first && written.starts_with(char::is_uppercase) {
            found.push((
                Code::Identifies,
                word.span.clone(),
                format!("{written:?} could be a name"),
            ));
        }
    }
    for (code, range, what) in found {
        let help = match code {
            Code::Capitals => "write it small; capitals are for what somebody is to reply",
            _ => {
                "leave it out: the phone may be somebody else's now. A public body can be named in `bodies`"
            }
        };
        look.tell(code, Some(range), what, help);
    }
}

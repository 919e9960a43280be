//! Words of a log's free text that keep its callers from being texted.
//!
//! Free text is only ever used to deny. It is looked at while a row is read and never kept; what
//! stays is the [`Marker`]. A word that matches too much costs a text; one that matches too little
//! could cost more, so this list errs to the first.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::incident::{MARKERS, Marker};

/// Phrases and the marker each stands for. Lower case, whole words, single spaces.
const PHRASES: &[(&str, Marker)] = &[
    ("domestic", Marker::DomesticAbuse),
    ("dv", Marker::DomesticAbuse),
    ("da", Marker::DomesticAbuse),
    ("marac", Marker::DomesticAbuse),
    ("idva", Marker::DomesticAbuse),
    ("dash form", Marker::DomesticAbuse),
    ("dash risk", Marker::DomesticAbuse),
    ("dvpo", Marker::DomesticAbuse),
    ("dvpn", Marker::DomesticAbuse),
    ("hba", Marker::DomesticAbuse),
    ("controlling", Marker::DomesticAbuse),
    ("non mol", Marker::DomesticAbuse),
    ("ex boyfriend", Marker::DomesticAbuse),
    ("ex girlfriend", Marker::DomesticAbuse),
    ("coercive", Marker::DomesticAbuse),
    ("non molestation", Marker::DomesticAbuse),
    ("ex partner", Marker::DomesticAbuse),
    ("ex husband", Marker::DomesticAbuse),
    ("ex wife", Marker::DomesticAbuse),
    ("honour based", Marker::DomesticAbuse),
    ("forced marriage", Marker::DomesticAbuse),
    ("stalking", Marker::DomesticAbuse),
    ("do not call", Marker::UnsafeToContact),
    ("do not call back", Marker::UnsafeToContact),
    ("do not contact", Marker::UnsafeToContact),
    ("do not ring", Marker::UnsafeToContact),
    ("do not text", Marker::UnsafeToContact),
    ("do not phone", Marker::UnsafeToContact),
    ("dont call", Marker::UnsafeToContact),
    ("dont contact", Marker::UnsafeToContact),
    ("dont ring", Marker::UnsafeToContact),
    ("dont text", Marker::UnsafeToContact),
    ("no call back", Marker::UnsafeToContact),
    ("no callback", Marker::UnsafeToContact),
    ("no contact please", Marker::UnsafeToContact),
    ("no contact to be made", Marker::UnsafeToContact),
    ("no contact with caller", Marker::UnsafeToContact),
    ("no contact with informant", Marker::UnsafeToContact),
    ("wants no contact", Marker::UnsafeToContact),
    ("dnc", Marker::UnsafeToContact),
    ("dont phone", Marker::UnsafeToContact),
    ("does not want to be called", Marker::UnsafeToContact),
    ("does not want to be contacted", Marker::UnsafeToContact),
    ("does not want a call back", Marker::UnsafeToContact),
    ("does not want calling back", Marker::UnsafeToContact),
    ("doesnt want to be called", Marker::UnsafeToContact),
    ("doesnt want to be contacted", Marker::UnsafeToContact),
    ("doesnt want a call back", Marker::UnsafeToContact),
    ("doesnt want calling back", Marker::UnsafeToContact),
    ("no further contact", Marker::UnsafeToContact),
    ("not to be contacted", Marker::UnsafeToContact),
    ("not safe to call", Marker::UnsafeToContact),
    ("not safe to contact", Marker::UnsafeToContact),
    ("unsafe to call", Marker::UnsafeToContact),
    ("unsafe to contact", Marker::UnsafeToContact),
    ("safe contact only", Marker::UnsafeToContact),
    ("fears reprisals", Marker::UnsafeToContact),
    ("anonymous", Marker::Anonymous),
    ("anon", Marker::Anonymous),
    ("anonomous", Marker::Anonymous),
    ("annonymous", Marker::Anonymous),
    ("refused details", Marker::Anonymous),
    ("refused to give details", Marker::Anonymous),
    ("refused to give name", Marker::Anonymous),
    ("did not want to give name", Marker::Anonymous),
    ("did not want to give details", Marker::Anonymous),
    ("would not give name", Marker::Anonymous),
    ("would not give details", Marker::Anonymous),
    ("refused name", Marker::Anonymous),
    ("declined details", Marker::Anonymous),
    ("number withheld", Marker::Anonymous),
    ("crimestoppers", Marker::Anonymous),
    ("silent call", Marker::SilentCall),
    ("silent 999", Marker::SilentCall),
    ("999 silent", Marker::SilentCall),
    ("pressed 55", Marker::SilentCall),
    ("55 pressed", Marker::SilentCall),
    ("silent solution", Marker::SilentCall),
    ("abandoned call", Marker::SilentCall),
    ("abandoned 999", Marker::SilentCall),
    ("line open", Marker::SilentCall),
    ("open line", Marker::SilentCall),
    ("fatal", Marker::Death),
    ("fatality", Marker::Death),
    ("deceased", Marker::Death),
    ("dead body", Marker::Death),
    ("found dead", Marker::Death),
    ("sudden death", Marker::Death),
    ("body found", Marker::Death),
    ("life extinct", Marker::Death),
    ("suicide", Marker::Death),
    ("suicidal", Marker::Vulnerable),
    ("self harm", Marker::Vulnerable),
    ("overdose", Marker::Vulnerable),
    ("safeguarding", Marker::Vulnerable),
    ("vulnerable", Marker::Vulnerable),
    ("mental health", Marker::Vulnerable),
    ("sectioned", Marker::Vulnerable),
    ("s136", Marker::Vulnerable),
    ("dementia", Marker::Vulnerable),
    ("child at risk", Marker::Vulnerable),
    ("knife", Marker::Weapon),
    ("firearm", Marker::Weapon),
    ("gun", Marker::Weapon),
    ("machete", Marker::Weapon),
    ("weapon", Marker::Weapon),
    ("using friends phone", Marker::OthersPhone),
    ("borrowed phone", Marker::OthersPhone),
    ("borrowed mobile", Marker::OthersPhone),
    ("using neighbours phone", Marker::OthersPhone),
    ("neighbours phone", Marker::OthersPhone),
    ("passers by phone", Marker::OthersPhone),
    ("not callers phone", Marker::OthersPhone),
    ("not his phone", Marker::OthersPhone),
    ("not her phone", Marker::OthersPhone),
    ("work phone", Marker::OthersPhone),
];

/// Words that come before a thing or an animal, and then say nothing of a person.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    ("domestic", &["appliance", "appliances", "freezer", "fridge", "rubbish", "waste"]),
    (
        "deceased",
        &[
            "animal", "animals", "badger", "cat", "cow", "deer", "dog", "fox", "hedgehog", "horse",
            "muntjac", "pheasant", "rabbit", "sheep", "swan",
        ],
    ),
];

/// What may follow the thing or the animal: "deceased dog walker" is a person.
const AFTER_EXCEPTIONS: &[&str] = &[
    "across",
    "along",
    "at",
    "blocking",
    "dumped",
    "in",
    "left",
    "lying",
    "near",
    "obstructing",
    "on",
    "outside",
    "under",
];

/// Every phrase, found in one pass.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let phrases = PHRASES.iter().map(|(phrase, _)| format!(" {phrase} "));
    // Every word begins with the space that every phrase begins with: looking for it skips nothing.
    let builder = &mut AhoCorasick::builder();
    builder.kind(Some(AhoCorasickKind::DFA)).prefilter(false).build(phrases).ok()
});

/// What was found in the texts of one row.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// By the order of [`MARKERS`].
    seen: [bool; MARKERS.len()],
    plain: Vec<u8>,
}

impl Found {
    /// Looks at one text.
    pub(crate) fn look(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        plain(text, &mut self.plain);
        let Some(finder) = FINDER.as_ref() else {
            // Cannot be: a test looks. Nothing fails open.
            self.seen = [true; MARKERS.len()];
            return;
        };
        let mut excusable = 0;
        for found in finder.find_overlapping_iter(&self.plain) {
            let Some((phrase, marker)) = PHRASES.get(found.pattern().as_usize()) else { continue };
            if EXCEPTIONS.iter().any(|(word, _)| word == phrase) {
                excusable += 1;
            } else {
                self.seen[*marker as usize] = true;
            }
        }
        if excusable > 0 {
            for marker in unexcused(text) {
                self.seen[marker as usize] = true;
            }
        }
    }

    /// The markers found, each once, in the order of their type.
    pub(crate) fn markers(&self) -> Vec<Marker> {
        let all = MARKERS.iter().zip(self.seen);
        all.filter(|(_, seen)| *seen).map(|((marker, _), _)| *marker).collect()
    }
}

/// The markers whose words are in the text, each once, in the order of their type.
pub fn find(text: &str) -> Vec<Marker> {
    let mut found = Found::default();
    found.look(text);
    found.markers()
}

/// The markers of the words that have exceptions, wherever no exception is.
///
/// One is only where nothing but spaces stands between the word and the thing, for "Domestic.
/// Fridge smashed" is no fridge, and where nothing follows that could make it something else.
fn unexcused(text: &str) -> Vec<Marker> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for (word, things) in EXCEPTIONS {
        let marker = PHRASES.iter().find(|(phrase, _)| phrase == word).map(|(_, marker)| *marker);
        for (start, _) in lower.match_indices(word) {
            let rest = &lower[start + word.len()..];
            let is_word = !lower[..start].ends_with(is_inside) && !rest.starts_with(is_inside);
            let (thing, after) = next_word(rest);
            let (then, _) = next_word(after);
            let ends = after.trim_start_matches(' ').is_empty()
                || after.starts_with(['.', ',', ';', '\r', '\n']);
            let excused = things.contains(&thing) && (ends || AFTER_EXCEPTIONS.contains(&then));
            if is_word && !excused {
                found.extend(marker);
            }
        }
    }
    found
}

/// Whether a character belongs to a word, apostrophes among them.
fn is_inside(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\'' | '\u{2019}')
}

/// The word after nothing but spaces, and what follows it; no word where anything else comes.
fn next_word(text: &str) -> (&str, &str) {
    let rest = text.trim_start_matches(' ');
    if rest.len() == text.len() {
        return ("", text);
    }
    let end = rest.find(|c| !is_inside(c)).unwrap_or(rest.len());
    rest.split_at(end)
}

/// What each byte of plain text becomes: itself in lower case, a gap, or nothing.
const PLAIN: [u8; 128] = {
    let mut plain = [b' '; 128];
    let mut byte: u8 = 0;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain[b'\'' as usize] = 0;
    plain
};

/// Lower case, letters and digits only, one space between words, one at each end.
fn plain(text: &str, plain: &mut Vec<u8>) {
    plain.clear();
    if !text.is_ascii() {
        plain_by_letters(text, plain);
        return;
    }
    plain.resize(text.len() + 2, b' ');
    // Each byte is written where the next belongs, and stays only if it is not a second space.
    let written = plain.as_mut_slice();
    let mut end = 1;
    let mut last = b' ';
    for byte in text.bytes() {
        let byte = PLAIN[usize::from(byte & 0x7F)];
        written[end] = byte;
        let stays = byte != 0 && (byte != b' ' || last != b' ');
        end += usize::from(stays);
        last = if stays { byte } else { last };
    }
    written[end] = b' ';
    plain.truncate(end + usize::from(last != b' '));
}

fn plain_by_letters(text: &str, plain: &mut Vec<u8>) {
    plain.push(b' ');
    for character in text.chars() {
        if character == '\'' || character == '\u{2019}' {
            continue;
        }
        if character.is_alphanumeric() {
            for lower in character.to_lowercase() {
                plain.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
            }
        } else if plain.last() != Some(&b' ') {
            plain.push(b' ');
        }
    }
    if plain.last() != Some(&b' ') {
        plain.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[Marker]) {
        assert_eq!(find(text), expected, "{text}");
    }

    #[test]
    fn words_are_found_whatever_their_dress() {
        check("DOMESTIC - ex-partner outside", &[Marker::DomesticAbuse]);
        check("Caller: don't ring back!", &[Marker::UnsafeToContact]);
        check("INFT WISHES TO REMAIN ANONYMOUS", &[Marker::Anonymous]);
        check("999 silent, pressed\n55", &[Marker::SilentCall]);
        check("fatal?  knife seen", &[Marker::Death, Marker::Weapon]);
    }

    #[test]
    fn parts_of_words_are_not() {
        check("DAMAGE TO NEARSIDE, DATA SENT", &[]);
        check("begun to clear", &[]);
        check("dash cam footage, no contact between vehicles", &[]);
        check("tree down across both lanes", &[]);
        check("", &[]);
    }

    #[test]
    fn a_thing_or_an_animal_is_no_person() {
        check("Domestic fridge in L2, A41 o/s Vetchley Road. Crew moved it.", &[]);
        check("Deceased deer in L1, A505. Moved to verge.", &[]);
        check("DECEASED BADGER", &[]);
        check("bags of domestic  waste dumped. deceased swan, on verge", &[]);
    }

    #[test]
    fn an_exception_excuses_only_itself() {
        let abuse = [Marker::DomesticAbuse];
        let death = [Marker::Death];
        check("domestic fridge in L2, this is a domestic", &abuse);
        check("DOMESTIC. FRIDGE SMASHED", &abuse);
        check("Domestic - fridge in hallway", &abuse);
        check("domestic\nfridge in L2", &abuse);
        check("domestic fridge thrown by male", &abuse);
        check("domestic fridges", &abuse);
        check("deceased dog walker on footpath", &death);
        check("deceased deer in L1, driver deceased", &death);
        check("deceased male, deer in road", &death);
        check("fatal, deceased deer in road", &death);
        check("deceased deer in road, DV markers", &abuse);
    }

    #[test]
    fn what_is_found_at_once_is_what_is_found_one_by_one() {
        assert!(FINDER.is_some());
        for (number, (marker, _)) in MARKERS.iter().enumerate() {
            assert_eq!(*marker as usize, number);
        }
        let has = |plain: &str, phrase: &str| plain.contains(&format!(" {phrase} "));
        for (one, _) in PHRASES {
            for (other, _) in PHRASES {
                let text = format!("{} -{other}", one.to_uppercase());
                let mut bytes = Vec::new();
                plain(&text, &mut bytes);
                let plain_text = String::from_utf8(bytes).unwrap();
                let mut expected: Vec<Marker> = PHRASES
                    .iter()
                    .filter(|(phrase, _)| has(&plain_text, phrase))
                    .map(|(_, marker)| *marker)
                    .collect();
                expected.sort_unstable();
                expected.dedup();
                check(&text, &expected);
            }
        }
        for (word, _) in EXCEPTIONS {
            assert!(PHRASES.iter().any(|(phrase, _)| phrase == word), "{word}");
        }
    }

    proptest! {
        #[test]
        fn text_of_plain_letters_becomes_what_any_text_becomes(text in "[ -~\n]{0,40}") {
            let (mut quick, mut slow) = (Vec::new(), Vec::new());
            plain(&text, &mut quick);
            plain_by_letters(&text, &mut slow);
            prop_assert_eq!(quick, slow);
        }
    }
}

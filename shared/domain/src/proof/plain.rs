//! Which words say what: claims, jargon, blame, other people, sentences and how hard they are.

use std::ops::Range;
use std::sync::LazyLock;

use super::Code;
use crate::phrase::{Book, Lists};
use crate::words::{self, Word};

/// Something a text says that we did.
pub(super) struct Said {
    /// Where.
    pub(super) range: Range<usize>,
    /// The claims any one of which bears it out.
    pub(super) borne_by: &'static [&'static str],
}

const LISTS: Lists = &[
    ("us", "we police officer officers patrol patrols"),
    ("went", "came went attended arrived visited"),
    ("moved", "cleared moved removed recovered collected freed fixed mended"),
];

/// What words say that we did, and the claims of which one must stand beside them.
const DEEDS: &[(&[&str], &str)] = &[
    (
        &["attended", "looked", "cleared"],
        "%us ~ %went, we were there, we got there, %us ~ been, \
         we|have ~ sent ~ officer|officers|patrol|unit|team|car|someone|somebody",
    ),
    (
        &["looked"],
        "%us ~ looked|checked|searched|patrolled, not find|see|spot, find nothing|no, found nothing|no",
    ),
    (
        &["cleared"],
        "%us ~ %moved, was|were|been ~ %moved, we took ~~ away, was|were|been taken away",
    ),
    (
        &["passed-on"],
        "we|have ~ told|asked|referred|informed|alerted, we|have ~ passed, we let ~ know, \
         has|have|was|were been ~ told|asked|referred|passed|informed, was|were told|asked|informed, \
         another|other service|team|agency|body|council ~~ dealt|helped|came|went",
    ),
    (
        &["not-attended"],
        "did|could not ~ send|come|go|attend|visit, not able ~ send|come|go|attend, \
         nobody|no ~ came|went|attended",
    ),
    (
        &["resulted", "cleared"],
        "gave|given|went|gone ~ back, was|were|been ~ returned, \
         we|have ~ recorded, we wrote ~ down, written down",
    ),
];

static DEED_BOOK: LazyLock<Book> =
    LazyLock::new(|| Book::new(DEEDS.iter().map(|(_, phrases)| *phrases), LISTS));

/// Everything an English text says that we did.
pub(super) fn said(text: &str) -> impl Iterator<Item = Said> {
    let words = words::of(text);
    let mut hits = DEED_BOOK.find(&words);
    // Of two that overlap and say the same, one is enough.
    hits.sort_by_key(|hit| (hit.rule, hit.from, std::cmp::Reverse(hit.to)));
    hits.dedup_by(|next, kept| next.rule == kept.rule && next.from < kept.to);
    hits.sort_by_key(|hit| hit.from);
    hits.into_iter().filter_map(move |hit| {
        let range = range(&words, hit.from, hit.to)?;
        Some(Said { range, borne_by: DEEDS.get(hit.rule)?.0 })
    })
}

fn range(words: &[Word], from: usize, to: usize) -> Option<Range<usize>> {
    Some(words.get(from)?.span.start..words.get(to.checked_sub(1)?)?.span.end)
}

/// Words not to use: why, the phrases, and what to say.
const AVOID: &[(Code, &str, &str)] = &[
    (Code::Jargon, "rtc|rtcs|rti", "say \"crash\""),
    (Code::Jargon, "log|logs|logged, cad", "say \"your call\""),
    (Code::Jargon, "attend|attended|attending|attendance", "say \"came\" or \"went\""),
    (
        Code::Jargon,
        "deploy|deployed|dispatched|resourced|unit|units",
        "say \"an officer\" or \"we came\"",
    ),
    (Code::Jargon, "disposal|resulted|nfa|actioned, no further action", "say what was done"),
    (Code::Jargon, "informant|complainant|mop", "say \"you\""),
    (Code::Jargon, "carriageway|highway|highways", "say \"road\""),
    (Code::Jargon, "obstruction|obstructing", "say \"what was in the way\""),
    (Code::Jargon, "ip|aggrieved", "say nothing of anybody else"),
    (Code::Jargon, "fcr|pnc|athena|storm|nsir|thrive", "leave our systems out"),
    (
        Code::Jargon,
        "regarding|pertaining, in relation to, further to, in respect of",
        "say \"about\"",
    ),
    (
        Code::Jargon,
        "utilise|utilised|commence|commenced|ascertain|ascertained|proceed|proceeded|whereabouts",
        "use the shorter word",
    ),
    (
        Code::Blame,
        "should|must not have, should|could have, you should, wasted|wasting|waste ~ time, time waster*, \
         unnecessary|unnecessarily|needless|needlessly, not ~ police matter, false alarm, hoax*, \
         you were wrong|mistaken, by mistake, in future, next time ~ please, only call|ring, \
         do not call|ring",
        "nobody is scolded for calling: leave it out",
    ),
    (
        Code::ThirdParty,
        "he|she|him|his|her|hers, \
         husband|wife|neighbour|neighbours|son|daughter|mother|father|mum|dad|driver|rider|cyclist|pedestrian|man|woman|patient|victim|suspect|offender|owner|owners|occupant|occupants|lady|gentleman|boy|girl|child|children|casualty|resident|residents|youths, \
         your|their partner|friend|family|relative, the|a|another person|people|caller|family",
        "say nothing of anybody but the reader",
    ),
    (
        Code::ThirdParty,
        "arrest|arrested|charged|cautioned|custody|hospital|ambulance|injured|injuries|died|dead|alive|unwell|drunk|drugs|medical|suicid*, \
         mental health, safe and well, is|are|was|were [all] ill|okay, is|are|was|were found",
        "say nothing of anybody's health or arrest",
    ),
    (
        Code::SaysNow,
        "is|are [now|all] clear|safe|open|fixed|sorted|resolved|gone|moved|cleared, now clear|safe|open, \
         clear|safe|open now",
        "say what was so when you left: \"was clear\"",
    ),
];

static AVOID_BOOK: LazyLock<Book> =
    LazyLock::new(|| Book::new(AVOID.iter().map(|(_, phrases, _)| *phrases), LISTS));

/// What is better not said: the code, where, and what to say.
pub(super) fn avoided(words: &[Word]) -> Vec<(Code, Range<usize>, &'static str)> {
    let mut found: Vec<(Code, Range<usize>, &'static str)> = Vec::new();
    for hit in AVOID_BOOK.find(words) {
        let (Some((code, _, say)), Some(range)) =
            (AVOID.get(hit.rule), range(words, hit.from, hit.to))
        else {
            continue;
        };
        // Of two findings about the same words one is enough.
        if found.iter().any(|(other, at, _)| other == code && range.start < at.end) {
            continue;
        }
        found.push((*code, range, say));
    }
    found
}

/// The sentences, each with its place and how many words it has.
pub(super) fn sentences(words: &[Word]) -> Vec<(Range<usize>, usize)> {
    words
        .chunk_by(|a, b| a.sentence == b.sentence)
        .filter_map(|sentence| {
            // The halves of a contraction are one word.
            let mut spans: Vec<_> = sentence.iter().map(|word| word.span.start).collect();
            spans.dedup();
            Some((range(sentence, 0, sentence.len())?, spans.len()))
        })
        .collect()
}

/// The grade of an American school that reads it, by Flesch and Kincaid (1975); five years more is
/// the reading age. None of a text without words.
pub(super) fn grade(words: &[Word]) -> Option<f64> {
    let letters = |word: &&Word| word.text.chars().any(char::is_alphabetic);
    let counted: Vec<_> = words.iter().filter(letters).collect();
    let sentences = counted.chunk_by(|a, b| a.sentence == b.sentence).count();
    if counted.is_empty() {
        return None;
    }
    let syllables: usize = counted.iter().map(|word| syllables(&word.text)).sum();
    let [words, sentences, syllables] =
        [counted.len(), sentences, syllables].map(|n| u32::try_from(n).map_or(f64::MAX, f64::from));
    Some(0.39 * words / sentences + 11.8 * syllables / words - 15.59)
}

/// Groups of vowels, but for an e that is not spoken at the end: right for most English words.
fn syllables(word: &str) -> usize {
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let chars: Vec<char> = word.chars().collect();
    let groups =
        chars.chunk_by(|a, b| vowel(*a) == vowel(*b)).filter(|group| vowel(group[0])).count();
    let silent = match chars.as_slice() {
        [.., 'l', 'e'] => false,
        [.., before, 'e'] => !vowel(*before),
        [.., before, 'e', 'd'] => !vowel(*before) && !matches!(before, 't' | 'd'),
        _ => false,
    };
    (groups - usize::from(silent && groups > 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_words_say_that_we_did_is_found() {
        let check = |text: &str, claims: &[&str]| {
            let found: Vec<_> = said(text).map(|said| said.borne_by[0]).collect();
            assert_eq!(found, claims, "{text}");
        };
        check("We came and cleared the road.", &["attended", "cleared"]);
        check("We checked the road and it was clear.", &["looked"]);
        check("Officers went to look.", &["attended"]);
        check("The animal was moved.", &["cleared"]);
        check("We told the team that looks after the road.", &["passed-on"]);
        check("We did not send an officer this time.", &["not-attended"]);
        check("We've sent an officer round.", &["attended"]);
        check("We came and looked, and did not find a problem.", &["attended", "looked", "looked"]);
        check("Thank you for your call. You did the right thing.", &[]);
        check("Other people had told us too, so we already knew about it.", &[]);
        check("What you told us has been dealt with.", &[]);
        check("Another service was better able to help, and they dealt with it.", &["passed-on"]);
    }

    #[test]
    fn syllables_are_counted_as_they_are_spoken() {
        for (word, count) in [
            ("you", 1),
            ("thank", 1),
            ("police", 2),
            ("cleared", 1),
            ("emergency", 4),
            ("ended", 2),
            ("table", 2),
            ("the", 1),
            ("time", 1),
            ("reply", 2),
        ] {
            assert_eq!(syllables(word), count, "{word}");
        }
    }

    #[test]
    fn a_plain_text_is_for_the_young_and_officialese_is_not() {
        let grade = |text: &str| grade(&words::of(text)).unwrap();
        let plain =
            "Thank you for your call. We came and cleared the road. You did the right thing.";
        assert!(grade(plain) < 3.0, "{}", grade(plain));
        let official = "Following deployment of appropriate resources, the aforementioned \
            obstruction necessitating attendance was subsequently remediated.";
        assert!(grade(official) > 15.0, "{}", grade(official));
    }
}

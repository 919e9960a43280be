//! Splits a reply into plain lower-case words, so that one phrase matches many spellings.
//!
//! Apostrophes, accents, full-width letters, text speak and contractions are evened out:
//! `he's`, `hes` and `he is` all come out as `he is`. Each word remembers where it stood in
//! the original, so that a reason can quote the sender. It corrects no spelling in general:
//! only the slips listed here.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// One evened-out word and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// The evened-out form, never empty.
    pub(crate) text: String,
    /// The bytes of the original it stands for; the halves of a contraction share them.
    pub(crate) span: Range<usize>,
    /// Which sentence it is in, from 0.
    pub(crate) sentence: usize,
    /// Whether the sender wrote it in capitals.
    pub(crate) shouted: bool,
}

/// The evened-out words of `text`, in order.
pub(crate) fn of(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut sentence = 0;
    let mut seen_in_sentence = false;
    let mut raw = String::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, c)| c);
        if is_wordy(c) {
            if raw.is_empty() {
                start = at;
            }
            raw.push(c);
            continue;
        }
        let inside = !raw.is_empty() && next.is_some_and(is_wordy);
        if is_apostrophe(c) && inside {
            raw.push('\'');
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if !raw.is_empty() {
            push(&mut words, &raw, start..at, sentence);
            raw.clear();
            seen_in_sentence = true;
        }
        let decimal =
            c == '.' && next.is_some_and(|n| n.is_ascii_digit()) && ends_in_digit(text, at);
        if is_picture(c) {
            let span = at..at + c.len_utf8();
            words.push(Word { text: c.to_string(), span, sentence, shouted: false });
            seen_in_sentence = true;
        } else if ends_sentence(c) && !decimal && seen_in_sentence {
            sentence += 1;
            seen_in_sentence = false;
        }
    }
    if !raw.is_empty() {
        push(&mut words, &raw, start..text.len(), sentence);
    }
    words
}

/// The original text from the first of `words` to the last, for quoting.
pub(crate) fn quote<'a>(text: &'a str, words: &[Word]) -> &'a str {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => text.get(first.span.start..last.span.end).unwrap_or_default(),
        _ => "",
    }
}

/// The original text between two neighbouring words: punctuation and spaces.
pub(crate) fn between<'a>(text: &'a str, left: &Word, right: &Word) -> &'a str {
    text.get(left.span.end..right.span.start).unwrap_or_default()
}

fn push(words: &mut Vec<Word>, raw: &str, span: Range<usize>, sentence: usize) {
    let shouted = raw.chars().filter(|c| c.is_alphabetic()).count() > 1
        && raw.chars().all(|c| !c.is_lowercase());
    let plain = even_out(raw);
    let mut add = |text: &str| {
        if !text.is_empty() {
            let span = span.clone();
            words.push(Word { text: text.to_owned(), span, sentence, shouted });
        }
    };
    let squashed: String = plain.chars().filter(|&c| c != '\'').collect();
    if let Some(full) = spelled_out(&plain).or_else(|| spelled_out(&squashed)) {
        full.split(' ').for_each(add);
    } else if let Some(owner) = plain.strip_suffix("'s") {
        add(owner);
        add("is");
    } else if let Some(full) = full_ing(&squashed) {
        add(&full);
    } else {
        add(&squashed);
    }
}

/// Lower case, no accents, ASCII digits, and `sooo` down to `so`.
fn even_out(raw: &str) -> String {
    let mut plain = String::with_capacity(raw.len());
    let fold = |c: char| match c {
        'ł' | 'Ł' => 'l',
        '\u{0660}'..='\u{0669}' => digit(c, '\u{0660}'),
        '\u{06F0}'..='\u{06F9}' => digit(c, '\u{06F0}'),
        '\u{0966}'..='\u{096F}' => digit(c, '\u{0966}'),
        other => other,
    };
    if raw.is_ascii() {
        plain.push_str(&raw.to_ascii_lowercase());
    } else {
        let folded = raw.nfkd().filter(|c| !is_accent(*c)).map(fold);
        plain.extend(folded.flat_map(char::to_lowercase));
    }
    squeeze(&plain)
}

fn squeeze(plain: &str) -> String {
    let chars: Vec<char> = plain.chars().collect();
    let mut out = String::with_capacity(plain.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let run = chars.iter().skip(at).take_while(|&&other| other == c).count();
        let kept = if run > 2 && c.is_alphabetic() { 1 } else { run };
        out.extend(std::iter::repeat_n(c, kept));
        at += run;
    }
    out
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

fn ends_in_digit(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| c.is_ascii_digit())
}

fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() && c != '½' || is_accent(c)
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '\u{FF07}')
}

/// Joiners, skin tones, presentation marks and the keycap frame change no meaning here.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{FEFF}')
}

/// Emoji and dingbats stand as words of their own.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}')
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ';' | ':' | '\n' | '\r' | '…' | '。' | '؟' | '—' | '–')
}

/// `hittin` is `hitting`, but `cousin` is `cousin`.
fn full_ing(plain: &str) -> Option<String> {
    const NOT_ING: &[&str] = &[
        "heroin", "within", "cousin", "aspirin", "insulin", "bulletin", "margin", "napkin",
        "penguin", "dolphin", "violin", "origin", "muffin", "dublin", "martin", "austin", "urchin",
        "virgin", "raisin", "assassin", "codein", "goblin", "basin", "cabin", "robin", "melanin",
    ];
    let cut = plain.len() > 5 && plain.ends_with("in") && !plain.ends_with("ain");
    (cut && !NOT_ING.contains(&plain)).then(|| format!("{plain}g"))
}

/// Contractions and text speak in full; an apostrophe is kept where it decides the meaning.
fn spelled_out(plain: &str) -> Option<&'static str> {
    Some(match plain {
        "i'll" => "i will",
        "i'd" => "i would",
        "he'll" => "he will",
        "she'll" => "she will",
        "we'll" => "we will",
        "we're" => "we are",
        "he'd" => "he would",
        "she'd" => "she would",
        "we'd" => "we would",
        "let's" => "let us",
        "im" | "iam" => "i am",
        "ive" | "iv'e" => "i have",
        "il" => "i will",
        "hes" => "he is",
        "shes" => "she is",
        "its" => "it is",
        "thats" | "tht's" => "that is",
        "theres" | "thers" | "therse" => "there is",
        "whats" => "what is",
        "whos" => "who is",
        "wheres" => "where is",
        "hows" => "how is",
        "heres" => "here is",
        "theyre" => "they are",
        "youre" | "yr'e" => "you are",
        "theyve" => "they have",
        "youve" => "you have",
        "weve" => "we have",
        "youll" => "you will",
        "theyll" => "they will",
        "itll" => "it will",
        "thatll" => "that will",
        "youd" => "you would",
        "theyd" => "they would",
        "dont" | "dnt" | "dunt" | "donot" | "don" => "do not",
        "doesnt" | "dosnt" | "dosent" | "dont'" => "does not",
        "didnt" | "dint" | "didn" | "dident" => "did not",
        "cant" | "cnt" | "carnt" | "cannot" | "cannae" => "can not",
        "couldnt" | "cudnt" | "couldn" => "could not",
        "wont" | "wnt" => "will not",
        "wouldnt" | "wudnt" | "wouldn" => "would not",
        "shouldnt" => "should not",
        "isnt" | "aint" | "int" => "is not",
        "arent" => "are not",
        "wasnt" | "wasn" => "was not",
        "werent" => "were not",
        "hasnt" | "hasn" => "has not",
        "havent" | "havnt" | "haven" => "have not",
        "hadnt" => "had not",
        "mustnt" => "must not",
        "u" | "yu" | "ya" | "yous" | "youse" | "yas" => "you",
        "ur" | "yor" => "your",
        "r" => "are",
        "n" | "nd" => "and",
        "pls" | "plz" | "plse" | "pleas" | "pleese" | "plese" | "plx" | "pleae" => "please",
        "thankyou" | "thankyu" => "thank you",
        "thx" | "thnx" | "thanx" | "tnx" | "thks" | "fanks" | "ty" | "tysm" | "tks" | "thanku"
        | "thnks" | "thanls" => "thanks",
        "someones" | "somebodys" => "someone is",
        "somebody" | "sum1" | "some1" | "sumone" | "som1" | "sombody" | "sumbody" => "someone",
        "nobody" | "noone" | "no1" | "nobodys" => "no one",
        "nowt" | "nuffin" | "nuthin" | "nothin" => "nothing",
        "owt" => "anything",
        "summat" => "something",
        "gonna" | "gunna" | "gona" | "gna" => "going to",
        "wanna" => "want to",
        "gotta" => "got to",
        "tryna" => "trying to",
        "cos" | "coz" | "cuz" | "bcos" | "becos" | "bcz" | "bc" | "becuase" | "beacuse" => {
            "because"
        }
        "abt" => "about",
        "bk" => "back",
        "bn" => "been",
        "b4" => "before",
        "msg" | "mesage" | "massage" => "message",
        "msgs" | "mesages" => "messages",
        "msging" | "msgin" | "messagin" => "messaging",
        "txt" => "text",
        "txts" => "texts",
        "txting" | "txtin" | "textin" | "texing" | "texin" => "texting",
        "wiv" | "wid" => "with",
        "wen" => "when",
        "wot" | "wat" | "wht" => "what",
        "hav" => "have",
        "ppl" => "people",
        "tho" => "though",
        "gr8" | "grate" => "great",
        "2day" => "today",
        "2moro" | "tmrw" | "tomoz" | "tomorow" => "tomorrow",
        "2nite" | "tonite" => "tonight",
        "defo" | "def" | "deffo" | "definately" | "defiantly" => "definitely",
        "hubby" | "husban" | "huband" => "husband",
        "bf" => "boyfriend",
        "gf" => "girlfriend",
        "mam" | "mom" | "mummy" | "mammy" | "mumma" => "mum",
        "daddy" => "dad",
        "fone" | "fon" => "phone",
        "nite" => "night",
        "knive" | "kinfe" | "knif" | "nife" => "knife",
        "breathin" | "brething" | "breething" | "breathng" => "breathing",
        "breath" => "breathe",
        "colapsed" | "collapesd" | "collasped" => "collapsed",
        "unconcious" | "unconsious" | "unconscous" => "unconscious",
        "sucide" | "suiside" | "sucidal" => "suicide",
        "recieve" => "receive",
        "adress" => "address",
        "excelent" | "excellant" | "exellent" => "excellent",
        "brillant" | "briliant" | "brillient" => "brilliant",
        "helpfull" => "helpful",
        "proffesional" | "profesional" | "proffessional" | "professonal" => "professional",
        "officier" | "oficer" | "offcer" => "officer",
        "plod" | "bobby" => "officer",
        "definitly" => "definitely",
        "hlp" | "hellp" | "helpp" | "hepl" | "halp" => "help",
        "neva" => "never",
        "wasent" => "was not",
        "hr" => "hour",
        "hrs" => "hours",
        "min" | "mins" => "minutes",
        "wk" => "week",
        "wks" => "weeks",
        "agen" | "agn" | "agian" => "again",
        "rd" => "road",
        "street" => "road",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        let words: Vec<String> = of(input).into_iter().map(|word| word.text).collect();
        assert_eq!(words.join(" "), expected, "{input:?}");
    }

    #[test]
    fn spellings_of_one_thing_come_out_alike() {
        check("He’s outside", "he is outside");
        check("hes outside", "he is outside");
        check("my husband's hittin me", "my husband is hitting me");
        check("Diolch, ŵyl ＳＴＯＰ", "diolch wyl stop");
        check("sooo slow, nobody came", "so slow no one came");
    }

    #[test]
    fn pictures_and_keycaps_are_words() {
        check("5️⃣👍🏽", "5 👍");
    }

    #[test]
    fn a_quote_is_the_senders_own_words() {
        let text = "Oh NO, he’s got a Knife!";
        let words = of(text);
        assert_eq!(quote(text, &words[2..]), "he’s got a Knife");
    }
}

//! What an SMS text becomes on its way out, and how many parts it is charged as.
//!
//! The alphabet is the GSM 7-bit default alphabet with its basic extension table (3GPP TS 23.038).
//! One character outside it turns the whole text into UCS-2, which more than halves the room, so
//! [`prepare`] first writes what it can in the alphabet:
//!
//! - smart quotes, dashes, dots, exotic spaces, ligatures and full-width letters become their
//!   plain forms;
//! - every line ending becomes a line feed; a tab becomes a space; the other control characters,
//!   bidirectional controls and zero-width spaces go;
//! - a letter whose accent the alphabet lacks loses the accent, unless it is a Welsh letter;
//! - spaces and line breaks at both ends go; those inside stay as they are.
//!
//! Welsh letters, emoji and other scripts are kept and paid for: no character is ever replaced
//! by `?`. The same is done to a text that stays UCS-2, so one letter never changes the rest.
//! This file deliberately sets no limit on length and does not know prices or suppliers.
//! It uses neither national language shift tables nor the page break, which phones rarely honour.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, decompose_canonical, is_combining_mark};

/// Septets in a GSM-7 text that travels in one part.
pub const GSM7_SINGLE: usize = 160;
/// Septets in each part of a longer GSM-7 text, the rest being the header that joins the parts.
pub const GSM7_PART: usize = 153;
/// UTF-16 code units in a UCS-2 text that travels in one part.
pub const UCS2_SINGLE: usize = 70;
/// UTF-16 code units in each part of a longer UCS-2 text.
pub const UCS2_PART: usize = 67;

/// The most characters any of our suppliers takes: six GSM-7 parts (GOV.UK Notify).
pub const SUPPLIER_MAX_CHARACTERS: usize = 918;

/// Writes a text as it will be sent and counts what it costs.
pub fn prepare(raw: &str) -> SmsText {
    let sent = plain(raw);
    let sent = match sent.trim_matches([' ', '\n']) {
        trimmed if trimmed.len() == sent.len() => sent,
        trimmed => trimmed.to_owned(),
    };
    SmsText::measure(sent)
}

/// A text ready to send, with its exact size; only [`prepare`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SmsText {
    sent: String,
    encoding: Encoding,
    units: usize,
    segments: usize,
}

impl SmsText {
    /// Returns the text as it will be sent.
    pub fn sent(&self) -> &str {
        &self.sent
    }

    /// Returns the encoding the text needs.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Counts septets in GSM-7, where an extension character takes two, or UTF-16 units in UCS-2.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Counts the parts the text is charged as; an empty text cannot be sent and has none.
    pub fn segments(&self) -> usize {
        self.segments
    }

    fn measure(sent: String) -> Self {
        let gsm7: Option<usize> = sent.chars().map(septets).sum();
        let (encoding, units, segments) = match gsm7 {
            Some(units) => {
                let sizes = sent.chars().filter_map(septets);
                (Encoding::Gsm7, units, segments(units, GSM7_SINGLE, GSM7_PART, sizes))
            }
            None => {
                let units = sent.chars().map(char::len_utf16).sum();
                let sizes = sent.chars().map(char::len_utf16);
                (Encoding::Ucs2, units, segments(units, UCS2_SINGLE, UCS2_PART, sizes))
            }
        };
        Self { sent, encoding, units, segments }
    }
}

/// How the characters of a text are written on the air.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Encoding {
    /// Seven bits a character, or fourteen for the ten of the extension table.
    Gsm7,
    /// Sixteen bits a character, or thirty-two for emoji and other rare characters.
    Ucs2,
}

/// Fills part after part with whole characters, whose sizes are one or two units.
///
/// A pair (an escape and its character, or two surrogates) may not be parted, so a part can end
/// one unit early and dividing the units by the room is not enough.
fn segments(units: usize, single: usize, part: usize, sizes: impl Iterator<Item = usize>) -> usize {
    if units <= single {
        return units.min(1);
    }
    let mut segments = 1;
    let mut filled = 0;
    for size in sizes {
        if filled + size > part {
            segments += 1;
            filled = 0;
        }
        filled += size;
    }
    segments
}

/// Gives the septets a character takes in GSM-7, or nothing when it is not in the alphabet.
fn septets(character: char) -> Option<usize> {
    match character {
        ' '..='Z' | 'a'..='z' | '_' | '\n' => Some(1),
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Æ' | 'æ' | 'ß'
        | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à'
        | 'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' => Some(1),
        _ => None,
    }
}

/// Says whether Welsh is written with a letter that GSM-7 lacks.
fn is_welsh(character: char) -> bool {
    matches!(character, 'À' | 'È' | 'Ì' | 'Ò' | 'Ù' | 'Ẁ' | 'Ỳ' | 'ẁ' | 'ỳ')
        || matches!(
            character,
            'Á' | 'Í' | 'Ó' | 'Ú' | 'Ẃ' | 'Ý' | 'á' | 'í' | 'ó' | 'ú' | 'ẃ' | 'ý'
        )
        || matches!(character, 'Ë' | 'Ï' | 'Ẅ' | 'Ÿ' | 'ë' | 'ï' | 'ẅ' | 'ÿ')
        || matches!(character, 'Â' | 'Ê' | 'Î' | 'Ô' | 'Û' | 'Ŵ' | 'Ŷ')
        || matches!(character, 'â' | 'ê' | 'î' | 'ô' | 'û' | 'ŵ' | 'ŷ')
}

fn plain(raw: &str) -> String {
    let mut sent = String::with_capacity(raw.len());
    let visible = raw.chars().filter(|&character| !is_invisible(character));
    if raw.is_ascii() {
        write_plain(visible, &mut sent);
    } else {
        write_plain(visible.nfc(), &mut sent);
    }
    sent
}

/// Says whether a character goes without trace.
///
/// These go before anything else, so that none comes between a letter and its accent.
fn is_invisible(character: char) -> bool {
    match character {
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => {
            true
        }
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => true,
        _ => character.is_control(),
    }
}

fn write_plain(characters: impl Iterator<Item = char>, sent: &mut String) {
    let mut after_return = false;
    let mut after_other_script = false;
    for character in characters {
        let ends_a_return = after_return && character == '\n';
        after_return = character == '\r';
        if ends_a_return {
            continue;
        }
        if is_attached(character) {
            // An accent or joiner left over after a letter we write plainly would cost the whole
            // text its alphabet; after an emoji or another script it carries meaning.
            if after_other_script {
                sent.push(character);
            }
            continue;
        }
        after_other_script = false;
        match Plain::of(character) {
            Plain::Character(plain) => sent.push(plain),
            Plain::Word(plain) => sent.push_str(plain),
            Plain::OtherScript => {
                sent.push(character);
                after_other_script = true;
            }
        }
    }
}

/// Says whether a character only alters the one before it: an accent, joiner or variation mark.
fn is_attached(character: char) -> bool {
    !character.is_ascii()
        && (matches!(character, '\u{200c}' | '\u{200d}' | '\u{e0020}'..='\u{e007f}')
            || is_combining_mark(character))
}

/// How one character is written.
enum Plain {
    Character(char),
    Word(&'static str),
    OtherScript,
}

impl Plain {
    fn of(character: char) -> Self {
        if septets(character).is_some() || is_welsh(character) {
            return Self::Character(character);
        }
        match character {
            '`'
            | '´'
            | '\u{2018}'..='\u{201b}'
            | '′'
            | '‵'
            | '‹'
            | '›'
            | 'ʹ'
            | 'ʻ'
            | 'ʼ'
            | 'ʽ'
            | 'ˈ'
            | '❛'
            | '❜' => Self::Character('\''),
            '\u{201c}'..='\u{201f}' | '″' | '‶' | '«' | '»' | '❝' | '❞' | '〝' | '〞' | '〟' => {
                Self::Character('"')
            }
            '\u{2010}'..='\u{2015}' | '−' | '⁃' | '•' | '﹘' | '﹣' => Self::Character('-'),
            '⁄' | '∕' => Self::Character('/'),
            '×' => Self::Character('x'),
            '…' => Self::Word("..."),
            '‥' => Self::Word(".."),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Self::Character('\n'),
            '\t' => Self::Character(' '),
            _ if character.is_whitespace() => Self::Character(' '),
            '\u{ff01}'..='\u{ff5e}' => Self::full_width(character),
            'ﬀ' => Self::Word("ff"),
            'ﬁ' => Self::Word("fi"),
            'ﬂ' => Self::Word("fl"),
            'ﬃ' => Self::Word("ffi"),
            'ﬄ' => Self::Word("ffl"),
            'ﬅ' | 'ﬆ' => Self::Word("st"),
            'œ' => Self::Word("oe"),
            'Œ' => Self::Word("OE"),
            'ĳ' => Self::Word("ij"),
            'Ĳ' => Self::Word("IJ"),
            'Ł' => Self::Character('L'),
            'ł' => Self::Character('l'),
            'Đ' => Self::Character('D'),
            'đ' => Self::Character('d'),
            'Ħ' => Self::Character('H'),
            'ħ' => Self::Character('h'),
            'Ŧ' => Self::Character('T'),
            'ŧ' => Self::Character('t'),
            'ı' => Self::Character('i'),
            _ => unaccented(character).map_or(Self::OtherScript, Self::Character),
        }
    }

    fn full_width(character: char) -> Self {
        match char::from_u32(u32::from(character) - 0xfee0) {
            Some(narrow) => Self::of(narrow),
            None => Self::OtherScript,
        }
    }
}

/// Takes accents off a letter, the last first, until what is left is in GSM-7.
///
/// Only letters: taking the stroke off `≠` would turn it into its opposite.
fn unaccented(character: char) -> Option<char> {
    const ROOM: usize = 4;
    let mut pieces = ['\0'; ROOM];
    let mut count = 0;
    decompose_canonical(character, |piece| {
        if let Some(place) = pieces.get_mut(count) {
            *place = piece;
        }
        count += 1;
    });
    let (&base, accents) = pieces.get(..count)?.split_first()?;
    if !base.is_alphabetic() {
        return None;
    }
    (0..accents.len())
        .rev()
        .filter_map(|kept| {
            accents.iter().take(kept).try_fold(base, |so_far, &accent| compose(so_far, accent))
        })
        .find(|&letter| septets(letter).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// The default alphabet of 3GPP TS 23.038 section 6.2.1, in the order of its codes.
    const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const ESCAPE: u8 = 0x1b;
    /// The extension table of section 6.2.1.1 without the page break.
    const EXTENSION: [(char, u8); 9] = [
        ('^', 0x14),
        ('{', 0x28),
        ('}', 0x29),
        ('\\', 0x2f),
        ('[', 0x3c),
        ('~', 0x3d),
        (']', 0x3e),
        ('|', 0x40),
        ('€', 0x65),
    ];

    fn check_size(raw: &str, encoding: Encoding, units: usize, segments: usize) {
        let text = prepare(raw);
        let found = (text.encoding(), text.units(), text.segments());
        assert_eq!(found, (encoding, units, segments), "{raw:?}");
    }

    fn check_sent(raw: &str, sent: &str) {
        assert_eq!(prepare(raw).sent(), sent, "{raw:?}");
    }

    #[test]
    fn sizes_are_exact_at_every_edge() {
        use Encoding::{Gsm7, Ucs2};
        let a = |count| "a".repeat(count);
        check_size("", Gsm7, 0, 0);
        check_size(" \n ", Gsm7, 0, 0);
        check_size("a", Gsm7, 1, 1);
        check_size("€", Gsm7, 2, 1);
        check_size(&a(160), Gsm7, 160, 1);
        check_size(&a(161), Gsm7, 161, 2);
        check_size(&a(306), Gsm7, 306, 2);
        check_size(&a(307), Gsm7, 307, 3);
        check_size(&(a(158) + "€"), Gsm7, 160, 1);
        check_size(&(a(159) + "€"), Gsm7, 161, 2);
        check_size(&(a(152) + "€" + &a(152)), Gsm7, 306, 3);
        check_size(&(a(151) + "€" + &a(153)), Gsm7, 306, 2);
        check_size(&(a(68) + "👍"), Ucs2, 70, 1);
        check_size(&(a(69) + "👍"), Ucs2, 71, 2);
        check_size(&(a(66) + "👍" + &a(66)), Ucs2, 134, 3);
        check_size(&(a(65) + "👍" + &a(67)), Ucs2, 134, 2);
        check_size(&"ŵ".repeat(70), Ucs2, 70, 1);
        check_size(&"ŵ".repeat(71), Ucs2, 71, 2);
        check_size(&"ŵ".repeat(134), Ucs2, 134, 2);
        check_size(&"ŵ".repeat(135), Ucs2, 135, 3);
    }

    #[test]
    fn the_sample_messages_cost_what_the_plan_says() {
        let short = "Herts Police: thank you for your call. The road was checked and is clear. \
            You did the right thing. How did we do? Reply 1-5 (5 best). STOP to opt out";
        let long = "Herts Police: thank you for calling about the obstruction on the A414 on \
            3 March. We cleared it and the road is safe. You did the right thing. How did we do? \
            Reply 1 (poor) to 5 (great). Not for emergencies: call 999. Reply STOP to opt out.";
        check_size(short, Encoding::Gsm7, 149, 1);
        check_size(long, Encoding::Gsm7, 240, 2);
        check_size("We couldn\u{2019}t find it", Encoding::Gsm7, 19, 1);
    }

    #[test]
    fn the_alphabet_is_the_one_in_the_standard() {
        assert_eq!(ALPHABET.chars().count(), 128);
        for character in ('\0'..='\u{ffff}').filter(|&character| character != '\r') {
            let expected = if character == '\u{1b}' {
                None
            } else if ALPHABET.contains(character) {
                Some(1)
            } else if EXTENSION.iter().any(|&(extended, _)| extended == character) {
                Some(2)
            } else {
                None
            };
            assert_eq!(septets(character), expected, "{character:?}");
        }
    }

    #[test]
    fn the_alphabet_is_sent_as_it_is() {
        let alphabet = ALPHABET.replace(['\u{1b}', '\r'], "");
        check_sent(&alphabet, &alphabet);
        check_size(&alphabet, Encoding::Gsm7, 126, 1);
        check_sent("^{}\\[~]|€", "^{}\\[~]|€");
        check_size("^{}\\[~]|€", Encoding::Gsm7, 18, 1);
    }

    #[test]
    fn smart_punctuation_becomes_plain() {
        check_sent("‘it’s’ “fine” ‚so‛ „so‟", "'it's' \"fine\" 'so' \"so\"");
        check_sent("`it´s` 5′ 6″ «a» ‹b›", "'it's' 5' 6\" \"a\" 'b'");
        check_sent("1–5 — a‑b ‐ ‒ ― 3−2", "1-5 - a-b - - - 3-2");
        check_sent("wait… so‥", "wait... so..");
        check_sent("• 2×4 1⁄2", "- 2x4 1/2");
        check_sent("Ｈｅｒｔｓ！ ｀", "Herts! '");
        check_sent("of\u{fb01}ce \u{fb02}ow sta\u{fb00}", "office flow staff");
    }

    #[test]
    fn spaces_lines_and_controls_become_plain() {
        check_sent("a\u{a0}b\tc\u{202f}d\u{2003}e\u{3000}f", "a b c d e f");
        check_sent("gov\u{200b}.\u{feff}uk\u{2060} so\u{ad}ft \u{202e}x\u{202c}", "gov.uk soft x");
        check_sent("gov\u{200d}.\u{200c}uk", "gov.uk");
        check_sent("a\r\nb\rc\nd\r\r\ne", "a\nb\nc\nd\n\ne");
        check_sent("a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f", "a\nb\nc\nd\ne\nf");
        check_sent("a\0b\u{1b}c\u{7f}d\u{9f}e", "abcde");
        check_sent(" \r\n a  b\n\nc \t\u{a0}\n", "a  b\n\nc");
    }

    #[test]
    fn accents_the_alphabet_lacks_are_taken_off() {
        check_sent("façade São Škoda Dvořák Ğ ą ę ő", "facade Sao Skoda Dvorák G a e o");
        check_sent("Łódź Đorđe œuvre Œ Ħ ı", "Lódz Dorde oeuvre OE H i");
        check_sent("ǻ ǿ ǘ ấ", "å ø ü a");
        check_sent("Ώ", "Ω");
        check_size("façade", Encoding::Gsm7, 6, 1);
        check_sent("≠ ≮", "≠ ≮");
    }

    #[test]
    fn combining_accents_join_their_letters() {
        check_sent("cafe\u{301} man\u{303}ana", "café mañana");
        check_size("cafe\u{301}", Encoding::Gsm7, 4, 1);
        check_sent("w\u{302}y\u{302}", "ŵŷ");
        check_sent("e\u{200b}\u{301}", "é");
        check_sent("c\u{327} q\u{301} \u{301}x", "c q x");
        check_sent("s\u{336}o\u{336}", "so");
    }

    #[test]
    fn welsh_letters_are_kept_and_paid_for() {
        let letters = "àèìòùẁỳÀÈÌÒÙẀỲáéíóúẃýÁÉÍÓÚẂÝäëïöüẅÿÄËÏÖÜẄŸâêîôûŵŷÂÊÎÔÛŴŶ";
        check_sent(letters, letters);
        for letter in letters.chars() {
            let text = prepare(&letter.to_string());
            let is_gsm7 = ALPHABET.contains(letter);
            assert_eq!(text.encoding() == Encoding::Gsm7, is_gsm7, "{letter}");
        }
        check_sent("Tŷ Seán’s façade…", "Tŷ Seán's facade...");
        check_size("Tŷ", Encoding::Ucs2, 2, 1);
    }

    #[test]
    fn what_has_no_plain_form_is_kept_whole() {
        for raw in [
            "👍",
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "привет й",
            "ελληνικά",
            "हिन्दी",
            "می\u{200c}خواهم",
            "中文",
            "한국어",
            "½ ² ° ©",
        ] {
            check_sent(raw, raw);
            assert_eq!(prepare(raw).encoding(), Encoding::Ucs2, "{raw}");
        }
        check_sent("Reply 1\u{fe0f}\u{20e3}", "Reply 1");
    }

    /// Writes a text as a handset would receive it: the octets of user data of each part.
    fn parts_on_the_air(text: &SmsText) -> Vec<Vec<u8>> {
        let characters: Vec<Vec<bool>> = text
            .sent()
            .chars()
            .map(|character| match text.encoding() {
                Encoding::Gsm7 => gsm7_codes(character).into_iter().flat_map(septet_bits).collect(),
                Encoding::Ucs2 => ucs2_octets(character).into_iter().flat_map(octet_bits).collect(),
            })
            .collect();
        if characters.is_empty() {
            return Vec::new();
        }
        let whole = octets(&characters.concat());
        if whole.len() <= 140 {
            return vec![whole];
        }
        let header = match text.encoding() {
            Encoding::Gsm7 => vec![false; 6 * 8 + 1],
            Encoding::Ucs2 => vec![false; 6 * 8],
        };
        let mut parts = vec![header.clone()];
        for character in characters {
            let part = parts.last_mut().unwrap();
            if part.len() + character.len() <= 140 * 8 {
                part.extend(character);
            } else {
                parts.push([header.clone(), character].concat());
            }
        }
        parts.iter().map(|part| octets(part)).collect()
    }

    fn gsm7_codes(character: char) -> Vec<u8> {
        match EXTENSION.iter().find(|&&(extended, _)| extended == character) {
            Some(&(_, code)) => vec![ESCAPE, code],
            None => {
                let code = ALPHABET.chars().position(|known| known == character).unwrap();
                vec![u8::try_from(code).unwrap()]
            }
        }
    }

    fn ucs2_octets(character: char) -> Vec<u8> {
        let mut units = [0; 2];
        character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect()
    }

    fn septet_bits(septet: u8) -> Vec<bool> {
        (0..7).map(|bit| septet >> bit & 1 == 1).collect()
    }

    fn octet_bits(octet: u8) -> Vec<bool> {
        (0..8).map(|bit| octet >> bit & 1 == 1).collect()
    }

    fn octets(bits: &[bool]) -> Vec<u8> {
        bits.chunks(8)
            .map(|bits| bits.iter().rev().fold(0, |octet, &bit| octet << 1 | u8::from(bit)))
            .collect()
    }

    #[test]
    fn the_oracle_packs_as_the_standard_shows() {
        let text = prepare("hellohello");
        let packed = [0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37];
        assert_eq!(parts_on_the_air(&text), [packed.to_vec()]);
    }

    fn mixed(pool: &'static str) -> impl Strategy<Value = String> {
        let pool: Vec<char> = pool.chars().collect();
        vec(select(pool), 0..500).prop_map(|characters| characters.into_iter().collect())
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            mixed("abc £é€[]^~|\n"),
            mixed("ab€"),
            mixed("abŵ👍"),
            mixed("a👍\u{200d}\u{fe0f}🏽é"),
            mixed(
                "aeowqz =ŵçøи한\u{1112}\u{1161}\u{11ab}\u{915}\u{93c}\r\n\t\u{1}\u{200b}\u{200c}\
                \u{200d}\u{fe0f}\u{20e3}\u{301}\u{302}\u{306}\u{308}\u{323}\u{327}\u{338}…’–Ａ｀"
            ),
        ]
    }

    proptest! {
        #[test]
        fn preparing_twice_changes_nothing(raw in any_text()) {
            let once = prepare(&raw);
            prop_assert_eq!(prepare(once.sent()), once);
        }

        #[test]
        fn segments_are_the_parts_on_the_air(raw in any_text()) {
            let text = prepare(&raw);
            let parts = parts_on_the_air(&text);
            prop_assert_eq!(text.segments(), parts.len());
            prop_assert!(parts.iter().all(|octets| octets.len() <= 140));
        }

        #[test]
        fn gsm7_means_every_character_is_in_the_alphabet(raw in any_text()) {
            let text = prepare(&raw);
            let is_in_alphabet = |character: char| {
                ALPHABET.contains(character) || EXTENSION.iter().any(|&(known, _)| known == character)
            };
            let is_gsm7 = text.sent().chars().all(is_in_alphabet);
            prop_assert_eq!(is_gsm7, text.encoding() == Encoding::Gsm7);
        }

        #[test]
        fn no_question_mark_appears_that_was_not_written(raw in any_text()) {
            let asked = |text: &str| text.matches(['?', '？']).count();
            prop_assert!(asked(prepare(&raw).sent()) <= asked(&raw));
        }

        #[test]
        fn units_are_septets_or_utf16(raw in any_text()) {
            let text = prepare(&raw);
            let units = match text.encoding() {
                Encoding::Gsm7 => text.sent().chars().flat_map(gsm7_codes).count(),
                Encoding::Ucs2 => text.sent().encode_utf16().count(),
            };
            prop_assert_eq!(text.units(), units);
        }
    }
}

//! Phone numbers, judged as Notify judges them for a service that may text UK mobiles only.
//!
//! This is an independent and simple check by shape: it has no table of allocated ranges, so where
//! Notify asks libphonenumber whether a range is in use, this accepts the whole of it.

/// A number that passed Notify's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// A UK mobile, in the form `447700900123`.
    Mobile(String),
    /// A UK number that is not a mobile.
    Landline,
    /// A number of another country.
    International,
}

const TOO_SHORT: &str = "Not enough digits";
const TOO_LONG: &str = "Too many digits";
const LETTERS: &str = "Must not contain letters or symbols";
const INVALID: &str = "Number is not valid – double check the phone number you entered";

/// Reads a number as a caller may write it, or says in Notify's words why it is none.
pub(super) fn parse(raw: &str) -> Result<Number, &'static str> {
    // Notify takes the number as written, then gives it a second chance without `+`, leading zeros and
    // fancy hyphens.
    read(raw).or_else(|_| {
        let plain = raw.replace('+', "").replace(['\u{2011}', '–', '—', '\u{2212}'], "-");
        read(plain.trim_start_matches('0'))
    })
}

/// Whether a mobile is one that Ofcom keeps for drama, which nobody has.
pub(super) fn is_invented(mobile: &str) -> bool {
    mobile.strip_prefix("447700900").is_some_and(|rest| rest.len() == 3)
}

/// The form under which scripts and histories file a number, whatever way it was written.
pub(super) fn key(raw: &str) -> String {
    match parse(raw) {
        Ok(Number::Mobile(number)) => number,
        Ok(Number::Landline | Number::International) | Err(_) => raw.to_owned(),
    }
}

fn read(raw: &str) -> Result<Number, &'static str> {
    let mut digits = String::new();
    for character in raw.chars() {
        match character {
            '0'..='9' => digits.push(character),
            '(' | ')' | '-' | '+' => {}
            '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'
            | '\u{feff}'
            | '\u{2028}'
            | '\u{2029}' => {}
            _ if character.is_whitespace() => {}
            _ => return Err(LETTERS),
        }
    }
    if digits.is_empty() {
        return Err(TOO_SHORT);
    }
    let international = if raw.trim_start().starts_with('+') {
        Some(digits.as_str())
    } else {
        digits.strip_prefix("00")
    };
    match international {
        Some(digits) => match digits.strip_prefix("44") {
            // "+44 (0)7700 900123" is how many people write it.
            Some(national) => uk(national.strip_prefix('0').unwrap_or(national)),
            None => foreign(digits),
        },
        None => match (digits.strip_prefix('0'), digits.strip_prefix("44")) {
            (Some(national), _) => uk(national),
            (None, Some(national)) if digits.len() > 10 => {
                uk(national.strip_prefix('0').unwrap_or(national))
            }
            (None, _) if digits.len() > 10 => forced(&digits),
            (None, _) => uk(&digits),
        },
    }
}

fn uk(national: &str) -> Result<Number, &'static str> {
    match national.len() {
        0..7 => return Err(TOO_SHORT),
        11.. => return Err(TOO_LONG),
        10 => {}
        // Seven or nine digits are possible in a few old areas, and never a mobile.
        9 if national.starts_with('1') || national.starts_with("800") => {
            return Ok(Number::Landline);
        }
        _ => return Err(INVALID),
    }
    match national.as_bytes() {
        // 076 is for pagers, but for the Isle of Man's mobiles.
        [b'7', b'6', ..] if !national.starts_with("7624") => Err(INVALID),
        [b'7', ..] => Ok(Number::Mobile(format!("44{national}"))),
        [b'1' | b'2' | b'3', ..] | [b'5', b'5', ..] => Ok(Number::Landline),
        _ => Err(INVALID),
    }
}

/// Reads a number that is too long for the UK as one of another country that has lost its `+`.
fn forced(digits: &str) -> Result<Number, &'static str> {
    match digits.as_bytes() {
        // A UK mobile with one digit too many is a good number in Kazakhstan, and Notify takes it for one.
        [b'7', ..] if digits.len() != 11 => Err(TOO_LONG),
        _ => foreign(digits).map_err(|_| TOO_LONG),
    }
}

fn foreign(digits: &str) -> Result<Number, &'static str> {
    match digits.len() {
        0..7 => Err(TOO_SHORT),
        7..=15 if digits.starts_with('0') => Err(INVALID),
        7..=15 => Ok(Number::International),
        _ => Err(TOO_LONG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Result<Number, &str>) {
        assert_eq!(parse(raw), expected, "{raw}");
    }

    #[test]
    fn a_mobile_is_known_however_it_is_written() {
        for raw in [
            "07700900123",
            "07700 900123",
            "(07700) 900-123",
            "+447700900123",
            "447700900123",
            "00447700900123",
            "+44(0)7700900123",
            "0+44(0)7700900123",
            "0+447700900123",
            "000007700900123",
            "+07700900123",
            "7700900123",
            "\u{200b}07700\u{a0}900123",
            "07700–900—123",
        ] {
            check(raw, Ok(Number::Mobile("447700900123".to_owned())));
        }
    }

    #[test]
    fn what_is_no_mobile_is_refused_in_notifys_words() {
        check("", Err(TOO_SHORT));
        check("0770", Err(TOO_SHORT));
        check("0770090012345", Err(TOO_LONG));
        check("+44 (0)7700 900 123 45", Err(TOO_LONG));
        check("0770090012", Err(INVALID));
        check("077009001234", Ok(Number::International));
        check("07700 9OO123", Err(LETTERS));
        check("٠٧٧٠٠٩٠٠١٢٣", Err(LETTERS));
        check("07600000000", Err(INVALID));
        check("09098790000", Err(INVALID));
        check("01632960000", Ok(Number::Landline));
        check("02079460000", Ok(Number::Landline));
        check("+12025550123", Ok(Number::International));
    }
}

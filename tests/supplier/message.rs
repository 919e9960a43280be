//! Wording: filling a template, making it safe for the network, and counting what it costs.
//!
//! The counting is an oracle for the product's own, so it shares no code with it.

use serde_json::{Map, Value};

/// The longest text Notify takes.
pub(super) const LONGEST: usize = 918;

const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_EXTENDED: &str = "^{}\\[~]|€";

/// Letters that Welsh needs: Notify keeps them, at the price of UCS-2 where GSM has none.
const WELSH: &str = "àèìòùẁỳÀÈÌÒÙẀỲáéíóúẃýÁÉÍÓÚẂÝäëïöüẅÿÄËÏÖÜẄŸâêîôûŵŷÂÊÎÔÛŴŶ";

/// Other accented letters, which lose their accents.
const LATIN: &[(&str, char)] = &[
    ("ãāăąǎạả", 'a'),
    ("ÃĀĂĄǍẠẢ", 'A'),
    ("çćĉċč", 'c'),
    ("ĆĈĊČ", 'C'),
    ("ďḍ", 'd'),
    ("ĎḌ", 'D'),
    ("ēĕėęěẽẹ", 'e'),
    ("ĒĔĖĘĚẼẸ", 'E'),
    ("ĝğġģ", 'g'),
    ("ĜĞĠĢ", 'G'),
    ("ĥ", 'h'),
    ("Ĥ", 'H'),
    ("ĩīĭįǐị", 'i'),
    ("ĨĪĬĮİǏỊ", 'I'),
    ("ĵ", 'j'),
    ("ķ", 'k'),
    ("ĺļľł", 'l'),
    ("ĹĻĽŁ", 'L'),
    ("ńņň", 'n'),
    ("ŃŅŇ", 'N'),
    ("õōŏőǒọơ", 'o'),
    ("ÕŌŎŐǑỌƠ", 'O'),
    ("ŕŗř", 'r'),
    ("ŔŖŘ", 'R'),
    ("śŝşšș", 's'),
    ("ŚŜŞŠȘ", 'S'),
    ("ţťț", 't'),
    ("ŢŤȚ", 'T'),
    ("ũūŭůűųụư", 'u'),
    ("ŨŪŬŮŰŲỤƯ", 'U'),
    ("ỹ", 'y'),
    ("źżž", 'z'),
    ("ŹŻŽ", 'Z'),
];

/// Fills the template and makes it fit to send, or names the placeholders that have no value.
pub(super) fn compose(content: &str, values: &Map<String, Value>) -> Result<String, Vec<String>> {
    Ok(sanitise(&tidy(&fill(content, values)?)))
}

/// The length of a text as Notify counts it against its limit, in UTF-16 units.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The number of segments Notify charges for, by its arithmetic and not by exact packing.
pub(super) fn segments(text: &str) -> u64 {
    let is_gsm =
        text.chars().all(|character| GSM.contains(character) || GSM_EXTENDED.contains(character));
    let (units, single, part) = if is_gsm {
        let escapes = text.chars().filter(|character| GSM_EXTENDED.contains(*character)).count();
        (length(text) + escapes, 160, 153)
    } else {
        (length(text), 70, 67)
    };
    if units <= single { 1 } else { u64::try_from(units.div_ceil(part)).unwrap_or(u64::MAX) }
}

fn fill(content: &str, values: &Map<String, Value>) -> Result<String, Vec<String>> {
    let mut filled = String::new();
    let mut missing: Vec<String> = Vec::new();
    let mut rest = content;
    while let Some(start) = rest.find("((") {
        let (before, after) = (&rest[..start], &rest[start + 2..]);
        filled.push_str(before);
        match after.find(['(', ')']) {
            Some(end) if end > 0 && after[end..].starts_with("))") => {
                let name = &after[..end];
                match value(values, name) {
                    Some(value) => filled.push_str(&plain(value)),
                    None if missing.iter().any(|other| insensitive(other) == insensitive(name)) => {
                    }
                    None => missing.push(name.to_owned()),
                }
                rest = &after[end + 2..];
            }
            // Not a placeholder after all: one bracket is text, and the next may open a placeholder.
            _ => {
                filled.push('(');
                rest = &rest[start + 1..];
            }
        }
    }
    filled.push_str(rest);
    if missing.is_empty() { Ok(filled) } else { Err(missing) }
}

/// Finds a value as Notify does: by a name without case, spaces, hyphens or underscores.
fn value<'a>(values: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let name = insensitive(name);
    values
        .iter()
        .find(|(other, _)| insensitive(other) == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

fn insensitive(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, ' ' | '_' | '-'))
        .collect::<String>()
        .to_lowercase()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| plain(item).trim().to_owned())
                .filter(|item| !item.is_empty())
                .collect();
            match items.split_last() {
                None => String::new(),
                Some((last, [])) => last.clone(),
                Some((last, others)) => format!("{} and {last}", others.join(", ")),
            }
        }
        Value::Object(_) => value.to_string(),
    }
}

/// Tidies white space line by line, and leaves at most one empty line between two others.
fn tidy(text: &str) -> String {
    let text = without_blanks_before_punctuation(text).replace("\r\n", "\n");
    let mut tidied = String::new();
    let mut newlines = 0;
    for line in text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']) {
        let line: String = line.chars().filter(|character| !is_zero_width(*character)).collect();
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            newlines += 1;
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if newlines > 1 { "\n\n" } else { "\n" });
        }
        tidied.push_str(&words.join(" "));
        newlines = 1;
    }
    tidied
}

fn without_blanks_before_punctuation(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        if matches!(character, ',' | '.') {
            kept.truncate(kept.trim_end_matches([' ', '\t']).len());
        }
        kept.push(character);
    }
    kept
}

fn sanitise(text: &str) -> String {
    let mut clean = String::new();
    for character in text.chars() {
        match character {
            _ if GSM.contains(character)
                || GSM_EXTENDED.contains(character)
                || WELSH.contains(character) =>
            {
                clean.push(character);
            }
            '\u{2011}' | '–' | '—' | '\u{2212}' => clean.push('-'),
            '…' => clean.push_str("..."),
            '‘' | '’' | '‚' => clean.push('\''),
            '“' | '”' | '„' => clean.push('"'),
            '\u{a0}' | '\u{202f}' | '\t' => clean.push(' '),
            _ if is_zero_width(character) => {}
            _ => clean.push(
                LATIN
                    .iter()
                    .find(|(letters, _)| letters.contains(character))
                    .map_or('?', |(_, base)| *base),
            ),
        }
    }
    clean
}

fn is_zero_width(character: char) -> bool {
    matches!(
        character,
        '\u{180e}'
            | '\u{200b}'
            | '\u{200c}'
            | '\u{200d}'
            | '\u{2060}'
            | '\u{feff}'
            | '\u{2028}'
            | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn composed(content: &str, values: Value) -> Result<String, Vec<String>> {
        compose(content, values.as_object().unwrap())
    }

    #[test]
    fn segments_are_counted_by_notifys_arithmetic() {
        for (text, expected) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            (format!("{}€", "a".repeat(159)), 2),
            // Exact packing needs three, since an escape may not straddle two parts; Notify charges two.
            (format!("{}€{}", "a".repeat(152), "a".repeat(152)), 2),
            ("ŵ".repeat(70), 1),
            ("ŵ".repeat(71), 2),
            ("ŵ".repeat(134), 2),
            ("ŵ".repeat(135), 3),
            ("a".repeat(918), 6),
            (format!("{}\u{1f44d}", "a".repeat(68)), 1),
            (format!("{}\u{1f44d}", "a".repeat(69)), 2),
        ] {
            assert_eq!(segments(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_template_is_filled_by_names_without_regard_to_their_dress() {
        assert_eq!(composed("((message))", json!({"Mess-age": "Hello"})), Ok("Hello".to_owned()));
        assert_eq!(composed("A ((x y)) B ((x_y)).", json!({"XY": 5})), Ok("A 5 B 5.".to_owned()));
        assert_eq!(
            composed("((list))", json!({"list": ["a", "b", "c"]})),
            Ok("a, b and c".to_owned())
        );
        assert_eq!(composed("(not one) (((a))", json!({"a": "b"})), Ok("(not one) (b".to_owned()));
        assert_eq!(
            composed("((a)) ((b)) ((A))", json!({"b": null})),
            Err(vec!["a".to_owned(), "b".to_owned()])
        );
    }

    #[test]
    fn a_text_is_made_safe_as_notify_makes_it() {
        assert_eq!(
            composed("((m))", json!({"m": "Couldn’t – “wait”…"})),
            Ok("Couldn't - \"wait\"...".to_owned())
        );
        assert_eq!(
            composed("((m))", json!({"m": "Dyma’r tŷ, Żółw 👍"})),
            Ok("Dyma'r tŷ, Zólw ?".to_owned())
        );
        assert_eq!(
            composed("((m))", json!({"m": " a \u{a0}b\t .\n\n\n\nc\u{200b}d \n"})),
            Ok("a b.\n\ncd".to_owned())
        );
    }
}

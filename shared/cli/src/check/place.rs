//! Where in a TOML file a field stands, so that a finding can point at it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The bytes of the file that a field, or a part of its text, takes up.
///
/// A field that is missing is pointed at by the nearest that is there and would hold it.
pub(super) fn place(file: &str, field: &str, part: Option<&Range<usize>>) -> Range<usize> {
    let Ok(document) = DeTable::parse(file) else { return 0..0 };
    let mut steps = field.split('.').peekable();
    let mut table = document.get_ref();
    let mut found = first_key(table);
    while let Some(step) = steps.next() {
        let Some((key, value)) = table.get_key_value(step) else { return found };
        found = key.span();
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            DeValue::Array(items) => {
                let item = steps.peek().and_then(|n| n.parse::<usize>().ok());
                return item.and_then(|n| items.get(n)).map_or(value.span(), Spanned::span);
            }
            DeValue::String(text) => {
                let span = value.span();
                let Some(part) = part else { return span };
                return within(file.get(span.clone()).unwrap_or_default(), text, part)
                    .map_or(span.clone(), |part| span.start + part.start..span.start + part.end);
            }
            _ => return value.span(),
        }
    }
    found
}

fn first_key(table: &DeTable<'_>) -> Range<usize> {
    table.keys().map(Spanned::span).min_by_key(|span| span.start).unwrap_or(0..0)
}

/// Where a part of a string's text stands in the string as it is written.
///
/// Walks both at once: an escape is one character of the text and several of the file.
fn within(written: &str, text: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let quotes = if written.starts_with("\"\"\"") || written.starts_with("'''") { 3 } else { 1 };
    // A line break right after three quotes is not part of the text.
    let broken = ["\r\n", "\n"].into_iter().find(|line| written[quotes..].starts_with(line));
    let mut at = quotes + broken.filter(|_| quotes == 3).map_or(0, str::len);
    let escapes = written.starts_with('"');
    let (mut start, mut end) = (None, None);
    for (decoded, character) in text.char_indices() {
        if escapes && written.get(at..)?.starts_with('\\') {
            at += skipped(written.get(at..)?);
        }
        if decoded == part.start {
            start = Some(at);
        }
        if decoded >= part.end {
            end = end.or(Some(at));
        }
        let rest = written.get(at..)?;
        at += if escapes && rest.starts_with('\\') { escape(rest) } else { character.len_utf8() };
    }
    Some(start.unwrap_or(quotes)..end.unwrap_or(at))
}

/// How long a backslash at the end of a line is, with the space it swallows; 0 for any other.
fn skipped(rest: &str) -> usize {
    let after = rest.get(1..).unwrap_or_default();
    let kept = after.trim_start_matches([' ', '\t']);
    if kept.starts_with(['\r', '\n']) { rest.len() - kept.trim_start().len() } else { 0 }
}

/// How long one escape is.
fn escape(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(b'x') => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, field: &str, part: Option<Range<usize>>, expected: &str) {
        let found = place(file, field, part.as_ref());
        assert_eq!(&file[found], expected, "{field} in {file:?}");
    }

    #[test]
    fn a_field_is_pointed_at_and_a_missing_one_by_its_table() {
        let file =
            "# note\nname = \"a\"\ndays = [\"mon\", \"tue\"]\n[outcomes.cleared]\ntext = \"x\"\n";
        check(file, "name", None, "\"a\"");
        check(file, "days", None, "[\"mon\", \"tue\"]");
        check(file, "days.1", None, "\"tue\"");
        check(file, "outcomes.cleared.text", None, "\"x\"");
        check(file, "outcomes.cleared.otherwise", None, "cleared");
        check(file, "review", None, "name");
    }

    #[test]
    fn a_part_of_a_text_is_pointed_at_however_it_is_written() {
        check("t = \"one two\"", "t", Some(4..7), "two");
        check("t = 'one two'", "t", Some(4..7), "two");
        check("t = \"o\\u0065 two\"", "t", Some(3..6), "two");
        check("t = \"a \\\"b\\\" c\"", "t", Some(2..5), "\\\"b\\\"");
        check("t = \"\"\"\none two\"\"\"", "t", Some(4..7), "two");
        check("t = \"\"\"one \\\n   two\"\"\"", "t", Some(4..7), "two");
        check("t = \"wir’s two\"", "t", Some(8..11), "two");
    }
}

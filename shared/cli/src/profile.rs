//! `aftercall profile`: a force profile tried on a file, and a first one drafted from a file.
//!
//! Neither needs AWS or a network: an analyst works on their own machine, and nothing is published.

pub(crate) mod check;
pub(crate) mod draft;
mod page;

/// A text as TOML writes it: what JSON escapes, TOML escapes in the same way.
pub(crate) fn key(text: &str) -> String {
    let plain: String = text.chars().filter(|c| *c != '\u{7f}').collect();
    serde_json::Value::from(plain).to_string()
}

/// How often a code comes. One row has two categories, so those are counted by cell.
pub(crate) fn counted(table: &str, times: u64) -> String {
    let unit = if table == "categories" { "cell" } else { "row" };
    if times == 1 { format!("1 {unit}") } else { format!("{times} {unit}s") }
}

/// How wide a paragraph is printed, in characters.
pub(crate) const WIDTH: usize = 96;

/// Lines of at most so many characters.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

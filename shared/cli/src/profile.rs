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

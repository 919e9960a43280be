//! What each of a force's codes means.

use std::collections::{BTreeMap, HashMap};

use super::{Problem, fold};
use crate::incident::Coded;

/// One table of codes, compared without regard to case or to space around them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Codes<T> {
    meanings: HashMap<String, T>,
}

/// What the codes of a table may mean, for whoever wrote something else.
fn allowed(table: &str) -> String {
    let names = |names: &[&str], or: &str| format!("{} or {or}", names.join(", "));
    match table {
        "status" => names(&["open", "closed", "reopened"], "transferred"),
        "categories" => names(&crate::nsir::CATEGORIES.map(|(_, _, name)| name), "Crime"),
        "qualifiers" => names(&crate::nsir::QUALIFIERS.map(|(_, name)| name), "Local"),
        "sources" => names(&["emergency", "telephone", "online", "in-person"], "not-a-person"),
        "roles" => names(&["public", "involved", "suspect", "professional"], "child"),
        "markers" => names(&crate::incident::MARKERS.map(|(_, name)| name), "none"),
        "languages" => "en or cy".to_owned(),
        "results" => "an outcome: lower-case letters, digits and hyphens".to_owned(),
        _ => "yes or no".to_owned(),
    }
}

/// The longest code that is folded without memory of its own.
const SHORT: usize = 64;

impl<T: Clone> Codes<T> {
    /// Reads a table; what a blank means only where it `denies`.
    pub(super) fn read(
        name: &str,
        file: &BTreeMap<String, String>,
        problems: &mut Vec<Problem>,
        parse: impl Fn(&str) -> Option<T>,
        denies: impl Fn(&T) -> bool,
    ) -> Self {
        let mut meanings = HashMap::new();
        for (code, word) in file {
            let mut add = |problem: String| {
                problems.push(Problem { field: format!("codes.{name}.{code:?}"), problem });
            };
            let Some(meaning) = parse(word) else {
                add(format!("{word:?} is not a meaning; say {}", allowed(name)));
                continue;
            };
            if fold(code).is_empty() && !denies(&meaning) {
                add(format!("a blank may not mean {word:?}: it may only deny, or claim less"));
            }
            if meanings.insert(fold(code), meaning).is_some() {
                add("is given twice, in different case or spacing".to_owned());
            }
        }
        Self { meanings }
    }

    /// Whether the table has this code.
    pub(super) fn has(&self, code: &str) -> bool {
        self.meanings.contains_key(&fold(code))
    }

    /// What a cell means.
    pub(super) fn look_up(&self, code: &str) -> Coded<T> {
        let code = code.trim();
        match self.get(code) {
            Some(meaning) => Coded::Known(meaning.clone()),
            None if code.is_empty() => Coded::Blank,
            None => Coded::Unknown(code.chars().take(60).collect()),
        }
    }

    fn get(&self, code: &str) -> Option<&T> {
        let mut short = [0; SHORT];
        match short.get_mut(..code.len()) {
            Some(folded) if code.is_ascii() => {
                folded.copy_from_slice(code.as_bytes());
                folded.make_ascii_lowercase();
                self.meanings.get(std::str::from_utf8(folded).ok()?)
            }
            _ => self.meanings.get(&fold(code)),
        }
    }
}

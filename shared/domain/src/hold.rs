//! A legal hold: a copy of what is kept about somebody, out of reach of time and of erasure.
//!
//! Article 17(3)(e) of the UK GDPR lets be kept what legal claims need; whoever holds must say for which
//! case, so that it can be let go when the case ends. Nothing that runs looks at a hold.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::person::PersonId;
use crate::phone::Mobile;

/// The longest reference of a case.
const LONGEST: usize = 64;

/// A case, as the force's legal services know it. It stands in the copy's key, so it may name nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseRef(String);

/// Why a text is no reference of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCaseRef {
    /// It is empty, too long, or holds another character.
    #[error("a case reference is 1 to 64 letters, digits and dashes, such as LIT-2026-014")]
    Form,
    /// It reads as a telephone number.
    #[error("that is a telephone number; a case reference names nobody")]
    Number,
}

impl CaseRef {
    /// Accepts letters, digits and dashes that are no mobile number.
    ///
    /// # Errors
    /// It is of another form, or a number.
    pub fn parse(text: &str) -> Result<Self, NoCaseRef> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(fits) {
            return Err(NoCaseRef::Form);
        }
        if Mobile::from_supplier(&text.replace('-', "")).is_some() {
            return Err(NoCaseRef::Number);
        }
        Ok(Self(text.to_owned()))
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// That something is held: for which case, about whom, and when it was last copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// For which case.
    pub case: CaseRef,
    /// About whom.
    pub person: PersonId,
    /// When the copy was made, the last time.
    pub at: Timestamp,
}

/// What a hold has when it is made again: what there is now, and what it had that has gone since.
///
/// An item that is there in both is as it is now; each is known by its `pk` and `sk`.
pub fn with_what_came(held: Vec<Value>, now: Vec<Value>) -> Vec<Value> {
    let key = |item: &Value| (item["pk"].clone(), item["sk"].clone());
    let there: Vec<_> = now.iter().map(key).collect();
    let mut all: Vec<_> = held.into_iter().filter(|item| !there.contains(&key(item))).collect();
    all.extend(now);
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_case_reference_is_letters_digits_and_dashes_and_nobodys_number() {
        for good in ["LIT-2026-014", "a", "41-12345-26", "2026", &"a".repeat(64)] {
            assert_eq!(CaseRef::parse(good).map(|case| case.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "a/b", "..", "LIT 14", "a_b", "é", "a\n", &"a".repeat(65)] {
            assert_eq!(CaseRef::parse(bad), Err(NoCaseRef::Form), "{bad:?}");
        }
        for number in ["07700900123", "447700900123", "07700-900-123"] {
            assert_eq!(CaseRef::parse(number), Err(NoCaseRef::Number), "{number}");
        }
    }

    #[test]
    fn held_again_it_loses_nothing_and_takes_what_came() {
        let item = |pk: &str, what: u8| json!({"pk": pk, "sk": "X", "what": what});
        let held = vec![item("a", 1), item("b", 1)];
        let all = with_what_came(held, vec![item("b", 2), item("c", 2)]);
        assert_eq!(all, [item("a", 1), item("b", 2), item("c", 2)]);
        assert_eq!(with_what_came(vec![], vec![item("a", 1)]), [item("a", 1)]);
    }
}

//! Legal holds, in the bucket under `holds/<case>/<person>.json`.
//!
//! No lifecycle rule and no function's role reaches there: only whoever runs `aftercall` does.

use anyhow::Context as _;
use domain::hold::{CaseRef, Hold, with_what_came};
use domain::person::PersonId;
use domain::phone::Mobile;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::extracts::Bucket;

const HOLDS: &str = "holds/";

/// Everything that is kept about somebody, in the form in which it is handed to them and held.
///
/// # Errors
/// It cannot be written as JSON.
pub fn told(mobile: &Mobile, items: &[Value], now: Timestamp) -> anyhow::Result<String> {
    let told = json!({"made_at": now.to_string(), "number": mobile.expose(), "items": items});
    Ok(serde_json::to_string_pretty(&told)?)
}

fn key(case: &CaseRef, person: &PersonId) -> String {
    format!("{HOLDS}{case}/{person}.json")
}

fn hold((key, at): (String, Timestamp)) -> Option<Hold> {
    let (case, file) = key.strip_prefix(HOLDS)?.split_once('/')?;
    let person = PersonId::parse(file.strip_suffix(".json")?)?;
    Some(Hold { case: CaseRef::parse(case).ok()?, person, at })
}

impl Bucket {
    /// Every hold there is.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn holds(&self) -> anyhow::Result<Vec<Hold>> {
        Ok(self.list(HOLDS).await?.into_iter().filter_map(hold).collect())
    }

    /// Copies what is kept about somebody, for a case. Where the case has them already, what it has and
    /// the table has no more stays. Gives how many items it has now.
    ///
    /// # Errors
    /// The bucket fails, or what is held there cannot be read.
    pub async fn hold(
        &self,
        hold: &Hold,
        mobile: &Mobile,
        items: Vec<Value>,
    ) -> anyhow::Result<usize> {
        let key = key(&hold.case, &hold.person);
        let is_held = self.list(&key).await?.iter().any(|(known, _)| *known == key);
        let before = if is_held {
            let body = self.read(&key).await?;
            let mut held: Value = serde_json::from_slice(&body)
                .with_context(|| format!("{key} is no copy of ours; it is left as it is"))?;
            serde_json::from_value(held["items"].take()).with_context(|| format!("read {key}"))?
        } else {
            Vec::new()
        };
        let items = with_what_came(before, items);
        let body = told(mobile, &items, hold.at)?;
        self.put(&key, "application/json", body.into_bytes()).await?;
        Ok(items.len())
    }

    /// Lets a copy go.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn release(&self, hold: &Hold) -> anyhow::Result<()> {
        self.delete(&key(&hold.case, &hold.person)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_found_by_its_key_and_nothing_else_is_one() {
        let at = Timestamp::UNIX_EPOCH;
        let person = PersonId::parse(&"a".repeat(32)).unwrap();
        let case = CaseRef::parse("LIT-2026-014").unwrap();
        let key = key(&case, &person);
        assert_eq!(key, "holds/LIT-2026-014/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json");
        assert_eq!(hold((key, at)), Some(Hold { case, person, at }));
        for other in ["holds/", "holds/x/notes.txt", "extracts/storm/a.csv"] {
            assert_eq!(hold((other.to_owned(), at)), None);
        }
    }
}

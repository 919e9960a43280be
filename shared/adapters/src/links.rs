//! The links of alarms: signed, so that nobody guesses one, and good for a day.
//!
//! A link names a reply and a moment; HMAC-SHA-256 under the force's own key joins them. Two keys are
//! accepted while one replaces the other, and the first signs. That a link acknowledges once is the
//! task's doing: it can be taken only once.

use anyhow::Context as _;
use aws_config::SdkConfig;
use domain::desk::TaskId;
use domain::ports::{AlarmLinks, Visit};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::secrets;

/// How long a link is good. An alarm that nobody takes rings with a fresh one every time.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A shorter key could be guessed.
const KEY_MIN: usize = 32;

/// What of a supplier's name or an id may stand in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Signs links, and knows its own again.
pub struct Links {
    keys: Vec<SecretString>,
    address: String,
}

impl Links {
    /// Accepts one or two keys of at least 32 characters, separated by white space, and the public
    /// address that ends before `/<supplier>/<message>`.
    ///
    /// # Errors
    /// No key, too many, or one that is too short.
    pub fn new(keys: &SecretString, address: &str) -> anyhow::Result<Self> {
        let keys: Vec<SecretString> =
            keys.expose_secret().split_whitespace().map(SecretString::from).collect();
        anyhow::ensure!((1..=2).contains(&keys.len()), "there must be one or two link keys");
        let long = keys.iter().all(|key| key.expose_secret().len() >= KEY_MIN);
        anyhow::ensure!(long, "a link key must have at least {KEY_MIN} characters");
        Ok(Self { keys, address: address.trim_end_matches('/').to_owned() })
    }

    /// The same, with the keys from the parameter store.
    ///
    /// # Errors
    /// The parameter is missing or not of its form; the error names it.
    pub async fn fetch(aws: &SdkConfig, parameter: &str, address: &str) -> anyhow::Result<Self> {
        let keys = secrets::fetch(aws, parameter).await?;
        Self::new(&keys, address).with_context(|| parameter.to_owned())
    }

    /// A link to a task, good from now.
    pub fn to(&self, task: &TaskId, now: Timestamp) -> String {
        let until = now.saturating_add(GOOD_FOR).unwrap_or(now).as_second().to_string();
        let key = self.keys.first().map(|key| signed(key, task, &until)).unwrap_or_default();
        let part = |text| utf8_percent_encode(text, PLAIN);
        let (supplier, message) = (part(&task.supplier), part(&task.message));
        format!("{}/{supplier}/{message}?until={until}&key={key}", self.address)
    }
}

impl AlarmLinks for Links {
    fn opens(&self, visit: &Visit, now: Timestamp) -> bool {
        // Every key is tried, so that the time does not tell which one came near.
        let matches = self.keys.iter().map(|key| {
            let wanted = signed(key, &visit.task, &visit.until);
            bool::from(wanted.as_bytes().ct_eq(visit.key.as_bytes()))
        });
        let ours = matches.fold(false, |any, one| any | one);
        let until = visit.until.parse().unwrap_or(i64::MIN);
        ours && now.as_second() < until
    }
}

fn signed(key: &SecretString, task: &TaskId, until: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("any key length");
    for part in ["alarm", &task.supplier, &task.message, until] {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    domain::person::hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a key of links that is thirty-two bytes or more".trim_ascii();

    fn links(keys: &str) -> Links {
        Links::new(&SecretString::from(keys.replace(' ', "-")), "https://a.invalid/alerts/")
            .unwrap()
    }

    fn task() -> TaskId {
        TaskId::parse("exchange:rant-and-rave/m.1").unwrap()
    }

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// What a browser that follows the link asks for.
    fn visit(link: &str) -> Visit {
        let (_, query) = link.split_once("?until=").unwrap();
        let (until, key) = query.split_once("&key=").unwrap();
        Visit { task: task(), until: until.to_owned(), key: key.to_owned(), by: None }
    }

    #[test]
    fn a_link_opens_its_own_task_for_a_day() {
        let links = links(KEY);
        let link = links.to(&task(), now());
        let address = "https://a.invalid/alerts/exchange%3Arant-and-rave/m.1?until=1773223200&key=";
        assert!(link.starts_with(address), "{link}");
        let visit = visit(&link);
        assert!(links.opens(&visit, now()));
        assert!(!links.opens(&visit, now() + GOOD_FOR));
        let other = TaskId { message: "m.2".to_owned(), ..task() };
        assert!(!links.opens(&Visit { task: other, ..visit.clone() }, now()));
        let longer = Visit { until: "1973223200".to_owned(), ..visit.clone() };
        assert!(!links.opens(&longer, now()), "its end is signed too");
        for key in ["", "0", &visit.key[1..], &visit.key.to_uppercase()] {
            assert!(!links.opens(&Visit { key: key.to_owned(), ..visit.clone() }, now()), "{key}");
        }
        for until in ["", "never", "-1", "1773223200 "] {
            let visit = Visit { until: until.to_owned(), ..visit.clone() };
            assert!(!links.opens(&visit, now()), "{until}");
        }
    }

    #[test]
    fn two_keys_open_while_one_replaces_the_other() {
        let old = links(KEY).to(&task(), now());
        let next = KEY.replace("a key", "the next key");
        let both = Links::new(
            &SecretString::from(format!("{}\n{}", next.replace(' ', "-"), KEY.replace(' ', "-"))),
            "https://a.invalid/alerts",
        );
        let both = both.unwrap();
        assert!(both.opens(&visit(&old), now()));
        assert!(!links(KEY).opens(&visit(&both.to(&task(), now())), now()), "the first signs");
        for keys in ["", "short"] {
            assert!(Links::new(&SecretString::from(keys), "https://a.invalid").is_err(), "{keys}");
        }
    }
}

//! Who somebody is to us: a keyed hash of a mobile number, never the number.
//!
//! The United Kingdom has about 10^9 mobile numbers, so an unkeyed hash is reversed in seconds;
//! the key (the *pepper*) is a secret of the force's own and never leaves the parameter store.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::phone::Mobile;

/// The secret key of [`PersonId`]. It does not print.
#[derive(Clone)]
pub struct Pepper(Vec<u8>);

/// The shortest pepper accepted, in bytes: a shorter one could be guessed.
pub const PEPPER_MIN_BYTES: usize = 32;

impl Pepper {
    /// Accepts a secret of at least [`PEPPER_MIN_BYTES`] bytes.
    pub fn parse(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        (secret.len() >= PEPPER_MIN_BYTES).then(|| Self(secret.as_bytes().to_vec()))
    }

    /// The person who holds this number.
    pub fn person(&self, mobile: &Mobile) -> PersonId {
        self.hash("person", mobile.expose())
    }

    /// Who sent a reply. A short code or a foreign number is a stranger: read for danger, never
    /// matched.
    pub fn sender(&self, number: &str) -> PersonId {
        match Mobile::from_supplier(number) {
            Some(mobile) => self.person(&mobile),
            None => self.stranger(number),
        }
    }

    /// Stands for any other text in the same one-way manner, such as a supplier's odd sender.
    pub fn stranger(&self, sender: &str) -> PersonId {
        self.hash("stranger", sender)
    }

    fn hash(&self, domain: &str, value: &str) -> PersonId {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length");
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        PersonId(hex(&mac.finalize().into_bytes()[..16]))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

/// A person: 128 bits of HMAC-SHA-256 of their number, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(String);

impl PersonId {
    /// Accepts exactly 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, 32).then(|| Self(text.to_owned()))
    }

    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half & 0xf)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

pub(crate) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper() -> Pepper {
        Pepper::parse("a pepper of thirty-two bytes or more").unwrap()
    }

    #[test]
    fn the_same_number_is_the_same_person_and_shows_nothing_of_it() {
        let mobile = Mobile::from_e164("+447700900123").unwrap();
        let person = pepper().person(&mobile);
        assert_eq!(person, pepper().person(&mobile));
        assert!(!person.as_str().contains("900123"));
        assert_eq!(PersonId::parse(person.as_str()), Some(person));
    }

    #[test]
    fn another_pepper_is_another_person() {
        let mobile = Mobile::from_e164("+447700900123").unwrap();
        let other = Pepper::parse("another pepper of thirty-two bytes..").unwrap();
        assert_ne!(pepper().person(&mobile), other.person(&mobile));
    }

    #[test]
    fn a_short_pepper_is_refused_and_none_prints() {
        assert!(Pepper::parse("too short").is_none());
        assert_eq!(format!("{:?}", pepper()), "Pepper(…)");
    }
}

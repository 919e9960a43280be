//! Who sends a campaign's texts: a supplier by the name a campaign file gives it.

use std::fmt;

/// Every supplier that can be named. Each has a folder of its name among the adapters.
pub const SUPPLIERS: [&str; 3] = [NOTIFY, TWILIO, EXCHANGE];

/// GOV.UK Notify.
pub const NOTIFY: &str = "notify";
/// Twilio.
pub const TWILIO: &str = "twilio";
/// A partner who takes files, such as Rant & Rave; the partner's name follows a colon.
pub const EXCHANGE: &str = "exchange";

/// A supplier's name: `notify`, `twilio` or `exchange:<partner>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SupplierName(String);

impl SupplierName {
    /// GOV.UK Notify.
    pub fn notify() -> Self {
        Self(NOTIFY.to_owned())
    }

    /// Twilio.
    pub fn twilio() -> Self {
        Self(TWILIO.to_owned())
    }

    /// A partner of the file exchange, by a name of 1 to 40 lower-case letters, digits and hyphens.
    pub fn exchange(partner: &str) -> Option<Self> {
        let fits = (1..=40).contains(&partner.len())
            && partner.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        fits.then(|| Self(format!("{EXCHANGE}:{partner}")))
    }

    /// Finds a supplier by its name.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some((EXCHANGE, partner)) => Self::exchange(partner),
            None if text != EXCHANGE && SUPPLIERS.contains(&text) => Some(Self(text.to_owned())),
            _ => None,
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of [`SUPPLIERS`] it is.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or(self.as_str(), |(kind, _)| kind)
    }

    /// The partner, when it is one of the file exchange.
    pub fn partner(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, partner)| partner)
    }
}

impl fmt::Display for SupplierName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_another_is_none() {
        for name in ["notify", "twilio", "exchange:rant-and-rave"] {
            assert_eq!(SupplierName::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "pigeon", "exchange", "exchange:", "exchange:Rant", "notify:x", "a:b"] {
            assert_eq!(SupplierName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_partner_is_of_the_exchange() {
        let partner = SupplierName::exchange("rant-and-rave").unwrap();
        assert_eq!((partner.kind(), partner.partner()), (EXCHANGE, Some("rant-and-rave")));
        assert_eq!(SupplierName::notify().partner(), None);
        assert_eq!(SupplierName::twilio().kind(), TWILIO);
    }
}

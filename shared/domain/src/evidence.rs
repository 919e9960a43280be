//! What a text may claim: only what the log shows.
//!
//! Words state their claims; [`support`] looks in the log for each. The only way to a rendered text
//! is through [`Supported`], which only [`support`] makes, so a claim the log does not show cannot
//! be written.

use crate::incident::{Coded, Log, Outcome};
use crate::wording::Words;

/// Something a text says the police did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// "We went": a unit arrived.
    Attended,
    /// "We cleared it": a unit arrived, and the result code says so.
    Cleared,
    /// "We looked": a unit arrived, whatever it found.
    Looked,
    /// "We passed it on": the result code says so.
    PassedOn,
    /// "We did not come": the log says so, and no arrival contradicts it.
    NotAttended,
    /// Anything else that came of it, such as "it was given back": the result code says so.
    Resulted,
}

/// Every claim with its name in a campaign file.
pub const CLAIMS: [(Claim, &str); 6] = [
    (Claim::Attended, "attended"),
    (Claim::Cleared, "cleared"),
    (Claim::Looked, "looked"),
    (Claim::PassedOn, "passed-on"),
    (Claim::NotAttended, "not-attended"),
    (Claim::Resulted, "resulted"),
];

impl Claim {
    /// Finds a claim by its name.
    pub fn parse(name: &str) -> Option<Self> {
        CLAIMS.iter().find(|(_, known)| *known == name).map(|(claim, _)| *claim)
    }

    /// The names, for people.
    pub fn names() -> String {
        CLAIMS.map(|(_, name)| name).join(", ")
    }

    /// Whether a log shows the claim of words written for `outcome`.
    fn shown_by(self, log: &Log, outcome: &Outcome) -> bool {
        // A flag without an arrival, or an arrival before the call, is not evidence of presence.
        let arrived = log.attended == Some(true)
            && log.arrived_at.is_some_and(|arrived| arrived >= log.opened_at);
        let resulted = log.results.contains(&Coded::Known(outcome.clone()));
        match self {
            Self::Attended | Self::Looked => arrived,
            Self::Cleared => arrived && resulted,
            Self::PassedOn | Self::Resulted => resulted,
            Self::NotAttended => log.attended == Some(false) && log.arrived_at.is_none(),
        }
    }
}

/// Words every claim of which the log shows.
#[derive(Debug)]
pub struct Supported<'a> {
    words: &'a Words,
}

impl Supported<'_> {
    /// The words.
    pub fn words(&self) -> &Words {
        self.words
    }
}

/// The words written for `outcome`, if the log shows everything they claim.
///
/// Words that stand in for another outcome's must be borne out by their own.
pub fn support<'a>(words: &'a Words, log: &Log, outcome: &Outcome) -> Option<Supported<'a>> {
    words.claims.iter().all(|claim| claim.shown_by(log, outcome)).then_some(Supported { words })
}

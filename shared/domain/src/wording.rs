//! What a person reads: a campaign's words for an outcome, filled in from the log.
//!
//! A text must be harmless in a stranger's hands: the only thing taken from the log is the day of
//! the call. There is no placeholder for a name, an address or a party, and there will be none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::campaign::Campaign;
use crate::evidence::{self, Claim, Supported};
use crate::hours::LONDON;
use crate::incident::{Log, Outcome};
use crate::text::{self, SmsText};

/// What a campaign says for one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The text with its placeholders.
    pub text: String,
    /// What it claims.
    pub claims: BTreeSet<Claim>,
    /// The outcome whose weaker words to use where the log does not show the claims.
    pub otherwise: Option<Outcome>,
    /// The supplier's own template that says these words, where the force keeps them there too.
    pub template: Option<String>,
}

/// Words filled in, as a supplier takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// What the person reads.
    pub text: SmsText,
    /// The supplier's own template that says the same; without one the text is handed over whole.
    pub template: Option<String>,
    /// What was filled in, by placeholder: such a template fills itself in.
    pub values: BTreeMap<&'static str, String>,
}

/// What may stand between `((` and `))`.
pub const PLACEHOLDERS: [&str; 1] = ["date"];

/// A text ready to send, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// Send this.
    Text(Wording),
    /// The campaign has no words that the log supports.
    Nothing,
}

/// The campaign's words for this outcome, or the strongest weaker ones the log supports.
///
/// `called_at` is when this person rang, which for the caller of a duplicate is not when the log
/// that tells the outcome was opened.
pub fn render(campaign: &Campaign, outcome: &Outcome, log: &Log, called_at: Timestamp) -> Rendered {
    let mut tried = BTreeSet::new();
    let mut next = Some(outcome);
    while let Some(name) = next {
        // A campaign whose weaker words point in a circle has none left.
        if !tried.insert(name) {
            break;
        }
        let Some(words) = campaign.words.get(name) else { break };
        if let Some(supported) = evidence::support(words, log, name) {
            return Rendered::Text(fill(&supported, called_at));
        }
        next = words.otherwise.as_ref();
    }
    Rendered::Nothing
}

fn fill(supported: &Supported<'_>, called_at: Timestamp) -> Wording {
    let words = supported.words();
    let day = called_at.to_zoned(LONDON.clone()).strftime("%-d %B").to_string();
    let text = text::prepare(&words.text.replace("((date))", &day));
    let mut values = BTreeMap::new();
    if words.text.contains("((date))") {
        values.insert("date", day);
    }
    Wording { text, template: words.template.clone(), values }
}

/// The placeholders of a text, in order.
pub fn placeholders(text: &str) -> Vec<&str> {
    text.split("((")
        .skip(1)
        .filter_map(|rest| rest.split_once("))").map(|(name, _)| name))
        .collect()
}

/// The text at its longest: the longest day of the year by its name is 30 September.
pub fn longest(text: &str) -> String {
    text.replace("((date))", "30 September")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Coded;

    fn rendered(change: impl FnOnce(&mut Log)) -> String {
        let campaign = crate::campaign::tests::file().check().unwrap();
        let mut log = crate::eligibility::tests::log();
        change(&mut log);
        match render(&campaign, &Outcome::parse("cleared").unwrap(), &log, log.opened_at) {
            Rendered::Text(wording) => wording.text.sent().to_owned(),
            Rendered::Nothing => "nothing".to_owned(),
        }
    }

    const STRONG: &str = "Police: we cleared the road on 3 March. STOP to opt out";
    const WEAK: &str = "Police: thank you for calling. STOP to opt out";

    #[test]
    fn what_the_log_shows_is_said() {
        assert_eq!(rendered(|_| ()), STRONG);
    }

    #[test]
    fn what_the_log_does_not_show_falls_to_weaker_words() {
        assert_eq!(rendered(|log| log.attended = None), WEAK);
        assert_eq!(rendered(|log| log.attended = Some(false)), WEAK);
        assert_eq!(rendered(|log| log.arrived_at = None), WEAK);
        assert_eq!(
            rendered(|log| log.arrived_at = Some("2026-03-02T00:00:00Z".parse().unwrap())),
            WEAK,
            "an arrival before the call is a corrupted clock, not evidence"
        );
        assert_eq!(rendered(|log| log.results = vec![Coded::Blank]), WEAK);
    }

    #[test]
    fn words_that_stand_in_must_be_borne_out_by_their_own_result() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        let [cleared, thanked] = ["cleared", "thanked"].map(|name| Outcome::parse(name).unwrap());
        campaign.words.get_mut(&thanked).unwrap().claims.insert(Claim::PassedOn);
        let mut log = crate::eligibility::tests::log();
        log.attended = None;
        assert_eq!(render(&campaign, &cleared, &log, log.opened_at), Rendered::Nothing);
        log.results = vec![Coded::Known(thanked.clone())];
        assert!(matches!(render(&campaign, &thanked, &log, log.opened_at), Rendered::Text(_)));
    }

    #[test]
    fn nobody_came_is_said_only_where_nobody_did() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        let thanked = Outcome::parse("thanked").unwrap();
        campaign.words.get_mut(&thanked).unwrap().claims.insert(Claim::NotAttended);
        let mut log = crate::eligibility::tests::log();
        log.attended = Some(false);
        assert_eq!(
            render(&campaign, &thanked, &log, log.opened_at),
            Rendered::Nothing,
            "a unit arrived"
        );
        log.arrived_at = None;
        assert!(matches!(render(&campaign, &thanked, &log, log.opened_at), Rendered::Text(_)));
        log.attended = None;
        assert_eq!(
            render(&campaign, &thanked, &log, log.opened_at),
            Rendered::Nothing,
            "the log is silent"
        );
    }

    #[test]
    fn weaker_words_in_a_circle_say_nothing() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        let cleared = Outcome::parse("cleared").unwrap();
        campaign.words.get_mut(&cleared).unwrap().otherwise = Some(cleared.clone());
        let mut log = crate::eligibility::tests::log();
        log.attended = None;
        assert_eq!(render(&campaign, &cleared, &log, log.opened_at), Rendered::Nothing);
    }

    #[test]
    fn placeholders_are_found() {
        assert_eq!(placeholders("on ((date)) at ((place))"), ["date", "place"]);
        assert_eq!(placeholders("((open"), Vec::<&str>::new());
    }
}

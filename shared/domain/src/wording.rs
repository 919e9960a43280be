//! What a person reads: a campaign's words for an outcome, filled in from the log.
//!
//! A text must be harmless in a stranger's hands: the only thing taken from the log is the day of
//! the call. There is no placeholder for a name, an address or a party, and there will be none.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::campaign::Campaign;
use crate::evidence::{self, Claim, Supported};
use crate::hours::LONDON;
use crate::incident::{Coded, Log, Outcome};
use crate::language::Language;
use crate::nsir::Qualifier;
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
    /// The outcome whose words to use where the call was made with good intent (NSIR 2.5).
    pub good_intent: Option<Outcome>,
    /// The supplier's own template that says these words, where the force keeps them there too.
    pub template: Option<String>,
    /// The text in other languages.
    pub translations: BTreeMap<Language, String>,
}

impl Words {
    /// The text in a language, or in English where it has none in that.
    fn text_in(&self, language: Language) -> &str {
        self.translations.get(&language).unwrap_or(&self.text)
    }
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

/// Who is told, and of which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// When this person rang, which for the caller of a duplicate is not when the log that tells the
    /// outcome was opened.
    pub at: Timestamp,
    /// The language they are told in, where the campaign has it.
    pub language: Language,
}

/// The campaign's words for this outcome, or the strongest weaker ones the log supports.
///
/// Of a call made with good intent the words for such a call come first, where there are any.
pub fn render(campaign: &Campaign, outcome: &Outcome, log: &Log, call: Call) -> Rendered {
    let good_intent = Coded::Known(Qualifier::CallMadeWithGoodIntent);
    let kinder = campaign.words.get(outcome).and_then(|words| words.good_intent.as_ref());
    let kinder = kinder.filter(|_| log.qualifiers.contains(&good_intent));
    let supported = kinder
        .and_then(|outcome| first_supported(campaign, outcome, log))
        .or_else(|| first_supported(campaign, outcome, log));
    supported.map_or(Rendered::Nothing, |supported| Rendered::Text(fill(&supported, call)))
}

/// The first words that the log supports, from this outcome's to ever weaker ones.
fn first_supported<'a>(
    campaign: &'a Campaign,
    outcome: &'a Outcome,
    log: &Log,
) -> Option<Supported<'a>> {
    let mut tried = BTreeSet::new();
    let mut next = Some(outcome);
    // A campaign whose weaker words point in a circle has none left.
    while let Some(name) = next.filter(|name| tried.insert(*name)) {
        let words = campaign.words.get(name)?;
        if let Some(supported) = evidence::support(words, log, name) {
            return Some(supported);
        }
        next = words.otherwise.as_ref();
    }
    None
}

fn fill(supported: &Supported<'_>, call: Call) -> Wording {
    let words = supported.words();
    let own = words.text_in(call.language);
    let day = call.language.day(call.at.to_zoned(LONDON.clone()).date());
    let text = text::prepare(&own.replace(DATE, &day));
    let mut values = BTreeMap::new();
    if own.contains(DATE) {
        values.insert("date", day);
    }
    // The supplier's template is in English.
    let template = words.template.clone().filter(|_| own == words.text);
    Wording { text, template, values }
}

/// The placeholder for the day of the call.
const DATE: &str = "((date))";

/// The placeholders of a text with their places in it, in order.
pub fn placeholders(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("((").map(|at| from + at) {
        let inside = start + 2;
        let Some(end) = text[inside..].find("))").map(|at| inside + at) else { break };
        found.push((start..end + 2, &text[inside..end]));
        from = end + 2;
    }
    found
}

/// A text with each day of a leap year in it; once as it is where no day belongs in it.
pub fn all_values(text: &str, language: Language) -> impl Iterator<Item = String> + '_ {
    let days = if text.contains(DATE) { 366 } else { 1 };
    let first = Date::constant(2028, 1, 1);
    (0..days).map(move |day| text.replace(DATE, &language.day(first.saturating_add(day.days()))))
}

/// The text at its longest: in the month of the longest name, on a day of two figures.
pub fn longest(text: &str, language: Language) -> String {
    let days = (1..=12).map(|month| language.day(Date::constant(2028, month, 28)));
    text.replace(DATE, &days.max_by_key(|day| day.chars().count()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Coded;

    fn called(log: &Log) -> Call {
        Call { at: log.opened_at, language: Language::English }
    }

    fn rendered(change: impl FnOnce(&mut Log)) -> String {
        let campaign = crate::campaign::tests::file().check().unwrap();
        let mut log = crate::eligibility::tests::log();
        change(&mut log);
        match render(&campaign, &Outcome::parse("cleared").unwrap(), &log, called(&log)) {
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
        assert_eq!(render(&campaign, &cleared, &log, called(&log)), Rendered::Nothing);
        log.results = vec![Coded::Known(thanked.clone())];
        assert!(matches!(render(&campaign, &thanked, &log, called(&log)), Rendered::Text(_)));
    }

    #[test]
    fn nobody_came_is_said_only_where_nobody_did() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        let thanked = Outcome::parse("thanked").unwrap();
        campaign.words.get_mut(&thanked).unwrap().claims.insert(Claim::NotAttended);
        let mut log = crate::eligibility::tests::log();
        log.attended = Some(false);
        assert_eq!(
            render(&campaign, &thanked, &log, called(&log)),
            Rendered::Nothing,
            "a unit arrived"
        );
        log.arrived_at = None;
        assert!(matches!(render(&campaign, &thanked, &log, called(&log)), Rendered::Text(_)));
        log.attended = None;
        assert_eq!(
            render(&campaign, &thanked, &log, called(&log)),
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
        assert_eq!(render(&campaign, &cleared, &log, called(&log)), Rendered::Nothing);
    }

    #[test]
    fn a_call_made_with_good_intent_has_words_of_its_own_where_the_log_bears_them_out() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        let [cleared, kind] = ["cleared", "kind"].map(|name| Outcome::parse(name).unwrap());
        let mut words = campaign.words[&cleared].clone();
        words.text = "Police: you were right to call. STOP to opt out".to_owned();
        words.claims = [Claim::Attended].into();
        words.otherwise = None;
        campaign.words.insert(kind.clone(), words);
        campaign.words.get_mut(&cleared).unwrap().good_intent = Some(kind);
        let said = |log: &Log| match render(&campaign, &cleared, log, called(log)) {
            Rendered::Text(wording) => wording.text.sent().to_owned(),
            Rendered::Nothing => "nothing".to_owned(),
        };
        let mut log = crate::eligibility::tests::log();
        assert_eq!(said(&log), STRONG);
        log.qualifiers.push(Coded::Known(Qualifier::CallMadeWithGoodIntent));
        assert_eq!(said(&log), "Police: you were right to call. STOP to opt out");
        log.attended = None;
        assert_eq!(said(&log), WEAK, "the kinder words say that we came");
    }

    #[test]
    fn whoever_asked_for_welsh_is_told_in_welsh_where_there_is_welsh() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        let cleared = Outcome::parse("cleared").unwrap();
        let welsh = "Heddlu: diolch am ffonio ar ((date)). STOP".to_owned();
        let words = campaign.words.get_mut(&cleared).unwrap();
        words.template = Some("t-1".to_owned());
        words.translations.insert(Language::Welsh, welsh);
        let log = crate::eligibility::tests::log();
        let told = |language| {
            let call = Call { at: log.opened_at, language };
            let Rendered::Text(wording) = render(&campaign, &cleared, &log, call) else {
                panic!("nothing")
            };
            (wording.text.sent().to_owned(), wording.template)
        };
        let welsh = "Heddlu: diolch am ffonio ar 3 Mawrth. STOP".to_owned();
        assert_eq!(told(Language::Welsh), (welsh, None), "the supplier's template is English");
        assert_eq!(told(Language::English), (STRONG.to_owned(), Some("t-1".to_owned())));
    }

    #[test]
    fn a_text_is_looked_at_with_every_day_of_a_leap_year() {
        let all: Vec<_> = all_values("on ((date))", Language::English).collect();
        assert_eq!(
            (all.len(), all[0].as_str(), all[59].as_str()),
            (366, "on 1 January", "on 29 February")
        );
        assert_eq!(longest("on ((date))", Language::English).len(), "on 30 September".len());
        assert_eq!(all_values("no day", Language::Welsh).count(), 1);
    }

    #[test]
    fn placeholders_are_found() {
        let found = placeholders("on ((date)) at ((place))");
        assert_eq!(found, [(3..11, "date"), (15..24, "place")]);
        assert_eq!(placeholders("((open"), []);
    }

    #[test]
    fn no_day_makes_a_text_longer_than_the_longest() {
        for (language, _) in crate::language::LANGUAGES {
            let text = "You rang us on ((date)).";
            let length = |text: String| text.chars().count();
            let most = all_values(text, language).map(length).max();
            assert_eq!(Some(length(longest(text, language))), most, "{language:?}");
        }
    }
}

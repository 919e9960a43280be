//! What a careful colleague says of a campaign before it is published: `aftercall check`.
//!
//! Pure rules from a campaign's file to [`Finding`]s. What a campaign cannot be used without is
//! checked elsewhere ([`CampaignFile::form`]) and comes along; here is what makes it one that may be
//! sent to people. The rules can become stricter with every release, because they are asked only
//! before a campaign is published: one that was published keeps running.
//!
//! Sources: NSIR 2011 section 2.5 (good intent), GOV.UK content design (reading age 9, sentences,
//! capitals), the NCSC's advice on business SMS of 2022 (no links, no numbers), 3GPP TS 23.038
//! (alphabet and parts). Word lists are English; of a Welsh text only what needs no list is checked.

mod code;
mod plain;
mod words;

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

pub use code::{CODES, Code, Level};
pub use words::Size;

use crate::budget::Money;
use crate::campaign::{Campaign, CampaignFile, TalkFile, WordsFile};
use crate::hours::{Hours, LONDON, Timing};
use crate::language::{LANGUAGES, Language};
use crate::prices::Prices;
use crate::text;
use crate::wording;

/// Something to say about a campaign file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// The field, such as `outcomes.cleared.text`; of a list its items by number, from 0.
    pub field: String,
    /// Which bytes of the field's text; all of it without.
    pub range: Option<Range<usize>>,
    /// What is wrong, in words.
    pub what: String,
    /// What to do.
    pub help: Option<String>,
}

impl Finding {
    /// A finding about a whole field.
    pub fn of(code: Code, field: &str, what: String) -> Self {
        Self { code, field: field.to_owned(), range: None, what, help: None }
    }

    /// The same about a part of the field's text.
    #[must_use]
    pub fn at(mut self, range: Range<usize>) -> Self {
        self.range = Some(range);
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What there is beside the campaign to hold it against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What suppliers charge.
    pub prices: Option<&'a Prices>,
    /// The outcomes that the force's result codes mean.
    pub outcomes: Option<&'a BTreeSet<String>>,
}

/// Everything there is to say, and how large each text is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proof {
    /// What was found, by field in the order of the file's tables.
    pub findings: Vec<Finding>,
    /// Each text at its largest.
    pub sizes: Vec<Size>,
    /// The price of one part on the campaign's first day, when it is known.
    pub price: Option<Money>,
}

impl Proof {
    /// Whether nothing speaks against publishing it.
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.code.level() == Level::Warning)
    }
}

/// Reads a campaign as a careful colleague would.
pub fn proofread(file: &CampaignFile, beside: Beside<'_>) -> Proof {
    let mut proof = Proof::default();
    let form = file.form();
    let campaign = match form {
        Ok(campaign) => Some(campaign),
        Err(findings) => {
            proof.findings.extend(findings);
            None
        }
    };
    proof.price = campaign.as_ref().and_then(|campaign| price(campaign, beside.prices));
    head(file, &mut proof);
    if let Some((starts, ends, hours)) = file.open() {
        clock(starts, ends, &hours, &mut proof);
    }
    if let Some(campaign) = &campaign {
        money(campaign, beside.prices, &mut proof);
    }
    chains(file, beside, &mut proof);
    for (name, words) in &file.outcomes {
        let at = format!("outcomes.{name}.text");
        claims(name, words, file, &mut proof);
        let asks = words::Asks::first_text(words.parts);
        words::look(&at, &words.text, Language::English, &asks, file, &mut proof);
    }
    if let Some(talk) = &file.conversation {
        conversation("conversation", talk, Language::English, file, &mut proof);
    }
    translations(file, &mut proof);
    proof
}

fn price(campaign: &Campaign, prices: Option<&Prices>) -> Option<Money> {
    campaign.price.or_else(|| prices?.of(&campaign.supplier, campaign.starts))
}

/// Who says it, and when somebody looks whether it should go on.
fn head(file: &CampaignFile, proof: &mut Proof) {
    if file.sender.as_ref().is_none_or(|sender| sender.trim().is_empty()) {
        let what = "says nowhere who the texts are from".to_owned();
        let finding = Finding::of(Code::NoSender, "sender", what);
        proof.findings.push(finding.help("add sender = \"Herts Police\""));
    }
    let review = file.review.as_ref().and_then(|review| review.parse::<Date>().ok());
    match (&file.review, review) {
        (None, _) => {
            let what = "has no day on which somebody decides whether it goes on".to_owned();
            let finding = Finding::of(Code::NoReview, "review", what);
            proof.findings.push(finding.help("add review = \"…\", a day before it ends"));
        }
        (Some(_), Some(review)) => {
            let starts = file.starts.parse().unwrap_or(review);
            if review <= starts {
                let what = "is reviewed before it has begun".to_owned();
                proof.findings.push(Finding::of(Code::NoReview, "review", what));
            }
        }
        (Some(_), None) => {}
    }
}

/// How many hours of a week there are.
const WEEK: i64 = 7 * 24;

/// Whether a text could ever leave, and at what hours.
fn clock(starts: Date, ends: Date, hours: &Hours, proof: &mut Proof) {
    let start = starts.to_zoned(LONDON.clone()).map(|day| day.timestamp());
    let Ok(start) = start else { return };
    // Every hour of two weeks, so that what waits for a weekday is seen: which of them go stale?
    let closings = (0..2 * WEEK).filter_map(|hour| {
        let closed_at = start.checked_add(SignedDuration::from_hours(hour)).ok()?;
        Some(hours.timing(closed_at, closed_at) == Timing::Stale)
    });
    let (mut stale, mut all) = (0_i64, 0_i64);
    for is_stale in closings {
        all += 1;
        stale += i64::from(is_stale);
    }
    let last = ends.saturating_add(1.days()).to_zoned(LONDON.clone());
    let opens = hours.open_from(start);
    let shut = match (opens, last) {
        (Some(opens), Ok(last)) => opens >= last.timestamp(),
        (None, _) => true,
        (Some(_), Err(_)) => false,
    };
    if shut {
        let what = "none of its days is open between its first and its last".to_owned();
        proof.findings.push(Finding::of(Code::NeverSends, "hours.days", what));
    } else if all > 0 && stale == all {
        let what = "whenever a log is closed, its text is stale before the hours open".to_owned();
        let finding = Finding::of(Code::NeverSends, "hours.not_after_days", what);
        proof.findings.push(finding.help("raise not_after_days, or name more days"));
    } else if stale > 0 {
        let percent = (stale * 100 + all / 2) / all;
        let what = format!(
            "of the hours of a week in which a log may be closed, {percent} % are never answered: \
             the text is stale before the hours open"
        );
        let finding = Finding::of(Code::OftenStale, "hours.not_after_days", what);
        proof.findings.push(finding.help("raise not_after_days, or name more days"));
    }
    if hours.from.hour() < 8 {
        let what = format!("{} is before eight in the morning", hours.from.strftime("%H:%M"));
        proof.findings.push(Finding::of(Code::UnsocialHours, "hours.from", what));
    }
    if hours.until > jiff::civil::time(21, 0, 0, 0) {
        let what = format!("{} is after nine in the evening", hours.until.strftime("%H:%M"));
        let finding = Finding::of(Code::UnsocialHours, "hours.until", what);
        let help = "networks go on trying for hours when a phone is off: stop by 20:00";
        proof.findings.push(finding.help(help));
    }
}

/// What it may spend, against what one text costs.
fn money(campaign: &Campaign, prices: Option<&Prices>, proof: &mut Proof) {
    let Some(price) = proof.price else {
        if prices.is_some() {
            let what = format!("no price of {} is known for its first day", campaign.supplier);
            let finding = Finding::of(Code::NoPrice, "supplier", what);
            let help = "without one nothing is sent: add it to infra/prices.toml and publish that";
            proof.findings.push(finding.help(help));
        }
        return;
    };
    let parts = campaign.words.values().map(|words| {
        let longest = wording::longest(&words.text, Language::English);
        text::prepare(&longest).segments() as u64
    });
    let dearest = price * parts.max().unwrap_or(1);
    if campaign.monthly_cap < dearest {
        let what = format!(
            "the month's {} do not pay for one text, which costs up to {dearest}",
            campaign.monthly_cap
        );
        let finding = Finding::of(Code::SmallCap, "money.cap_pounds_a_month", what);
        proof.findings.push(finding.help("raise it: nothing would be sent"));
    }
}

/// Where words stand in for others: whether every road ends at words that any log bears out.
fn chains(file: &CampaignFile, beside: Beside<'_>, proof: &mut Proof) {
    for (name, words) in &file.outcomes {
        let mut seen = BTreeSet::from([name]);
        let mut last = words;
        let circle = loop {
            let Some(next) = &last.otherwise else { break None };
            let Some(weaker) = file.outcomes.get(next) else { break None };
            if !seen.insert(next) {
                break Some(next);
            }
            last = weaker;
        };
        let at = format!("outcomes.{name}.otherwise");
        if let Some(back) = circle {
            let what = format!("points in a circle: it comes back to {back:?}");
            proof.findings.push(Finding::of(Code::Circle, &at, what));
        } else if !last.claims.is_empty() {
            let what =
                "ends at words that claim something: a log that does not show it gets no text";
            let finding = Finding::of(Code::DeadEnd, &at, what.to_owned());
            proof.findings.push(finding.help("let the last words of every road claim nothing"));
        }
        let stands_in = file.outcomes.values().any(|other| {
            [&other.otherwise, &other.good_intent].into_iter().any(|to| to.as_ref() == Some(name))
        });
        if let Some(known) = beside.outcomes
            && !known.contains(name)
            && !stands_in
        {
            let what = "no result code of the force profile means it: never said".to_owned();
            let finding = Finding::of(Code::Unreachable, &format!("outcomes.{name}"), what);
            proof.findings.push(finding.help("is it spelt as in [codes.results] of the profile?"));
        }
    }
    let Some(known) = beside.outcomes else { return };
    if !known.is_empty() && file.outcomes.keys().all(|name| !known.contains(name)) {
        let what = "no result code of the force profile means any of them".to_owned();
        proof.findings.push(Finding::of(Code::Unreachable, "outcomes", what));
    }
}

/// What the words say that we did, against what they are said to claim.
fn claims(name: &str, words: &WordsFile, file: &CampaignFile, proof: &mut Proof) {
    let at = format!("outcomes.{name}.text");
    let claimed = |claim: &str| words.claims.iter().any(|known| known == claim);
    for said in plain::said(&words.text) {
        if said.borne_by.iter().any(|claim| claimed(claim)) {
            continue;
        }
        let quoted = &words.text[said.range.clone()];
        let claim = said.borne_by.first().copied().unwrap_or_default();
        let what = format!("says {quoted:?}, and `claims` has no {claim:?}");
        let finding = Finding::of(Code::Unclaimed, &at, what).at(said.range);
        let help = format!(
            "add {claim:?} to claims, and it is said only of logs that show it; or say less"
        );
        proof.findings.push(finding.help(help));
    }
    let at = format!("outcomes.{name}.claims");
    let said: BTreeSet<_> =
        plain::said(&words.text).flat_map(|said| said.borne_by.iter().copied()).collect();
    for claim in words.claims.iter().filter(|claim| !said.contains(&claim.as_str())) {
        // "We checked" says that we came; it need not say so twice.
        let attended = claim == "attended"
            && said.iter().any(|other| !["passed-on", "not-attended", "resulted"].contains(other));
        if crate::evidence::Claim::parse(claim).is_some() && !attended {
            let what = format!("claims {claim:?}, which the text does not say");
            let finding = Finding::of(Code::Unsaid, &at, what);
            proof.findings.push(finding.help("take it out: logs without it would be told less"));
        }
    }
    if claimed("not-attended") && ["attended", "looked", "cleared"].iter().any(|c| claimed(c)) {
        let what = "claims that we came and that we did not: no log shows both".to_owned();
        proof.findings.push(Finding::of(Code::Impossible, &at, what));
    }
    let by_result = words
        .claims
        .iter()
        .find(|claim| ["cleared", "passed-on", "resulted"].contains(&claim.as_str()));
    let only_kinder =
        file.outcomes.values().any(|other| other.good_intent.as_deref() == Some(name));
    if let Some(claim) = by_result.filter(|_| only_kinder) {
        let what = format!(
            "claims {claim:?}, which only a result code of its own shows; words for good intent stand \
             in for another's"
        );
        proof.findings.push(Finding::of(Code::Impossible, &at, what));
    }
}

fn conversation(
    at: &str,
    talk: &TalkFile,
    language: Language,
    file: &CampaignFile,
    proof: &mut Proof,
) {
    for (name, words) in talk.said() {
        let asks = match name.as_str() {
            "better" | "well" | "call_again" | "confidence" | "reminder" => words::Asks::question(),
            _ => words::Asks::answer(),
        };
        words::look(&format!("{at}.{name}"), words, language, &asks, file, proof);
    }
}

/// Whether each language says everything that English says, and the same is filled in.
fn translations(file: &CampaignFile, proof: &mut Proof) {
    for (code, other) in &file.languages {
        let Some(language) = Language::parse(code).filter(|l| *l != Language::English) else {
            continue;
        };
        for (name, words) in &file.outcomes {
            let at = format!("languages.{code}.outcomes.{name}");
            let Some(text) = other.outcomes.get(name) else {
                missing(proof, &format!("languages.{code}.outcomes"), code, name);
                continue;
            };
            let asks = words::Asks::first_text(words.parts);
            words::look(&at, text, language, &asks, file, proof);
            let filled = |text: &str| wording::placeholders(text).len();
            if filled(text) != filled(&words.text) {
                let what = "does not have the placeholders of the English text".to_owned();
                proof.findings.push(Finding::of(Code::LanguagePair, &at, what));
            }
        }
        let said = |talk: &Option<TalkFile>| -> BTreeSet<String> {
            talk.iter().flat_map(TalkFile::said).map(|(name, _)| name).collect()
        };
        let (english, theirs) = (said(&file.conversation), said(&other.conversation));
        for name in english.difference(&theirs) {
            missing(proof, &format!("languages.{code}"), code, &format!("conversation.{name}"));
        }
        if let Some(talk) = &other.conversation {
            let at = format!("languages.{code}.conversation");
            conversation(&at, talk, language, file, proof);
            for name in theirs.difference(&english) {
                let what = "is not said in English".to_owned();
                let field = format!("{at}.{name}");
                proof.findings.push(Finding::of(Code::LanguagePair, &field, what));
            }
        }
    }
}

fn missing(proof: &mut Proof, at: &str, code: &str, name: &str) {
    let what = format!("{name:?} is said in {} and not in {code}", LANGUAGES[0].1);
    let finding = Finding::of(Code::LanguagePair, at, what);
    proof.findings.push(finding.help("whoever asked for the language would get English"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_campaigns_have_nothing_said_against_them() {
        let prices = crate::prices::tests::file().check().unwrap();
        for (name, text) in SHIPPED {
            let file: CampaignFile = toml::from_str(text).unwrap();
            let proof = proofread(&file, Beside { prices: Some(&prices), outcomes: None });
            let found: Vec<_> = proof
                .findings
                .iter()
                .map(|f| format!("{} {} {:?}: {}", f.code.name(), f.field, f.range, f.what))
                .collect();
            assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
        }
    }

    const SHIPPED: [(&str, &str); 3] = [
        ("highways", include_str!("../../../infra/campaigns/highways.toml")),
        ("welfare", include_str!("../../../infra/campaigns/welfare.toml")),
        ("lost-found", include_str!("../../../infra/campaigns/lost-found.toml")),
    ];
}

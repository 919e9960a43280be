//! A partner of the file exchange: what it gets for each text, and how it writes what came of it.
//!
//! A partner is a supplier without a public interface. It takes a file with one row for each text,
//! and brings files of receipts, replies and its own scores, or calls a webhook. What its columns are
//! called is in a file that its owner can read ([`PartnerFile`], TOML in `infra/partners`); publishing
//! checks it into a [`Partner`] and stores it under a version that never changes.

mod inbox;
mod score;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::{Deserialize, Serialize};

use crate::campaign::Problem;
use crate::contact::Receipt;
use crate::force::{ambiguous, fold};
use crate::formula;
use crate::hours::LONDON;
use crate::ports::Order;
use crate::supplier::SupplierName;

pub use inbox::{Rows, Said, Told, is_plausible};
pub use score::{PartnerScore, Scale, Thousandths};

/// A partner that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Partner {
    /// Its name as a supplier, `exchange:<partner>`.
    pub supplier: SupplierName,
    /// Its name for people.
    pub title: String,
    columns: Vec<(String, Given)>,
    dates: String,
    inbound: Option<Inbound>,
}

/// How a partner's files are read.
#[derive(Debug, Clone, PartialEq)]
struct Inbound {
    separator: char,
    dates: Vec<String>,
    /// Words that count as blank, folded.
    blanks: Vec<String>,
    columns: Vec<(Brought, String)>,
    /// A partner's word for how far a text has come, folded; `None` while it is under way.
    statuses: BTreeMap<String, Option<Receipt>>,
    scale: Option<Scale>,
}

/// What a column that goes out may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Reference,
    Mobile,
    Text,
    SendAfter,
    GoodUntil,
    Campaign,
    Outcome,
}

/// Every field that may go out, with the name a file gives it, and whether a partner needs it.
const GIVEN: [(Given, &str, bool); 7] = [
    (Given::Reference, "reference", true),
    (Given::Mobile, "mobile", true),
    (Given::Text, "text", true),
    (Given::SendAfter, "send_after", false),
    (Given::GoodUntil, "good_until", false),
    (Given::Campaign, "campaign", false),
    (Given::Outcome, "outcome", false),
];

/// What a column that comes in may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Brought {
    Reference,
    At,
    Status,
    Id,
    Sender,
    Words,
    Score,
}

/// Every field that may come in, with the name a file gives it.
const BROUGHT: [(Brought, &str); 7] = [
    (Brought::Reference, "reference"),
    (Brought::At, "at"),
    (Brought::Status, "status"),
    (Brought::Id, "id"),
    (Brought::Sender, "sender"),
    (Brought::Words, "words"),
    (Brought::Score, "score"),
];

/// A status that says nothing yet.
const PENDING: &str = "pending";

impl Partner {
    /// The header and the one row of a text's file.
    ///
    /// The number is written as people here write it, `07…`: a cell that begins with `+` would be a
    /// formula.
    pub fn rows(&self, order: &Order<'_>) -> Vec<Vec<String>> {
        // A follow-up tells of no outcome: its words are all there is to it.
        let contact = order.permit.contact();
        let cell = |given| match given {
            Given::Reference => order.permit.reference(),
            Given::Mobile => format!("0{}", order.to.expose().trim_start_matches("+44")),
            Given::Text => order.wording.text.sent().to_owned(),
            Given::SendAfter => self.shown(order.permit.due_at()),
            Given::GoodUntil => self.shown(order.good_until),
            Given::Campaign => contact.map(|c| c.campaign.to_string()).unwrap_or_default(),
            Given::Outcome => contact.map(|c| c.outcome.to_string()).unwrap_or_default(),
        };
        let header = self.columns.iter().map(|(header, _)| header.clone()).collect();
        let row = self.columns.iter().map(|(_, given)| cell(*given)).collect();
        vec![header, row]
    }

    fn shown(&self, at: Timestamp) -> String {
        // The format was tried when the file was checked.
        strtime::format(&self.dates, &at.to_zoned(LONDON.clone())).unwrap_or_default()
    }
}

/// A partner as its owner writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerFile {
    /// Short name: lower-case letters, digits, hyphens. The folder of its files.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Where the formats below are from.
    pub source: String,
    /// What it gets.
    pub outbound: OutboundFile,
    /// What its files are; without it the partner brings none, and calls the webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<InboundFile>,
}

/// The `[outbound]` of a partner's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboundFile {
    /// How moments are written, London time, such as `%d/%m/%Y %H:%M`.
    pub dates: String,
    /// The columns, in their order.
    pub columns: Vec<ColumnFile>,
}

/// One column that goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnFile {
    /// What the partner calls it.
    pub header: String,
    /// Our field: `reference`, `mobile`, `text`, `send_after`, `good_until`, `campaign`, `outcome`.
    pub field: String,
}

/// The `[inbound]` of a partner's file.
///
/// A row may say several things at once: with a status it is a receipt, with words a reply, with a
/// score a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundFile {
    /// What stands between two cells; a comma unless said.
    #[serde(default = "comma")]
    pub separator: char,
    /// How moments are written, the likeliest first, London time. One with its zone, such as
    /// `2026-03-10T10:00:00Z`, is always understood.
    #[serde(default)]
    pub dates: Vec<String>,
    /// Words that count as blank, such as `N/A`.
    #[serde(default)]
    pub blanks: Vec<String>,
    /// Our field to their column: `reference`, `at`, `status`, `id`, `sender`, `words`, `score`.
    pub columns: BTreeMap<String, String>,
    /// Their word for how far a text has come, to `delivered`, `temporary`, `expired`, `technical`,
    /// `permanent`, or `pending` for one that says nothing yet.
    #[serde(default)]
    pub statuses: BTreeMap<String, String>,
    /// The two ends of their scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScaleFile>,
}

/// The `[inbound.scores]` of a partner's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleFile {
    /// The lowest score, such as `"-1"`.
    pub low: String,
    /// The highest, such as `"1"`.
    pub high: String,
}

fn comma() -> char {
    ','
}

impl PartnerFile {
    /// Checks every field and says everything that is wrong, not only the first.
    ///
    /// # Errors
    /// Every problem found, in the order of the file.
    pub fn check(&self) -> Result<Partner, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |field: &str, problem: String| {
            problems.push(Problem { field: field.to_owned(), problem });
        };
        let supplier = SupplierName::exchange(&self.name);
        if supplier.is_none() {
            let name = &self.name;
            wrong("name", format!("{name:?} is not 1 to 40 lower-case letters, digits, hyphens"));
        }
        if self.source.trim().is_empty() {
            wrong("source", "say where the formats are from".to_owned());
        }
        let columns = self.outbound.check(&mut wrong);
        let inbound = self.inbound.as_ref().map(|inbound| inbound.check(&mut wrong));
        match supplier {
            Some(supplier) if problems.is_empty() => Ok(Partner {
                supplier,
                title: self.title.clone(),
                columns,
                dates: self.outbound.dates.clone(),
                inbound,
            }),
            _ => Err(problems),
        }
    }
}

impl OutboundFile {
    fn check(&self, wrong: &mut impl FnMut(&str, String)) -> Vec<(String, Given)> {
        if let Some(problem) = unwritable(&self.dates) {
            wrong("outbound.dates", problem);
        }
        let mut columns = Vec::new();
        let mut headers = BTreeSet::new();
        for ColumnFile { header, field } in &self.columns {
            if fold(header).is_empty() {
                wrong("outbound.columns", format!("the column of {field:?} has no header"));
            } else if formula::is_dangerous(header) {
                let problem = format!("{header:?} could be taken for a formula");
                wrong("outbound.columns", problem);
            } else if !headers.insert(fold(header)) {
                wrong("outbound.columns", format!("{header:?} is there twice"));
            }
            match GIVEN.iter().find(|(_, name, _)| name == field) {
                Some((given, _, _)) => columns.push((header.clone(), *given)),
                None => {
                    let known: Vec<_> = GIVEN.iter().map(|(_, name, _)| *name).collect();
                    let known = known.join(", ");
                    wrong("outbound.columns", format!("{field:?} is none of {known}"));
                }
            }
        }
        for (given, name, needed) in GIVEN {
            if needed && !columns.iter().any(|(_, other)| *other == given) {
                wrong("outbound.columns", format!("no column is of {name}"));
            }
        }
        columns
    }
}

impl InboundFile {
    fn check(&self, wrong: &mut impl FnMut(&str, String)) -> Inbound {
        if !self.separator.is_ascii() {
            wrong("inbound.separator", "must be a plain sign".to_owned());
        }
        for problem in self.dates.iter().filter_map(|format| unwritable(format)) {
            wrong("inbound.dates", problem);
        }
        if let Some(problem) = ambiguous(&self.dates) {
            wrong("inbound.dates", problem.to_owned());
        }
        let mut columns = Vec::new();
        for (field, column) in &self.columns {
            let name = format!("inbound.columns.{field}");
            match BROUGHT.iter().find(|(_, known)| known == field) {
                Some(_) if fold(column).is_empty() => wrong(&name, "names no column".to_owned()),
                Some((brought, _)) => columns.push((*brought, column.clone())),
                None => {
                    let known: Vec<_> = BROUGHT.iter().map(|(_, known)| *known).collect();
                    wrong(&name, format!("is none of {}", known.join(", ")));
                }
            }
        }
        let has = |field: &str| self.columns.contains_key(field);
        let mut need = |given: bool, needed: bool, field: &str, problem: &str| {
            if given && !needed {
                wrong(field, problem.to_owned());
            }
        };
        let columns_ = "inbound.columns";
        need(true, has("at"), columns_, "no column is named for at: when it happened");
        let says = has("status") || has("words") || has("score");
        need(true, says, columns_, "name one of status, words, score: else no row says anything");
        let of_reference = has("status") || has("score");
        need(of_reference, has("reference"), columns_, "status and score need a reference");
        let who = has("reference") || has("sender");
        need(has("words"), who, columns_, "words need a reference or a sender");
        let told = !self.statuses.is_empty();
        need(has("status"), told, "inbound.statuses", "say what each status means");
        need(has("score"), self.scores.is_some(), "inbound.scores", "say between what scores lie");

        let mut statuses = BTreeMap::new();
        for (word, meaning) in &self.statuses {
            let name = format!("inbound.statuses.{word:?}");
            let receipt = Receipt::parse(meaning);
            if receipt.is_none() && meaning != PENDING {
                let known = crate::contact::RECEIPTS.map(|(_, name)| name).join(", ");
                wrong(&name, format!("{meaning:?} is none of {known}, {PENDING}"));
            }
            if fold(word).is_empty() || statuses.insert(fold(word), receipt).is_some() {
                wrong(&name, "is empty, or there twice".to_owned());
            }
        }
        let blanks: Vec<_> = self.blanks.iter().map(|word| fold(word)).collect();
        for word in blanks.iter().filter(|word| statuses.contains_key(*word)) {
            wrong("inbound.blanks", format!("{word:?} is a status, so it cannot count as blank"));
        }
        let scale = self.scores.as_ref().and_then(|ends| {
            let low = Thousandths::parse(&ends.low);
            let scale = low.zip(Thousandths::parse(&ends.high));
            let scale = scale.and_then(|(low, high)| Scale::new(low, high));
            if scale.is_none() {
                let problem = "needs two numbers such as \"-1\" and \"1\", the lower one first";
                wrong("inbound.scores", problem.to_owned());
            }
            scale
        });
        let (separator, dates) = (self.separator, self.dates.clone());
        Inbound { separator, dates, blanks, columns, statuses, scale }
    }
}

/// What is wrong with a way to write moments, in words.
fn unwritable(format: &str) -> Option<String> {
    let sample = Timestamp::UNIX_EPOCH.to_zoned(LONDON.clone());
    match strtime::format(format, &sample) {
        Ok(written) if written != format => None,
        Ok(_) | Err(_) => Some(format!("{format:?} is no way to write a moment")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn file() -> PartnerFile {
        toml::from_str(include_str!("../../../infra/partners/rant-and-rave.toml")).unwrap()
    }

    #[test]
    fn the_worked_example_passes() {
        let partner = file().check().unwrap();
        assert_eq!(partner.supplier.as_str(), "exchange:rant-and-rave");
        assert!(partner.inbound.is_some());
    }

    #[test]
    fn each_fault_is_named_by_its_field() {
        let check = |change: fn(&mut PartnerFile), told: &str| {
            let mut file = file();
            change(&mut file);
            let problems = file.check().unwrap_err();
            let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert!(all.iter().any(|problem| problem.starts_with(told)), "{told}: {all:?}");
        };
        check(|f| f.name = "Rant & Rave".to_owned(), "name: \"Rant & Rave\" is not");
        check(|f| f.source.clear(), "source: say where");
        check(|f| f.outbound.dates = "tomorrow".to_owned(), "outbound.dates: \"tomorrow\"");
        check(|f| f.outbound.dates = "%!".to_owned(), "outbound.dates: \"%!\"");
        check(|f| f.outbound.columns.clear(), "outbound.columns: no column is of reference");
        check(|f| f.outbound.columns.truncate(2), "outbound.columns: no column is of text");
        check(|f| f.outbound.columns[0].field = "name".to_owned(), "outbound.columns: \"name\"");
        check(|f| f.outbound.columns[0].header = "=1".to_owned(), "outbound.columns: \"=1\" could");
        check(
            |f| f.outbound.columns[1].header = f.outbound.columns[0].header.clone(),
            "outbound.columns: \"ClientReference\" is there twice",
        );
        check(|f| f.inbound.as_mut().unwrap().separator = '£', "inbound.separator: must");
        check(
            |f| f.inbound.as_mut().unwrap().dates.push("%m/%d/%Y".to_owned()),
            "inbound.dates: puts the day first",
        );
        check(
            |f| f.inbound.as_mut().unwrap().columns.clear(),
            "inbound.columns: no column is named for at",
        );
        check(
            |f| drop(f.inbound.as_mut().unwrap().columns.remove("reference")),
            "inbound.columns: status and score need a reference",
        );
        check(
            |f| {
                f.inbound.as_mut().unwrap().columns.insert("mood".to_owned(), "Mood".to_owned());
            },
            "inbound.columns.mood: is none of reference, at,",
        );
        check(|f| f.inbound.as_mut().unwrap().statuses.clear(), "inbound.statuses: say what");
        check(
            |f| {
                let statuses = &mut f.inbound.as_mut().unwrap().statuses;
                statuses.insert("LOST".to_owned(), "gone".to_owned());
            },
            "inbound.statuses.\"LOST\": \"gone\" is none of temporary,",
        );
        check(
            |f| {
                let statuses = &mut f.inbound.as_mut().unwrap().statuses;
                statuses.insert(" delivered".to_owned(), "delivered".to_owned());
            },
            "inbound.statuses.\"DELIVERED\": is empty, or there twice",
        );
        check(|f| f.inbound.as_mut().unwrap().scores = None, "inbound.scores: say between");
        check(
            |f| f.inbound.as_mut().unwrap().scores.as_mut().unwrap().low = "1".to_owned(),
            "inbound.scores: needs two numbers",
        );
        check(
            |f| f.inbound.as_mut().unwrap().blanks.push("sent".to_owned()),
            "inbound.blanks: \"sent\" is a status",
        );
    }

    #[test]
    fn a_partner_reads_back_from_what_is_stored() {
        let stored = serde_json::to_string(&file()).unwrap();
        assert_eq!(serde_json::from_str::<PartnerFile>(&stored).unwrap(), file());
    }

    #[test]
    fn a_field_nobody_knows_is_an_error() {
        let text = include_str!("../../../infra/partners/rant-and-rave.toml");
        let more = format!("colour = \"red\"\n{text}");
        assert!(toml::from_str::<PartnerFile>(&more).is_err());
    }
}

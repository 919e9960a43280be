//! From a figure back to the logs behind it: numbers of logs, and nothing of who rang.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::fold::{Seen, hour, kept_out};
use super::gather::{each_contact, each_log};
use super::{DELAYS, Delay, Period, taken};
use crate::contact::State;
use crate::desk::Desk;
use crate::eligibility::RuleId;
use crate::hours::LONDON;
use crate::incident::{LogNumber, Outcome};
use crate::ports::{Desks, Ledger, LogBook};
use crate::reply::Class;
use crate::score::Score;
use crate::sentiment::Sentiment;

/// A figure whose logs may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// Contacts planned.
    Planned,
    /// Of those, texted.
    Texted,
    /// Of those, delivered.
    Delivered,
    /// Contacts that replied.
    Replied,
    /// Contacts whose reply somebody acted on.
    ActedOn,
    /// Contacts in a state.
    State(State),
    /// Texted contacts that were told this.
    Outcome(Outcome),
    /// Texted contacts of this beat or area.
    Area(String),
    /// Texted contacts whose text left in this hour.
    Hour(u8),
    /// Texted contacts whose text left so long after closure.
    Delay(Delay),
    /// Contacts whose latest reply was this.
    Class(Class),
    /// Contacts that showed this attitude.
    Sentiment(Sentiment),
    /// Contacts that gave this score.
    Score(Score),
    /// Closed logs with a caller whom this rule keeps from being texted.
    Hold(RuleId),
    /// Logs of a desk's tasks.
    Desk(Desk),
    /// Logs of those of a desk's tasks whose clock ran out.
    Late(Desk),
}

/// Every form a figure may be asked for in.
pub const FORMS: [&str; 16] = [
    "planned",
    "texted",
    "delivered",
    "replied",
    "acted-on",
    "state:parked",
    "outcome:cleared",
    "area:HB04",
    "hour:17",
    "delay:1-to-2-days",
    "class:complaint",
    "sentiment:negative",
    "score:1",
    "hold:elig.hold.phone",
    "desk:complaints",
    "late:complaints",
];

impl Behind {
    /// Finds a figure by its name, in one of [`FORMS`].
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, of) = name.split_once(':').unwrap_or((name, ""));
        Some(match kind {
            "planned" if of.is_empty() => Self::Planned,
            "texted" if of.is_empty() => Self::Texted,
            "delivered" if of.is_empty() => Self::Delivered,
            "replied" if of.is_empty() => Self::Replied,
            "acted-on" if of.is_empty() => Self::ActedOn,
            "state" => Self::State(State::parse(of)?),
            "outcome" => Self::Outcome(Outcome::parse(of)?),
            "area" => Self::Area(of.to_owned()),
            "hour" => Self::Hour(of.parse().ok().filter(|hour| *hour < 24)?),
            "delay" => Self::Delay(Delay::parse(of)?),
            "class" => Self::Class(Class::parse(of)?),
            "sentiment" => Self::Sentiment(Sentiment::parse(of)?),
            "score" => Self::Score(Score::new(of.parse().ok()?)?),
            "hold" => Self::Hold(RuleId::parse(of)?),
            "desk" => Self::Desk(Desk::parse(of)?),
            "late" => Self::Late(Desk::parse(of)?),
            _ => return None,
        })
    }

    /// The logs behind the figure, in a report of this period made now.
    ///
    /// # Errors
    /// What is kept could not be read.
    pub async fn logs(
        &self,
        kept: &(impl Ledger + LogBook + Desks),
        period: Period,
        now: Timestamp,
    ) -> anyhow::Result<BTreeSet<LogNumber>> {
        let mut found = BTreeSet::new();
        let began = period.from.to_zoned(LONDON.clone())?.timestamp();
        match self {
            Self::Hold(rule) => {
                each_log(kept, period, |record, contacts| {
                    let mut callers = record.callers.iter();
                    if callers.any(|known| kept_out(known, record, contacts).contains(rule)) {
                        found.insert(record.log.number.clone());
                    }
                })
                .await?;
            }
            Self::Desk(desk) | Self::Late(desk) => {
                let late = matches!(self, Self::Late(_));
                let tasks = kept.tasks_since(began).await?;
                let theirs = tasks.into_iter().filter(|task| {
                    task.desk == *desk
                        && period.holds(task.received_at)
                        && (!late || task.is_late(now))
                });
                found.extend(theirs.filter_map(|task| task.log));
            }
            _ => {
                let closed = kept.tasks_since(began).await?.into_iter();
                let acted_on: BTreeSet<_> =
                    closed.filter(|t| t.closed.is_some()).filter_map(|t| t.contact).collect();
                each_contact(kept, period, |contact, closed_at| {
                    let acted_on = acted_on.contains(&contact.id);
                    if self.is_of(&Seen { contact, closed_at, acted_on }) {
                        found.insert(contact.incident.clone());
                    }
                })
                .await?;
            }
        }
        Ok(found)
    }

    /// Whether a contact is counted in the figure.
    fn is_of(&self, seen: &Seen<'_>) -> bool {
        let contact = seen.contact;
        let answer = contact.answer.as_ref();
        let texted = taken(contact.state);
        match self {
            Self::Planned => true,
            Self::Texted => texted,
            Self::Delivered => contact.state == State::Delivered,
            Self::Replied => answer.is_some(),
            Self::ActedOn => answer.is_some() && seen.acted_on,
            Self::State(state) => contact.state == *state,
            Self::Outcome(outcome) => texted && contact.outcome == *outcome,
            Self::Area(area) => texted && contact.area == *area,
            Self::Hour(of) => texted && hour(seen.texted_at()) == *of,
            Self::Delay(delay) => texted && seen.delay() == *delay,
            Self::Class(class) => answer.is_some_and(|answer| answer.class == *class),
            Self::Sentiment(attitude) => answer.is_some_and(|a| a.sentiment == *attitude),
            Self::Score(score) => answer.is_some_and(|answer| answer.score == Some(*score)),
            Self::Hold(_) | Self::Desk(_) | Self::Late(_) => false,
        }
    }
}

/// Why there is nothing behind a name: it is the name of no figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoFigure(pub String);

impl fmt::Display for NoFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delays = DELAYS.map(|(_, name)| name).join(", ");
        let forms = FORMS.join(", ");
        write!(f, "{:?} is no figure; ask for one such as {forms} (delays: {delays})", self.0)
    }
}

impl std::error::Error for NoFigure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_what_is_none_is_not() {
        for form in FORMS {
            assert!(Behind::parse(form).is_some(), "{form}");
        }
        for wrong in ["", "texted:all", "hold:elig.hold.none", "score:6", "hour:24", "person:1"] {
            assert_eq!(Behind::parse(wrong), None, "{wrong}");
        }
    }
}

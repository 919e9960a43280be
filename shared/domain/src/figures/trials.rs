//! The experiments as they stand: who has entered, whether they called again, and what may be seen.
//!
//! What is counted is what the table holds. A call again is a later log on which the person is a caller.
//! Community intelligence is a reply that went to the intelligence desk: no system of intelligence is
//! connected, so what somebody who was held out reported another way is not seen, and texting looks
//! better by this measure than it is.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::gather::AT_A_TIME;
use super::{Period, Trial};
use crate::campaign::{Campaign, CampaignId, Published};
use crate::experiment::{Call, Participant, Plan, Registered};
use crate::hours::LONDON;
use crate::incident::LogNumber;
use crate::logbook::LogRecord;
use crate::person::PersonId;
use crate::ports::{Desks, Experiments, Ledger, LogBook};
use crate::reply::Class;

/// Looks at every experiment with a plan, as far as its plan allows now.
pub(super) async fn trials(
    kept: &(impl Ledger + LogBook + Desks + Experiments),
    campaigns: &[Published<Campaign>],
    now: Timestamp,
) -> anyhow::Result<Vec<Trial>> {
    let mut trials = Vec::new();
    for Published { version, body: registered } in kept.plans().await? {
        let from = began(&registered, campaigns);
        let to = now.to_zoned(LONDON.clone()).date();
        let (people, first_text_at) = people(kept, &registered.plan, Period { from, to }).await?;
        let look = registered.look(now, first_text_at, &people);
        let disagree = disagree(&registered.plan, campaigns);
        trials.push(Trial { registered, version, disagree, first_text_at, look });
    }
    Ok(trials)
}

/// The first day on which one of its campaigns may have planned.
fn began(registered: &Registered, campaigns: &[Published<Campaign>]) -> Date {
    let handed_in = registered.at.to_zoned(LONDON.clone()).date();
    let theirs =
        campaigns.iter().filter(|known| registered.plan.campaigns.contains(&known.body.id));
    theirs.map(|known| known.body.starts).min().map_or(handed_in, |first| first.min(handed_in))
}

/// The campaigns in force that hold out others than the plan says.
fn disagree(plan: &Plan, campaigns: &[Published<Campaign>]) -> Vec<CampaignId> {
    let of_it = |campaign: &Campaign| campaign.experiment().id == plan.experiment.id;
    let all = || campaigns.iter().map(|known| &known.body);
    let shares = all().filter(|campaign| of_it(campaign)).map(|c| c.hold_out_percent);
    let share = shares.max().unwrap_or_default();
    all()
        .filter(|campaign| {
            let named = plan.campaigns.contains(&campaign.id);
            let agrees = of_it(campaign) && share == plan.experiment.hold_out_percent;
            (named && !agrees) || (!named && of_it(campaign))
        })
        .map(|campaign| campaign.id.clone())
        .collect()
}

/// Everybody who has entered, with what they did since, and when the first text left.
async fn people(
    kept: &(impl Ledger + LogBook + Desks),
    plan: &Plan,
    days: Period,
) -> anyhow::Result<(Vec<Participant>, Option<Timestamp>)> {
    let mut people: BTreeMap<PersonId, Followed> = BTreeMap::new();
    let mut first_text_at: Option<Timestamp> = None;
    for ids in kept.may_be_of(days).await?.chunks(AT_A_TIME) {
        let mut contacts = kept.contacts(ids).await?;
        contacts.retain(|contact| plan.campaigns.contains(&contact.campaign));
        let texted_at = contacts.iter().filter_map(|contact| contact.texted_at()).min();
        first_text_at = first_text_at.into_iter().chain(texted_at).min();
        for (person, entry) in plan.entries(&contacts) {
            let followed = people.entry(person).or_insert_with(|| Followed {
                participant: Participant {
                    arm: entry.arm,
                    entered_at: entry.entered_at,
                    calls: Vec::new(),
                    intelligence: Vec::new(),
                },
                known: HashSet::new(),
            });
            let entered_at = &mut followed.participant.entered_at;
            *entered_at = entry.entered_at.min(*entered_at);
        }
        for contact in contacts {
            if let Some(followed) = people.get_mut(contact.id.person()) {
                followed.known.insert(contact.incident);
            }
        }
    }
    for day in days.days() {
        let mut records = kept.logs_opened(day).await?;
        records.sort_by_key(|record| record.log.opened_at);
        for record in &records {
            let mut callers: Vec<&PersonId> =
                record.callers.iter().filter_map(|known| known.caller.person.as_ref()).collect();
            callers.sort_unstable();
            // Two rows of one person in one log are one call.
            callers.dedup();
            for person in callers {
                if let Some(followed) = people.get_mut(person) {
                    followed.called(record);
                }
            }
        }
    }
    for task in kept.tasks_since(days.from.to_zoned(LONDON.clone())?.timestamp()).await? {
        if task.class == Class::Intelligence
            && let Some(followed) = people.get_mut(&task.person)
        {
            followed.participant.intelligence.push(task.received_at);
        }
    }
    Ok((people.into_values().map(|followed| followed.participant).collect(), first_text_at))
}

/// Somebody who has entered.
struct Followed {
    participant: Participant,
    /// The incidents they rang about, by their main logs and by the logs they rang in.
    known: HashSet<LogNumber>,
}

impl Followed {
    /// Adds a call, in the order of time: one about an incident they rang about already is no call
    /// again.
    fn called(&mut self, record: &LogRecord) {
        let log = &record.log;
        let names = || std::iter::once(&log.number).chain(log.main().other());
        let same_incident = names().any(|number| self.known.contains(number));
        self.participant.calls.push(Call { at: log.opened_at, same_incident });
        self.known.extend(names().cloned());
    }
}

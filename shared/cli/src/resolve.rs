//! `aftercall resolve`: a person decides where no supplier could say.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::contact::{Agenda, ContactId, State, Step};
use domain::hours::LONDON;
use domain::ports::{Advance, Ledger};
use jiff::Timestamp;

/// What the person found.
pub(crate) struct Found<'a> {
    pub(crate) sent: bool,
    pub(crate) not_sent: bool,
    pub(crate) why: Option<&'a str>,
    pub(crate) by: &'a str,
}

/// Lists what is parked, oldest first.
pub(crate) async fn list(table: &impl Ledger, json: bool) -> anyhow::Result<ExitCode> {
    let listed = table.agenda(Agenda::Parked, Timestamp::MAX).await?;
    let ids: Vec<_> = listed.into_iter().map(|(id, _)| id).collect();
    let mut parked = table.contacts(&ids).await?;
    // The index may lag a moment behind.
    parked.retain(|contact| contact.state == State::Parked);
    parked.sort_by_key(|contact| contact.lease_until);
    let mut out = std::io::stdout();
    if json {
        let rows: Vec<_> = parked
            .iter()
            .map(|contact| {
                serde_json::json!({
                    "contact": contact.id.to_string(),
                    "log": contact.incident.to_string(),
                    "campaign": contact.campaign.to_string(),
                    "claimed_until": contact.lease_until,
                    "why": contact.history.last().map(|moment| moment.why.as_str()),
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if parked.is_empty() {
        writeln!(out, "nothing is parked")?;
        return Ok(ExitCode::SUCCESS);
    }
    for contact in &parked {
        let at = contact.lease_until.unwrap_or(contact.planned_at).to_zoned(LONDON.clone());
        let why = contact.history.last().map_or("", |moment| moment.why.as_str());
        writeln!(out, "{}", contact.id)?;
        writeln!(
            out,
            "    log {}, {}, tried {}; {why}",
            contact.incident,
            contact.campaign,
            at.strftime("%Y-%m-%d %H:%M")
        )?;
    }
    writeln!(
        out,
        "\n{} parked. Ask the supplier for the reference, then:\n  \
         aftercall resolve <reference> --sent|--not-sent --why '…'",
        parked.len()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Settles one.
pub(crate) async fn run(
    table: &impl Ledger,
    contact: &str,
    found: &Found<'_>,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let id = ContactId::parse(contact).with_context(|| {
        format!("{contact:?} is not a contact's id; `aftercall resolve` lists them")
    })?;
    let why = found.why.filter(|why| !why.trim().is_empty()).context("say how you know: --why")?;
    let why = format!("{}: {why}", found.by);
    let step = match (found.sent, found.not_sent) {
        (true, false) => Step::Confirm { why },
        (false, true) => Step::Release { why },
        _ => bail!("say --sent or --not-sent"),
    };
    match table.advance(&id, &step, now).await? {
        Advance::Moved(contact) => {
            let then = match contact.state {
                State::Planned => "planned again; it is looked at once more before it goes out",
                _ => "counted as sent",
            };
            writeln!(std::io::stdout(), "{id}: {then}")?;
            Ok(ExitCode::SUCCESS)
        }
        Advance::Stayed(contact) => {
            writeln!(std::io::stderr(), "{id} is {} and not parked", contact.state.name())?;
            Ok(ExitCode::FAILURE)
        }
        Advance::Missing => bail!("there is no contact {id}"),
    }
}

#[cfg(test)]
mod tests {
    use domain::budget::Money;
    use domain::campaign::CampaignId;
    use domain::contact::{Contact, Plan};
    use domain::incident::{LogNumber, Outcome};
    use domain::ports::Quote;
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// A world with one parked contact, which holds 3p.
    async fn parked() -> (World, String) {
        let world = World::new();
        let plan = Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: samples::pepper().stranger("somebody"),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        };
        let contact = Contact::plan(plan, now());
        world.plan(&contact).await.unwrap();
        world.advance(&contact.id, &Step::Queue, now()).await.unwrap();
        let (cost, monthly_cap) = (Money::from_pence(3), Money::from_pence(100));
        let quote = Quote { segments: 1, cost, monthly_cap };
        let seen = world.contact(&contact.id).await.unwrap().unwrap();
        world.claim(&seen, &quote, now()).await.unwrap();
        let why = || "nobody knows".to_owned();
        for step in [Step::Doubt { attempt: 1, why: why() }, Step::Park { attempt: 1, why: why() }]
        {
            world.advance(&contact.id, &step, now()).await.unwrap();
        }
        (world, contact.id.to_string())
    }

    fn found(sent: bool, not_sent: bool) -> Found<'static> {
        Found { sent, not_sent, why: Some("asked Notify"), by: "Sgt Bell" }
    }

    async fn settled(found: &Found<'_>) -> (&'static str, Money, String) {
        let (world, id) = parked().await;
        assert_eq!(run(&world, &id, found, now()).await.unwrap(), ExitCode::SUCCESS);
        assert_eq!(run(&world, &id, found, now()).await.unwrap(), ExitCode::FAILURE, "once");
        world.with(|state| {
            let contact = state.contacts.values().next().unwrap();
            let why = contact.history.last().unwrap().why.clone();
            (contact.state.name(), state.budgets.values().copied().sum(), why)
        })
    }

    #[tokio::test]
    async fn each_answer_has_its_end_and_its_money_and_says_who() {
        let why = || "Sgt Bell: asked Notify".to_owned();
        let sent = settled(&found(true, false)).await;
        assert_eq!(sent, ("accepted", Money::from_pence(3), why()));
        let not_sent = settled(&found(false, true)).await;
        assert_eq!(not_sent, ("planned", Money::ZERO, why()));
    }

    #[tokio::test]
    async fn an_answer_without_reason_or_contact_is_refused() {
        let (world, id) = parked().await;
        run(&world, &id, &found(false, false), now()).await.unwrap_err();
        run(&world, &id, &Found { why: Some(" "), ..found(true, false) }, now()).await.unwrap_err();
        run(&world, "HC-1", &found(true, false), now()).await.unwrap_err();
        assert_eq!(world.states(), ["parked"]);
        assert_eq!(list(&world, false).await.unwrap(), ExitCode::SUCCESS);
    }
}

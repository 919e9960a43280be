//! `aftercall money`: a month's cap, what is spent of it, what it will come to, and what is free.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::budget::{Money, Month};
use domain::contact::Contact;
use domain::figures::Period;
use domain::followup::FollowUp;
use domain::ports::{Catalogue, FollowUps, Ledger};
use domain::spend::Spend;
use domain::supplier::SupplierName;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

/// Everything that is shown.
#[derive(Debug, PartialEq, Serialize)]
struct Shown {
    month: String,
    campaigns: Vec<Campaign>,
    suppliers: Vec<Supplier>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Campaign {
    name: String,
    supplier: String,
    texts: u64,
    parts: u64,
    spent_pence: Pence,
    forecast_pence: Option<Pence>,
    cap_pence: Pence,
    paused: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Supplier {
    name: String,
    parts: u64,
    parts_this_year: u64,
    free_parts_a_year: u64,
    to_pay_pence: Pence,
    texts: u64,
    billed_texts: u64,
    billed_pence: Pence,
    reserved_for_billed_pence: Pence,
}

/// An amount: pounds for people, pence for machines.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pence(Money);

impl Serialize for Pence {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // A whole number of thousandths: exact in a double far beyond any budget.
        #[expect(clippy::cast_precision_loss, reason = "budgets are below 2^53 thousandths")]
        to.serialize_f64(self.0.millipence() as f64 / 1000.0)
    }
}

/// Shows a month.
pub(crate) async fn run(
    table: &(impl Catalogue + Ledger + FollowUps),
    month: Option<&str>,
    json: bool,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let month = match month {
        None => Month::of(now),
        Some(text) => Month::parse(text).with_context(|| format!("{text:?} is not YYYY-MM"))?,
    };
    let waiting = waiting();
    let shown = gather(table, month, now).await;
    waiting.finish_and_clear();
    let shown = shown?;
    let mut out = std::io::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        write!(out, "{}", told(&shown))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A year of contacts takes some seconds to read.
fn waiting() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} reading the year's contacts, {elapsed}");
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

async fn gather(
    table: &(impl Catalogue + Ledger + FollowUps),
    month: Month,
    now: Timestamp,
) -> anyhow::Result<Shown> {
    let in_force = table.in_force().await?;
    // A text may go out a while after it was planned, over the turn of a month.
    let from = month.year_began().first().saturating_sub(31.days());
    let period = Period { from, to: month.last() };
    let contacts = table.planned_within(period).await?;
    let follow_ups = table.follow_ups_within(period).await?;
    let campaign_of: BTreeMap<_, _> = contacts.iter().map(|c| (&c.id, &c.campaign)).collect();
    // What is said to strangers is no campaign's.
    let bearer = |f: &FollowUp| f.contact.as_ref().and_then(|id| campaign_of.get(id)).copied();
    let mut suppliers: BTreeMap<SupplierName, BTreeSet<_>> = BTreeMap::new();
    let mut campaigns = Vec::new();
    for published in table.campaigns().await? {
        let campaign = published.body;
        let theirs = follow_ups.iter().filter(|f| bearer(f) == Some(&campaign.id));
        let spend = Spend::fold(contacts.iter().filter(|c| c.campaign == campaign.id), month)
            .and(theirs, month);
        campaigns.push(Campaign {
            name: campaign.id.to_string(),
            supplier: campaign.supplier.to_string(),
            texts: spend.texts,
            parts: spend.parts,
            spent_pence: Pence(spend.reserved),
            forecast_pence: spend.forecast(month, now).map(Pence),
            cap_pence: Pence(campaign.monthly_cap),
            paused: in_force.paused(&campaign.id, now).map(|pause| pause.why.clone()),
        });
        suppliers.entry(campaign.supplier).or_default().insert(campaign.id);
    }
    let suppliers = suppliers.into_iter().map(|(name, campaigns)| {
        let theirs = |contact: &&Contact| campaigns.contains(&contact.campaign);
        let said = follow_ups.iter().filter(|follow_up| follow_up.supplier == name);
        let spend = Spend::fold(contacts.iter().filter(theirs), month).and(said, month);
        let free = in_force.prices.tariff(&name).map_or(0, |tariff| tariff.free_parts_a_year);
        Supplier {
            name: name.to_string(),
            parts: spend.parts,
            parts_this_year: spend.parts_before + spend.parts,
            free_parts_a_year: free,
            to_pay_pence: Pence(spend.to_pay(free)),
            texts: spend.texts,
            billed_texts: spend.billed_texts,
            billed_pence: Pence(spend.billed),
            reserved_for_billed_pence: Pence(spend.billed_reserved),
        }
    });
    Ok(Shown { month: month.to_string(), suppliers: suppliers.collect(), campaigns })
}

fn told(shown: &Shown) -> String {
    let mut lines = vec![format!("{}, without VAT", shown.month)];
    if shown.campaigns.is_empty() {
        lines.push("no campaign is in force".to_owned());
    }
    for campaign in &shown.campaigns {
        let forecast = campaign.forecast_pence.map_or_else(
            || "no forecast before a day has passed".to_owned(),
            |forecast| format!("at this pace {} by the month's end", forecast.0),
        );
        lines.push(format!("\n{} ({})", campaign.name, campaign.supplier));
        lines.push(format!(
            "  {} of {} spent on {} texts of {} parts; {forecast}",
            campaign.spent_pence.0, campaign.cap_pence.0, campaign.texts, campaign.parts
        ));
        if campaign.forecast_pence.is_some_and(|forecast| forecast.0 > campaign.cap_pence.0) {
            lines.push("  the cap will be reached: the campaign then pauses".to_owned());
        }
        if let Some(why) = &campaign.paused {
            lines.push(format!("  paused: {why}"));
        }
    }
    for supplier in &shown.suppliers {
        lines.push(format!("\n{}", supplier.name));
        if supplier.free_parts_a_year > 0 {
            lines.push(format!(
                "  {} of {} free parts used since April; to pay for this month: {}",
                supplier.parts_this_year.min(supplier.free_parts_a_year),
                supplier.free_parts_a_year,
                supplier.to_pay_pence.0
            ));
        }
        lines.push(match supplier.billed_texts {
            0 => "  it has told of no charge yet".to_owned(),
            texts => format!(
                "  it charges {} for {texts} of the {} texts, for which {} is reserved",
                supplier.billed_pence.0, supplier.texts, supplier.reserved_for_billed_pence.0
            ),
        });
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use domain::campaign::CampaignId;
    use domain::contact::{Plan, Step};
    use domain::incident::{LogNumber, Outcome};
    use domain::ports::Quote;
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-11T10:00:00Z".parse().unwrap()
    }

    /// A world in which this many texts of two parts were accepted.
    async fn texted(count: u32) -> World {
        let world = World::new();
        for n in 0..count {
            let plan = Plan {
                incident: LogNumber::parse(&format!("HC-{n}")).unwrap(),
                person: samples::pepper().stranger(&format!("somebody-{n}")),
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
            let (cost, monthly_cap) = (Money::from_millipence(4800), Money::from_pence(4000));
            let quote = Quote { segments: 2, cost, monthly_cap };
            let seen = world.contact(&contact.id).await.unwrap().unwrap();
            world.claim(&seen, &quote, now()).await.unwrap();
            let accept = Step::Accept { supplier_id: format!("text-{n}") };
            world.advance(&contact.id, &accept, now()).await.unwrap();
        }
        world
    }

    #[tokio::test]
    async fn a_month_is_told_with_its_forecast_and_what_is_free() {
        let world = texted(100).await;
        let shown = gather(&world, Month::parse("2026-03").unwrap(), now()).await.unwrap();
        insta::assert_snapshot!(told(&shown), @r"
        2026-03, without VAT

        highways (notify)
          £4.80 of £40.00 spent on 100 texts of 200 parts; at this pace £14.88 by the month's end

        notify
          200 of 10000 free parts used since April; to pay for this month: £0.00
          it has told of no charge yet
        ");
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!(json["campaigns"][0]["spent_pence"], 480.0);
    }

    #[tokio::test]
    async fn a_month_that_is_no_month_is_refused() {
        let world = World::new();
        run(&world, Some("March"), false, now()).await.unwrap_err();
    }
}

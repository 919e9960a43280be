//! What is in the tables before a batch: ten people and what they are owed, at three moments.
//!
//! A process of its own writes it, by the same adapters that the functions read it with, so that the
//! items are those of a deployment.

use adapters::aws;
use adapters::clock::Clock;
use adapters::config::Stage;
use adapters::table::Table;
use anyhow::{Context as _, anyhow};
use domain::approval::Who;
use domain::budget::Money;
use domain::contact::{Agenda, ContactId, Step};
use domain::phone::{DramaNumbers, Mobile};
use domain::ports::{Call, Claim, Doorstep as _, Ledger as _, Quote, Time};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::{World, samples};

/// How many make a batch.
pub(crate) const BATCH: usize = 10;

/// When the functions run: a Wednesday morning in the week of the sample extract.
pub(crate) const NOW: &str = "2026-03-04T10:00:00Z";

/// A table in which nothing is planned yet.
pub(crate) const EMPTY: &str = "empty";
/// Ten contacts are planned and due.
pub(crate) const PLANNED: &str = "planned";
/// They are on the send queue.
pub(crate) const QUEUED: &str = "queued";
/// They were texted, and each has replied.
pub(crate) const TEXTED: &str = "texted";

/// What [`write()`] can lay out: ten people in each table, or as many queued as a morning has.
pub(crate) const BATCHES: &str = "batches";
pub(crate) const A_MORNING: &str = "a-morning";

/// How many are queued in a morning.
const MORNING: usize = 600;

/// The key under which the ten callers' extract lies, as S3 would decode it.
const KEY: &str = "extracts/storm/ten.csv";

/// What nine in ten replies are like.
const REPLIES: [&str; BATCH] = [
    "5",
    "4 thanks for letting me know",
    "5 - very quick, well done",
    "3 took a while to answer the phone",
    "Thank you",
    "2 nobody rang me back",
    "1. waited 40 minutes on 101 before anyone picked up",
    "5 brilliant service from the two officers who came out",
    "ok",
    "Thanks very much, good to hear that it was sorted",
];

/// Writes everything, and gives the ids of the contacts.
pub(crate) async fn write(what: &str) -> anyhow::Result<Value> {
    let aws = aws::of_operator().await?;
    let now: Timestamp = NOW.parse()?;
    let clock = Clock::new(Stage::Local, 0)?;
    let table = |name: &str| Table::new(&aws, name.to_owned(), clock);
    let due = match what {
        BATCHES => {
            for name in [EMPTY, PLANNED, QUEUED, TEXTED] {
                publish(&table(name), now).await?;
            }
            for name in [PLANNED, QUEUED, TEXTED] {
                plan(&table(name), BATCH, now).await?;
            }
            let due = due(&table(PLANNED), BATCH, now).await?;
            for name in [QUEUED, TEXTED] {
                queue(&table(name), BATCH, now).await?;
            }
            text(&table(TEXTED), &due, now).await?;
            due
        }
        A_MORNING => {
            publish(&table(QUEUED), now).await?;
            plan(&table(QUEUED), MORNING, now).await?;
            let due = due(&table(QUEUED), MORNING, now).await?;
            queue(&table(QUEUED), MORNING, now).await?;
            due
        }
        _ => anyhow::bail!("{what} is not known here"),
    };
    Ok(json!(due.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

async fn due(table: &Table, count: usize, now: Timestamp) -> anyhow::Result<Vec<ContactId>> {
    let due = table.agenda(Agenda::Due, now).await?;
    anyhow::ensure!(due.len() == count, "{} contacts are due, and not {count}", due.len());
    Ok(due.into_iter().map(|(id, _)| id).collect())
}

async fn queue(table: &Table, count: usize, now: Timestamp) -> anyhow::Result<()> {
    let world = World::new();
    let time = Time { now: || now, enough: || true };
    let outcome = dispatch::handle(table, &world, &world, time).await?;
    anyhow::ensure!(outcome.queued == count as u64, "{outcome:?}");
    Ok(())
}

async fn publish(table: &Table, now: Timestamp) -> anyhow::Result<()> {
    let who = |name: &str| Who { name: name.to_owned(), principal: None };
    let campaign = samples::campaign_file();
    table.approve_campaign(&campaign, 0, &who("Insp Khan"), now).await?;
    let published = table.publish_campaign(&campaign, &who("Sgt Bell"), now).await?;
    published.map_err(|why| anyhow!("{why:?}"))?;
    table.publish_profile(&samples::profile_file(), "Sgt Bell", now).await?;
    let prices = toml::from_str(include_str!("../../../infra/prices.toml"))?;
    table.publish_prices(&prices, "Sgt Bell", now).await?;
    Ok(())
}

/// So many callers of as many logs, each as one log of the sample week.
fn extract(count: usize) -> anyhow::Result<String> {
    const LOG: &str = "HC-20260303-0546";
    let week = include_str!("../../../events/ingest/storm-week.csv");
    let header = week.lines().next().context("a header")?;
    let row = week.lines().find(|line| line.starts_with(LOG)).context("the log")?;
    let rows = (0..count).map(|number| {
        let row = row.replacen(LOG, &format!("HC-20260303-9{number:03}"), 1);
        row.replacen("07700 900477", &format!("07700 900{number:03}"), 1)
    });
    Ok([header.to_owned()].into_iter().chain(rows).collect::<Vec<_>>().join("\r\n") + "\r\n")
}

/// The evening before, the extract lands.
async fn plan(table: &Table, count: usize, now: Timestamp) -> anyhow::Result<()> {
    let landed = now.checked_sub(SignedDuration::from_hours(4))?;
    let world = World::new();
    let body = extract(count)?.into_bytes();
    world.with(|state| state.extracts.insert(KEY.to_owned(), (body, landed)));
    let keys = ingest::Keys { pepper: samples::pepper(), drama: DramaNumbers::Allowed };
    ingest::landed(table, &world, &world, &world, &keys, KEY, landed).await?;
    Ok(())
}

async fn text(table: &Table, contacts: &[ContactId], now: Timestamp) -> anyhow::Result<()> {
    for (number, id) in contacts.iter().enumerate() {
        let contact = table.contact(id).await?.context("a contact")?;
        let money = Money::from_millipence;
        let quote = Quote { segments: 1, cost: money(2_400), monthly_cap: money(4_000_000) };
        let Claim::Granted(_) = table.claim(&contact, &quote, now).await? else {
            anyhow::bail!("{id} was not granted");
        };
        let step = Step::Accept { supplier_id: message(number) };
        table.advance(id, &step, now).await?;
        let mobile = format!("+447700900{number:03}");
        let person = samples::pepper().person(&Mobile::from_e164(&mobile).context("a number")?);
        let call = Call {
            supplier: "notify".to_owned(),
            message: message(number),
            person,
            sender: mobile,
            answers: None,
            text: REPLIES.get(number).copied().unwrap_or_default().to_owned(),
            received_at: now,
        };
        table.keep_call(&call).await?;
    }
    Ok(())
}

/// The supplier's id of a caller's reply.
pub(crate) fn message(number: usize) -> String {
    format!("740e5834-3a29-46b4-9a6f-16142fde5{number:03}")
}

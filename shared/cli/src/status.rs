//! `aftercall status`: one screen for whoever is called at three in the morning.

use std::io::Write;
use std::process::ExitCode;

use adapters::aws::{self, SdkConfig};
use adapters::extracts::Bucket;
use adapters::queue::Queues;
use adapters::table::Table;
use anstyle::{AnsiColor, Style};
use domain::budget::Month;
use domain::contact::Agenda;
use domain::desk::{DESKS, Desk, Lane};
use domain::health::{self, DeadLetters, Facts, Light, Line, Spent, Waiting};
use domain::ports::{Catalogue as _, Desks as _, Ledger as _};
use jiff::Timestamp;
use serde_json::json;

use crate::args::Place;

const DIM: Style = Style::new().dimmed();

/// Looks at everything and says how it is.
pub(crate) async fn run(
    config: &SdkConfig,
    table: &Table,
    place: &Place,
    as_json: bool,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let facts = facts(config, table, place, now).await?;
    let lines = health::lines(&facts, now);
    let worst = health::worst(&lines);
    if as_json {
        let told: Vec<_> = lines
            .iter()
            .map(|line| {
                let Line { light, what, how, then } = line;
                json!({"light": light.name(), "what": what, "how": how, "then": then})
            })
            .collect();
        let told = json!({"stage": place.stage_name(), "worst": worst.name(), "lines": told});
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&told)?)?;
    } else {
        print(&lines, place, &mut anstream::stdout())?;
    }
    Ok(if worst == Light::Well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn facts(
    config: &SdkConfig,
    table: &Table,
    place: &Place,
    now: Timestamp,
) -> anyhow::Result<Facts> {
    let queues = Queues::new(config, place.stage_name());
    let mut dead = Vec::new();
    for queue in ["inbound", "send", "ingest"] {
        let messages = queues.holds(&format!("{queue}-failed")).await?;
        dead.push(DeadLetters { queue: queue.to_owned(), messages });
    }
    let mut overdue = Vec::new();
    for (desk, _) in DESKS.into_iter().filter(|(desk, _)| !desk.rings()) {
        overdue.push((desk, table.tasks(Lane::Overdue(desk), now).await?.len() as u64));
    }
    let in_force = table.in_force().await?;
    let mut money = Vec::new();
    for published in table.campaigns().await? {
        let reserved = table.reserved(&published.body.id, Month::of(now)).await?;
        money.push(Spent {
            campaign: published.body.id,
            reserved,
            cap: published.body.monthly_cap,
        });
    }
    let bucket = Bucket::new(config, place.bucket(&aws::account(config).await?));
    Ok(Facts {
        ringing: ringing(table, now).await?,
        overdue,
        dead,
        due: agenda(table, Agenda::Due, now).await?,
        sending: queues.holds("send").await?,
        inbound: queues.holds("inbound").await?,
        unknown: agenda(table, Agenda::Watch, now).await?,
        parked: table.agenda(Agenda::Parked, Timestamp::MAX).await?.len() as u64,
        pauses: in_force.pauses,
        money,
        last_extract: bucket.newest("extracts/").await?,
        last_report: bucket.newest("reports/latest/").await?,
        holds: bucket.holds().await?.into_iter().map(|hold| hold.at).collect(),
    })
}

/// What is on a list of the agenda and whose time has come; the soonest comes first.
async fn agenda(table: &Table, list: Agenda, now: Timestamp) -> anyhow::Result<Waiting> {
    let listed = table.agenda(list, now).await?;
    let since = listed.first().map(|(_, at)| *at);
    Ok(Waiting { count: listed.len() as u64, since })
}

async fn ringing(table: &Table, now: Timestamp) -> anyhow::Result<Waiting> {
    let ids = table.tasks(Lane::Waiting(Desk::ControlRoom), now).await?;
    let mut since: Option<Timestamp> = None;
    for id in &ids {
        let came = table.task(id).await?.map(|task| task.received_at);
        since = [since, came].into_iter().flatten().min();
    }
    Ok(Waiting { count: ids.len() as u64, since })
}

fn print(lines: &[Line], place: &Place, out: &mut impl Write) -> anyhow::Result<()> {
    let title = match health::worst(lines) {
        Light::Well => (AnsiColor::Green, "all is well"),
        Light::Look => (AnsiColor::Yellow, "somebody should look today"),
        Light::Act => (AnsiColor::Red, "somebody must act now"),
    };
    let style = title.0.on_default().bold();
    writeln!(out, "aftercall-{}: {style}{}{style:#}", place.stage_name(), title.1)?;
    let widest = lines.iter().map(|line| line.what.len()).max().unwrap_or_default();
    for Line { light, what, how, then } in lines {
        let style = match light {
            Light::Well => Style::new(),
            Light::Look => AnsiColor::Yellow.on_default(),
            Light::Act => AnsiColor::Red.on_default().bold(),
        };
        let mark = match light {
            Light::Well => "  ",
            Light::Look => "? ",
            Light::Act => "! ",
        };
        writeln!(out, "{style}{mark}{what:<widest$}  {how}{style:#}")?;
        if let Some(then) = then {
            writeln!(out, "  {:<widest$}  {DIM}{then}{DIM:#}", "")?;
        }
    }
    Ok(())
}

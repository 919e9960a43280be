//! `aftercall`: the same rules at a terminal, for analysts and operators.
//!
//! Exit codes: 0 done, 1 the answer is no or something failed, 2 the command line is wrong, or a file
//! that was named cannot be used.

mod args;
mod audit;
mod bring;
mod campaigns;
mod check;
mod hold;
mod inbox;
mod manual;
mod money;
mod parse;
mod pause;
mod person;
mod profile;
mod publish;
mod reading;
mod redrive;
mod rehearse;
mod report;
mod resolve;
mod restore;
mod status;
mod why;

use std::io::Write as _;
use std::process::ExitCode;

use adapters::clock::Clock;
use adapters::config::Stage;
use adapters::extracts::Bucket;
use adapters::table::Table;
use anyhow::Context as _;
use args::{Alerts, Arguments, Audit, Campaigns, Command, Inbox, Parse, Person, Place, Profile};
use clap::Parser as _;
use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::desk::Desk;
use domain::ports::AuditTrail as _;
use jiff::Timestamp;

#[tokio::main]
async fn main() -> ExitCode {
    // On the heap: what every command keeps while it waits is more than a stack should hold twice.
    match Box::pin(run(Arguments::parse())).await {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let told = writeln!(std::io::stderr(), "aftercall: {error:#}");
            if told.is_ok() { ExitCode::FAILURE } else { ExitCode::from(1) }
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let place = arguments.place;
    match arguments.command {
        Command::Check { explain: Some(code), .. } => check::explain(&code),
        Command::Check { files, profile, prices, strict, json, explain: None } => {
            check::run(&check::Question {
                files: &files,
                profile: profile.as_deref(),
                prices: prices.as_deref(),
                strict,
                json,
            })
        }
        Command::Approve { file, by } => {
            let (table, by) = (table(&place).await?, who(&place, by).await?);
            let now = clock(&place)?.now();
            let done = campaigns::approve(&table, &file, &by, now).await?;
            let deed = deed(Act::Approved, file.display().to_string(), String::new(), by, now);
            noted(&table, done, deed).await
        }
        Command::Publish { files, by } => {
            let (table, by) = (table(&place).await?, who(&place, by).await?);
            publish::run(&table, &files, &by, clock(&place)?.now()).await
        }
        Command::Bring { feed, file } => {
            let config = adapters::aws::of_operator().await?;
            bring::run(&config, &table(&place).await?, &place, &feed, &file).await
        }
        Command::Campaigns(command) => about_campaigns(&place, command).await,
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { out } => manual::pages(&out),
        Command::Schema { report } => manual::schema(report),
        Command::Report(asked) => about_report(&place, &asked).await,
        Command::Why { asked, json } => why::run(&table(&place).await?, &asked, json).await,
        Command::Pause(pause) => about_campaigns(&place, Campaigns::Pause(pause)).await,
        Command::Resume(resume) => about_campaigns(&place, Campaigns::Resume(resume)).await,
        Command::Resolve { contact, sent, not_sent, why, by, json } => {
            let table = table(&place).await?;
            let Some(contact) = contact else { return resolve::list(&table, json).await };
            let found = resolve::Found { sent, not_sent, why: why.as_deref(), by: &by };
            let now = clock(&place)?.now();
            let done = resolve::run(&table, &contact, &found, now).await?;
            let by = who(&place, by).await?;
            let said = if sent { "sent: " } else { "not sent: " };
            let detail = format!("{said}{}", why.unwrap_or_default());
            noted(&table, done, deed(Act::Resolved, contact, detail, by, now)).await
        }
        Command::Status { json } => {
            let config = adapters::aws::of_operator().await?;
            let now = clock(&place)?.now();
            status::run(&config, &table(&place).await?, &place, json, now).await
        }
        Command::Redrive { queue, go, by } => {
            let done =
                redrive::run(&adapters::aws::of_operator().await?, &place, queue, go).await?;
            if !go {
                return Ok(done);
            }
            let (by, now) = (who(&place, by).await?, clock(&place)?.now());
            let deed = deed(Act::Redriven, queue.name().to_owned(), String::new(), by, now);
            noted(&table(&place).await?, done, deed).await
        }
        Command::Restore { from, go, by, json } => {
            let config = adapters::aws::of_operator().await?;
            let (by, now) = (who(&place, by).await?, clock(&place)?.now());
            let backup = Table::new(&config, from.clone(), clock(&place)?);
            let asked = restore::Asked { from: &from, backup: &backup, go, json, by, now };
            restore::run(&config, &table(&place).await?, &place, asked).await
        }
        Command::Money { month, json } => {
            let now = clock(&place)?.now();
            money::run(&table(&place).await?, month.as_deref(), json, now).await
        }
        Command::Inbox(command) => desks(&place, command).await,
        Command::Alerts(Alerts::List { json }) => {
            let (desk, waiting, closed) = (Some(Desk::ControlRoom), true, false);
            desks(&place, Inbox::List { desk, waiting, closed, json }).await
        }
        Command::Alerts(Alerts::Ack { reply, by }) => {
            desks(&place, Inbox::Take { reply, by }).await
        }
        Command::Profile(Profile::Check { profile, file, feed, campaign, list, json }) => {
            profile::check::run(&profile::check::Question {
                profile: &profile,
                file: &file,
                feed: feed.as_deref(),
                campaigns: &campaign,
                list,
                json,
                drama: Stage::from(place.stage).drama(),
                now: clock(&place)?.now(),
            })
        }
        Command::Rehearse(rehearse) => {
            let drama = Stage::from(place.stage).drama();
            rehearse::run(&rehearse, drama, clock(&place)?.now())
        }
        Command::Profile(Profile::Draft { file, name }) => profile::draft::run(&file, &name),
        Command::Person(command) => about_somebody(&place, command).await,
        Command::Audit(Audit::List { json }) => audit::list(&table(&place).await?, json).await,
        Command::Audit(Audit::Verify { json }) => {
            let (table, bucket) = (table(&place).await?, bucket(&place).await?);
            audit::verify(&table, &bucket, clock(&place)?.now(), json).await
        }
        Command::Parse(Parse::Phone) => parse::phone(place.stage.into()),
        Command::Parse(Parse::Text) => parse::text(),
        Command::Parse(Parse::Reply) => parse::reply(),
    }
}

async fn about_report(place: &Place, asked: &args::Report) -> anyhow::Result<ExitCode> {
    if asked.link {
        return report::link(&bucket(place).await?, asked.hours).await;
    }
    let (table, now) = (table(place).await?, clock(place)?.now());
    let period = report::period(asked.from, asked.to, now)?;
    if let Some(figure) = &asked.behind {
        report::behind(&table, figure, period, now).await
    } else if asked.foi {
        report::publish(&table, period, &asked.out, now).await
    } else if asked.pack {
        report::review(&table, period, &asked.out, asked.pdf, now).await
    } else {
        report::run(&table, period, &asked.out, asked.json, now).await
    }
}

async fn about_campaigns(place: &Place, command: Campaigns) -> anyhow::Result<ExitCode> {
    let table = table(place).await?;
    let now = clock(place)?.now();
    match command {
        Campaigns::List { json } => campaigns::list(&table, json, now).await,
        Campaigns::Show { name, version, json } => {
            campaigns::show(&table, &name, version, json).await
        }
        Campaigns::Diff { file } => campaigns::diff(&table, &file).await,
        Campaigns::Rollback { name, to, why, by } => {
            let by = who(place, by).await?;
            let done = campaigns::roll_back(&table, &name, to, (&by, &why), now).await?;
            let subject = format!("campaign {name} to version {to}");
            noted(&table, done, deed(Act::RolledBack, subject, why, by, now)).await
        }
        Campaigns::End { name, why, by } => {
            let by = who(place, by).await?;
            let done = campaigns::end(&table, &name, (&by, &why), now).await?;
            noted(&table, done, deed(Act::Ended, format!("campaign {name}"), why, by, now)).await
        }
        Campaigns::Pause(args::Pause { scope, why, by }) => {
            let done = pause::pause(&table, &scope, &why, &by, now).await?;
            let by = who(place, by).await?;
            noted(&table, done, deed(Act::Paused, scope, why, by, now)).await
        }
        Campaigns::Resume(args::Resume { scope, by }) => {
            let done = pause::resume(&table, &scope).await?;
            let by = who(place, by).await?;
            noted(&table, done, deed(Act::Resumed, scope, String::new(), by, now)).await
        }
    }
}

async fn about_somebody(place: &Place, command: Person) -> anyhow::Result<ExitCode> {
    let config = adapters::aws::of_operator().await?;
    let table = table(place).await?;
    let now = clock(place)?.now();
    let asked = async |number: String, reason: args::Reason| {
        let by = who(place, reason.by.clone()).await?;
        anyhow::Ok(person::Asked { config: &config, table: &table, place, number, reason, by, now })
    };
    match command {
        Person::Export { number, reason, json } => {
            person::export(&asked(number, reason).await?, json).await
        }
        Person::Erase { number, reason, yes } => {
            person::erase(&asked(number, reason).await?, &bucket(place).await?, yes).await
        }
        Person::Hold { number, case, reason } => {
            hold::hold(&asked(number, reason).await?, &bucket(place).await?, &case).await
        }
        Person::Holds { json } => hold::list(&bucket(place).await?, json).await,
        Person::Release { case, reason } => {
            let by = who(place, reason.by.clone()).await?;
            hold::release(&bucket(place).await?, &table, &case, (&by, &reason.why), now).await
        }
        Person::Optout { number, reason } => {
            person::wish(&asked(number, reason).await?, true).await
        }
        Person::Optin { number, reason } => {
            person::wish(&asked(number, reason).await?, false).await
        }
    }
}

fn deed(act: Act, subject: String, detail: String, by: Who, at: Timestamp) -> Deed {
    Deed { act, subject, detail, by, at }
}

/// Writes a deed down, when it was done.
async fn noted(table: &Table, done: ExitCode, deed: Deed) -> anyhow::Result<ExitCode> {
    if done == ExitCode::SUCCESS {
        table.note_deed(&deed).await.context("it is done; write it down in the audit")?;
    }
    Ok(done)
}

/// Who acts: the name they give and, in production, whose credentials they use.
async fn who(place: &Place, name: String) -> anyhow::Result<Who> {
    let principal = match Stage::from(place.stage) {
        Stage::Production => {
            Some(adapters::aws::principal(&adapters::aws::of_operator().await?).await?)
        }
        Stage::Test | Stage::Local => None,
    };
    Ok(Who { name, principal })
}

async fn desks(place: &Place, command: Inbox) -> anyhow::Result<ExitCode> {
    let table = table(place).await?;
    let now = clock(place)?.now();
    let out = &mut std::io::stdout();
    match command {
        Inbox::List { desk, waiting, closed, json } => {
            let wanted = inbox::Wanted { desk, waiting, closed };
            inbox::list(&table, &wanted, json, out, now).await
        }
        Inbox::Show { reply, json } => inbox::show(&table, &reply, json, out, now).await,
        Inbox::Take { reply, by } => {
            let done = inbox::take(&table, &reply, &by, out, now).await?;
            let by = who(place, by).await?;
            noted(&table, done, deed(Act::Taken, reply.to_string(), String::new(), by, now)).await
        }
        Inbox::Close { reply, by, note, result } => {
            let done = inbox::Done { by: &by, note: &note, result: result.as_ref() };
            let done = inbox::close(&table, &reply, &done, out, now).await?;
            let by = who(place, by).await?;
            // The note stays with the task: it may say more than a record for ever should.
            noted(&table, done, deed(Act::Closed, reply.to_string(), String::new(), by, now)).await
        }
    }
}

fn clock(place: &Place) -> anyhow::Result<Clock> {
    Ok(Clock::new(place.stage.into(), place.clock_offset_seconds)?)
}

/// The bucket of the account whose credentials these are.
async fn bucket(place: &Place) -> anyhow::Result<Bucket> {
    let aws = adapters::aws::of_operator().await?;
    let account = adapters::aws::account(&aws).await?;
    Ok(Bucket::new(&aws, place.bucket(&account)))
}

async fn table(place: &Place) -> anyhow::Result<Table> {
    let config = adapters::aws::of_operator().await?;
    // Asked of KMS only where a number is sealed.
    let key = format!("alias/{}", place.table());
    Ok(Table::new(&config, place.table(), clock(place)?).sealing(&config, Some(key)))
}

/// `aftercall parse phone | head` ends by the reader going away, which is no fault.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

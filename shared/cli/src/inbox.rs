//! `aftercall inbox` and `aftercall alerts`: the replies that a person must act on.

mod draft;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::conversation;
use domain::desk::{DESKS, Desk, Lane, Task, TaskId, TaskStep};
use domain::followup::FollowUp;
use domain::hours::LONDON;
use domain::incident::Outcome;
use domain::ports::{Acted, Catalogue, Desks, FollowUps, Ledger, Replies, ReplyFile};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Which tasks to list.
pub(crate) struct Wanted {
    /// One desk, or all.
    pub(crate) desk: Option<Desk>,
    /// Only what nobody has taken.
    pub(crate) waiting: bool,
    /// What is closed, too.
    pub(crate) closed: bool,
}

/// Lists what lies on the desks, the most urgent desk first.
pub(crate) async fn list(
    table: &impl Desks,
    wanted: &Wanted,
    json: bool,
    out: &mut impl Write,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let mut tasks = Vec::new();
    let here = |desk: &Desk| wanted.desk.is_none_or(|wanted| wanted == *desk);
    for desk in DESKS.iter().map(|(desk, _)| *desk).filter(here) {
        let mut lanes = vec![Lane::Waiting(desk), Lane::Overdue(desk)];
        if !wanted.waiting {
            lanes.push(Lane::Taken(desk));
        }
        for lane in lanes {
            tasks.extend(read(table, lane, now).await?);
        }
    }
    if wanted.closed {
        let mut closed = read(table, Lane::Closed, now).await?;
        closed.retain(|task| here(&task.desk));
        tasks.extend(closed);
    }
    if json {
        let rows: Vec<_> = tasks.iter().map(|task| shown(task, now)).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if tasks.is_empty() {
        writeln!(out, "nothing is waiting")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut desk = None;
    for task in &tasks {
        if desk != Some(task.desk) {
            let gap = if desk.is_none() { "" } else { "\n" };
            let at_desk = tasks.iter().filter(|other| other.desk == task.desk).count();
            writeln!(out, "{gap}{} ({at_desk})", task.desk)?;
            desk = Some(task.desk);
        }
        let log = task.log.as_ref().map_or("no log", |log| log.as_str());
        writeln!(out, "  {}  {log}  received {}", task.id, moment(task.received_at))?;
        writeln!(out, "      {}", stands(task, now))?;
    }
    writeln!(out, "\nRead one: aftercall inbox show <supplier>/<reply>")?;
    Ok(ExitCode::SUCCESS)
}

async fn read(table: &impl Desks, lane: Lane, now: Timestamp) -> anyhow::Result<Vec<Task>> {
    // A task that waits is listed by when it is due.
    let until = now.saturating_add(SignedDuration::from_hours(366 * 24)).unwrap_or(now);
    let mut tasks = Vec::new();
    for id in table.tasks(lane, until).await? {
        tasks.extend(table.task(&id).await?);
    }
    // The index may lag a moment behind.
    tasks.retain(|task| task.lane().0 == lane);
    Ok(tasks)
}

/// Where a task stands, in words.
fn stands(task: &Task, now: Timestamp) -> String {
    if let Some(closed) = &task.closed {
        let told = closed.result.as_ref().map(|told| format!(", the caller is told: {told}"));
        let (by, at) = (&closed.signed.by, moment(closed.signed.at));
        return format!("closed by {by}, {at}: {}{}", closed.note, told.unwrap_or_default());
    }
    if let Some(taken) = &task.taken {
        let after = length(taken.at.duration_since(task.received_at));
        let late = if task.is_late(now) { ", late" } else { "" };
        return format!("taken by {} after {after}{late}", taken.by);
    }
    let rings = task.rung.map(|(_, rings)| format!("rung {rings} times, "));
    let left = task.due_at.duration_since(now);
    let clock = if left.is_negative() {
        format!("LATE by {}", length(left.abs()))
    } else {
        format!("due in {}", length(left))
    };
    format!("{}{clock}", rings.unwrap_or_default())
}

fn length(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A task for programs: ids and times, and not a word of the reply.
fn shown(task: &Task, now: Timestamp) -> Value {
    json!({
        "id": task.id.to_string(),
        "desk": task.desk.name(),
        "class": task.class.as_str(),
        "log": task.log.as_ref().map(ToString::to_string),
        "contact": task.contact.as_ref().map(ToString::to_string),
        "received_at": task.received_at,
        "at_desk_at": task.opened_at,
        "due_at": task.due_at,
        "late": task.is_late(now),
        "rings": task.rung.map(|(_, rings)| rings),
        "taken": task.taken.as_ref().map(|taken| json!({"by": taken.by, "at": taken.at})),
        "seconds_to_desk": task.time_to_desk().as_secs(),
        "seconds_to_taken": task.time_to_take().map(|time| time.as_secs()),
        "closed": task.closed.as_ref().map(|closed| json!({
            "by": closed.signed.by,
            "at": closed.signed.at,
            "note": closed.note,
            "result": closed.result.as_ref().map(ToString::to_string),
        })),
    })
}

/// Shows one reply, its sender, what it was read as and what it answers; and a draft where one helps.
pub(crate) async fn show(
    table: &(impl Desks + Replies + Ledger),
    id: &TaskId,
    json: bool,
    out: &mut impl Write,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let Some(reply) = table.reply(id).await? else {
        writeln!(std::io::stderr(), "there is no reply {id}, or it has expired")?;
        return Ok(ExitCode::FAILURE);
    };
    let task = table.task(id).await?;
    let contact = match &reply.contact {
        Some(contact) => table.contact(contact).await?,
        None => None,
    };
    let log = contact.as_ref().map(|contact| contact.incident.to_string());
    if json {
        let told = json!({
            "id": id.to_string(),
            "from": reply.sender,
            "text": reply.text,
            "received_at": reply.received_at,
            "read_at": reply.read_at,
            "class": reply.class.map(domain::reply::Class::as_str),
            "why": reply.why,
            "sentiment": reply.sentiment.map(|(sentiment, _)| sentiment.as_str()),
            "valence": reply.sentiment.map(|(_, valence)| f64::from(valence.get()) / 1000.0),
            "score": reply.score,
            "disagrees": reply.disagrees,
            "partner_score": contact
                .as_ref()
                .and_then(|contact| contact.partner_score.as_ref())
                .map(ToString::to_string),
            "log": log,
            "task": task.as_ref().map(|task| shown(task, now)),
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "From      {}", reply.sender.as_deref().unwrap_or("no longer kept"))?;
    writeln!(out, "Received  {}", moment(reply.received_at))?;
    let class = reply.class.map_or("not read yet", domain::reply::Class::as_str);
    writeln!(out, "Read as   {class}")?;
    for why in &reply.why {
        writeln!(out, "          {why}")?;
    }
    if let Some((sentiment, valence)) = reply.sentiment {
        let strength = f64::from(valence.get()) / 1000.0;
        let odd = if reply.disagrees { ", which the score disagrees with" } else { "" };
        writeln!(out, "Attitude  {} ({strength:+.2}){odd}", sentiment.as_str())?;
    }
    if let Some(score) = contact.as_ref().and_then(|contact| contact.partner_score.as_ref()) {
        writeln!(out, "Partner   {score}")?;
    }
    writeln!(out, "Log       {}", log.as_deref().unwrap_or("none was found"))?;
    if let Some(task) = &task {
        writeln!(out, "Desk      {}: {}", task.desk, stands(task, now))?;
    }
    writeln!(out, "\n{}", reply.text)?;
    if let Some(draft) = task.and_then(|task| drafted(&task, &reply)) {
        writeln!(out, "\n---- a draft, to be read before it goes out ----\n{draft}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn drafted(task: &Task, reply: &ReplyFile) -> Option<String> {
    let on = reply.received_at.to_zoned(LONDON.clone()).strftime("%-d %B %Y").to_string();
    let log = task.log.as_ref().map_or("none", |log| log.as_str());
    match task.desk {
        Desk::Highways => Some(draft::highways(&reply.text, &on, log)),
        Desk::Praise => Some(draft::praise(&reply.text, &on, log)),
        Desk::ControlRoom
        | Desk::StillThere
        | Desk::NewReports
        | Desk::Complaints
        | Desk::Intelligence
        | Desk::Questions
        | Desk::NotUnderstood => None,
    }
}

/// Takes a task: an alarm rings no more.
pub(crate) async fn take(
    table: &impl Desks,
    id: &TaskId,
    by: &str,
    out: &mut impl Write,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    match table.act(id, &TaskStep::Take { by: by.to_owned() }, now).await? {
        Acted::Moved(task) => {
            let after = length(task.time_to_take().unwrap_or_default());
            writeln!(out, "{id} is yours, {after} after it came")?;
            writeln!(out, "Read it: aftercall inbox show {id}")?;
            Ok(ExitCode::SUCCESS)
        }
        Acted::Stayed(task) => {
            writeln!(std::io::stderr(), "{id} was {}", stands(&task, now))?;
            Ok(ExitCode::FAILURE)
        }
        Acted::Missing => bail!("there is no task {id}"),
    }
}

/// What somebody did about a task.
pub(crate) struct Done<'a> {
    /// Who.
    pub(crate) by: &'a str,
    /// What.
    pub(crate) note: &'a str,
    /// What came of a hazard that was still there: the caller is told, once.
    pub(crate) result: Option<&'a Outcome>,
}

/// Closes a task, and has the caller told of the result where there is one.
pub(crate) async fn close(
    table: &(impl Desks + Ledger + Catalogue + FollowUps),
    id: &TaskId,
    done: &Done<'_>,
    out: &mut impl Write,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    if done.note.trim().is_empty() {
        bail!("say what was done: --note");
    }
    let Some(task) = table.task(id).await? else { bail!("there is no task {id}") };
    if task.closed.is_some() {
        writeln!(std::io::stderr(), "{id} was {}", stands(&task, now))?;
        return Ok(ExitCode::FAILURE);
    }
    // What is to be said is planned first: a task that is closed is not looked at again.
    if let Some(result) = done.result {
        plan_result(table, &task, result, now).await?;
    }
    let step = TaskStep::Close {
        by: done.by.to_owned(),
        note: done.note.trim().to_owned(),
        result: done.result.cloned(),
    };
    match table.act(id, &step, now).await? {
        Acted::Moved(task) => {
            writeln!(out, "{id} is {}", stands(&task, now))?;
            Ok(ExitCode::SUCCESS)
        }
        Acted::Stayed(task) => {
            writeln!(std::io::stderr(), "{id} was {}", stands(&task, now))?;
            Ok(ExitCode::FAILURE)
        }
        Acted::Missing => bail!("there is no task {id}"),
    }
}

async fn plan_result(
    table: &(impl Ledger + Catalogue + FollowUps),
    task: &Task,
    result: &Outcome,
    now: Timestamp,
) -> anyhow::Result<()> {
    if task.desk != Desk::StillThere {
        bail!("a result is told of what was still there only; this lies at {}", task.desk);
    }
    let contact = task.contact.as_ref().context("nobody is known who could be told")?;
    let contact = table.contact(contact).await?.context("its contact is gone")?;
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    let campaign = campaign.context("the campaign's version is gone")?;
    let Some(wanted) = conversation::result(task, result, &campaign, now) else {
        let known: Vec<_> = campaign.talk.results.keys().map(ToString::to_string).collect();
        bail!(
            "{} has no words for {result}; it has them for: {}. Leave --result out to tell nobody",
            campaign.id,
            known.join(", ")
        );
    };
    table.plan_follow_up(&FollowUp::plan(wanted, now)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::desk::Sender;
    use domain::ports::{Call, Doorstep as _, Inbox as _, Noted};
    use domain::reply::Class;
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// A world in which this was written a minute ago and lies on its desk.
    async fn written(text: &str, desk: Desk) -> (World, TaskId) {
        let world = World::new();
        let id = TaskId::parse("notify/m-1").unwrap();
        let received_at = now() - SignedDuration::from_mins(1);
        let call = Call {
            supplier: "notify".to_owned(),
            message: "m-1".to_owned(),
            person: samples::pepper().stranger("somebody"),
            sender: "447700900123".to_owned(),
            answers: None,
            text: text.to_owned(),
            received_at,
        };
        world.keep_call(&call).await.unwrap();
        let reading = domain::reply::read(text);
        let class = reading.class;
        let noted = Noted { at: now(), contact: None, reading };
        world.note("notify", "m-1", &noted).await.unwrap();
        let from = Sender { person: call.person, contact: None, log: None, received_at };
        world.open_task(&Task::open(id.clone(), desk, class, from, now())).await.unwrap();
        (world, id)
    }

    async fn printed(print: impl AsyncFnOnce(&mut Vec<u8>) -> anyhow::Result<ExitCode>) -> String {
        let mut out = Vec::new();
        print(&mut out).await.unwrap();
        String::from_utf8(out).unwrap()
    }

    const ALL: Wanted = Wanted { desk: None, waiting: false, closed: true };

    #[tokio::test]
    async fn an_alarm_is_listed_taken_once_and_closed() {
        let (world, id) = written("help he has a knife", Desk::ControlRoom).await;
        let listed =
            async || printed(async |out| list(&world, &ALL, false, out, now()).await).await;
        let text = listed().await;
        assert!(text.contains("control-room (1)\n  notify/m-1  no log"), "{text}");
        assert!(text.contains("rung 1 times, due in 0 s"), "{text}");
        assert!(!text.contains("knife") && !text.contains("900123"), "{text}");
        let taken = printed(async |out| take(&world, &id, "Sgt 9", out, now()).await).await;
        assert!(taken.starts_with("notify/m-1 is yours, 60 s after it came"), "{taken}");
        let again = take(&world, &id, "PC 41", &mut Vec::new(), now()).await.unwrap();
        assert_eq!(again, ExitCode::FAILURE);
        assert!(listed().await.contains("taken by Sgt 9 after 60 s"));
        let done = Done { by: "Sgt 9", note: "unit sent", result: None };
        printed(async |out| close(&world, &id, &done, out, now()).await).await;
        assert!(listed().await.contains("closed by Sgt 9, 2026-03-10 10:00:00: unit sent"));
        let json = printed(async |out| list(&world, &ALL, true, out, now()).await).await;
        let rows: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(rows[0]["seconds_to_taken"], 60);
        assert_eq!(rows[0]["closed"]["by"], "Sgt 9");
        let again = close(&world, &id, &done, &mut Vec::new(), now()).await.unwrap();
        assert_eq!(again, ExitCode::FAILURE);
    }

    #[tokio::test]
    async fn a_reply_is_shown_with_its_words_and_what_they_were_read_as() {
        let (world, id) = written("help he has a knife", Desk::ControlRoom).await;
        let text = printed(async |out| show(&world, &id, false, out, now()).await).await;
        for part in ["From      447700900123", "Read as   emergency", "\nhelp he has a knife\n"] {
            assert!(text.contains(part), "{text}");
        }
        let json = printed(async |out| show(&world, &id, true, out, now()).await).await;
        let told: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (&told["class"], &told["task"]["desk"]),
            (&json!("emergency"), &json!("control-room"))
        );
        let nobody = TaskId { message: "m-2".to_owned(), ..id };
        let gone = show(&world, &nobody, false, &mut Vec::new(), now()).await.unwrap();
        assert_eq!(gone, ExitCode::FAILURE);
    }

    #[tokio::test]
    async fn a_result_is_told_of_what_was_still_there_and_to_somebody_only() {
        let cleared = Outcome::parse("cleared").unwrap();
        let done = Done { by: "Sgt 9", note: "moved", result: Some(&cleared) };
        for (desk, why) in
            [(Desk::Questions, "lies at questions"), (Desk::StillThere, "nobody is known")]
        {
            let (world, id) = written("still there", desk).await;
            let error = close(&world, &id, &done, &mut Vec::new(), now()).await.unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert!(world.with(|state| state.tasks[&id].closed.is_none()));
        }
        let (world, id) = written("still there", Desk::StillThere).await;
        let silent = Done { note: " ", ..done };
        close(&world, &id, &silent, &mut Vec::new(), now()).await.unwrap_err();
    }

    #[tokio::test]
    async fn what_is_for_others_is_drafted() {
        let (world, id) = written("potholes all along the B653", Desk::Highways).await;
        let text = printed(async |out| show(&world, &id, false, out, now()).await).await;
        assert!(text.contains("a draft"), "{text}");
        assert_eq!(world.with(|state| state.tasks[&id].class), Class::HighwaysReferral);
    }
}

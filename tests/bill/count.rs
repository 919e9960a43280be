//! Plays contacts through the deployed stack and counts what AWS would charge for.
//!
//! Every function does for each text what it does in life: the extract is read, contacts are planned,
//! queued, texted and delivered, a quarter of the people reply, each reply is read and answered, and
//! the report tells of it. There are a thousand drama numbers, so after some of them everything that
//! is kept of people and logs is taken out of the table, and the numbers are other people's.
//!
//! What is not seen at the proxy: the emulator's own pollers, so each invocation by a queue counts as
//! one receive and one delete, which is what AWS charges for a batch that went well.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use domain::contact::State;
use jiff::SignedDuration;
use local::emulator::tail;
use local::processes;
use local::proxy::{Call, Tally};
use local::stack::{FUNCTIONS, SAMPLE_NOW, STACK, Stack, sample};
use local::supplier::{Behaviour, People};

use crate::extract::Wave;
use crate::prices::is_write;

/// How many contacts are played at a time: no more than there are drama numbers.
pub(crate) const AT_A_TIME: usize = 250;

/// How many people in a thousand reply.
const REPLY_PER_THOUSAND: u16 = 250;

/// How long anything may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(900);

/// How long after the last reply the supplier's list of replies is swept: later than a call may take.
const SWEPT_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What CloudWatch adds to each line for its own use, and charges.
const LINE_EXTRA_BYTES: u64 = 26;

/// What is woken by a schedule, whether there is anything to do or not.
const SCHEDULED: [&str; 3] = ["dispatch", "reconcile", "report"];

/// The partitions that hold people, logs and what they said; the replies' own stay until they are swept.
const EMPTIED: [&str; 5] = ["PERSON#", "SAID#", "TASK#", "NUMBER#", "LOG#"];

/// What one function did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ran {
    /// How often it was woken.
    pub(crate) invocations: u64,
    /// The emulator's own time for that, with what it takes itself to start and to answer.
    pub(crate) wall_ms: u64,
    /// How long a processor of this machine was busy with it.
    pub(crate) busy_ms: u64,
    /// Lines of its log that AWS would keep.
    pub(crate) lines: u64,
    /// Their bytes, as CloudWatch charges them.
    pub(crate) log_bytes: u64,
}

/// What was asked and done between two moments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Count {
    /// Calls of AWS by function, service and operation.
    pub(crate) calls: BTreeMap<Call, Tally>,
    /// By function.
    pub(crate) functions: BTreeMap<&'static str, Ran>,
}

impl Count {
    /// What a function did.
    pub(crate) fn ran(&self, function: &str) -> Ran {
        self.functions.get(function).copied().unwrap_or_default()
    }
}

/// What came of a run.
pub(crate) struct Played {
    /// Contacts that were texted.
    pub(crate) contacts: u64,
    /// Rows of extracts.
    pub(crate) rows: u64,
    /// Texts the supplier took: first ones, and what was said to replies.
    pub(crate) texts: u64,
    /// Replies.
    pub(crate) replies: u64,
    /// Bytes in the table for each contact, with its share of logs.
    pub(crate) stored_bytes: u64,
    /// Everything but the schedules that found nothing.
    pub(crate) all: Count,
    /// One run each of `dispatch`, `reconcile` and `report` that found nothing.
    pub(crate) idle: Count,
    /// The same along the way, to see whether anything grows with what went before.
    pub(crate) marks: Vec<Mark>,
    /// How long it took.
    pub(crate) took: Duration,
}

/// What was counted up to some contact, of the functions that are woken by work alone.
pub(crate) struct Mark {
    /// Up to which.
    pub(crate) contacts: usize,
    /// Texts taken by then.
    pub(crate) texts: u64,
    /// Calls of AWS.
    pub(crate) calls: u64,
    /// Units written.
    pub(crate) written: f64,
    /// Units read.
    pub(crate) read: f64,
    /// Bytes of logs.
    pub(crate) log_bytes: u64,
}

/// Plays so many contacts to their end.
///
/// # Errors
/// The stack failed, or somebody was not texted.
pub(crate) async fn play(contacts: usize, tell: &dyn Fn(&str)) -> anyhow::Result<Played> {
    let started = Instant::now();
    let mut stack = Stack::start_for_the_bill(SAMPLE_NOW, behaviour(), tell).await?;
    prepare(&stack).await?;
    let mut counter = Counter::default();
    tell("waking the schedules while there is nothing to do");
    let idle = counter.idle(&stack).await?;

    let (mut planned, mut rows, mut marks) = (0, 0, Vec::new());
    let (mut stored_bytes, mut reply_bytes) = (0, 0);
    while planned < contacts {
        let wave = Wave::new(planned, AT_A_TIME.min(contacts - planned), stack.clock.now());
        tell(&format!("{planned} of {contacts} done; landing {} logs", wave.rows));
        stack.upload(&wave.key, wave.extract.clone()).await?;
        counter.until_read(&stack).await?;
        let found = stack.contacts().await?.len();
        ensure!(found == wave.contacts, "{found} of {} contacts were planned", wave.contacts);
        counter.until_quiet(&stack).await?;
        for contact in stack.contacts().await? {
            // Two of the numbers never get a text, at Notify's double as at Notify's own test service.
            let ended = matches!(contact.state, State::Delivered | State::Undelivered);
            ensure!(ended, "a contact is {}", contact.state.name());
        }
        stack.invoke("report", "{}").await?;
        counter.read_logs(&stack).await?;
        let (gone, replies) = empty(&stack).await?;
        stored_bytes += gone;
        reply_bytes = replies;
        stack.supplier.other_people();
        planned += wave.contacts;
        rows += wave.rows;
        let next = marks.last().map_or(1, |mark: &Mark| mark.contacts * 2);
        if planned >= next.min(contacts) {
            marks.push(counter.mark(&stack, planned)?);
        }
    }
    tell("sweeping the supplier's list of replies");
    stack.move_clock(SWEPT_AFTER).await?;
    stack.invoke("reconcile", "{}").await?;
    counter.read_logs(&stack).await?;

    let counts = stack.supplier.counts();
    let mut all = counter.count(&stack)?;
    subtract(&mut all, &counter.before, 1);
    // What a schedule's run takes when it finds nothing is told by itself.
    for function in SCHEDULED {
        let mut nothing = idle.clone();
        nothing.calls.retain(|call, _| call.caller == function);
        nothing.functions.retain(|name, _| *name == function);
        let runs = all.ran(function).invocations;
        subtract(&mut all, &nothing, runs);
    }
    Ok(Played {
        contacts: planned as u64,
        rows: rows as u64,
        texts: counts.texts as u64,
        replies: counts.replies as u64,
        stored_bytes: (stored_bytes + reply_bytes) / planned.max(1) as u64,
        all,
        idle,
        marks,
        took: started.elapsed(),
    })
}

/// A good day: receipts within the second, and no worse.
pub(crate) fn behaviour() -> Behaviour {
    Behaviour {
        sending_after: Duration::from_millis(100),
        delivered_after: Duration::from_millis(400),
        replied_after: Duration::from_millis(500),
        reply_spread: Duration::from_secs(5),
        // A machine that is busy answers late; in life that costs minutes, and here nothing is learnt by it.
        retry_gap: Duration::from_secs(10),
        smoke_numbers: false,
        people: People::respond(REPLY_PER_THOUSAND),
        ..Behaviour::default()
    }
}

/// Raises the month's money, which the pilot's own would not do for.
pub(crate) async fn prepare(stack: &Stack) -> anyhow::Result<()> {
    let campaign = String::from_utf8(sample("infra/campaigns/highways.toml")?)?;
    let (line, instead) = ("cap_pounds_a_month = 40", "cap_pounds_a_month = 40000");
    ensure!(campaign.contains(line), "the campaign no longer says {line}");
    let campaign = campaign.replace(line, instead);
    stack.put_in_force(&toml::from_str(&campaign)?).await
}

/// Follows what the functions do.
#[derive(Default)]
pub(crate) struct Counter {
    functions: BTreeMap<&'static str, Ran>,
    /// By process, since one that has ended can no longer be asked.
    busy: HashMap<(&'static str, u32), u64>,
    /// What was done before the first contact.
    before: Count,
    extracts_read: u64,
}

impl Counter {
    /// One run of each schedule that finds nothing, by processes that have started already.
    async fn idle(&mut self, stack: &Stack) -> anyhow::Result<Count> {
        for function in SCHEDULED {
            stack.invoke(function, "{}").await?;
        }
        self.read_logs(stack).await?;
        let before = self.count(stack)?;
        for function in SCHEDULED {
            stack.invoke(function, "{}").await?;
        }
        self.read_logs(stack).await?;
        self.before = self.count(stack)?;
        let mut idle = self.before.clone();
        subtract(&mut idle, &before, 1);
        Ok(idle)
    }

    fn count(&mut self, stack: &Stack) -> anyhow::Result<Count> {
        self.look_at_processes(stack);
        let mut functions = self.functions.clone();
        for ((function, _), busy_ms) in &self.busy {
            functions.entry(function).or_default().busy_ms += busy_ms;
        }
        let mut calls = stack.proxy()?.bill();
        calls.retain(|call, _| FUNCTIONS.contains(&call.caller.as_str()));
        Ok(Count { calls, functions })
    }

    fn mark(&mut self, stack: &Stack, contacts: usize) -> anyhow::Result<Mark> {
        let mut count = self.count(stack)?;
        count.calls.retain(|call, _| !SCHEDULED.contains(&call.caller.as_str()));
        count.functions.retain(|function, _| !SCHEDULED.contains(function));
        let units = |written: bool| {
            let of = count.calls.iter().filter(|(call, _)| is_write(&call.operation) == written);
            of.map(|(_, tally)| tally.capacity).sum()
        };
        Ok(Mark {
            contacts,
            texts: stack.supplier.counts().texts as u64,
            calls: count.calls.values().map(|tally| tally.calls).sum(),
            written: units(true),
            read: units(false),
            log_bytes: count.functions.values().map(|ran| ran.log_bytes).sum(),
        })
    }

    fn look_at_processes(&mut self, stack: &Stack) {
        for function in FUNCTIONS {
            for process in processes::of(stack, function) {
                self.busy.insert((function, process.id), process.busy_ms);
            }
        }
    }

    /// Waits until `ingest` has ended once more.
    pub(crate) async fn until_read(&mut self, stack: &Stack) -> anyhow::Result<()> {
        let started = Instant::now();
        self.extracts_read += 1;
        while self.functions.get("ingest").map_or(0, |ran| ran.invocations) < self.extracts_read {
            in_time(stack, started, "the extract was not read")?;
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.read_log(stack, "ingest").await?;
        }
        Ok(())
    }

    /// Wakes `dispatch` until nothing is due, and waits until everybody has said everything.
    pub(crate) async fn until_quiet(&mut self, stack: &Stack) -> anyhow::Result<()> {
        let started = Instant::now();
        // One that was cut off on a slow machine leaves the rest to the next, as it does in life.
        stack.invoke("dispatch", "{}").await.ok();
        while !stack.is_quiet().await? {
            in_time(stack, started, "nothing came to rest")?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.look_at_processes(stack);
            if self.is_any_due(stack).await? {
                stack.invoke("dispatch", "{}").await.ok();
            }
        }
        Ok(())
    }

    /// Whether there is something that `dispatch` has not come to, once all that it queued is done.
    async fn is_any_due(&self, stack: &Stack) -> anyhow::Result<bool> {
        let is_at_work = !stack.supplier.is_settled()
            || stack.waiting("SendQueueUrl").await? > 0
            || stack.waiting("InboundQueueUrl").await? > 0;
        let now = stack.clock.now();
        Ok(!is_at_work
            && stack
                .contacts()
                .await?
                .iter()
                .any(|contact| contact.state == State::Planned && contact.due_at <= now))
    }

    async fn read_logs(&mut self, stack: &Stack) -> anyhow::Result<()> {
        for function in FUNCTIONS {
            self.read_log(stack, function).await?;
        }
        Ok(())
    }

    /// Counts a function's log and throws it away, so that each line is counted once.
    async fn read_log(&mut self, stack: &Stack, function: &'static str) -> anyhow::Result<()> {
        let client = aws_sdk_cloudwatchlogs::Client::new(&stack.aws);
        let group = format!("/aws/lambda/{STACK}-{function}");
        let ran = self.functions.entry(function).or_default();
        let mut lines = Vec::new();
        let mut token = None;
        loop {
            let page = client.filter_log_events().log_group_name(&group).set_next_token(token);
            let page = match page.send().await {
                Ok(page) => page,
                // It has not run since the last look.
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|e| e.is_resource_not_found_exception()) =>
                {
                    return Ok(());
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("read the log of {function}"));
                }
            };
            token = page.next_token;
            let events = page.events.unwrap_or_default().into_iter();
            lines.extend(events.filter_map(|event| event.message));
            if token.is_none() {
                break;
            }
        }
        for line in &lines {
            if let Some(told) = line.strip_prefix("REPORT ") {
                ran.invocations += 1;
                let ms = told.split("Duration: ").nth(1).and_then(|rest| rest.split(' ').next());
                ran.wall_ms += ms.and_then(|ms| ms.parse::<u64>().ok()).unwrap_or_default();
            } else if !line.starts_with("START ") && !line.starts_with("END ") {
                ran.lines += 1;
                ran.log_bytes += line.len() as u64 + LINE_EXTRA_BYTES;
            }
        }
        if !lines.is_empty() {
            client.delete_log_group().log_group_name(&group).send().await?;
        }
        Ok(())
    }
}

fn in_time(stack: &Stack, started: Instant, what: &str) -> anyhow::Result<()> {
    ensure!(started.elapsed() < PATIENCE, "{what}:\n{}", tail(&stack.emulator.log()));
    Ok(())
}

/// Takes off what something else took, so many times over.
fn subtract(count: &mut Count, other: &Count, times: u64) {
    let less = |from: &mut u64, by: u64| *from = from.saturating_sub(by * times);
    for (call, tally) in &mut count.calls {
        let Some(other) = other.calls.get(call) else { continue };
        less(&mut tally.calls, other.calls);
        less(&mut tally.refused, other.refused);
        less(&mut tally.failed, other.failed);
        less(&mut tally.sent_bytes, other.sent_bytes);
        less(&mut tally.received_bytes, other.received_bytes);
        tally.capacity = (tally.capacity - other.capacity * times as f64).max(0.0);
    }
    count.calls.retain(|_, tally| tally.calls > 0 || tally.capacity > 0.0);
    for (function, ran) in &mut count.functions {
        let other = other.ran(function);
        less(&mut ran.invocations, other.invocations);
        less(&mut ran.wall_ms, other.wall_ms);
        less(&mut ran.busy_ms, other.busy_ms);
        less(&mut ran.lines, other.lines);
        less(&mut ran.log_bytes, other.log_bytes);
    }
}

/// Takes out of the table what is kept of people and logs; how many bytes that was, and how many the
/// replies have that stay.
#[expect(
    clippy::disallowed_methods,
    reason = "the administrator of an emulator reads all there is"
)]
async fn empty(stack: &Stack) -> anyhow::Result<(u64, u64)> {
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    let table = stack.output("TableName")?;
    let mut pages = client.scan().table_name(table).into_paginator().send();
    let (mut gone, mut gone_bytes, mut reply_bytes) = (Vec::new(), 0, 0);
    while let Some(page) = pages.next().await {
        for mut item in page?.items.unwrap_or_default() {
            let Some(AttributeValue::S(pk)) = item.get("pk") else { continue };
            let is_call = pk.starts_with("CALL#");
            if !is_call && !EMPTIED.iter().any(|beginning| pk.starts_with(beginning)) {
                continue;
            }
            let bytes: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
            if is_call {
                reply_bytes += bytes as u64;
            } else {
                gone_bytes += bytes as u64;
                item.retain(|name, _| name == "pk" || name == "sk");
                let delete = DeleteRequest::builder().set_key(Some(item)).build()?;
                gone.push(WriteRequest::builder().delete_request(delete).build());
            }
        }
    }
    for batch in gone.chunks(25) {
        let left = client.batch_write_item().request_items(table, batch.to_vec()).send().await?;
        ensure!(left.unprocessed_items.is_none_or(|left| left.is_empty()), "the table kept some");
    }
    Ok((gone_bytes, reply_bytes))
}

fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(set) => set.iter().map(String::len).sum(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
        }
        _ => 1,
    }
}

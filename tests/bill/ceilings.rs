//! How fast the deployed stack is on this machine, each figure beside the emulator's own ceiling.
//!
//! The functions ask the local AWS, which is one Python process: whoever reads these must know which of
//! the two was at its limit. What the template's parameters allow on AWS is arithmetic: `docs/scale.md`.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::contact::State;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use local::stack::{SAMPLE_NOW, Stack};
use local::supplier::{Behaviour, Fault, Faults, People, SendFault};

use crate::count::{Counter, prepare};
use crate::extract::{PEOPLE, Wave};

/// How long the supplier takes to answer.
const ANSWERS_AFTER: Duration = Duration::from_millis(300);

/// How many writes, and how many runs of a function, the emulator is asked for at its fastest.
const WRITES: usize = 1_000;
const RUNS: usize = 60;

/// How many of those are under way at the same time.
const AT_ONCE: usize = 16;

/// What was measured.
pub(crate) struct Ceilings {
    writes_a_second: f64,
    runs_a_second: f64,
    logs: usize,
    logs_took: Duration,
    log_calls: u64,
    texts: usize,
    /// From the moment they were due and `dispatch` was woken to the supplier's yes, soonest first.
    accepted_after: Vec<Duration>,
    text_calls: u64,
}

/// Reads so many logs, then texts the callers of a thousand of them as fast as it goes.
///
/// # Errors
/// The stack failed.
pub(crate) async fn measure(logs: usize, tell: &dyn Fn(&str)) -> anyhow::Result<Ceilings> {
    let faults =
        Faults::none().chance(1_000, Fault::send(SendFault::AcceptThenDelay(ANSWERS_AFTER)));
    let behaviour = Behaviour {
        sending_after: Duration::from_secs(1),
        delivered_after: Duration::from_secs(1),
        smoke_numbers: false,
        retry_gap: Duration::from_secs(10),
        people: People::silent(),
        faults,
        ..Behaviour::default()
    };
    let stack = Stack::start_for_the_bill(SAMPLE_NOW, behaviour, tell).await?;
    prepare(&stack).await?;
    let mut counter = Counter::default();

    tell("asking the emulator alone");
    let writes_a_second = writes(&stack).await?;
    let runs_a_second = runs(&stack).await?;

    tell(&format!("reading {logs} logs"));
    let calls = |function: &str| -> anyhow::Result<u64> {
        let bill = stack.proxy()?.bill();
        let own = bill.iter().filter(|(call, _)| call.caller == function);
        Ok(own.map(|(_, tally)| tally.calls).sum())
    };
    let wave = Wave::of(logs, PEOPLE.min(logs), stack.clock.now());
    let (started, before) = (Instant::now(), calls("ingest")?);
    stack.upload(&wave.key, wave.extract.clone()).await?;
    counter.until_read(&stack).await?;
    let (logs_took, log_calls) = (started.elapsed(), calls("ingest")? - before);

    tell(&format!("texting {}", wave.contacts));
    let before = calls("send")? + calls("webhook")? + calls("feedback")?;
    let due_at = stack.clock.now();
    counter.until_quiet(&stack).await?;
    let text_calls = calls("send")? + calls("webhook")? + calls("feedback")? - before;
    let texts = stack.supplier.ledger().texts;
    let mut accepted_after = Vec::with_capacity(texts.len());
    for text in &texts {
        // The supplier has a text as soon as it is asked for it, and says so a little later.
        let after = text.created_at.duration_since(due_at);
        accepted_after.push(Duration::try_from(after).unwrap_or_default() + ANSWERS_AFTER);
    }
    accepted_after.sort_unstable();
    for contact in stack.contacts().await? {
        ensure!(contact.state != State::Unknown, "the supplier was too slow for somebody");
    }
    Ok(Ceilings {
        writes_a_second,
        runs_a_second,
        logs: wave.rows,
        logs_took,
        log_calls,
        texts: texts.len(),
        accepted_after,
        text_calls,
    })
}

impl Ceilings {
    /// The figures for a person.
    pub(crate) fn markdown(&self) -> anyhow::Result<String> {
        let mut page = String::new();
        let last = self.accepted_after.last().copied().context("nobody was texted")?;
        let at = |percent: usize| {
            let place = (self.accepted_after.len() * percent).div_ceil(100).max(1) - 1;
            self.accepted_after[place].as_secs_f64()
        };
        let a_second = |count: f64, took: Duration| count / took.as_secs_f64().max(0.001);
        let logs = a_second(self.logs as f64, self.logs_took);
        let texts = a_second(self.texts as f64, last);
        writeln!(page, "# How fast, on this machine\n")?;
        writeln!(
            page,
            "| what | measured | the emulator meanwhile | the emulator alone |\n|---|--:|--:|--:|"
        )?;
        writeln!(
            page,
            "| reading {} logs | {:.1} s: {logs:.0} logs a second | {:.0} calls a second | {:.0} writes a second |",
            self.logs,
            self.logs_took.as_secs_f64(),
            a_second(self.log_calls as f64, self.logs_took),
            self.writes_a_second,
        )?;
        writeln!(
            page,
            "| {} texts due at once, a supplier that answers in {} ms | {:.1} s: {:.0} texts a minute | {:.0} calls a second | {:.1} runs of a function a second |",
            self.texts,
            ANSWERS_AFTER.as_millis(),
            last.as_secs_f64(),
            texts * 60.0,
            a_second(self.text_calls as f64, last),
            self.runs_a_second,
        )?;
        writeln!(
            page,
            "| from due to accepted | half in {:.1} s, 95 % in {:.1} s, all in {:.1} s | | |",
            at(50),
            at(95),
            last.as_secs_f64(),
        )?;
        writeln!(
            page,
            "| a backlog of 20,000 at that pace | {:.0} minutes, by arithmetic | | |",
            20_000.0 / texts / 60.0
        )?;
        Ok(page)
    }
}

/// Writes a second that the emulator takes from an administrator, in nobody's way.
async fn writes(stack: &Stack) -> anyhow::Result<f64> {
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    let table = stack.output("TableName")?;
    let text = |text: String| AttributeValue::S(text);
    let started = Instant::now();
    stream::iter(0..WRITES)
        .map(|number| {
            let put = client.put_item().table_name(table);
            let put = put.item("pk", text(format!("NUMBER#{number}")));
            put.item("sk", text("x".repeat(700))).send()
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await
        .context("write to the emulator")?;
    Ok(WRITES as f64 / started.elapsed().as_secs_f64())
}

/// Runs a second of a function that has next to nothing to do.
async fn runs(stack: &Stack) -> anyhow::Result<f64> {
    stack.invoke("dispatch", "{}").await?;
    let started = Instant::now();
    stream::iter(0..RUNS)
        .map(|_| stack.invoke("dispatch", "{}"))
        .buffer_unordered(4)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(RUNS as f64 / started.elapsed().as_secs_f64())
}

//! Fault runs: the deployed template with the real binaries on the worst of days, held to account.
//!
//! The stand-in supplier takes texts and does not say so, says so twice, early, late or in the wrong
//! order; functions are killed at any moment; queues repeat their messages and the bucket its files.
//! At the end the supplier's ledger, which knows what was truly sent, is held against the table.
//!
//! Nothing waits for hours to pass: whenever all has come to rest, everybody's clock is moved on to
//! when something is next due. The send queue and the inbound queue bring failed messages back after
//! [`VISIBILITY`] and not after three minutes. That is sound, because a repeated message may come at
//! any time by SQS's own rules, and harder on us, because it comes while the claim is still held.
//!
//! It deliberately does not: fail the table or the bucket, which `tests/story` does call by call;
//! kill the emulator; or prove anything about AWS itself.

mod chaos;
pub mod extract;
mod oracle;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::contact::{Contact, State};
use jiff::{SignedDuration, Timestamp};

use self::chaos::{Chaos, Dice};
use self::extract::Wave;
pub use self::oracle::Findings;
use crate::emulator::{root, tail};
use crate::stack::{SAMPLE_NOW, STACK, Stack, program, sample};
use crate::supplier::{Behaviour, Delivery, Fault, Faults, ReceiptFault, SendFault};

/// How many texts in a thousand the supplier fails to hand over, and does not charge.
const TECHNICAL_FAILURES_PER_THOUSAND: u16 = 20;

/// How long a failed message stays out of sight in these runs.
const VISIBILITY: Duration = Duration::from_secs(5);

/// How long anything may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(600);

/// How far the clock moves in a round: past the lease, and past every wait of `reconcile` and
/// `dispatch` that is counted in minutes.
const ROUND: SignedDuration = SignedDuration::from_mins(20);

/// In how many rounds of each wave functions are killed; then what they left must settle.
const WILD_ROUNDS: u32 = 3;

/// How many rounds every contact of a wave must have settled after.
const ROUNDS: u32 = 30;

/// How long people rest between two texts in these runs' campaign, and a little more.
const REST: SignedDuration = SignedDuration::from_hours(7 * 24 + 1);

/// Who sends the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Our own `send`.
    Ours,
    /// What is written in a week: it tries again until it hears a yes.
    Naive,
}

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// What all chance comes from.
    pub seed: u64,
    /// How many contacts; a thousand people at a time, because there are no more drama numbers.
    pub contacts: usize,
    /// Who sends the texts.
    pub sender: Sender,
}

impl Run {
    /// Plays the run to its end and says what became of everybody.
    ///
    /// # Errors
    /// The stack failed; whatever is wrong with the contacts is in the findings.
    pub async fn play(self, tell: &dyn Fn(&str)) -> anyhow::Result<Findings> {
        ensure!((1..=3 * extract::PEOPLE).contains(&self.contacts), "1 to 3,000 contacts, please");
        let started = Instant::now();
        let mut stack = Stack::start_seeded(self.seed, SAMPLE_NOW, behaviour(), tell).await?;
        around_the_clock(&stack, VISIBILITY).await?;
        if self.sender == Sender::Naive {
            replace_send(&stack).await?;
        }
        let mut chaos = Chaos::new(Dice::new(self.seed));
        let (mut planned, mut rounds) = (Vec::new(), 0);
        while planned.len() < self.contacts {
            if !planned.is_empty() {
                stack.move_clock(REST).await.context("let people rest")?;
            }
            let size = extract::PEOPLE.min(self.contacts - planned.len());
            let wave = Wave::new(planned.len(), size, stack.clock.now());
            planned.extend(wave.logs.iter().cloned());
            tell(&format!("landing {size} logs"));
            land(&stack, &wave, &mut chaos).await?;
            rounds += Box::pin(settle(&mut stack, &wave, &mut chaos, tell)).await?;
        }
        let mut findings = oracle::look(&stack, &planned).await?;
        findings.seed = self.seed;
        findings.rounds = rounds;
        findings.kills = chaos.kills;
        findings.repeats = chaos.repeats;
        findings.took = started.elapsed();
        if !findings.hold() && self.sender == Sender::Ours {
            let log = root().join(format!("target/faults-{}.log", self.seed));
            std::fs::copy(stack.emulator.log(), &log).context("keep the log")?;
            findings.log = Some(log);
        }
        Ok(findings)
    }
}

/// The supplier's worst day: what goes wrong in a thousand sends. Where a yes was not heard, half
/// the receipts are lost too, so that nobody but `reconcile` can find out.
fn behaviour() -> Behaviour {
    let past_the_timeout = Duration::from_secs(12);
    let slow = Duration::from_millis(1_500);
    let unheard =
        |send| [Fault::send(send), Fault { send, receipt: ReceiptFault::Lost, ..Fault::default() }];
    let mut faults = Faults::none().lookups_failing(50);
    for (per_thousand, send) in [
        (4, SendFault::DelayThenAccept(past_the_timeout)),
        (5, SendFault::AcceptThenDelay(past_the_timeout)),
        (20, SendFault::AcceptThenDelay(slow)),
        (20, SendFault::AcceptThenReset),
        (15, SendFault::AcceptThen500),
        (12, SendFault::AcceptThen504),
        (10, SendFault::Garbage200),
        (10, SendFault::Garbage201),
    ] {
        for fault in unheard(send) {
            faults = faults.chance(per_thousand, fault);
        }
    }
    for (per_thousand, fault) in [
        (15, Fault::send(SendFault::DelayThenAccept(slow))),
        (25, Fault::send(SendFault::ResetUnaccepted)),
        (20, Fault::send(SendFault::RateLimited)),
        (5, Fault::send(SendFault::DailyLimit)),
        (20, Fault::send(SendFault::Error500)),
        (20, Fault::send(SendFault::Error503)),
        (20, Fault::delivery(Delivery::PermanentFailure)),
        (20, Fault::delivery(Delivery::TemporaryFailure)),
        (TECHNICAL_FAILURES_PER_THOUSAND, Fault::delivery(Delivery::TechnicalFailure)),
        (40, Fault::receipt(ReceiptFault::Duplicated(3))),
        (40, Fault::receipt(ReceiptFault::BeforeResponse)),
        (40, Fault::receipt(ReceiptFault::OutOfOrder)),
        (40, Fault::receipt(ReceiptFault::Lost)),
        (40, Fault::receipt(ReceiptFault::DelayedBy(Duration::from_secs(3)))),
    ] {
        faults = faults.chance(per_thousand, fault);
    }
    Behaviour {
        sending_after: Duration::from_millis(50),
        delivered_after: Duration::from_millis(200),
        retry_gap: Duration::from_secs(1),
        // It would take texts to three of the numbers and deny them afterwards, as its double does.
        smoke_numbers: false,
        faults,
        ..Behaviour::default()
    }
}

/// Opens the campaign around the clock and shortens the queues' patience.
///
/// # Errors
/// The table's, or the queues'.
pub async fn around_the_clock(stack: &Stack, visibility: Duration) -> anyhow::Result<()> {
    let mut campaign = String::from_utf8(sample("infra/campaigns/highways.toml")?)?;
    for (line, instead) in [
        ("from = \"09:00\"", "from = \"00:05\""),
        ("until = \"20:00\"", "until = \"23:55\""),
        ("\"fri\", \"sat\"]", "\"fri\", \"sat\", \"sun\"]"),
        ("rest_days = 30", "rest_days = 7"),
        ("cap_pounds_a_month = 40", "cap_pounds_a_month = 4000"),
    ] {
        ensure!(campaign.contains(line), "the campaign no longer says {line}");
        campaign = campaign.replace(line, instead);
    }
    // Past `aftercall publish`, which would not let it text at midnight.
    stack.put_in_force(&toml::from_str(&campaign)?).await?;
    hide_failed_for(stack, visibility).await
}

/// Says how long a failed message stays out of sight on the two queues.
///
/// # Errors
/// The queues'.
pub async fn hide_failed_for(stack: &Stack, visibility: Duration) -> anyhow::Result<()> {
    for queue in ["SendQueueUrl", "InboundQueueUrl"] {
        aws_sdk_sqs::Client::new(&stack.aws)
            .set_queue_attributes()
            .queue_url(stack.output(queue)?)
            .attributes(QueueAttributeName::VisibilityTimeout, visibility.as_secs().to_string())
            .send()
            .await
            .with_context(|| format!("shorten {queue}"))?;
    }
    Ok(())
}

/// Puts the naive sender where `send` was: the same queue, role and environment.
async fn replace_send(stack: &Stack) -> anyhow::Result<()> {
    let package = stack.emulator.scratch().join("naive.zip");
    // The deployment tools' own Python, since a package is all that is wanted of a zip.
    let zipped = tokio::process::Command::new(root().join(".venv/deploy/bin/python"))
        .args(["-m", "zipfile", "-c"])
        .args([&package, &program("naive")?])
        .status()
        .await
        .context("make a package of the naive sender")?;
    ensure!(zipped.success(), "the naive sender could not be made a package");
    aws_sdk_lambda::Client::new(&stack.aws)
        .update_function_code()
        .function_name(format!("{STACK}-send"))
        .zip_file(Blob::new(std::fs::read(&package)?))
        .send()
        .await
        .context("put the naive sender in")?;
    Ok(())
}

/// Lands a wave's extract; `ingest` is killed once while it reads, and S3 wakes it again.
async fn land(stack: &Stack, wave: &Wave, chaos: &mut Chaos) -> anyhow::Result<()> {
    stack.upload(&wave.key, wave.extract.clone()).await?;
    chaos.kill_one(stack, "ingest").await?;
    let started = Instant::now();
    loop {
        let contacts = wave.own(stack.contacts().await?);
        if contacts.len() >= wave.logs.len() {
            return Ok(());
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{} of {} contacts were planned\n{}",
            contacts.len(),
            wave.logs.len(),
            tail(&stack.emulator.log())
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Goes on until every contact of the wave has settled or too long; how many rounds it took.
async fn settle(
    stack: &mut Stack,
    wave: &Wave,
    chaos: &mut Chaos,
    tell: &dyn Fn(&str),
) -> anyhow::Result<u32> {
    for round in 0..ROUNDS {
        if round > 0 {
            let mut open = wave.own(stack.contacts().await?);
            open.retain(|contact| !is_settled(contact));
            if open.is_empty() {
                return Ok(round);
            }
            let by = until_something_is_due(&open, stack.clock.now());
            tell(&format!("{} contacts are open: {} later", open.len(), words(by)));
            stack.move_clock(by).await?;
        }
        if round < WILD_ROUNDS {
            chaos.rage(stack, wave, round == 0, Box::pin(pass(stack))).await?;
            // What was repeated after the work was done.
            rest(stack).await?;
        } else {
            pass(stack).await?;
        }
    }
    Ok(ROUNDS)
}

/// What the schedules would do by now, and all that comes of it.
async fn pass(stack: &Stack) -> anyhow::Result<()> {
    // Once to conclude that a claim lapsed, and once more to ask the supplier about it. One that
    // is killed is not repeated: the next round is its next run.
    for function in ["reconcile", "reconcile", "dispatch"] {
        stack.invoke(function, "{}").await.ok();
    }
    rest(stack).await
}

/// Waits until the queues are empty, the supplier has said everything and nobody is due.
async fn rest(stack: &Stack) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let is_quiet = stack.supplier.is_settled()
            && stack.waiting("SendQueueUrl").await? == 0
            && stack.waiting("InboundQueueUrl").await? == 0;
        if is_quiet {
            let now = stack.clock.now();
            let is_due =
                |contact: &Contact| contact.state == State::Planned && contact.due_at <= now;
            if !stack.contacts().await?.iter().any(is_due) {
                return Ok(());
            }
            // It was killed before it came to them.
            stack.invoke("dispatch", "{}").await.ok();
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "nothing came to rest in {PATIENCE:?}\n{}",
            tail(&stack.emulator.log())
        );
        // Not waiting for time to pass, but asking again whether the world has moved.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Whether nothing more will happen to a contact by itself.
fn is_settled(contact: &Contact) -> bool {
    match contact.state {
        State::Delivered
        | State::Undelivered
        | State::Refused
        | State::Parked
        | State::Cancelled
        | State::Control => true,
        State::Planned | State::Queued | State::Claimed | State::Accepted | State::Unknown => false,
    }
}

/// A round; or, when all that is left waits for a later time, as long as that is away.
fn until_something_is_due(open: &[Contact], now: Timestamp) -> SignedDuration {
    let due = |contact: &Contact| match contact.state {
        State::Planned => contact.due_at.duration_since(now) + SignedDuration::from_mins(1),
        _ => ROUND,
    };
    open.iter().map(due).min().map_or(ROUND, |soonest| soonest.max(ROUND))
}

fn words(by: SignedDuration) -> String {
    let minutes = by.as_mins();
    if minutes < 90 { format!("{minutes} minutes") } else { format!("{} hours", minutes / 60) }
}

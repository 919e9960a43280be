//! What goes wrong on our own side: functions that die, and queues and buckets that repeat themselves.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::contact::{ContactId, Receipt};
use domain::messages::{InboundMessage, SendMessage};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use super::extract::Wave;
use crate::processes;
use crate::stack::Stack;
use crate::supplier::{Status, Text};

/// Whom a blow falls on: most often on the one who texts.
const TARGETS: [(&str, u64); 5] =
    [("send", 12), ("feedback", 3), ("reconcile", 3), ("dispatch", 2), ("webhook", 2)];

/// All but one in so many of the blows on `send` are aimed: all that send die when the supplier has
/// taken a text and not yet said so.
const UNAIMED: u64 = 4;

/// The time between two blows, and between two repeats, in milliseconds.
const BLOWS: (u64, u64) = (150, 1_200);
const REPEATS: (u64, u64) = (100, 400);

/// What was done, and the chance it comes from.
pub(super) struct Chaos {
    dice: Dice,
    /// Processes killed, by function.
    pub(super) kills: BTreeMap<&'static str, u64>,
    /// Messages put on a queue that had been there before.
    pub(super) repeats: u64,
}

impl Chaos {
    pub(super) fn new(dice: Dice) -> Self {
        Self { dice, kills: BTreeMap::new(), repeats: 0 }
    }

    /// Kills functions until the work is done; where it is asked to, messages and the extract come
    /// again while it is going on.
    pub(super) async fn rage(
        &mut self,
        stack: &Stack,
        wave: &Wave,
        repeating: bool,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        let (mut blows, mut echoes) = (self.dice.fork(), self.dice.fork());
        let mut kills = BTreeMap::new();
        let mut repeats = 0;
        // The first blow falls at a yes for certain: texts are under way in the round that repeats.
        let mut first = 0;
        let working = async {
            if repeating {
                let repeated = repeat(stack, wave, &mut echoes, &mut repeats);
                let struck = strike_at_a_yes(stack, super::PATIENCE);
                let (repeated, struck, worked) = tokio::join!(repeated, struck, work);
                repeated?;
                first = struck?.context("no text was taken that nothing goes wrong with")?;
                worked
            } else {
                work.await
            }
        };
        let ended = tokio::select! {
            ended = working => ended,
            failed = kill(stack, &mut blows, &mut kills) => failed,
        };
        *kills.entry("send").or_default() += first;
        for (function, count) in kills {
            *self.kills.entry(function).or_default() += count;
        }
        self.repeats += repeats;
        ended
    }

    /// Kills the next process of this function as soon as there is one.
    pub(super) async fn kill_one(
        &mut self,
        stack: &Stack,
        function: &'static str,
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            if let Some(process) = processes(stack, function).first() {
                end(&[*process])?;
                *self.kills.entry(function).or_default() += 1;
                return Ok(());
            }
            if started.elapsed() > super::PATIENCE {
                bail!("{function} never started");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Kills for ever: returns only when it cannot.
async fn kill(
    stack: &Stack,
    dice: &mut Dice,
    kills: &mut BTreeMap<&'static str, u64>,
) -> anyhow::Result<()> {
    let all: u64 = TARGETS.iter().map(|(_, weight)| weight).sum();
    loop {
        dice.pause(BLOWS).await;
        let mut throw = dice.below(all);
        for (function, weight) in TARGETS {
            if throw < weight {
                let aimed = if function == "send" && dice.below(UNAIMED) > 0 {
                    strike_at_a_yes(stack, Duration::from_millis(BLOWS.1)).await?
                } else {
                    None
                };
                let fallen = match aimed {
                    Some(fallen) => fallen,
                    None => end(dice.pick(&processes(stack, function)).copied().as_slice())?,
                };
                *kills.entry(function).or_default() += fallen;
                break;
            }
            throw -= weight;
        }
    }
}

/// Kills all that send once the supplier has taken a text, whose yes is kept back until they are dead;
/// how many they were, or none if no text was taken in that time.
async fn strike_at_a_yes(stack: &Stack, most: Duration) -> anyhow::Result<Option<u64>> {
    match tokio::time::timeout(most, stack.supplier.keep_a_yes_back()).await {
        Ok(_kept) => end(&processes(stack, "send")).map(Some),
        Err(_) => Ok(None),
    }
}

/// The processes of a function of this stack.
fn processes(stack: &Stack, function: &str) -> Vec<u32> {
    processes::of(stack, function).into_iter().map(|process| process.id).collect()
}

/// As `kill -9` does: no handler runs, no answer is given; how many it fell on. One that has ended
/// already is no matter.
fn end(processes: &[u32]) -> anyhow::Result<u64> {
    for process in processes {
        let process = i32::try_from(*process).ok().and_then(Pid::from_raw);
        match kill_process(process.context("a process has a number")?, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(error).context("kill a process"),
        }
    }
    Ok(processes.len() as u64)
}

/// Repeats a quarter of the ids, true receipts, and the extract itself.
async fn repeat(
    stack: &Stack,
    wave: &Wave,
    dice: &mut Dice,
    repeats: &mut u64,
) -> anyhow::Result<()> {
    let contacts = wave.own(stack.contacts().await?);
    let ids: Vec<ContactId> = contacts.into_iter().map(|contact| contact.id).collect();
    let batches = ids.len().div_ceil(40);
    for batch in 0..batches {
        dice.pause(REPEATS).await;
        let mut bodies = Vec::new();
        for _ in 0..10 {
            let contact = dice.pick(&ids).context("nobody is planned")?.clone();
            bodies.push(serde_json::to_string(&SendMessage::ContactV1 { contact })?);
        }
        *repeats += put(stack, "SendQueueUrl", bodies).await?;
        let texts = stack.supplier.ledger().texts;
        let mut bodies = Vec::new();
        for _ in 0..3 {
            if let Some(message) = dice.pick(&texts).and_then(receipt) {
                bodies.push(serde_json::to_string(&message)?);
            }
        }
        *repeats += put(stack, "InboundQueueUrl", bodies).await?;
        if batch == batches / 2 {
            stack.upload(&wave.key, wave.extract.clone()).await?;
        }
    }
    Ok(())
}

/// What `webhook` queued, or will, when the supplier told what became of this text.
fn receipt(text: &Text) -> Option<InboundMessage> {
    let receipt = match text.status {
        Status::Created | Status::Sending => return None,
        Status::Delivered => Receipt::Delivered,
        Status::PermanentFailure => Receipt::Permanent,
        Status::TemporaryFailure => Receipt::Temporary,
        Status::TechnicalFailure => Receipt::Technical,
    };
    Some(InboundMessage::ReceiptV1 {
        supplier: "notify".to_owned(),
        contact: ContactId::parse(text.reference.as_deref()?)?,
        receipt,
        at: text.completed_at?,
    })
}

async fn put(stack: &Stack, queue: &str, bodies: Vec<String>) -> anyhow::Result<u64> {
    let mut entries = Vec::new();
    for (place, body) in bodies.into_iter().enumerate() {
        let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
        entries.push(entry.message_body(body).build()?);
    }
    let count = entries.len() as u64;
    if count > 0 {
        aws_sdk_sqs::Client::new(&stack.aws)
            .send_message_batch()
            .queue_url(stack.output(queue)?)
            .set_entries(Some(entries))
            .send()
            .await
            .with_context(|| format!("repeat messages on {queue}"))?;
    }
    Ok(count)
}

/// Chance that comes out the same for one seed (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own, so that one hand's throws do not depend on how often another throws.
    fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, sides: u64) -> u64 {
        self.next() % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = usize::try_from(self.below(from.len() as u64)).ok()?;
        from.get(place)
    }

    /// Lets a random time pass: when a blow falls is chance itself, not a wait for something.
    async fn pause(&mut self, (least, most): (u64, u64)) {
        let pause = least + self.below(most - least);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

//! `make pace`, a part of `make bench`: how long a text that is due waits for the supplier's yes, at
//! Notify's own pace.
//!
//! The `send` of a release, as many processes as `SendConcurrency` lets AWS start, take batches from
//! one queue; the supplier answers after 300 ms, and the table and the queue are not what is measured.
//! It deliberately does not: measure AWS, whose table takes longer than one on loopback; or what
//! stands before the queue: a contact is queued by the run of `dispatch` after it is due.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;
use tokio::sync::Mutex;

use crate::functions::{self, Function};
use crate::process::{self, Running};
use crate::{Bench, FOLDER, machine, seed};

/// What GOV.UK Notify takes: 3,000 texts a minute.
const PER_SECOND: u32 = 50;

/// How many batches are texted at once: the template's default, and more.
const CONCURRENCIES: [usize; 4] = [2, 4, 8, 16];

/// How the texts come to be due, and in how many milliseconds the supplier answers: as it usually does,
/// and as on a bad day.
const MORNINGS: [(Due, u64); 3] = [(Due::AtThePace, 300), (Due::AtOnce, 300), (Due::AtOnce, 1_000)];

/// How the texts come to be due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// One after the other, 3,000 a minute.
    AtThePace,
    /// All at the same moment, as at 09:00.
    AtOnce,
}

/// Measures each, and prints the table and writes it to `pace.md` and `pace.json`.
pub(crate) async fn measure(binaries: &Path) -> anyhow::Result<()> {
    let bench = Bench::open(seed::A_MORNING).await?;
    let binaries = std::path::absolute(binaries)?;
    let mut page = format!(
        "{} texts to each line, of a supplier that takes {PER_SECOND} a second\n\n\
         | due | it answers in, ms | `SendConcurrency` | half accepted after, s | 95 % | all | a second | texts in a batch |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
        bench.contacts().len(),
    );
    let mut told = Vec::new();
    for (due, ms) in MORNINGS {
        let answers_after = Duration::from_millis(ms);
        bench.cloud.answer_texts_after(answers_after);
        for concurrency in CONCURRENCIES {
            let words = match due {
                Due::AtThePace => "3,000 a minute",
                Due::AtOnce => "at once",
            };
            eprintln!("due {words}, answered in {ms} ms, {concurrency} at once");
            let found = morning(&bench, &binaries, (due, answers_after), concurrency).await?;
            let (half, most, all) = (found.after(50), found.after(95), found.after(100));
            writeln!(
                page,
                "| {words} | {ms} | {concurrency} | {half:.2} | {most:.2} | {all:.2} | {:.1} | {:.1} |",
                found.a_second(),
                found.in_a_batch(),
            )?;
            told.push(json!({
                "due": words, "answered_in_ms": ms, "send_concurrency": concurrency,
                "texts": found.waited.len(),
                "seconds_to_half": half, "seconds_to_95_percent": most, "seconds_to_all": all,
                "texts_a_second": found.a_second(), "texts_in_a_batch": found.in_a_batch(),
            }));
        }
    }
    println!("{page}");
    std::fs::write(format!("{FOLDER}/pace.md"), &page)?;
    let told = json!({ "machine": machine(), "mornings": told });
    std::fs::write(format!("{FOLDER}/pace.json"), serde_json::to_vec_pretty(&told)?)?;
    println!("All figures: {FOLDER}/pace.md and {FOLDER}/pace.json");
    Ok(())
}

/// What was seen of a morning.
struct Morning {
    /// From due to accepted, the shortest first.
    waited: Vec<Duration>,
    /// From when the first was due until the last was accepted.
    took: Duration,
    batches: usize,
}

impl Morning {
    /// After how many seconds so many in a hundred were accepted.
    fn after(&self, percent: usize) -> f64 {
        let place = (self.waited.len() * percent).div_ceil(100).max(1) - 1;
        self.waited.get(place).copied().unwrap_or_default().as_secs_f64()
    }

    fn a_second(&self) -> f64 {
        self.waited.len() as f64 / self.took.as_secs_f64()
    }

    fn in_a_batch(&self) -> f64 {
        self.waited.len() as f64 / self.batches.max(1) as f64
    }
}

/// A contact that waits on the queue from some moment on.
struct Waiting {
    contact: String,
    due: Instant,
}

/// Texts everybody once.
async fn morning(
    bench: &Bench,
    binaries: &Path,
    (due, answers_after): (Due, Duration),
    concurrency: usize,
) -> anyhow::Result<Morning> {
    bench.cloud.lay_out();
    bench.cloud.take_accepted();
    let send = functions::at_pace(binaries, concurrency, PER_SECOND)?;
    let place = bench.place();
    let mut senders = Vec::with_capacity(concurrency);
    for _ in 0..concurrency {
        senders.push(process::start(&place, &send, &[]).await?);
    }
    let begun = Instant::now();
    let waiting: VecDeque<Waiting> = (0..)
        .zip(bench.contacts())
        .map(|(turn, contact)| {
            let later = match due {
                Due::AtThePace => Duration::from_secs(1) * turn / PER_SECOND,
                Due::AtOnce => Duration::ZERO,
            };
            Waiting { contact: contact.clone(), due: begun + later }
        })
        .collect();
    let due_at: Vec<_> = waiting.iter().map(|one| (one.contact.clone(), one.due)).collect();
    let queue = Mutex::new(waiting);
    let polling = senders.iter_mut().map(|sender| poll(&queue, sender, &send));
    let batches: usize = futures_util::future::try_join_all(polling).await?.into_iter().sum();
    for sender in senders {
        sender.end().await?;
    }
    let accepted = bench.cloud.take_accepted();
    let refused = bench.cloud.refused();
    ensure!(refused.is_empty(), "asked and not known here: {refused:?}");
    let mut waited = Vec::with_capacity(due_at.len());
    for (contact, due) in &due_at {
        let taken = accepted.get(contact).map_or(&[][..], Vec::as_slice);
        let [taken] = taken else { anyhow::bail!("{contact} was texted {} times", taken.len()) };
        waited.push(*taken + answers_after - *due);
    }
    waited.sort_unstable();
    let last = accepted.values().flatten().max().copied().unwrap_or(begun);
    Ok(Morning { waited, took: last + answers_after - begun, batches })
}

/// Gives one process batches of what is due, as Lambda's poller does, until nobody waits any more;
/// how many there were.
async fn poll(
    queue: &Mutex<VecDeque<Waiting>>,
    sender: &mut Running<'_>,
    send: &Function,
) -> anyhow::Result<usize> {
    let mut batches = 0;
    loop {
        let mut batch = Vec::new();
        {
            // Held while it waits for somebody to be due: the pollers behind would wait for the same.
            let mut queue = queue.lock().await;
            let Some(next) = queue.front() else { return Ok(batches) };
            tokio::time::sleep_until(next.due.into()).await;
            let now = Instant::now();
            while batch.len() < seed::BATCH
                && let Some(one) = queue.pop_front_if(|one| one.due <= now)
            {
                batch.push(one.contact);
            }
        }
        let answer = sender.invoke(&functions::to_send(&batch)?).await?;
        let failed = answer["batchItemFailures"].as_array().is_none_or(|failed| !failed.is_empty());
        ensure!(!failed, "{} could not text {batch:?}: {answer}", send.name);
        batches += 1;
    }
}

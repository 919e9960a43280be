//! How well and how fast replies are read.
//!
//! A file that was learnt from is read by weights that were learnt from all other hands; a file that is held
//! back, where there is one, by the reader's own. Beside the sentiment stands what VADER makes of
//! the same words, which is what most would take. With `--write` the tables go into the manual.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};
use domain::reply::model::Weights;
use domain::reply::{CLASSES, Class, Reading, read};
use domain::sentiment::Sentiment;
use replies::cross::Cross;
use replies::data::{File, Labelled, held, tuned};
use replies::learn::{Lesson, PLAN};
use replies::measure::{Tally, macro_f1};
use serde_json::{Value, json};
use vader_sentimental::SentimentIntensityAnalyzer;

/// The page that has the tables.
const PAGE: &str = "../../docs/replies.md";

/// What stands around them.
const MARKS: (&str, &str) = ("<!-- measured: make exam -->\n", "<!-- end of measured -->\n");

/// How often the replies are read to find how fast that is.
const ROUNDS: usize = 20;

/// What a campaign's replies are taken to be, of a thousand: our rows have far more danger than life.
const LIFE: [(Class, f64); 13] = [
    (Class::Emergency, 3.0),
    (Class::IncidentReport, 12.0),
    (Class::StillThere, 30.0),
    (Class::Complaint, 40.0),
    (Class::Intelligence, 5.0),
    (Class::HighwaysReferral, 20.0),
    (Class::WrongPerson, 30.0),
    (Class::PraiseStaff, 80.0),
    (Class::Question, 40.0),
    (Class::Feedback, 675.0),
    (Class::OptOut, 45.0),
    (Class::OptIn, 2.0),
    (Class::Unclear, 18.0),
];

/// Replies a day: 4,000 texts in six months, of which a quarter is answered.
const A_DAY: f64 = 4_000.0 * 0.25 / 182.0;

/// A file, read.
struct Part<'a> {
    name: &'a str,
    role: &'static str,
    readings: Vec<(&'a Labelled, Reading)>,
}

impl Part<'_> {
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.readings.iter().for_each(|(reply, reading)| tally.add(reply, reading));
        tally
    }
}

/// Prints all figures, and writes them into the manual where that is wanted.
pub(crate) fn measure(write: bool) -> anyhow::Result<()> {
    let (tuned, held) = (tuned()?, held()?);
    let put = |file: &File| file.replies.iter().map(Lesson::of).collect();
    let lessons: Vec<Vec<Lesson>> = tuned.iter().map(put).collect();
    let cross = Cross::of(&tuned, &lessons, PLAN);
    let mut parts = Vec::new();
    for (at, file) in tuned.iter().enumerate() {
        let readings = cross.readings(at, &file.replies);
        parts.push(Part { name: &file.name, role: "tuned", readings });
    }
    for file in &held {
        let readings = file.replies.iter().map(|reply| (reply, read(&reply.text))).collect();
        parts.push(Part { name: &file.name, role: "held", readings });
    }
    let told = child()?;
    let page = page(&parts, &told)?;
    println!("\n{page}");
    if write {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        let kept = std::fs::read_to_string(&path)?;
        let (before, rest) = kept.split_once(MARKS.0).context("no place for the tables")?;
        let (_, after) = rest.split_once(MARKS.1).context("no end of the tables")?;
        std::fs::write(path, format!("{before}{}{page}{}{after}", MARKS.0, MARKS.1))?;
    }
    Ok(())
}

fn page(parts: &[Part<'_>], told: &Value) -> anyhow::Result<String> {
    let mut page = String::new();
    let vader = SentimentIntensityAnalyzer::new();
    writeln!(
        page,
        "| file | role | replies | class F1 | sentiment F1 | VADER | danger found | right | stop found | right | scores |"
    )?;
    writeln!(page, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    let mut rows: Vec<(String, &str, Vec<&Part<'_>>)> =
        parts.iter().map(|part| (part.name.to_owned(), part.role, vec![part])).collect();
    for role in ["tuned", "held"] {
        let all: Vec<&Part<'_>> = parts.iter().filter(|part| part.role == role).collect();
        if all.len() > 1 {
            rows.push((format!("all {role}"), role, all));
        }
    }
    for (name, role, parts) in &rows {
        let mut tally = Tally::default();
        parts.iter().for_each(|part| tally.add_all(&part.tally()));
        let (danger, stops) = (tally.emergencies(), tally.stops());
        writeln!(
            page,
            "| {name} | {role} | {} | {:.3} | {:.3} | {:.3} | {} | {} | {} | {} | {} |",
            tally.replies(),
            tally.class_f1(),
            tally.sentiment_f1(),
            by_vader(&vader, parts),
            percent(danger.recall),
            percent(danger.precision),
            percent(stops.recall),
            percent(stops.precision),
            percent(tally.scores_right()),
        )?;
    }
    speed(&mut page, told)?;
    let shown = if parts.iter().any(|part| part.role == "held") { "held" } else { "tuned" };
    let shown: Vec<&Part<'_>> = parts.iter().filter(|part| part.role == shown).collect();
    workload(&mut page, &shown)?;
    confusion(&mut page, &shown)?;
    misses(&mut page, &shown)?;
    Ok(page)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// The macro-F1 of the sentiments that plain VADER gives, which knows no mixed one.
fn by_vader(vader: &SentimentIntensityAnalyzer<'_>, parts: &[&Part<'_>]) -> f64 {
    let replies = parts.iter().flat_map(|part| &part.readings).map(|(reply, _)| *reply);
    let pairs: Vec<(Sentiment, Sentiment)> = replies
        .map(|reply| {
            let compound = vader.polarity_scores(&reply.text).compound;
            let judged = match compound {
                0.05.. => Sentiment::Positive,
                ..=-0.05 => Sentiment::Negative,
                _ => Sentiment::Neutral,
            };
            (reply.sentiment, judged)
        })
        .collect();
    macro_f1(&pairs, &domain::reply::SENTIMENTS)
}

fn speed(page: &mut String, told: &Value) -> anyhow::Result<()> {
    let figure = |name: &str| told.get(name).and_then(Value::as_f64).unwrap_or_default();
    writeln!(
        page,
        "\n{:.0} replies a second on one core, {:.1} µs each; the first reply, with all that is made \
        once, takes {:.2} ms. The weights are {:.2} MB, and the process that reads never has more than \
        {:.1} MB.",
        figure("replies_per_second"),
        1e6 / figure("replies_per_second"),
        figure("first_ms"),
        Weights::own().size() as f64 / 1e6,
        figure("peak_kib") / 1024.0,
    )?;
    Ok(())
}

/// How many replies a day are taken for danger, if replies are as we suppose.
fn workload(page: &mut String, parts: &[&Part<'_>]) -> anyhow::Result<()> {
    let mut flagged = BTreeMap::<Class, (f64, f64)>::new();
    for (reply, reading) in parts.iter().flat_map(|part| &part.readings) {
        let (all, danger) = flagged.entry(reply.class).or_default();
        *all += 1.0;
        *danger += f64::from(u8::from(reading.class == Class::Emergency));
    }
    let of_a_thousand: f64 = LIFE
        .iter()
        .map(|(class, share)| {
            let (all, danger) = flagged.get(class).copied().unwrap_or((1.0, 0.0));
            share * danger / all
        })
        .sum();
    writeln!(
        page,
        "\nOf 4,000 texts in six months a quarter is answered: {A_DAY:.1} replies a day. If of a thousand \
         {}, then {:.0} of a thousand are taken for danger, and a person reads {:.1} a day at once.",
        LIFE.iter()
            .map(|(class, share)| format!("{share:.0} are {}", class.as_str()))
            .collect::<Vec<_>>()
            .join(", "),
        of_a_thousand,
        of_a_thousand / 1000.0 * A_DAY,
    )?;
    Ok(())
}

fn confusion(page: &mut String, parts: &[&Part<'_>]) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    parts.iter().for_each(|part| tally.add_all(&part.tally()));
    writeln!(page, "\nWhat was meant, by rows, and what was read, by columns:\n")?;
    write!(page, "| |")?;
    for (_, name) in CLASSES {
        write!(page, " {name} |")?;
    }
    writeln!(page, "\n|---|{}", "---:|".repeat(CLASSES.len()))?;
    for (meant, name) in CLASSES {
        write!(page, "| {name} |")?;
        for (read, _) in CLASSES {
            match tally.read_as(meant, read) {
                0 => write!(page, " |")?,
                some => write!(page, " {some} |")?,
            }
        }
        writeln!(page)?;
    }
    Ok(())
}

/// Every held reply whose class was missed, danger first; of the many tuned ones only missed danger.
fn misses(page: &mut String, parts: &[&Part<'_>]) -> anyhow::Result<()> {
    let held = parts.iter().any(|part| part.role == "held");
    let mut missed: Vec<&(&Labelled, Reading)> = parts
        .iter()
        .flat_map(|part| &part.readings)
        .filter(|(reply, reading)| reply.class != reading.class)
        .filter(|(reply, _)| held || reply.class == Class::Emergency)
        .collect();
    missed.sort_by_key(|(reply, reading)| (reply.class, reading.class));
    let what =
        if held { "Every reply whose class was missed" } else { "All danger that was missed" };
    writeln!(page, "\n{what}:\n\n| meant | read | reply |\n|---|---|---|")?;
    for (reply, reading) in missed {
        let text = reply.text.replace('\n', " ").replace('|', "\\|");
        writeln!(page, "| {} | {} | {text} |", reply.class.as_str(), reading.class.as_str())?;
    }
    Ok(())
}

// ---------------------------------------------------------------- how fast, in a child

fn child() -> anyhow::Result<Value> {
    let output = Command::new(std::env::current_exe()?).arg("reading").output()?;
    if !output.status.success() {
        bail!("reading: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Reads all replies again and again.
pub(crate) fn reading() -> anyhow::Result<Value> {
    let files = tuned()?;
    let texts: Vec<&str> =
        files.iter().flat_map(|file| &file.replies).map(|reply| reply.text.as_str()).collect();
    let begun = Instant::now();
    std::hint::black_box(read("5 thanks"));
    let first = begun.elapsed();
    let busy = super::busy_seconds()?;
    for text in std::iter::repeat_n(&texts, ROUNDS).flatten() {
        std::hint::black_box(read(text));
    }
    let seconds = super::busy_seconds()? - busy;
    Ok(json!({
        "replies_per_second": (ROUNDS * texts.len()) as f64 / seconds,
        "first_ms": first.as_secs_f64() * 1e3,
        "peak_kib": super::peak_kib()?,
    }))
}

//! `make bench`: how fast a year of logs is read, decided and counted, and in how much memory; and how
//! well and how fast replies are read: `replies.rs`.
//!
//! Each measure is taken in a process of its own, several times in turn, over the same made-up
//! extract. The seconds are those that one core was busy with it, so that what else the machine does
//! matters less. They say something of this machine only; so beside them stands what another CSV
//! reader takes merely to find the records in the same bytes.
//! Beside some stands what a team would take instead, in Python, on the same bytes: `peer/`.
//! Nothing here is a test: a figure that is slow fails nobody.
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod extract;
mod figures;
mod replies;
mod texts;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use domain::campaign::{Campaign, CampaignFile};
use domain::eligibility::{self, Facts, RuleId};
use domain::feed;
use domain::force::{Profile, ProfileFile, Reading};
use domain::person::Pepper;
use domain::phone::DramaNumbers;
use domain::prices::Prices;
use domain::rehearsal::{Assumed, Rehearsal};
use extract::Extract;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How often each measure is taken.
const RUNS: usize = 5;

/// The rows of a large force in a year.
const ROWS: u64 = 1_000_000;

/// The rows beside which memory must not have grown.
const FEW_ROWS: u64 = 100_000;

/// Where the figures are written.
const FOLDER: &str = "target/bench";

/// What is measured: its name, and what it does with each row.
const STAGES: [(&str, &str); 12] = [
    ("stream", "make the bytes, nothing more"),
    ("csv", "find the records with the crate `csv`"),
    ("read", "find the rows and their cells"),
    ("map", "and read them into our own words"),
    ("hash", "and hash each caller's number"),
    ("decide", "and decide each, and count by rule"),
    ("rehearse", "read them into our own words and rehearse a campaign on them all"),
    ("contacts", "make as many contacts and their logs, and hold their ids"),
    ("figures", "and fold them into a report"),
    ("segments", "cut texts into parts"),
    ("triage", "read replies: what they are, what they feel, a score"),
    ("sentiment", "find what replies feel, and nothing else"),
];

/// The stages that read replies, of which there are fewer than rows.
const TEXTS: [&str; 3] = ["segments", "triage", "sentiment"];

/// The replies that these read.
const REPLIES: u64 = 100_000;

/// The peers: the program, what of ours does as much or more, and what it does.
const PEERS: [(&str, &str, &str); 2] = [
    (
        "recipients.py",
        "map",
        "find the rows and check the cells, as GOV.UK Notify: csv, phonenumbers",
    ),
    ("feelings.py", "sentiment", "find what replies feel: vaderSentiment"),
];

/// What runs the peers, where `make` has installed them.
const PYTHON: &str = ".venv/peer/bin/python";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => {
            measure()?;
            replies::measure(false)
        }
        ["replies"] => replies::measure(false),
        ["replies", "--write"] => replies::measure(true),
        ["reading"] => {
            println!("{}", replies::reading()?);
            Ok(())
        }
        [stage, rows] => {
            println!("{}", run(stage, rows.parse()?)?);
            Ok(())
        }
        _ => bail!("no arguments, `replies [--write]`, or a stage and a number of rows"),
    }
}

// ---------------------------------------------------------------- one run, in a child

/// Takes one measure once.
fn run(stage: &str, rows: u64) -> anyhow::Result<Value> {
    let profile: ProfileFile =
        toml::from_str(include_str!("../../infra/forces/hertfordshire.toml"))?;
    let profile = profile.check().map_err(|problems| anyhow!("{problems:?}"))?;
    let campaign: CampaignFile =
        toml::from_str(include_str!("../../infra/campaigns/highways.toml"))?;
    let campaign = campaign.check().map_err(|problems| anyhow!("{problems:?}"))?;
    let extract = Extract::of(rows);
    let (begun, busy) = (Instant::now(), busy_seconds()?);
    let mut told = match stage {
        "stream" => stream(extract)?,
        "csv" => records(extract)?,
        "rehearse" => rehearse(extract, &profile, campaign)?,
        "contacts" => figures::fold(rows, figures::Fold::Not)?,
        "figures" => figures::fold(rows, figures::Fold::All)?,
        "segments" | "triage" | "sentiment" => texts::run(stage, rows)?,
        _ => read(extract, stage, &profile, &campaign)?,
    };
    let seconds = told["busy"].as_f64().unwrap_or(busy_seconds()? - busy);
    told["seconds"] = json!(seconds);
    told["seconds_by_the_clock"] = json!(begun.elapsed().as_secs_f64());
    told["rows_per_second"] = json!(rows_of(&told) / seconds);
    told["peak_kib"] = json!(peak_kib()?);
    Ok(told)
}

fn rows_of(told: &Value) -> f64 {
    told["rows"].as_f64().unwrap_or_default()
}

fn stream(mut extract: Extract) -> anyhow::Result<Value> {
    let mut buffer = vec![0; 64 * 1024];
    let (mut bytes, mut lines) = (0_usize, 0_usize);
    loop {
        match extract.read(&mut buffer)? {
            0 => return Ok(json!({ "bytes": bytes, "rows": lines })),
            read => {
                bytes += read;
                lines += memchr::memchr_iter(b'\n', &buffer[..read]).count();
            }
        }
    }
}

fn records(extract: Extract) -> anyhow::Result<Value> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(extract);
    let mut record = csv::ByteRecord::new();
    let (mut rows, mut cells) = (0_u64, 0_usize);
    while reader.read_byte_record(&mut record)? {
        rows += 1;
        cells += record.len();
    }
    Ok(json!({ "rows": rows, "cells": cells }))
}

/// What ingest does with each row, up to this stage, without a table.
fn read(
    extract: Extract,
    stage: &str,
    profile: &Profile,
    campaign: &Campaign,
) -> anyhow::Result<Value> {
    let pepper = Pepper::parse("a pepper for measuring, and for nothing else").context("pepper")?;
    let now: Timestamp = "2026-03-10T10:00:00Z".parse()?;
    let feed = profile.feed("storm").context("the feed storm")?;
    let mut rows = feed::open(extract, feed)??;
    let header = rows.header();
    let reading = Reading { header: &header, taken_at: now, drama: DramaNumbers::Allowed };
    let (mut read, mut rejects, mut people) = (0_u64, 0_u64, 0_u64);
    let mut verdicts = BTreeMap::<&str, u64>::new();
    let mut rules = BTreeMap::<RuleId, u64>::new();
    while let Some(row) = rows.read()? {
        read += 1;
        let row = match row {
            Ok(row) if stage == "read" => {
                std::hint::black_box(&row);
                continue;
            }
            Ok(row) => row,
            Err(_) => {
                rejects += 1;
                continue;
            }
        };
        let report = match profile.incident(feed, &reading, &row) {
            Ok(report) => report,
            Err(_) => {
                rejects += 1;
                continue;
            }
        };
        if stage == "map" {
            std::hint::black_box(&report);
            continue;
        }
        let caller = report.caller.known(&pepper);
        people += u64::from(caller.person.is_some());
        if stage == "hash" {
            std::hint::black_box(&caller);
            continue;
        }
        let facts = Facts::alone(&report.log, &caller, [campaign], now);
        let decision = eligibility::decide(&facts);
        *verdicts.entry(decision.verdict.name()).or_default() += 1;
        for rule in decision.rules {
            *rules.entry(rule).or_default() += 1;
        }
    }
    let rules: BTreeMap<&str, u64> =
        rules.iter().map(|(rule, count)| (rule.as_str(), *count)).collect();
    Ok(json!({
        "rows": read, "rejects": rejects, "people": people, "verdicts": verdicts, "rules": rules,
    }))
}

/// What `aftercall rehearse` does, without printing it.
fn rehearse(extract: Extract, profile: &Profile, campaign: Campaign) -> anyhow::Result<Value> {
    let pepper = Pepper::parse("a pepper for measuring, and for nothing else").context("pepper")?;
    let feed = profile.feed("storm").context("the feed storm")?;
    let mut rows = feed::open(extract, feed)??;
    let header = rows.header();
    let taken_at: Timestamp = "2026-03-10T10:00:00Z".parse()?;
    let reading = Reading { header: &header, taken_at, drama: DramaNumbers::Allowed };
    let mut rehearsal = Rehearsal::new(vec![campaign], pepper);
    while let Some(row) = rows.read()? {
        match row.and_then(|row| profile.incident(feed, &reading, &row)) {
            Ok(report) => rehearsal.add(report),
            Err(reject) => rehearsal.refuse("made up", feed.kind, &reject),
        }
    }
    let found = rehearsal.finish(&Prices::default(), Assumed::default());
    Ok(json!({ "rows": found.rows.all, "rejects": found.rows.refused, "texts": found.steps.texts }))
}

/// How long a core has been busy with this process.
fn busy_seconds() -> anyhow::Result<f64> {
    let times = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: u64 = times.split(' ').next().context("schedstat")?.parse()?;
    Ok(std::time::Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// The most memory that this process has had.
fn peak_kib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

// ---------------------------------------------------------------- all runs

/// One measure, taken several times.
struct Measure {
    stage: &'static str,
    words: &'static str,
    runs: Vec<Value>,
}

impl Measure {
    /// The lowest, the middle and the highest of a figure.
    fn spread(&self, figure: &str) -> (f64, f64, f64) {
        let mut all: Vec<f64> =
            self.runs.iter().filter_map(|run| run.get(figure)?.as_f64()).collect();
        all.sort_by(f64::total_cmp);
        let at = |place: usize| all.get(place).copied().unwrap_or_default();
        (at(0), at(all.len() / 2), at(all.len().saturating_sub(1)))
    }
}

fn measure() -> anyhow::Result<()> {
    let mut all: Vec<Measure> =
        STAGES.iter().map(|(stage, words)| Measure { stage, words, runs: Vec::new() }).collect();
    let mut few = Vec::new();
    let mut peers = peers()?;
    // In turn, so that whatever else the machine does meets them all alike.
    for _ in 0..RUNS {
        for measure in &mut all {
            let rows = if TEXTS.contains(&measure.stage) { REPLIES } else { ROWS };
            measure.runs.push(child(measure.stage, rows)?);
        }
        for measure in &mut peers {
            measure.runs.push(peer(measure.stage)?);
        }
        few.push(child("decide", FEW_ROWS)?);
    }
    let few = Measure { stage: "decide", words: "", runs: few };
    print(&all, &few);
    print_peers(&all, &peers);
    let report = json!({
        "machine": machine(),
        "rows": ROWS,
        "runs": RUNS,
        "stages": all.iter().map(summary).collect::<Vec<_>>(),
        "peers": peers.iter().map(summary).collect::<Vec<_>>(),
        "decide_few_rows": { "rows": FEW_ROWS, "summary": summary(&few) },
    });
    std::fs::create_dir_all(FOLDER)?;
    std::fs::write(format!("{FOLDER}/bench.json"), serde_json::to_string_pretty(&report)?)?;
    println!("\nAll runs are in {FOLDER}/bench.json.");
    Ok(())
}

fn child(stage: &str, rows: u64) -> anyhow::Result<Value> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args([stage, &rows.to_string()]).output()?;
    if !output.status.success() {
        bail!("{stage}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The peers, and on disk what they read: the same bytes that ours make while they read them.
fn peers() -> anyhow::Result<Vec<Measure>> {
    if !std::path::Path::new(PYTHON).exists() {
        println!("no {PYTHON}: the peers are not measured\n");
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(FOLDER)?;
    let mut extract = std::fs::File::create(format!("{FOLDER}/extract.csv"))?;
    std::io::copy(&mut Extract::of(FEW_ROWS), &mut extract)?;
    std::fs::write(format!("{FOLDER}/replies.txt"), texts::lines()?)?;
    let measures = PEERS.iter().map(|(stage, _, words)| Measure { stage, words, runs: Vec::new() });
    Ok(measures.collect())
}

fn peer(program: &str) -> anyhow::Result<Value> {
    let input = if program == "recipients.py" { "extract.csv" } else { "replies.txt" };
    let mut command = Command::new(PYTHON);
    command.arg(format!("tests/bench/peer/{program}")).arg(format!("{FOLDER}/{input}"));
    let output = command.arg(REPLIES.to_string()).output()?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let mut told: Value = serde_json::from_slice(&output.stdout)?;
    let seconds = told["seconds"].as_f64().context("seconds")?;
    told["rows_per_second"] = json!(rows_of(&told) / seconds);
    Ok(told)
}

fn print_peers(all: &[Measure], peers: &[Measure]) {
    if peers.is_empty() {
        return;
    }
    println!("\n| peer | what it does | rows/s | slowest | fastest | ours | times |");
    println!("|---|---|---:|---:|---:|---|---:|");
    for (measure, (_, stage, _)) in peers.iter().zip(PEERS) {
        let (slowest, median, fastest) = measure.spread("rows_per_second");
        let ours = all.iter().find(|ours| ours.stage == stage);
        let times = ours.map_or(0.0, |ours| ours.spread("rows_per_second").1 / median);
        println!(
            "| {} | {} | {median:.0} | {slowest:.0} | {fastest:.0} | {stage} | {times:.1} |",
            measure.stage, measure.words
        );
    }
}

fn summary(measure: &Measure) -> Value {
    let (slowest, median, fastest) = measure.spread("rows_per_second");
    let (least, peak, most) = measure.spread("peak_kib");
    json!({
        "stage": measure.stage,
        "rows_per_second": { "median": median, "slowest": slowest, "fastest": fastest },
        "peak_kib": { "median": peak, "least": least, "most": most },
        "runs": measure.runs,
    })
}

fn print(all: &[Measure], few: &Measure) {
    let machine = machine();
    println!(
        "{}, {} cores, {}, {}",
        said(&machine, "cpu"),
        machine["cores"],
        said(&machine, "kernel"),
        said(&machine, "rustc")
    );
    let first = all.first().map(|measure| measure.spread("bytes").1).unwrap_or_default();
    println!(
        "{ROWS} rows, {:.0} MB; median of {RUNS} runs by the time one core was busy, with the slowest and the fastest\n",
        first / 1e6
    );
    println!(
        "| stage | what it does | rows/s | slowest | fastest | of `csv` | µs a row | adds µs | peak MB |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    let stage = |name: &str| all.iter().find(|measure| measure.stage == name);
    let ceiling = stage("csv").map(|m| m.spread("seconds").1);
    let mut before = 0.0;
    for measure in all {
        let (slowest, median, fastest) = measure.spread("rows_per_second");
        let seconds = measure.spread("seconds").1;
        let each = 1e6 / median;
        // Each stage does what the one before does, but for those that stand by themselves.
        let alone = matches!(measure.stage, "csv" | "rehearse" | "contacts")
            || TEXTS.contains(&measure.stage);
        let adds = if alone { String::new() } else { format!("{:.2}", each - before) };
        if !alone {
            before = each;
        }
        let of_csv = match ceiling {
            Some(ceiling) if !TEXTS.contains(&measure.stage) => format!("{:.2}", ceiling / seconds),
            _ => String::new(),
        };
        println!(
            "| {} | {} | {median:.0} | {slowest:.0} | {fastest:.0} | {of_csv} | {each:.2} | {adds} | {:.1} |",
            measure.stage,
            measure.words,
            measure.spread("peak_kib").1 / 1024.0,
        );
    }
    if let (Some(read), Some(rehearsed)) = (stage("read"), stage("rehearse")) {
        let times = rehearsed.spread("seconds").1 / read.spread("seconds").1;
        println!("\nRehearsing takes {times:.1} times as long as reading alone.");
    }
    if let (Some(made), Some(folded)) = (stage("contacts"), stage("figures")) {
        let seconds = folded.spread("seconds").1 - made.spread("seconds").1;
        let peak = folded.spread("peak_kib").1 / 1024.0;
        println!("\nA report of {ROWS} contacts is folded in {seconds:.1} s; peak {peak:.0} MB.");
    }
    let many = stage("decide").map(|measure| measure.spread("peak_kib").1).unwrap_or_default();
    println!(
        "\nPeak memory of `decide`: {:.1} MB for {FEW_ROWS} rows, {:.1} MB for {ROWS}.",
        few.spread("peak_kib").1 / 1024.0,
        many / 1024.0
    );
    if let Some(run) = stage("decide").and_then(|measure| measure.runs.first()) {
        println!("Decided: {}; {} rows rejected.", run["verdicts"], run["rejects"]);
    }
}

fn said<'a>(machine: &'a Value, what: &str) -> &'a str {
    machine.get(what).and_then(Value::as_str).unwrap_or("?")
}

fn machine() -> Value {
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = file("/proc/cpuinfo");
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let rustc = Command::new("rustc").arg("-V").output().map(|output| output.stdout);
    json!({
        "cpu": cpu.map_or("?", |(_, name)| name),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "kernel": file("/proc/sys/kernel/osrelease").trim(),
        "rustc": String::from_utf8_lossy(&rustc.unwrap_or_default()).trim(),
        "aftercall": env!("CARGO_PKG_VERSION"),
    })
}

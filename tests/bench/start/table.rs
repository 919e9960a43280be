//! The result, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::{BATCHES, Measured, RUNS, Run, machine};

/// A column: what it is called, its name for programs, and where it is in a run.
type Column = (&'static str, &'static str, fn(&Run) -> f64);

const COLUMNS: [Column; 7] = [
    ("start, ms", "start_ms", |run| run.start_ms),
    ("CPU to ready, ms", "ready_cpu_ms", |run| run.ready_cpu_ms),
    ("first batch, ms", "first_ms", |run| run.first_ms),
    ("its CPU, ms", "first_cpu_ms", |run| run.first_cpu_ms),
    ("an event, ms", "event_ms", |run| run.event_ms),
    ("its CPU, ms", "event_cpu_ms", |run| run.event_cpu_ms),
    ("peak, MB", "peak_mb", |run| run.peak_mb),
];

/// What is expected of every function.
struct Bar {
    words: &'static str,
    most: f64,
    of: fn(&Measured) -> f64,
}

const BARS: [Bar; 4] = [
    Bar { words: "zip, MB", most: 3.0, of: |measured| measured.zip as f64 / 1e6 },
    Bar { words: "CPU to ready, ms", most: 5.0, of: |m| median(m, |run| run.ready_cpu_ms) },
    Bar {
        words: "CPU of the first batch, ms",
        most: 12.0,
        of: |m| median(m, |run| run.first_cpu_ms),
    },
    Bar { words: "peak memory, MB", most: 20.0, of: |m| median(m, |run| run.peak_mb) },
];

/// Something to be better at than the peer: what it is, how many times at the least, and where it is.
type Times = (&'static str, f64, fn(&Run) -> f64);

const TIMES: [Times; 4] = [
    ("start", 40.0, |run| run.start_ms),
    ("an event, by the clock", 2.5, |run| run.event_ms),
    ("an event, by CPU", 2.5, |run| run.event_cpu_ms),
    ("peak memory", 4.0, |run| run.peak_mb),
];

/// The lowest, the middle and the highest.
fn spread(measured: &Measured, of: impl Fn(&Run) -> f64) -> (f64, f64, f64) {
    let mut all: Vec<f64> = measured.runs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    let at = |place: usize| all.get(place).copied().unwrap_or_default();
    (at(0), at(all.len() / 2), at(all.len().saturating_sub(1)))
}

fn median(measured: &Measured, of: impl Fn(&Run) -> f64) -> f64 {
    spread(measured, of).1
}

/// Prints the result and writes it to `start.md` and `start.json`.
pub(crate) fn write(all: &[Measured], folder: &Path) -> anyhow::Result<()> {
    let page = page(all)?;
    println!("{page}");
    std::fs::write(folder.join("start.md"), &page)?;
    let told = json!({
        "machine": machine(), "runs": RUNS, "batches": BATCHES,
        "functions": all.iter().map(told).collect::<Vec<_>>(),
    });
    std::fs::write(folder.join("start.json"), serde_json::to_vec_pretty(&told)?)?;
    println!("\nAll figures: {0}/start.md and {0}/start.json", folder.display());
    Ok(())
}

fn told(measured: &Measured) -> Value {
    let mut told = json!({
        "name": measured.function.name,
        "zip_bytes": measured.zip,
        "event": measured.function.unit,
        "events_in_a_batch": measured.function.events,
        "calls_of_a_batch": measured.calls,
    });
    for (_, name, of) in COLUMNS {
        let (least, median, most) = spread(measured, of);
        told[name] = json!({ "median": median, "least": least, "most": most,
            "runs": measured.runs.iter().map(of).collect::<Vec<_>>() });
    }
    if let Some(counts) = measured.counts {
        told["instructions"] =
            json!({ "start": counts.start, "first_batch": counts.first, "event": counts.event });
    }
    told
}

fn page(all: &[Measured]) -> anyhow::Result<String> {
    let mut page = String::new();
    let machine = machine();
    let said = |what: &str| machine[what].as_str().unwrap_or("?");
    writeln!(
        page,
        "{}, {} cores, Linux {}, {}, {}, {}\n",
        said("cpu"),
        machine["cores"],
        said("kernel"),
        said("rustc"),
        said("python"),
        said("valgrind"),
    )?;
    writeln!(
        page,
        "Median of {RUNS} starts in turn, with the least and the most; an event is the mean of {BATCHES} batches \
         after the first. Services on loopback over TLS.\n"
    )?;
    write!(page, "| | zip, MB |")?;
    for (words, ..) in COLUMNS {
        write!(page, " {words} |")?;
    }
    writeln!(
        page,
        " an event | calls an event | M instructions: start | first batch | an event |"
    )?;
    writeln!(page, "|---|---:|{}---|---:|---:|---:|---:|", "---:|".repeat(COLUMNS.len()))?;
    for measured in all {
        write!(page, "| {} | {:.2} |", measured.function.name, measured.zip as f64 / 1e6)?;
        for (_, _, of) in COLUMNS {
            let (least, median, most) = spread(measured, of);
            let digits = if median < 1.0 { 3 } else { 1 };
            write!(page, " {median:.digits$} ({least:.digits$}–{most:.digits$}) |")?;
        }
        let calls: u64 = measured.calls.values().sum();
        let events = measured.function.events;
        write!(page, " {} | {:.2} |", measured.function.unit, calls as f64 / events as f64)?;
        match measured.counts {
            Some(c) => {
                let millions = |count: u64| count as f64 / 1e6;
                let counts = (millions(c.start), millions(c.first), millions(c.event));
                writeln!(page, " {:.1} | {:.1} | {:.3} |", counts.0, counts.1, counts.2)?;
            }
            None => writeln!(page, " | | |")?,
        }
    }
    bars(&mut page, all)?;
    ratios(&mut page, all)?;
    Ok(page)
}

fn bars(page: &mut String, all: &[Measured]) -> anyhow::Result<()> {
    writeln!(
        page,
        "\n| bar | at most | the highest median | of | within |\n|---|---:|---:|---|---|"
    )?;
    let ours = || all.iter().filter(|measured| measured.function.args.is_empty());
    for Bar { words, most, of } in BARS {
        let Some(worst) = ours().max_by(|a, b| of(a).total_cmp(&of(b))) else { continue };
        let (name, found) = (worst.function.name, of(worst));
        let within = ours().filter(|measured| of(measured) <= most).count();
        writeln!(
            page,
            "| {words} | {most:.1} | {found:.2} | {name} | {within} of {} |",
            ours().count()
        )?;
    }
    Ok(())
}

fn ratios(page: &mut String, all: &[Measured]) -> anyhow::Result<()> {
    let named = |name: &str| all.iter().find(|measured| measured.function.name == name);
    let pairs: Vec<_> = ["send", "webhook"]
        .into_iter()
        .filter_map(|name| Some((name, named(name)?, named(&format!("{name} (Python)"))?)))
        .collect();
    if pairs.is_empty() {
        return Ok(());
    }
    writeln!(
        page,
        "\n| times better than the peer | at least |{}",
        " found |".repeat(pairs.len())
    )?;
    writeln!(page, "|---|---:|{}", "---:|".repeat(pairs.len()))?;
    for (words, least, of) in TIMES {
        write!(page, "| {words} | {least:.1} |")?;
        for (name, ours, peer) in &pairs {
            write!(page, " {name} {:.1} |", median(peer, of) / median(ours, of))?;
        }
        writeln!(page)?;
    }
    Ok(())
}

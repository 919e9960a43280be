//! `make bench-check`: what a busy machine cannot change must not grow by more than a twentieth.
//!
//! Sizes, calls and instructions are compared with `tests/bench/baseline.json`. Sizes and calls are of
//! the binaries that the tests are run with anyway, which are not optimised: the sizes are not a
//! release's, but what makes them grow makes those grow too. Instructions are the domain's, optimised:
//! a function waits for the network, and how often it then looks at the clock is chance.
//! What was changed on purpose is written anew with `--write`, and the change is then seen in review.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::{Bench, FOLDER, counts, functions, seed};

/// The figures that were agreed on.
const BASELINE: &str = "tests/bench/baseline.json";

/// How much more than was agreed on is too much, in percent.
const TOO_MUCH: u64 = 5;

/// The stages of `bench` whose instructions are counted, and with how many rows or replies: once with so
/// many and once with twice as many, so that what is done once does not count.
const DOMAIN: [(&str, u64); 5] =
    [("decide", 1000), ("figures", 2000), ("segments", 2000), ("triage", 400), ("sentiment", 400)];

type Figures = BTreeMap<String, u64>;

/// Measures and compares, or writes what is measured.
pub(crate) async fn run(args: &[&str]) -> anyhow::Result<()> {
    let (binaries, domain, write) = match args {
        [binaries, domain] => (binaries, domain, false),
        [binaries, domain, "--write"] => (binaries, domain, true),
        _ => bail!("check: the folder of the built functions, and the built `bench`"),
    };
    let counting = counts::possible();
    let found = figures(Path::new(binaries), Path::new(domain), counting).await?;
    let mut baseline: Value = serde_json::from_str(&std::fs::read_to_string(BASELINE)?)?;
    if write {
        anyhow::ensure!(counting, "no valgrind, so nothing is written: apt-get install valgrind");
        baseline["figures"] = json!(found);
        std::fs::write(BASELINE, serde_json::to_string_pretty(&baseline)? + "\n")?;
        println!("{} figures are written to {BASELINE}", found.len());
        return Ok(());
    }
    let agreed: Figures = serde_json::from_value(baseline["figures"].clone())?;
    let (page, worse) = compare(&agreed, &found, counting);
    println!("{page}");
    if !counting {
        println!(
            "Instructions were NOT compared: there is no valgrind (apt-get install valgrind)."
        );
    }
    if !worse.is_empty() {
        bail!(
            "{}: if that is meant, run `make bench-check WRITE=--write` and commit {BASELINE}",
            worse.join("; ")
        );
    }
    Ok(())
}

async fn figures(binaries: &Path, domain: &Path, counting: bool) -> anyhow::Result<Figures> {
    let mut figures = Figures::new();
    let bench = Bench::open(seed::BATCHES).await?;
    let folder = PathBuf::from(FOLDER);
    for mut function in functions::ours(binaries, bench.contacts())? {
        let name = function.name;
        function.program = std::path::absolute(binaries.join(name).join("bootstrap"))?;
        let size = std::fs::metadata(&function.program)
            .with_context(|| format!("{}: `make build`", function.program.display()))?;
        figures.insert(format!("bytes.{name}"), size.len());
        let mut calls = bench.try_out(&function).await?;
        // How many claims go together is chance; how many there are is counted beside.
        calls.retain(|call, _| !call.ends_with(".TransactWriteItems"));
        for (call, times) in calls {
            let call = call.split('.').next_back().unwrap_or(&call).replace(' ', "-");
            figures.insert(format!("calls.{name}.{call}"), times);
        }
    }
    if counting {
        for (stage, rows) in DOMAIN {
            let count = |rows| domain_count(domain, stage, rows, &folder);
            let each = count(2 * rows)?.saturating_sub(count(rows)?) / rows;
            figures.insert(format!("instructions.domain.{stage}"), each);
        }
    }
    Ok(figures)
}

fn domain_count(bench: &Path, stage: &str, rows: u64, folder: &Path) -> anyhow::Result<u64> {
    let file = folder.join(format!("callgrind.domain.{stage}.{rows}"));
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(bench)
        .args([stage, &rows.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&ran.stderr);
    anyhow::ensure!(ran.status.success(), "{} {stage}: {said}", bench.display());
    counts::read(&file)
}

/// A table of what differs, and what is worse than agreed on.
fn compare(agreed: &Figures, found: &Figures, counting: bool) -> (String, Vec<String>) {
    let mut page = "| figure | agreed | found | % |\n|---|---:|---:|---:|\n".to_owned();
    let mut worse = Vec::new();
    for (name, found) in found {
        let Some(agreed) = agreed.get(name) else {
            worse.push(format!("{name} is {found} and was not agreed on"));
            continue;
        };
        let percent = (*found as f64 / (*agreed).max(1) as f64 - 1.0) * 100.0;
        page.push_str(&format!("| {name} | {agreed} | {found} | {percent:+.1} |\n"));
        if found * 100 > agreed * (100 + TOO_MUCH) {
            worse.push(format!("{name} grew by {percent:.1} %"));
        }
    }
    for name in agreed.keys().filter(|name| !found.contains_key(*name)) {
        if counting || !name.starts_with("instructions.") {
            worse.push(format!("{name} was not measured"));
        }
    }
    (page, worse)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(figures: [(&str, u64); 2]) -> Figures {
        figures.map(|(name, figure)| (name.to_owned(), figure)).into()
    }

    #[test]
    fn what_grew_by_more_than_a_twentieth_is_told() {
        let agreed = figures([("bytes.send", 1000), ("instructions.domain.decide", 1000)]);
        let worse = |found, counting| compare(&agreed, &found, counting).1;
        let same = figures([("bytes.send", 1050), ("instructions.domain.decide", 10)]);
        assert!(worse(same, true).is_empty());
        let more = figures([("bytes.send", 1051), ("instructions.domain.decide", 1000)]);
        assert_eq!(worse(more, true), ["bytes.send grew by 5.1 %"]);
    }

    #[test]
    fn what_is_not_measured_is_not_passed_over() {
        let agreed = figures([("bytes.send", 1000), ("instructions.domain.decide", 1000)]);
        let sizes: Figures = [("bytes.send".to_owned(), 1000)].into();
        let missing = ["instructions.domain.decide was not measured"];
        assert_eq!(compare(&agreed, &sizes, true).1, missing);
        assert!(compare(&agreed, &sizes, false).1.is_empty());
        let other = figures([("bytes.sent", 1), ("instructions.domain.decide", 1)]);
        let told = ["bytes.sent is 1 and was not agreed on", "bytes.send was not measured"];
        assert_eq!(compare(&agreed, &other, true).1, told);
    }
}

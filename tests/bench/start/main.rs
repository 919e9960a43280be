//! `make bench`, its second half: how the functions start, and what a batch takes them, beside what a
//! team would write instead.
//!
//! Each is started as Lambda starts it, against a Runtime API and services on loopback, over TLS.
//! All are measured in turn, several times, so that whatever else the machine does meets them alike.
//! The figures say something of this machine only; the ratios travel better. Nothing here is a test:
//! a figure that is slow fails nobody. What must not grow is in `check.rs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its figures are what it is for")]

mod authority;
mod check;
mod cloud;
mod counts;
mod functions;
mod lambda;
mod pace;
mod process;
mod seed;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::Value;

use cloud::Cloud;
use functions::Function;
use process::Place;

/// How often each is started.
const RUNS: usize = 11;

/// How many batches follow the first.
const BATCHES: u32 = 20;

/// Where everything is written.
const FOLDER: &str = "target/bench";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["seed", what] => println!("{}", seed::write(what).await?),
        ["check", rest @ ..] => check::run(rest).await?,
        ["pace", binaries] => pace::measure(Path::new(binaries)).await?,
        [binaries] => measure(Path::new(binaries)).await?,
        _ => bail!(
            "the folder of the release binaries, `pace <folder>`, or `check <folder> [--write]`"
        ),
    }
    Ok(())
}

/// Everything a function is measured in.
pub(crate) struct Bench {
    cloud: Cloud,
    variables: Vec<(String, String)>,
    offset: i64,
    contacts: Vec<String>,
}

impl Bench {
    /// Opens the services and writes what is in the tables: one of [`seed::BATCHES`] and
    /// [`seed::A_MORNING`].
    pub(crate) async fn open(seed: &str) -> anyhow::Result<Self> {
        let folder = std::path::absolute(FOLDER)?;
        let (trust, tls) = authority::make(&folder.join("tls"))?;
        let cloud = Cloud::default();
        let all = trust.all.display().to_string();
        let own = trust.own.display().to_string();
        let peer = std::path::absolute("tests/bench/peer")?.display().to_string();
        let mut variables: Vec<(String, String)> = [
            ("AWS_REGION", "eu-west-2"),
            ("AWS_DEFAULT_REGION", "eu-west-2"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "a-session-token"),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("SSL_CERT_FILE", &all),
            ("AWS_CA_BUNDLE", &all),
            ("REQUESTS_CA_BUNDLE", &all),
            ("LOCAL_ROOTS_FILE", &own),
            ("LAMBDA_TASK_ROOT", &peer),
            ("PYTHONPATH", &peer),
            ("PYTHONDONTWRITEBYTECODE", "1"), // what is uploaded cannot be written to
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        for (service, address) in cloud.open(&tls).await? {
            if service == "NOTIFY" {
                variables.push(("NOTIFY_BASE_URL".to_owned(), address));
                continue;
            }
            if service == "SQS" {
                for name in ["SEND_QUEUE_URL", "INBOUND_QUEUE_URL"] {
                    variables.push((name.to_owned(), format!("{address}/000000000000/queue")));
                }
            }
            variables.push((format!("AWS_ENDPOINT_URL_{service}"), address));
        }
        for (name, value) in functions::PARAMETERS {
            cloud.set(name, value);
        }
        let week = include_str!("../../../events/ingest/storm-week.csv");
        cloud.bring("extracts/storm/week%20of%202%20March.csv", week.into());

        let seeded = tokio::process::Command::new(std::env::current_exe()?)
            .args(["seed", seed])
            .env_clear()
            .envs(variables.iter().cloned())
            .output()
            .await?;
        if !seeded.status.success() {
            bail!(
                "the tables could not be laid out: {} {:?}",
                String::from_utf8_lossy(&seeded.stderr),
                cloud.refused()
            );
        }
        let contacts: Vec<String> = serde_json::from_slice::<Vec<String>>(&seeded.stdout)?;
        for id in &contacts {
            for item in functions::of_the_peer(id) {
                cloud.put(functions::PEER_TABLE, item);
            }
        }
        cloud.keep_layout();
        #[expect(clippy::disallowed_methods, reason = "how far the samples are from now")]
        let now = Timestamp::now();
        let offset = seed::NOW.parse::<Timestamp>()?.duration_since(now).as_secs();
        Ok(Self { cloud, variables, offset, contacts })
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place { cloud: &self.cloud, variables: self.variables.clone(), offset: self.offset }
    }

    pub(crate) fn contacts(&self) -> &[String] {
        &self.contacts
    }

    /// Gives a function one batch and gives what it called; fails when it did not do its work.
    pub(crate) async fn try_out(
        &self,
        function: &Function,
    ) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut running = process::start(&self.place(), function, &[]).await?;
        running.batch(function).await?;
        // The second batch, for the first also reads what is kept.
        self.cloud.take_calls();
        let answers = running.batch(function).await?;
        running.end().await?;
        let calls = self.cloud.take_calls();
        let (call, times) = function.proof;
        let done = calls.get(call).copied().unwrap_or_default();
        if done < times || !self.cloud.refused().is_empty() {
            bail!(
                "{} did not do its work: {call} {done} times, not {times} or more; all: {calls:?}; refused: {:?}; answers: {answers:?}",
                function.name,
                self.cloud.refused()
            );
        }
        Ok(calls)
    }
}

/// What one life of a function took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) start_ms: f64,
    pub(crate) ready_cpu_ms: f64,
    pub(crate) first_ms: f64,
    pub(crate) first_cpu_ms: f64,
    pub(crate) event_ms: f64,
    pub(crate) event_cpu_ms: f64,
    pub(crate) peak_mb: f64,
}

/// All that is known of a function.
pub(crate) struct Measured {
    pub(crate) function: Function,
    pub(crate) calls: BTreeMap<String, u64>,
    pub(crate) zip: u64,
    pub(crate) runs: Vec<Run>,
    pub(crate) counts: Option<counts::Counts>,
}

async fn measure(binaries: &Path) -> anyhow::Result<()> {
    let bench = Bench::open(seed::BATCHES).await?;
    let folder = PathBuf::from(FOLDER);
    let mut all = Vec::new();
    let binaries = std::path::absolute(binaries)?;
    for function in functions::ours(&binaries, bench.contacts())? {
        if !function.program.exists() {
            eprintln!("{} is not built: it is not measured", function.program.display());
            continue;
        }
        let calls = bench.try_out(&function).await?;
        let zip = zipped(&function.program, &folder)?;
        all.push(Measured { function, calls, zip, runs: Vec::new(), counts: None });
    }
    let python = std::path::absolute(".venv/peer/bin/python")?;
    if python.exists() {
        for function in functions::peer(python.clone(), bench.contacts())? {
            let calls = bench.try_out(&function).await?;
            let zip = packages(&python, &folder)?;
            all.push(Measured { function, calls, zip, runs: Vec::new(), counts: None });
        }
    } else {
        eprintln!("no .venv/peer: the peer is not measured");
    }
    for turn in 0..RUNS {
        eprint!("\rturn {} of {RUNS}", turn + 1);
        for measured in &mut all {
            measured.runs.push(life(&bench.place(), &measured.function).await?);
        }
    }
    eprintln!();
    if !counts::possible() {
        eprintln!("no valgrind: instructions are not counted");
        return table::write(&all, &folder);
    }
    for measured in &mut all {
        // An interpreter under callgrind counts itself, and takes minutes.
        if !measured.function.args.is_empty() {
            continue;
        }
        // Fifty times slower, a call may be given up that would else be answered in time.
        match counts::count(&bench.place(), &measured.function, &folder).await {
            Ok(counted) => measured.counts = Some(counted),
            Err(error) => eprintln!("not counted: {error:#}"),
        }
    }
    table::write(&all, &folder)
}

/// Starts a function, gives it batches, and ends it.
async fn life(place: &Place<'_>, function: &Function) -> anyhow::Result<Run> {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let mut running = process::start(place, function, &[]).await?;
    let ready = running.busy().await?;
    let begun = std::time::Instant::now();
    running.batch(function).await?;
    let first_took = begun.elapsed();
    let first = running.busy().await?;
    let begun = std::time::Instant::now();
    for _ in 0..BATCHES {
        running.batch(function).await?;
    }
    let took = begun.elapsed();
    let steady = running.busy().await?;
    let events = f64::from(BATCHES) * function.events as f64;
    let run = Run {
        start_ms: ms(running.started),
        ready_cpu_ms: ms(ready),
        first_ms: ms(first_took),
        first_cpu_ms: ms(first - ready),
        event_ms: ms(took) / events,
        event_cpu_ms: ms(steady - first) / events,
        peak_mb: running.peak_kib()? as f64 / 1024.0,
    };
    running.end().await?;
    Ok(run)
}

/// The size of what is uploaded: `bootstrap` alone, deflated as SAM does it.
fn zipped(binary: &Path, folder: &Path) -> anyhow::Result<u64> {
    let bootstrap = folder.join("bootstrap");
    std::fs::copy(binary, &bootstrap)
        .with_context(|| format!("{}: build it first", binary.display()))?;
    let zip = folder.join("function.zip");
    let made = Command::new("python3")
        .args(["-m", "zipfile", "-c"])
        .args([&zip, &bootstrap])
        .status()
        .context("python3 makes the zip")?;
    anyhow::ensure!(made.success(), "python3 made no zip of {}", binary.display());
    Ok(std::fs::metadata(zip)?.len())
}

/// The same of the peer: its packages but for those that Lambda's Python brings.
fn packages(python: &Path, folder: &Path) -> anyhow::Result<u64> {
    let zip = folder.join("peer.zip");
    let made = Command::new(python).arg("tests/bench/peer/package.py").arg(&zip).status()?;
    anyhow::ensure!(made.success(), "the peer's packages could not be zipped");
    Ok(std::fs::metadata(zip)?.len())
}

/// The machine it is measured on.
pub(crate) fn machine() -> Value {
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = file("/proc/cpuinfo");
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let version = |program: &str, flag: &str| {
        let told = Command::new(program).arg(flag).output().map(|output| output.stdout);
        String::from_utf8_lossy(&told.unwrap_or_default()).trim().to_owned()
    };
    serde_json::json!({
        "cpu": cpu.map_or("?", |(_, name)| name),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "kernel": file("/proc/sys/kernel/osrelease").trim(),
        "rustc": version("rustc", "-V"),
        "python": version(".venv/peer/bin/python", "-V"),
        "valgrind": version("valgrind", "--version"),
        "aftercall": env!("CARGO_PKG_VERSION"),
    })
}

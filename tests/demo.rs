//! `make demo`: the whole loop on this machine, with nothing simulated but the supplier.
//!
//! Deploys the template, lands a week of a force's logs in the bucket, lets the schedules and
//! queues run, and holds the report against the supplier's own ledger. `KEEP=1` leaves everything
//! up. Ends with exit code 1 when a figure does not add up.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use domain::budget::Money;
use domain::contact::{Contact, State};
use domain::figures::{Period, Report};
use indicatif::{ProgressBar, ProgressStyle};
use local::emulator::root;
use local::stack::{SAMPLE_NOW, Stack, sample};
use local::supplier::{Behaviour, CallbackKind, People, Status};
use local::told_to_stop;

/// How long the loop may take before something must be wrong.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::main]
async fn main() -> ExitCode {
    let screen = Screen::new();
    let ended = tokio::select! {
        ended = run(&screen) => ended,
        () = told_to_stop() => Err(anyhow::anyhow!("stopped; nothing is left running")),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            screen.fail(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(screen: &Screen) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let behaviour = Behaviour {
        sending_after: Duration::from_millis(50),
        delivered_after: Duration::from_millis(300),
        replied_after: Duration::from_secs(2),
        reply_spread: Duration::from_secs(6),
        retry_gap: Duration::from_secs(1),
        people: People::usual(),
        ..Behaviour::default()
    };
    let stack = Stack::start(SAMPLE_NOW, behaviour, &|step| screen.step(step)).await?;
    screen.step("landing a week of STORM and Athena extracts in the bucket");
    stack.upload("extracts/athena/week.csv", sample("events/ingest/athena-week.csv")?).await?;
    stack.upload("extracts/storm/week.csv", sample("events/ingest/storm-week.csv")?).await?;
    screen.step("waiting for ingest, then for dispatch, which wakes every minute");
    follow(screen, &stack).await?;
    let report = report(screen, &stack).await?;
    let sums = Sums::of(&stack, &report).await?;
    screen.step(&format!("done in {} s", started.elapsed().as_secs()));
    screen.print(&sums.to_string());
    screen.print(&format!("\nDesks     {}", desks(&stack)?));
    let folder = save(&stack, &report).await?;
    screen.print(&format!("Report    {}", folder.join("report.html").display()));
    screen.print(&format!("Rejects   {}", folder.join("storm-rejects.csv").display()));
    if std::env::var_os("KEEP").is_some() {
        keep(screen, &stack)?;
        told_to_stop().await;
    }
    Ok(if sums.add_up() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows the counts until nothing moves any more.
async fn follow(screen: &Screen, stack: &Stack) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let contacts = stack.contacts().await?;
        screen.counts(&contacts);
        let texted = contacts.iter().any(|contact| contact.state.may_have_been_texted());
        if texted && stack.is_quiet().await? {
            screen.counts(&stack.contacts().await?);
            screen.settle();
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            let log = root().join("target/demo/emulator.log");
            std::fs::create_dir_all(root().join("target/demo"))?;
            std::fs::copy(stack.emulator.log(), &log)?;
            let logs = stack.function_logs().await?;
            let errors: Vec<_> =
                logs.lines().filter(|line| line.contains("ERROR")).take(10).collect();
            bail!(
                "nothing has come to rest in {PATIENCE:?}: {}\n{}\nThe emulator's log: {}",
                counted(&contacts),
                errors.join("\n"),
                log.display()
            );
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn report(screen: &Screen, stack: &Stack) -> anyhow::Result<Report> {
    screen.step("asking for the report");
    let now = stack.clock.now();
    let period = Period::daily(now);
    let event = format!(r#"{{"from":"{}","to":"{}"}}"#, period.from, period.to);
    stack.invoke("report", &event).await?;
    Ok(Report::fold(&stack.contacts().await?, &stack.follow_ups().await?, period, now))
}

/// What the replies left for people to do, as `aftercall inbox list` would tell it.
fn desks(stack: &Stack) -> anyhow::Result<String> {
    let listed = stack.aftercall(&["inbox", "list", "--json"])?;
    let tasks: Vec<serde_json::Value> = serde_json::from_str(&listed)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for desk in tasks.iter().filter_map(|task| task["desk"].as_str()) {
        *counts.entry(desk).or_default() += 1;
    }
    let told: Vec<_> = counts.iter().map(|(desk, n)| format!("{desk} {n}")).collect();
    Ok(told.join(", "))
}

async fn save(stack: &Stack, report: &Report) -> anyhow::Result<PathBuf> {
    let folder = root().join("target/demo");
    std::fs::create_dir_all(&folder)?;
    let Period { from, to } = report.period;
    for name in ["report.html", "report.csv", "report.json"] {
        let key = format!("reports/{from}_{to}/{name}");
        let bytes = stack.read(&key).await?.with_context(|| format!("there is no {key}"))?;
        std::fs::write(folder.join(name), bytes)?;
    }
    if let Some(rejects) = stack.read("rejects/storm/week.csv.rejects.csv").await? {
        std::fs::write(folder.join("storm-rejects.csv"), rejects)?;
    }
    Ok(folder)
}

fn keep(screen: &Screen, stack: &Stack) -> anyhow::Result<()> {
    screen.print("\nEverything is still up. Ctrl-C ends it.");
    screen.print(&format!("Callbacks {}", stack.callback_url()?));
    screen.print(&format!("Supplier  {}/_standin/ledger", stack.supplier.base_url()));
    screen.print(&format!("Bucket    {}", stack.output("BucketName")?));
    screen.print("To work on it as an operator:");
    for (name, value) in stack.operator() {
        if !value.is_empty() && name != "TMPDIR" {
            screen.print(&format!("  export {name}={value}"));
        }
    }
    screen.print("  alias aftercall=target/aftercall");
    Ok(())
}

/// The report's figures beside the supplier's own.
struct Sums {
    rows: Vec<(&'static str, String, String)>,
}

impl Sums {
    async fn of(stack: &Stack, report: &Report) -> anyhow::Result<Self> {
        let ledger = stack.supplier.ledger();
        let counts = ledger.counts();
        let total = &report.total;
        // What became of a further text is told to the supplier's ledger alone.
        let firsts: BTreeSet<String> =
            stack.contacts().await?.iter().map(|contact| contact.id.to_string()).collect();
        let status = |wanted| {
            let first = |reference: &String| firsts.contains(reference);
            let texts = ledger.texts.iter().filter(|text| text.status == wanted);
            texts.filter(|text| text.reference.as_ref().is_some_and(first)).count()
        };
        let undelivered = status(Status::PermanentFailure) + status(Status::TemporaryFailure);
        let most = counts.most_texts_for_one_reference.max(1);
        let cost = Money::from_millipence(counts.cost_micropounds / 10);
        let receipts = ledger.answers_to(CallbackKind::Receipt);
        let inbound = ledger.answers_to(CallbackKind::Inbound);
        let heard = |answers: &BTreeMap<u16, usize>| {
            answers
                .iter()
                .filter(|(status, _)| (200..300).contains(*status))
                .map(|(_, n)| n)
                .sum::<usize>()
        };
        let published = stack.read("reports/latest/report.json").await?.unwrap_or_default();
        let published: serde_json::Value = serde_json::from_slice(&published)?;
        let rows = vec![
            ("texts", (total.texted() + total.follow_ups).to_string(), counts.texts.to_string()),
            ("most texts to one contact", "1".to_owned(), most.to_string()),
            (
                "delivered",
                total.in_state(State::Delivered).to_string(),
                status(Status::Delivered).to_string(),
            ),
            (
                "undelivered",
                total.in_state(State::Undelivered).to_string(),
                undelivered.to_string(),
            ),
            (
                "receipts taken",
                (total.in_state(State::Delivered)
                    + total.in_state(State::Undelivered)
                    + total.follow_ups)
                    .to_string(),
                heard(&receipts.by_status).to_string(),
            ),
            ("replies", total.replies.to_string(), counts.replies.to_string()),
            ("replies taken", total.replies.to_string(), heard(&inbound.by_status).to_string()),
            ("parts", total.segments.to_string(), counts.billed_segments.to_string()),
            ("cost", total.cost.to_string(), cost.to_string()),
            ("texts in the report", published_texts(&published), counts.texts.to_string()),
        ];
        Ok(Self { rows })
    }

    fn add_up(&self) -> bool {
        self.rows.iter().all(|(_, ours, theirs)| ours == theirs)
    }
}

fn published_texts(report: &serde_json::Value) -> String {
    let figure = |name: &str| report.pointer(&format!("/total/{name}"))?.as_u64();
    let texts = figure("texted").zip(figure("follow_ups"));
    texts.map(|(first, further)| (first + further).to_string()).unwrap_or_default()
}

impl std::fmt::Display for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n{:28} {:>12} {:>12}", "", "Aftercall", "supplier")?;
        for (name, ours, theirs) in &self.rows {
            let mark = if ours == theirs { "" } else { "  DIFFERS" };
            writeln!(f, "{name:28} {ours:>12} {theirs:>12}{mark}")?;
        }
        f.write_str(if self.add_up() { "They add up." } else { "They do not add up." })
    }
}

fn counted(contacts: &[Contact]) -> String {
    let total = Report::fold(
        contacts,
        [],
        Period::daily(jiff::Timestamp::UNIX_EPOCH),
        jiff::Timestamp::UNIX_EPOCH,
    )
    .total;
    format!(
        "planned {:>4}   texted {:>4}   delivered {:>4}   replied {:>4}",
        total.planned(),
        total.texted(),
        total.in_state(State::Delivered),
        total.answered
    )
}

/// What the person at the terminal sees: a line that moves, or plain lines when it is no terminal.
struct Screen {
    bar: ProgressBar,
    last: std::cell::RefCell<String>,
}

impl Screen {
    fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(100));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar, last: std::cell::RefCell::default() }
    }

    fn step(&self, step: &str) {
        self.print(&format!("• {step}"));
        self.bar.set_message(step.to_owned());
    }

    fn counts(&self, contacts: &[Contact]) {
        let counted = counted(contacts);
        if self.bar.is_hidden() {
            if *self.last.borrow() != counted {
                self.print(&format!("  {counted}"));
            }
        } else {
            self.bar.set_message(counted.clone());
        }
        *self.last.borrow_mut() = counted;
    }

    fn settle(&self) {
        if !self.bar.is_hidden() {
            self.print(&format!("  {}", self.last.borrow()));
        }
    }

    fn print(&self, line: &str) {
        self.bar.suspend(|| {
            // A terminal that went away is no reason to stop.
            writeln!(std::io::stdout(), "{line}").ok();
        });
    }

    fn fail(&self, error: &anyhow::Error) {
        self.bar.finish_and_clear();
        writeln!(std::io::stderr(), "\ndemo: {error:#}").ok();
    }
}

//! `make faults`: thousands of contacts on the worst of days, once for each seed.
//!
//! `SEEDS=4,5` plays other days, and `CONTACTS=300` shorter ones. Ends with exit code 1 when a text
//! was sent twice, a contact was lost, or the money differs by a penny; with `NAIVE=1` a sender that
//! simply tries again stands in for ours, and it does. See [`local::faults`].

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use adapters::config::optional;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use local::faults::{Run, Sender};
use local::told_to_stop;

/// The seeds, unless `SEEDS` names others.
const SEEDS: &str = "1,2,3";

/// How many contacts each has, unless `CONTACTS` says otherwise.
const CONTACTS: &str = "2000";

#[tokio::main]
async fn main() -> ExitCode {
    let screen = Screen::new();
    let ended = tokio::select! {
        ended = run(&screen) => ended,
        () = told_to_stop() => Err(anyhow::anyhow!("stopped; nothing is left running")),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            screen.bar.finish_and_clear();
            writeln!(std::io::stderr(), "\nfaults: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

async fn run(screen: &Screen) -> anyhow::Result<bool> {
    let seeds = optional("SEEDS").unwrap_or_else(|| SEEDS.to_owned());
    let contacts = optional("CONTACTS").unwrap_or_else(|| CONTACTS.to_owned());
    let contacts = contacts.trim().parse().context("CONTACTS is not a number")?;
    let naive = optional("NAIVE").is_some();
    let sender = if naive { Sender::Naive } else { Sender::Ours };
    let mut holds = true;
    for seed in seeds.split(',') {
        let seed = seed.trim().parse().context("SEEDS are numbers with commas between them")?;
        let run = Run { seed, contacts, sender };
        let found = run.play(&|step| screen.step(&format!("seed {seed}: {step}"))).await?;
        screen.print(&format!("\n{found}\n"));
        holds &= found.hold();
    }
    screen.bar.finish_and_clear();
    Ok(holds)
}

/// What the person at the terminal sees: a line that moves, or plain lines when it is no terminal.
struct Screen {
    bar: ProgressBar,
}

impl Screen {
    fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(100));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar }
    }

    fn step(&self, step: &str) {
        self.print(&format!("• {step}"));
        self.bar.set_message(step.to_owned());
    }

    fn print(&self, line: &str) {
        self.bar.suspend(|| {
            // A terminal that went away is no reason to stop.
            writeln!(std::io::stdout(), "{line}").ok();
        });
    }
}

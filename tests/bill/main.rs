//! `make bill`: what a text costs at AWS, counted call by call on the deployed stack.
//!
//! Writes `target/bench/bill.md` and `target/bench/bill.json`. How each thing is counted, and what is
//! assumed where the local AWS cannot tell: `count.rs` and `prices.rs`.

mod ceilings;
mod count;
mod extract;
mod page;
mod prices;
mod template;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use local::emulator::root;
use local::told_to_stop;

use crate::page::Bill;
use crate::prices::Prices;
use crate::template::Template;

/// What a text costs at AWS, counted on the deployed stack.
#[derive(Parser)]
#[command(name = "bill")]
struct Arguments {
    /// How many contacts are texted; a quarter of them reply.
    #[arg(long, default_value_t = 10_000)]
    contacts: usize,
    /// Print the figures as JSON, and not the page.
    #[arg(long)]
    json: bool,
    /// Measure how fast instead, over so many logs, a thousand of whose callers are texted.
    #[arg(long, value_name = "LOGS")]
    ceilings: Option<usize>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let screen = Screen::new();
    let ended = tokio::select! {
        ended = run(&arguments, &screen) => ended,
        () = told_to_stop() => Err(anyhow::anyhow!("stopped; nothing is left running")),
    };
    screen.bar.finish_and_clear();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(std::io::stderr(), "\nbill: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments, screen: &Screen) -> anyhow::Result<()> {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder).context("make target/bench")?;
    if let Some(logs) = arguments.ceilings {
        let found =
            Box::pin(ceilings::measure(logs, &|step| screen.step(step))).await?.markdown()?;
        std::fs::write(folder.join("ceilings.md"), &found).context("write the page")?;
        screen.bar.finish_and_clear();
        return writeln!(std::io::stdout(), "{found}").context("print the page");
    }
    let prices = Prices::read()?;
    let template = Template::read()?;
    let memory_mb = template.memory_mb();
    let played = Box::pin(count::play(arguments.contacts, &|step| screen.step(step))).await?;
    let lines = prices::lines(&played.all, &prices::messages(&played), &memory_mb, &prices)?;
    let runs = prices::lines(&played.idle, &[].into(), &memory_mb, &prices)?;
    let idle = template.idle(&played.idle, &runs, &prices)?;
    let bill = Bill {
        played: &played,
        lines: &lines,
        idle: &idle,
        template: &template,
        prices: &prices,
        memory_mb: &memory_mb,
    };
    let (page, json) = (bill.markdown(), serde_json::to_string_pretty(&bill.json())?);
    std::fs::write(folder.join("bill.md"), &page).context("write the page")?;
    std::fs::write(folder.join("bill.json"), &json).context("write the figures")?;
    screen.bar.finish_and_clear();
    let shown = if arguments.json { &json } else { &page };
    writeln!(std::io::stdout(), "{shown}").context("print the figures")
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
            bar.set_style(ProgressStyle::default_spinner());
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar }
    }

    fn step(&self, step: &str) {
        if self.bar.is_hidden() {
            writeln!(std::io::stderr(), "{step}").ok();
        }
        self.bar.set_message(step.to_owned());
    }
}

//! `aftercall parse`: the domain's own functions on lines of input, one JSON object a line.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use adapters::config::Stage;
use anyhow::Context as _;
use domain::phone::{self, DramaNumbers};
use domain::text::Encoding;
use serde::Serialize;

#[derive(Serialize)]
struct Phone<'a> {
    input: &'a str,
    e164: Option<&'a str>,
    sendable: bool,
    reason: &'a str,
}

/// Reads numbers.
pub(crate) fn phone(stage: Stage) -> anyhow::Result<ExitCode> {
    lines(|line, out| {
        let found = phone::parse(line, drama(stage));
        let answer = Phone {
            input: line,
            e164: found.mobile().map(domain::phone::Mobile::expose),
            sendable: found.is_sendable(),
            reason: found.reason(),
        };
        print(out, &answer)
    })
}

fn drama(stage: Stage) -> DramaNumbers {
    stage.drama()
}

#[derive(Serialize)]
struct Text<'a> {
    sent: &'a str,
    encoding: &'static str,
    units: usize,
    segments: usize,
}

/// Reads texts.
pub(crate) fn text() -> anyhow::Result<ExitCode> {
    strings(|raw, out| {
        let text = domain::text::prepare(&raw);
        let answer = Text {
            sent: text.sent(),
            encoding: match text.encoding() {
                Encoding::Gsm7 => "gsm7",
                Encoding::Ucs2 => "ucs2",
            },
            units: text.units(),
            segments: text.segments(),
        };
        print(out, &answer)
    })
}

#[derive(Serialize)]
struct Reply<'a> {
    class: &'static str,
    opt_out: bool,
    score: Option<u8>,
    sentiment: &'static str,
    /// From -1, displeased, to 1, pleased.
    valence: f64,
    disagrees: bool,
    why: &'a [String],
}

/// Reads replies.
pub(crate) fn reply() -> anyhow::Result<ExitCode> {
    strings(|raw, out| {
        let reading = domain::reply::read(&raw);
        let answer = Reply {
            class: reading.class.as_str(),
            opt_out: reading.opt_out,
            score: reading.score.map(domain::score::Score::get),
            sentiment: reading.sentiment.as_str(),
            valence: f64::from(reading.valence.get()) / 1000.0,
            disagrees: reading.disagrees,
            why: &reading.why,
        };
        print(out, &answer)
    })
}

fn print(out: &mut impl Write, answer: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, answer).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Each line of input, whatever its bytes, without its line end.
fn lines(
    mut each: impl FnMut(
        &str,
        &mut std::io::BufWriter<std::io::StdoutLock<'static>>,
    ) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let mut input = std::io::stdin().lock();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line).context("read the input")? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        each(text.strip_suffix('\r').unwrap_or(text), &mut out)?;
        line.clear();
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Each line of input as a JSON string. A line that is none is told and passed over.
fn strings(
    mut each: impl FnMut(
        String,
        &mut std::io::BufWriter<std::io::StdoutLock<'static>>,
    ) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let (mut number, mut faults) = (0_u64, 0_u64);
    lines(|line, out| {
        number += 1;
        if let Ok(text) = serde_json::from_str::<String>(line) {
            return each(text, out);
        }
        faults += 1;
        let told = "is not a JSON string such as \"5 thanks\"";
        writeln!(std::io::stderr(), "line {number}: {told}").context("tell of a line")
    })?;
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

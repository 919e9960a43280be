//! `aftercall check`: what a careful colleague says of a campaign, before anybody is texted.

mod place;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level as Weight, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use domain::campaign::CampaignFile;
use domain::force::ProfileFile;
use domain::prices::Prices;
use domain::proof::{self, Beside, CODES, Code, Finding, Level, Proof};
use domain::text::Encoding;
use serde_json::json;

use crate::reading::{self, unusable};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The campaigns.
    pub(crate) files: &'a [PathBuf],
    /// A force profile whose outcomes they are held against.
    pub(crate) profile: Option<&'a Path>,
    /// The suppliers' prices; those beside the campaigns' folder unless said.
    pub(crate) prices: Option<&'a Path>,
    /// Whether a warning is as bad as an error.
    pub(crate) strict: bool,
    /// Whether to print JSON.
    pub(crate) json: bool,
}

/// A campaign file as it was read, with its text.
pub(crate) struct Source {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Everything in it.
    pub(crate) text: String,
    /// The same, understood.
    pub(crate) file: CampaignFile,
}

/// Reads a campaign file; what is wrong with its form is told with line and column.
pub(crate) fn read(path: &Path) -> Result<Source, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    understand(path, text)
}

/// The same of a text that was read already.
pub(crate) fn understand(path: &Path, text: String) -> Result<Source, String> {
    match toml::from_str(&text) {
        Ok(file) => Ok(Source { path: path.to_owned(), text, file }),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            Err(drawn(&text, path, Weight::ERROR, "form", error.message(), span, None))
        }
    }
}

/// Checks every file.
pub(crate) fn run(question: &Question<'_>) -> anyhow::Result<ExitCode> {
    let mut sources = Vec::new();
    let mut unreadable = Vec::new();
    for path in question.files {
        match read(path) {
            Ok(source) => sources.push(source),
            Err(told) => unreadable.push(told),
        }
    }
    let outcomes = question.profile.map(outcomes).transpose();
    let given = question.prices.map(reading::prices).transpose();
    let (outcomes, given) = match (outcomes, given) {
        (Ok(outcomes), Ok(given)) if unreadable.is_empty() => (outcomes, given),
        (outcomes, given) => {
            unreadable.extend(outcomes.err().into_iter().chain(given.err()).flatten());
            return unusable(&unreadable);
        }
    };
    let mut fails = false;
    let mut told = Vec::new();
    for source in &sources {
        let prices = given.clone().or_else(|| beside(&source.path));
        let beside = Beside { prices: prices.as_ref(), outcomes: outcomes.as_ref() };
        let proof = proof::proofread(&source.file, beside);
        fails |= !proof.passes() || (question.strict && !proof.findings.is_empty());
        if question.json {
            told.push(json(source, &proof));
        } else {
            print(source, &proof, &mut anstream::stdout())?;
        }
    }
    if question.json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&told)?)?;
    }
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says why a code is one.
pub(crate) fn explain(name: &str) -> anyhow::Result<ExitCode> {
    let Some(code) = Code::parse(name) else {
        let names: Vec<_> = CODES.iter().map(|(_, name, _, _)| *name).collect();
        return unusable(&[format!("there is no code {name:?}; there are: {}", names.join(", "))]);
    };
    let mut out = anstream::stdout();
    writeln!(out, "{BOLD}{}[{name}]{BOLD:#}\n{}", weight(code.level()), code.why())?;
    Ok(ExitCode::SUCCESS)
}

/// The prices in the folder above the campaign's, where the repository keeps them.
pub(crate) fn beside(campaign: &Path) -> Option<Prices> {
    reading::prices(&campaign.parent()?.join("../prices.toml")).ok()
}

/// The outcomes that a force's result codes mean.
fn outcomes(path: &Path) -> Result<BTreeSet<String>, Vec<String>> {
    let file: ProfileFile = reading::read_toml(path)?;
    Ok(file.codes.results.into_values().collect())
}

fn weight(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}

/// Everything found in one file, and how large its texts are.
pub(crate) fn print(source: &Source, proof: &Proof, out: &mut impl Write) -> anyhow::Result<()> {
    for finding in &proof.findings {
        writeln!(out, "{}\n", draw(source, finding))?;
    }
    let shown = source.path.display();
    let count = |level| proof.findings.iter().filter(|f| f.code.level() == level).count();
    let of = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    if errors > 0 {
        let red = AnsiColor::Red.on_default().bold();
        let told = format!("{}, {}", of(errors, "error"), of(warnings, "warning"));
        writeln!(out, "{red}{shown}: {told}{red:#}; `aftercall check --explain <code>` says why")?;
        return Ok(());
    }
    sizes(proof, out)?;
    let green = AnsiColor::Green.on_default().bold();
    let also =
        if warnings > 0 { format!(", with {}", of(warnings, "warning")) } else { String::new() };
    writeln!(out, "{green}{shown}: passes{green:#}{also}")?;
    Ok(())
}

/// Only what speaks against publishing.
pub(crate) fn print_errors(
    source: &Source,
    proof: &Proof,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for finding in proof.findings.iter().filter(|f| f.code.level() == Level::Error) {
        writeln!(out, "{}\n", draw(source, finding))?;
    }
    Ok(())
}

/// Each text at its largest, over every day that could stand in it.
fn sizes(proof: &Proof, out: &mut impl Write) -> anyhow::Result<()> {
    let widest = proof.sizes.iter().map(|size| size.field.len()).max().unwrap_or_default();
    let title = format!("{:<widest$}  characters  parts   pence", "Text, at its largest");
    writeln!(out, "{BOLD}{title}{BOLD:#}")?;
    for size in &proof.sizes {
        let (units, parts) = (size.largest.units(), size.largest.segments());
        let pence = proof
            .price
            .map_or_else(|| "?".to_owned(), |price| decimal((price * parts as u64).millipence()));
        let note = match size.largest.encoding() {
            Encoding::Gsm7 => String::new(),
            Encoding::Ucs2 => format!("  {DIM}70 to a part{DIM:#}"),
        };
        writeln!(out, "{:<widest$}  {units:>10}  {parts:>5}  {pence:>6}{note}", size.field)?;
    }
    Ok(())
}

/// Pence from thousandths, such as `2.4`.
fn decimal(millipence: u64) -> String {
    let whole = millipence / 1000;
    match format!("{:03}", millipence % 1000).trim_end_matches('0') {
        "" => format!("{whole}.0"),
        rest => format!("{whole}.{rest}"),
    }
}

/// One finding as a compiler would draw it.
pub(crate) fn draw(source: &Source, finding: &Finding) -> String {
    let weight = match finding.code.level() {
        Level::Error => Weight::ERROR,
        Level::Warning => Weight::WARNING,
    };
    let span = place::place(&source.text, &finding.field, finding.range.as_ref());
    let what = format!("{}: {}", finding.field, finding.what);
    let help = finding.help.as_deref();
    drawn(&source.text, &source.path, weight, finding.code.name(), &what, span, help)
}

/// How much of a long line is shown: campaigns are written one text to a line.
const WIDTH: usize = 110;

fn drawn(
    text: &str,
    path: &Path,
    weight: Weight<'_>,
    code: &str,
    what: &str,
    span: std::ops::Range<usize>,
    help: Option<&str>,
) -> String {
    let shown = path.display().to_string();
    let snippet = Snippet::source(text).path(shown).annotation(AnnotationKind::Primary.span(span));
    let mut group = weight.primary_title(what).id(code).element(snippet);
    if let Some(help) = help {
        group = group.element(Weight::HELP.message(help));
    }
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(WIDTH);
    renderer.render(&[group])
}

/// Line and column, from 1, in characters.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn json(source: &Source, proof: &Proof) -> serde_json::Value {
    let findings: Vec<_> = proof
        .findings
        .iter()
        .map(|finding| {
            let span = place::place(&source.text, &finding.field, finding.range.as_ref());
            let (line, column) = line_and_column(&source.text, span.start);
            json!({
                "code": finding.code.name(),
                "level": weight(finding.code.level()),
                "field": finding.field,
                "line": line,
                "column": column,
                "what": finding.what,
                "help": finding.help,
            })
        })
        .collect();
    let sizes: Vec<_> = proof
        .sizes
        .iter()
        .map(|size| {
            let parts = size.largest.segments();
            json!({
                "field": size.field,
                "characters": size.largest.units(),
                "alphabet": match size.largest.encoding() {
                    Encoding::Gsm7 => "gsm-7",
                    Encoding::Ucs2 => "ucs-2",
                },
                "parts": parts,
                "allowed": size.allowed,
                "millipence": proof.price.map(|price| (price * parts as u64).millipence()),
            })
        })
        .collect();
    json!({
        "file": source.path.display().to_string(),
        "campaign": source.file.name,
        "passes": proof.passes(),
        "findings": findings,
        "texts": sizes,
    })
}

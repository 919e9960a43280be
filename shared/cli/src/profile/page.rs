//! What `aftercall profile check` prints: for a tired analyst, and for machines.

use std::collections::BTreeMap;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use domain::campaign::Campaign;
use domain::coverage::{Coverage, Span, Tally};
use domain::eligibility::Verdict;
use domain::force::{FeedFile, Kind};
use domain::hours::LONDON;
use serde_json::{Value, json};

use super::check::Found;
use super::{WIDTH, counted, key, wrapped};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const WARN: Style = AnsiColor::Yellow.on_default();

/// The length of the bar of a verdict that every row has.
const BAR: u64 = 40;

/// How many rules and reasons are printed; JSON has all.
const LINES_MAX: usize = 12;

/// How many codes of one table are printed.
const CODES_MAX: usize = 20;

/// The most days that the calls of one extract cover before we ask whether its dates are read as
/// they were written: days taken for months spread a week over a year.
const SPAN_MAX_DAYS: i64 = 120;

/// Where the meaning of each of our fields stands in a profile, and what comes of not giving it.
const TABLES: [(&str, &str, &str); 10] = [
    ("status", "status", "leave them held"),
    ("opening", "categories", "leave them held"),
    ("closing", "categories", "leave them held"),
    ("results", "results", "leave them held"),
    ("qualifiers", "qualifiers", "leave them held"),
    ("source", "sources", "leave them held"),
    ("attended", "attended", "leave them, and the texts claim less"),
    ("caller_role", "roles", "leave them held"),
    ("consent", "consent", "leave them held"),
    ("markers", "markers", "leave them, and those callers are never texted"),
];

const ALONE: &str = "Each row was decided by itself, as if its file had landed in time and the \
    campaigns ran. Other rows of a log, main logs of duplicates, links from the crime feed, people \
    who ring again and opt-outs are only known once files are ingested, and mostly hold more.";

/// Prints everything that was found.
pub(super) fn print(found: &Found<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let coverage = found.coverage;
    let campaigns: Vec<_> = found.campaigns.iter().map(|c| c.id.as_str()).collect();
    let campaigns = if campaigns.is_empty() { "none".to_owned() } else { campaigns.join(", ") };
    let kind = match found.feed.kind {
        Kind::Incidents => "logs, a row for each caller",
        Kind::Crimes => "links to crimes",
    };
    let profile = found.profile.display();
    writeln!(out, "{BOLD}Profile{BOLD:#}    {} ({profile}): no problem found", found.name)?;
    writeln!(out, "{BOLD}File{BOLD:#}       {}", found.file.display())?;
    writeln!(out, "{BOLD}Feed{BOLD:#}       {} ({kind})", found.feed_name)?;
    if found.feed.kind == Kind::Incidents {
        writeln!(out, "{BOLD}Campaigns{BOLD:#}  {campaigns}")?;
    }
    let style = if coverage.rejected > 0 { WARN } else { Style::new() };
    let (read, rejected) = (coverage.read, coverage.rejected);
    writeln!(out, "{BOLD}Rows{BOLD:#}       {read} read, {style}{rejected} refused{style:#}")?;
    rejects(coverage, out)?;
    match found.feed.kind {
        Kind::Incidents if coverage.read > 0 => incidents(found, out)?,
        Kind::Crimes => links(coverage, out)?,
        Kind::Incidents => {}
    }
    next(found, out)
}

fn rejects(coverage: &Coverage, out: &mut impl Write) -> anyhow::Result<()> {
    let mut rejects: Vec<_> = coverage.rejects.iter().collect();
    if rejects.is_empty() {
        return Ok(());
    }
    rejects.sort_by_key(|(_, refused)| std::cmp::Reverse(refused.rows));
    writeln!(out, "\n{BOLD}Refused, and why{BOLD:#}")?;
    for ((column, reason), refused) in rejects.iter().take(LINES_MAX) {
        let line = refused.first_line;
        let told = column.is_empty() || reason.starts_with(&format!("{column}:"));
        let column = if told { String::new() } else { format!("{column}: ") };
        writeln!(out, "  {:>7}  from line {line:<6} {column}{reason}", refused.rows)?;
    }
    more(rejects.len(), "reasons", out)
}

fn more(all: usize, what: &str, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(rest) = all.checked_sub(LINES_MAX).filter(|rest| *rest > 0) {
        writeln!(out, "  {DIM}{rest} more {what}: --json{DIM:#}")?;
    }
    Ok(())
}

fn incidents(found: &Found<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let coverage = found.coverage;
    fields(found, out)?;
    writeln!(out, "\n{BOLD}Times{BOLD:#} (London)")?;
    let dates = &coverage.dates;
    writeln!(out, "  calls   {}", span(dates.opened))?;
    writeln!(out, "  closed  {}", span(dates.closed))?;
    for (rows, what) in [
        (dates.future, "with a time after their extraction"),
        (dates.closed_before_opened, "closed before they were opened"),
        (dates.arrived_before_opened, "with an arrival before the call"),
    ] {
        if rows > 0 {
            writeln!(out, "  {WARN}{rows:>6}{WARN:#}  {what}")?;
        }
    }
    writeln!(out, "\n{BOLD}Numbers{BOLD:#} of callers")?;
    writeln!(out, "  {:>6}  may be texted", coverage.sendable)?;
    for (reason, rows) in most(&coverage.phones) {
        writeln!(out, "  {rows:>6}  {reason}")?;
    }
    if !coverage.markers.is_empty() {
        writeln!(out, "\n{BOLD}Markers{BOLD:#}, from flags and from words")?;
        for (marker, rows) in most(&coverage.markers) {
            writeln!(out, "  {rows:>6}  {}", marker.name())?;
        }
    }
    verdicts(coverage, out)
}

fn fields(found: &Found<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let fields = &found.coverage.fields;
    let names: Vec<_> = fields.iter().map(|(field, _)| column(found.feed, field)).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let title = format!("{:<14}{:<widest$}", "Our field", "Column");
    writeln!(out, "\n{BOLD}{title}   known   blank unknown{BOLD:#}")?;
    for ((field, filled), name) in fields.iter().zip(names) {
        let name = format!("{name:<widest$}");
        let (known, blank) = (filled.known, filled.blank);
        let style = if filled.unknown > 0 { WARN } else { Style::new() };
        let unknown = filled.unknown;
        writeln!(out, "{field:<14}{name} {known:>7} {blank:>7} {style}{unknown:>7}{style:#}")?;
    }
    Ok(())
}

/// Their column for one of our fields, for people.
fn column(feed: &FeedFile, field: &str) -> String {
    feed.columns.get(field).map_or_else(|| "(no column)".to_owned(), ToString::to_string)
}

fn span(span: Span) -> String {
    let day = |at: jiff::Timestamp| at.to_zoned(LONDON.clone()).strftime("%-d %B %Y").to_string();
    let Some((first, last)) = span.0 else { return "none".to_owned() };
    format!("{} to {}", day(first), day(last))
}

/// What came most often first.
fn most<K: Copy + Ord>(counts: &BTreeMap<K, u64>) -> Vec<(K, u64)> {
    let mut counts: Vec<_> = counts.iter().map(|(key, rows)| (*key, *rows)).collect();
    counts.sort_by_key(|(key, rows)| (std::cmp::Reverse(*rows), *key));
    counts
}

fn verdicts(coverage: &Coverage, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\n{BOLD}Verdicts{BOLD:#}")?;
    for (verdict, colour) in [
        (Verdict::Text, AnsiColor::Green),
        (Verdict::Hold, AnsiColor::Yellow),
        (Verdict::Never, AnsiColor::Red),
    ] {
        let style = colour.on_default();
        let rows = coverage.verdict(verdict);
        let share = |of: u64| (rows * of + coverage.read / 2) / coverage.read.max(1);
        let bar = "█".repeat(usize::try_from(share(BAR)).unwrap_or_default());
        let percent = share(100);
        let line =
            format!("  {:<6}{rows:>7}  {percent:>3} %  {style}{bar}{style:#}", verdict.name());
        writeln!(out, "{}", line.trim_end())?;
    }
    let mut rules: Vec<_> = coverage.rules.iter().collect();
    // What one rule alone holds is what mending that one thing would let through.
    rules.sort_by_key(|(_, matched)| std::cmp::Reverse((matched.alone, matched.rows)));
    if !rules.is_empty() {
        writeln!(out, "\n{BOLD}   rows   alone  rule{BOLD:#}")?;
    }
    for (rule, matched) in &rules {
        let (rows, alone) = (matched.rows, matched.alone);
        writeln!(out, "{rows:>7} {alone:>7}  {rule}  {DIM}{}{DIM:#}", rule.words())?;
    }
    if !coverage.told.is_empty() {
        writeln!(out, "\n{BOLD}Texts would tell{BOLD:#}")?;
    }
    let mut told: Vec<_> = coverage.told.iter().collect();
    told.sort_by_key(|(outcome, told)| (std::cmp::Reverse(told.rows), *outcome));
    for (outcome, told) in told {
        let weaker = match told.weaker {
            0 => String::new(),
            n => format!(
                "  {DIM}{n} in weaker words: the log shows less than the others claim{DIM:#}"
            ),
        };
        writeln!(out, "  {:>6}  {outcome}{weaker}", told.rows)?;
    }
    writeln!(out)?;
    for line in wrapped(ALONE, WIDTH) {
        writeln!(out, "{DIM}{line}{DIM:#}")?;
    }
    Ok(())
}

fn links(coverage: &Coverage, out: &mut impl Write) -> anyhow::Result<()> {
    let links = coverage.links;
    writeln!(out, "\n{BOLD}Links{BOLD:#}")?;
    writeln!(out, "  {:>6}  name a log", links.by_log)?;
    writeln!(out, "  {:>6}  name a number", links.by_phone)?;
    writeln!(out, "  {:>6}  name both", links.by_both)?;
    Ok(())
}

/// The codes that the profile does not know, by the table they would stand in.
struct Unknown {
    table: &'static str,
    otherwise: &'static str,
    columns: Vec<String>,
    codes: Tally,
}

fn unknown(found: &Found<'_>) -> Vec<Unknown> {
    let mut tables: Vec<Unknown> = Vec::new();
    for (field, table, otherwise) in TABLES {
        let Some(codes) = found.coverage.unknown.get(field) else { continue };
        let name = format!("{:?}", column(found.feed, field));
        match tables.iter_mut().find(|unknown| unknown.table == table) {
            Some(unknown) => {
                unknown.columns.push(name);
                unknown.codes.merge(codes);
            }
            None => {
                tables.push(Unknown { table, otherwise, columns: vec![name], codes: codes.clone() })
            }
        }
    }
    tables
}

/// What to do next, in whole sentences.
fn advice(found: &Found<'_>) -> Vec<String> {
    let coverage = found.coverage;
    let mut advice = Vec::new();
    if coverage.rejected > 0 {
        advice.push(format!(
            "{} could not be read: mend at the source, or see to the dates of the profile; \
             docs/extracts.md explains each reason.",
            rows(coverage.rejected)
        ));
    }
    if coverage.read == 0 {
        advice.push("There is nothing below the header that can be read.".to_owned());
    }
    if found.feed.kind == Kind::Crimes || coverage.read == 0 {
        return advice;
    }
    if found.campaigns.is_empty() {
        advice.push(
            "There is no campaign, so everything holds: name one with --campaign, or put it in \
             the folder campaigns beside the profile's."
                .to_owned(),
        );
    }
    for (field, filled) in &coverage.fields {
        let matters = ["closed_at", "status", "opening", "closing", "results", "source"]
            .contains(field)
            || ["caller_phone", "caller_role", "consent"].contains(field);
        if matters && filled.blank == coverage.read {
            let name = column(found.feed, field);
            advice.push(format!("No row has anything in {name:?} ({field}), so every row holds."));
        }
    }
    let days = coverage.dates.opened.days();
    if days > SPAN_MAX_DAYS {
        advice.push(format!(
            "The calls spread over {days} days: for one extract that is long. Are days and months \
             the right way round in dates?"
        ));
    }
    let numbers = coverage.read - coverage.field("caller_phone").blank;
    if numbers > 0 && coverage.sendable == 0 {
        let name = column(found.feed, "caller_phone");
        advice.push(format!(
            "Not one of {numbers} values of {name:?} is a number a text may go to: is it the \
             caller's?"
        ));
    }
    for unknown in unknown(found) {
        let columns = unknown.columns.join(" and ");
        let table = unknown.table;
        let cells = match unknown.codes.total() {
            1 => "1 cell".to_owned(),
            n => format!("{n} cells"),
        };
        if unknown.codes.looks_like_codes() {
            let codes = match unknown.codes.distinct() {
                1 => "1 code".to_owned(),
                n => format!("{n} codes"),
            };
            advice.push(format!(
                "{codes} of {columns} ({cells}) not in [codes.{table}]: add the meanings you know, \
                 or {}.",
                unknown.otherwise
            ));
        } else {
            advice.push(format!(
                "{cells} of {columns} not in [codes.{table}], and they seldom repeat: is it the right \
                 column? They may be names, so they are not shown."
            ));
        }
    }
    if coverage.verdict(Verdict::Text) == 0 && !found.campaigns.is_empty() {
        advice.push("Nobody would be texted: begin with the rule that matches most.".to_owned());
    }
    advice
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn next(found: &Found<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let advice = advice(found);
    writeln!(out, "\n{BOLD}What to do next{BOLD:#}")?;
    if advice.is_empty() {
        writeln!(out, "  Nothing is left open: rehearse it, then publish.")?;
    }
    for advice in advice {
        for (n, line) in wrapped(&advice, WIDTH).into_iter().enumerate() {
            writeln!(out, "{} {line}", if n == 0 { "  -" } else { "   " })?;
        }
    }
    if found.feed.kind == Kind::Incidents {
        paste(found, out)?;
    }
    Ok(())
}

/// The unknown codes as lines of a profile, without their meaning.
fn paste(found: &Found<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let tables: Vec<_> =
        unknown(found).into_iter().filter(|unknown| unknown.codes.looks_like_codes()).collect();
    if tables.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{DIM}# To paste under the heading of the same name, each with its meaning.{DIM:#}"
    )?;
    for unknown in tables {
        writeln!(out, "\n[codes.{}]", unknown.table)?;
        let codes = unknown.codes.most_frequent();
        for (code, times) in codes.iter().take(CODES_MAX) {
            let key = key(code);
            // A masked value is no code any more.
            let hidden = if code.contains('#') { "# " } else { "" };
            let times = counted(unknown.table, *times);
            writeln!(out, "{hidden}{key} = \"\"  {DIM}# {times}{DIM:#}")?;
        }
        if let Some(rest) = codes.len().checked_sub(CODES_MAX).filter(|rest| *rest > 0) {
            writeln!(out, "{DIM}# {rest} more codes: --json{DIM:#}")?;
        }
    }
    Ok(())
}

/// Everything that was found, for machines.
pub(super) fn json(found: &Found<'_>) -> Value {
    let coverage = found.coverage;
    let moments = |span: Span| span.0.map(|(first, last)| [first.to_string(), last.to_string()]);
    let unknown: BTreeMap<_, _> = coverage
        .unknown
        .iter()
        .map(|(field, codes)| {
            // Values that do not look like codes may be names.
            let shown = codes.looks_like_codes();
            let listed = if shown { codes.most_frequent() } else { vec![] };
            let listed: Vec<_> = listed
                .into_iter()
                .map(|(code, rows)| json!({"code": code, "rows": rows}))
                .collect();
            (
                *field,
                json!({
                    "distinct": codes.distinct(),
                    "times": codes.total(),
                    "not_kept": codes.beyond(),
                    "codes": listed,
                }),
            )
        })
        .collect();
    let fields: BTreeMap<_, _> = coverage
        .fields
        .iter()
        .map(|(field, f)| {
            (*field, json!({"known": f.known, "blank": f.blank, "unknown": f.unknown}))
        })
        .collect();
    let verdicts: BTreeMap<_, _> = [Verdict::Text, Verdict::Hold, Verdict::Never]
        .map(|verdict| (verdict.name(), coverage.verdict(verdict)))
        .into();
    let dates = &coverage.dates;
    json!({
        "profile": found.name,
        "feed": found.feed_name,
        "campaigns": found.campaigns.iter().map(|c: &Campaign| c.id.as_str()).collect::<Vec<_>>(),
        "complete": coverage.is_complete(),
        "rows": {"read": coverage.read, "refused": coverage.rejected},
        "refused": coverage.rejects.iter().map(|((column, reason), refused)| json!({
            "column": column,
            "reason": reason,
            "rows": refused.rows,
            "first_line": refused.first_line,
        })).collect::<Vec<_>>(),
        "fields": fields,
        "unknown": unknown,
        "times": {
            "opened": moments(dates.opened),
            "closed": moments(dates.closed),
            "not_dated": dates.undated,
            "future": dates.future,
            "closed_before_opened": dates.closed_before_opened,
            "arrived_before_opened": dates.arrived_before_opened,
        },
        "numbers": {"sendable": coverage.sendable, "refused": coverage.phones},
        "markers": coverage.markers.iter()
            .map(|(marker, rows)| (marker.name(), rows)).collect::<BTreeMap<_, _>>(),
        "verdicts": verdicts,
        "rules": coverage.rules.iter().map(|(rule, matched)| json!({
            "id": rule.as_str(),
            "rows": matched.rows,
            "alone": matched.alone,
        })).collect::<Vec<_>>(),
        "told": coverage.told.iter().map(|(outcome, told)| json!({
            "outcome": outcome.as_str(),
            "rows": told.rows,
            "weaker": told.weaker,
        })).collect::<Vec<_>>(),
        "links": {
            "by_log": coverage.links.by_log,
            "by_phone": coverage.links.by_phone,
            "by_both": coverage.links.by_both,
        },
        "next": advice(found),
    })
}

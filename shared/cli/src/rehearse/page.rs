//! What `aftercall rehearse` prints: for a tired analyst, and for machines.

use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use domain::budget::Money;
use domain::coverage::Refused;
use domain::hours::LONDON;
use domain::rehearsal::{Rehearsed, Spent};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::profile::{WIDTH, wrapped};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const WARN: Style = AnsiColor::Yellow.on_default();

/// The length of the longest bar.
const BAR: u64 = 30;

/// How many reasons of refused rows are printed; JSON has all.
const LINES_MAX: usize = 12;

/// How many rules are printed; JSON and the page have all.
const RULES_MAX: usize = 20;

/// What a rehearsal cannot know.
const UNKNOWN: &str = "Not rehearsed: opt-outs, replies and what is said to them, and what was done with a \
    log after its last extract. The campaigns' days are set aside, and each log is decided as if its file \
    had landed in time.";

/// Prints everything.
pub(super) fn print(
    rehearsed: &Rehearsed,
    html: Option<&Path>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    head(rehearsed, out)?;
    steps(rehearsed, out)?;
    rules(rehearsed, out)?;
    weeks(rehearsed, out)?;
    months(rehearsed, out)?;
    queue(rehearsed, out)?;
    learnt(rehearsed, out)?;
    told(rehearsed, out)?;
    examples(rehearsed, out)?;
    writeln!(out)?;
    for line in wrapped(UNKNOWN, WIDTH) {
        writeln!(out, "{DIM}{line}{DIM:#}")?;
    }
    if let Some(path) = html {
        writeln!(out, "The page is in {}.", path.display())?;
    }
    Ok(())
}

fn head(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    for plan in &rehearsed.campaigns {
        let (id, title) = (plan.id.as_str(), &plan.title);
        writeln!(out, "{BOLD}Campaign{BOLD:#}  {id}: {title}")?;
    }
    if let Some((first, last)) = rehearsed.calls.0 {
        let days = plural(rehearsed.days, "day");
        writeln!(out, "{BOLD}Calls{BOLD:#}     {} to {}, on {days}", day(first), day(last))?;
    }
    let rows = &rehearsed.rows;
    let style = if rows.refused > 0 { WARN } else { Style::new() };
    let (all, refused) = (count(rows.all), count(rows.refused));
    write!(out, "{BOLD}Rows{BOLD:#}      {all}, of which {style}{refused} refused{style:#}")?;
    if rows.superseded > 0 {
        write!(out, " and {} of logs that a later extract has again", count(rows.superseded))?;
    }
    writeln!(out)?;
    if rows.links + rows.links_refused > 0 {
        let style = if rows.links_refused > 0 { WARN } else { Style::new() };
        let (links, refused) = (count(rows.links + rows.links_refused), count(rows.links_refused));
        writeln!(
            out,
            "{BOLD}Links{BOLD:#}     {links} to crimes, of which {style}{refused} refused{style:#}"
        )?;
    }
    let mut reasons: Vec<_> = rehearsed.refused.iter().collect();
    reasons.sort_by_key(|(_, refused)| std::cmp::Reverse(refused.rows));
    for ((file, column, reason), Refused { rows, first_line }) in reasons.iter().take(LINES_MAX) {
        let told = column.is_empty() || reason.starts_with(&format!("{column}:"));
        let column = if told { String::new() } else { format!("{column}: ") };
        writeln!(out, "  {WARN}{rows:>7}{WARN:#}  from {file}:{first_line}  {column}{reason}")?;
    }
    if let Some(rest) = reasons.len().checked_sub(LINES_MAX).filter(|rest| *rest > 0) {
        let rest = plural(rest as u64, "more reason");
        writeln!(out, "  {DIM}{rest}: --json{DIM:#}")?;
    }
    Ok(())
}

fn steps(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    let (rows, steps) = (&rehearsed.rows, &rehearsed.steps);
    writeln!(out, "\n{BOLD}From rows to texts{BOLD:#}")?;
    let decided = rows.text + rows.hold + rows.never;
    let all = [
        (count(decided), "rows decided", AnsiColor::White),
        (minus(rows.never), "are never texted", AnsiColor::Red),
        (minus(rows.hold), "are held", AnsiColor::Yellow),
        (minus(steps.again), "are of somebody who rang again about it", AnsiColor::White),
        (count(steps.contacts), "people to be told of an incident", AnsiColor::White),
        (minus(steps.held_out), "are held out, for comparison", AnsiColor::White),
        (minus(steps.wordless), "have no words that the log bears out", AnsiColor::White),
        (minus(steps.resting), "were texted not long before", AnsiColor::White),
        (minus(steps.unpaid), "were stopped by the cap until they were stale", AnsiColor::White),
    ];
    for (n, words, colour) in all.iter().filter(|(n, ..)| n != "0") {
        let style = if *colour == AnsiColor::White { Style::new() } else { colour.on_default() };
        writeln!(out, "  {style}{n:>9}{style:#}  {words}")?;
    }
    let (texts, parts, people) = (steps.texts, count(steps.parts), count(steps.people));
    let style = AnsiColor::Green.on_default().bold();
    let texts = count(texts);
    writeln!(out, "  {style}{texts:>9}  texts{style:#} to {people} people, in {parts} parts")?;
    Ok(())
}

fn rules(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    let rules = rehearsed.rules_by_weight();
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}     rows     alone  Why not{BOLD:#}")?;
    for (rule, matched) in rules.iter().take(RULES_MAX) {
        let (rows, alone) = (count(matched.rows), count(matched.alone));
        writeln!(out, "{rows:>9} {alone:>9}  {rule}  {DIM}{}{DIM:#}", rule.words())?;
    }
    if let Some(rest) = rules.len().checked_sub(RULES_MAX).filter(|rest| *rest > 0) {
        let rest = plural(rest as u64, "more rule");
        writeln!(out, "  {DIM}{rest}: --json, --html{DIM:#}")?;
    }
    Ok(())
}

fn weeks(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    let most = rehearsed.weeks.values().map(|week| week.texts).max().unwrap_or_default();
    writeln!(out, "\n{BOLD}Week from         rows  may be texted     texts{BOLD:#}")?;
    for (monday, week) in &rehearsed.weeks {
        let monday = monday.strftime("%e %b %Y").to_string();
        let (rows, may, texts) = (count(week.rows), count(week.may_be_texted), count(week.texts));
        let bar = "█".repeat(share(week.texts, most));
        let style = AnsiColor::Green.on_default();
        let line = format!("{monday:<12} {rows:>9} {may:>14} {texts:>9}  {style}{bar}{style:#}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn months(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    if rehearsed.months.is_empty() {
        return Ok(());
    }
    let names = rehearsed.campaigns.iter().map(|plan| plan.id.as_str().chars().count());
    let widest = names.max().unwrap_or_default().max(8);
    let title = format!("Month    {:<widest$}", "Campaign");
    let columns =
        "    texts     parts        cost     cap  over cap     at 3p     Notify  less free";
    writeln!(out, "\n{BOLD}{title}{columns}{BOLD:#}")?;
    let line = |name: &str, spent: &Spent| {
        let over = if spent.over_cap > 0 { WARN } else { Style::new() };
        format!(
            "{name} {:>8} {:>9} {:>11} {:>7} {over}{:>9}{over:#} {:>9} {:>10} {:>10}",
            count(spent.texts),
            count(spent.parts),
            pounds(spent.cost),
            whole_pounds(spent.cap),
            count(spent.over_cap),
            pounds(spent.paper),
            maybe(spent.notify),
            maybe(spent.notify_to_pay),
        )
    };
    for ((month, campaign), spent) in &rehearsed.months {
        let name = format!("{month}  {:<widest$}", campaign.as_str());
        writeln!(out, "{}", line(&name, spent))?;
    }
    let all = rehearsed.spent();
    if rehearsed.months.len() > 1 {
        let name = format!("{:<1$}", "All", 9 + widest);
        writeln!(out, "{BOLD}{}{BOLD:#}", line(&name, &all))?;
    }
    let mut notes = vec![format!(
        "Without VAT. The cost is at the supplier's price of the day (before the first known day, of that \
         one) and counts towards the cap; the paper expects 3p a part; of Notify's, {} parts fall within \
         its yearly allowance, which begins on 1 April.",
        count(all.free_parts)
    )];
    if all.over_cap > 0 {
        notes.push(format!(
            "{} reached the cap of a month: of those {} left when the next one began, and {} were stale by \
             then.",
            texts(all.over_cap),
            count(all.later),
            count(rehearsed.steps.unpaid)
        ));
    }
    for plan in &rehearsed.campaigns {
        let suffices = rehearsed.cap_that_suffices(&plan.id) * 100;
        if Money::from_pence(suffices) > plan.monthly_cap {
            let suffices = whole_pounds(Money::from_pence(suffices));
            notes.push(format!("A cap of {suffices} a month would stop nothing of {}.", plan.id));
        }
    }
    for plan in rehearsed.campaigns.iter().filter(|plan| !plan.priced) {
        notes.push(format!("No price of {} is known, so 3p counts: --prices.", plan.supplier));
    }
    notes.push(
        "What is said to those who reply comes on top: at most two questions each, within the cap."
            .to_owned(),
    );
    for note in notes {
        for line in wrapped(&note, WIDTH) {
            writeln!(out, "{DIM}{line}{DIM:#}")?;
        }
    }
    Ok(())
}

fn queue(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    let queue = &rehearsed.queue;
    let lands = match rehearsed.assumed.lands {
        Some(lands) => format!("if each night's file lands at {}", lands.strftime("%H:%M")),
        None => {
            "if each log is told as it is closed; --lands 06:00 if by a nightly file".to_owned()
        }
    };
    writeln!(out, "\n{BOLD}Hours{BOLD:#}, {lands}")?;
    writeln!(out, "  {:>9}  texts wait for the window to open", count(queue.waiting))?;
    let typical = duration(queue.typical_minutes);
    writeln!(out, "  {typical:>9}  is the typical time from closure to the text")?;
    let longest = duration(queue.longest_minutes);
    writeln!(out, "  {longest:>9}  is the longest")?;
    if let Some((at, texts)) = queue.busiest {
        let at = at.to_zoned(LONDON.clone()).strftime("%a %-d %B %Y at %H:%M");
        writeln!(out, "  {:>9}  fall due at once, on {at}", count(texts))?;
    }
    writeln!(out, "  {:>9}  rows are stale before it opens", count(queue.stale_rows))?;
    Ok(())
}

fn learnt(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    let assumed = rehearsed.assumed;
    writeln!(
        out,
        "\n{BOLD}What would be learnt{BOLD:#}, if {} in 100 answer",
        assumed.reply_percent
    )?;
    let sent = texts(rehearsed.steps.texts);
    writeln!(out, "  {} to the {sent} above", replies(rehearsed.replies()))?;
    for (plan, learnt) in rehearsed.campaigns.iter().zip(&rehearsed.learnt) {
        let review = plan.review.strftime("%-d %B %Y");
        let (replies, sent) = (replies(learnt.replies), texts(learnt.texts));
        let days = learnt.days;
        let found = format!(
            "{}: {replies} to {sent} by {review}, {days} days after its first, if they are \
             like these. The share of satisfied callers would then be known to ±{} points at worst, ±{} \
             where {} % are.",
            plan.id.as_str(),
            points(learnt.half_width_worst),
            points(learnt.half_width_assumed),
            assumed.satisfied_percent
        );
        for line in wrapped(&found, WIDTH - 2) {
            writeln!(out, "  {line}")?;
        }
    }
    writeln!(
        out,
        "{DIM}Satisfied: 4 or 5 of 5. Both rates are assumptions; published rates of reply are 10 to 30 %.{DIM:#}"
    )?;
    Ok(())
}

fn told(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    if rehearsed.told.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}    texts     parts  Texts would tell{BOLD:#}")?;
    for (outcome, told) in rehearsed.told_by_weight() {
        let weaker = match told.weaker {
            0 => String::new(),
            n => format!("  {DIM}{} in weaker words{DIM:#}", count(n)),
        };
        writeln!(out, "{:>9} {:>9}  {outcome}{weaker}", count(told.texts), count(told.parts))?;
    }
    Ok(())
}

fn examples(rehearsed: &Rehearsed, out: &mut impl Write) -> anyhow::Result<()> {
    if rehearsed.examples.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{} texts to read{BOLD:#}", rehearsed.examples.len())?;
    for example in &rehearsed.examples {
        let weaker = if example.weaker { ", weaker words" } else { "" };
        let (log, outcome, parts) = (&example.log, &example.outcome, plural(example.parts, "part"));
        let at = example.at.to_zoned(LONDON.clone()).strftime("%-d %b %Y %H:%M").to_string();
        writeln!(out, "  {BOLD}{log}{BOLD:#}  {outcome}{weaker}  {DIM}{parts}, {at}{DIM:#}")?;
        for line in wrapped(&example.text, WIDTH - 4) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// Everything, for machines. What `--help` says of it only grows.
pub(super) fn json(rehearsed: &Rehearsed) -> Value {
    let (rows, steps, queue) = (&rehearsed.rows, &rehearsed.steps, &rehearsed.queue);
    let millipence = |money: Option<Money>| money.map(Money::millipence);
    json!({
        "format": "aftercall-rehearsal/1",
        "campaigns": rehearsed.campaigns.iter().map(|plan| json!({
            "name": plan.id.as_str(),
            "title": plan.title,
            "starts": plan.starts.to_string(),
            "ends": plan.ends.to_string(),
            "review": plan.review.to_string(),
            "supplier": plan.supplier.to_string(),
            "cap_millipence": plan.monthly_cap.millipence(),
            "hold_out_percent": plan.hold_out_percent,
            "rest_days": plan.rest_days,
            "priced": plan.priced,
        })).collect::<Vec<_>>(),
        "rows": {
            "all": rows.all,
            "text": rows.text,
            "hold": rows.hold,
            "never": rows.never,
            "refused": rows.refused,
            "superseded": rows.superseded,
            "links": rows.links,
            "links_refused": rows.links_refused,
        },
        "refused": rehearsed.refused.iter().map(|((file, column, reason), refused)| json!({
            "file": file,
            "column": column,
            "reason": reason,
            "rows": refused.rows,
            "first_line": refused.first_line,
        })).collect::<Vec<_>>(),
        "calls": {
            "first": rehearsed.calls.0.map(|(first, _)| first.to_string()),
            "last": rehearsed.calls.0.map(|(_, last)| last.to_string()),
            "days": rehearsed.days,
        },
        "rules": rehearsed.rules_by_weight().iter().map(|(rule, matched)| json!({
            "id": rule.as_str(),
            "words": rule.words(),
            "rows": matched.rows,
            "alone": matched.alone,
        })).collect::<Vec<_>>(),
        "contacts": {
            "rows_again": steps.again,
            "planned": steps.contacts,
            "held_out": steps.held_out,
            "no_words": steps.wordless,
            "resting": steps.resting,
            "unpaid": steps.unpaid,
        },
        "texts": steps.texts,
        "parts": steps.parts,
        "people": steps.people,
        "weeks": rehearsed.weeks.iter().map(|(monday, week)| json!({
            "monday": monday.to_string(),
            "rows": week.rows,
            "may_be_texted": week.may_be_texted,
            "texts": week.texts,
            "parts": week.parts,
        })).collect::<Vec<_>>(),
        "months": rehearsed.months.iter().map(|((month, campaign), spent)| json!({
            "month": month.to_string(),
            "campaign": campaign.as_str(),
            "texts": spent.texts,
            "parts": spent.parts,
            "cost_millipence": spent.cost.millipence(),
            "cap_millipence": spent.cap.millipence(),
            "due_millipence": spent.due.millipence(),
            "over_cap": spent.over_cap,
            "later": spent.later,
            "paper_millipence": spent.paper.millipence(),
            "notify_millipence": millipence(spent.notify),
            "free_parts": spent.free_parts,
            "notify_to_pay_millipence": millipence(spent.notify_to_pay),
        })).collect::<Vec<_>>(),
        "told": rehearsed.told_by_weight().iter().map(|(outcome, told)| json!({
            "outcome": outcome.as_str(),
            "texts": told.texts,
            "parts": told.parts,
            "weaker": told.weaker,
        })).collect::<Vec<_>>(),
        "queue": {
            "waiting": queue.waiting,
            "typical_minutes": queue.typical_minutes,
            "longest_minutes": queue.longest_minutes,
            "busiest_at": queue.busiest.map(|(at, _)| at.to_string()),
            "busiest_texts": queue.busiest.map_or(0, |(_, texts)| texts),
            "stale_rows": queue.stale_rows,
        },
        "assumed": {
            "reply_rate": rehearsed.assumed.reply_percent as f64 / 100.0,
            "satisfied": rehearsed.assumed.satisfied_percent as f64 / 100.0,
            "lands": rehearsed.assumed.lands.map(|lands| lands.strftime("%H:%M").to_string()),
        },
        "replies": rehearsed.replies(),
        "learnt": rehearsed.learnt.iter().map(|learnt| json!({
            "campaign": learnt.campaign.as_str(),
            "days": learnt.days,
            "texts": learnt.texts,
            "replies": learnt.replies,
            "half_width_worst": rounded(learnt.half_width_worst),
            "half_width_assumed": rounded(learnt.half_width_assumed),
        })).collect::<Vec<_>>(),
        "examples": rehearsed.examples.iter().map(|example| json!({
            "log": example.log,
            "campaign": example.campaign.as_str(),
            "outcome": example.outcome.as_str(),
            "weaker": example.weaker,
            "parts": example.parts,
            "at": example.at.to_string(),
            "text": example.text,
        })).collect::<Vec<_>>(),
    })
}

/// A share with three decimals, as the page shows it.
fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

/// A share in points of a hundred.
fn points(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn share(of: u64, most: u64) -> usize {
    usize::try_from((of * BAR).checked_div(most).unwrap_or_default()).unwrap_or_default()
}

/// A count with commas, such as `4,210`.
fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn minus(n: u64) -> String {
    if n == 0 { "0".to_owned() } else { format!("- {}", count(n)) }
}

fn plural(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", count(n)) }
}

fn replies(n: u64) -> String {
    if n == 1 { "1 reply".to_owned() } else { format!("{} replies", count(n)) }
}

fn texts(n: u64) -> String {
    plural(n, "text")
}

fn day(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%-d %B %Y").to_string()
}

/// To the nearest penny.
fn pounds(money: Money) -> String {
    let pence = (money.millipence() + 500) / 1000;
    format!("£{}.{:02}", count(pence / 100), pence % 100)
}

fn whole_pounds(money: Money) -> String {
    format!("£{}", count(money.millipence() / 100_000))
}

fn maybe(money: Option<Money>) -> String {
    money.map_or_else(|| "–".to_owned(), pounds)
}

/// Minutes as people say them, such as `14 h 30`.
fn duration(minutes: u64) -> String {
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match days {
        0 => format!("{hours} h {minutes:02}"),
        _ => format!("{days} d {hours} h"),
    }
}

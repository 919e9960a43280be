//! The report in a browser: what a person reads there is what the figures say, at a desk and on a
//! telephone, in light and dark, and nothing on it is in anybody's way.
//!
//! Chromium prints the page it made (`--dump-dom`) and what its console said; a script that only the
//! test adds reads the figures off the page and asks axe-core about it. Pictures and papers are left
//! in `target/picture/`. Where there is no Chromium, a line says so and nothing is tested; without
//! axe-core (`make test` installs it), the rest is.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "to say what was not tested")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use adapters::pages;
use domain::contact::{STATES, State};
use domain::desk::DESKS;
use domain::experiment::{Comparison, Look};
use domain::figures::{DELAYS, Durations, Figures, Group, Period, Report, Share};
use domain::interval::Estimate;
use domain::sentiment::Sentiment;
use jiff::civil::date;
use serde_json::Value;
use testkit::reports::drawn;

/// What the script found on a page.
struct Seen {
    figures: Vec<(String, String)>,
    /// Where the board's part ends, in pixels from the top.
    board: f64,
    /// How wide the page is, and how wide the window.
    widths: (f64, f64),
    /// What axe-core finds serious or critical; nothing was asked where it is not installed.
    findings: Vec<String>,
    /// What the console said.
    console: Vec<String>,
}

#[test]
fn what_is_read_on_the_page_is_what_the_figures_say() {
    let Some(browser) = Browser::find() else { return };
    let report = report();
    let page = pages::render(&report).html;
    let expected = expected(&report);
    let views = [("desk", 1280, false), ("desk-dark", 1280, true), ("telephone", 390, false)];
    for (name, width, dark) in views {
        let seen = browser.see(&page, name, width, dark);
        let found: BTreeMap<_, _> = seen.figures.iter().cloned().collect();
        for (figure, text) in &seen.figures {
            assert_eq!(Some(text), expected.get(figure), "{name}: {figure}");
        }
        let missing: Vec<_> = expected.keys().filter(|name| !found.contains_key(*name)).collect();
        assert!(missing.is_empty(), "{name}: not on the page: {missing:?}");
        assert!(seen.widths.0 <= seen.widths.1, "{name}: wider than its window: {:?}", seen.widths);
        if width == 1280 {
            assert!(seen.board <= 800.0, "the board's part ends at {}", seen.board);
        }
        assert!(seen.findings.is_empty(), "{name}: {:#?}", seen.findings);
        assert!(seen.console.is_empty(), "{name}: {:#?}", seen.console);
        browser.photograph(&page, name, width, dark);
    }
    browser.print(&page, "report");
}

#[test]
fn the_review_says_what_the_report_says_and_prints() {
    let Some(browser) = Browser::find() else { return };
    let report = report();
    let page = pages::pack::page(&report);
    let expected = expected(&report);
    for (name, width) in [("review", 1280), ("review-telephone", 390)] {
        let seen = browser.see(&page, name, width, false);
        assert!(seen.figures.len() > 200, "{}", seen.figures.len());
        for (figure, text) in &seen.figures {
            assert_eq!(Some(text), expected.get(figure), "{name}: {figure}");
        }
        assert!(seen.widths.0 <= seen.widths.1, "{name}: {:?}", seen.widths);
        assert!(seen.findings.is_empty(), "{name}: {:#?}", seen.findings);
        assert!(seen.console.is_empty(), "{name}: {:#?}", seen.console);
        browser.photograph(&page, name, width, false);
    }
    browser.print(&page, "review");
}

#[test]
fn an_empty_report_is_fit_to_be_seen_too() {
    let Some(browser) = Browser::find() else { return };
    let period = Period { from: date(2026, 3, 1), to: date(2026, 3, 31) };
    let empty = Report::fold([], [], period, "2026-03-10T05:00:00Z".parse().unwrap());
    let seen = browser.see(&pages::render(&empty).html, "empty", 1280, false);
    assert!(seen.findings.is_empty(), "{:#?}", seen.findings);
    assert!(seen.figures.iter().all(|(_, text)| !text.contains("NaN")), "{:?}", seen.figures);
}

#[test]
fn what_is_wrong_with_a_page_is_seen() {
    let Some(browser) = Browser::find() else { return };
    let page = "<!DOCTYPE html><html lang='en'><head><title>wrong</title></head><body>\
        <p style='width:2000px;color:#ddd' data-figure='n'>17</p>\
        <script>console.error('wrong')</script></body></html>";
    let seen = browser.see(page, "wrong", 390, false);
    assert_eq!(seen.figures, [("n".to_owned(), "17".to_owned())]);
    assert!(seen.widths.0 > seen.widths.1 && seen.widths.1 == 390.0, "{:?}", seen.widths);
    assert_eq!(seen.console.len(), 1, "{:?}", seen.console);
    assert_eq!(seen.findings.is_empty(), browser.axe.is_none(), "{:?}", seen.findings);
}

/// The pilot's six months as they may look, two days before the review.
fn report() -> Report {
    let pilot = Period { from: date(2026, 2, 16), to: date(2026, 8, 15) };
    drawn(1, 4_120, pilot, "2026-08-01T05:00:00Z".parse().unwrap())
}

// ---------------------------------------------------------------- what must stand on the page

/// Every figure of a report by its name, written by rules of the test's own.
fn expected(report: &Report) -> BTreeMap<String, String> {
    let mut out = Expected(BTreeMap::new());
    let (calls, total) = (&report.logs.calls, &report.total);
    for (name, n) in [
        ("all", calls.all),
        ("closed", calls.closed),
        ("open", calls.all - calls.closed),
        ("never", calls.never),
        ("held", calls.held),
        ("eligible", calls.eligible),
        ("again", calls.again),
        ("control", calls.control),
        ("waiting", calls.waiting),
        ("not-sent", calls.not_sent),
        ("texted", calls.texted),
        ("not-delivered", calls.texted - calls.delivered),
        ("delivered", calls.delivered),
        ("no-reply", calls.delivered - calls.replied),
        ("replied", calls.replied),
        ("not-acted-on", calls.replied - calls.acted_on),
        ("acted-on", calls.acted_on),
        ("excluded.part", calls.never + calls.held),
        ("excluded.of", calls.closed),
    ] {
        out.count(&format!("calls.{name}"), n);
    }
    out.share("calls.excluded", Share { part: calls.never + calls.held, of: calls.closed });
    for (name, durations) in [
        ("opened-closed", &report.logs.opened_to_closed),
        ("closed-texted", &total.closed_to_texted),
        ("texted-delivered", &total.texted_to_delivered),
        ("texted-reply", &total.texted_to_reply),
    ] {
        out.put(format!("time.{name}"), took(durations));
        out.count(&format!("time.{name}.n"), durations.n());
    }

    let texted = [State::Accepted, State::Delivered, State::Undelivered];
    let texted = texted.map(|state| total.in_state(state)).iter().sum();
    let delivered = total.in_state(State::Delivered);
    out.count("texts.texted", texted);
    out.count("texts.planned", total.planned());
    out.count("texts.answered", total.answered);
    out.count("replies", total.replies);
    let arrived = Share { part: delivered, of: texted };
    let response = Share { part: total.answered_delivered, of: delivered };
    for (name, share) in [("texts.arrived", arrived), ("texts.response", response)] {
        out.share(name, share);
        out.count(&format!("{name}.of"), share.of);
    }

    let satisfied = top_two(total.scores.iter().map(|(score, n)| (score.get(), *n)));
    let confident = top_two(total.confidence.iter().map(|(score, n)| (score.get(), *n)));
    for (name, share) in
        [("satisfied", satisfied), ("confident", confident), ("call-again", total.call_again)]
    {
        out.share(name, share);
        out.count(&format!("{name}.of"), share.of);
    }
    out.count("scored", satisfied.of);
    for score in 1..=5_u8 {
        let n = total.scores.iter().find(|(of, _)| of.get() == score).map_or(0, |(_, n)| *n);
        out.count(&format!("score.{score}"), n);
    }
    for (name, scores) in [("score", &total.scores), ("confidence", &total.confidence)] {
        let n: u64 = scores.values().sum();
        let sum: u64 = scores.iter().map(|(score, n)| u64::from(score.get()) * n).sum();
        out.put(format!("{name}.mean"), format!("{:.2}", sum as f64 / n as f64));
        let e = domain::interval::mean_score(scores).unwrap();
        out.put(format!("{name}.mean.interval"), format!("{:.2} to {:.2}", e.low, e.high));
    }
    for sentiment in
        [Sentiment::Positive, Sentiment::Negative, Sentiment::Neutral, Sentiment::Mixed]
    {
        let name = format!("sentiment.{}", sentiment.as_str());
        let part = total.sentiments.get(&sentiment).copied().unwrap_or_default();
        let share = Share { part, of: total.sentiments.values().sum() };
        out.share(&name, share);
        out.count(&format!("{name}.n"), part);
        if matches!(sentiment, Sentiment::Positive | Sentiment::Negative) {
            out.count(&format!("{name}.of"), share.of);
        }
        for (monday, group) in &total.weeks {
            let n = group.sentiments.get(&sentiment).copied().unwrap_or_default();
            out.count(&format!("week.{monday}.{}", sentiment.as_str()), n);
        }
    }
    for (class, n) in &total.classes {
        out.count(&format!("class.{}", class.as_str()), *n);
    }
    for (state, name) in STATES {
        out.count(&format!("state.{name}"), total.in_state(state));
    }

    for (outcome, group) in &total.outcomes {
        out.group(&format!("outcome.{}", outcome.as_str()), group);
    }
    for (area, group) in &total.areas {
        out.group(&format!("area.{}", or_none(area)), group);
    }
    for (hour, group) in &total.hours {
        out.group(&format!("hour.{hour}"), group);
    }
    for (delay, name) in DELAYS {
        if let Some(group) = total.delays.get(&delay) {
            out.group(&format!("delay.{name}"), group);
        }
    }
    for (monday, group) in &total.weeks {
        out.group(&format!("week.{monday}"), group);
    }
    out.weeks(report);

    for (rule, held) in &report.logs.holds {
        let name = format!("rule.{}", rule.as_str().strip_prefix("elig.").unwrap());
        out.count(&format!("{name}.first"), held.first);
        out.count(&format!("{name}.calls"), held.calls);
        out.count(&format!("{name}.alone"), held.alone);
    }
    for (name, area) in &report.logs.areas {
        let here = area.calls;
        let name = format!("area.{}", or_none(name));
        let share = Share { part: here.never + here.held, of: here.closed };
        out.count(&format!("{name}.closed"), here.closed);
        out.share(&format!("{name}.excluded"), share);
        let there =
            (calls.never + calls.held - share.part) as f64 / (calls.closed - share.of) as f64;
        let more = 100.0 * (share.part as f64 / share.of as f64 - there);
        let few = share.of < 10;
        out.put(format!("{name}.more"), if few { "–".to_owned() } else { format!("{more:+.1}") });
    }
    for (desk, name) in DESKS {
        let desk = &report.desks[&desk];
        let name = format!("desk.{name}");
        out.count(&format!("{name}.tasks"), desk.tasks);
        out.count(&format!("{name}.late"), desk.late);
        out.count(&format!("{name}.closed"), desk.closed);
        out.put(format!("{name}.to-taken"), took(&desk.to_taken));
        let kept = Share { part: desk.in_time, of: desk.in_time + desk.late };
        out.share(&format!("{name}.kept"), kept);
    }

    let cost = total.cost.millipence();
    out.put("cost".to_owned(), pounds(cost));
    out.put("cost.per-answer".to_owned(), pounds(cost / total.answered));
    out.put("cost.per-satisfied".to_owned(), pounds(cost / satisfied.part));
    let days = (date(2026, 8, 1) - report.period.from).get_days() + 1;
    out.put("cost.a-year".to_owned(), pounds(cost * 365 / u64::from(days.unsigned_abs())));
    out.count("parts", total.segments);
    out.count("follow-ups", total.follow_ups);
    for (campaign, months) in &report.money {
        for (month, money) in months {
            let first = month.first();
            let name = format!("money.{campaign}.{}-{:02}", first.year(), first.month());
            let spent = money.spend.reserved.millipence();
            out.count(&format!("{name}.texts"), money.spend.texts);
            out.count(&format!("{name}.parts"), money.spend.parts);
            out.put(format!("{name}.spent"), pounds(spent));
            for (part, sum) in [("forecast", money.forecast), ("cap", money.cap)] {
                let sum = sum.map_or("–".to_owned(), |sum| pounds(sum.millipence()));
                out.put(format!("{name}.{part}"), sum);
            }
            // Months are in order: the latest stays.
            let comes_to = money.forecast.unwrap_or(money.spend.reserved);
            out.put(format!("money.{campaign}.latest"), pounds(comes_to.millipence()));
        }
    }
    for (campaign, figures) in &report.campaigns {
        out.campaign(campaign.as_str(), figures);
    }
    out.campaign("All", total);
    for trial in &report.experiments {
        let name = format!("experiment.{}", trial.registered.plan.experiment.id.as_str());
        match &trial.look {
            Look::TooEarly { entered, .. } => {
                out.count(&format!("{name}.texted"), entered.texted);
                out.count(&format!("{name}.control"), entered.control);
            }
            Look::Result(found) => {
                out.compared(&name, &found.primary);
                found.others.iter().for_each(|other| out.compared(&name, other));
            }
            Look::NotPreregistered { .. } => {}
        }
    }
    out.0
}

struct Expected(BTreeMap<String, String>);

impl Expected {
    fn put(&mut self, name: String, text: String) {
        self.0.insert(name, text);
    }

    fn count(&mut self, name: &str, n: u64) {
        self.put(name.to_owned(), grouped(n));
    }

    fn share(&mut self, name: &str, share: Share) {
        let Share { part, of } = share;
        let (text, off) = match of {
            0 => ("–".to_owned(), "none yet".to_owned()),
            1..10 => (format!("{part} of {of}"), "too few to tell".to_owned()),
            10.. => {
                let (low, high) = wilson(part, of);
                let tenths = 1000 * part / of;
                (
                    format!("{}.{}%", tenths / 10, tenths % 10),
                    format!("{:.1}% to {:.1}%", 100.0 * low, 100.0 * high),
                )
            }
        };
        self.put(name.to_owned(), text);
        self.put(format!("{name}.interval"), off);
    }

    fn group(&mut self, name: &str, group: &Group) {
        self.count(&format!("{name}.texted"), group.texted);
        let response = Share { part: group.answered, of: group.delivered };
        self.share(&format!("{name}.response"), response);
        let satisfied = top_two(group.scores.iter().map(|(score, n)| (score.get(), *n)));
        self.count(&format!("{name}.scored"), satisfied.of);
        self.share(&format!("{name}.satisfied"), satisfied);
    }

    /// Planned, texted and answered by the Monday of each week up to the day of making.
    fn weeks(&mut self, report: &Report) {
        let mut monday = date(2026, 2, 16);
        while monday <= date(2026, 8, 1) {
            let next = monday.checked_add(jiff::Span::new().days(7)).unwrap();
            let days = || report.total.days.range(monday..next).map(|(_, day)| day);
            let name = format!("day.{monday}");
            self.count(&format!("{name}.planned"), days().map(|day| day.planned).sum());
            self.count(&format!("{name}.texted"), days().map(|day| day.texted).sum());
            self.count(&format!("{name}.answered"), days().map(|day| day.answered).sum());
            monday = next;
        }
    }

    fn campaign(&mut self, name: &str, figures: &Figures) {
        let name = format!("campaign.{name}");
        let delivered = figures.in_state(State::Delivered);
        self.count(&format!("{name}.planned"), figures.planned());
        self.count(&format!("{name}.texted"), figures.texted());
        self.count(&format!("{name}.delivered"), delivered);
        self.count(&format!("{name}.answered"), figures.answered);
        let response = 1000 * figures.answered_delivered / delivered;
        self.put(format!("{name}.response"), format!("{}.{}%", response / 10, response % 10));
        let satisfied = top_two(figures.scores.iter().map(|(score, n)| (score.get(), *n)));
        self.count(&format!("{name}.scored"), satisfied.of);
        self.share(&format!("{name}.satisfied"), satisfied);
        let sum: u64 = figures.scores.iter().map(|(score, n)| u64::from(score.get()) * n).sum();
        self.put(format!("{name}.mean"), format!("{:.2}", sum as f64 / satisfied.of as f64));
        self.count(&format!("{name}.parts"), figures.segments);
        self.put(format!("{name}.cost"), pounds(figures.cost.millipence()));
    }

    fn compared(&mut self, name: &str, of: &Comparison) {
        let name = format!("{name}.{}", of.measure.name());
        let whole = |e: Option<Estimate>| e.map_or("–".to_owned(), |e| format!("{:.0}", e.value));
        self.put(format!("{name}.texted"), whole(of.per_1000.texted));
        self.put(format!("{name}.control"), whole(of.per_1000.control));
        let difference = of.difference.map_or("–".to_owned(), |e| format!("{:+.0}", e.value));
        self.put(format!("{name}.difference"), difference);
    }
}

fn or_none(area: &str) -> &str {
    if area.is_empty() { "no area named" } else { area }
}

fn top_two(scores: impl Iterator<Item = (u8, u64)>) -> Share {
    scores.fold(Share::default(), |sum, (score, n)| Share {
        part: sum.part + if score >= 4 { n } else { 0 },
        of: sum.of + n,
    })
}

/// Wilson's interval by the textbook's formula, at 95 %.
fn wilson(part: u64, of: u64) -> (f64, f64) {
    let (z, n) = (1.959_963_984_540_054_f64, of as f64);
    let p = part as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    ((middle - half).max(0.0) / whole, ((middle + half) / whole).min(1.0))
}

fn grouped(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000.. => format!("{},{:03}", grouped(n / 1000), n % 1000),
    }
}

fn pounds(millipence: u64) -> String {
    let pence = (millipence + 500) / 1000;
    format!("£{}.{:02}", grouped(pence / 100), pence % 100)
}

fn took(durations: &Durations) -> String {
    let Some(median) = durations.median() else { return "–".to_owned() };
    let (seconds, minutes) = (median.as_secs(), median.as_secs() / 60);
    if seconds < 120 {
        format!("{seconds} s")
    } else if minutes < 120 {
        format!("{minutes} min")
    } else if minutes < 600 {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    } else if minutes < 96 * 60 {
        format!("{} h", minutes / 60)
    } else {
        format!("{} days", minutes / 1440)
    }
}

// ---------------------------------------------------------------- the browser

struct Browser {
    program: PathBuf,
    axe: Option<String>,
    out: PathBuf,
    /// A profile of its own: nothing of anybody's is used or left.
    profile: tempfile::TempDir,
}

impl Browser {
    /// The one on the path; says so where there is none.
    fn find() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let mut places =
            std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
        let Some(program) = places.find(|place| place.is_file()) else {
            eprintln!("no Chromium on the path: the pages are not looked at in a browser");
            return None;
        };
        let axe = root.join("target/tools/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).ok();
        if axe.is_none() {
            eprintln!(
                "axe-core is not installed (make test does that): accessibility is not looked at"
            );
        }
        let out = root.join("target/picture");
        std::fs::create_dir_all(&out).unwrap();
        let profile = tempfile::tempdir().unwrap();
        Some(Self { program, axe, out, profile })
    }

    /// Opens a page and reads it.
    fn see(&self, page: &str, name: &str, width: u32, dark: bool) -> Seen {
        let mut script = String::from("<script>");
        script.push_str(self.axe.as_deref().unwrap_or_default());
        let asked =
            if self.axe.is_some() { "axe.run()" } else { "Promise.resolve({violations:[]})" };
        write!(
            script,
            "\n;(async () => {{
                const all = [...document.querySelectorAll('[data-figure]')];
                const board = document.querySelector('.board');
                const found = (await {asked}).violations;
                parent.postMessage({{
                    figures: all.map(e => [e.dataset.figure, e.textContent]),
                    board: board ? board.getBoundingClientRect().bottom : 0,
                    widths: [document.documentElement.scrollWidth, innerWidth],
                    findings: found.filter(f => ['serious', 'critical'].includes(f.impact))
                        .flatMap(f => f.nodes.map(n => f.id + ': ' + n.target + ': ' + n.html)),
                }}, '*');
            }})();</script></body>"
        )
        .unwrap();
        let read = page.replace("</body>", &script);
        let inside = self.save(&format!("{name}.read.html"), &read);
        // No window is narrower than 500 pixels; a frame in it may be.
        let frame = self.save(&format!("{name}.frame.html"), &format!(
            "<!DOCTYPE html><title>{name}</title><body style='margin:0'>\
             <script id='seen' type='application/json'></script>\
             <iframe src='{}' title='{name}' style='width:{width}px;height:800px;border:0'></iframe>\
             <script>addEventListener('message', event => {{\
               document.getElementById('seen').textContent =\
                 JSON.stringify(event.data).replaceAll('<', '\\\\u003c'); }});</script></body>",
            inside.file_name().unwrap().to_str().unwrap(),
        ));
        let mut command = self.command(dark);
        command.args(["--enable-logging=stderr", "--dump-dom", "--virtual-time-budget=60000"]);
        let output = command.arg(format!("file://{}", frame.display())).output().unwrap();
        let console = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = console.lines().filter(|line| line.contains(":CONSOLE"));
        let dom = String::from_utf8(output.stdout).unwrap();
        let (_, rest) = dom.split_once("<script id=\"seen\" type=\"application/json\">").unwrap();
        let json = rest.split("</script>").next().unwrap();
        let seen: Value = serde_json::from_str(json).unwrap();
        std::fs::remove_file(inside).unwrap();
        std::fs::remove_file(frame).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let figures = seen["figures"].as_array().unwrap().iter();
        Seen {
            figures: figures.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            board: seen["board"].as_f64().unwrap(),
            widths: (seen["widths"][0].as_f64().unwrap(), seen["widths"][1].as_f64().unwrap()),
            findings: seen["findings"].as_array().unwrap().iter().map(text).collect(),
            console: said.map(str::to_owned).collect(),
        }
    }

    /// Takes a picture of the first screens of a page.
    fn photograph(&self, page: &str, name: &str, width: u32, dark: bool) {
        let height = 3_000;
        let inside = self.save(&format!("{name}.html"), page);
        let frame = self.save(
            &format!("{name}.frame.html"),
            &format!(
                "<!DOCTYPE html><body style='margin:0'><iframe src='{}' \
             style='width:{width}px;height:{height}px;border:0'></iframe></body>",
                inside.file_name().unwrap().to_str().unwrap(),
            ),
        );
        let picture = self.out.join(format!("{name}.png"));
        let output = self
            .command(dark)
            .arg("--hide-scrollbars")
            .arg(format!("--window-size={},{height}", width.max(500)))
            .arg(format!("--screenshot={}", picture.display()))
            .arg(format!("file://{}", frame.display()))
            .output()
            .unwrap();
        assert!(output.status.success() && picture.is_file(), "{output:?}");
        std::fs::remove_file(frame).unwrap();
    }

    /// Prints a page as a PDF.
    fn print(&self, page: &str, name: &str) {
        let paper = self.out.join(format!("{name}.pdf"));
        let file = self.save(&format!("{name}.html"), page);
        let output = self
            .command(false)
            .arg("--no-pdf-header-footer")
            .arg(format!("--print-to-pdf={}", paper.display()))
            .arg(format!("file://{}", file.display()))
            .output()
            .unwrap();
        let printed = std::fs::read(&paper).unwrap_or_default();
        assert!(printed.starts_with(b"%PDF"), "{output:?}");
    }

    fn save(&self, name: &str, text: &str) -> PathBuf {
        let path = self.out.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A browser without a window.
    fn command(&self, dark: bool) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,800"]);
        command.arg(format!("--user-data-dir={}", self.profile.path().display()));
        if dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        command
    }
}

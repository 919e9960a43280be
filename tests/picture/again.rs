//! The same figures from the plain rows, by a reader who knows what each word of the page means and
//! nothing of how the product finds it. It looks at everything at once and may be slow.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use domain::figures::Period;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::habits::{Call, HalfYear, Told};

/// What each campaign may spend in a month, in thousandths of a penny.
pub(crate) const CAPS: [(&str, u64); 3] =
    [("highways", 24_000_000), ("lost-found", 4_000_000), ("welfare", 1_500_000)];

/// Every rule's place in the table of the rules' page, of those that the half-year has.
const RULES: [&str; 10] = [
    "elig.never.domestic",
    "elig.never.anonymous",
    "elig.never.opted-out",
    "elig.hold.crime",
    "elig.hold.not-closed",
    "elig.hold.result-unknown",
    "elig.hold.qualifier",
    "elig.hold.role",
    "elig.hold.phone",
    "elig.hold.no-campaign",
];

const DESKS: [&str; 9] = [
    "control-room",
    "still-there",
    "new-reports",
    "complaints",
    "intelligence",
    "highways",
    "questions",
    "praise",
    "not-understood",
];

/// The figures so far: counts, and lengths of which the middle is wanted.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, u64>,
    lengths: BTreeMap<String, Vec<i64>>,
}

impl Tally {
    fn add(&mut self, name: impl Into<String>, n: u64) {
        *self.counts.entry(name.into()).or_default() += n;
    }

    fn of(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    fn took(&mut self, name: impl Into<String>, seconds: i64) {
        // Kept to the second below an hour and to the minute from there on.
        let seconds = seconds.max(0);
        let kept = if seconds < 3600 { seconds } else { seconds / 60 * 60 };
        self.lengths.entry(name.into()).or_default().push(kept);
    }
}

/// London's day and hour at a moment of 2026, by the rule in the Act: summer time from the last
/// Sunday of March to the last of October, at one in the morning.
fn london(second: i64) -> (Date, i64) {
    let summer = (1_774_746_000..1_792_890_000).contains(&second);
    let local = second + if summer { 3600 } else { 0 };
    let day = date(1970, 1, 1) + (local.div_euclid(86_400)).days();
    (day, local.rem_euclid(86_400) / 3600)
}

fn month(second: i64) -> String {
    london(second).0.strftime("%Y-%m").to_string()
}

/// Every figure by its name.
pub(crate) fn fold(year: &HalfYear, period: Period, now: i64) -> BTreeMap<String, String> {
    let within = |second: i64| (period.from..=period.to).contains(&london(second).0);
    let mut tally = Tally::default();
    let mut scopes = BTreeSet::from(["total".to_owned()]);
    let mut months: BTreeSet<(String, String)> = BTreeSet::new();
    for (place, told) in year.contacts.iter().enumerate().filter(|(_, t)| within(t.planned)) {
        let campaign = format!("campaign.{}", told.campaign);
        scopes.insert(campaign.clone());
        let extras: Vec<_> = year.extras.iter().filter(|e| e.contact == Some(place)).collect();
        for scope in ["total", &campaign] {
            contact(&mut tally, scope, told);
        }
        for extra in extras.into_iter().filter(|e| within(e.planned)) {
            if matches!(extra.state, "accepted" | "unknown") {
                further(&mut tally, &campaign, extra);
                let key = (told.campaign.to_owned(), month(extra.sent.unwrap_or(extra.planned)));
                let name = format!("money.{}.{}", key.0, key.1);
                tally.add(format!("{name}.texts"), 1);
                tally.add(format!("{name}.parts"), extra.parts);
                tally.add(format!("{name}.reserved"), extra.millipence);
                months.insert(key);
            }
        }
        if told.millipence > 0 {
            let at = told.texted.unwrap_or(told.planned + 600);
            let name = format!("money.{}.{}", told.campaign, month(at));
            tally.add(format!("{name}.texts"), 1);
            tally.add(format!("{name}.parts"), told.bill.map_or(told.parts, |(parts, _)| parts));
            tally.add(format!("{name}.reserved"), told.millipence);
            if let Some((_, charged)) = told.bill {
                tally.add(format!("{name}.billed_texts"), 1);
                tally.add(format!("{name}.billed"), charged);
                tally.add(format!("{name}.billed_reserved"), told.millipence);
            }
            months.insert((told.campaign.to_owned(), month(at)));
        }
    }
    for extra in year.extras.iter().filter(|extra| within(extra.planned)) {
        if matches!(extra.state, "accepted" | "unknown") {
            further(&mut tally, "total", extra);
        }
    }
    calls(&mut tally, year, &within);
    for said in year.contacts.iter().flat_map(|told| &told.replies).filter(|s| within(s.at)) {
        let Some(work) = &said.work else { continue };
        let desk = format!("desk.{}", work.desk);
        let due = said.at + work.clock;
        let late = work.taken.unwrap_or(now) > due;
        tally.add(format!("{desk}.tasks"), 1);
        tally.add(format!("{desk}.late"), u64::from(late));
        tally.add(format!("{desk}.reminded"), u64::from(work.reminded.is_some()));
        tally.add(format!("{desk}.rings"), work.rings);
        tally.add(format!("{desk}.closed"), u64::from(work.closed.is_some()));
        tally.add(format!("{desk}.results"), u64::from(work.result));
        tally.took(format!("{desk}.to_desk"), work.opened - said.at);
        if let Some(taken) = work.taken {
            tally.add(format!("{desk}.taken"), 1);
            tally.add(format!("{desk}.in_time"), u64::from(!late));
            tally.took(format!("{desk}.to_taken"), taken - said.at);
        }
    }
    let mut figures = derived(&tally, &scopes);
    for (campaign, month) in months {
        let name = format!("money.{campaign}.{month}");
        let cap = CAPS.iter().find(|(known, _)| *known == campaign).unwrap().1;
        figures.insert(format!("{name}.cap"), cap.to_string());
        let first: Date = format!("{month}-01").parse().unwrap();
        let (last, today) = (first.last_of_month(), london(now).0);
        if period.from <= first && period.to >= last.min(today) {
            let reserved = tally.of(&format!("{name}.reserved"));
            let passed = (today - first).get_days();
            let days = u64::from(last.day().unsigned_abs());
            let forecast = match passed {
                _ if today > last => Some(reserved),
                1.. => Some(reserved * days / u64::from(passed.unsigned_abs())),
                _ => None,
            };
            let forecast = forecast.map(|pence| (format!("{name}.forecast"), pence.to_string()));
            figures.extend(forecast);
        }
    }
    figures
}

fn contact(tally: &mut Tally, scope: &str, told: &Told) {
    let (day, _) = london(told.planned);
    tally.add(format!("{scope}.state.{}", told.state), 1);
    tally.add(format!("{scope}.day.{day}.planned"), 1);
    if told.millipence > 0 {
        tally.add(format!("{scope}.segments"), told.parts);
        tally.add(format!("{scope}.cost"), told.millipence);
    }
    let delivered = told.delivered.is_some();
    // Of several answers to one question the latest counts.
    let answer = |question: &str| {
        let replies = told.replies.iter().filter_map(|said| said.answers);
        replies.filter(|(asked, _)| *asked == question).map(|(_, value)| value).next_back()
    };
    // A later reply without an attitude does not take an earlier one's away.
    let attitude = told.replies.iter().rev().map(|said| said.sentiment);
    let attitude = attitude.clone().find(|s| *s != "neutral").or(attitude.clone().next());
    if let Some(texted) = told.texted {
        tally.add(format!("{scope}.day.{day}.texted"), 1);
        tally.add(format!("{scope}.texted"), 1);
        let (_, hour) = london(texted);
        let monday = day - i64::from(day.weekday().to_monday_zero_offset()).days();
        let delay = match (texted - told.closed).div_euclid(86_400) {
            ..1 => "under-1-day",
            1 => "1-to-2-days",
            2..4 => "2-to-4-days",
            4..7 => "4-to-7-days",
            7.. => "7-days-and-more",
        };
        for group in [
            format!("{scope}.outcome.{}", told.outcome),
            format!("{scope}.area.{}", told.area),
            format!("{scope}.hour.{hour}"),
            format!("{scope}.delay.{delay}"),
            format!("{scope}.week.{monday}"),
        ] {
            tally.add(format!("{group}.texted"), 1);
            tally.add(format!("{group}.delivered"), u64::from(delivered));
            tally
                .add(format!("{group}.answered"), u64::from(delivered && !told.replies.is_empty()));
            if let Some(attitude) = attitude {
                tally.add(format!("{group}.sentiment.{attitude}"), 1);
            }
            if let Some(score) = answer("satisfaction") {
                tally.add(format!("{group}.score.{score}"), 1);
            }
        }
        tally.took(format!("{scope}.closed_to_texted"), texted - told.closed);
        if let Some(delivered) = told.delivered {
            tally.took(format!("{scope}.texted_to_delivered"), delivered - texted);
        }
        if let Some(first) = told.replies.first() {
            tally.took(format!("{scope}.texted_to_reply"), first.at - texted);
        }
    }
    let (Some(last), Some(attitude)) = (told.replies.last(), attitude) else { return };
    tally.add(format!("{scope}.day.{day}.answered"), 1);
    tally.add(format!("{scope}.answered"), 1);
    tally.add(format!("{scope}.answered_delivered"), u64::from(delivered));
    tally.add(format!("{scope}.acted_on"), u64::from(acted_on(told)));
    tally.add(format!("{scope}.replies"), told.replies.len() as u64);
    tally.add(format!("{scope}.class.{}", last.class), 1);
    tally.add(format!("{scope}.sentiment.{attitude}"), 1);
    if let Some(score) = answer("satisfaction") {
        tally.add(format!("{scope}.score.{score}"), 1);
    }
    if let Some(score) = answer("confidence") {
        tally.add(format!("{scope}.confidence.{score}"), 1);
    }
    if let Some(yes) = answer("call-again") {
        tally.add(format!("{scope}.call_again.of"), 1);
        tally.add(format!("{scope}.call_again.part"), u64::from(yes == 1));
    }
}

fn acted_on(told: &Told) -> bool {
    told.replies.iter().filter_map(|said| said.work.as_ref()).any(|work| work.closed.is_some())
}

fn further(tally: &mut Tally, scope: &str, extra: &crate::habits::Extra) {
    tally.add(format!("{scope}.follow_ups"), 1);
    tally.add(format!("{scope}.results_told"), u64::from(extra.kind.starts_with("result")));
    tally.add(format!("{scope}.segments"), extra.parts);
    tally.add(format!("{scope}.cost"), extra.millipence);
}

fn calls(tally: &mut Tally, year: &HalfYear, within: &impl Fn(i64) -> bool) {
    let (mut logs, mut counted) = (BTreeSet::new(), BTreeSet::new());
    for call in year.calls.iter().filter(|call| within(call.opened)) {
        if logs.insert(&call.log) {
            tally.add("logs.logs", 1);
            tally.add("logs.closed", u64::from(call.closed.is_some()));
            if let Some(closed) = call.closed {
                tally.took("logs.opened_to_closed", closed - call.opened);
            }
        }
        let told = call.contact.map(|place| &year.contacts[place]);
        let again = told.is_some() && !counted.insert(call.contact);
        for scope in ["logs.calls".to_owned(), format!("logs.area.{}.calls", call.area)] {
            for step in steps(call, told, again) {
                tally.add(format!("{scope}.{step}"), 1);
            }
        }
        let texted = told.is_some_and(|told| told.texted.is_some());
        if call.closed.is_some() && call.verdict != "text" && !texted {
            let first = RULES.iter().find(|rule| call.rules.contains(rule)).unwrap();
            tally.add(format!("logs.hold.{first}.first"), 1);
            for rule in &call.rules {
                tally.add(format!("logs.hold.{rule}.calls"), 1);
                tally.add(format!("logs.area.{}.rule.{rule}", call.area), 1);
            }
            if let [rule] = call.rules.as_slice() {
                tally.add(format!("logs.hold.{rule}.alone"), 1);
            }
        }
    }
}

/// How far a call came: each step it took.
fn steps(call: &Call, told: Option<&Told>, again: bool) -> Vec<&'static str> {
    let mut steps = vec!["all"];
    if call.closed.is_none() {
        return steps;
    }
    steps.push("closed");
    let texted = told.is_some_and(|told| told.texted.is_some());
    match call.verdict {
        "never" if !texted => steps.push("never"),
        "hold" if !texted => steps.push("held"),
        _ => steps.push("eligible"),
    }
    if steps.last() != Some(&"eligible") {
        return steps;
    }
    let Some(told) = told.filter(|_| !again) else {
        steps.push(if again { "again" } else { "waiting" });
        return steps;
    };
    steps.push(match told.state {
        "control" => "control",
        "cancelled" | "refused" => "not_sent",
        "accepted" | "undelivered" | "delivered" => "texted",
        _ => "waiting",
    });
    if told.delivered.is_some() {
        steps.push("delivered");
        if !told.replies.is_empty() {
            steps.push("replied");
            if acted_on(told) {
                steps.push("acted_on");
            }
        }
    }
    steps
}

/// The counts, and what is worked out of them: shares with Wilson's interval, means, middles.
fn derived(tally: &Tally, scopes: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut figures = BTreeMap::new();
    let mut put = |name: String, value: &dyn Display| figures.insert(name, value.to_string());
    for (name, count) in tally.counts.iter().filter(|(_, count)| **count > 0) {
        put(name.clone(), count);
    }
    for (name, lengths) in &tally.lengths {
        let mut lengths = lengths.clone();
        lengths.sort_unstable();
        let n = lengths.len();
        put(format!("{name}.n"), &n);
        put(format!("{name}.median"), &((lengths[(n - 1) / 2] + lengths[n / 2]) / 2));
    }
    let top = |scope: &str, what: &str| {
        let of = |score: u64| tally.of(&format!("{scope}.{what}.{score}"));
        (of(4) + of(5), (1..=5).map(of).sum::<u64>(), (1..=5).map(|s| s * of(s)).sum::<u64>())
    };
    for scope in scopes {
        let delivered = tally.of(&format!("{scope}.state.delivered"));
        let answered = tally.of(&format!("{scope}.answered_delivered"));
        put(format!("{scope}.response"), &share(answered, delivered));
        let (satisfied, scored, sum) = top(scope, "score");
        put(format!("{scope}.satisfied"), &share(satisfied, scored));
        put(format!("{scope}.mean_score"), &mean(sum, scored));
        let (confident, said, sum) = top(scope, "confidence");
        put(format!("{scope}.confident"), &share(confident, said));
        put(format!("{scope}.mean_confidence"), &mean(sum, said));
        let attitudes = ["positive", "negative", "neutral", "mixed"];
        let of = |attitude: &str| tally.of(&format!("{scope}.sentiment.{attitude}"));
        let all: u64 = attitudes.into_iter().map(of).sum();
        put(format!("{scope}.pleased"), &share(of("positive"), all));
        let cost = tally.of(&format!("{scope}.cost"));
        for (name, n) in [
            ("cost_per_answer", tally.of(&format!("{scope}.answered"))),
            ("cost_per_satisfied", satisfied),
        ] {
            if let Some(each) = cost.checked_div(n) {
                put(format!("{scope}.{name}"), &each);
            }
        }
    }
    let groups: BTreeSet<String> = tally
        .counts
        .keys()
        .filter(|name| {
            ["outcome", "area", "hour", "delay", "week"].iter().any(|by| {
                let mut parts = name.split('.');
                (name.starts_with("total") || name.starts_with("campaign"))
                    && parts.any(|p| p == *by)
            })
        })
        .filter_map(|name| name.strip_suffix(".texted").map(str::to_owned))
        .collect();
    for group in groups {
        let of = |what: &str| tally.of(&format!("{group}.{what}"));
        put(format!("{group}.response"), &share(of("answered"), of("delivered")));
        let (satisfied, scored, sum) = top(&group, "score");
        put(format!("{group}.satisfied"), &share(satisfied, scored));
        put(format!("{group}.mean_score"), &mean(sum, scored));
    }
    let of = |scope: &str, what: &str| tally.of(&format!("{scope}.{what}"));
    for scope in tally.counts.keys().filter_map(|name| name.strip_suffix(".calls.all")) {
        let scope = format!("{scope}.calls");
        let kept_out = of(&scope, "never") + of(&scope, "held");
        put(format!("{scope}.excluded"), &share(kept_out, of(&scope, "closed")));
    }
    for desk in DESKS {
        let desk = format!("desk.{desk}");
        let in_time = of(&desk, "in_time");
        put(format!("{desk}.kept"), &share(in_time, in_time + of(&desk, "late")));
    }
    figures
}

/// A share and Wilson's interval, by the formula of 1927.
pub(crate) fn share(part: u64, of: u64) -> String {
    if of == 0 {
        return "none".to_owned();
    }
    let (x, n, z) = (part as f64, of as f64, 1.959_963_984_540_054_f64);
    let middle = (x + z * z / 2.0) / (n + z * z);
    let half = z / (n + z * z) * (x * (n - x) / n + z * z / 4.0).sqrt();
    let few = if of < 10 { " few" } else { "" };
    let (low, high) = ((middle - half).max(0.0), (middle + half).min(1.0));
    format!("{part}/{of} {:.5} {low:.5} {high:.5}{few}", x / n)
}

fn mean(sum: u64, n: u64) -> String {
    if n < 2 {
        return "none".to_owned();
    }
    format!("{:.5}", sum as f64 / n as f64)
}

//! Reports of callers who never rang: drawn from a seed, so that a page has something to show and the
//! same seed shows the same.
//!
//! Every count adds up as it does in a real report. Nothing here says what a real pilot will find.

use std::collections::BTreeMap;

use domain::budget::{Money, Month};
use domain::campaign::CampaignId;
use domain::contact::State;
use domain::desk::DESKS;
use domain::eligibility::{RULES, Verdict};
use domain::experiment::{Arm, Call, Participant, PlanFile, Registered};
use domain::figures::{Calls, Delay, Figures, Group, MonthMoney, Period, Report, Trial};
use domain::hours::LONDON;
use domain::incident::Outcome;
use domain::reply::Class;
use domain::score::Score;
use domain::sentiment::Sentiment;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The areas of [`drawn`], and how many of a hundred callers each has; the last is a hamlet.
const AREAS: [(&str, u64); 6] =
    [("North", 28), ("South", 24), ("East", 20), ("West", 15), ("Town centre", 12), ("", 1)];

/// What callers of [`drawn`] are told, in shares of a hundred; the last is rare.
const OUTCOMES: [(&str, u64); 6] = [
    ("cleared", 38),
    ("checked-clear", 27),
    ("passed-to-highways", 17),
    ("not-attended", 11),
    ("vehicle-recovered", 6),
    ("good-intent", 1),
];

/// A report of so many calls in a period, drawn from a seed.
pub fn drawn(seed: u64, calls: u64, period: Period, made_at: Timestamp) -> Report {
    let mut draw = Draw(seed);
    let mut report = Report::fold([], [], period, made_at);
    let campaign = CampaignId::parse("highways").unwrap();
    // What is to come has not been logged.
    let today = made_at.to_zoned(LONDON.clone()).date();
    let days: Vec<Date> = period.days().take_while(|day| *day < today).collect();
    for _ in 0..calls {
        let day = *draw.any(&days);
        call(&mut draw, &mut report, day);
    }
    if report.total.planned() > 0 {
        report.campaigns.insert(campaign.clone(), report.total.clone());
    }
    for (desk, figures) in &mut report.desks {
        for _ in 0..draw.below(20) {
            let took = SignedDuration::from_secs(draw.below(4 * 3600) as i64);
            figures.tasks += 1;
            figures.to_desk.add(SignedDuration::from_secs(draw.below(9) as i64));
            if draw.of_a_hundred(85) {
                figures.taken += 1;
                figures.to_taken.add(took.min(desk.clock() + SignedDuration::from_mins(1)));
                let in_time = draw.of_a_hundred(90);
                figures.in_time += u64::from(in_time);
                figures.late += u64::from(!in_time);
                figures.closed += u64::from(draw.of_a_hundred(80));
            }
            figures.rings += u64::from(desk.rings());
        }
    }
    assert_eq!(report.desks.len(), DESKS.len());
    let months = money(&report);
    report.money.insert(campaign, months);
    report.experiments = vec![trial(&mut draw, made_at, 40), trial(&mut draw, made_at, -40)];
    report
}

fn call(draw: &mut Draw, report: &mut Report, day: Date) {
    let logs = &mut report.logs;
    let area = draw.one_of(&AREAS);
    logs.logs += 1;
    let mut call = Calls { all: 1, ..Calls::default() };
    let mut rules = Vec::new();
    let mut contact = None;
    if draw.of_a_hundred(98) {
        logs.closed += 1;
        call.closed = 1;
        let open_for = SignedDuration::from_mins(draw.below(600) as i64 + 20);
        logs.opened_to_closed.add(open_for);
        let more = if area == "Town centre" { 15 } else { 0 };
        if draw.of_a_hundred(40 + more) {
            for _ in 0..=draw.below(2) {
                rules.push(draw.any(RULES).id);
            }
            rules.dedup();
            let never = rules.iter().any(|rule| rule.verdict() == Verdict::Never);
            call.never = u64::from(never);
            call.held = u64::from(!never);
        } else {
            call.eligible = 1;
            match draw.below(100) {
                0..3 => call.again = 1,
                3..12 => (call.control, contact) = (1, Some(State::Control)),
                12..14 => (call.waiting, contact) = (1, Some(State::Planned)),
                14 => (call.not_sent, contact) = (1, Some(State::Cancelled)),
                15..19 => (call.texted, contact) = (1, Some(State::Undelivered)),
                _ => (call.texted, call.delivered, contact) = (1, 1, Some(State::Delivered)),
            }
        }
    }
    if let Some(state) = contact {
        let (answered, acted_on) = planned(draw, &mut report.total, state, area, day);
        call.replied = u64::from(answered) * call.delivered;
        call.acted_on = u64::from(acted_on) * call.replied;
    }
    let first = RULES.iter().map(|rule| rule.id).find(|id| rules.contains(id));
    let alone = u64::from(rules.len() == 1);
    let of_area = logs.areas.entry(area.to_owned()).or_default();
    for rule in rules {
        let held = logs.holds.entry(rule).or_default();
        held.calls += 1;
        held.alone += alone;
        held.first += u64::from(first == Some(rule));
        *of_area.rules.entry(rule).or_default() += 1;
    }
    add(&mut logs.calls, &call);
    add(&mut of_area.calls, &call);
}

/// Draws what became of a contact; whether it answered, and whether somebody acted on that.
fn planned(
    draw: &mut Draw,
    total: &mut Figures,
    state: State,
    area: &str,
    day: Date,
) -> (bool, bool) {
    *total.states.entry(state).or_default() += 1;
    let of_day = total.days.entry(day).or_default();
    of_day.planned += 1;
    let (texted, delivered) = match state {
        State::Delivered => (true, true),
        State::Undelivered => (true, false),
        _ => return (false, false),
    };
    of_day.texted += u64::from(texted);
    total.segments += 2;
    total.cost = total.cost + Money::from_pence(5);
    let outcome = Outcome::parse(draw.one_of(&OUTCOMES)).unwrap();
    let hour = 9 + draw.small(11);
    let waited = SignedDuration::from_hours(4 + draw.below(100) as i64);
    let monday = day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days());
    let answered = delivered && draw.of_a_hundred(26);
    let score = (answered && draw.of_a_hundred(94)).then(|| {
        let pleased = if outcome.as_str() == "not-attended" { 45 } else { 82 };
        let score = if draw.of_a_hundred(pleased) { 4 + draw.small(2) } else { 1 + draw.small(3) };
        Score::new(score).unwrap()
    });
    let sentiment = match (score.map(Score::get), draw.below(10)) {
        (_, 0) => Sentiment::Mixed,
        (Some(4..), 1..7) => Sentiment::Positive,
        (Some(1 | 2), 1..8) => Sentiment::Negative,
        _ => Sentiment::Neutral,
    };
    total.closed_to_texted.add(waited);
    if delivered {
        total.texted_to_delivered.add(SignedDuration::from_secs(2 + draw.below(20) as i64));
    }
    for group in [
        total.outcomes.entry(outcome).or_default(),
        total.areas.entry(area.to_owned()).or_default(),
        total.hours.entry(hour).or_default(),
        total.delays.entry(Delay::of(waited)).or_default(),
        total.weeks.entry(monday).or_default(),
    ] {
        group.texted += 1;
        group.delivered += u64::from(delivered);
        answer(group, answered, score, sentiment);
    }
    if !answered {
        return (false, false);
    }
    total.days.entry(day).or_default().answered += 1;
    total.answered += 1;
    total.answered_delivered += 1;
    total.replies += 1 + draw.below(2);
    total.follow_ups += 1;
    total.segments += 1;
    total.cost = total.cost + Money::from_millipence(2_400);
    total.texted_to_reply.add(SignedDuration::from_mins(1 + draw.below(300) as i64));
    *total.sentiments.entry(sentiment).or_default() += 1;
    let class = match draw.below(40) {
        0 => Class::Emergency,
        1..4 => Class::StillThere,
        4 => Class::Complaint,
        5 => Class::Intelligence,
        6 => Class::OptOut,
        7..9 => Class::Question,
        _ => Class::Feedback,
    };
    *total.classes.entry(class).or_default() += 1;
    if let Some(score) = score {
        *total.scores.entry(score).or_default() += 1;
        if draw.of_a_hundred(50) {
            total.call_again.of += 1;
            total.call_again.part += u64::from(draw.of_a_hundred(91));
        } else {
            let confidence = Score::new(2 + draw.small(4)).unwrap();
            *total.confidence.entry(confidence).or_default() += 1;
        }
    }
    let acted_on = class != Class::Feedback && class != Class::OptOut && draw.of_a_hundred(80);
    total.acted_on += u64::from(acted_on);
    (true, acted_on)
}

fn answer(group: &mut Group, answered: bool, score: Option<Score>, sentiment: Sentiment) {
    if answered {
        group.answered += 1;
        *group.sentiments.entry(sentiment).or_default() += 1;
        if let Some(score) = score {
            *group.scores.entry(score).or_default() += 1;
        }
    }
}

fn add(to: &mut Calls, call: &Calls) {
    to.all += call.all;
    to.closed += call.closed;
    to.never += call.never;
    to.held += call.held;
    to.eligible += call.eligible;
    to.again += call.again;
    to.control += call.control;
    to.waiting += call.waiting;
    to.not_sent += call.not_sent;
    to.texted += call.texted;
    to.delivered += call.delivered;
    to.replied += call.replied;
    to.acted_on += call.acted_on;
}

/// The cost by month: each text where it was planned, and with it its share of what was said further.
fn money(report: &Report) -> BTreeMap<Month, MonthMoney> {
    let mut months: BTreeMap<Month, MonthMoney> = BTreeMap::new();
    let at = |day: Date| day.to_zoned(LONDON.clone()).unwrap().timestamp();
    for (day, figures) in &report.total.days {
        let spend = &mut months.entry(Month::of(at(*day))).or_default().spend;
        spend.texts += figures.texted + figures.answered;
        spend.parts += 2 * figures.texted + figures.answered;
        spend.reserved = spend.reserved
            + Money::from_pence(5) * figures.texted
            + Money::from_millipence(2_400) * figures.answered;
    }
    for (month, money) in &mut months {
        money.cap = Some(Money::from_pence(2_500));
        money.forecast = money.spend.forecast(*month, report.made_at);
    }
    months
}

/// An experiment whose only look comes so many days before or after the report is made.
fn trial(draw: &mut Draw, made_at: Timestamp, days: i64) -> Trial {
    let today = made_at.to_zoned(LONDON.clone()).date();
    let look = today.checked_add(days.days()).unwrap();
    let file = PlanFile {
        experiment: if days < 0 { "first-words" } else { "spring-hold-out" }.to_owned(),
        campaigns: vec!["highways".to_owned()],
        hypothesis: "Callers who hear what came of their call ring again more readily.".to_owned(),
        primary: "calls-again-30".to_owned(),
        hold_out_percent: 10,
        looks: vec![look.to_string()],
        people_per_arm: 150,
        smallest_difference_per_1000: 40.0,
        registered_by: "A. Analyst".to_owned(),
    };
    let began = made_at - SignedDuration::from_hours(24 * 170);
    let registered = Registered { plan: file.check().unwrap(), at: began };
    let people: Vec<Participant> = (0..900)
        .map(|n| {
            let arm = if n % 10 == 0 { Arm::Control } else { Arm::Texted };
            let at = began + SignedDuration::from_hours(5 + n);
            let rang = draw.of_a_hundred(if arm == Arm::Texted { 14 } else { 11 });
            let call = Call { at: at + SignedDuration::from_hours(200), same_incident: false };
            let calls = if rang { vec![call] } else { Vec::new() };
            Participant { arm, entered_at: at, calls, intelligence: Vec::new() }
        })
        .collect();
    let first_text_at = Some(began + SignedDuration::from_hours(24));
    let look = registered.look(made_at, first_text_at, &people);
    Trial { registered, version: 1, disagree: Vec::new(), first_text_at, look }
}

/// A row of numbers that looks drawn by lot (Steele, Lea and Flood 2014: `SplitMix64`).
pub struct Draw(pub u64);

impl Draw {
    /// A number from 0 to just below this one.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most.max(1)
    }

    fn small(&mut self, most: u8) -> u8 {
        u8::try_from(self.below(most.into())).unwrap()
    }

    /// One of several, all alike.
    fn any<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[usize::try_from(self.below(several.len() as u64)).unwrap()]
    }

    /// Yes as often as this of a hundred.
    pub fn of_a_hundred(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several, by their shares of a hundred.
    fn one_of<'a>(&mut self, several: &[(&'a str, u64)]) -> &'a str {
        let mut left = self.below(100);
        for (one, share) in several {
            if left < *share {
                return one;
            }
            left -= share;
        }
        several[0].0
    }
}

//! How the system is, for whoever is called at three in the morning: facts, what they mean, what to do.

use jiff::{SignedDuration, Timestamp};

use crate::budget::Money;
use crate::campaign::{CampaignId, Pause};
use crate::desk::Desk;

/// Things that wait, and since when the one that waits longest does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// Since when, of the oldest.
    pub since: Option<Timestamp>,
}

/// What a campaign has spent this month, of what it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The campaign.
    pub campaign: CampaignId,
    /// Reserved or spent.
    pub reserved: Money,
    /// The month's cap.
    pub cap: Money,
}

/// A dead-letter queue and how much is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetters {
    /// The queue it belongs to: `send`, `inbound` or `ingest`.
    pub queue: String,
    /// Messages.
    pub messages: u64,
}

/// Everything that is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Alarms that nobody has taken.
    pub ringing: Waiting,
    /// Tasks that nobody took in time, by desk.
    pub overdue: Vec<(Desk, u64)>,
    /// Messages that could not be handled.
    pub dead: Vec<DeadLetters>,
    /// Contacts whose text should have been looked at by now.
    pub due: Waiting,
    /// Messages on the send queue.
    pub sending: u64,
    /// Messages on the inbound queue.
    pub inbound: u64,
    /// Contacts of which somebody must ask the supplier.
    pub unknown: Waiting,
    /// Contacts of which a person must decide.
    pub parked: u64,
    /// What is paused.
    pub pauses: Vec<Pause>,
    /// What is spent.
    pub money: Vec<Spent>,
    /// When the last extract came; `None` when there is none in the bucket.
    pub last_extract: Option<Timestamp>,
    /// When the last report was written.
    pub last_report: Option<Timestamp>,
    /// When each legal hold was last made.
    pub holds: Vec<Timestamp>,
}

/// How much a line weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// As it should be.
    Well,
    /// Somebody should look today.
    Look,
    /// Somebody must act now.
    Act,
}

/// Every light with its name.
pub const LIGHTS: [(Light, &str); 3] =
    [(Light::Well, "well"), (Light::Look, "look"), (Light::Act, "act")];

impl Light {
    /// Its name.
    pub fn name(self) -> &'static str {
        LIGHTS.iter().find(|(light, _)| *light == self).map_or("", |(_, name)| name)
    }
}

/// One line of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it weighs.
    pub light: Light,
    /// What is looked at.
    pub what: &'static str,
    /// How it is.
    pub how: String,
    /// What to do, where something is to be done.
    pub then: Option<&'static str>,
}

/// How long a contact that is due may wait: dispatch wakes every five minutes.
const DUE_MAX: SignedDuration = SignedDuration::from_mins(20);

/// How long an unknown text may stay so: reconcile asks after ten minutes, and again.
const UNKNOWN_MAX: SignedDuration = SignedDuration::from_hours(2);

/// How long after the last extract or report the next nightly one is missing.
const NIGHTLY_MAX: SignedDuration = SignedDuration::from_hours(26);

/// How long a legal hold may lie before somebody says whether its case still needs it.
const HOLD_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What the facts mean, the gravest first.
pub fn lines(facts: &Facts, now: Timestamp) -> Vec<Line> {
    let mut lines = vec![
        ringing(facts, now),
        dead(facts),
        due(facts, now),
        queues(facts),
        unknown(facts, now),
        parked(facts),
        overdue(facts),
        paused(facts, now),
        money(facts),
        nightly("last extract", facts.last_extract, now, "did the force's nightly job run?"),
        nightly("last report", facts.last_report, now, "see the log of report"),
    ];
    lines.extend(holds(facts, now));
    lines.sort_by_key(|line| std::cmp::Reverse(line.light));
    lines
}

/// The gravest of them.
pub fn worst(lines: &[Line]) -> Light {
    lines.iter().map(|line| line.light).max().unwrap_or(Light::Well)
}

fn line(light: Light, what: &'static str, how: String, then: &'static str) -> Line {
    Line { light, what, how, then: (light != Light::Well).then_some(then) }
}

fn ringing(facts: &Facts, now: Timestamp) -> Line {
    let light = if facts.ringing.count > 0 { Light::Act } else { Light::Well };
    let how = waiting(facts.ringing, now, "that nobody has taken");
    line(light, "alarms ringing", how, "a person may be in danger: aftercall alerts list")
}

fn dead(facts: &Facts) -> Line {
    let full: Vec<_> = facts.dead.iter().filter(|queue| queue.messages > 0).collect();
    // What a supplier brought may be a cry for help that nobody has read.
    let light = match full.as_slice() {
        [] => Light::Well,
        some if some.iter().any(|queue| queue.queue == "inbound") => Light::Act,
        _ => Light::Look,
    };
    let named = full.iter().map(|queue| format!("{} {}", queue.messages, queue.queue));
    let how = match named.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "none".to_owned(),
        some => some,
    };
    line(
        light,
        "dead letters",
        how,
        "aftercall redrive <queue>; a reply among them may be an emergency",
    )
}

fn due(facts: &Facts, now: Timestamp) -> Line {
    // What a pause holds back waits on purpose.
    let late = facts.due.since.is_some_and(|since| now.duration_since(since) > DUE_MAX);
    let held = facts.pauses.iter().any(|pause| pause.until.is_none_or(|until| now < until));
    let light = if late && !held { Light::Look } else { Light::Well };
    line(light, "texts due", waiting(facts.due, now, "due"), "see the log of dispatch")
}

fn queues(facts: &Facts) -> Line {
    let how = format!("{} to send, {} to read", facts.sending, facts.inbound);
    line(Light::Well, "on the queues", how, "")
}

fn unknown(facts: &Facts, now: Timestamp) -> Line {
    let long = facts.unknown.since.is_some_and(|since| now.duration_since(since) > UNKNOWN_MAX);
    let light = if long { Light::Look } else { Light::Well };
    let how = waiting(facts.unknown, now, "unknown");
    line(light, "fate unknown", how, "can the supplier be asked? See the log of reconcile")
}

fn parked(facts: &Facts) -> Line {
    let light = if facts.parked > 0 { Light::Look } else { Light::Well };
    line(light, "for a person to decide", facts.parked.to_string(), "aftercall resolve")
}

fn overdue(facts: &Facts) -> Line {
    let late: Vec<_> = facts.overdue.iter().filter(|(_, count)| *count > 0).collect();
    let light = if late.is_empty() { Light::Well } else { Light::Look };
    let named = late.iter().map(|(desk, count)| format!("{count} {desk}"));
    let how = match named.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "none".to_owned(),
        some => some,
    };
    line(light, "desks overdue", how, "aftercall inbox list --waiting")
}

fn paused(facts: &Facts, now: Timestamp) -> Line {
    let holds = |pause: &&Pause| pause.until.is_none_or(|until| now < until);
    let named: Vec<_> = facts
        .pauses
        .iter()
        .filter(holds)
        .map(|pause| format!("{} by {}: {}", pause.scope, pause.by, pause.why))
        .collect();
    let light = if named.is_empty() { Light::Well } else { Light::Look };
    let how = if named.is_empty() { "nothing".to_owned() } else { named.join("; ") };
    line(light, "paused", how, "aftercall resume <campaign>, when the cause is mended")
}

fn money(facts: &Facts) -> Line {
    let near = |spent: &&Spent| spent.reserved.millipence() * 10 >= spent.cap.millipence() * 9;
    let light =
        if facts.money.iter().any(|spent| near(&spent)) { Light::Look } else { Light::Well };
    let named = facts
        .money
        .iter()
        .map(|spent| format!("{} {} of {}", spent.campaign, spent.reserved, spent.cap));
    let how = match named.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "no campaign".to_owned(),
        some => some,
    };
    line(light, "money this month", how, "aftercall money; at the cap the campaign pauses itself")
}

/// Told only once one is old: that somebody is held is nobody's business at three in the morning.
fn holds(facts: &Facts, now: Timestamp) -> Option<Line> {
    let old = facts.holds.iter().filter(|at| now.duration_since(**at) > HOLD_MAX);
    let old = Waiting { count: old.clone().count() as u64, since: old.min().copied() };
    let then = "ask whether the case still needs it: hold again, or aftercall person release";
    (old.count > 0).then(|| line(Light::Look, "legal holds", waiting(old, now, "old"), then))
}

fn nightly(
    what: &'static str,
    last: Option<Timestamp>,
    now: Timestamp,
    then: &'static str,
) -> Line {
    let Some(last) = last else { return line(Light::Look, what, "none".to_owned(), then) };
    let age = now.duration_since(last);
    let light = if age > NIGHTLY_MAX { Light::Look } else { Light::Well };
    line(light, what, format!("{} ago", spoken(age)), then)
}

fn waiting(waiting: Waiting, now: Timestamp, what: &str) -> String {
    match (waiting.count, waiting.since) {
        (0, _) => "none".to_owned(),
        (count, None) => format!("{count} {what}"),
        (count, Some(since)) => {
            format!("{count} {what}, the oldest for {}", spoken(now.duration_since(since)))
        }
    }
}

/// A length of time in its largest unit that is not nought.
fn spoken(time: SignedDuration) -> String {
    let minutes = time.as_mins().max(0);
    match minutes {
        0 => "less than a minute".to_owned(),
        1..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::Scope;

    fn now() -> Timestamp {
        "2026-03-10T03:00:00Z".parse().unwrap()
    }

    fn ago(minutes: i64) -> Option<Timestamp> {
        Some(now() - SignedDuration::from_mins(minutes))
    }

    fn well() -> Facts {
        Facts { last_extract: ago(60), last_report: ago(60), ..Facts::default() }
    }

    fn check(change: impl FnOnce(&mut Facts), light: Light, what: &str, how: &str) {
        let mut facts = well();
        change(&mut facts);
        let lines = lines(&facts, now());
        assert_eq!(worst(&lines), light);
        let line = lines.iter().find(|line| line.what == what).unwrap();
        assert_eq!((line.light, line.how.as_str()), (light, how));
        assert_eq!(line.then.is_some(), light != Light::Well);
        assert!(light == Light::Well || lines[0].what == what, "the gravest comes first");
    }

    #[test]
    fn all_is_well_when_nothing_waits_for_anybody() {
        check(|_| (), Light::Well, "alarms ringing", "none");
        check(
            |f| f.due = Waiting { count: 3, since: ago(5) },
            Light::Well,
            "texts due",
            "3 due, the oldest for 5 min",
        );
    }

    #[test]
    fn what_waits_too_long_is_told_with_what_to_do() {
        let ringing = Waiting { count: 1, since: ago(3) };
        let how = "1 that nobody has taken, the oldest for 3 min";
        check(|f| f.ringing = ringing, Light::Act, "alarms ringing", how);
        let dead = |queue: &str| vec![DeadLetters { queue: queue.to_owned(), messages: 2 }];
        check(|f| f.dead = dead("inbound"), Light::Act, "dead letters", "2 inbound");
        check(|f| f.dead = dead("send"), Light::Look, "dead letters", "2 send");
        let due = Waiting { count: 9, since: ago(180) };
        check(|f| f.due = due, Light::Look, "texts due", "9 due, the oldest for 3 h");
        check(|f| f.unknown = due, Light::Look, "fate unknown", "9 unknown, the oldest for 3 h");
        check(|f| f.parked = 2, Light::Look, "for a person to decide", "2");
        check(
            |f| f.overdue = vec![(Desk::Complaints, 4)],
            Light::Look,
            "desks overdue",
            "4 complaints",
        );
        check(|f| f.last_extract = ago(3000), Light::Look, "last extract", "2 days ago");
        check(|f| f.last_report = None, Light::Look, "last report", "none");
    }

    #[test]
    fn what_a_pause_holds_back_is_no_trouble_of_dispatch() {
        let pause = Pause {
            scope: Scope::All,
            why: "asked".to_owned(),
            by: "Sgt 9".to_owned(),
            at: now(),
            until: None,
            told: true,
        };
        let due = Waiting { count: 9, since: ago(180) };
        let facts = Facts { pauses: vec![pause], due, ..well() };
        let lines = lines(&facts, now());
        let light = |what| lines.iter().find(|line| line.what == what).unwrap().light;
        assert_eq!((light("texts due"), light("paused")), (Light::Well, Light::Look));
    }

    #[test]
    fn a_hold_is_told_of_once_it_is_old() {
        let days = |days: i64| now() - SignedDuration::from_hours(days * 24);
        let young = Facts { holds: vec![days(90)], ..well() };
        assert!(lines(&young, now()).iter().all(|line| line.what != "legal holds"));
        let how = "2 old, the oldest for 400 days";
        let old = vec![days(91), days(400), days(1)];
        check(|f| f.holds = old, Light::Look, "legal holds", how);
    }

    #[test]
    fn nine_tenths_of_the_cap_is_told_before_it_is_reached() {
        let spent = |pence| {
            let campaign = CampaignId::parse("highways").unwrap();
            let (reserved, cap) = (Money::from_pence(pence), Money::from_pence(1000));
            vec![Spent { campaign, reserved, cap }]
        };
        check(
            |f| f.money = spent(899),
            Light::Well,
            "money this month",
            "highways £8.99 of £10.00",
        );
        check(
            |f| f.money = spent(900),
            Light::Look,
            "money this month",
            "highways £9.00 of £10.00",
        );
    }
}

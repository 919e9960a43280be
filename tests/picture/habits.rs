//! A half-year of calls as plain rows, seeded. People in it have habits: they ring at the hours of the
//! road, some ring often, some areas give landlines, a hazard that was not found leaves few pleased,
//! and whoever is pleased answers sooner.
//!
//! It knows no type of the product: times are seconds since 1970, everything else is a word.

/// Everything that happened.
pub(crate) struct HalfYear {
    pub(crate) calls: Vec<Call>,
    pub(crate) contacts: Vec<Told>,
    pub(crate) extras: Vec<Extra>,
}

/// One caller of one log.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) log: String,
    pub(crate) person: u64,
    pub(crate) opened: i64,
    pub(crate) closed: Option<i64>,
    pub(crate) area: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) rules: Vec<&'static str>,
    /// The contact that answers it, by its place.
    pub(crate) contact: Option<usize>,
    /// Whether it still names that contact: one that opted out since does not.
    pub(crate) names_it: bool,
}

/// One contact.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) log: String,
    pub(crate) closed: i64,
    pub(crate) person: u64,
    pub(crate) campaign: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) area: &'static str,
    pub(crate) state: &'static str,
    pub(crate) planned: i64,
    /// When it was claimed for good.
    pub(crate) texted: Option<i64>,
    pub(crate) delivered: Option<i64>,
    pub(crate) parts: u64,
    pub(crate) millipence: u64,
    /// What the supplier charges: parts and millipence.
    pub(crate) bill: Option<(u64, u64)>,
    /// Oldest first.
    pub(crate) replies: Vec<Said>,
}

/// One reply.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) message: String,
    pub(crate) at: i64,
    pub(crate) class: &'static str,
    pub(crate) sentiment: &'static str,
    pub(crate) answers: Option<(&'static str, u8)>,
    pub(crate) work: Option<Work>,
}

/// What a reply left for somebody to do.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) desk: &'static str,
    /// By when somebody should have taken it, in seconds.
    pub(crate) clock: i64,
    pub(crate) opened: i64,
    pub(crate) rings: u64,
    pub(crate) reminded: Option<i64>,
    pub(crate) taken: Option<i64>,
    pub(crate) closed: Option<i64>,
    pub(crate) result: bool,
}

/// A text after the first.
#[derive(Debug, Clone)]
pub(crate) struct Extra {
    /// The contact it belongs to; a stranger has none.
    pub(crate) contact: Option<usize>,
    pub(crate) kind: &'static str,
    pub(crate) planned: i64,
    pub(crate) sent: Option<i64>,
    pub(crate) state: &'static str,
    pub(crate) parts: u64,
    pub(crate) millipence: u64,
}

/// Monday to Sunday: how much of the week's calls a day has.
const WEEK: [u64; 7] = [15, 14, 14, 15, 18, 13, 11];

/// How much of a day's calls each hour has: two rush hours, and a night that is not empty.
const DAY: [u64; 24] = [2, 2, 1, 1, 1, 2, 5, 9, 11, 8, 6, 5, 5, 5, 5, 6, 9, 12, 10, 7, 5, 4, 3, 3];

/// Areas, how much of the calls each has, and how many of a hundred callers there have no mobile.
const AREAS: [(&str, u64, u64); 8] = [
    ("N1", 22, 14),
    ("N2", 18, 15),
    ("S3", 16, 16),
    ("S4", 12, 15),
    ("E5", 9, 41),
    ("W6", 9, 18),
    ("HB04", 8, 15),
    ("", 6, 20),
];

/// Outcomes: how much of the calls each has, how many of a thousand answer, and the mean of the
/// scores in tenths.
const OUTCOMES: [(&str, u64, u64, u64); 4] = [
    ("cleared", 52, 340, 43),
    ("not-found", 24, 210, 26),
    ("advised", 14, 250, 35),
    ("thanked", 10, 420, 46),
];

/// Campaigns: how much each has, its millipence for a part, and how many of a hundred it holds out.
const CAMPAIGNS: [(&str, u64, u64, u64); 3] =
    [("highways", 70, 2_400, 0), ("lost-found", 18, 2_400, 0), ("welfare", 12, 3_950, 10)];

/// What stands against callers besides a number: how many of a thousand.
const RULES: [(&str, u64); 8] = [
    ("elig.never.domestic", 28),
    ("elig.never.opted-out", 9),
    ("elig.never.anonymous", 21),
    ("elig.hold.crime", 34),
    ("elig.hold.result-unknown", 52),
    ("elig.hold.qualifier", 47),
    ("elig.hold.role", 61),
    ("elig.hold.no-campaign", 83),
];

/// Replies that leave work: class, desk, its clock in seconds, and how many of a thousand replies.
const DESKS: [(&str, &str, i64, u64); 9] = [
    ("emergency", "control-room", 60, 4),
    ("still_there", "still-there", 30 * 60, 40),
    ("incident_report", "new-reports", 86_400, 25),
    ("complaint", "complaints", 2 * 86_400, 30),
    ("intelligence", "intelligence", 86_400, 18),
    ("highways_referral", "highways", 5 * 86_400, 30),
    ("question", "questions", 3 * 86_400, 35),
    ("praise_staff", "praise", 7 * 86_400, 28),
    ("unclear", "not-understood", 86_400, 8),
];

const HOUR: i64 = 3600;
const DAY_LONG: i64 = 86_400;

/// The first of January 2026, a Thursday.
const FIRST: i64 = 1_767_225_600;

/// How many days the half-year has.
const DAYS: u64 = 181;

/// The first of July, 04:00: what is not over by then is open.
const OVER: i64 = FIRST + DAYS as i64 * DAY_LONG + 4 * HOUR;

impl HalfYear {
    /// A half-year with about so many contacts.
    pub(crate) fn of(contacts: usize, seed: u64) -> Self {
        let mut year = Self { calls: Vec::new(), contacts: Vec::new(), extras: Vec::new() };
        let mut dice = Dice(seed);
        let people = contacts as u64 * 2 / 3;
        let mut number = 0;
        while year.contacts.len() < contacts {
            number += 1;
            year.log(number, people.max(1), &mut dice);
        }
        year
    }

    /// Leaves one contact that answered, of this state, and its call.
    pub(crate) fn keep_one(&mut self, state: &str) {
        let is = |told: &Told| told.state == state && !told.replies.is_empty();
        let place = self.contacts.iter().position(is).unwrap();
        self.contacts = vec![self.contacts[place].clone()];
        self.calls.retain(|call| call.contact == Some(place));
        self.calls.truncate(1);
        for call in &mut self.calls {
            call.contact = Some(0);
        }
        self.extras.clear();
    }

    fn log(&mut self, number: u64, people: u64, dice: &mut Dice) {
        let day = loop {
            let day = dice.below(DAYS);
            // The first is a Thursday.
            if dice.below(18) < WEEK[usize::try_from((day + 3) % 7).unwrap()] {
                break i64::try_from(day).unwrap();
            }
        };
        let hour = dice.weighted(DAY.iter().copied()) as i64;
        let second = dice.below(3600) as i64;
        let opened = FIRST + day * DAY_LONG + hour * HOUR + second - summer(day, hour);
        // Most are closed within hours, some within days, a few never.
        let closed = match dice.below(100) {
            0..3 => None,
            3..10 => Some(opened + DAY_LONG + dice.slow(DAY_LONG)),
            _ => Some(opened + 300 + dice.slow(2 * HOUR)),
        }
        .filter(|closed| *closed < OVER);
        let area = AREAS[dice.weighted(AREAS.iter().map(|(_, weight, _)| *weight))];
        let log = format!("HC-{number:07}");
        let callers = if dice.of_hundred(8) { 2 } else { 1 };
        for _ in 0..callers {
            // A few ring very often.
            let person = if dice.of_hundred(22) {
                dice.below(people.div_ceil(20))
            } else {
                dice.below(people)
            };
            // Nobody is two callers of one log.
            if self.calls.last().is_some_and(|last| last.log == log && last.person == person) {
                continue;
            }
            let call = self.call(&log, person, (opened, closed), area, dice);
            // Some ring twice about one hazard: another log, closed as a duplicate of the first.
            let twice = call.contact.is_some() && dice.of_hundred(2);
            self.calls.push(call.clone());
            if twice {
                let opened = call.opened + 60 + dice.below(600) as i64;
                self.calls.push(Call { log: format!("{log}-D{person}"), opened, ..call });
            }
        }
    }

    fn call(
        &mut self,
        log: &str,
        person: u64,
        (opened, closed): (i64, Option<i64>),
        (area, _, no_mobile): (&'static str, u64, u64),
        dice: &mut Dice,
    ) -> Call {
        let mut rules: Vec<_> =
            RULES.iter().filter(|(_, rate)| dice.below(1000) < *rate).map(|(r, _)| *r).collect();
        if dice.of_hundred(no_mobile) {
            rules.push("elig.hold.phone");
        }
        if closed.is_none() {
            rules.push("elig.hold.not-closed");
        }
        let verdict = match rules.iter().find(|rule| rule.starts_with("elig.never")) {
            Some(_) => "never",
            None if rules.is_empty() => "text",
            None => "hold",
        };
        let mut call = Call {
            log: log.to_owned(),
            person,
            opened,
            closed,
            area,
            verdict,
            rules,
            contact: None,
            names_it: true,
        };
        let (Some(closed), "text") = (closed, verdict) else { return call };
        // Of the decided, a few contacts are not planned yet.
        if dice.below(1000) < 5 {
            return call;
        }
        let told = self.told(log, closed, person, area, dice);
        let texted = told.texted.is_some();
        call.contact = Some(self.contacts.len());
        self.contacts.push(told);
        if texted && dice.of_hundred(1) {
            (call.verdict, call.names_it) = ("never", false);
            call.rules.push("elig.never.opted-out");
        }
        call
    }

    fn told(
        &mut self,
        log: &str,
        closed: i64,
        person: u64,
        area: &'static str,
        dice: &mut Dice,
    ) -> Told {
        let (campaign, _, price, held_out) = CAMPAIGNS[dice.weighted(CAMPAIGNS.map(|c| c.1))];
        let (outcome, _, answers, mean) = OUTCOMES[dice.weighted(OUTCOMES.map(|o| o.1))];
        // The extract comes at six in the morning, and again at noon.
        let planned = closed + 1800 + dice.below(10 * HOUR as u64) as i64;
        let days = dice.one([0, 0, 0, 0, 0, 1, 1, 2, 3, 5, 8]);
        let due = planned + days * DAY_LONG + dice.below(3 * HOUR as u64) as i64;
        let parts = 1 + dice.below(2);
        let mut told = Told {
            log: log.to_owned(),
            closed,
            person,
            campaign,
            outcome,
            area,
            state: "planned",
            planned,
            texted: None,
            delivered: None,
            parts: 0,
            millipence: 0,
            bill: None,
            replies: Vec::new(),
        };
        if dice.of_hundred(held_out) {
            told.state = "control";
            return told;
        }
        if due > OVER {
            return told;
        }
        told.state = match dice.below(1000) {
            0..15 => "cancelled",
            15..25 => "refused",
            25..30 => "unknown",
            30..32 => "parked",
            32..52 => "accepted",
            52..92 => "undelivered",
            _ => "delivered",
        };
        if matches!(told.state, "cancelled" | "refused") {
            return told;
        }
        (told.parts, told.millipence) = (parts, parts * price);
        if matches!(told.state, "unknown" | "parked") {
            return told;
        }
        told.texted = Some(due);
        if dice.of_hundred(30) {
            // Now and then the supplier charges less than was held back, or nothing.
            let charged = if dice.of_hundred(5) { 0 } else { parts };
            told.bill = Some((charged, charged * price));
            told.millipence = told.millipence.min(charged * price);
        }
        if told.state == "delivered" {
            let slow = dice.of_hundred(4);
            told.delivered = Some(due + 2 + dice.slow(if slow { 5 * HOUR } else { 8 }));
        }
        // Some receipts are lost, and people answer all the same.
        let evening = (due / HOUR % 24 + 1) >= 17;
        let likely = if evening { answers * 5 / 4 } else { answers };
        if told.state != "undelivered" && dice.below(1000) < likely {
            self.replies(&mut told, mean, price, dice);
        }
        told
    }

    fn replies(&mut self, told: &mut Told, mean: u64, price: u64, dice: &mut Dice) {
        let texted = told.texted.unwrap();
        let contact = self.contacts.len();
        let mut at = texted + 20 + dice.slow(if mean > 40 { 1200 } else { 2 * HOUR });
        if dice.of_hundred(9) {
            at += DAY_LONG + dice.slow(DAY_LONG);
        }
        for turn in 0..4 {
            let answers = match turn {
                0 => dice.of_hundred(78).then(|| ("satisfaction", dice.score(mean))),
                1 if dice.of_hundred(40) => {
                    Some(("call-again", u8::from(dice.below(100) < 40 + mean)))
                }
                2 => Some(("confidence", dice.score(mean.min(38)))),
                // Second thoughts.
                _ => dice.of_hundred(50).then(|| ("satisfaction", dice.score(mean + 3))),
            };
            let pleased = answers.map_or(3, |(_, value)| value);
            let sentiment = match (pleased, dice.below(10)) {
                (4.., ..=6) => "positive",
                (..=2, ..=6) => "negative",
                (_, 8) => "mixed",
                _ => "neutral",
            };
            let desk = dice.weighted(DESKS.map(|d| d.3).into_iter().chain([782]));
            let message = format!("m-{contact}-{turn}");
            let mut said = Said { message, at, class: "feedback", sentiment, answers, work: None };
            if let Some((class, desk, clock, _)) = DESKS.get(desk) {
                (said.class, said.answers) = (class, None);
                said.work = Some(work(desk, *clock, at, dice));
            }
            told.replies.push(said);
            if turn == 3 || !dice.of_hundred(45) {
                break;
            }
            self.extra(Some(contact), at, price, dice);
            at += 60 + dice.slow(HOUR);
        }
        if dice.below(1000) < 6 {
            self.extra(None, at, price, dice);
        }
    }

    fn extra(&mut self, contact: Option<usize>, at: i64, price: u64, dice: &mut Dice) {
        let kind =
            dice.one(["ask:call-again", "ask:confidence", "stopped", "result:cleared", "reminder"]);
        let states = ["accepted", "accepted", "accepted", "unknown", "cancelled", "refused", "due"];
        let state = dice.one(states);
        let parts = 1 + dice.below(2);
        let sent = (state == "accepted").then(|| at + 30 + dice.below(HOUR as u64) as i64);
        let millipence = parts * price;
        self.extras.push(Extra { contact, kind, planned: at, sent, state, parts, millipence });
    }
}

fn work(desk: &'static str, clock: i64, at: i64, dice: &mut Dice) -> Work {
    let opened = at + 1 + dice.below(20) as i64;
    let taken = dice.of_hundred(94).then(|| opened + dice.slow(clock / 2));
    let rings = if desk == "control-room" { 1 + dice.below(3) } else { 0 };
    let late = taken.is_none_or(|taken| taken > at + clock);
    let reminded = (late && rings == 0).then_some(at + clock + 1);
    let taken = taken.map(|taken| if late { taken.max(at + clock + 2) } else { taken });
    let closed = taken.filter(|_| dice.of_hundred(85)).map(|at| at + dice.slow(6 * HOUR));
    let result = closed.is_some() && desk == "still-there" && dice.of_hundred(70);
    Work { desk, clock, opened, rings, reminded, taken, closed, result }
}

/// What London's clock is ahead by at this local hour: summer time begins on the 29th of March.
fn summer(day: i64, hour: i64) -> i64 {
    let began = 87;
    if day > began || (day == began && hour >= 2) { HOUR } else { 0 }
}

/// Chance, the same for the same seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    fn one<T: Copy, const N: usize>(&mut self, of: [T; N]) -> T {
        of[usize::try_from(self.below(N as u64)).unwrap()]
    }

    fn of_hundred(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    /// A length of which the half is below the middle, and a few are many times as long.
    fn slow(&mut self, middle: i64) -> i64 {
        let part = self.below(1000) as i64;
        middle * part / (1030 - part)
    }

    fn weighted(&mut self, weights: impl IntoIterator<Item = u64, IntoIter: Clone>) -> usize {
        let weights = weights.into_iter();
        let mut left = self.below(weights.clone().sum());
        let mut place = 0;
        for weight in weights {
            if left < weight {
                break;
            }
            left -= weight;
            place += 1;
        }
        place
    }

    /// A score near a mean in tenths, with more at the ends than in the middle.
    fn score(&mut self, mean: u64) -> u8 {
        let spread = self.below(21) + self.below(11);
        let tenths = (mean + spread).saturating_sub(15).clamp(10, 50);
        u8::try_from((tenths + 5) / 10).unwrap()
    }
}

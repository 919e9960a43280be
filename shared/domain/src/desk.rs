//! The work that replies make for people: which desk it goes to, by when, and who took it.
//!
//! ```text
//!            ┌─ rings again until taken ─┐      (the control room only)
//! waiting ───┴──► overdue ──► taken ──► closed
//! ```
//!
//! A task holds ids and times only; the words of the reply stay with the reply. Which desk a class of
//! reply goes to is [`Desk::of`]; by when somebody must have taken it is [`Desk::clock`].

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::contact::ContactId;
use crate::incident::{LogNumber, Outcome};
use crate::person::PersonId;
use crate::reply::Class;

/// A queue of work, each a desk somebody sits at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Desk {
    /// May be a cry for help: rings until somebody takes it.
    ControlRoom,
    /// The hazard is still there: the control room looks again, and the caller hears the result.
    StillThere,
    /// Something new that is not urgent: the contact centre records it (NSIR 1.4).
    NewReports,
    /// Dissatisfaction: professional standards or service recovery decide and log it.
    Complaints,
    /// Who, what or where of offending.
    Intelligence,
    /// The road itself: for the council or National Highways.
    Highways,
    /// Something asked.
    Questions,
    /// Thanks that an officer or a call taker should hear.
    Praise,
    /// Not understood, another language perhaps: nobody but a person can say what it is.
    NotUnderstood,
}

/// Every desk with the name it is stored and shown by, the most urgent first.
pub const DESKS: [(Desk, &str); 9] = [
    (Desk::ControlRoom, "control-room"),
    (Desk::StillThere, "still-there"),
    (Desk::NewReports, "new-reports"),
    (Desk::Complaints, "complaints"),
    (Desk::Intelligence, "intelligence"),
    (Desk::Highways, "highways"),
    (Desk::Questions, "questions"),
    (Desk::Praise, "praise"),
    (Desk::NotUnderstood, "not-understood"),
];

impl Desk {
    /// Finds a desk by its name.
    pub fn parse(name: &str) -> Option<Self> {
        DESKS.iter().find(|(_, known)| *known == name).map(|(desk, _)| *desk)
    }

    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        DESKS.iter().find(|(desk, _)| *desk == self).map_or("", |(_, name)| name)
    }

    /// Where a reply of this class goes; `None` for one that wants nobody.
    ///
    /// `words` is how many words it has: a lone sign that nobody can read is not worth a person, a
    /// sentence in a language we do not know is.
    pub fn of(class: Class, words: usize) -> Option<Self> {
        match class {
            Class::Emergency => Some(Self::ControlRoom),
            Class::StillThere => Some(Self::StillThere),
            Class::IncidentReport => Some(Self::NewReports),
            Class::Complaint => Some(Self::Complaints),
            Class::Intelligence => Some(Self::Intelligence),
            Class::HighwaysReferral => Some(Self::Highways),
            Class::Question => Some(Self::Questions),
            Class::PraiseStaff => Some(Self::Praise),
            Class::Unclear if words >= WORTH_A_PERSON => Some(Self::NotUnderstood),
            Class::Unclear
            | Class::WrongPerson
            | Class::Feedback
            | Class::OptOut
            | Class::OptIn => None,
        }
    }

    /// By when, after the reply came, somebody must have taken it.
    ///
    /// One minute for the control room is the target of the project's own safety rules. The others
    /// are working times a force may hold itself to; no law sets them. The nearest rule is that of
    /// crime recording, 24 hours after a report.
    pub fn clock(self) -> SignedDuration {
        match self {
            Self::ControlRoom => SignedDuration::from_mins(1),
            Self::StillThere => SignedDuration::from_mins(30),
            Self::NewReports | Self::Intelligence | Self::NotUnderstood => {
                SignedDuration::from_hours(24)
            }
            Self::Complaints => SignedDuration::from_hours(2 * 24),
            Self::Questions => SignedDuration::from_hours(3 * 24),
            Self::Highways => SignedDuration::from_hours(5 * 24),
            Self::Praise => SignedDuration::from_hours(7 * 24),
        }
    }

    /// Whether it wakes somebody at once and again until it is taken.
    pub fn rings(self) -> bool {
        self == Self::ControlRoom
    }
}

impl fmt::Display for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// From how many words on something not understood goes to a person.
const WORTH_A_PERSON: usize = 3;

/// A task's name: the supplier's, and its id of the reply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The supplier's name.
    pub supplier: String,
    /// The supplier's id of the reply.
    pub message: String,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.supplier, self.message)
    }
}

impl TaskId {
    /// Accepts `<supplier>/<message>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (supplier, message) = text.split_once('/')?;
        let whole = !supplier.is_empty() && !message.is_empty();
        whole.then(|| Self { supplier: supplier.to_owned(), message: message.to_owned() })
    }
}

/// Somebody did something at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Who, as they gave their name or number.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Who, and when.
    pub signed: Signed,
    /// What was done, in the closer's words, without anybody's name or number.
    pub note: String,
    /// What came of the incident, where the caller is to hear of it.
    pub result: Option<Outcome>,
}

/// One reply that a person must act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which reply.
    pub id: TaskId,
    /// Where it is.
    pub desk: Desk,
    /// What the reply was read as.
    pub class: Class,
    /// Who sent it.
    pub person: PersonId,
    /// The contact it answers.
    pub contact: Option<ContactId>,
    /// The log it is about.
    pub log: Option<LogNumber>,
    /// When the supplier had the reply.
    pub received_at: Timestamp,
    /// When it reached the desk: for the control room, when the alarm first rang.
    pub opened_at: Timestamp,
    /// By when somebody must have taken it.
    pub due_at: Timestamp,
    /// When it last rang, and how often: for the control room until it is taken. One that never rang, since
    /// nobody could be told, has the time of the reply and no rings.
    pub rung: Option<(Timestamp, u32)>,
    /// When somebody was told that it is overdue.
    pub overdue_at: Option<Timestamp>,
    /// Who took it.
    pub taken: Option<Signed>,
    /// How it ended.
    pub closed: Option<Closed>,
    /// Goes up by one with every write: the condition of the next.
    pub revision: u64,
}

/// Something that happens to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskStep {
    /// The alarm rang again.
    Ring,
    /// The reply, read once more, may be a cry for help: to the control room, whoever had it.
    Raise,
    /// Its desk was told that nobody has taken it in time.
    Overdue,
    /// Somebody took it.
    Take {
        /// Who.
        by: String,
    },
    /// Somebody did what there was to do.
    Close {
        /// Who.
        by: String,
        /// What was done.
        note: String,
        /// What came of the incident, where the caller is to hear of it.
        result: Option<Outcome>,
    },
}

/// The lists a task is on, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Nobody has taken it; looked at when it is due, or rings again.
    Waiting(Desk),
    /// The same, and its desk was told.
    Overdue(Desk),
    /// Somebody is at it.
    Taken(Desk),
    /// Done, by the day the reply came.
    Closed,
}

impl Task {
    /// A task that reaches its desk now.
    pub fn open(id: TaskId, desk: Desk, class: Class, from: Sender, now: Timestamp) -> Self {
        let due_at = from.received_at.saturating_add(desk.clock()).unwrap_or(Timestamp::MAX);
        Self {
            id,
            desk,
            class,
            person: from.person,
            contact: from.contact,
            log: from.log,
            received_at: from.received_at,
            opened_at: now,
            due_at,
            rung: desk.rings().then_some((now, 1)),
            overdue_at: None,
            taken: None,
            closed: None,
            revision: 1,
        }
    }

    /// The same, of which nobody could be told yet: it rings at the next look.
    pub fn unheard(self) -> Self {
        let rung = self.rung.map(|_| (self.received_at, 0));
        Self { rung, ..self }
    }

    /// Whether it should have rung and never did.
    pub fn is_unheard(&self) -> bool {
        self.rung.is_some_and(|(_, rings)| rings == 0)
    }

    /// The task after a step, or `None` where it may not be taken or changes nothing.
    ///
    /// Who took it first stays: the second to acknowledge an alarm is shown who did.
    pub fn after(&self, step: &TaskStep, now: Timestamp) -> Option<Self> {
        if self.closed.is_some() {
            return None;
        }
        let mut next = self.clone();
        match step {
            TaskStep::Ring => {
                let (_, rings) = self.rung.filter(|_| self.taken.is_none())?;
                next.rung = Some((now, rings + 1));
            }
            TaskStep::Raise => {
                if self.desk.rings() {
                    return None;
                }
                let from = Sender {
                    person: self.person.clone(),
                    contact: self.contact.clone(),
                    log: self.log.clone(),
                    received_at: self.received_at,
                };
                let raised =
                    Self::open(self.id.clone(), Desk::ControlRoom, Class::Emergency, from, now);
                next = Self { revision: self.revision, ..raised };
            }
            TaskStep::Overdue => {
                if self.taken.is_some() || self.overdue_at.is_some() || self.rung.is_some() {
                    return None;
                }
                next.overdue_at = Some(now);
            }
            TaskStep::Take { by } => {
                if self.taken.is_some() {
                    return None;
                }
                next.taken = Some(Signed { by: by.clone(), at: now });
            }
            TaskStep::Close { by, note, result } => {
                let signed = Signed { by: by.clone(), at: now };
                // Whoever closes what nobody took has taken it.
                next.taken.get_or_insert_with(|| signed.clone());
                next.closed = Some(Closed { signed, note: note.clone(), result: result.clone() });
            }
        }
        next.revision += 1;
        Some(next)
    }

    /// Which list it is on, and its place there.
    pub fn lane(&self) -> (Lane, Timestamp) {
        if self.closed.is_some() {
            (Lane::Closed, self.received_at)
        } else if self.taken.is_some() {
            (Lane::Taken(self.desk), self.received_at)
        } else if self.overdue_at.is_some() {
            (Lane::Overdue(self.desk), self.due_at)
        } else {
            (Lane::Waiting(self.desk), self.rung.map_or(self.due_at, |(at, _)| at))
        }
    }

    /// From the reply to its desk.
    pub fn time_to_desk(&self) -> SignedDuration {
        self.opened_at.duration_since(self.received_at)
    }

    /// From the reply to the person who took it.
    pub fn time_to_take(&self) -> Option<SignedDuration> {
        self.taken.as_ref().map(|taken| taken.at.duration_since(self.received_at))
    }

    /// Whether its clock has run out with nobody at it, or ran out before somebody was.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.taken.as_ref().map_or(now, |taken| taken.at) > self.due_at
    }
}

/// Who wrote, what about, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Who.
    pub person: PersonId,
    /// The contact it answers.
    pub contact: Option<ContactId>,
    /// The log it is about.
    pub log: Option<LogNumber>,
    /// When the supplier had it.
    pub received_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::CLASSES;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_773_136_800 + second).unwrap()
    }

    fn task(desk: Desk) -> Task {
        let id = TaskId::parse("notify/m-1").unwrap();
        let from = Sender {
            person: PersonId::parse(&"a".repeat(32)).unwrap(),
            contact: None,
            log: None,
            received_at: at(0),
        };
        Task::open(id, desk, Class::Emergency, from, at(2))
    }

    fn take(by: &str) -> TaskStep {
        TaskStep::Take { by: by.to_owned() }
    }

    fn close() -> TaskStep {
        let (by, note) = ("PC 41".to_owned(), "unit sent".to_owned());
        TaskStep::Close { by, note, result: None }
    }

    #[test]
    fn every_desk_has_one_name_and_every_class_is_somebodys_or_nobodys() {
        for (desk, name) in DESKS {
            assert_eq!((desk.name(), Desk::parse(name)), (name, Some(desk)));
        }
        let desks: Vec<_> = CLASSES.iter().filter_map(|(class, _)| Desk::of(*class, 9)).collect();
        assert_eq!(desks.len(), DESKS.len());
        assert_eq!(Desk::of(Class::Unclear, 1), None);
    }

    #[test]
    fn an_alarm_rings_until_it_is_taken_and_who_took_it_first_stays() {
        let rung = task(Desk::ControlRoom).after(&TaskStep::Ring, at(300)).unwrap();
        assert_eq!(rung.rung, Some((at(300), 2)));
        assert_eq!(rung.lane(), (Lane::Waiting(Desk::ControlRoom), at(300)));
        assert_eq!(rung.after(&TaskStep::Overdue, at(300)), None, "it rings instead");
        let taken = rung.after(&take("Sgt 9"), at(310)).unwrap();
        assert_eq!(taken.lane(), (Lane::Taken(Desk::ControlRoom), at(0)));
        assert_eq!(taken.after(&TaskStep::Ring, at(600)), None);
        assert_eq!(taken.after(&take("PC 41"), at(320)), None);
        assert_eq!(taken.time_to_desk(), SignedDuration::from_secs(2));
        assert_eq!(taken.time_to_take(), Some(SignedDuration::from_secs(310)));
        assert!(taken.is_late(at(0)), "a minute is the target");
    }

    #[test]
    fn an_alarm_of_which_nobody_could_be_told_waits_from_the_reply_on_for_its_first_ring() {
        let unheard = task(Desk::ControlRoom).unheard();
        assert!(unheard.is_unheard());
        assert_eq!(unheard.lane(), (Lane::Waiting(Desk::ControlRoom), at(0)));
        let rung = unheard.after(&TaskStep::Ring, at(300)).unwrap();
        assert_eq!((rung.rung, rung.is_unheard()), (Some((at(300), 1)), false));
        assert!(!task(Desk::Complaints).unheard().is_unheard(), "what does not ring is not missed");
    }

    #[test]
    fn a_desk_is_told_once_that_something_is_overdue() {
        let waiting = task(Desk::Complaints);
        assert_eq!(waiting.lane(), (Lane::Waiting(Desk::Complaints), at(2 * 86_400)));
        assert_eq!(waiting.after(&TaskStep::Ring, at(0)), None, "only the control room rings");
        let overdue = waiting.after(&TaskStep::Overdue, at(200_000)).unwrap();
        assert_eq!(overdue.lane().0, Lane::Overdue(Desk::Complaints));
        assert_eq!(overdue.after(&TaskStep::Overdue, at(200_000)), None);
    }

    #[test]
    fn what_is_closed_stays_closed_and_was_taken() {
        let closed = task(Desk::Praise).after(&close(), at(9)).unwrap();
        assert_eq!(closed.taken.as_ref().unwrap().by, "PC 41");
        assert_eq!(closed.lane(), (Lane::Closed, at(0)));
        for step in [TaskStep::Ring, TaskStep::Overdue, take("x"), close()] {
            assert_eq!(closed.after(&step, at(10)), None);
        }
    }
}

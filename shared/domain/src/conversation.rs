//! What is said back to somebody who replied: which follow-up, if any, and what a reply answers.
//!
//! A contact has at most three turns of ours: the outcome with its question, and two more. What is
//! said for safety, about a stop, or to the wrong person is no turn: it asks nothing.
//! Words are the campaign's ([`Talk`]); the words for safety are ours where it has none, because they
//! may not depend on a campaign that can be read.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::campaign::Campaign;
use crate::contact::{Contact, ContactId};
use crate::desk::{Task, TaskId};
use crate::followup::{FollowUp, Kind, State, Wanted};
use crate::hours::LONDON;
use crate::incident::Outcome;
use crate::person::PersonId;
use crate::ports::PersonFile;
use crate::reply::{Class, Reading};
use crate::score;
use crate::supplier::SupplierName;
use crate::words;

/// What a reply may be the answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// How did we do? 1 to 5.
    Satisfaction,
    /// What could we do better? In words.
    Better,
    /// What went well? In words.
    Well,
    /// Would you call us again if you saw something? Yes or no.
    CallAgain,
    /// Confidence in the police of the area, 1 (disagree) to 5 (agree).
    Confidence,
}

/// Every question with the name it is stored and shown by.
pub const QUESTIONS: [(Question, &str); 5] = [
    (Question::Satisfaction, "satisfaction"),
    (Question::Better, "better"),
    (Question::Well, "well"),
    (Question::CallAgain, "call-again"),
    (Question::Confidence, "confidence"),
];

impl Question {
    /// Finds a question by its name.
    pub fn parse(name: &str) -> Option<Self> {
        QUESTIONS.iter().find(|(_, known)| *known == name).map(|(question, _)| *question)
    }

    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        QUESTIONS.iter().find(|(question, _)| *question == self).map_or("", |(_, name)| name)
    }
}

/// An answer that can be counted: a number to its question. Yes is 1 and no is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// What it answers.
    pub question: Question,
    /// 1 to 5, or 0 and 1.
    pub value: u8,
    /// When it came.
    pub at: Timestamp,
}

/// How long after it was asked a question takes an answer.
pub const ANSWERABLE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most turns of ours in one contact, the first text among them.
pub const TURNS: usize = 3;

/// The words of a campaign's conversation; what has none is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// To somebody who may be in danger; ours where it is missing.
    pub safety: Option<String>,
    /// To somebody who reports something new.
    pub report: Option<String>,
    /// To somebody who wants no more texts.
    pub stopped: Option<String>,
    /// To somebody who never rang.
    pub wrong_person: Option<String>,
    /// After a score of 1 to 3.
    pub better: Option<String>,
    /// After a score of 4 or 5.
    pub well: Option<String>,
    /// Would you call us again?
    pub call_again: Option<String>,
    /// Confidence in the police of the area.
    pub confidence: Option<String>,
    /// To somebody who did not answer, and after how long.
    pub reminder: Option<(String, SignedDuration)>,
    /// What came of a hazard that was still there, by outcome.
    pub results: BTreeMap<Outcome, String>,
}

/// Said to somebody who may be in danger where no campaign says it. It names no force: whoever it
/// reaches may not be the person who rang.
pub const SAFETY: &str = "This number is not watched all the time. If you are in danger call 999 \
    now. If you cannot speak, call 999 and press 55.";

impl Talk {
    /// The words of one kind of follow-up.
    pub fn words(&self, kind: &Kind) -> Option<&str> {
        let words = match kind {
            Kind::Safety => return Some(self.safety.as_deref().unwrap_or(SAFETY)),
            Kind::Report => &self.report,
            Kind::Stopped => &self.stopped,
            Kind::WrongPerson => &self.wrong_person,
            Kind::Ask(Question::Better) => &self.better,
            Kind::Ask(Question::Well) => &self.well,
            Kind::Ask(Question::CallAgain) => &self.call_again,
            Kind::Ask(Question::Confidence) => &self.confidence,
            Kind::Ask(Question::Satisfaction) => return None,
            Kind::Reminder => return self.reminder.as_ref().map(|(words, _)| words.as_str()),
            Kind::Result(outcome) => return self.results.get(outcome).map(String::as_str),
        };
        words.as_deref()
    }

    fn has(&self, question: Question) -> bool {
        self.words(&Kind::Ask(question)).is_some()
    }
}

/// The question a reply answers: the last one asked before it came, unless the reply is plainly about
/// another.
pub fn open_question(contact: &Contact, follow_ups: &[FollowUp], at: Timestamp) -> Question {
    follow_ups
        .iter()
        .filter(|follow_up| follow_up.contact.as_ref() == Some(&contact.id))
        .filter_map(|follow_up| match follow_up.kind {
            Kind::Ask(question) => Some((follow_up.sent_at?, question)),
            _ => None,
        })
        .filter(|(asked, _)| *asked <= at && at.duration_since(*asked) <= ANSWERABLE)
        .max_by_key(|(asked, _)| *asked)
        .map_or(Question::Satisfaction, |(_, question)| question)
}

/// What a reply says to the question that was open.
///
/// Only an ordinary reply answers: a number beside a cry for help, or in the words of somebody who
/// never rang, counts nothing. A bare digit after a question that wants words, or a yes or no, is a
/// second thought about the first question.
pub fn given(open: Question, text: &str, reading: &Reading, at: Timestamp) -> Option<Given> {
    match reading.class {
        Class::Emergency | Class::WrongPerson | Class::OptIn => return None,
        Class::IncidentReport
        | Class::StillThere
        | Class::Complaint
        | Class::Intelligence
        | Class::HighwaysReferral
        | Class::PraiseStaff
        | Class::Question
        | Class::Feedback
        | Class::OptOut
        | Class::Unclear => {}
    }
    let number = |question| reading.score.map(|score| (question, score.get()));
    let (question, value) = match open {
        Question::CallAgain => match score::yes_or_no(text) {
            Some(yes) => Some((Question::CallAgain, u8::from(yes))),
            None => number(Question::Satisfaction),
        },
        Question::Confidence if !corrects(text) => number(Question::Confidence),
        Question::Confidence | Question::Satisfaction | Question::Better | Question::Well => {
            number(Question::Satisfaction)
        }
    }?;
    Some(Given { question, value, at })
}

/// Whether a reply is no more than the yes or no that was asked for. By itself a bare "yes" could be
/// anything, and the reader is told to fear the worst; it cannot know that we asked.
pub fn answers_plainly(open: Question, text: &str) -> bool {
    open == Question::CallAgain
        && text.split_whitespace().count() <= 2
        && score::yes_or_no(text).is_some()
}

/// Whether somebody asks not to be written or rung back, or says that another reads what comes:
/// `dont text back`, `he reads my messages`, `deleting this now`.
pub fn asks_for_silence(text: &str) -> bool {
    const WRITE: [&str; 10] = [
        "text", "texting", "txt", "reply", "replying", "answer", "message", "respond", "ring",
        "call",
    ];
    const READ: [&str; 9] =
        ["reads", "reading", "checks", "checking", "sees", "see", "watches", "has", "got"];
    const WHAT: [&str; 5] = ["phone", "messages", "message", "texts", "mobile"];
    let words = words::of(text);
    let is = |word: Option<&words::Word>, list: &[&str]| {
        word.is_some_and(|word| list.contains(&word.text.as_str()))
    };
    (0..words.len()).any(|at| {
        let word = words.get(at);
        let near = |list: &[&str]| (1..=4).any(|ahead| is(words.get(at + ahead), list));
        (is(word, &["not", "no", "never", "stop"]) && near(&WRITE))
            || (is(word, &READ) && near(&WHAT))
            || word.is_some_and(|word| word.text.starts_with("delet"))
    })
}

/// Whether a reply changes an earlier answer in so many words: `changed my mind, 2 not 4`.
fn corrects(text: &str) -> bool {
    const SIGNS: &[&str] =
        &["meant", "mind", "instead", "correction", "earlier", "first", "rather"];
    words::of(text).iter().any(|word| SIGNS.contains(&word.text.as_str()))
}

/// Everything that is looked at to say what comes next.
pub struct Heard<'a> {
    /// Who wrote.
    pub person: &'a PersonFile,
    /// Their id.
    pub who: &'a PersonId,
    /// The contact that was answered, and its campaign; a stranger has none.
    pub contact: Option<(&'a Contact, &'a Campaign)>,
    /// Which reply, and who brought it.
    pub reply: &'a TaskId,
    /// What it was read as.
    pub reading: &'a Reading,
    /// How many words it has.
    pub words: usize,
    /// Whether it asks us not to write back.
    pub silent: bool,
    /// When the supplier had it.
    pub received_at: Timestamp,
    /// The question that was open.
    pub open: Question,
    /// What it said to it.
    pub given: Option<Given>,
}

/// What to say to a reply: one text at the most, and nothing that the campaign has no words for.
///
/// What is for safety comes before everything, to strangers too; but a text that lights up in front of
/// whoever is feared may be the danger, so nobody in danger who asks for silence is written to. A stranger hears nothing else: we do
/// not know whom we would be talking to.
pub fn next(heard: &Heard<'_>, now: Timestamp) -> Option<Wanted> {
    let Heard { person, who, contact, reply, reading, received_at, .. } = heard;
    let brought_by = SupplierName::parse(&reply.supplier)?;
    let day = received_at.to_zoned(LONDON.clone()).date();
    let wanted = |kind: Kind, occasion: String, due_at| {
        let (contact, who) = (contact.map(|(contact, _)| contact.id.clone()), (*who).clone());
        // The number that the person has answered to is the campaign's.
        let supplier =
            heard.contact.map_or(&brought_by, |(_, campaign)| &campaign.supplier).clone();
        let reply = Some((*reply).clone());
        Wanted { person: who, kind, occasion, contact, reply, supplier, due_at }
    };
    if reading.class == Class::Emergency {
        if heard.silent {
            return None;
        }
        // Once in an hour of the clock: a person who writes ten times knows it by then, and a machine
        // that answers our answer is not answered for ever.
        let hour = received_at.as_second() / 3_600;
        return Some(wanted(Kind::Safety, hour.to_string(), now));
    }
    let (contact, campaign) = (*contact)?;
    let (kind, occasion) = if reading.opt_out {
        // One confirmation: whoever had left before knows.
        let left_before = person.opted_out.is_some_and(|at| at < *received_at);
        (!left_before).then(|| (Kind::Stopped, day.to_string()))
    } else {
        match reading.class {
            Class::WrongPerson => Some((Kind::WrongPerson, contact.id.to_string())),
            Class::IncidentReport | Class::Intelligence => Some((Kind::Report, day.to_string())),
            Class::Feedback | Class::PraiseStaff => next_question(heard, contact, campaign)
                .map(|question| (Kind::Ask(question), contact.id.to_string())),
            Class::Emergency
            | Class::StillThere
            | Class::Complaint
            | Class::HighwaysReferral
            | Class::Question
            | Class::OptOut
            | Class::OptIn
            | Class::Unclear => None,
        }
    }?;
    campaign.talk.words(&kind)?;
    let due_at = campaign.hours.open_from(now)?;
    Some(wanted(kind, occasion, due_at))
}

/// The reminder of a contact whose text has just left, where its campaign has one.
pub fn reminder(contact: &Contact, campaign: &Campaign, now: Timestamp) -> Option<Wanted> {
    let (_, after) = campaign.talk.reminder.as_ref()?;
    Some(Wanted {
        person: contact.id.person().clone(),
        kind: Kind::Reminder,
        occasion: contact.id.to_string(),
        contact: Some(contact.id.clone()),
        reply: None,
        supplier: campaign.supplier.clone(),
        due_at: campaign.hours.open_from(now.saturating_add(*after).ok()?)?,
    })
}

/// What the caller is told of a hazard that was still there, where the campaign has words for it.
pub fn result(
    task: &Task,
    outcome: &Outcome,
    campaign: &Campaign,
    now: Timestamp,
) -> Option<Wanted> {
    let kind = Kind::Result(outcome.clone());
    campaign.talk.words(&kind)?;
    Some(Wanted {
        person: task.person.clone(),
        kind,
        // Once for each time it was told to be there, whatever is found out twice.
        occasion: task.id.to_string(),
        contact: Some(task.contact.clone()?),
        reply: Some(task.id.clone()),
        supplier: campaign.supplier.clone(),
        due_at: campaign.hours.open_from(now)?,
    })
}

/// The next question, if there is one to ask.
///
/// Nobody is asked more who was in danger, who never rang, or who complained: a survey is no answer to
/// a complaint. Those who said why without being asked are not asked why.
fn next_question(heard: &Heard<'_>, contact: &Contact, campaign: &Campaign) -> Option<Question> {
    let Heard { person, words, open, given, .. } = heard;
    if !goes_on(contact) {
        return None;
    }
    let mine = || person.follow_ups.iter().filter(|f| f.contact.as_ref() == Some(&contact.id));
    let turns = 1 + mine().filter(|f| f.kind.is_turn() && f.state != State::Cancelled).count();
    if turns >= TURNS {
        return None;
    }
    let asked = |question| mine().any(|f| f.kind == Kind::Ask(question));
    let talk = &campaign.talk;
    let why = match (open, given) {
        (Question::Satisfaction, Some(given)) if *words <= BARE => {
            Some(if given.value <= 3 { Question::Better } else { Question::Well })
        }
        // A comment without a score has no score to ask about.
        (Question::Satisfaction, None) => return None,
        _ => None,
    };
    why.filter(|question| talk.has(*question) && !asked(*question)).or_else(|| {
        let counted = [Question::CallAgain, Question::Confidence];
        // Half get the one and half the other; whoever had either has had their turn.
        if counted.into_iter().any(asked) {
            return None;
        }
        let mut offered = counted.into_iter().filter(|question| talk.has(*question));
        let (one, other) = (offered.next()?, offered.next());
        Some(other.filter(|_| coin(&contact.id)).unwrap_or(one))
    })
}

/// How many words a reply may have and still be no more than a score: `5 thank you`.
const BARE: usize = 4;

/// Whether nothing was said before that ends a conversation for good.
fn goes_on(contact: &Contact) -> bool {
    contact.answer.as_ref().is_none_or(|answer| {
        !answer.classes.iter().any(|class| {
            matches!(
                class,
                Class::Emergency | Class::WrongPerson | Class::Complaint | Class::OptOut
            )
        })
    })
}

/// One half of all contacts, always the same half.
fn coin(contact: &ContactId) -> bool {
    let mut hash = Sha256::new();
    hash.update("second question");
    hash.update(contact.to_string());
    hash.finalize()[0] & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    #[test]
    fn every_question_has_one_name() {
        for (question, name) in QUESTIONS {
            assert_eq!((question.name(), Question::parse(name)), (name, Some(question)));
        }
    }

    #[test]
    fn silence_is_heard_in_many_words_and_not_where_nobody_asked() {
        for text in [
            "dont text back hes here",
            "please do not reply to this",
            "he reads my messages",
            "hes got my phone",
            "deleting this now",
            "no texts please he will see it on my phone",
            "never ring this number",
        ] {
            assert!(asks_for_silence(text), "{text}");
        }
        for text in ["help he has a knife", "please call someone", "im on my own", "come now", ""] {
            assert!(!asks_for_silence(text), "{text}");
        }
    }

    #[test]
    fn a_digit_answers_what_was_asked_and_nothing_beside_a_cry_for_help() {
        let at: Timestamp = "2026-03-10T10:00:00Z".parse().unwrap();
        let said = |open, text: &str| {
            given(open, text, &reply::read(text), at).map(|given| (given.question, given.value))
        };
        assert_eq!(said(Question::Satisfaction, "4"), Some((Question::Satisfaction, 4)));
        assert_eq!(said(Question::Better, "2"), Some((Question::Satisfaction, 2)));
        assert_eq!(said(Question::Confidence, "2"), Some((Question::Confidence, 2)));
        let corrected = said(Question::Confidence, "sorry I meant 2");
        assert_eq!(corrected, Some((Question::Satisfaction, 2)));
        assert_eq!(said(Question::CallAgain, "no"), Some((Question::CallAgain, 0)));
        assert_eq!(said(Question::CallAgain, "maybe"), None);
        assert_eq!(said(Question::Satisfaction, "5 my ex is outside again"), None);
    }
}

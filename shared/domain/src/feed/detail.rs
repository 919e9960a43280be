//! STORM's log detail: the row of a log, then the table of its actions, then the next log.
//!
//! An action is a text that a person or the system wrote. What the profile's phrases find in it
//! adds to the log's cells; all of it is searched for markers and dropped. No action can give a
//! telephone number: there is no phrase for one.
//! A line that is neither a log nor an action may hold a reason not to text, so its log is refused.

use std::io::{self, Read};

use super::lines::Lines;
use super::separated::{Next, Taken};
use super::{Cell, Form, Header, LIST_END, Opened, ROW_MAX_BYTES, Reject, Slot, Step, Unreadable};
use super::{check_columns, shown_row};
use crate::force::{ActionsFile, FIELDS, FeedFile, Field, fold};
use crate::incident::Status;

/// The longest log taken with all its actions, in bytes.
const LOG_MAX_BYTES: usize = 16 * ROW_MAX_BYTES;

/// How the logs of a file are read.
pub(super) struct Detail {
    feed: FeedFile,
    actions: ActionsFile,
    header: Header,
    separator: u8,
    /// The columns that are needed, folded, and where the log header last seen has each.
    needed: Vec<String>,
    positions: Vec<usize>,
    log_width: usize,
    /// Why no log can be read by the headers last seen.
    unusable: Option<String>,
    action: Option<ActionHeader>,
    taken: Taken,
    current: Option<Current>,
    /// The log last given, as it came.
    raw: Vec<u8>,
    said: Option<Status>,
}

/// Where an action's cells are.
struct ActionHeader {
    date: Vec<usize>,
    text: usize,
    width: usize,
}

/// The log whose actions are being read.
struct Current {
    line: u64,
    /// Its cells, by the columns that are needed.
    cells: Vec<String>,
    actions: Vec<Action>,
    raw: Vec<u8>,
    /// Why it cannot be read.
    odd: Option<String>,
}

struct Action {
    date: String,
    text: String,
}

/// What a line is.
enum Kind {
    LogHeader,
    ActionHeader(ActionHeader),
    Log,
    Action,
    Neither,
}

/// Opens a file: its first line must be the header of a log.
pub(super) fn open<R: Read>(
    lines: &mut Lines<R>,
    taken: &mut Taken,
    feed: &FeedFile,
) -> io::Result<Opened> {
    let separator = u8::try_from(feed.separator).unwrap_or(b'\t');
    let Some(actions) = feed.actions.clone() else { return Ok(Err(Unreadable::Empty)) };
    if let Next::End = taken.next(lines, separator)? {
        return Ok(Err(Unreadable::Empty));
    }
    let names: Vec<String> = (0..taken.cells.len()).map(|at| taken.cell(at)).collect();
    if let Err(unreadable) = check_columns(feed, &names) {
        return Ok(Err(unreadable));
    }
    let header = header(feed, &actions);
    let mut detail = Detail {
        feed: feed.clone(),
        actions,
        header: header.clone(),
        separator,
        needed: feed.needed().into_iter().map(fold).collect(),
        positions: Vec::new(),
        log_width: 0,
        unusable: None,
        action: None,
        taken: Taken::default(),
        current: None,
        raw: Vec::new(),
        said: None,
    };
    detail.use_header(&names);
    Ok(Ok((header, Form::Detail(Box::new(detail)))))
}

/// A header by which each field stands at its own number, then the free text, then the actions'.
fn header(feed: &FeedFile, actions: &ActionsFile) -> Header {
    let mut header = Header::new(feed, |_| None);
    for (field, name) in FIELDS {
        let column = feed.columns.get(name).map(ToString::to_string);
        let said = actions.phrases.values().chain(actions.questions.values());
        let acted = said.into_iter().any(|said| said == name).then(|| actions.text.clone());
        if let Some(name) = column.or(acted) {
            header.slots[field as usize] = Slot { positions: vec![field as usize], name };
        }
    }
    header.texts_from = FIELDS.len();
    header
}

impl Detail {
    /// The log last given, as it came, no longer than a row may be.
    pub(super) fn raw(&self) -> &[u8] {
        within_a_row(&self.raw)
    }

    /// What the actions of the log last given say of how far the force has come.
    pub(super) fn said(&self) -> Option<Status> {
        self.said
    }

    /// Takes the next log with its actions.
    pub(super) fn step<R: Read>(
        &mut self,
        lines: &mut Lines<R>,
        text: &mut String,
        cells: &mut Vec<Cell>,
    ) -> io::Result<Step> {
        loop {
            let done = match self.taken.next(lines, self.separator)? {
                Next::End => match self.current.take() {
                    Some(log) => return Ok(self.finish(log, text, cells)),
                    None => return Ok(Step::End),
                },
                Next::Broken(line, reason) => self.odd(line, reason),
                Next::Row(line) => match self.kind() {
                    Kind::LogHeader => {
                        let names = self.names();
                        self.use_header(&names);
                        self.current.take()
                    }
                    Kind::ActionHeader(header) => {
                        self.use_action_header(header);
                        None
                    }
                    Kind::Log => self.begin(line),
                    Kind::Action => self.act(line),
                    Kind::Neither => {
                        let width = self.taken.cells.len();
                        let reason = format!(
                            "has {width} cells where a log has {} and an action {}",
                            self.log_width,
                            self.action.as_ref().map_or(0, |action| action.width)
                        );
                        self.odd(line, &reason)
                    }
                },
            };
            if let Some(log) = done {
                return Ok(self.finish(log, text, cells));
            }
        }
    }

    fn names(&self) -> Vec<String> {
        (0..self.taken.cells.len()).map(|at| self.taken.cell(at)).collect()
    }

    fn use_header(&mut self, names: &[String]) {
        let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
        self.log_width = names.len();
        self.unusable = check_columns(&self.feed, names).err().map(|why| why.to_string());
        let position = |column: &String| folded.iter().position(|name| name == column);
        self.positions = self.needed.iter().filter_map(position).collect();
        self.check_widths();
    }

    fn use_action_header(&mut self, header: ActionHeader) {
        self.action = Some(header);
        self.check_widths();
        if let (Some(current), Some(why)) = (&mut self.current, &self.unusable) {
            current.odd.get_or_insert(why.clone());
        }
    }

    /// Logs and their actions are told apart by how wide they are.
    fn check_widths(&mut self) {
        if self.action.as_ref().is_some_and(|action| action.width == self.log_width) {
            let why = "the rows of logs and of actions are equally wide: they cannot be told apart";
            self.unusable = Some(why.to_owned());
        }
    }

    /// What the row in hand is.
    fn kind(&self) -> Kind {
        let width = self.taken.cells.len();
        let action_width = self.action.as_ref().map(|action| action.width);
        let first = self.feed.columns.get("log_number").and_then(|c| c.names().first());
        let names = self.names();
        let at = |column: &str| names.iter().position(|name| fold(name) == fold(column));
        let known = self.needed.iter().filter(|column| at(column).is_some()).count();
        if first.is_some_and(|column| at(column).is_some()) && known * 2 > self.needed.len() {
            return Kind::LogHeader;
        }
        let date: Option<Vec<usize>> =
            self.actions.date.names().iter().map(|column| at(column)).collect();
        if let (Some(date), Some(text)) = (date, at(&self.actions.text)) {
            return Kind::ActionHeader(ActionHeader { date, text, width });
        }
        if width == self.log_width {
            Kind::Log
        } else if action_width == Some(width) {
            Kind::Action
        } else {
            Kind::Neither
        }
    }

    /// Begins the log in hand, and gives the one before.
    fn begin(&mut self, line: u64) -> Option<Current> {
        let cells = self.positions.iter().map(|position| self.taken.cell(*position)).collect();
        let raw = self.taken.raw().to_vec();
        let odd = self.unusable.clone();
        self.current.replace(Current { line, cells, actions: Vec::new(), raw, odd })
    }

    /// Adds the action in hand to its log.
    fn act(&mut self, line: u64) -> Option<Current> {
        let Some(header) = &self.action else { return None };
        let date: Vec<String> = header.date.iter().map(|at| self.taken.cell(*at)).collect();
        let action =
            Action { date: date.join(" ").trim().to_owned(), text: self.taken.cell(header.text) };
        let Some(current) = &mut self.current else {
            return self.odd(line, "an action stands before any log");
        };
        // A date is in every action: where none is, its columns have moved, and its text with them.
        if self.header.dates().parse(&action.date).is_err() {
            current.odd.get_or_insert(format!("line {line}: an action's date cannot be read"));
        }
        if current.raw.len() + self.taken.raw().len() > LOG_MAX_BYTES {
            current.odd.get_or_insert("the log and its actions are longer than 1 MiB".to_owned());
        }
        if current.odd.is_none() {
            current.actions.push(action);
        }
        current.keep(self.taken.raw());
        None
    }

    /// A line that cannot be read is a log of its own when it is as wide as one; else it spoils the
    /// log that it stands in.
    fn odd(&mut self, line: u64, reason: &str) -> Option<Current> {
        let separators = self.taken.raw().iter().filter(|byte| **byte == self.separator).count();
        let action_width = self.action.as_ref().map_or(1, |action| action.width);
        let is_log = (separators + 1) * 2 > self.log_width + action_width;
        match &mut self.current {
            Some(current) if !is_log => {
                current.odd.get_or_insert(format!("line {line}: {reason}"));
                current.keep(self.taken.raw());
                None
            }
            _ => {
                let raw = self.taken.raw().to_vec();
                let odd = Some(reason.to_owned());
                let (cells, actions) = (Vec::new(), Vec::new());
                self.current.replace(Current { line, cells, actions, raw, odd })
            }
        }
    }

    /// Gives a log with what its actions add.
    fn finish(&mut self, log: Current, text: &mut String, cells: &mut Vec<Cell>) -> Step {
        text.clear();
        cells.clear();
        self.said = None;
        let reject = |column: &str, reason: String| {
            let row = shown_row(within_a_row(&log.raw));
            Step::Reject(Reject { line: log.line, column: column.to_owned(), reason, row })
        };
        if let Some(reason) = log.odd {
            return reject("", reason);
        }
        let said = match Said::read(&self.actions, &self.header, &log.actions) {
            Ok(said) => said,
            Err(reason) => return reject(&self.actions.text, reason),
        };
        self.said = said.status();
        for (field, name) in FIELDS {
            let start = text.len();
            let list = match self.compose(&log, field, name, &said, text) {
                Ok(list) => list,
                Err(odd) => {
                    return reject(self.header.name(field), format!("{name}: {odd}"));
                }
            };
            cells.push(Cell { start, end: text.len(), list });
        }
        let columns = self.feed.free_text.iter().map(|column| log.cell(&self.needed, column));
        for words in columns.chain(log.actions.iter().map(|action| &*action.text)) {
            let start = text.len();
            text.push_str(words);
            cells.push(Cell { start, end: text.len(), list: false });
        }
        self.raw = log.raw;
        Step::Row(log.line)
    }

    /// Adds a field's text, and says whether it is a list.
    fn compose(
        &self,
        log: &Current,
        field: Field,
        name: &str,
        said: &Said,
        text: &mut String,
    ) -> Result<bool, super::Odd> {
        let mut joined = String::new();
        for column in self.feed.columns.get(name).into_iter().flat_map(|c| c.names()) {
            let part = self.header.plain(log.cell(&self.needed, column))?;
            if !joined.is_empty() && !part.is_empty() {
                joined.push(' ');
            }
            joined.push_str(part);
        }
        let added: Vec<&str> = said.of(name).collect();
        if matches!(field, Field::ClosedAt | Field::DuplicateOf) {
            // The log's own cell counts first.
            let own = Some(joined.as_str()).filter(|own| !own.is_empty());
            text.push_str(own.or(added.last().copied()).unwrap_or_default());
            return Ok(false);
        }
        if added.is_empty() {
            text.push_str(&joined);
            return Ok(false);
        }
        let answer = matches!(field, Field::Consent | Field::CallerRole);
        let separators: Vec<char> =
            if answer { vec![LIST_END] } else { self.feed.list_separator.chars().collect() };
        for value in joined.split(separators.as_slice()).chain(added) {
            text.push_str(value.trim());
            text.push(LIST_END);
        }
        Ok(true)
    }
}

impl Current {
    fn cell(&self, needed: &[String], column: &str) -> &str {
        let position = needed.iter().position(|name| *name == fold(column));
        position.and_then(|position| self.cells.get(position)).map_or("", String::as_str)
    }

    /// Keeps a line as it came, for as long as there is room.
    fn keep(&mut self, raw: &[u8]) {
        if self.raw.len() + raw.len() <= LOG_MAX_BYTES {
            self.raw.extend_from_slice(raw);
        }
    }
}

/// As many whole lines as a row may be long.
fn within_a_row(raw: &[u8]) -> &[u8] {
    match raw.get(..ROW_MAX_BYTES) {
        None => raw,
        Some(start) => {
            let end = start.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
            &start[..end]
        }
    }
}

/// What a log's actions say.
#[derive(Default)]
struct Said {
    /// Values by our field.
    values: Vec<(String, String)>,
    disposed: Option<jiff::Timestamp>,
    reopened: Option<jiff::Timestamp>,
    transferred: bool,
}

impl Said {
    fn read(file: &ActionsFile, header: &Header, actions: &[Action]) -> Result<Self, String> {
        let mut said = Self::default();
        let mut asked: Option<&str> = None;
        for action in actions {
            let text = action.text.as_str();
            let begins = |words: &String| {
                text.get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words))
            };
            if file.searched_only.iter().any(begins) {
                continue;
            }
            for (phrase, what) in &file.phrases {
                for rest in after(text, phrase, what) {
                    said.phrase(what, rest, action, header)?;
                }
            }
            asked = said.answers(file, text, asked);
        }
        Ok(said)
    }

    fn phrase(
        &mut self,
        what: &str,
        rest: &str,
        action: &Action,
        header: &Header,
    ) -> Result<(), String> {
        let rest = rest.lines().next().unwrap_or_default();
        let at = || {
            let parsed = header.dates().parse(&action.date);
            parsed.map_err(|problem| format!("the date of an action {problem}"))
        };
        let first = || rest.split_whitespace().next().map(bare).unwrap_or_default();
        match what {
            "reopened" => self.reopened = self.reopened.max(Some(at()?)),
            "closed_at" => {
                let at = at()?;
                if self.disposed.is_none_or(|before| before <= at) {
                    self.disposed = Some(at);
                    self.values.push((what.to_owned(), action.date.clone()));
                }
            }
            "transferred" => self.transferred = true,
            "results" | "qualifiers" => {
                let rest = rest.trim_start_matches([':', ' ']);
                for code in rest.split(header.list_separator.as_slice()).map(bare) {
                    self.values.push((what.to_owned(), code.to_owned()));
                }
            }
            // A reference that does not say to what is one all the same.
            "crime_refs" if first().is_empty() => {
                self.values.push((what.to_owned(), "?".to_owned()))
            }
            _ if first().is_empty() => return Err(format!("{what}: an action names no log")),
            _ => self.values.push((what.to_owned(), first().to_owned())),
        }
        Ok(())
    }

    /// Reads the questions and answers of a text; gives the field of a question that was not
    /// answered in it, which the next action may do.
    fn answers<'f>(
        &mut self,
        file: &'f ActionsFile,
        text: &str,
        asked: Option<&'f str>,
    ) -> Option<&'f str> {
        let mut parts = text.split("Q:");
        let before = parts.next().unwrap_or_default().trim_start();
        if let (Some(field), Some(answer)) = (asked, before.strip_prefix("A:")) {
            self.values.push((field.to_owned(), bare(answer).to_owned()));
        }
        let mut open = None;
        for part in parts {
            let (question, answer) =
                part.split_once("A:").map_or((part, None), |(q, a)| (q, Some(a)));
            let same = |words: &str| {
                fold(words.trim().trim_end_matches('?'))
                    == fold(question.trim().trim_end_matches('?'))
            };
            let field = file
                .questions
                .iter()
                .find(|(words, _)| same(words))
                .map(|(_, field)| field.as_str());
            open = field.filter(|_| answer.is_none());
            if let (Some(field), Some(answer)) = (field, answer) {
                self.values.push((field.to_owned(), bare(answer).to_owned()));
            }
        }
        open
    }

    fn of(&self, field: &str) -> impl Iterator<Item = &str> {
        let of_it =
            self.values.iter().filter(move |(name, value)| name == field && !value.is_empty());
        of_it.map(|(_, value)| value.as_str())
    }

    /// How far the force has come. In the same minute, reopened counts: no action says which came
    /// first.
    fn status(&self) -> Option<Status> {
        if self.transferred {
            return Some(Status::Transferred);
        }
        match (self.disposed, self.reopened) {
            (None, None) => None,
            (Some(disposed), reopened) if reopened.is_none_or(|reopened| reopened < disposed) => {
                Some(Status::Closed)
            }
            _ => Some(Status::Reopened),
        }
    }
}

/// What follows each place where a phrase stands as words of its own.
///
/// A phrase by which a text could be sent must stand as the profile writes it; one that keeps it
/// from being sent counts in any case of letters.
fn after<'a>(text: &'a str, phrase: &str, what: &str) -> Vec<&'a str> {
    let exact = matches!(what, "results" | "closed_at");
    let (folded, phrase) = if exact {
        (text.to_owned(), phrase.to_owned())
    } else {
        (text.to_ascii_lowercase(), phrase.to_ascii_lowercase())
    };
    let places = folded.match_indices(&phrase).filter_map(|(start, _)| {
        let end = start + phrase.len();
        let before = text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        let rest = &text[end..];
        let inside = before || rest.chars().next().is_some_and(char::is_alphanumeric);
        (!inside).then_some(rest)
    });
    places.collect()
}

/// A word without what punctuates it.
fn bare(word: &str) -> &str {
    word.trim().trim_matches(['.', ',', ';', ':']).trim()
}

//! Reads an extract row by row in bounded memory, whatever a spreadsheet did to it.
//!
//! A file is taken apart at its physical lines, so that a quotation mark nobody closed costs one
//! row and not the rest of the file, and so that a reject names the line an editor shows.
//! What the cells mean is [`crate::force`]'s; this file and those beside it only find them:
//! `separated` in CSV and its like, `objects` in JSON Lines, `detail` in STORM's log detail.
//!
//! A year of logs is a million rows, so where each column stands is found once for each file, and a
//! row is read where it lies: it takes memory of its own only when it is rejected.

mod detail;
mod lines;
mod objects;
mod separated;

use std::borrow::Cow;
use std::io::{self, Read};

use crate::force::{Dates, FIELDS, FeedFile, Field, Format, fold};
use crate::incident::Status;

use detail::Detail;
use lines::Lines;
use objects::Objects;
use separated::{Next, Taken};

/// The longest row taken, in bytes: a longer one is a quotation mark that was never closed.
pub const ROW_MAX_BYTES: usize = 64 * 1024;

/// Why a file as a whole cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are another kind of file's.
    #[error("the file is {0}, not text; export it again as CSV")]
    NotText(&'static str),
    /// The first line of JSON Lines is no object.
    #[error("the first line is no JSON object: each line must be one, with nothing around them")]
    NoObject,
    /// A column the profile names is not in the header.
    #[error("the header lacks {missing}; {found}")]
    MissingColumns {
        /// The columns that are not there.
        missing: String,
        /// What there is instead, in words.
        found: String,
    },
    /// Two columns have the same name, so neither can be trusted.
    #[error("the header names {0:?} twice")]
    RepeatedColumn(String),
    /// The trailer is not what the feed promises, so rows may be missing.
    #[error("the file may be cut short: {0}; export it again")]
    CutShort(String),
    /// The folder under `extracts/` is no feed of the force profile.
    #[error("no feed of the force profile lands in {0:?}")]
    UnknownFeed(String),
    /// The folder under `inbox/` is no partner's who was published with what its files are.
    #[error("no partner that brings files is published as {0:?}")]
    UnknownPartner(String),
    /// No force profile has been published.
    #[error("no force profile has been published")]
    NoProfile,
}

/// One row that was not kept: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The physical line its row begins on, from 1; the header is line 1.
    pub line: u64,
    /// The column at fault, when one is.
    pub column: String,
    /// What is wrong, in words, without the cell's own text.
    pub reason: String,
    /// The row as it came, so that it can be mended and sent again.
    pub row: String,
}

/// Where a cell stands in its row's text.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    start: usize,
    end: usize,
    /// Whether it holds a list by itself, each of its values ended by [`LIST_END`].
    list: bool,
}

/// What ends each value of a cell that is a list by itself.
const LIST_END: char = '\u{1f}';

/// The header: where each of our fields is.
#[derive(Debug, Clone)]
pub struct Header {
    /// By [`Field`].
    slots: Vec<Slot>,
    /// The columns of free text.
    texts: Vec<usize>,
    /// From here on, every cell is free text: that of a log's actions.
    texts_from: usize,
    list_separator: Vec<char>,
    /// Words that count as blank, folded.
    blanks: Vec<String>,
    dates: Dates,
}

/// Where one of our fields is: nowhere, in one column, or in several that are joined.
#[derive(Debug, Clone, Default)]
struct Slot {
    positions: Vec<usize>,
    /// Their names, for rejects.
    name: String,
}

/// One row's cells.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The physical line it begins on, from 1.
    pub line: u64,
    raw: &'a [u8],
    text: &'a str,
    cells: &'a [Cell],
    /// What its actions say of how far the log has come.
    said: Option<Status>,
}

/// A cell that is not what it should be, in words.
pub(crate) type Odd = &'static str;

impl<'a> Row<'a> {
    /// This row, refused for what stands in this column.
    pub fn reject(&self, column: &str, reason: String) -> Reject {
        Reject { line: self.line, column: column.to_owned(), reason, row: shown_row(self.raw) }
    }

    /// What the log's actions say of how far the force has come, where they say it.
    pub(crate) fn said(&self) -> Option<Status> {
        self.said
    }

    fn cell(&self, position: usize) -> (&'a str, bool) {
        let cell = self.cells.get(position).copied().unwrap_or_default();
        let text = self.text.get(cell.start..cell.end).unwrap_or_default();
        // Most cells have nothing around them, and that is soon seen.
        let bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        let is_bare = bare(text.as_bytes().first()) && bare(text.as_bytes().last());
        (if is_bare { text } else { text.trim() }, cell.list)
    }
}

impl Header {
    /// A header by which our fields stand where `position` finds their columns.
    fn new(feed: &FeedFile, position: impl Fn(&str) -> Option<usize>) -> Self {
        let slot = |(_, name): &(Field, &str)| {
            let Some(columns) = feed.columns.get(*name) else { return Slot::default() };
            let positions = columns.names().iter().filter_map(|column| position(column)).collect();
            Slot { positions, name: columns.to_string() }
        };
        Self {
            slots: FIELDS.iter().map(slot).collect(),
            texts: feed.free_text.iter().filter_map(|column| position(column)).collect(),
            texts_from: usize::MAX,
            list_separator: feed.list_separator.chars().collect(),
            blanks: feed.blanks.iter().map(|word| fold(word)).collect(),
            dates: Dates::new(&feed.dates),
        }
    }

    /// The columns of a field, for people.
    pub(crate) fn name(&self, field: Field) -> &str {
        &self.slots[field as usize].name
    }

    /// Whether the feed has a column for a field.
    pub(crate) fn has(&self, field: Field) -> bool {
        !self.slots[field as usize].positions.is_empty()
    }

    /// Whether a log's actions fill its fields too.
    pub(crate) fn acted(&self) -> bool {
        self.texts_from != usize::MAX
    }

    /// How the feed writes dates.
    pub(crate) fn dates(&self) -> &Dates {
        &self.dates
    }

    /// The value of a field, without space around it; empty where it is blank or has no column.
    ///
    /// # Errors
    /// The cell is a formula, or a list where one value belongs.
    pub(crate) fn value<'a>(&self, row: &Row<'a>, field: Field) -> Result<Cow<'a, str>, Odd> {
        match self.slots[field as usize].positions.as_slice() {
            [] => Ok(Cow::Borrowed("")),
            [one] => match row.cell(*one) {
                (_, true) => Err("is a list where one value belongs"),
                (text, false) => self.plain(text).map(Cow::Borrowed),
            },
            several => {
                let mut joined = String::new();
                for position in several {
                    let (text, list) = row.cell(*position);
                    if list {
                        return Err("is a list where one value belongs");
                    }
                    let text = self.plain(text)?;
                    // A date without its time is none.
                    if text.is_empty() {
                        return Ok(Cow::Borrowed(""));
                    }
                    if !joined.is_empty() {
                        joined.push(' ');
                    }
                    joined.push_str(text);
                }
                Ok(Cow::Owned(joined))
            }
        }
    }

    /// Gives every value of a field that may have several.
    ///
    /// # Errors
    /// The cell is a formula.
    pub(crate) fn values<'a>(
        &self,
        row: &Row<'a>,
        field: Field,
        mut take: impl FnMut(&'a str),
    ) -> Result<(), Odd> {
        for position in &self.slots[field as usize].positions {
            let (text, list) = row.cell(*position);
            let separators = if list { &[LIST_END][..] } else { self.list_separator.as_slice() };
            // A formula is one before it is parted, and a word for a blank may be in parts itself.
            let text = if list { text } else { self.plain(text)? };
            if text.is_empty() {
                continue;
            }
            for value in text.split(separators) {
                let value = self.plain(value.trim())?;
                if !value.is_empty() {
                    take(value);
                }
            }
        }
        Ok(())
    }

    /// Every cell of free text.
    pub(crate) fn texts<'a>(&self, row: &Row<'a>) -> impl Iterator<Item = &'a str> {
        let more = self.texts_from..row.cells.len();
        self.texts.iter().copied().chain(more).map(|position| row.cell(position).0)
    }

    /// A cell freed of what a spreadsheet put around it.
    fn plain<'a>(&self, text: &'a str) -> Result<&'a str, Odd> {
        let is_formula = text.as_bytes().first() == Some(&b'=');
        let text = if is_formula { unwrapped(text)? } else { text };
        let same = |word: &String| {
            word.eq_ignore_ascii_case(text) || (!text.is_ascii() && *word == fold(text))
        };
        Ok(if self.blanks.iter().any(same) { "" } else { text })
    }
}

/// What stands in `="…"`, the way to keep a spreadsheet from reading text as a number.
fn unwrapped(text: &str) -> Result<&str, Odd> {
    let inside = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let inside = inside.filter(|inside| !inside.contains('"') && !inside.starts_with('='));
    inside.map(str::trim).ok_or("is a formula, not a value")
}

/// The rows of one file.
pub struct Rows<R> {
    lines: Lines<R>,
    form: Form,
    header: Header,
    taken: Taken,
    /// The text of a row that is not its own bytes.
    text: String,
    /// Its cells.
    cells: Vec<Cell>,
    said: Option<Status>,
}

/// How a file is written.
enum Form {
    Separated { separator: u8, columns: usize, trailer: Option<Trailer> },
    Objects(Objects),
    Detail(Box<Detail>),
}

/// The line after the last row that says how many there were.
struct Trailer {
    word: String,
    /// Which cell holds the number, from 1.
    count: Option<usize>,
}

impl Trailer {
    /// The number of rows it tells, when that is a number; `None` for a line that is no trailer.
    fn tells(&self, cell: impl Fn(usize) -> String) -> Option<Option<u64>> {
        let first = cell(0);
        match self.count {
            Some(count) => (fold(&first) == self.word).then(|| cell(count - 1).parse().ok()),
            None => fold(&first).starts_with(&self.word).then(|| {
                let mut numbers =
                    first.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
                let only = numbers.next().and_then(|number| number.parse().ok());
                only.filter(|_| numbers.next().is_none())
            }),
        }
    }
}

/// What stands next in a file.
enum Step {
    End,
    /// A row that begins on this line.
    Row(u64),
    Reject(Reject),
    /// The trailer, and the number of rows it tells, when that is a number.
    Trailer(Option<u64>),
}

/// Opens a file: refuses what is not text, reads the header, checks that it has what the feed
/// needs.
///
/// # Errors
/// The outer error is the source's; the inner says why the file cannot be read at all.
pub fn open<R: Read>(source: R, feed: &FeedFile) -> io::Result<Result<Rows<R>, Unreadable>> {
    let mut lines = Lines::new(source);
    let start = lines.start()?;
    if let Some(kind) = other_kind(start) {
        return Ok(Err(Unreadable::NotText(kind)));
    }
    if start.starts_with(b"\xEF\xBB\xBF") {
        lines.skip(3);
    }
    let mut taken = Taken::default();
    let opened = match feed.format {
        Format::Separated => separated(&mut lines, &mut taken, feed)?,
        Format::JsonLines => objects::open(&mut lines, feed)?,
        Format::LogDetail => detail::open(&mut lines, &mut taken, feed)?,
    };
    Ok(opened.map(|(header, form)| Rows {
        lines,
        form,
        header,
        taken,
        text: String::new(),
        cells: Vec::new(),
        said: None,
    }))
}

/// Reads a file only to see whether all of it came, where its feed promises a trailer.
///
/// No row is kept. A feed without a trailer is not read, and nothing is wrong with it.
///
/// # Errors
/// The outer error is the source's; the inner says why the file must not be read.
pub fn whole<R: Read>(source: R, feed: &FeedFile) -> io::Result<Result<(), Unreadable>> {
    if feed.trailer.is_none() {
        return Ok(Ok(()));
    }
    let mut rows = match open(source, feed)? {
        Ok(rows) => rows,
        Err(unreadable) => return Ok(Err(unreadable)),
    };
    let cut = |why: String| Ok(Err(Unreadable::CutShort(why)));
    let mut count: u64 = 0;
    let mut trailer = None;
    loop {
        match rows.step()? {
            Step::Trailer(told) if trailer.is_none() => trailer = Some(told),
            Step::Trailer(_) => return cut("it has two trailers".to_owned()),
            Step::Row(_) | Step::Reject(_) if trailer.is_some() => {
                return cut("rows stand after its trailer".to_owned());
            }
            Step::Row(_) | Step::Reject(_) => count += 1,
            Step::End => break,
        }
    }
    match trailer {
        None => cut(format!("it ends after {count} rows without a trailer")),
        Some(None) => cut("its trailer does not say how many rows there are".to_owned()),
        Some(Some(told)) if told != count => {
            cut(format!("its trailer tells of {told} rows, and it has {count}"))
        }
        Some(Some(_)) => Ok(Ok(())),
    }
}

/// What a header says and how its rows are read, or why they cannot be.
type Opened = Result<(Header, Form), Unreadable>;

fn separated<R: Read>(
    lines: &mut Lines<R>,
    taken: &mut Taken,
    feed: &FeedFile,
) -> io::Result<Opened> {
    let separator = u8::try_from(feed.separator).unwrap_or(b',');
    match taken.next(lines, separator)? {
        Next::End => return Ok(Err(Unreadable::Empty)),
        Next::Row(_) => {}
        // Not a header anybody wrote: its whole line is shown as the one cell that it is.
        Next::Broken(..) => {
            taken.cells.clear();
            taken.cells.push(Cell { start: 0, end: taken.bytes.len(), list: false });
        }
    }
    let names: Vec<String> = (0..taken.cells.len()).map(|at| taken.cell(at)).collect();
    let position = |column: &str| names.iter().position(|name| fold(name) == fold(column));
    if let Err(unreadable) = check_columns(feed, &names) {
        return Ok(Err(unreadable));
    }
    let trailer = feed.trailer.as_ref();
    let trailer = trailer.map(|file| Trailer { word: fold(&file.word), count: file.count });
    let form = Form::Separated { separator, columns: names.len(), trailer };
    Ok(Ok((Header::new(feed, position), form)))
}

/// Whether each column that the feed needs is there, and once.
fn check_columns(feed: &FeedFile, names: &[String]) -> Result<(), Unreadable> {
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let needed = feed.needed();
    // Only a column that is needed can be doubtful, and only its name is known to be no person's: a
    // file without a header begins with a row.
    for column in &needed {
        let mut found = folded.iter().zip(names).filter(|(name, _)| **name == fold(column));
        if let (Some(_), Some((_, second))) = (found.next(), found.next()) {
            return Err(Unreadable::RepeatedColumn(second.trim().to_owned()));
        }
    }
    let is_there = |column: &&&str| folded.contains(&fold(column));
    let missing: Vec<String> = needed
        .iter()
        .filter(|column| !is_there(column))
        .map(|column| format!("{column:?}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    // A file without a header begins with somebody's row, and this goes into logs and alerts:
    // its cells are shown only where at least one of them is a column we know.
    let found = if missing.len() < needed.len() {
        let names: Vec<String> = names.iter().take(40).map(|name| shown(name)).collect();
        format!("it has {}", names.join(", "))
    } else {
        format!("none of its {} cells is one: does the file begin with a header?", names.len())
    };
    Err(Unreadable::MissingColumns { missing: missing.join(", "), found })
}

impl<R: Read> Rows<R> {
    /// The header.
    pub fn header(&self) -> Header {
        self.header.clone()
    }

    /// The next row, or a row that could not be read; `None` at the end.
    ///
    /// # Errors
    /// The source's own.
    pub fn read(&mut self) -> io::Result<Option<Result<Row<'_>, Reject>>> {
        loop {
            match self.step()? {
                Step::End => return Ok(None),
                Step::Trailer(_) => {}
                Step::Reject(reject) => return Ok(Some(Err(reject))),
                Step::Row(line) => return Ok(Some(Ok(self.row(line)))),
            }
        }
    }

    fn step(&mut self) -> io::Result<Step> {
        match &mut self.form {
            Form::Separated { separator, columns, trailer } => {
                let line = match self.taken.next(&mut self.lines, *separator)? {
                    Next::End => return Ok(Step::End),
                    Next::Broken(line, reason) => return Ok(broken(line, reason, &self.taken)),
                    Next::Row(line) => line,
                };
                if let Some(trailer) = trailer.as_ref()
                    && let Some(told) = trailer.tells(|n| self.taken.cell(n))
                {
                    return Ok(Step::Trailer(told));
                }
                let (count, expected) = (self.taken.cells.len(), *columns);
                if count != expected {
                    // A stray quotation mark may have drawn good rows in: they get their own turn.
                    let reason = format!("has {count} cells where the header has {expected}");
                    self.taken.give_back_but_first(&mut self.lines);
                    return Ok(broken(line, &reason, &self.taken));
                }
                Ok(Step::Row(line))
            }
            Form::Objects(objects) => {
                objects.step(&mut self.lines, &mut self.taken, &mut self.text, &mut self.cells)
            }
            Form::Detail(detail) => {
                let step = detail.step(&mut self.lines, &mut self.text, &mut self.cells)?;
                self.said = detail.said();
                Ok(step)
            }
        }
    }

    fn row(&mut self, line: u64) -> Row<'_> {
        let said = self.said;
        match &self.form {
            Form::Detail(detail) => {
                Row { line, raw: detail.raw(), text: &self.text, cells: &self.cells, said }
            }
            Form::Objects(_) => {
                let raw = &self.taken.bytes;
                Row { line, raw, text: &self.text, cells: &self.cells, said }
            }
            Form::Separated { .. } => match std::str::from_utf8(&self.taken.bytes) {
                Ok(text) => {
                    Row { line, raw: self.taken.raw(), text, cells: &self.taken.cells, said }
                }
                Err(_) => {
                    self.text.clear();
                    self.cells.clear();
                    for cell in &self.taken.cells {
                        let start = self.text.len();
                        self.text.push_str(&decode(&self.taken.bytes[cell.start..cell.end]));
                        self.cells.push(Cell { start, end: self.text.len(), list: false });
                    }
                    let raw = self.taken.raw();
                    Row { line, raw, text: &self.text, cells: &self.cells, said }
                }
            },
        }
    }
}

/// A row that cannot be read, shown by its first line.
fn broken(line: u64, reason: &str, taken: &Taken) -> Step {
    let end = taken.lines.get(1).map_or(taken.raw().len(), |(second, _)| *second);
    let row = shown_row(taken.raw().get(..end).unwrap_or_default());
    Step::Reject(Reject { line, column: String::new(), reason: reason.to_owned(), row })
}

/// A row as it came, in text, without its line end.
fn shown_row(raw: &[u8]) -> String {
    decode(raw.trim_ascii_end()).into_owned()
}

/// UTF-8 where it is valid, else Windows-1252, in which every byte means something.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

fn shown(name: &str) -> String {
    let masked: String =
        name.trim().chars().take(40).map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    format!("{masked:?}")
}

fn other_kind(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "an Excel workbook or a zip archive"),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook"),
        (b"%PDF", "a PDF"),
        (b"\x1F\x8B", "compressed (gzip)"),
        (b"\xFF\xFE", "UTF-16 text"),
        (b"\xFE\xFF", "UTF-16 text"),
        (b"{\\rtf", "a rich-text document"),
        (b"<", "a web page or XML"),
    ];
    let kind = KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| *kind);
    kind.or_else(|| start.contains(&0).then_some("binary"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::force::Columns;

    /// A crime feed, for its three fields are soon written.
    fn feed(more: &str) -> FeedFile {
        let all = "kind = \"crimes\"\nfree_text = [\"Note\"]\ncolumns.reference = \"Ref\"\n";
        toml::from_str(&format!("{all}{more}")).unwrap()
    }

    /// Each row as `line:reference/note`, each reject as `line!reason`.
    fn read_as(feed: &FeedFile, bytes: &[u8]) -> Vec<String> {
        let mut rows = match open(bytes, feed).unwrap() {
            Ok(rows) => rows,
            Err(unreadable) => return vec![unreadable.to_string()],
        };
        let header = rows.header();
        let mut told = Vec::new();
        while let Some(row) = rows.read().unwrap() {
            told.push(match row {
                Ok(row) => match header.value(&row, Field::Reference) {
                    Ok(reference) => {
                        let notes: Vec<&str> = header.texts(&row).collect();
                        format!("{}:{reference}/{}", row.line, notes.join("|"))
                    }
                    Err(odd) => format!("{}?{odd}", row.line),
                },
                Err(reject) => format!("{}!{}", reject.line, reject.reason),
            });
        }
        told
    }

    fn read(bytes: &[u8]) -> Vec<String> {
        read_as(&feed(""), bytes)
    }

    fn check(bytes: &[u8], expected: &[&str]) {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
        assert_eq!(read(bytes), expected, "{shown:?}");
    }

    const OPEN: &str = "a quotation mark is never closed";
    const BROKEN: &str = "a quotation mark stands where none belongs";

    #[test]
    fn plain_rows_are_read_with_their_lines() {
        check(b"Ref,Note\na,x\nb,y\n", &["2:a/x", "3:b/y"]);
        check(b"Ref,Note\r\na,x\r\n\r\nb,y", &["2:a/x", "4:b/y"]);
        check(b" note , REF \nx,a\n", &["2:a/x"]);
    }

    #[test]
    fn quoted_cells_hold_commas_marks_and_lines() {
        check(b"Ref,Note\n\"a\",\"x, \"\"y\"\"\nz\"\nb,y\n", &["2:a/x, \"y\"\nz", "4:b/y"]);
        check(b"Ref,Note\na,5\" pipe\nb,y\n", &["2:a/5\" pipe", "3:b/y"]);
        check(b"Ref,Note\n\"a\" ,x\n", &["2:a/x"]);
    }

    #[test]
    fn a_mark_nobody_closed_costs_one_row() {
        let open = |at| format!("{at}!{OPEN}");
        let broken = |at| format!("{at}!{BROKEN}");
        check(b"Ref,Note\na,\"x\nb,y\nc,z\n", &[&open(2), "3:b/y", "4:c/z"]);
        check(b"Ref,Note\na,\"x\nb,\"y\"\nc,z\n", &[&broken(2), "3:b/y", "4:c/z"]);
        check(b"Ref,Note\na,\"x\n\"b\",\"y\"\n", &[&broken(2), "3:b/y"]);
    }

    #[test]
    fn a_row_of_another_width_is_refused_and_its_neighbours_are_not() {
        let few = "3!has 1 cells where the header has 2";
        let many = "3!has 3 cells where the header has 2";
        check(b"Ref,Note\na,x\nb\nc,z\n", &["2:a/x", few, "4:c/z"]);
        check(b"Ref,Note\na,x\nb,y,y\nc,z\n", &["2:a/x", many, "4:c/z"]);
        check(b"Ref,Note\na,x\nb", &["2:a/x", few]);
    }

    #[test]
    fn each_encoding_is_read() {
        check("\u{feff}Ref,Note\na,caf\u{e9}\n".as_bytes(), &["2:a/caf\u{e9}"]);
        check(
            b"Ref,Note\na,caf\xe9 \x93x\x94 \xa35\n",
            &["2:a/caf\u{e9} \u{201c}x\u{201d} \u{a3}5"],
        );
    }

    #[test]
    fn what_is_no_extract_says_what_it_is() {
        check(b"", &["the file is empty"]);
        check(b"\r\n \n", &["the file is empty"]);
        check(
            b"PK\x03\x04...",
            &["the file is an Excel workbook or a zip archive, not text; export it again as CSV"],
        );
        check(b"Ref\0,", &["the file is binary, not text; export it again as CSV"]);
        check(
            b"Ref,Phone 07700900123\na,x\n",
            &["the header lacks \"Note\"; it has \"Ref\", \"Phone ###########\""],
        );
        check(
            b"Plenthgarthing,x\n",
            &[
                "the header lacks \"Ref\", \"Note\"; none of its 2 cells is one: does the file begin \
               with a header?",
            ],
        );
        check(b"Ref,Note,ref\n", &["the header names \"ref\" twice"]);
        check(b"Ref,Note,Other,Other\na,x,,\n", &["2:a/x"]);
    }

    #[test]
    fn a_return_where_no_line_ends_parts_no_rows_unseen() {
        let reason = "2!a carriage return stands where no line ends";
        check(b"Ref,Note\na,x\rb,y\nc,z\n", &[reason, "3:c/z"]);
        check(b"Ref,Note\r\r\na,x\r\r\n", &["2:a/x"]);
        check(b"Ref,Note\n\"a\",\"x\r\ny\"\r\n", &["2:a/x\r\ny"]);
        check(
            b"Ref,Note,Other\ra,x,\r",
            &[
                "the header lacks \"Ref\", \"Note\"; none of its 1 cells is one: does the file begin \
               with a header?",
            ],
        );
    }

    #[test]
    fn a_tab_parts_cells_where_the_feed_says_so() {
        let feed = feed("separator = \"\\t\"");
        let told = read_as(&feed, b"Other\tRef\tNote\n\ta,b\t\"x\ty\"\n\t\t\n");
        assert_eq!(told, ["2:a,b/x\ty"]);
    }

    #[test]
    fn a_column_of_its_own_name_is_found_wherever_it_stands_or_the_file_is_refused() {
        check(b"Note,New,Ref\nx,?,a\n", &["2:a/x"]);
        check(
            b"Reference,Note\na,x\n",
            &["the header lacks \"Ref\"; it has \"Reference\", \"Note\""],
        );
    }

    #[test]
    fn what_a_spreadsheet_wraps_is_unwrapped_and_a_formula_is_refused() {
        check(b"Ref,Note\n=\"07\",=x\n", &["2:07/=x"]);
        check(b"Ref,Note\n\"=\"\"07\"\"\",x\n", &["2:07/x"]);
        for formula in ["=1+1", "=", "=\"\"a\"\"", "=\"=1\""] {
            let row = format!("Ref,Note\n{formula},x\n");
            check(row.as_bytes(), &["2?is a formula, not a value"]);
        }
        check(b"Ref,Note\n+44,x\n", &["2:+44/x"]);
    }

    #[test]
    fn a_feeds_words_for_a_blank_are_blank() {
        let feed = feed("blanks = [\"-\", \"N/A\"]");
        let told = read_as(&feed, b"Ref,Note\n - ,x\nn/a,x\nN/A 1,x\n=\"-\",x\n");
        assert_eq!(told, ["2:/x", "3:/x", "4:N/A 1/x", "5:/x"]);
    }

    #[test]
    fn columns_are_joined_by_a_space() {
        let mut feed = feed("blanks = [\"-\"]");
        let both = Columns::Joined(vec!["A".to_owned(), "B".to_owned()]);
        feed.columns.insert("reference".to_owned(), both);
        let told = read_as(&feed, b"B,Note,A\n 2 ,x, 1\n,x,1\n2,x,\n-,x,-\n");
        assert_eq!(told, ["2:1 2/x", "3:/x", "4:/x", "5:/x"]);
    }

    #[test]
    fn lines_of_json_are_rows() {
        let feed = feed("format = \"json-lines\"");
        let check = |lines: &str, expected: &[&str]| {
            assert_eq!(read_as(&feed, lines.as_bytes()), expected, "{lines}");
        };
        check(
            "{\"Ref\":\"a\",\"Note\":\"x\"}\n\n{\"note\":null,\"other\":{},\" REF \":4.47701E+11}\r\n{\"Note\":true,\"Ref\":\"\\u0061\\n\"}",
            &["1:a/x", "3:4.47701E+11/", "4:a/true"],
        );
        check(
            "{\"Ref\":1,\"Note\":2}\n{\"Ref\":1}\n{\"Ref\":1,\"ref\":1,\"Note\":2}\n{\"Ref\":{},\"Note\":2}\n{\"Ref\":[1],\"Note\":[2,3]}\n[]\n{\"Ref\":1,\"Note\":2}",
            &[
                "1:1/2",
                "2!the object lacks it",
                "3!the object names it twice",
                "4!is an object, not a value",
                "5?is a list where one value belongs",
                "6!is not one JSON object",
                "7:1/2",
            ],
        );
        check("{\"Ref\":1,\"Note\":2} x\n", &[&Unreadable::NoObject.to_string()]);
        check("[\n", &[&Unreadable::NoObject.to_string()]);
        check("", &["the file is empty"]);
        check("{\"Ref\":1,\"Other\":2}", &["the header lacks \"Note\"; it has \"Ref\", \"Other\""]);
        check("{\"Ref\":1,\"Note\":2,\"ref\":1}", &["the header names \"ref\" twice"]);
    }

    #[test]
    fn a_list_of_json_is_one_whatever_stands_in_it() {
        let feed = feed("format = \"json-lines\"");
        let list = |json: &str| {
            let line = format!("{{\"Ref\":{json},\"Note\":\"\"}}");
            let mut rows = open(line.as_bytes(), &feed).unwrap().unwrap();
            let header = rows.header();
            let row = rows.read().unwrap().unwrap().unwrap();
            let mut values = Vec::new();
            header.values(&row, Field::Reference, |value| values.push(value)).unwrap();
            values.join("|")
        };
        assert_eq!(list("[\"a;b\", 1, null, \" c \"]"), "a;b|1|c");
        assert_eq!(list("[]"), "");
        assert_eq!(list("\"a;b\""), "a|b");
    }

    #[test]
    fn a_file_without_its_trailer_may_be_cut_short() {
        let feed = feed("[trailer]\nword = \"TRAILER\"\ncount = 2");
        let check = |rows: &str, expected: &str| {
            let file = format!("Ref,Note\n{rows}");
            let whole = whole(file.as_bytes(), &feed).unwrap();
            let told = whole.map_or_else(|unreadable| unreadable.to_string(), |()| String::new());
            assert_eq!(told, expected, "{rows}");
            let no_row = read_as(&feed, file.as_bytes()).iter().all(|row| !row.contains("railer"));
            assert!(no_row, "{rows}");
        };
        let cut = |why: &str| format!("the file may be cut short: {why}; export it again");
        check("a,x\nb,\"y\nz\"\nTrailer,2\n\n", "");
        check("a,x\nb\nTRAILER,2,,,", "");
        check("a,x\n", &cut("it ends after 1 rows without a trailer"));
        check("a,x\nTRAILER,2\n", &cut("its trailer tells of 2 rows, and it has 1"));
        check("TRAILER,1\na,x\n", &cut("rows stand after its trailer"));
        check("a,x\nTRAILER,1\nTRAILER,1\n", &cut("it has two trailers"));
        check("a,x\nTRAILER,\n", &cut("its trailer does not say how many rows there are"));
        let feed = self::feed("[trailer]\nword = \"***\"");
        let told = |rows: &str| {
            let whole = whole(format!("Ref,Note\n{rows}").as_bytes(), &feed).unwrap();
            whole.map_err(|reason| reason.to_string())
        };
        assert_eq!(told("a,x\n*** 1 ROWS SELECTED ***\n"), Ok(()));
        for rows in ["a,x\n", "a,x\n*** 2 ROWS ***\n", "a,x\n*** 1 OF 1 ***\n", "a,x\n***\n"] {
            assert!(told(rows).is_err(), "{rows}");
        }
        assert_eq!(whole(&b""[..], &super::tests::feed("")).unwrap(), Ok(()));
    }

    #[test]
    fn a_line_without_end_costs_itself() {
        let mut bytes = b"Ref,Note\na,".to_vec();
        bytes.extend(vec![b'x'; 3 * ROW_MAX_BYTES]);
        bytes.extend(b"\nb,y\n");
        check(&bytes, &["2!the line is longer than 64 KiB", "3:b/y"]);
    }

    /// Cells as another library finds them.
    fn by_csv(row: &[u8]) -> Vec<String> {
        let mut reader = csv_core::Reader::new();
        let (mut output, mut ends) = (vec![0; row.len() + 1], vec![0; row.len() + 2]);
        let (_, consumed, written, mut found) = reader.read_record(row, &mut output, &mut ends);
        if consumed == row.len() {
            let rest = &mut output[written..];
            found += reader.read_record(&[], rest, &mut ends[found..]).3;
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let cell = |(start, end): (usize, &usize)| decode(&output[start..*end]).trim().to_owned();
        starts.zip(&ends[..found]).map(cell).collect()
    }

    proptest! {
        #[test]
        fn cells_are_those_that_another_library_finds(row in "[a \"\",,\u{e9}\n]{1,40}") {
            let mut taken = Taken::default();
            let mut lines = Lines::new(row.as_bytes());
            if let Next::Row(_) = taken.next(&mut lines, b',').unwrap() {
                let ours: Vec<String> = (0..taken.cells.len()).map(|at| taken.cell(at)).collect();
                prop_assert_eq!(ours, by_csv(taken.raw()));
            }
        }

        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut file = b"Ref,Note\n".to_vec();
            file.extend(&bytes);
            read(&file);
            let mut file = b"{\"Ref\":1,\"Note\":2}\n".to_vec();
            file.extend(&bytes);
            read_as(&feed("format = \"json-lines\""), &file);
        }

        #[test]
        fn good_rows_survive_whatever_stands_between(
            junk in "[a\",\n]{0,60}",
        ) {
            // A good row begins and ends with a cell in marks, so no mark before it can close in it.
            let file = format!("Ref,Note\n{junk}\n\"good\",\"row\"\n\"last\",\"row\"\n");
            let told = read(file.as_bytes());
            prop_assert!(told.iter().any(|row| row.ends_with(":last/row")), "{:?}", told);
        }
    }
}

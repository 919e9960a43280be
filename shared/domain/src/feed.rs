//! Reads an extract row by row in bounded memory, whatever a spreadsheet did to it.
//!
//! A file is taken apart at its physical lines, so that a quotation mark nobody closed costs one
//! row and not the rest of the file, and so that a reject names the line an editor shows.
//! What the cells mean is [`crate::force`]'s; this file only finds them.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read};

use crate::force::FeedFile;

/// The longest row taken, in bytes: a longer one is a quotation mark that was never closed.
pub const ROW_MAX_BYTES: usize = 64 * 1024;

/// The most physical lines one row may span.
const ROW_MAX_LINES: usize = 200;

/// Why a file as a whole cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are another kind of file's.
    #[error("the file is {0}, not text; export it again as CSV")]
    NotText(&'static str),
    /// A column the profile names is not in the header.
    #[error("the header lacks {missing}; it has {found}")]
    MissingColumns {
        /// The columns that are not there.
        missing: String,
        /// The columns that are.
        found: String,
    },
    /// Two columns have the same name, so neither can be trusted.
    #[error("the header names {0:?} twice")]
    RepeatedColumn(String),
    /// The folder under `extracts/` is no feed of the force profile.
    #[error("no feed of the force profile lands in {0:?}")]
    UnknownFeed(String),
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

/// The header: where each column is.
#[derive(Debug, Clone)]
pub struct Header {
    positions: HashMap<String, usize>,
    columns: usize,
}

/// One row's cells.
#[derive(Debug, Clone)]
pub struct Row {
    /// The physical line it begins on, from 1.
    pub line: u64,
    cells: Vec<String>,
    raw: String,
}

impl Row {
    /// This row, refused.
    pub fn reject(&self, column: Option<&String>, reason: String) -> Reject {
        Reject {
            line: self.line,
            column: column.cloned().unwrap_or_default(),
            reason,
            row: self.raw.clone(),
        }
    }
}

impl Header {
    /// The cell of one of our fields, without space around it; empty where the feed has no such
    /// column.
    pub fn cell<'a>(&self, feed: &FeedFile, row: &'a Row, field: &str) -> &'a str {
        feed.columns.get(field).map_or("", |column| self.column(row, column))
    }

    /// The cell of one of their columns, without space around it.
    pub fn column<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let position = self.positions.get(&fold(column));
        position.and_then(|position| row.cells.get(*position)).map_or("", |cell| cell.trim())
    }
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The rows of one file.
pub struct Rows<R> {
    lines: Lines<R>,
    separator: u8,
    header: Header,
}

/// Opens a file: refuses what is not text, reads the header, checks that it has what the feed
/// needs.
///
/// # Errors
/// The outer error is the source's; the inner says why the file cannot be read at all.
pub fn open<R: Read>(source: R, feed: &FeedFile) -> io::Result<Result<Rows<R>, Unreadable>> {
    let mut lines = Lines {
        source: BufReader::with_capacity(64 * 1024, source),
        next: 1,
        returned: VecDeque::new(),
    };
    let start = lines.source.fill_buf()?;
    if let Some(kind) = other_kind(start) {
        return Ok(Err(Unreadable::NotText(kind)));
    }
    if start.starts_with(b"\xEF\xBB\xBF") {
        lines.source.consume(3);
    }
    let separator = u8::try_from(feed.separator).unwrap_or(b',');
    let first = loop {
        match lines.read()? {
            None => return Ok(Err(Unreadable::Empty)),
            Some(line) if line.bytes.iter().all(u8::is_ascii_whitespace) => {}
            Some(line) => break line,
        }
    };
    let names = cells(&first.bytes, separator);
    let mut positions = HashMap::new();
    for (position, name) in names.iter().enumerate() {
        if !name.trim().is_empty() && positions.insert(fold(name), position).is_some() {
            return Ok(Err(Unreadable::RepeatedColumn(name.trim().to_owned())));
        }
    }
    let missing: Vec<String> = feed
        .columns
        .values()
        .chain(&feed.free_text)
        .filter(|column| !positions.contains_key(&fold(column)))
        .map(|column| format!("{column:?}"))
        .collect();
    if !missing.is_empty() {
        // Names are shown only from the header, where no person's data belongs; a file without
        // a header would show its first row here, so digits are masked.
        let found: Vec<String> = names.iter().take(40).map(|name| shown(name)).collect();
        let (missing, found) = (missing.join(", "), found.join(", "));
        return Ok(Err(Unreadable::MissingColumns { missing, found }));
    }
    Ok(Ok(Rows { lines, separator, header: Header { positions, columns: names.len() } }))
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
    pub fn read(&mut self) -> io::Result<Option<Result<Row, Reject>>> {
        loop {
            let Some(first) = self.lines.read()? else { return Ok(None) };
            if first.bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return self.finish(first).map(Some);
        }
    }

    fn finish(&mut self, first: Line) -> io::Result<Result<Row, Reject>> {
        let number = first.number;
        let reject = |reason: &str, bytes: &[u8]| Reject {
            line: number,
            column: String::new(),
            reason: reason.to_owned(),
            row: decode(bytes.trim_ascii_end()),
        };
        if first.cut {
            return Ok(Err(reject("the line is longer than 64 KiB", &[])));
        }
        let mut bytes = first.bytes.clone();
        let mut more = Vec::new();
        while open_quote(&bytes) {
            let next = if more.len() < ROW_MAX_LINES { self.lines.read()? } else { None };
            let fits = next.as_ref().is_some_and(|l| bytes.len() + l.bytes.len() <= ROW_MAX_BYTES);
            match next {
                Some(line) if fits && !line.cut => {
                    bytes.extend_from_slice(&line.bytes);
                    more.push(line);
                }
                last => {
                    self.lines.give_back(more, last);
                    let reason = "a quotation mark is never closed";
                    return Ok(Err(reject(reason, &first.bytes)));
                }
            }
        }
        let cells = cells(&bytes, self.separator);
        if cells.len() != self.header.columns {
            // A stray quotation mark may have drawn good rows in: they get their own turn.
            let (count, expected) = (cells.len(), self.header.columns);
            let reason = format!("has {count} cells where the header has {expected}");
            self.lines.give_back(more, None);
            return Ok(Err(reject(&reason, &first.bytes)));
        }
        Ok(Ok(Row { line: number, cells, raw: decode(bytes.trim_ascii_end()) }))
    }
}

/// Whether a row ends inside quotation marks. A doubled mark counts twice and so not at all.
fn open_quote(bytes: &[u8]) -> bool {
    bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1
}

fn cells(row: &[u8], separator: u8) -> Vec<String> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
    let mut output = vec![0; row.len() + 1];
    let mut ends = vec![0; row.iter().filter(|byte| **byte == separator).count() + 2];
    let (_, consumed, written, mut found) = reader.read_record(row, &mut output, &mut ends);
    // The end of input ends the last cell.
    let rest = &row[consumed..];
    let (_, _, _, more) = reader.read_record(rest, &mut output[written..], &mut ends[found..]);
    found += more;
    let mut start = 0;
    ends[..found]
        .iter()
        .map(|end| {
            let cell = decode(&output[start..*end]);
            start = *end;
            cell
        })
        .collect()
}

/// UTF-8 where it is valid, else Windows-1252, in which every byte means something.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
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

struct Line {
    number: u64,
    bytes: Vec<u8>,
    cut: bool,
}

struct Lines<R> {
    source: BufReader<R>,
    next: u64,
    returned: VecDeque<Line>,
}

impl<R: Read> Lines<R> {
    fn read(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.returned.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let limit = ROW_MAX_BYTES as u64 + 1;
        let taken = self.source.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
        if taken == 0 {
            return Ok(None);
        }
        let cut = bytes.len() > ROW_MAX_BYTES;
        if cut {
            bytes.clear();
            self.skip_line()?;
        }
        let number = self.next;
        self.next += 1;
        Ok(Some(Line { number, bytes, cut }))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    self.source.consume(end + 1);
                    return Ok(());
                }
                None => {
                    let all = buffer.len();
                    self.source.consume(all);
                }
            }
        }
    }

    fn give_back(&mut self, lines: Vec<Line>, last: Option<Line>) {
        for line in lines.into_iter().chain(last).rev() {
            self.returned.push_front(line);
        }
    }
}

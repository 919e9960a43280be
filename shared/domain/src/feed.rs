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
    let needed = |name: &str| {
        let mut columns = feed.columns.values().chain(&feed.free_text);
        columns.any(|column| fold(column) == fold(name))
    };
    let mut positions = HashMap::new();
    for (position, name) in names.iter().enumerate() {
        // Only a column that is needed can be doubtful, and only its name is known to be no
        // person's: a file without a header begins with a row.
        if positions.insert(fold(name), position).is_some() && needed(name) {
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
        // A file without a header begins with somebody's row, and this goes into logs and alerts:
        // its cells are shown only where at least one of them is a column we know.
        let is_header = missing.len() < feed.columns.len() + feed.free_text.len();
        let found = if is_header {
            let names: Vec<String> = names.iter().take(40).map(|name| shown(name)).collect();
            format!("it has {}", names.join(", "))
        } else {
            format!("none of its {} cells is one: does the file begin with a header?", names.len())
        };
        let missing = missing.join(", ");
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
            if !first.cut && first.bytes.iter().all(u8::is_ascii_whitespace) {
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
        let mut scan = Scan::new(self.separator);
        scan.line(&first.bytes);
        loop {
            match scan.place {
                Place::Start | Place::Plain | Place::Closed => break,
                Place::Broken => {
                    self.lines.give_back(more, None);
                    let reason = "a quotation mark stands where none belongs";
                    return Ok(Err(reject(reason, &first.bytes)));
                }
                Place::Quoted => {}
            }
            let next = if more.len() < ROW_MAX_LINES { self.lines.read()? } else { None };
            let fits = next.as_ref().is_some_and(|l| bytes.len() + l.bytes.len() <= ROW_MAX_BYTES);
            match next {
                Some(line) if fits && !line.cut => {
                    scan.line(&line.bytes);
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

/// Where a row stands after some of its bytes (RFC 4180).
///
/// A cell that begins with a quotation mark ends with one, and only a separator or the line's end
/// may follow. Anything else means that a mark was never closed and the next row's opened for it;
/// taking such a row would swallow good ones.
struct Scan {
    separator: u8,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a cell.
    Start,
    /// In a cell without marks, where one means itself.
    Plain,
    /// Inside marks.
    Quoted,
    /// After a closing mark, or the first of a doubled one.
    Closed,
    /// Something stands after a closing mark.
    Broken,
}

impl Scan {
    fn new(separator: u8) -> Self {
        Self { separator, place: Place::Start }
    }

    fn line(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let ends = *byte == self.separator || matches!(byte, b'\r' | b'\n');
            self.place = match (self.place, *byte) {
                (Place::Broken, _) => return,
                (Place::Start, b'"') | (Place::Closed, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::Closed,
                (Place::Quoted, _) => Place::Quoted,
                (Place::Start | Place::Plain | Place::Closed, _) if ends => Place::Start,
                (Place::Start | Place::Plain, _) => Place::Plain,
                (Place::Closed, b' ') => Place::Closed,
                (Place::Closed, _) => Place::Broken,
            };
        }
    }
}

fn cells(row: &[u8], separator: u8) -> Vec<String> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
    let mut output = vec![0; row.len() + 1];
    let mut ends = vec![0; row.iter().filter(|byte| **byte == separator).count() + 2];
    let (_, consumed, written, mut found) = reader.read_record(row, &mut output, &mut ends);
    // The end of input ends the last cell of a line without a line end.
    if consumed == row.len() {
        let rest = &mut output[written..];
        let (_, _, _, more) = reader.read_record(&[], rest, &mut ends[found..]);
        found += more;
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::force::Kind;

    fn feed() -> FeedFile {
        FeedFile {
            kind: Kind::Crimes,
            separator: ',',
            dates: vec![],
            list_separator: ';',
            columns: BTreeMap::from([("reference".to_owned(), "Ref".to_owned())]),
            free_text: vec!["Note".to_owned()],
        }
    }

    /// Each row as `line:reference/note`, each reject as `line!reason`.
    fn read(bytes: &[u8]) -> Vec<String> {
        let feed = feed();
        let mut rows = match open(bytes, &feed).unwrap() {
            Ok(rows) => rows,
            Err(unreadable) => return vec![unreadable.to_string()],
        };
        let header = rows.header();
        let mut told = Vec::new();
        while let Some(row) = rows.read().unwrap() {
            told.push(match row {
                Ok(row) => format!(
                    "{}:{}/{}",
                    row.line,
                    header.cell(&feed, &row, "reference"),
                    header.column(&row, "note")
                ),
                Err(reject) => format!("{}!{}", reject.line, reject.reason),
            });
        }
        told
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
    fn a_line_without_end_costs_itself() {
        let mut bytes = b"Ref,Note\na,".to_vec();
        bytes.extend(vec![b'x'; 3 * ROW_MAX_BYTES]);
        bytes.extend(b"\nb,y\n");
        check(&bytes, &["2!the line is longer than 64 KiB", "3:b/y"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut file = b"Ref,Note\n".to_vec();
            file.extend(bytes);
            read(&file);
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

//! Rows whose cells are parted by a sign (RFC 4180).
//!
//! A cell that begins with a quotation mark ends with one, and only a separator or the line's end
//! may follow. Anything else means that a mark was never closed and the next row's opened for it;
//! taking such a row would swallow good ones.

use std::io::{self, Read};

use memchr::memchr;

use super::lines::{Lines, Place};
use super::{Cell, ROW_MAX_BYTES, decode};

/// The most physical lines one row may span.
const ROW_MAX_LINES: usize = 200;

/// One row in hand: its bytes as they came, and where its cells are in them.
///
/// It is kept from row to row, so that reading a row takes no memory of its own.
#[derive(Default)]
pub(super) struct Taken {
    /// The row, its line ends included; marks that were doubled are single in it.
    pub(super) bytes: Vec<u8>,
    /// The row as it came, when a doubled mark has changed `bytes`.
    before: Vec<u8>,
    changed: bool,
    /// Its lines, each with where it begins.
    pub(super) lines: Vec<(usize, Place)>,
    pub(super) cells: Vec<Cell>,
    /// Cells in which a mark is doubled.
    doubled: Vec<usize>,
}

/// What the next row is.
pub(super) enum Next {
    /// There is none.
    End,
    /// A row that begins on this line.
    Row(u64),
    /// One that cannot be read: only its first line is taken.
    Broken(u64, &'static str),
}

/// How far the cells of a row could be found.
enum Split {
    Whole,
    /// The cell that begins here, in marks, goes on in the next line; seen up to there.
    Open {
        start: usize,
        seen: usize,
    },
    Broken(&'static str),
}

const STRAY: &str = "a quotation mark stands where none belongs";
const RETURN: &str = "a carriage return stands where no line ends";

impl Taken {
    /// The row as it came.
    pub(super) fn raw(&self) -> &[u8] {
        if self.changed { &self.before } else { &self.bytes }
    }

    /// The text of a cell.
    pub(super) fn cell(&self, position: usize) -> String {
        let cell = self.cells.get(position).copied().unwrap_or_default();
        decode(self.bytes.get(cell.start..cell.end).unwrap_or_default()).trim().to_owned()
    }

    /// Takes the next row.
    pub(super) fn next<R: Read>(
        &mut self,
        lines: &mut Lines<R>,
        separator: u8,
    ) -> io::Result<Next> {
        let first = loop {
            self.bytes.clear();
            let Some(place) = lines.append(&mut self.bytes)? else { return Ok(Next::End) };
            if place.cut || !self.bytes.iter().all(u8::is_ascii_whitespace) {
                break place;
            }
        };
        self.lines.clear();
        self.lines.push((0, first));
        self.changed = false;
        self.cells.clear();
        self.doubled.clear();
        if first.cut {
            return Ok(Next::Broken(first.number, "the line is longer than 64 KiB"));
        }
        let mut split = self.split(separator, 0, None);
        while let Split::Open { start, seen } = split {
            let end = self.bytes.len();
            let more = self.lines.len() <= ROW_MAX_LINES;
            let next = if more { lines.append(&mut self.bytes)? } else { None };
            self.lines.extend(next.map(|place| (end, place)));
            let fits = next.is_some_and(|place| !place.cut) && self.bytes.len() <= ROW_MAX_BYTES;
            split = if fits {
                self.split(separator, start, Some(seen))
            } else {
                Split::Broken("a quotation mark is never closed")
            };
        }
        if let Split::Broken(reason) = split {
            self.give_back_but_first(lines);
            return Ok(Next::Broken(first.number, reason));
        }
        self.undouble();
        Ok(Next::Row(first.number))
    }

    /// Gives back all lines but the first: a stray mark may have drawn good rows in.
    pub(super) fn give_back_but_first<R: Read>(&mut self, lines: &mut Lines<R>) {
        if self.changed {
            std::mem::swap(&mut self.bytes, &mut self.before);
            self.changed = false;
        }
        if let Some((second, _)) = self.lines.get(1).copied() {
            lines.give_back(&self.bytes, self.lines.get(1..).unwrap_or_default());
            self.bytes.truncate(second);
            self.lines.truncate(1);
        }
    }

    /// Finds the cells from the one that begins at `at`; of one in marks that was `seen` in part,
    /// from there.
    fn split(&mut self, separator: u8, mut at: usize, mut seen: Option<usize>) -> Split {
        let bytes = self.bytes.as_slice();
        let unended = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let returns = unended.iter().rev().take_while(|byte| **byte == b'\r').count();
        let end = unended.len() - returns;
        let row = &bytes[..end];
        // In marks, a carriage return is text; elsewhere it would part two rows that nobody reads.
        let has_return = memchr(b'\r', &row[at.min(end)..]).is_some();
        loop {
            if seen.is_none() && row.get(at) != Some(&b'"') {
                let rest = row.get(at..).unwrap_or_default();
                let length = memchr(separator, rest).unwrap_or(rest.len());
                if has_return && memchr(b'\r', &rest[..length]).is_some() {
                    return Split::Broken(RETURN);
                }
                self.cells.push(Cell { start: at, end: at + length, list: false });
                if length == rest.len() {
                    return Split::Whole;
                }
                at += length + 1;
                continue;
            }
            let start = at + 1;
            let mut from = seen.take().unwrap_or(start);
            let close = loop {
                let Some(mark) = memchr(b'"', &bytes[from..]) else {
                    return Split::Open { start: at, seen: bytes.len() };
                };
                let mark = from + mark;
                if bytes.get(mark + 1) != Some(&b'"') {
                    break mark;
                }
                if self.doubled.last() != Some(&self.cells.len()) {
                    self.doubled.push(self.cells.len());
                }
                from = mark + 2;
            };
            self.cells.push(Cell { start, end: close, list: false });
            let rest = row.get(close + 1..).unwrap_or_default();
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            match rest.get(spaces) {
                None => return Split::Whole,
                Some(byte) if *byte == separator => at = close + 1 + spaces + 1,
                Some(_) => return Split::Broken(STRAY),
            }
        }
    }

    /// Makes doubled marks single, in place.
    fn undouble(&mut self) {
        if self.doubled.is_empty() {
            return;
        }
        self.before.clone_from(&self.bytes);
        self.changed = true;
        for position in &self.doubled {
            let Some(cell) = self.cells.get_mut(*position) else { continue };
            let mut to = cell.start;
            let mut from = cell.start;
            while from < cell.end {
                let byte = self.bytes[from];
                self.bytes[to] = byte;
                to += 1;
                from += if byte == b'"' { 2 } else { 1 };
            }
            cell.end = to;
        }
    }
}

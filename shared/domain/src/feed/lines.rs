//! The physical lines of a file, none longer than a row may be.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use super::ROW_MAX_BYTES;

/// The lines of a source that are still to be read.
pub(super) struct Lines<R> {
    source: BufReader<R>,
    next: u64,
    returned: VecDeque<Line>,
}

/// A line that was given back.
struct Line {
    at: Place,
    bytes: Vec<u8>,
}

/// Where a line stands, and whether it was too long to keep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Whether it was too long: then there are no bytes of it.
    pub(super) cut: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        let source = BufReader::with_capacity(64 * 1024, source);
        Self { source, next: 1, returned: VecDeque::new() }
    }

    /// What the file begins with.
    pub(super) fn start(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    /// Leaves out the first bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.source.consume(bytes);
    }

    /// Adds the next line, its end included, to `row`; `None` at the end of the file.
    pub(super) fn append(&mut self, row: &mut Vec<u8>) -> io::Result<Option<Place>> {
        if let Some(line) = self.returned.pop_front() {
            row.extend_from_slice(&line.bytes);
            return Ok(Some(line.at));
        }
        let before = row.len();
        let limit = ROW_MAX_BYTES as u64 + 1;
        let taken = self.source.by_ref().take(limit).read_until(b'\n', row)?;
        if taken == 0 {
            return Ok(None);
        }
        let cut = taken > ROW_MAX_BYTES;
        if cut {
            let ended = row.last() == Some(&b'\n');
            row.truncate(before);
            if !ended {
                self.source.skip_until(b'\n')?;
            }
        }
        let number = self.next;
        self.next += 1;
        Ok(Some(Place { number, cut }))
    }

    /// Gives back lines that lie one after the other in `row`, each from where it begins.
    pub(super) fn give_back(&mut self, row: &[u8], lines: &[(usize, Place)]) {
        let mut end = row.len();
        for (start, at) in lines.iter().rev() {
            let bytes = row.get(*start..end).unwrap_or_default().to_vec();
            self.returned.push_front(Line { at: *at, bytes });
            end = *start;
        }
    }
}

//! JSON Lines: each line an object, whose keys are the columns.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lines::Lines;
use super::separated::Taken;
use super::{Cell, Form, Header, LIST_END, Opened, Reject, Step, Unreadable};
use super::{check_columns, decode, shown_row};
use crate::force::{FeedFile, fold};

/// How the objects of a file are read.
pub(super) struct Objects {
    /// The columns that are needed, as the profile names them.
    names: Vec<String>,
    /// The same, folded.
    folded: Vec<String>,
    /// The keys of the line before, in their order, each with the column it is: the next line's
    /// are nearly always the same.
    order: Vec<(String, Option<usize>)>,
}

/// Opens a file: its first line must be an object that has every column.
pub(super) fn open<R: Read>(lines: &mut Lines<R>, feed: &FeedFile) -> io::Result<Opened> {
    let mut first = Vec::new();
    let place = loop {
        first.clear();
        let Some(place) = lines.append(&mut first)? else { return Ok(Err(Unreadable::Empty)) };
        if place.cut || !first.iter().all(u8::is_ascii_whitespace) {
            break place;
        }
    };
    let Some(keys) = keys(&decode(&first)) else { return Ok(Err(Unreadable::NoObject)) };
    if let Err(unreadable) = check_columns(feed, &keys) {
        return Ok(Err(unreadable));
    }
    lines.give_back(&first, &[(0, place)]);
    let names: Vec<String> = feed.needed().into_iter().map(str::to_owned).collect();
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let position = |column: &str| folded.iter().position(|name| *name == fold(column));
    let header = Header::new(feed, position);
    Ok(Ok((header, Form::Objects(Objects { names, folded, order: Vec::new() }))))
}

impl Objects {
    /// Takes the next line.
    pub(super) fn step<R: Read>(
        &mut self,
        lines: &mut Lines<R>,
        taken: &mut Taken,
        text: &mut String,
        cells: &mut Vec<Cell>,
    ) -> io::Result<Step> {
        let place = loop {
            taken.bytes.clear();
            let Some(place) = lines.append(&mut taken.bytes)? else { return Ok(Step::End) };
            if place.cut || !taken.bytes.iter().all(u8::is_ascii_whitespace) {
                break place;
            }
        };
        let reject = |column: Option<&String>, reason: String| {
            let column = column.cloned().unwrap_or_default();
            Step::Reject(Reject {
                line: place.number,
                column,
                reason,
                row: shown_row(&taken.bytes),
            })
        };
        if place.cut {
            return Ok(reject(None, "the line is longer than 64 KiB".to_owned()));
        }
        text.clear();
        cells.clear();
        cells.resize(self.names.len(), Cell::default());
        let line = decode(&taken.bytes);
        let mut object = Object {
            found: vec![false; self.names.len()],
            columns: self,
            text,
            cells,
            at: 0,
            odd: None,
        };
        let mut json = serde_json::Deserializer::from_str(&line);
        let read = json.deserialize_map(&mut object).and_then(|()| json.end());
        let (found, odd) = (object.found, object.odd);
        // What serde says of it could show what stands in the row.
        if read.is_err() {
            return Ok(reject(None, "is not one JSON object".to_owned()));
        }
        if let Some((position, reason)) = odd {
            return Ok(reject(self.names.get(position), reason.to_owned()));
        }
        if let Some(position) = found.iter().position(|found| !found) {
            return Ok(reject(self.names.get(position), "the object lacks it".to_owned()));
        }
        Ok(Step::Row(place.number))
    }

    /// Which column a key is, when it is one that is needed.
    fn column(&mut self, at: usize, key: &str) -> Option<usize> {
        if let Some((before, column)) = self.order.get(at)
            && before == key
        {
            return *column;
        }
        let column = self.folded.iter().position(|name| *name == fold(key));
        // Bounded, whatever a line holds.
        self.order.truncate(at.min(MAX_KEYS));
        if self.order.len() == at {
            self.order.push((key.to_owned(), column));
        }
        column
    }
}

/// How many keys are remembered from line to line.
const MAX_KEYS: usize = 500;

/// An object while it is read.
struct Object<'o> {
    columns: &'o mut Objects,
    text: &'o mut String,
    cells: &'o mut Vec<Cell>,
    found: Vec<bool>,
    at: usize,
    /// The first thing wrong with it: the column, and what.
    odd: Option<(usize, &'static str)>,
}

impl<'de> Visitor<'de> for &mut Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(Key { columns: self.columns, at: self.at })? {
            self.at += 1;
            let Some(position) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value: &RawValue = map.next_value()?;
            let start = self.text.len();
            let read = if self.found[position] {
                Err("the object names it twice")
            } else {
                value_text(value.get(), self.text)
            };
            self.found[position] = true;
            match read {
                Ok(list) => {
                    self.cells[position] = Cell { start, end: self.text.len(), list };
                }
                Err(odd) => {
                    self.odd.get_or_insert((position, odd));
                }
            }
        }
        Ok(())
    }
}

/// A key, read as the column it is.
struct Key<'o> {
    columns: &'o mut Objects,
    at: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.columns.column(self.at, key))
    }
}

/// Adds a value as a cell's text, and says whether it is a list.
///
/// A number is taken as it is written: 4.47701E+11 has lost digits, and reading it would hide that.
fn value_text(json: &str, text: &mut String) -> Result<bool, &'static str> {
    match json.trim().as_bytes().first() {
        Some(b'[') => {
            let values: Vec<&RawValue> =
                serde_json::from_str(json).map_err(|_| "is a list that cannot be read")?;
            for value in values {
                let start = text.len();
                if value_text(value.get(), text)? {
                    return Err("is a list of lists");
                }
                if text[start..].contains(LIST_END) {
                    return Err("holds a control character");
                }
                text.push(LIST_END);
            }
            Ok(true)
        }
        Some(b'{') => Err("is an object, not a value"),
        Some(b'"') => {
            let value: Cow<'_, str> = match json.trim().trim_matches('"') {
                plain if !plain.contains('\\') => Cow::Borrowed(plain),
                _ => Cow::Owned(serde_json::from_str(json).map_err(|_| "cannot be read")?),
            };
            text.push_str(&value);
            Ok(false)
        }
        Some(b'n') => Ok(false),
        _ => {
            text.push_str(json.trim());
            Ok(false)
        }
    }
}

/// The keys of a line, when it is an object.
fn keys(line: &str) -> Option<Vec<String>> {
    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut keys = Vec::new();
            while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                keys.push(key);
            }
            Ok(keys)
        }
    }

    let mut json = serde_json::Deserializer::from_str(line);
    let keys = json.deserialize_map(Keys).ok()?;
    json.end().ok()?;
    Some(keys)
}

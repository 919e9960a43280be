//! A made-up extract of any length, which is never on disk and hardly takes time to make.
//!
//! A block of rows is written once, from a fixed seed, and given again and again; each time its log
//! numbers are written anew, so that no two blocks have a log in common.
//! Everything in it is invented, and its numbers are of Ofcom's drama range.

use std::fmt::Write as _;
use std::io::{self, Read};

const HEADER: &str = "Log Number,Extracted At,Division,Beat Code,Date Time Received,\
Date Time Closed,Status,Source,Response Category,Initial Classification,Final Classification,\
Result Codes,Qualifiers,Attended,First Arrived,Duplicate Of,Crime Reference,Location,\
Caller Contact Name,Caller Contact Phone No_,Caller Type,Text Consent,Contact Marker,\
Caller Contact Add Info,Message\r\n";

/// How many rows are written once.
const BLOCK: u64 = 8192;

/// Where the digits of a log's number begin, and how many there are.
const NUMBER: &str = "HC-2026-00000000";
const DIGITS: usize = 8;

/// An extract, to be read once.
pub(crate) struct Extract {
    block: Vec<u8>,
    /// Where each row of the block ends.
    ends: Vec<usize>,
    /// Where the digits of each log number are, and which row of the block it is of.
    numbers: Vec<(usize, u64)>,
    rows: u64,
    given: u64,
    /// What of the block is still to be given: from here, to there.
    at: usize,
    until: usize,
    header: &'static [u8],
}

impl Extract {
    /// An extract of so many rows.
    pub(crate) fn of(rows: u64) -> Self {
        let (block, ends, numbers) = block();
        let header = HEADER.as_bytes();
        Self { block, ends, numbers, rows, given: 0, at: 0, until: 0, header }
    }

    /// Makes the next block ready: as many rows of it as are still wanted.
    fn next_block(&mut self) {
        let rows = BLOCK.min(self.rows - self.given);
        for (at, row) in &self.numbers {
            let mut number = self.given + row;
            for digit in self.block[*at..at + DIGITS].iter_mut().rev() {
                *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
                number /= 10;
            }
        }
        self.given += rows;
        self.at = 0;
        let last = usize::try_from(rows).ok().and_then(|rows| rows.checked_sub(1));
        self.until = last.and_then(|last| self.ends.get(last)).copied().unwrap_or_default();
    }
}

impl Read for Extract {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.header.is_empty() {
            return self.header.read(buffer);
        }
        if self.at == self.until {
            self.next_block();
        }
        let mut rest = &self.block[self.at..self.until];
        let given = rest.read(buffer)?;
        self.at += given;
        Ok(given)
    }
}

/// Numbers that look like chance and are always the same (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// One of these, each as often as it says in a hundred or so.
    fn of<'a>(&mut self, choices: &[(u64, &'a str)]) -> &'a str {
        let mut left = self.below(choices.iter().map(|(often, _)| often).sum());
        for (often, choice) in choices {
            match left.checked_sub(*often) {
                Some(less) => left = less,
                None => return choice,
            }
        }
        ""
    }

    fn one<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or_default();
        choices.get(at).copied().unwrap_or_default()
    }
}

const CATEGORIES: &[(u64, &str)] = &[
    (46, "Transport - Highways Disruption"),
    (14, "Transport - RTC - Damage Only"),
    (4, "Transport - RTC - Injury"),
    (6, "ASB - Nuisance"),
    (6, "Concern for welfare"),
    (5, "Suspicious Circumstances"),
    (4, "Admin - Message"),
    (3, "Domestic - Non Crime"),
    (3, "Animals"),
    (2, "Abandoned 999"),
    (2, "Missing Person"),
    (2, "RTC"),
    (2, "Crime - Theft"),
    (1, ""),
];
const WORDS: &[&str] = &[
    "caller",
    "driving",
    "past",
    "states",
    "lane",
    "blocked",
    "by",
    "a",
    "fallen",
    "branch",
    "near",
    "the",
    "roundabout",
    "at",
    "Hobbinger",
    "Hill",
    "traffic",
    "building",
    "up",
    "no",
    "injuries",
    "seen",
    "vehicle",
    "moved",
    "to",
    "verge",
    "unit",
    "sent",
    "council",
    "told",
    "oil",
    "on",
    "carriageway",
    "bales",
    "of",
    "straw",
    "lights",
    "out",
    "junction",
    "Sallowfen",
    "Lane",
    "passing",
    "lorry",
    "stopped",
    "cleared",
    "before",
    "arrival",
    "ETA",
    "20",
    "mins",
    "ref",
];
const TELLING: &[&str] =
    &["INFT WISHES TO REMAIN ANONYMOUS", "ex-partner outside", "do not ring back", "knife seen"];
const NAMES: &[&str] = &["Kestlewickett", "Drexelhurstley", "Axbystorrow", "Plenthgarthing"];

type Block = (Vec<u8>, Vec<usize>, Vec<(usize, u64)>);

fn block() -> Block {
    let mut chance = Chance(20_260_310);
    let (mut block, mut ends, mut numbers) = (Vec::new(), Vec::new(), Vec::<(usize, u64)>::new());
    let mut before = String::new();
    for row in 0..BLOCK {
        let of = chance.below(1000);
        let mut number = row;
        let text = match of {
            // Delivered twice, or the same log in two rows.
            0..30 if !before.is_empty() => {
                number = numbers.last().map_or(row, |(_, row)| *row);
                before.clone()
            }
            30..34 => row_of(&mut chance).replacen("/03/2026 ", "/02/2026 30 ", 1),
            34..37 => row_of(&mut chance).replacen(NUMBER, "", 1),
            37..40 => row_of(&mut chance).replacen(",B,", ",\"B,", 1),
            40..42 => row_of(&mut chance).chars().take(120).collect::<String>() + "\r\n",
            _ => row_of(&mut chance),
        };
        if text.starts_with(NUMBER) {
            numbers.push((block.len() + NUMBER.len() - DIGITS, number));
            if of >= 42 {
                before.clone_from(&text);
            }
        }
        block.extend_from_slice(text.as_bytes());
        ends.push(block.len());
    }
    (block, ends, numbers)
}

fn row_of(chance: &mut Chance) -> String {
    let (day, hour, minute) = (3 + chance.below(6), 6 + chance.below(15), chance.below(60));
    let opening = chance.of(CATEGORIES);
    let closing = if chance.below(100) < 92 { opening } else { chance.of(CATEGORIES) };
    let attended = chance.below(100) < 70;
    let arrived = if attended {
        format!("{day:02}/03/2026 {:02}:{minute:02}", hour + 1)
    } else {
        String::new()
    };
    let status = chance.of(&[(93, "CLOSED"), (4, "OPEN"), (2, "REACTIVATED"), (1, "TRANSFERRED")]);
    let source = chance.of(&[(40, "101"), (35, "999"), (15, "TEL"), (6, "WEB"), (4, "POL")]);
    let results = chance.of(&[
        (30, "R02"),
        (20, "R01"),
        (15, "R05"),
        (15, "R03"),
        (8, "R01 R11"),
        (6, "R99"),
        (6, ""),
    ]);
    let qualifiers = chance.of(&[(86, ""), (6, "GI"), (4, "AO"), (2, "MH"), (2, "VA GI")]);
    let duplicate = chance.of(&[(97, ""), (3, "HC-20260302-0001")]);
    let crime = chance.of(&[(98, ""), (2, "41HC/0042/26")]);
    let number = chance.below(1000);
    let phone = match chance.below(20) {
        0 => String::new(),
        1 => "01632 960123".to_owned(),
        2..6 => format!("07700 900{number:03}"),
        6 => format!("+447700900{number:03}"),
        _ => format!("07700900{number:03}"),
    };
    let role = chance.of(&[
        (50, "PASSER-BY"),
        (20, "WITNESS"),
        (12, "DRIVER"),
        (8, "RESIDENT"),
        (6, "AGENCY"),
        (4, ""),
    ]);
    let consent = chance.of(&[(85, "Y"), (9, "N"), (6, "")]);
    let marker = chance.of(&[(97, ""), (2, "VULN"), (1, "NOCALL")]);
    let add = chance.of(&[(80, ""), (15, "will wait on verge"), (5, "hands free")]);
    let mut row = format!(
        "{NUMBER},10/03/2026 06:00:00,B,HB{:02},{day:02}/03/2026 {hour:02}:{minute:02},\
         {day:02}/03/2026 {:02}:{minute:02},{status},{source},3,{opening},{closing},{results},\
         {qualifiers},{},{arrived},{duplicate},{crime},\"A{} at Hobbinger Hill, Dunstow\",{},\
         {phone},{role},{consent},{marker},{add},",
        chance.below(20),
        hour + 2,
        if attended { "Y" } else { "N" },
        400 + chance.below(20),
        chance.one(NAMES),
    );
    let quoted = chance.below(100) < 60;
    let length = 80 + usize::try_from(chance.below(121)).unwrap_or_default();
    let mut message = String::new();
    if chance.below(100) < 5 {
        message.push_str(chance.one(TELLING));
    }
    while message.len() < length {
        let word = chance.one(WORDS);
        let sign = if quoted && chance.below(9) == 0 { "," } else { "" };
        let space = if message.is_empty() { "" } else { " " };
        let added = write!(message, "{space}{word}{sign}");
        debug_assert!(added.is_ok());
    }
    match chance.below(100) {
        0 => message.push_str(" caf\u{e9}"),
        1 if quoted => message.push_str(" at \"\"The Quill\"\""),
        2 if quoted => message.push_str("\r\nno further calls"),
        _ => {}
    }
    if quoted {
        row.push_str(&format!("\"{message}\"\r\n"))
    } else {
        row.push_str(&format!("{message}\r\n"))
    }
    row
}

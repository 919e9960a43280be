//! 5,000 invented logs in ten extracts, and three files of crime links: the same for one seed.
//!
//! Logs come in several versions, with several callers, as duplicates of one another, twice, late
//! and torn over two files. Nothing is due before nine on Tuesday, so that no text disturbs it.

use jiff::ToSpan as _;
use jiff::civil::{DateTime, date};

/// How many logs there are.
pub(crate) const LOGS: usize = 5_000;

/// How many extracts they are spread over.
const FILES: usize = 10;

/// The columns of the force's extract that are read, and one that is not.
const COLUMNS: [&str; 20] = [
    "Log Number",
    "Extracted At",
    "Date Time Received",
    "Date Time Closed",
    "Status",
    "Source",
    "Initial Classification",
    "Final Classification",
    "Result Codes",
    "Qualifiers",
    "Attended",
    "First Arrived",
    "Duplicate Of",
    "Crime Reference",
    "Beat Code",
    "Caller Contact Phone No_",
    "Caller Type",
    "Text Consent",
    "Contact Marker",
    "Message",
];

/// Columns that the profile names and that stay empty here.
const EMPTY: &str = "Caller Contact Add Info,Caller Contact Name";

/// What may be so of a log, whoever rang: most of it holds, some of it is harmless.
const OF_A_LOG: &[&[(&str, &str)]] = &[
    &[("Status", "OPEN"), ("Date Time Closed", "")],
    &[("Status", "DEPLOYED"), ("Date Time Closed", ""), ("Result Codes", "")],
    &[("Status", "REACTIVATED")],
    &[("Status", "TRANSFERRED")],
    &[("Status", "")],
    &[("Status", "PARKED")],
    &[("Date Time Closed", "")],
    &[("Date Time Closed", "12/03/2026 09:00")],
    &[("Date Time Received", "11/03/2026 09:00")],
    &[("Date Time Closed", "09/03/2026 14:00")],
    &[("Date Time Received", "01/03/2026 11:00"), ("Date Time Closed", "01/03/2026 12:00")],
    &[("Date Time Received", "02/03/2026 11:00"), ("Date Time Closed", "02/03/2026 12:00")],
    &[("Initial Classification", "")],
    &[("Initial Classification", "RTC")],
    &[("Initial Classification", "Domestic - Non Crime")],
    &[("Initial Classification", "Abandoned 999")],
    &[("Initial Classification", "Concern for welfare")],
    &[("Initial Classification", "Crime - Vehicle")],
    &[("Final Classification", "")],
    &[("Final Classification", "Admin")],
    &[("Final Classification", "Domestic - Non Crime")],
    &[("Final Classification", "Sudden Death")],
    &[("Final Classification", "Transport - RTC - Injury")],
    &[("Final Classification", "Transport - RTC - Fatal")],
    &[("Final Classification", "Missing Person")],
    &[("Final Classification", "Absconder / Wanted / Bail")],
    &[("Final Classification", "Firearms")],
    &[("Final Classification", "Immigration")],
    &[("Final Classification", "Suspicious Package")],
    &[("Final Classification", "ASB - Personal")],
    &[("Final Classification", "ASB - Nuisance")],
    &[("Final Classification", "Hoax Call")],
    &[("Final Classification", "Civil Dispute")],
    &[("Final Classification", "Admin - Error")],
    &[("Final Classification", "Admin - Message")],
    &[("Final Classification", "Admin - Test")],
    &[("Final Classification", "Admin - Lost/Found")],
    &[("Final Classification", "Animals")],
    &[("Final Classification", "Crime - Theft")],
    &[("Final Classification", "Crime - Violence")],
    &[("Result Codes", "")],
    &[("Result Codes", "R99")],
    &[("Result Codes", "R02 R99")],
    &[("Result Codes", "R02 R03")],
    &[("Result Codes", "R11 R01")],
    &[("Result Codes", "R20")],
    &[("Result Codes", "R25")],
    &[("Qualifiers", "MH")],
    &[("Qualifiers", "GI OF")],
    &[("Qualifiers", "WP")],
    &[("Qualifiers", "DA")],
    &[("Qualifiers", "HB")],
    &[("Qualifiers", "ZZ")],
    &[("Qualifiers", "WL AO")],
    &[("Source", "POL")],
    &[("Source", "ALM")],
    &[("Source", "")],
    &[("Source", "FAX")],
    &[("Contact Marker", "DOM")],
    &[("Contact Marker", "NOCALL")],
    &[("Contact Marker", "ANON")],
    &[("Contact Marker", "SILENT")],
    &[("Contact Marker", "DEATH")],
    &[("Contact Marker", "WEAPON VULN")],
    &[("Contact Marker", "3RDPTY")],
    &[("Contact Marker", "NEW")],
    &[("Message", "Caller says: don't ring back!")],
    &[("Message", "WISHES TO REMAIN ANONYMOUS")],
    &[("Message", "her ex-partner moved the cones")],
    &[("Message", "fatal? caller not sure")],
    &[("Message", "bollard, and a man with a knife")],
    &[("Crime Reference", "41/90001/26")],
];

/// What may be so of a caller.
const OF_A_CALLER: &[&[(&str, &str)]] = &[
    &[("Caller Type", "DRIVER")],
    &[("Caller Type", "VICTIM")],
    &[("Caller Type", "AGENCY")],
    &[("Caller Type", "SUSPECT")],
    &[("Caller Type", "UNDER 18")],
    &[("Caller Type", "")],
    &[("Caller Type", "NEIGHBOUR")],
    &[("Text Consent", "N")],
    &[("Text Consent", "")],
    &[("Text Consent", "ASK")],
    &[("Caller Contact Phone No_", "01632 960123")],
    &[("Caller Contact Phone No_", "")],
];

/// What one row of a log may say although another says otherwise.
const CONTRADICTIONS: &[&[(&str, &str)]] = &[
    &[("Status", "OPEN")],
    &[("Initial Classification", "Animals")],
    &[("Final Classification", "Alarm")],
    &[("Result Codes", "")],
    &[("Result Codes", "R08")],
    &[("Qualifiers", "YR")],
    &[("Contact Marker", "VULN")],
    &[("Source", "EML")],
    &[("Duplicate Of", "HC-20260308-0001")],
];

/// One row of an extract: a caller of one version of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row([String; COLUMNS.len()]);

impl Row {
    pub(crate) fn cell(&self, column: &str) -> &str {
        &self.0[place(column)]
    }

    fn with(mut self, cells: &[(&str, &str)]) -> Self {
        for (column, cell) in cells {
            self.0[place(column)] = (*cell).to_owned();
        }
        self
    }
}

fn place(column: &str) -> usize {
    COLUMNS.iter().position(|name| *name == column).unwrap()
}

/// An investigation's link to a log, to a person by the last three digits, or to both.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) log: Option<String>,
    pub(crate) person: Option<u16>,
}

/// A file as it lands in the bucket.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The folder under `extracts/`.
    pub(crate) feed: &'static str,
    pub(crate) name: String,
    pub(crate) body: String,
}

/// Everything that was invented.
pub(crate) struct Night {
    /// Every row of the ten files that can be read.
    pub(crate) rows: Vec<Row>,
    pub(crate) links: Vec<Link>,
    /// The files in the order they come; those of one wave come at the same time.
    pub(crate) waves: Vec<Vec<Delivery>>,
}

/// Invents it.
pub(crate) fn night(seed: u64) -> Night {
    let mut dice = Dice(seed);
    let mut logs = Vec::new();
    while logs.len() < LOGS {
        let scene = scene(&mut dice, logs.len());
        logs.extend(scene);
    }
    logs.truncate(LOGS);
    let mut files = vec![Vec::new(); FILES];
    for rows in logs {
        let told_more_than_once = dice.chance(25);
        let versions = if told_more_than_once { history(&mut dice, rows) } else { vec![rows] };
        let on = dice.some(FILES, versions.len());
        for (file, rows) in on.into_iter().zip(versions) {
            for row in dated(file, rows) {
                // A row may be torn off into another file, come twice in one, or in two.
                let other = dice.roll(FILES);
                let torn = dice.chance(6);
                files[if torn { other } else { file }].push(row.clone());
                if dice.chance(4) {
                    files[file].push(row.clone());
                }
                if dice.chance(4) {
                    files[other].push(row);
                }
            }
        }
    }
    // Some systems write the newest first.
    files.iter_mut().skip(1).step_by(2).for_each(|rows| rows.reverse());
    let links: Vec<Vec<Link>> = (0..3).map(|_| links(&mut dice)).collect();
    let storm = |file: usize, name: &str| Delivery {
        feed: "storm",
        name: format!("{name}.csv"),
        body: extract(&files[file]),
    };
    let athena = |file: usize| Delivery {
        feed: "athena",
        name: format!("links-{file}.csv"),
        body: crimes(file, &links[file]),
    };
    let waves = vec![
        vec![storm(9, "9"), athena(0)],
        vec![storm(0, "0"), storm(1, "1")],
        vec![storm(2, "2")],
        vec![storm(5, "5"), athena(1)],
        vec![storm(4, "4"), storm(3, "3")],
        vec![storm(7, "7"), storm(5, "5-again")],
        vec![storm(6, "6"), storm(8, "8")],
        vec![athena(2)],
    ];
    Night { rows: files.into_iter().flatten().collect(), links: links.concat(), waves }
}

/// When an extract was taken: from six on Monday to six on Tuesday.
fn taken(file: usize) -> DateTime {
    monday(18, 0) + (i64::try_from(file).unwrap() * 80).minutes()
}

fn monday(hour: i8, minute: i8) -> DateTime {
    date(2026, 3, 9).at(hour, minute, 0, 0)
}

fn written(at: DateTime) -> String {
    at.strftime("%d/%m/%Y %H:%M").to_string()
}

/// The number of the n-th log.
fn number(n: usize) -> String {
    format!("HC-20260309-{n:04}")
}

/// The number of a log that no extract tells of.
fn never_told(dice: &mut Dice) -> String {
    format!("HC-20260308-{:04}", dice.roll(300))
}

/// A mobile of the range kept for drama, as one person or another writes it.
fn mobile(dice: &mut Dice) -> String {
    let person = dice.roll(1000);
    match dice.roll(5) {
        0 => format!("07700900{person:03}"),
        1 => format!("+44 7700 900{person:03}"),
        2 => format!("447700900{person:03}"),
        3 => format!("7700900{person:03}"),
        _ => format!("07700 900{person:03}"),
    }
}

/// The n-th log with one caller who may be texted.
fn clean(dice: &mut Dice, n: usize) -> Row {
    let minutes = |dice: &mut Dice| i64::try_from(dice.roll(60)).unwrap().minutes();
    let road = ["Transport - Highways Disruption", "Transport - RTC - Damage Only"];
    let result = ["R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09", "R10", "R12"];
    let role = ["WITNESS", "PASSER-BY", "RESIDENT", "witness "];
    let message = ["Tree down across both lanes", "Cones, \"all over\"\nthe road", ""];
    let row = Row(std::array::from_fn(|_| String::new()));
    row.with(&[
        ("Log Number", &number(n)),
        ("Date Time Received", &written(monday(15, 0) + minutes(dice))),
        ("Date Time Closed", &written(monday(16, 30) + minutes(dice))),
        ("Status", "CLOSED"),
        ("Source", dice.pick(&["999", "101", "TEL", "WEB", "FLAG"])),
        ("Initial Classification", dice.pick(&road)),
        ("Final Classification", dice.pick(&road)),
        ("Result Codes", dice.pick(&result)),
        ("Qualifiers", dice.pick(&["", "GI"])),
        ("Attended", "Y"),
        ("First Arrived", &written(monday(16, 10))),
        ("Beat Code", "HA01"),
        ("Caller Contact Phone No_", &mobile(dice)),
        ("Caller Type", dice.pick(&role)),
        ("Text Consent", dice.pick(&["Y", "YES"])),
        ("Message", dice.pick(&message)),
    ])
}

/// A few logs that belong together, from the n-th on; each is the rows of its last version.
fn scene(dice: &mut Dice, n: usize) -> Vec<Vec<Row>> {
    match dice.roll(100) {
        0..22 => vec![vec![clean(dice, n)]],
        22..52 => vec![odd(dice, n)],
        52..70 => vec![several(dice, n)],
        _ => {
            let mut logs = duplicates(dice, n);
            for rows in &mut logs {
                // Not on top of a contradiction: which of the two then speaks is nobody's promise.
                if rows.len() == 1 && dice.chance(20) {
                    let odd = dice.pick(OF_A_LOG);
                    *rows = rows.iter().map(|row| row.clone().with(odd)).collect();
                } else if dice.chance(10) {
                    rows[0] = rows[0].clone().with(dice.pick(OF_A_CALLER));
                }
            }
            logs
        }
    }
}

/// A log with something about it, its caller, or both.
fn odd(dice: &mut Dice, n: usize) -> Vec<Row> {
    let mut row = clean(dice, n);
    let which = dice.roll(10);
    if which < 8 {
        row = row.with(dice.pick(OF_A_LOG));
    }
    if which > 5 {
        row = row.with(dice.pick(OF_A_CALLER));
    }
    vec![row]
}

/// A log with several callers, whose rows may contradict each other.
fn several(dice: &mut Dice, n: usize) -> Vec<Row> {
    let first = clean(dice, n);
    let mut rows = vec![first.clone()];
    for _ in 0..=dice.roll(3) {
        let mut row = first.clone().with(&[("Caller Contact Phone No_", &mobile(dice))]);
        match dice.roll(10) {
            0..3 => row = row.with(dice.pick(OF_A_CALLER)),
            // The same person again, who says something else.
            3 => row = first.clone().with(dice.pick(OF_A_CALLER)),
            4 => row = row.with(dice.pick(CONTRADICTIONS)),
            _ => {}
        }
        rows.push(row);
    }
    rows
}

/// A log and its duplicates, in one of the ways they come.
fn duplicates(dice: &mut Dice, n: usize) -> Vec<Vec<Row>> {
    let main = |dice: &mut Dice, n| vec![clean(dice, n)];
    let of = |dice: &mut Dice, n: usize, main: &str| {
        let row = clean(dice, n).with(&[("Duplicate Of", main), ("Result Codes", "R09")]);
        // Most are closed as what they are.
        vec![if dice.chance(80) { row.with(&[DUPLICATE]) } else { row }]
    };
    match dice.roll(11) {
        0 => vec![main(dice, n), of(dice, n + 1, &number(n))],
        1 => vec![of(dice, n, &number(n + 1)), main(dice, n + 1)],
        2 => {
            let mut logs = vec![several(dice, n)];
            logs.extend((1..4).map(|other| of(dice, n + other, &number(n))));
            logs
        }
        3 => vec![main(dice, n), of(dice, n + 1, &number(n)), of(dice, n + 2, &number(n + 1))],
        4 => vec![of(dice, n, &number(n + 1)), of(dice, n + 1, &number(n + 2)), main(dice, n + 2)],
        5 => vec![of(dice, n, &number(n + 1)), of(dice, n + 1, &number(n))],
        6 => vec![of(dice, n, &number(n))],
        7 => {
            let named = never_told(dice);
            vec![of(dice, n, &named), of(dice, n + 1, &named)]
        }
        8 => vec![vec![clean(dice, n).with(&[DUPLICATE])]],
        9 => {
            let main = main(dice, n);
            let phone = main[0].cell("Caller Contact Phone No_").to_owned();
            let again = of(dice, n + 1, &number(n))[0].clone();
            vec![main, vec![again.with(&[("Caller Contact Phone No_", &phone)])]]
        }
        _ => {
            let late = [
                ("Date Time Received", "09/03/2026 17:40"),
                ("Date Time Closed", "09/03/2026 17:50"),
            ];
            let late = of(dice, n + 1, &number(n))[0].clone().with(&late);
            vec![main(dice, n), vec![late], of(dice, n + 2, &number(n))]
        }
    }
}

const DUPLICATE: (&str, &str) = ("Final Classification", "Admin - Duplicate");

/// The versions of a log that ends so, or nearly so, oldest first.
fn history(dice: &mut Dice, last: Vec<Row>) -> Vec<Vec<Row>> {
    let all = |rows: &[Row], cells: &[(&str, &str)]| -> Vec<Row> {
        rows.iter().map(|row| row.clone().with(cells)).collect()
    };
    let open = [
        ("Status", "OPEN"),
        ("Date Time Closed", ""),
        ("Final Classification", ""),
        ("Result Codes", ""),
    ];
    let reopened = [("Status", "REACTIVATED")];
    let coded = |column| last.iter().all(|row| !["", "RTC", "Admin"].contains(&row.cell(column)));
    let is_coded = coded("Initial Classification") && coded("Final Classification");
    let agrees = last.iter().all(|row| {
        let same = |column| row.cell(column) == last[0].cell(column);
        same("Initial Classification") && same("Final Classification")
    });
    match dice.roll(10) {
        0..2 => vec![all(&last, &open), last],
        2 => vec![all(&last, &open), last.clone(), all(&last, &reopened), last],
        3 => vec![last.clone(), all(&last, &reopened)],
        4 => {
            let others = ["Animals", "Domestic - Non Crime", "Crime - Theft", "Hoax Call"];
            vec![all(&last, &[("Final Classification", dice.pick(&others))]), last]
        }
        5 => {
            let mut first = last.clone();
            first[0] = first[0].clone().with(&[("Caller Contact Phone No_", &mobile(dice))]);
            vec![first, last]
        }
        6 => {
            let marked = all(&last, &[("Contact Marker", "DOM")]);
            if dice.chance(50) { vec![marked, last] } else { vec![last, marked] }
        }
        // A log that names a crime is not asked for its codes as well.
        7 if is_coded && agrees => {
            vec![last.clone(), all(&last, &[("Crime Reference", "41/90002/26")])]
        }
        8 => {
            let before = if dice.chance(50) { never_told(dice) } else { number(dice.roll(LOGS)) };
            vec![all(&last, &[("Duplicate Of", &before), DUPLICATE]), last]
        }
        _ => {
            let mut first = last.clone();
            first.push(first[0].clone().with(&[("Caller Contact Phone No_", &mobile(dice))]));
            vec![first, last]
        }
    }
}

/// The rows as the file taken then tells them.
fn dated(file: usize, rows: Vec<Row>) -> Vec<Row> {
    let at = written(taken(file));
    rows.into_iter().map(|row| row.with(&[("Extracted At", &at)])).collect()
}

/// A file of crime links: by log, by person, by both.
fn links(dice: &mut Dice) -> Vec<Link> {
    let mut links = Vec::new();
    for n in 0..60 {
        let by_log = n % 4 != 0;
        let by_person = n % 4 == 0 || n % 10 == 1;
        let log = if dice.chance(5) { never_told(dice) } else { number(dice.roll(LOGS)) };
        let person = u16::try_from(dice.roll(1000)).unwrap();
        links.push(Link { log: by_log.then_some(log), person: by_person.then_some(person) });
    }
    links
}

/// A file of the force's logs. Its last row cannot be read, which tells when the file has been.
fn extract(rows: &[Row]) -> String {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut body = format!("{},{EMPTY}\n", COLUMNS.join(","));
    let unreadable = rows[0].clone().with(&[("Log Number", "")]);
    for row in rows.iter().chain([&unreadable]) {
        let cells: Vec<_> = row.0.iter().map(quoted).collect();
        body.push_str(&cells.join(","));
        body.push_str(",,\n");
    }
    body
}

/// A file of crime links, with a last row that cannot be read.
fn crimes(file: usize, links: &[Link]) -> String {
    let mut body = "Investigation Ref,STORM Log Number,Contact Phone\n".to_owned();
    for (n, link) in links.iter().enumerate() {
        let log = link.log.as_deref().unwrap_or_default();
        let phone = link.person.map_or_else(String::new, |who| format!("07700 900{who:03}"));
        body.push_str(&format!("41/{file}{n:03}/26,{log},{phone}\n"));
    }
    body.push_str("41/99999/26,,\n");
    body
}

/// Chance that comes out the same for one seed.
struct Dice(u64);

impl Dice {
    /// A number below `sides` (splitmix64).
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(sides).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    /// Some of the numbers below `sides`, rising.
    fn some(&mut self, sides: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..sides).collect();
        while all.len() > count {
            all.remove(self.roll(all.len()));
        }
        all
    }
}

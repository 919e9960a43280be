//! What the logs come to, worked out from the invented rows and the words of `docs/rules.md`.
//!
//! Independent of the product: it knows no profile, no table of rules and no logbook, and reads
//! neither files nor table. It may be slow, and it looks at everything at once, in no order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::{DateTime, date};

use super::invented::{Link, Night, Row};

/// What was decided about one caller of one log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decided {
    /// The last three digits of a mobile.
    pub(crate) person: Option<u16>,
    pub(crate) verdict: String,
    pub(crate) rules: BTreeSet<String>,
}

/// What everything comes to.
#[derive(Debug, Default)]
pub(crate) struct End {
    /// The callers of each log's latest version.
    pub(crate) callers: BTreeMap<String, Vec<Decided>>,
    /// Who waits for a text, and about which incident.
    pub(crate) planned: BTreeSet<(String, u16)>,
}

impl End {
    /// How many callers have each verdict and each rule.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for caller in self.callers.values().flatten() {
            *counts.entry(caller.verdict.clone()).or_default() += 1;
            for rule in &caller.rules {
                *counts.entry(rule.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// How this, the expected end, differs from what was found: counts, then who is concerned.
    pub(crate) fn differences(&self, found: &Self) -> String {
        let mut told = String::new();
        let (expected, counted) = (self.counts(), found.counts());
        let names: BTreeSet<_> = expected.keys().chain(counted.keys()).collect();
        for name in names {
            let count = |counts: &BTreeMap<_, usize>| counts.get(name).copied().unwrap_or_default();
            let (expected, found) = (count(&expected), count(&counted));
            if expected != found {
                writeln!(told, "{name}: expected {expected}, found {found}").unwrap();
            }
        }
        let numbers: BTreeSet<_> = self.callers.keys().chain(found.callers.keys()).collect();
        let differ = |number: &&&String| self.callers.get(**number) != found.callers.get(**number);
        for number in numbers.iter().filter(differ).take(8) {
            let (expected, found) = (self.callers.get(*number), found.callers.get(*number));
            writeln!(told, "{number}\n  expected {expected:?}\n  found    {found:?}").unwrap();
        }
        for (incident, person) in self.planned.difference(&found.planned).take(8) {
            writeln!(told, "not planned: {person:03} about {incident}").unwrap();
        }
        for (incident, person) in found.planned.difference(&self.planned).take(8) {
            writeln!(told, "planned, and should not be: {person:03} about {incident}").unwrap();
        }
        told
    }
}

/// When the files come.
const NOW: DateTime = date(2026, 3, 10).at(6, 30, 0, 0);

/// Folds everything that was invented.
pub(crate) fn fold(night: &Night) -> End {
    let logs = latest(&night.rows);
    let mut end = End::default();
    for incident in incidents(&logs) {
        decide(&logs, &incident, &night.links, &mut end);
    }
    end
}

/// The latest version of each log: what is extracted last replaces what was before.
fn latest(rows: &[Row]) -> BTreeMap<&str, Log<'_>> {
    let mut logs = BTreeMap::<&str, Log<'_>>::new();
    for row in rows {
        let log = logs.entry(row.cell("Log Number")).or_default();
        let newest = log.rows.first().map(|row| moment(row.cell("Extracted At")));
        let at = moment(row.cell("Extracted At"));
        if newest.is_some_and(|newest| newest < at) {
            log.rows.clear();
        }
        if newest.is_none_or(|newest| newest <= at) {
            log.rows.push(row);
        }
    }
    logs
}

/// Logs that hang together by their main logs, each set with numbers that nobody extracted.
fn incidents<'a>(logs: &BTreeMap<&'a str, Log<'a>>) -> Vec<BTreeSet<&'a str>> {
    let mut ties = BTreeMap::<&str, Vec<&str>>::new();
    for (number, log) in logs {
        ties.entry(*number).or_default();
        if let Main::Other(main) = log.main() {
            ties.entry(*number).or_default().push(main);
            ties.entry(main).or_default().push(*number);
        }
    }
    let mut incidents = Vec::new();
    let mut seen = BTreeSet::new();
    for number in ties.keys() {
        let mut incident = BTreeSet::new();
        let mut open = vec![*number];
        while let Some(number) = open.pop() {
            if seen.insert(number) {
                incident.insert(number);
                open.extend(&ties[number]);
            }
        }
        incidents.push(incident);
    }
    incidents
}

/// Decides every caller of an incident.
fn decide<'a>(
    logs: &BTreeMap<&'a str, Log<'a>>,
    incident: &BTreeSet<&'a str>,
    links: &[Link],
    end: &mut End,
) {
    let known: Vec<(&str, &Log<'_>)> =
        incident.iter().filter_map(|number| Some((*number, logs.get(number)?))).collect();
    let all: Vec<&Log<'_>> = known.iter().map(|(_, log)| *log).collect();
    let linked = |link: &Link| link.log.as_deref().is_some_and(|log| incident.contains(log));
    let investigated = links.iter().any(linked);

    // Everything that any call of a person about the incident has against it counts for that person.
    let mut calls = Vec::new();
    let mut people = BTreeMap::<u16, BTreeSet<String>>::new();
    for (number, log) in &known {
        let told = told(logs, number);
        let of_log = of_log(number, log, told, &all, investigated);
        for caller in log.callers() {
            let mut rules = of_log.clone();
            of_caller(&caller, &mut rules);
            if let Some(person) = caller.person {
                people.entry(person).or_default().extend(rules.iter().cloned());
            }
            calls.push((*number, told, caller, rules));
        }
    }
    for (number, told, caller, own) in calls {
        let mut rules = caller.person.map_or(own, |person| people[&person].clone());
        // A person's own file is opened only when nothing else denies.
        let by_phone = |link: &Link| link.person.is_some() && link.person == caller.person;
        if rules.is_empty() && links.iter().any(by_phone) {
            rules.insert("elig.hold.crime".to_owned());
        }
        let verdict = match () {
            () if rules.iter().any(|rule| rule.starts_with("elig.never.")) => "never",
            () if rules.is_empty() => "text",
            () => "hold",
        };
        if rules.is_empty() {
            end.planned.insert((told.unwrap().0.to_owned(), caller.person.unwrap()));
        }
        let decided = Decided { person: caller.person, verdict: verdict.to_owned(), rules };
        let decisions = end.callers.entry(number.to_owned()).or_default();
        decisions.push(decided);
        decisions.sort();
    }
}

/// The log that tells the outcome: the main log, or the main log's main log, and so on.
fn told<'a, 'b>(
    logs: &'b BTreeMap<&'a str, Log<'a>>,
    number: &'a str,
) -> Option<(&'a str, &'b Log<'a>)> {
    let (mut number, mut seen) = (number, BTreeSet::new());
    while seen.insert(number) {
        let log = logs.get(number)?;
        match log.main() {
            Main::Itself => return Some((number, log)),
            Main::Other(main) => number = main,
            Main::Unnamed => return None,
        }
    }
    None
}

/// The rules that do not ask who rang.
fn of_log(
    number: &str,
    own: &Log<'_>,
    told: Option<(&str, &Log<'_>)>,
    all: &[&Log<'_>],
    investigated: bool,
) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    let mut rule = |name: &str, matches: bool| {
        if matches {
            rules.insert(format!("elig.{name}"));
        }
    };
    let main = told.filter(|(told, _)| *told != number).map(|(_, log)| log);
    let told = told.map(|(_, log)| log);
    let any = |is: &dyn Fn(&Log<'_>) -> bool| all.iter().any(|log| is(log));
    let either = |is: &dyn Fn(&Log<'_>) -> bool| is(own) || told.is_some_and(is);

    // What any log of the incident says of what happened.
    for log in all {
        for label in log.labels().into_iter().flatten() {
            if let Label::Never(name) = label_of(label) {
                rule(name, true);
            }
        }
    }
    let marked = |code: &str| any(&|log| log.markers().contains(code));
    let qualified = |codes: &[&str]| any(&|log| log.has("Qualifiers", codes));
    rule("never.domestic", marked("DOM") || qualified(&["DA", "HB"]));
    rule("never.sudden-death", marked("DEATH"));
    rule("hold.qualifier", marked("WEAPON") || marked("VULN") || qualified(&HOLDING));
    rule("hold.qualifier-unknown", qualified(&["ZZ"]));
    rule("hold.crime", investigated || any(&|log| log.is_crimed()));

    // What the caller's own log says of who rang, and how.
    let of_caller = own.markers();
    rule("never.abandoned-call", of_caller.contains("SILENT"));
    rule("never.anonymous", of_caller.contains("ANON"));
    let unsafe_codes = ["NOCALL", "3RDPTY", "NEW"];
    rule("never.unsafe", unsafe_codes.iter().any(|code| of_caller.contains(code)));
    // Two codes that mean the same do not contradict each other.
    let sources: BTreeSet<_> = own.rows.iter().map(|row| source(row.cell("Source"))).collect();
    rule("hold.source", sources == BTreeSet::from(["nobody"]));
    rule("hold.source-unknown", sources.len() > 1 || sources.contains("unknown"));

    // How far the caller's log and the one that tells the outcome have come.
    let status = |log: &Log<'_>, codes: &[&str]| {
        log.agreed("Status").is_some_and(|status| codes.contains(&status))
    };
    rule(
        "hold.not-closed",
        either(&|log| {
            status(log, &["OPEN", "DEPLOYED"])
                || status(log, &["CLOSED"]) && log.at("Date Time Closed").is_none()
        }),
    );
    rule("hold.reopened", either(&|log| status(log, &["REACTIVATED"])));
    rule("hold.transferred", either(&|log| status(log, &["TRANSFERRED"])));
    let statuses = ["OPEN", "DEPLOYED", "CLOSED", "REACTIVATED", "TRANSFERRED"];
    rule("hold.status-unknown", either(&|log| !status(log, &statuses)));
    rule(
        "hold.dates",
        either(&|log| {
            let (opened, closed) = (log.opened(), log.at("Date Time Closed"));
            opened > NOW || closed.is_some_and(|closed| closed > NOW || closed < opened)
        }),
    );
    for (n, name) in ["hold.opening-unknown", "hold.closing-unknown"].into_iter().enumerate() {
        let unknown = |label: &str| matches!(label_of(label), Label::Unknown);
        rule(name, either(&|log| log.labels()[n].is_none_or(unknown)));
    }

    // What the log that tells the outcome has to tell.
    rule("hold.duplicate", told.is_none());
    let closed = told.and_then(|told| told.at("Date Time Closed"));
    rule("hold.duplicate-later", main.is_some() && closed.is_some_and(|at| own.opened() > at));
    let Some(told) = told else { return rules };
    let [opening, closing] = told.labels().map(|label| label.is_some_and(is_answered));
    let may_ask = |label: Option<&str>| {
        label.is_some_and(|label| is_answered(label) || main.is_some() && label == DUPLICATE)
    };
    let is_answered = opening && closing && own.labels().into_iter().all(may_ask);
    rule("hold.no-campaign", !is_answered);
    rule(
        "hold.stale",
        is_answered && closed.is_some_and(|at| at < NOW - jiff::Span::new().days(7)),
    );
    let results: BTreeSet<_> = told.codes("Result Codes").into_iter().map(outcome).collect();
    let some_row_tells_none = told.rows.iter().any(|row| row.cell("Result Codes").is_empty());
    let unknown = some_row_tells_none || results.contains("unknown");
    rule("hold.result-unknown", unknown);
    rule("hold.results-differ", !unknown && results.len() > 1);
    let has_words = |outcome: &&str| !["advice-given", "recorded"].contains(outcome);
    let told_one = !unknown && results.len() == 1;
    rule("hold.no-words", is_answered && told_one && !results.iter().all(has_words));
    rules
}

/// The rules that ask who rang.
fn of_caller(caller: &Caller, rules: &mut BTreeSet<String>) {
    let mut rule = |name: &str, matches: bool| {
        if matches {
            rules.insert(format!("elig.{name}"));
        }
    };
    rule("hold.phone", caller.person.is_none());
    rule("never.suspect", caller.role == "suspect");
    rule("never.child", caller.role == "child");
    rule("hold.role", ["involved", "professional"].contains(&caller.role));
    rule("hold.role-unknown", ["", "unknown"].contains(&caller.role));
    rule("never.unsafe", caller.consent == "no");
    rule("hold.consent-unknown", ["", "unknown"].contains(&caller.consent));
}

/// The latest version of a log: all its rows.
#[derive(Default)]
struct Log<'a> {
    rows: Vec<&'a Row>,
}

/// Where a log's outcome is told.
enum Main<'a> {
    Itself,
    Other(&'a str),
    Unnamed,
}

impl<'a> Log<'a> {
    /// What all rows say; where they contradict each other, none is believed.
    fn agreed(&self, column: &str) -> Option<&'a str> {
        let first = self.rows[0].cell(column);
        self.rows.iter().all(|row| row.cell(column) == first).then_some(first)
    }

    /// Every code that any row has.
    fn codes(&self, column: &str) -> BTreeSet<&'a str> {
        self.rows.iter().flat_map(|row| row.cell(column).split_whitespace()).collect()
    }

    fn has(&self, column: &str, codes: &[&str]) -> bool {
        self.codes(column).iter().any(|code| codes.contains(code))
    }

    fn at(&self, column: &str) -> Option<DateTime> {
        self.agreed(column).filter(|cell| !cell.is_empty()).map(moment)
    }

    fn opened(&self) -> DateTime {
        self.at("Date Time Received").unwrap()
    }

    /// The first and the last category.
    fn labels(&self) -> [Option<&'a str>; 2] {
        ["Initial Classification", "Final Classification"].map(|column| self.agreed(column))
    }

    /// The codes of its markers, and what its free text says in words.
    fn markers(&self) -> BTreeSet<&str> {
        let mut markers = self.codes("Contact Marker");
        for row in &self.rows {
            let text = row.cell("Message").to_lowercase();
            let said = WORDS.iter().filter(|(words, _)| text.contains(words));
            markers.extend(said.map(|(_, code)| *code));
        }
        markers
    }

    fn is_crimed(&self) -> bool {
        let labels = self.labels().into_iter().flatten();
        !self.codes("Crime Reference").is_empty()
            || labels.map(label_of).any(|label| matches!(label, Label::Crime))
    }

    fn main(&self) -> Main<'a> {
        let named: Vec<_> = self.codes("Duplicate Of").into_iter().collect();
        match named.as_slice() {
            [main] => Main::Other(main),
            [] if !self.labels().contains(&Some(DUPLICATE)) => Main::Itself,
            _ => Main::Unnamed,
        }
    }

    /// Each caller once; two rows of one person count as two when they differ in what they mean.
    fn callers(&self) -> BTreeSet<Caller> {
        let caller = |row: &&Row| Caller {
            person: person(row.cell("Caller Contact Phone No_")),
            has_number: !row.cell("Caller Contact Phone No_").is_empty(),
            role: role(row.cell("Caller Type")),
            consent: consent(row.cell("Text Consent")),
        };
        self.rows.iter().map(caller).collect()
    }
}

/// A caller as far as it matters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Caller {
    person: Option<u16>,
    has_number: bool,
    role: &'static str,
    consent: &'static str,
}

// ---------------------------------------------------------------- what the force's codes mean

const DUPLICATE: &str = "Admin - Duplicate";

/// Qualifiers that say somebody may be at risk, or that another body deals with it.
const HOLDING: [&str; 6] = ["MH", "OF", "WP", "DA", "HB", "YR"];

/// Words of a message, and the marker they stand for.
const WORDS: [(&str, &str); 5] = [
    ("don't ring back", "NOCALL"),
    ("anonymous", "ANON"),
    ("ex-partner", "DOM"),
    ("fatal", "DEATH"),
    ("knife", "WEAPON"),
];

enum Label {
    Never(&'static str),
    Crime,
    Unknown,
    Other,
}

fn label_of(label: &str) -> Label {
    Label::Never(match label {
        "Domestic - Non Crime" => "never.domestic",
        "Abandoned 999" => "never.abandoned-call",
        "Sudden Death" => "never.sudden-death",
        "Transport - RTC - Injury" | "Transport - RTC - Fatal" => "never.injury",
        "Missing Person" => "never.missing",
        "Absconder / Wanted / Bail" => "never.wanted",
        "Firearms" => "never.firearms",
        "Immigration" => "never.immigration",
        "Suspicious Package" => "never.suspicious-package",
        "ASB - Personal" => "never.asb-personal",
        "Hoax Call" => "never.hoax",
        "Civil Dispute" => "never.civil-dispute",
        "Admin - Error" | "Admin - Message" | "Admin - Test" => "never.administration",
        _ if label.starts_with("Crime - ") => return Label::Crime,
        "" | "RTC" | "Admin" => return Label::Unknown,
        _ => return Label::Other,
    })
}

/// Whether the campaign answers this category.
fn is_answered(label: &str) -> bool {
    ["Transport - Highways Disruption", "Transport - RTC - Damage Only"].contains(&label)
}

fn source(code: &str) -> &'static str {
    match code {
        "999" => "emergency",
        "101" | "TEL" => "telephone",
        "WEB" | "EML" => "online",
        "FLAG" => "in person",
        "POL" | "ALM" => "nobody",
        _ => "unknown",
    }
}

fn outcome(code: &str) -> &'static str {
    match code {
        "R01" | "R11" => "checked-clear",
        "R02" => "cleared",
        "R03" => "passed-to-highways",
        "R04" => "animal-dealt",
        "R05" => "vehicle-recovered",
        "R06" => "other-service-dealt",
        "R07" => "not-found",
        "R08" => "not-attended",
        "R09" => "already-known",
        "R10" => "thanked",
        "R12" => "dealt-with",
        "R20" => "advice-given",
        "R25" => "recorded",
        _ => "unknown",
    }
}

fn role(code: &str) -> &'static str {
    match code.trim().to_uppercase().as_str() {
        "WITNESS" | "PASSER-BY" | "RESIDENT" => "public",
        "DRIVER" | "VICTIM" => "involved",
        "AGENCY" => "professional",
        "SUSPECT" => "suspect",
        "UNDER 18" => "child",
        "" => "",
        _ => "unknown",
    }
}

fn consent(code: &str) -> &'static str {
    match code {
        "Y" | "YES" => "yes",
        "N" => "no",
        "" => "",
        _ => "unknown",
    }
}

/// The last three digits of a mobile of the range kept for drama.
fn person(phone: &str) -> Option<u16> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let (front, last) = digits.split_at(digits.len().saturating_sub(3));
    front.ends_with("7700900").then(|| last.parse().unwrap())
}

fn moment(cell: &str) -> DateTime {
    DateTime::strptime("%d/%m/%Y %H:%M", cell).unwrap()
}

//! Extracts as forces write them, and what goes wrong with them on the way.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use domain::evidence::Claim;
use domain::feed::{self, Reject};
use domain::force::{FeedFile, Profile, ProfileFile, Reading, Report};
use domain::incident::{Coded, Consent, Marker, Role, Status};
use domain::phone::DramaNumbers;
use jiff::Timestamp;
use proptest::prelude::*;

const HERTFORDSHIRE: &str = include_str!("../../../infra/forces/hertfordshire.toml");
const WEEK: &[u8] = include_bytes!("../../../events/ingest/storm-week.csv");
const DETAIL: &[u8] = include_bytes!("../../../events/ingest/storm-detail.tsv");

fn file(more: &str) -> ProfileFile {
    toml::from_str(&format!("{HERTFORDSHIRE}\n{more}")).unwrap()
}

fn hertfordshire() -> Profile {
    file("").check().unwrap()
}

/// What is wrong with a profile.
fn problems(file: &ProfileFile) -> Vec<String> {
    file.check().err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn read_by(profile: &Profile, feed: &FeedFile, bytes: &[u8]) -> Vec<Result<Report, Reject>> {
    let mut rows = feed::open(bytes, feed).unwrap().unwrap_or_else(|why| panic!("{why}"));
    let header = rows.header();
    let taken_at: Timestamp = "2026-03-10T06:30:00Z".parse().unwrap();
    let reading = Reading { header: &header, taken_at, drama: DramaNumbers::Allowed };
    let mut reports = Vec::new();
    while let Some(row) = rows.read().unwrap() {
        reports.push(row.and_then(|row| profile.incident(feed, &reading, &row)));
    }
    reports
}

fn read(name: &str, bytes: &[u8]) -> Vec<Result<Report, Reject>> {
    let profile = hertfordshire();
    read_by(&profile, profile.feed(name).unwrap(), bytes)
}

/// A row of the feed `storm`, by column; what is not said is as in a row that could be texted.
fn row(cells: &[(&str, &str)]) -> String {
    const ROW: [(&str, &str); 22] = [
        ("Log Number", "HC-20260303-0546"),
        ("Extracted At", "10/03/2026 06:00:00"),
        ("Beat Code", "HB11"),
        ("Date Time Received", "03/03/2026 14:47"),
        ("Date Time Closed", "03/03/2026 20:27"),
        ("Status", "CLOSED"),
        ("Source", "101"),
        ("Initial Classification", "Transport - Highways Disruption"),
        ("Final Classification", "Transport - Highways Disruption"),
        ("Result Codes", "R02"),
        ("Qualifiers", ""),
        ("Attended", "Y"),
        ("First Arrived", "03/03/2026 15:02"),
        ("Duplicate Of", ""),
        ("Crime Reference", ""),
        ("Caller Contact Name", ""),
        ("Caller Contact Phone No_", "07700900123"),
        ("Caller Type", "PASSER-BY"),
        ("Text Consent", "Y"),
        ("Contact Marker", ""),
        ("Caller Contact Add Info", ""),
        ("Message", "STRAW ON THE BEND"),
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let cell = |(name, usual): &(&str, &str)| {
        let said = cells.iter().find(|(column, _)| column == name);
        quoted(said.map_or(*usual, |(_, said)| said))
    };
    let header: Vec<String> = ROW.iter().map(|(name, _)| quoted(name)).collect();
    let row: Vec<String> = ROW.iter().map(cell).collect();
    format!("{}\r\n{}\r\n", header.join(","), row.join(","))
}

fn one(cells: &[(&str, &str)]) -> Result<Report, Reject> {
    let mut reports = read("storm", row(cells).as_bytes());
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

fn refused(cells: &[(&str, &str)], column: &str, reason: &str) {
    let reject = one(cells).unwrap_err();
    assert_eq!((reject.column.as_str(), reject.reason.as_str()), (column, reason), "{cells:?}");
}

// ---------------------------------------------------------------- spreadsheets and exports

#[test]
fn an_arrival_before_the_call_is_not_believed() {
    // What a twelve-hour clock without am and pm does to 15:02.
    let report = one(&[("First Arrived", "03/03/2026 03:02")]).unwrap();
    assert!(report.log.arrived_at.unwrap() < report.log.opened_at);
    let campaign = include_str!("../../../infra/campaigns/highways.toml");
    let campaign: domain::campaign::CampaignFile = toml::from_str(campaign).unwrap();
    let campaign = campaign.check().unwrap();
    let Some(Coded::Known(outcome)) = report.log.results.first() else { panic!("{report:?}") };
    let words = &campaign.words[outcome];
    assert!(words.claims.contains(&Claim::Cleared));
    assert!(domain::evidence::support(words, &report.log, outcome).is_none());
}

#[test]
fn what_excel_does_to_a_number_is_undone_or_refused() {
    let phone = |text: &str| {
        let report = one(&[("Caller Contact Phone No_", text)]).unwrap();
        report.caller.mobile().map(|mobile| mobile.expose().to_owned())
    };
    let good = Some("+447700900123".to_owned());
    for text in [
        "'07700900123",
        "7700900123",
        "7700900123.0",
        "=\"07700900123\"",
        "+447700900123",
        " 07700 900123 ",
        "4.47700900123E+11",
    ] {
        assert_eq!(phone(text), good, "{text}");
    }
    for text in ["4.47701E+11", "7.7009E+09", "0770090012", "########"] {
        assert_eq!(phone(text), None, "{text}");
    }
    let formula = "caller_phone: is a formula, not a value";
    refused(&[("Caller Contact Phone No_", "=07700900123")], "Caller Contact Phone No_", formula);
    refused(&[("Caller Contact Phone No_", "=A2")], "Caller Contact Phone No_", formula);
}

#[test]
fn a_formula_is_refused_in_every_column_that_is_read_but_free_text() {
    for column in ["Log Number", "Status", "Date Time Closed", "Result Codes", "Contact Marker"] {
        let reject = one(&[(column, "=HYPERLINK(1)")]).unwrap_err();
        assert_eq!(reject.column, column);
        assert!(reject.reason.ends_with("is a formula, not a value"), "{}", reject.reason);
    }
    one(&[("Message", "=1 LANE BLOCKED")]).unwrap();
    assert_eq!(one(&[("Result Codes", "=\"R02 R10\"")]).unwrap().log.results.len(), 2);
}

#[test]
fn commas_marks_and_line_breaks_stand_in_a_cell() {
    let report = one(&[("Message", "A414, o/s \"Hobbinger\"\r\n\r\ncaller anon\n")]).unwrap();
    assert_eq!(report.log.markers, [Marker::Anonymous]);
}

#[test]
fn a_qualifier_of_the_forces_own_that_says_nothing_of_a_person_holds_nobody() {
    let mut file = file("");
    file.codes.qualifiers.insert("HAZ".to_owned(), "Local".to_owned());
    let profile = file.check().unwrap();
    let bytes = row(&[("Qualifiers", "HAZ GI ZZ")]);
    let reports = read_by(&profile, profile.feed("storm").unwrap(), bytes.as_bytes());
    let report = reports[0].as_ref().unwrap();
    let good_intent = Coded::Known(domain::nsir::Qualifier::CallMadeWithGoodIntent);
    assert_eq!(report.log.qualifiers, [good_intent, Coded::Unknown("ZZ".to_owned())]);
    assert_eq!(report.unknown, [("qualifiers", "ZZ".to_owned())]);
}

#[test]
fn several_result_codes_are_several_meanings() {
    let report = one(&[("Result Codes", " R02  R99 ")]).unwrap();
    assert_eq!(report.log.results[1], Coded::Unknown("R99".to_owned()));
    assert_eq!(report.unknown, [("results", "R99".to_owned())]);
}

#[test]
fn space_around_a_code_does_not_matter() {
    let report = one(&[("Status", " closed  "), ("Caller Type", "Passer-By ")]).unwrap();
    assert_eq!(report.log.status, Coded::Known(Status::Closed));
    assert_eq!(report.caller.role, Coded::Known(Role::Public));
}

#[test]
fn windows_1252_and_utf_8_stand_in_one_file() {
    let mut bytes = row(&[("Message", "caf\u{e9}, ANON")]).into_bytes();
    let second = row(&[("Message", "CAF?, ANON")]).replace("\"Status\"", "");
    let second = second.lines().nth(1).unwrap().replace('?', "\u{1}");
    bytes.extend(second.bytes().map(|byte| if byte == 1 { 0xe9 } else { byte }));
    let reports = read("storm", &bytes);
    assert_eq!(reports.len(), 2);
    for report in reports {
        assert_eq!(report.unwrap().log.markers, [Marker::Anonymous]);
    }
}

#[test]
fn a_renamed_or_lost_column_stops_the_file_and_another_order_does_not() {
    let profile = hertfordshire();
    let feed = profile.feed("storm").unwrap();
    let why =
        |bytes: &str| feed::open(bytes.as_bytes(), feed).unwrap().err().map(|e| e.to_string());
    let usual = row(&[]);
    assert_eq!(why(&usual), None);
    let renamed = why(&usual.replace("Text Consent", "Texts Consent")).unwrap();
    assert!(renamed.starts_with("the header lacks \"Text Consent\"; it has "), "{renamed}");
    let lost = why(&usual.replace("\"Status\",", "")).unwrap();
    assert!(lost.starts_with("the header lacks \"Status\""), "{lost}");
    let twice = why(&usual.replace("\"Attended\"", "\"Status\"")).unwrap();
    assert_eq!(twice, "the header names \"Status\" twice");
}

#[test]
fn a_crimes_label_is_known() {
    let report = one(&[("Final Classification", "Crime - Theft")]).unwrap();
    assert!(report.log.crimed);
    assert_eq!(report.log.closing, Coded::Unknown("Crime - Theft".to_owned()));
    assert_eq!(report.unknown, []);
}

// ---------------------------------------------------------------- what a profile may say

#[test]
fn a_blank_may_mean_only_what_denies_or_claims_less() {
    let with = |table: &str, meaning: &str| {
        let mut file = file("");
        let codes = &mut file.codes;
        let table = match table {
            "status" => &mut codes.status,
            "categories" => &mut codes.categories,
            "results" => &mut codes.results,
            "qualifiers" => &mut codes.qualifiers,
            "sources" => &mut codes.sources,
            "roles" => &mut codes.roles,
            "consent" => &mut codes.consent,
            "attended" => &mut codes.attended,
            _ => &mut codes.markers,
        };
        table.insert(String::new(), meaning.to_owned());
        file
    };
    for (table, meaning) in [
        ("status", "open"),
        ("roles", "involved"),
        ("roles", "suspect"),
        ("roles", "professional"),
        ("roles", "child"),
        ("consent", "no"),
        ("sources", "not-a-person"),
        ("attended", "no"),
    ] {
        assert_eq!(problems(&with(table, meaning)), Vec::<String>::new(), "{table} {meaning}");
    }
    for (table, meaning) in [
        ("status", "closed"),
        ("status", "reopened"),
        ("categories", "Highway Disruption"),
        ("categories", "Crime"),
        ("results", "cleared"),
        ("qualifiers", "Wildlife"),
        ("roles", "public"),
        ("consent", "yes"),
        ("sources", "telephone"),
        ("attended", "yes"),
        ("markers", "anonymous"),
    ] {
        assert_eq!(
            problems(&with(table, meaning)),
            [format!(
                "codes.{table}.\"\": a blank may not mean {meaning:?}: it may only deny, or claim less"
            )]
        );
    }
    let profile = with("consent", "no").check().unwrap();
    let bytes = row(&[("Text Consent", " ")]);
    let reports = read_by(&profile, profile.feed("storm").unwrap(), bytes.as_bytes());
    assert_eq!(reports[0].as_ref().unwrap().caller.consent, Coded::Known(Consent::No));
}

#[test]
fn a_profile_that_could_be_misread_is_refused() {
    let storm = |change: &dyn Fn(&mut FeedFile)| {
        let mut file = file("");
        change(file.feeds.get_mut("storm").unwrap());
        problems(&file).join("; ")
    };
    let formats = |formats: [&str; 2]| formats.map(str::to_owned).to_vec();
    assert!(
        storm(&|feed| feed.dates = formats(["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]))
            .contains("two dates")
    );
    assert!(
        storm(&|feed| feed.dates = formats(["%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M"]))
            .contains("without %p")
    );
    assert!(storm(&|feed| feed.blanks = vec!["NoCall".to_owned()]).contains("is a code"));
    assert!(storm(&|feed| feed.blanks = vec![" ".to_owned()]).contains("blank anyway"));
    let detail = file("").feeds["storm-detail"].clone();
    assert!(storm(&|feed| feed.actions = detail.actions.clone()).contains("belong to the format"));
    assert!(
        storm(&|feed| feed.format = domain::force::Format::LogDetail)
            .contains("where the actions are")
    );
    let mut file = file("");
    let actions = file.feeds.get_mut("storm-detail").unwrap().actions.as_mut().unwrap();
    actions.phrases.insert("CLI".to_owned(), "caller_phone".to_owned());
    actions.questions.clear();
    let problems = problems(&file).join("; ");
    assert!(problems.contains("\"caller_phone\" is none of results"), "{problems}");
    assert!(problems.contains("no column is named for consent"), "{problems}");
}

// ---------------------------------------------------------------- other forms

/// The lines of `row` as cells.
fn cells(csv: &str) -> Vec<Vec<String>> {
    let line = |line: &str| -> Vec<String> {
        line.trim_matches('"').split("\",\"").map(str::to_owned).collect()
    };
    csv.lines().map(line).collect()
}

fn another(change: &dyn Fn(&mut FeedFile), bytes: &str) -> Vec<Result<Report, Reject>> {
    let mut file = file("");
    change(file.feeds.get_mut("storm").unwrap());
    let profile = file.check().unwrap();
    read_by(&profile, profile.feed("storm").unwrap(), bytes.as_bytes())
}

#[test]
fn every_form_of_a_row_is_the_same_report() {
    let usual = row(&[("Result Codes", "R02 R11")]);
    let expected = format!("{:?}", read("storm", usual.as_bytes())[0].as_ref().unwrap());
    let check = |change: &dyn Fn(&mut FeedFile), bytes: &str| {
        let reports = another(change, bytes);
        assert_eq!(reports.len(), 1);
        assert_eq!(format!("{:?}", reports[0].as_ref().unwrap()), expected, "{bytes}");
    };
    check(&|feed| feed.separator = '\t', &usual.replace("\",\"", "\"\t\""));

    let both = cells(&usual);
    let pairs = both[0].iter().zip(&both[1]);
    let object = |list: bool| -> String {
        let pair = |(name, value): (&String, &String)| match name.as_str() {
            "Result Codes" if list => format!("{name:?}:[\"R02\",\"R11\"]"),
            "Caller Contact Phone No_" => format!("{name:?}: 7700900123"),
            "Duplicate Of" => format!("{name:?}: null"),
            "Qualifiers" if list => format!("{name:?}: []"),
            _ => format!("{name:?}:{value:?}"),
        };
        format!("{{{}}}\n", pairs.clone().map(pair).collect::<Vec<_>>().join(", "))
    };
    let json = |feed: &mut FeedFile| feed.format = domain::force::Format::JsonLines;
    check(&json, &object(false));
    check(&json, &object(true));
    // In a list, the separator of lists is a sign like any other.
    let parted = |feed: &mut FeedFile| {
        json(feed);
        feed.list_separator = "0".to_owned();
    };
    check(&parted, &object(true));

    let halves = usual.replace("\"Date Time Received\"", "\"Day\",\"Hour\"");
    let halves = halves.replace("03/03/2026 14:47", "03/03/2026\",\" 14:47");
    let joined = |feed: &mut FeedFile| {
        let both = vec!["Day".to_owned(), "HOUR".to_owned()];
        feed.columns.insert("opened_at".to_owned(), domain::force::Columns::Joined(both));
    };
    check(&joined, &halves);

    let dashes = usual.replace("\"\"", "\" n/a \"");
    check(&|feed| feed.blanks = vec!["N/A".to_owned()], &dashes);
}

#[test]
fn what_a_list_may_not_be_rejects_its_row() {
    let both = cells(&row(&[]));
    let pair = |(name, value): (&String, &String)| match name.as_str() {
        "Status" => format!("{name:?}:[\"CLOSED\"]"),
        _ => format!("{name:?}:{value:?}"),
    };
    let pairs: Vec<String> = both[0].iter().zip(&both[1]).map(pair).collect();
    let json = |feed: &mut FeedFile| feed.format = domain::force::Format::JsonLines;
    let reject = another(&json, &format!("{{{}}}", pairs.join(","))).remove(0).unwrap_err();
    assert_eq!(reject.column, "Status");
    assert_eq!(reject.reason, "status: is a list where one value belongs");
}

#[test]
fn a_profile_is_kept_and_read_again() {
    let file = file("");
    let kept = serde_json::to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<ProfileFile>(&kept).unwrap(), file);
    // One that an earlier release kept has none of what came later.
    let mut old: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let storm = old["feeds"]["storm"].as_object_mut().unwrap();
    for later in ["format", "blanks", "trailer", "actions"] {
        storm.remove(later).unwrap();
    }
    assert_eq!(serde_json::from_value::<ProfileFile>(old).unwrap(), file);
}

// ---------------------------------------------------------------- the log detail

fn detail() -> Vec<Result<Report, Reject>> {
    read("storm-detail", DETAIL)
}

/// The sample log whose number ends so.
fn log(end: &str) -> Report {
    let reports = detail().into_iter().flatten();
    reports.into_iter().find(|report| report.log.number.as_str().ends_with(end)).unwrap()
}

#[test]
fn a_log_and_its_actions_are_one_report() {
    assert_eq!(detail().len(), 13);
    let Report { log, caller, unknown, .. } = log("0701");
    assert_eq!(unknown, []);
    assert_eq!(log.opened_at.to_string(), "2026-03-03T08:12:00Z");
    assert_eq!(log.arrived_at.unwrap().to_string(), "2026-03-03T08:26:00Z");
    assert_eq!(log.attended, Some(true));
    assert_eq!(log.closed_at.unwrap().to_string(), "2026-03-03T09:05:00Z");
    assert_eq!(log.status, Coded::Known(Status::Closed));
    assert_eq!(log.results.len(), 2);
    assert_eq!((log.markers.as_slice(), log.crimed), (&[][..], false));
    assert_eq!(caller.role, Coded::Known(Role::Public));
    assert_eq!(caller.consent, Coded::Known(Consent::Yes));
    assert_eq!(caller.mobile().unwrap().expose(), "+447700900101");
}

#[test]
fn what_came_last_counts_whatever_order_the_actions_stand_in() {
    let status = |end: &str| log(end).log.status;
    assert_eq!(status("0702"), Coded::Known(Status::Reopened));
    assert_eq!(status("0703"), Coded::Known(Status::Closed));
    assert_eq!(log("0703").log.closed_at.unwrap().to_string(), "2026-03-03T11:50:00Z");
    assert_eq!(status("0704"), Coded::Known(Status::Transferred));
    assert_eq!(status("0713"), Coded::Known(Status::Open));
}

#[test]
fn what_actions_say_adds_up() {
    assert_eq!(log("0705").log.qualifiers.len(), 3);
    assert_eq!(log("0706").log.arrived_at, None);
    assert_eq!(log("0706").log.attended, None);
    assert_eq!(log("0707").log.markers, [Marker::Anonymous]);
    assert_eq!(log("0708").log.cross_refs[0].as_str(), "HC-20260303-0701");
    assert!(log("0709").log.crimed);
    assert_eq!(log("0712").caller.role, Coded::Known(Role::Public));
    assert_eq!(log("0712").caller.consent, Coded::Known(Consent::No));
}

#[test]
fn no_action_gives_a_telephone_number() {
    assert_eq!(log("0710").caller.mobile(), None);
}

#[test]
fn a_log_whose_actions_are_spoilt_costs_its_neighbours_nothing() {
    let rejects: Vec<Reject> = detail().into_iter().filter_map(Result::err).collect();
    assert_eq!(rejects.len(), 1);
    assert!(rejects[0].row.starts_with("HC-20260303-0711\t"), "{:?}", rejects[0]);
    let line = rejects[0].line + 3;
    let reason = format!("line {line}: has 3 cells where a log has 24 and an action 5");
    assert_eq!(rejects[0].reason, reason);
}

#[test]
fn a_log_of_too_many_actions_is_refused_and_its_neighbours_are_not() {
    let text = String::from_utf8(DETAIL.to_vec()).unwrap();
    let at = text.find("HC-20260303-0702").unwrap();
    let action = format!("03/03/2026\t08:59\t{}\t1\t1\r\n", "UPDATE ".repeat(100));
    let long = format!("{}{}{}", &text[..at], action.repeat(2000), &text[at..]);
    let reports = read("storm-detail", long.as_bytes());
    assert_eq!(reports.len(), 13);
    let reject = reports[0].as_ref().unwrap_err();
    assert_eq!(reject.reason, "the log and its actions are longer than 1 MiB");
    assert!(reject.row.len() <= feed::ROW_MAX_BYTES);
    assert!(reports[1].is_ok());
}

#[test]
fn a_header_that_changes_in_mid_file_never_shifts_a_column() {
    let text = String::from_utf8(DETAIL.to_vec()).unwrap();
    let header = text.lines().next().unwrap();
    let (first, rest) = text.split_once("\r\nLog Number\t").unwrap();
    let (_, rows) = rest.split_once("\r\n").unwrap();
    // From the second header on, logs have their status first: they are read by that.
    let moved = |line: &str| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        if cells.len() == 24 {
            let status = cells.remove(7);
            cells.insert(0, status);
        }
        cells.join("\t")
    };
    let after: Vec<String> = format!("{header}\r\n{rows}").split("\r\n").map(moved).collect();
    let reports = read("storm-detail", format!("{first}\r\n{}", after.join("\r\n")).as_bytes());
    let told = |reports: &[Result<Report, Reject>]| -> Vec<String> {
        reports
            .iter()
            .map(|report| format!("{:?}", report.as_ref().map_err(|r| &r.reason)))
            .collect()
    };
    assert_eq!(told(&reports), told(&detail()));
    let renamed = header.replace("Status", "State");
    let reports = read("storm-detail", format!("{first}\r\n{renamed}\r\n{rows}").as_bytes());
    assert!(
        reports[4].as_ref().unwrap_err().reason.contains("lacks \"Status\""),
        "{:?}",
        reports[4]
    );
}

#[test]
fn a_table_of_actions_that_changes_never_hides_its_texts() {
    let text = String::from_utf8(DETAIL.to_vec()).unwrap();
    let usual = "Date\tTime\tText\tAuthorId\tSequence\r\n";
    let rejected = |text: &str| -> Vec<String> {
        let rejects = read("storm-detail", text.as_bytes()).into_iter().filter_map(Result::err);
        rejects.map(|reject| reject.reason).collect()
    };
    // Every table but the first has other columns: no log is read by where they were.
    let at = text.find(usual).unwrap() + usual.len();
    for (header, reason) in [
        ("Date\tTime\tWords\tAuthorId\tSequence\r\n", "an action's date cannot be read"),
        ("Date\tTime\tText\tAuthorId\r\n", "has 5 cells where a log has 24 and an action 4"),
    ] {
        let changed = format!("{}{}", &text[..at], text[at..].replace(usual, header));
        let rejected = rejected(&changed);
        assert_eq!(rejected.len(), 12, "{header}: {rejected:?}");
        assert!(rejected.iter().all(|why| why.contains(reason)), "{header}: {rejected:?}");
    }
    let wide = format!("Date\tTime\tText{}\r\n", "\tMore".repeat(21));
    let rejected = rejected(&text.replace(usual, &wide));
    assert_eq!(rejected.len(), 13, "{rejected:?}");
    let moved = "AuthorId\tDate\tTime\tText\tSequence\r\n";
    let read = read("storm-detail", text.replace(usual, moved).as_bytes());
    assert!(read.iter().all(Result::is_err));
}

#[test]
fn an_actions_table_of_every_length_can_be_cut_anywhere() {
    for end in (0..DETAIL.len()).step_by(37) {
        let profile = hertfordshire();
        let feed = profile.feed("storm-detail").unwrap();
        if let Ok(mut rows) = feed::open(&DETAIL[..end], feed).unwrap() {
            while rows.read().unwrap().is_some() {}
        }
    }
}

// ---------------------------------------------------------------- the order of columns

/// The sample week as rows of cells, its header first.
fn week() -> Vec<Vec<String>> {
    let mut reader = csv_core::Reader::new();
    let (mut output, mut ends) = (vec![0; 1 << 16], vec![0; 64]);
    let mut rest = WEEK;
    let mut rows = Vec::new();
    while !rest.is_empty() && rows.len() < 120 {
        let (_, consumed, _, found) = reader.read_record(rest, &mut output, &mut ends);
        rest = &rest[consumed..];
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let cell = |(start, end): (usize, &usize)| {
            String::from_utf8(output[start..*end].to_vec()).unwrap()
        };
        rows.push(starts.zip(&ends[..found]).map(cell).collect());
    }
    rows.retain(|row: &Vec<String>| row.len() == 25);
    rows
}

fn told(rows: &[Vec<String>]) -> Vec<String> {
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        cells.join(",") + "\r\n"
    };
    let file: String = rows.iter().map(line).collect();
    let told = |report: Result<Report, Reject>| match report {
        Ok(report) => format!("{report:?}"),
        Err(reject) => format!("{} {} {}", reject.line, reject.column, reject.reason),
    };
    read("storm", file.as_bytes()).into_iter().map(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn another_order_and_columns_nobody_knows_change_no_report(
        order in Just((0..25).collect::<Vec<usize>>()).prop_shuffle(),
        at in 0_usize..25,
        junk in "[a-z,\"\n=]{0,12}",
    ) {
        let week = week();
        let before = told(&week);
        let mut changed = Vec::new();
        for (number, row) in week.iter().enumerate() {
            let mut cells: Vec<String> = order.iter().map(|from| row[*from].clone()).collect();
            cells.insert(at, if number == 0 { "Nobody Knows".to_owned() } else { junk.clone() });
            changed.push(cells);
        }
        // Line numbers move with the line breaks of what nobody knows.
        let without_line = |told: Vec<String>| -> Vec<String> {
            told.iter().map(|told| told.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()).collect()
        };
        prop_assert_eq!(without_line(before), without_line(told(&changed)));
    }
}

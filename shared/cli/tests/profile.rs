//! `aftercall profile`, run as an analyst runs it: on files, at the top of the repository.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use domain::force::ProfileFile;
use domain::nsir::CATEGORIES;
use serde_json::{Value, json};
use tempfile::TempDir;

const HERTFORDSHIRE: &str = "infra/forces/hertfordshire.toml";
const THREE_DIGIT: &str = "infra/forces/three-digit.toml";
const STORM: &str = "events/ingest/storm-week.csv";
const DIGITS: &str = "events/ingest/three-digit.csv";
const UNSEEN: &str = "events/ingest/unseen.csv";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn aftercall() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
    command.current_dir(root()).env_remove("AFTERCALL_STAGE").env("NO_COLOR", "1");
    command.arg("profile");
    command
}

/// Both what it printed and what it complained of.
fn all(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// Runs it and expects an exit code.
fn told(arguments: &[&str], code: i32) -> String {
    let output = aftercall().args(arguments).output().unwrap();
    let said = all(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
    said
}

/// The same, as JSON.
fn counted(profile: &str, sample: &str) -> Value {
    let campaign = ["--campaign", "infra/campaigns/highways.toml"];
    let check = ["check", "--json", profile, sample];
    serde_json::from_str(&told(&[&check[..], &campaign].concat(), 1)).unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A file of one test.
fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

// ---------------------------------------------------------------- check

#[test]
fn the_page_of_a_check() {
    insta::assert_snapshot!(told(&["check", THREE_DIGIT, DIGITS], 1));
}

/// A force's export in columns, dates and codes that nobody here had seen, and the profile that came
/// of the tutorial.
const OAKMARSH: [&str; 4] = [
    "--campaign",
    "infra/campaigns/highways.toml",
    "events/ingest/oakmarsh.toml",
    "events/ingest/oakmarsh.csv",
];

#[test]
fn an_export_that_nobody_prepared_for_counts_as_its_readme_says() {
    let told = told(&[&["check", "--json"], &OAKMARSH[..]].concat(), 1);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["verdicts"], json!({"text": 44, "hold": 81, "never": 45}));
    assert_eq!(told["rows"], json!({"read": 170, "refused": 4}));
}

#[test]
fn the_logs_of_a_verdict_are_listed_for_somebody_to_look_at() {
    for (verdict, rows) in [("text", 44), ("hold", 81), ("never", 45)] {
        let told = told(&[&["check", "--list", verdict], &OAKMARSH[..]].concat(), 1);
        assert_eq!(told.lines().count(), rows, "{told}");
        assert!(!told.contains("07700"));
        let first = told.lines().next().unwrap();
        assert!(first.contains("OM2529"), "{first}");
        assert_eq!(first.contains("elig."), verdict != "text", "{first}");
    }
    assert!(self::told(&["check", "--list", "some", THREE_DIGIT, DIGITS], 2).contains("say text"));
}

#[test]
fn the_three_digit_sample_counts_as_its_readme_says() {
    let told = counted(THREE_DIGIT, DIGITS);
    assert_eq!(told["verdicts"], json!({"text": 19, "hold": 18, "never": 9}));
    assert_eq!(told["rows"], json!({"read": 46, "refused": 1}));
    assert_eq!(told["campaigns"], json!(["highways"]));
    assert_eq!(told["complete"], false);
    // The crime codes are known, though they are no category of incident.
    let unknown = told["unknown"]["opening"]["codes"].as_array().unwrap();
    let codes: BTreeSet<_> = unknown.iter().map(|code| code["code"].as_str().unwrap()).collect();
    assert_eq!(codes, BTreeSet::from(["1", "205", "211", "323", "508"]));
}

#[test]
fn every_row_of_the_sample_week_is_counted_once() {
    let told = counted(HERTFORDSHIRE, STORM);
    assert_eq!(told["rows"], json!({"read": 813, "refused": 6}));
    let sum = |counts: &Value| -> u64 {
        counts.as_object().unwrap().values().map(|rows| rows.as_u64().unwrap()).sum()
    };
    assert_eq!(sum(&told["verdicts"]), 813);
    let numbers = &told["numbers"];
    assert_eq!(sum(&numbers["refused"]) + numbers["sendable"].as_u64().unwrap(), 813);
    for (field, filled) in told["fields"].as_object().unwrap() {
        assert_eq!(sum(filled), 813, "{field}");
    }
}

#[test]
fn links_are_counted_by_what_they_name() {
    let told = counted(HERTFORDSHIRE, "events/ingest/athena-week.csv");
    assert_eq!(told["feed"], "athena");
    assert_eq!(told["links"], json!({"by_log": 9, "by_phone": 11, "by_both": 19}));
    assert_eq!(told["rows"], json!({"read": 39, "refused": 2}));
}

#[test]
fn a_file_without_a_fault_ends_well() {
    let folder = folder();
    let good: String = read(DIGITS).lines().take(11).map(|line| format!("{line}\n")).collect();
    let good = file(&folder, "good.csv", good);
    let said = told(&["check", THREE_DIGIT, &good], 0);
    assert!(said.contains("Nothing is left open"), "{said}");
    assert!(said.contains("text       10  100 %"), "{said}");
    let production = told(&["check", "--stage", "production", THREE_DIGIT, &good], 0);
    assert!(production.contains("text        0    0 %"), "drama numbers ring nobody\n{production}");
}

#[test]
fn without_a_campaign_everything_holds_and_it_says_so() {
    let folder = folder();
    let profile = file(&folder, "profile.toml", read(THREE_DIGIT));
    let said = told(&["check", &profile, DIGITS], 1);
    assert!(said.contains("There is no campaign, so everything holds"), "{said}");
    assert!(said.contains("text        0    0 %"), "{said}");
    let named = ["check", &profile, DIGITS, "--campaign", "infra/campaigns/highways.toml"];
    assert!(told(&named, 1).contains("text       19"));
}

#[test]
fn a_file_that_cannot_be_used_is_told_from_one_that_needs_a_person() {
    let check = |file: &str, why: &str| {
        let said = told(&["check", HERTFORDSHIRE, file], 2);
        assert!(said.contains(why), "{file}: {said}");
    };
    check("events/ingest/bad/empty.csv", "the file is empty");
    check("events/ingest/bad/workbook.xlsx", "an Excel workbook");
    check("events/ingest/bad/page.html", "a web page");
    check("events/ingest/bad/missing-column.csv", "feed storm: the header lacks \"Result Codes\"");
    check("events/ingest/bad/missing-column.csv", "feed athena: the header lacks");
    check("events/ingest/not-there.csv", "not-there.csv");
    let folder = folder();
    let header = read(STORM).lines().next().unwrap().to_owned() + "\n";
    let header = file(&folder, "header.csv", header);
    let said = told(&["check", HERTFORDSHIRE, &header], 1);
    assert!(said.contains("There is nothing below the header"), "{said}");
}

#[test]
fn a_header_that_drifted_is_told_for_the_feed_that_is_asked() {
    let folder = folder();
    let drifted = file(&folder, "drifted.csv", read(STORM).replacen("Text Consent", "Consent?", 1));
    let said = told(&["check", "--feed", "storm", HERTFORDSHIRE, &drifted], 2);
    assert!(said.contains("the header lacks \"Text Consent\""), "{said}");
    let said = told(&["check", "--feed", "nimbus", HERTFORDSHIRE, STORM], 2);
    assert!(said.contains("no feed \"nimbus\"; it has athena, storm"), "{said}");
}

#[test]
fn a_file_that_fits_two_feeds_is_not_guessed() {
    let folder = folder();
    let mut both = read(THREE_DIGIT);
    let feeds = both.find("[feeds.incidents]").unwrap()..both.find("[codes.status]").unwrap();
    let again = both[feeds].replace("feeds.incidents", "feeds.again");
    both.push_str(&again);
    let both = file(&folder, "both.toml", both);
    let said = told(&["check", &both, DIGITS], 2);
    assert!(said.contains("fits the feeds again and incidents; say which with --feed"), "{said}");
}

#[test]
fn a_profile_with_faults_is_told_as_publish_tells_it() {
    let folder = folder();
    let faulty = read(HERTFORDSHIRE)
        .replace("\"CLOSED\" = \"closed\"", "\"CLOSED\" = \"shut\"")
        .replace("results = \"Result Codes\"", "");
    let faulty = file(&folder, "faulty.toml", faulty);
    let said = told(&["check", &faulty, STORM], 2);
    assert!(said.contains("codes.status.\"CLOSED\": \"shut\" is not a meaning"), "{said}");
    assert!(said.contains("feeds.storm.columns: no column is named for results"), "{said}");
    assert!(said.contains("2 problems"), "{said}");
    let broken = file(&folder, "broken.toml", "name = ");
    assert!(told(&["check", &broken, STORM], 2).contains("is not of its form"));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let coloured = |command: &mut Command| {
        let output = command.args(["check", THREE_DIGIT, DIGITS]).output().unwrap();
        output.stdout.contains(&0x1B)
    };
    assert!(!coloured(&mut aftercall()));
    assert!(!coloured(aftercall().env_remove("NO_COLOR")), "a pipe is no terminal");
    assert!(coloured(aftercall().env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1")));
}

/// Every cell that is a number of nine or more digits, as it stands there and without its gaps.
fn numbers(csv: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for cell in csv.split([',', ';', '\n', '"']).map(str::trim) {
        let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
        let only_number = cell.chars().all(|c| c.is_ascii_digit() || " +-()'=".contains(c));
        if (9..=15).contains(&digits.len()) && only_number {
            found.insert(cell.to_owned());
            found.insert(digits);
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn a_column_that_is_mapped_wrongly_prints_no_number_and_no_name() {
    let folder = folder();
    let numbers = numbers(&read(STORM));
    let printed = |column: &str, instead: &str| {
        let (right, wrong) = (format!("= \"{column}\""), format!("= \"{instead}\""));
        let wrong = read(HERTFORDSHIRE).replace(&right, &wrong);
        let wrong = file(&folder, "wrong.toml", wrong);
        let text = told(&["check", &wrong, STORM], 1);
        text + &told(&["check", "--json", &wrong, STORM], 1)
    };
    for column in ["Status", "Result Codes", "Caller Type", "Contact Marker", "Source"] {
        let said = printed(column, "Caller Contact Phone No_");
        for number in &numbers {
            assert!(!said.contains(number), "{column}: {number}\n{said}");
        }
    }
    let said = printed("Caller Type", "Caller Contact Name").to_lowercase();
    assert!(said.contains("they may be names, so they are not shown"), "{said}");
    assert!(!said.contains("kestlewickett") && !said.contains("drexelhurstley"), "{said}");
}

#[test]
fn what_to_do_next_names_what_is_likely_wrong() {
    let folder = folder();
    let said = |right: &str, wrong: &str| {
        let changed = read(HERTFORDSHIRE).replace(right, wrong);
        assert_ne!(changed, read(HERTFORDSHIRE), "{right}");
        let changed = file(&folder, "changed.toml", changed);
        let campaign = ["--campaign", "infra/campaigns/highways.toml"];
        let said = told(&[&["check", &changed, STORM], &campaign[..]].concat(), 1);
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let turned = said("%d/%m/%Y", "%m/%d/%Y");
    assert!(turned.contains("Are days and months the right way round in dates?"), "{turned}");
    let slipped = said("= \"Caller Contact Phone No_\"", "= \"Beat Code\"");
    let no_number = "Not one of 813 values of \"Beat Code\" is a number a text may go to";
    assert!(slipped.contains(no_number), "{slipped}");
    assert!(slipped.contains("Nobody would be texted"), "{slipped}");
    let blank = said("= \"Result Codes\"", "= \"Contact Marker\"");
    assert!(blank.contains("of \"Contact Marker\""), "{blank}");
}

#[test]
fn a_code_that_is_masked_is_not_for_pasting() {
    let folder = folder();
    let sample = read(DIGITS).replacen(",CLEARED,", ",1234567,", 1);
    let said = told(&["check", THREE_DIGIT, &file(&folder, "masked.csv", sample)], 1);
    assert!(said.contains("\n# \"#######\" = \"\"  # 1 row"), "{said}");
}

// ---------------------------------------------------------------- draft

fn draft(text: impl AsRef<[u8]>) -> String {
    let folder = folder();
    told(&["draft", &file(&folder, "export.csv", text)], 0)
}

#[test]
fn a_draft_is_a_profile_that_the_check_completes() {
    let folder = folder();
    let confirmed = ["caller_phone", "caller_role", "consent"];
    for (sample, more) in [(STORM, vec![]), (UNSEEN, vec!["source", "duplicate_of"])] {
        let draft = told(&["draft", "--name", "westmarch", sample], 0);
        assert_eq!(toml::from_str::<ProfileFile>(&draft).unwrap().name, "westmarch");
        let draft = file(&folder, "draft.toml", draft);
        let said = told(&["check", &draft, sample], 2);
        for field in confirmed.iter().chain(&more) {
            assert!(said.contains(&format!("no column is named for {field}\n")), "{said}");
        }
        assert_eq!(said.lines().count(), confirmed.len() + more.len() + 1, "{said}");
    }
}

#[test]
fn a_draft_gives_no_meaning_that_could_cause_a_text() {
    for sample in [STORM, DIGITS, UNSEEN] {
        let drafted: ProfileFile = toml::from_str(&told(&["draft", sample], 0)).unwrap();
        let codes = drafted.codes;
        let given = [
            codes.status,
            codes.results,
            codes.sources,
            codes.roles,
            codes.consent,
            codes.attended,
            codes.markers,
        ];
        assert!(given.iter().all(|table| table.is_empty()), "{sample}: {given:?}");
        for columns in drafted.feeds.values().map(|feed| &feed.columns) {
            for field in ["caller_phone", "caller_role", "consent"] {
                assert!(!columns.contains_key(field), "{sample}: {field}");
            }
        }
    }
}

#[test]
fn a_draft_prints_no_number() {
    for sample in [STORM, DIGITS, UNSEEN] {
        let said = told(&["draft", sample], 0);
        for number in numbers(&read(sample)) {
            assert!(!said.contains(&number), "{sample}: {number}");
        }
    }
}

#[test]
fn a_meaning_is_drafted_only_where_the_code_is_nsirs_own_name() {
    let said = draft("Log No,Opening Type\n1,highway disruption\n2,Highways\n3,Alarm\n");
    assert!(said.contains("\n\"highway disruption\" = \"Highway Disruption\""), "{said}");
    assert!(said.contains("\n# \"Highways\" = \"\"   # 1 cell"), "{said}");
    assert!(said.contains("\n\"Alarm\" = \"Alarm\""), "{said}");
}

#[test]
fn columns_are_guessed_by_their_names_and_by_what_they_hold() {
    let said = draft(
        "Incident Number|Call Time|Resulted|Disposal|Initial Class|Final Class|Contact\n\
         1|2026-03-21 09:05|2026-03-21 10:00|R1|A|A|07700 900123\n\
         2|2026-03-21 09:15|2026-03-21 10:30|R1|A|B|07700 900124\n",
    );
    for line in [
        "separator = \"|\"",
        "dates = [\"%Y-%m-%d %H:%M\"]",
        "log_number = \"Incident Number\"",
        "opened_at = \"Call Time\"",
        "closed_at = \"Resulted\"",
        "results = \"Disposal\"",
        "opening = \"Initial Class\"",
        "closing = \"Final Class\"",
        "# caller_phone = \"Contact\"",
        "# source = \"\"   # which column?",
    ] {
        assert!(said.contains(&format!("\n{line}")), "{line}\n{said}");
    }
    // The same name over other values is another field.
    let said = draft("URN,Received,Resulted\n1,21/03/2026 09:05,R1\n2,21/03/2026 09:06,R2\n");
    assert!(said.contains("\nresults = \"Resulted\""), "{said}");
    assert!(said.contains("\n# closed_at = \"\""), "{said}");
}

#[test]
fn days_and_months_are_told_apart_only_where_a_value_proves_it() {
    let check = |values: &[&str], expected: &[&str]| {
        let mut rows = String::from("Log No,Received\n");
        for value in values {
            writeln!(rows, "1,{value}").unwrap();
        }
        let said = draft(rows);
        let lines = said.lines().skip_while(|line| !line.contains("list_separator"));
        let lines: Vec<_> = lines.skip(1).take_while(|line| !line.contains("Searched")).collect();
        assert_eq!(lines, expected, "{values:?}");
    };
    let (day, month) = ("dates = [\"%d/%m/%Y %H:%M\"]", "dates = [\"%m/%d/%Y %H:%M\"]");
    check(
        &["13/03/2026 09:00", "01/03/2026 10:00"],
        &["# Day first: 1 with a day above 12 proves it.", day],
    );
    let open = "# check: day first? No day above 12 proves it.";
    check(&["02/03/2026 09:00", "01/03/2026 10:00"], &[open, day]);
    check(&["02/03/26 09:00"], &[open, "dates = [\"%d/%m/%y %H:%M\"]"]);
    check(
        &["03/13/2026 09:00", "03/01/2026 10:00"],
        &["# check: MONTH first? 1 with a number above 12 in second place.", month],
    );
    check(
        &["03/13/2026 09:00", "13/03/2026 10:00"],
        &[
            "# check: 1 with the day first and 1 with the month. A spreadsheet may have turned some \
             round: ask for a new export.",
            "dates = [\"%d/%m/%Y %H:%M\", \"%m/%d/%Y %H:%M\"]",
        ],
    );
    check(&["2026-03-13T09:00:00"], &["dates = [\"%Y-%m-%dT%H:%M:%S\"]"]);
    check(
        &["2026-07-13T09:00:00Z", "2026-07-14T09:00:00+01:00"],
        &[
            "# 2 name a time zone (Z or +01:00), and a feed's time is London's: ask for local time.",
            "# dates = [\"%d/%m/%Y %H:%M\"]   # how are dates written?",
            "# Where the time has a column of its own: opened_at = [\"Date\", \"Time\"]",
        ],
    );
}

#[test]
fn what_is_no_table_with_a_header_is_not_drafted_and_not_shown() {
    let folder = folder();
    let check = |text: &[u8], why: &str| {
        let said = told(&["draft", &file(&folder, "export", text)], 2);
        assert!(said.contains(why), "{said}");
        assert!(!said.contains("Plenthgarthing") && !said.contains("900123"), "{said}");
    };
    check(b"", "the file is empty");
    check(b"PK\x03\x04", "an Excel workbook");
    check(b"{\"log\": \"1\", \"name\": \"Plenthgarthing\"}\n", "is JSON");
    check(b"HC-1,Plenthgarthing,07700 900123\n", "begins with a row");
    check(b"HC-1,Plenthgarthing,03/03/2026 09:00\n", "begins with a row");
    check(b"HC-1,Plenthgarthing\nHC-2,Plenthgarthing\n", "none of its 2 columns has a name");
}

#[test]
fn whatever_stands_in_a_cell_the_draft_is_toml() {
    let nasty = "Log No,Status,Disposal\n1,\"a \"\"b\"\"\nc\",\\u\x7f\n2,'x',\x01\n3,#\t,=\n";
    let drafted: ProfileFile = toml::from_str(&draft(nasty)).unwrap();
    assert_eq!(drafted.feeds["incidents"].separator, ',');
    assert!(draft(b"Log No,Status\n1,caf\xE9\n").contains("# \"café\" = \"\""));
}

// ---------------------------------------------------------------- the worked example

#[test]
fn every_category_of_the_national_list_has_a_three_digit_code() {
    let profile: ProfileFile = toml::from_str(&read(THREE_DIGIT)).unwrap();
    profile.check().unwrap();
    let (categories, qualifiers) = (profile.codes.categories, profile.codes.qualifiers);
    let mapped: BTreeSet<_> = categories.values().map(String::as_str).collect();
    for (_, _, name) in CATEGORIES {
        assert!(mapped.contains(name), "{name}");
    }
    for code in (1..=18).map(|n| format!("{n:03}")) {
        assert_eq!(categories[&code], "Crime", "{code}");
    }
    for left_out in ["204", "217", "323", "508"] {
        assert!(!categories.contains_key(left_out), "{left_out}");
    }
    for code in categories.keys().chain(qualifiers.keys()) {
        assert!(code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    }
}

// ---------------------------------------------------------------- the tutorial

/// Each command of the tutorial, with what it prints. `RENEW=1` writes what it prints now.
#[test]
fn the_tutorial_shows_what_its_commands_print() {
    let place = folder();
    for folder in ["events/ingest", "infra/forces", "infra/campaigns"] {
        std::fs::create_dir_all(place.path().join(folder)).unwrap();
    }
    for sample in [UNSEEN, "events/ingest/unseen.toml", "infra/campaigns/highways.toml"] {
        std::fs::copy(root().join(sample), place.path().join(sample)).unwrap();
    }
    let mut renewed = String::new();
    let mut inside = false;
    for line in read("docs/profiles.md").lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        }
        let command = line.strip_prefix("$ ").filter(|_| inside);
        if !inside || command.is_some() || line.starts_with("```") {
            writeln!(renewed, "{line}").unwrap();
        }
        if let Some(command) = command {
            renewed.push_str(&printed(place.path(), command));
        }
    }
    if std::env::var_os("RENEW").is_some() {
        std::fs::write(root().join("docs/profiles.md"), &renewed).unwrap();
    }
    let old = "docs/profiles.md is old: RENEW=1 cargo test -p cli --test profile";
    assert!(read("docs/profiles.md") == renewed, "{old}");
}

/// What a shell prints. It hands the exit code on to the next command, as a terminal does.
fn printed(place: &Path, command: &str) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_aftercall")).parent().unwrap();
    let mut path = programs.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let script = "exec 2>&1\n\
                  (exit \"$(cat .code 2>/dev/null || echo 0)\")\n\
                  eval \"$1\"\n\
                  echo $? > .code";
    let output = Command::new("sh")
        .args(["-c", script, "sh", command])
        .current_dir(place)
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .env_remove("AFTERCALL_STAGE")
        .output()
        .unwrap();
    let said = all(&output);
    assert!(!said.contains("not found") && (said.is_empty() || said.ends_with('\n')), "{said}");
    said
}

//! `aftercall rehearse`, run as an analyst runs it: on the sample week, at the top of the repository.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const STORM: &str = "events/ingest/storm-week.csv";
const ATHENA: &str = "events/ingest/athena-week.csv";
const FILES: [&str; 4] =
    ["--campaign", "infra/campaigns/highways.toml", "--profile", "infra/forces/hertfordshire.toml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Runs it with an exit code in mind; both what it printed and what it complained of.
fn told(arguments: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
    command.current_dir(root()).env_remove("AFTERCALL_STAGE").env("NO_COLOR", "1");
    // No AWS is asked, wherever it might be.
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let output = command.arg("rehearse").args(arguments).output().unwrap();
    let said =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
    said
}

fn week(more: &[&str]) -> String {
    told(&[&FILES[..], more, &[STORM, ATHENA]].concat(), 0)
}

fn counted(arguments: &[&str], code: i32) -> Value {
    serde_json::from_str(&told(arguments, code)).unwrap()
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

/// The page of the sample week.
fn page() -> String {
    let folder = folder();
    let path = file(&folder, "rehearsal.html", "");
    let said = week(&["--html", &path]);
    assert!(said.contains(&format!("The page is in {path}.")), "{said}");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_sample_week_for_people() {
    insta::assert_snapshot!(week(&[]));
}

#[test]
fn the_sample_week_for_machines() {
    insta::assert_snapshot!(week(&["--json"]));
}

#[test]
fn every_field_that_is_printed_is_told_by_help() {
    let told: Value = serde_json::from_str(&week(&["--json"])).unwrap();
    let help = self::told(&["--help"], 0);
    let check = |name: &str| assert!(help.contains(name), "{name} is not in --help");
    for (name, value) in told.as_object().unwrap() {
        check(name);
        let first = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        first.as_object().into_iter().flatten().for_each(|(name, _)| check(name));
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_runs_nothing() {
    let page = page();
    for unwanted in ["http:", "https:", "<script", "<link", "<img", "<iframe", "url(", "@import"] {
        // The namespace of a drawing is a name and no address.
        let page = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!page.contains(unwanted), "{unwanted}");
    }
    assert!(page.contains("lang=\"en-GB\""));
    assert_eq!(page.matches("<svg").count(), 8, "four drawings in two sizes");
    assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\"").count());
    assert_eq!(page.matches("<h1").count(), 1);
}

#[test]
fn no_telephone_number_is_in_anything_that_comes_out() {
    let said = week(&[]) + &week(&["--json"]) + &page();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let numbers = read(STORM) + &read(ATHENA);
    let numbers = numbers.split([',', ';', '\n', '"']).map(digits);
    let numbers: Vec<_> = numbers.filter(|number| (9..=13).contains(&number.len())).collect();
    assert!(numbers.len() > 500, "{}", numbers.len());
    // What is printed has spaces between its numbers, as a number may have within.
    let printed = said.replace([' ', '-', '\u{a0}'], "");
    for number in numbers {
        let national = number.trim_start_matches("44").trim_start_matches('0');
        let is_log = said.contains(&format!("HC-{}", number.get(..8).unwrap_or_default()));
        assert!(is_log || !printed.contains(national), "{number}");
    }
    assert!(!printed.contains("07700") && !printed.contains("447700"));
}

#[test]
fn a_price_or_a_reply_rate_that_is_said_counts() {
    let folder = folder();
    let prices = read("infra/prices.toml").replace("2026-01-01 = \"2.4\"", "2026-01-01 = \"4\"");
    let prices = file(&folder, "prices.toml", prices);
    let said = ["--json", "--prices", &prices, "--reply-rate", "30", STORM];
    let said = counted(&[&FILES[..], &said].concat(), 0);
    let parts = said["parts"].as_u64().unwrap();
    let cost: u64 = said["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["cost_millipence"].as_u64().unwrap())
        .sum();
    assert_eq!(cost, parts * 4_000);
    assert_eq!(said["replies"].as_u64().unwrap(), said["texts"].as_u64().unwrap() * 30 / 100);
}

#[test]
fn nobody_to_text_is_a_no() {
    let folder = folder();
    let path = file(&folder, "nobody.html", "");
    let production = ["--stage", "production", "--html", &path, STORM];
    let said = told(&[&FILES[..], &production].concat(), 1);
    assert!(said.contains("0  texts"), "drama numbers ring nobody\n{said}");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.contains("Nobody would be texted.") && !page.contains("NaN"), "{page}");
}

#[test]
fn the_same_file_twice_changes_nothing_but_the_rows() {
    let once = counted(&[&FILES[..], &["--json", STORM]].concat(), 0);
    let twice = counted(&[&FILES[..], &["--json", STORM, STORM]].concat(), 0);
    assert_eq!(once["texts"], twice["texts"]);
    assert_eq!(once["told"], twice["told"]);
}

#[test]
fn what_cannot_be_used_is_told_with_file_and_place() {
    let folder = folder();
    let check = |arguments: &[&str], why: &str| {
        let said = told(arguments, 2);
        assert!(said.contains(why), "{arguments:?}: {said}");
    };
    let with = |file| [&FILES[..], &[file]].concat();
    check(&with("events/ingest/not-there.csv"), "events/ingest/not-there.csv: No such file");
    check(&with("events/ingest/bad/workbook.xlsx"), "an Excel workbook");
    check(&with("events/ingest/bad/missing-column.csv"), "feed storm: the header lacks");
    let broken = file(&folder, "broken.toml", "name = \n");
    check(&["--campaign", &broken, FILES[2], FILES[3], STORM], "line 1, column");
    let dear = read(FILES[1]).replace("cap_pounds_a_month = 40", "cap_pounds_a_month = \"40\"");
    let dear = file(&folder, "dear.toml", dear);
    check(&["--campaign", &dear, FILES[2], FILES[3], STORM], "cap_pounds_a_month");
    check(&[&FILES[..2], &FILES[..], &[STORM]].concat(), "have the same name");
    let mut both = read("infra/forces/three-digit.toml");
    let feeds = both.find("[feeds.incidents]").unwrap()..both.find("[codes.status]").unwrap();
    let again = both[feeds].replace("feeds.incidents", "feeds.again");
    both.push_str(&again);
    let both = file(&folder, "both.toml", both);
    let digits = "events/ingest/three-digit.csv";
    let ambiguous = [FILES[0], FILES[1], FILES[2], &both, digits];
    check(&ambiguous, "fits the feeds again and incidents; say which with --feed");
    told(&[&ambiguous[..], &["--feed", "again"]].concat(), 0);
    check(&[&ambiguous[..], &["--feed", "nimbus"]].concat(), "no feed \"nimbus\"; it has again");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let coloured = |change: fn(&mut Command)| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
        command.current_dir(root()).env_remove("NO_COLOR").arg("rehearse").args(FILES).arg(STORM);
        change(&mut command);
        command.output().unwrap().stdout.contains(&0x1B)
    };
    assert!(!coloured(|_| ()), "a pipe is no terminal");
    assert!(coloured(|command| _ = command.env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(|command| _ = command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
}

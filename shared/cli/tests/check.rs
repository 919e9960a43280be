//! `aftercall check`, run as whoever owns the words runs it: on files, at the top of the repository.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::proof::{CODES, Level};
use serde_json::Value;
use tempfile::TempDir;

const SHIPPED: [&str; 3] = ["highways", "lost-found", "welfare"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("infra/campaigns/{name}.toml"))).unwrap()
}

/// Runs it and gives its exit code, and what it printed and complained of.
fn told(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
    command.current_dir(root()).env_remove("AFTERCALL_STAGE").env("NO_COLOR", "1");
    let output = command.arg("check").args(arguments).output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    (output.status.code().unwrap(), said.concat())
}

/// A folder of one test, with the prices where `check` looks for them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("campaigns")).unwrap();
    let prices = root().join("infra/prices.toml");
    std::fs::copy(prices, folder.path().join("prices.toml")).unwrap();
    folder
}

fn file(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("campaigns/changed.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The codes found, each with its field.
fn found(text: &str) -> (i32, Vec<(String, String)>) {
    let folder = folder();
    let (code, said) = told(&["--json", &file(&folder, text)]);
    let said: Value = serde_json::from_str(&said).unwrap();
    let findings = said[0]["findings"].as_array().unwrap();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let found = findings.iter().map(|finding| (text(finding, "code"), text(finding, "field")));
    (code, found.collect())
}

#[test]
fn the_shipped_campaigns_pass_every_check() {
    for name in SHIPPED {
        let path = format!("infra/campaigns/{name}.toml");
        let profile = "infra/forces/hertfordshire.toml";
        let (code, said) = told(&["--strict", "--profile", profile, &path]);
        assert_eq!(code, 0, "{said}");
        assert!(said.ends_with(&format!("{path}: passes\n")), "{said}");
    }
}

/// What could happen to a shipped campaign, and the code it must be stopped by: the campaign, the field
/// whose text is changed, what is written instead of what, and the code.
const MUTATIONS: &[(&str, &str, &str, &str, &str)] = &[
    // Placeholders dropped, broken, and new.
    ("highways", "outcomes.thanked", "your call on ((date)).", "your call.", "no-date"),
    ("highways", "outcomes.passed-to-highways", "call on ((date)).", "call.", "no-date"),
    ("highways", "outcomes.not-attended", "((date))", "", "broken-placeholder"),
    ("highways", "outcomes.already-known", "((date))", "((date)", "broken-placeholder"),
    ("highways", "outcomes.thanked", "((date))", "(date)", "broken-placeholder"),
    ("welfare", "outcomes.thanked", "((date))", "{date}", "broken-placeholder"),
    ("lost-found", "outcomes.recorded", "((date))", "((day))", "unknown-placeholder"),
    ("highways", "outcomes.cleared", "the road", "((place))", "unknown-placeholder"),
    ("welfare", "outcomes.person-safe", "your call", "your call, ((name)),", "unknown-placeholder"),
    (
        "highways",
        "conversation.better",
        "telling us",
        "your call on ((date))",
        "unknown-placeholder",
    ),
    // Claims that nobody wrote down.
    ("highways", "outcomes.thanked", "thank you for", "we came after", "unclaimed"),
    ("highways", "outcomes.already-known", "Each call helps us.", "We cleared it.", "unclaimed"),
    (
        "highways",
        "outcomes.dealt-with",
        "What you told us has been dealt with.",
        "The road was cleared.",
        "unclaimed",
    ),
    (
        "highways",
        "outcomes.not-attended",
        "but we did listen and",
        "but we told the council and",
        "unclaimed",
    ),
    ("welfare", "outcomes.thanked", "You did the right thing.", "We looked into it.", "unclaimed"),
    ("lost-found", "outcomes.advice-given", "was of help", "was given back", "unclaimed"),
    // What a word processor does.
    ("highways", "outcomes.cleared", "thank you.", "thank you\u{2019}.", "smart-punctuation"),
    ("highways", "outcomes.cleared", "We came and", "We came \u{2013} and", "smart-punctuation"),
    ("highways", "outcomes.thanked", "right thing.", "right thing\u{2026}", "smart-punctuation"),
    ("welfare", "outcomes.thanked", "Police: thank", "Police:\u{a0}thank", "smart-punctuation"),
    ("lost-found", "outcomes.thanked", "thing.", "thing \u{1f44d}.", "not-plain"),
    (
        "highways",
        "conversation.stopped",
        "text START",
        "text \u{201c}START\u{201d}",
        "smart-punctuation",
    ),
    // One character too many.
    ("highways", "outcomes.thanked", "(5 best).", "(5 is best).   .  .  ", "parts"),
    ("highways", "outcomes.checked-clear", "(5 best).", "(5 is best).", "parts"),
    (
        "highways",
        "conversation.confidence",
        "one last question.",
        "one last question now, please?.",
        "parts",
    ),
    (
        "highways",
        "outcomes.good-intent",
        "You were right to tell us.",
        "You were right to tell us about it.",
        "parts",
    ),
    // A way out, and help.
    ("highways", "outcomes.cleared", " STOP to opt out", "", "no-stop"),
    ("highways", "outcomes.passed-to-highways", " Reply STOP to opt out", "", "no-stop"),
    (
        "welfare",
        "outcomes.person-safe",
        "Reply STOP to opt out",
        "Reply stop to opt out",
        "no-stop",
    ),
    ("lost-found", "outcomes.recorded", " Reply STOP to opt out", "", "no-stop"),
    ("highways", "conversation.call_again", " STOP to opt out", "", "no-stop"),
    ("highways", "outcomes.thanked", "Call 999.", "Call us.", "no-999"),
    ("welfare", "conversation.report", " In an emergency call 999.", "", "no-999"),
    ("highways", "conversation.safety", "press 55", "wait", "safety"),
    // Who it is from.
    ("highways", "outcomes.animal-dealt", "Herts Police: thank", "Thank", "no-sender"),
    ("lost-found", "conversation.wrong_person", "Herts Police: sorry", "Sorry", "no-sender"),
    // Words.
    ("highways", "outcomes.cleared", "the road", "the RTC", "jargon"),
    ("highways", "outcomes.thanked", "your call on", "your log of", "jargon"),
    (
        "highways",
        "outcomes.not-found",
        "You did the right thing.",
        "You should have looked.",
        "blame",
    ),
    (
        "highways",
        "outcomes.dealt-with",
        "You did the right thing.",
        "It was a false alarm.",
        "blame",
    ),
    ("highways", "outcomes.thanked", "thank you", "THANK you", "capitals"),
    (
        "highways",
        "outcomes.passed-to-highways",
        "put it right. You",
        "put it right, and you",
        "long-sentence",
    ),
    ("highways", "outcomes.checked-clear", "it was clear", "it is clear", "says-now"),
    // A stranger's hands.
    ("highways", "outcomes.cleared", "the road", "the A414", "identifies"),
    ("highways", "outcomes.thanked", "thank you", "thank you, Mary", "identifies"),
    ("highways", "outcomes.vehicle-recovered", "the vehicle was", "AB12 CDE was", "identifies"),
    ("highways", "outcomes.cleared", "the road", "Mill Lane", "identifies"),
    (
        "welfare",
        "outcomes.person-safe",
        "looked into it",
        "looked, and she was there",
        "third-party",
    ),
    ("welfare", "outcomes.not-found", "keep lives private", "help your neighbour", "third-party"),
    (
        "welfare",
        "outcomes.thanked",
        "the right thing",
        "the right thing. All are safe and well",
        "third-party",
    ),
    (
        "highways",
        "outcomes.vehicle-recovered",
        "the vehicle was moved",
        "the driver was arrested",
        "third-party",
    ),
    // What fraudsters do.
    ("highways", "outcomes.thanked", "right thing.", "right thing: herts.police.uk", "link"),
    ("highways", "conversation.report", "our website", "https://example.org", "link"),
    ("highways", "outcomes.thanked", "Call 999.", "Call 999 or 01632 960123.", "phone-number"),
];

#[test]
fn whatever_happens_to_a_shipped_text_is_stopped_by_its_code() {
    assert!(MUTATIONS.len() >= 40);
    let mut table = String::new();
    for (campaign, field, from, to, expected) in MUTATIONS {
        let whole = shipped(campaign);
        // The text of the field, wherever it stands: the first of its name after its table's heading.
        let (heading, key) = match field.split_once('.').unwrap() {
            ("outcomes", _) => (format!("[{field}]"), "text = ".to_owned()),
            (table, key) => (format!("[{table}]"), format!("\n{key} = ")),
        };
        let start = whole.find(&heading).unwrap();
        let start = start + whole[start..].find(&key).unwrap();
        let line = whole[start..].lines().find(|line| !line.is_empty()).unwrap();
        assert!(line.contains(from), "{campaign} {field} no longer says {from:?}");
        let changed = format!("{}{}", &whole[..start], whole[start..].replacen(from, to, 1));
        let (code, findings) = found(&changed);
        let here = |(found, at): &(String, String)| found == expected && at.starts_with(field);
        assert!(findings.iter().any(here), "{campaign} {field} {to:?}: {findings:?}");
        assert_eq!(code, 1, "{campaign} {field} {to:?}: {findings:?}");
        let codes: BTreeSet<_> = findings.iter().map(|(code, _)| code.as_str()).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(" ");
        writeln!(table, "{campaign} {field}: {from:?} becomes {to:?}: {codes}").unwrap();
    }
    insta::assert_snapshot!(table);
}

/// A small campaign with nothing said against it.
const SOUND: &str = r#"name = "animals"
title = "Animals"
sender = "Police"
starts = "2026-03-02"
ends = "2026-08-31"
review = "2026-08-03"
supplier = "notify"
categories = ["Animals/Wildlife"]
hold_out_percent = 10

[exclude]
areas = ["HA09"]

[hours]
from = "09:00"
until = "20:00"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
not_before_hours = 4
not_after_days = 7

[money]
cap_pounds_a_month = 40

[outcomes.moved]
text = "Police: thank you for your call on ((date)). We came and it was moved. How did we do? Reply 1-5. Emergency? Call 999. STOP to opt out"
claims = ["attended", "cleared"]
otherwise = "thanked"
good_intent = "thanked"

[outcomes.thanked]
text = "Police: thank you for your call on ((date)). How did we do? Reply 1-5. Emergency? Call 999. STOP to opt out"
claims = []

[conversation]
safety = "Police: if you are in danger call 999 now. If you cannot speak, call 999 and press 55."
report = "Police: thank you. To report it call 101. In an emergency call 999."
reminder = "Police: how did we do? Reply 1-5. Emergency? Call 999. STOP to opt out"
reminder_after_days = 3

[languages.cy]
sender = "Heddlu"

[languages.cy.outcomes]
moved = "Heddlu: diolch am ffonio ar ((date)). Daethom ac fe gafodd ei symud. Atebwch 1-5. Argyfwng? 999. STOP i beidio"
thanked = "Heddlu: diolch am ffonio ar ((date)). Atebwch 1-5. Argyfwng? 999. STOP i beidio"

[languages.cy.conversation]
safety = "Heddlu: os ydych mewn perygl ffoniwch 999 nawr. Os na allwch siarad, ffoniwch 999 a gwasgu 55."
report = "Heddlu: diolch. I roi gwybod ffoniwch 101. Mewn argyfwng 999."
reminder = "Heddlu: sut wnaethom ni? Atebwch 1-5. Argyfwng? 999. STOP i beidio"
reminder_after_days = 3
"#;

/// What brings each code about: what is written instead of what.
const CASES: &[(&str, &str, &str)] = &[
    ("name", "\"animals\"", "\"All Animals\""),
    ("dates", "\"2026-08-31\"", "\"2026-02-01\""),
    ("supplier", "\"notify\"", "\"pigeon\""),
    ("category", "\"Animals/Wildlife\"", "\"Domestic Incident\""),
    ("exclude", "areas = [\"HA09\"]", "qualifiers = [\"Wildlife\", \"Loud\"]"),
    ("hold-out", "hold_out_percent = 10", "hold_out_percent = 60"),
    ("hours", "from = \"09:00\"", "from = \"9am\""),
    ("never-sends", "until = \"20:00\"", "until = \"08:00\""),
    (
        "often-stale",
        "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\nnot_before_hours = 4\nnot_after_days = 7",
        "[\"mon\"]\nnot_before_hours = 4\nnot_after_days = 2",
    ),
    ("unsocial-hours", "until = \"20:00\"", "until = \"22:30\""),
    ("money", "[money]", "[money]\npence_per_segment = \"3p\""),
    ("no-price", "\"notify\"", "\"twilio\""),
    ("small-cap", "cap_pounds_a_month = 40", "cap_pounds_a_month = 0"),
    ("no-sender", "sender = \"Police\"\n", ""),
    ("no-review", "review = \"2026-08-03\"\n", ""),
    ("outcome", "[outcomes.moved]", "[outcomes.\"It Moved\"]"),
    ("claim", "\"cleared\"", "\"caught\""),
    ("unclaimed", "claims = [\"attended\", \"cleared\"]", "claims = []"),
    (
        "unsaid",
        "claims = [\"attended\", \"cleared\"]",
        "claims = [\"attended\", \"cleared\", \"passed-on\"]",
    ),
    (
        "impossible",
        "claims = [\"attended\", \"cleared\"]",
        "claims = [\"attended\", \"cleared\", \"not-attended\"]",
    ),
    ("otherwise", "otherwise = \"thanked\"", "otherwise = \"thankful\""),
    ("good-intent", "good_intent = \"thanked\"", "good_intent = \"kind\""),
    ("dead-end", "otherwise = \"thanked\"\n", ""),
    ("circle", "otherwise = \"thanked\"", "otherwise = \"moved\""),
    ("template", "\"notify\"", "\"exchange:rant-and-rave\""),
    ("reminder", "reminder_after_days = 3\n\n[languages", "reminder_after_days = 30\n\n[languages"),
    ("safety", "press 55", "wait"),
    ("language", "[languages.cy.outcomes]", "[languages.fr.outcomes]"),
    ("language-pair", "thanked = \"Heddlu", "thankyou = \"Heddlu"),
    (
        "empty",
        "report = \"Police: thank you. To report it call 101. In an emergency call 999.\"",
        "report = \" \"",
    ),
    ("too-long", "How did we do? Reply 1-5.", "How did we do? LONG"),
    ("parts", "and it was moved.", "and it was moved. We did what we could as soon as we could."),
    ("spare-parts", "good_intent = \"thanked\"", "good_intent = \"thanked\"\nparts = 2"),
    ("unknown-placeholder", "((date)). We", "((name)). We"),
    ("broken-placeholder", "((date)). We", "((date). We"),
    ("no-date", "for your call on ((date)). We", "for your call. We"),
    ("no-stop", "STOP to opt out\"\nclaims = []", "Bye\"\nclaims = []"),
    (
        "no-999",
        "Emergency? Call 999. STOP to opt out\"\nclaims = []",
        "STOP to opt out\"\nclaims = []",
    ),
    ("smart-punctuation", "We came and", "We came \u{2013} and"),
    ("not-plain", "it was moved", "it was moved \u{1f98c}"),
    (
        "long-sentence",
        "We came and it was moved. How",
        "We came as soon as we could and looked for it and saw it and it was moved by us and so how",
    ),
    (
        "hard-to-read",
        "Police: thank you. To report it call 101.",
        "Police: additional information regarding subsequent observations: 101.",
    ),
    ("jargon", "it was moved", "the RTC was moved"),
    (
        "blame",
        "How did we do? Reply 1-5. Emergency? Call 999. STOP to opt out\"\nclaims = []",
        "It was a false alarm. Emergency? Call 999. STOP to opt out\"\nclaims = []",
    ),
    ("capitals", "We came", "WE came"),
    ("link", "call 101", "see example.org"),
    ("phone-number", "call 101", "call 01632 960123"),
    ("identifies", "it was moved", "it was moved to Mill Lane"),
    ("third-party", "it was moved", "it was moved to its owner"),
    ("says-now", "it was moved", "it is safe now"),
];

#[test]
fn a_small_campaign_in_two_languages_passes() {
    let folder = folder();
    let (code, said) = told(&["--strict", &file(&folder, SOUND)]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn every_code_is_drawn_where_it_is() {
    let mut drawn = String::new();
    let mut seen = BTreeSet::new();
    for (expected, from, to) in CASES {
        assert!(SOUND.contains(from), "{expected}: {from}");
        let mut text = SOUND.replacen(from, to, 1).replace("LONG", &"x".repeat(900));
        if *expected == "template" {
            text = text.replace("parts = 2", "").replacen(
                "claims = []",
                "claims = []\ntemplate = \"t-1\"",
                1,
            );
        }
        let folder = folder();
        let path = file(&folder, &text);
        let (code, said) = told(&[&path]);
        let level = CODES.iter().find(|(_, name, _, _)| name == expected).unwrap().2;
        assert_eq!(
            code == 1,
            level == Level::Error || said.contains("error["),
            "{expected}: {said}"
        );
        let said = said.replace(&path, "animals.toml");
        let heading = format!("[{expected}]");
        let told: Vec<_> = said.split("\n\n").filter(|block| block.contains(&heading)).collect();
        assert!(!told.is_empty(), "{expected}: {said}");
        writeln!(drawn, "{}\n", told[0].replace(&"x".repeat(100), "x")).unwrap();
        seen.insert(*expected);
    }
    // It takes a profile to know that no code means an outcome.
    let profile = "infra/forces/hertfordshire.toml";
    let folder = folder();
    let path = file(&folder, SOUND);
    let (code, said) = told(&["--profile", profile, &path]);
    assert_eq!(code, 0, "{said}");
    let said = said.replace(&path, "animals.toml");
    writeln!(drawn, "{}", said.split("\n\n").next().unwrap()).unwrap();
    seen.insert("unreachable");
    let all: BTreeSet<_> = CODES.iter().map(|(_, name, _, _)| *name).collect();
    assert_eq!(seen, all, "a code without a case");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_file_that_is_no_campaign_is_told_with_line_and_column_and_exit_code_2() {
    let folder = folder();
    let mut drawn = String::new();
    for (from, to) in [
        ("title = \"Animals\"", "title = \"Animals"),
        ("claims = []", "claim = []"),
        ("cap_pounds_a_month = 40", "cap_pounds_a_month = \"40\""),
        ("[money]\ncap_pounds_a_month = 40\n", ""),
    ] {
        let path = file(&folder, &SOUND.replacen(from, to, 1));
        let (code, said) = told(&[&path]);
        assert_eq!(code, 2, "{said}");
        writeln!(drawn, "{}", said.replace(&path, "animals.toml")).unwrap();
    }
    let (code, said) = told(&["no-such.toml"]);
    assert_eq!((code, said.contains("no-such.toml")), (2, true), "{said}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_broken_campaign_is_neither_approved_nor_published() {
    let folder = folder();
    let path =
        file(&folder, &SOUND.replacen("claims = [\"attended\", \"cleared\"]", "claims = []", 1));
    for command in ["approve", "publish"] {
        let mut aftercall = Command::new(env!("CARGO_BIN_EXE_aftercall"));
        // Nothing listens there: it is refused before anybody is asked.
        aftercall.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("NO_COLOR", "1");
        aftercall.env("AWS_ACCESS_KEY_ID", "none").env("AWS_SECRET_ACCESS_KEY", "none");
        let output = aftercall.args(["--stage", "local", command, &path]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("error[unclaimed]"), "{said}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_whoever_wants_them() {
    let folder = folder();
    let path = file(&folder, &SOUND.replacen("We came", "WE came", 1));
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
        command.args(["check", &path]).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = command.envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]), "into a pipe");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
}

#[test]
fn every_code_can_be_explained() {
    for (_, name, _, why) in CODES {
        let (code, said) = told(&["--explain", name]);
        assert_eq!(code, 0);
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(told(&["--explain", "nonsense"]).0, 2);
}

#[test]
fn the_schema_of_a_report_is_the_one_that_is_kept() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aftercall"));
    let output = command.args(["schema", "--report"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let kept = std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap();
    assert_eq!(printed, kept, "run `aftercall schema --report > docs/report.schema.json`");
}

#[test]
fn an_editor_knows_every_shipped_campaign_by_the_schema() {
    let output = Command::new(env!("CARGO_BIN_EXE_aftercall")).arg("schema").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let kept = std::fs::read_to_string(root().join("infra/campaigns/schema.json")).unwrap();
    assert_eq!(printed, kept, "run `aftercall schema > infra/campaigns/schema.json`");
    let schema = jsonschema::validator_for(&serde_json::from_str(&kept).unwrap()).unwrap();
    for name in SHIPPED {
        let campaign: Value = toml::from_str(&shipped(name)).unwrap();
        assert!(schema.is_valid(&campaign), "{name}");
        let first = shipped(name).lines().next().unwrap().to_owned();
        assert_eq!(first, "#:schema ./schema.json");
    }
    let wrong = |from: &str, to: &str| {
        let campaign: Value = toml::from_str(&SOUND.replacen(from, to, 1)).unwrap();
        !schema.is_valid(&campaign)
    };
    assert!(
        wrong("\"Animals/Wildlife\"", "\"Domestic Incident\""),
        "never texted, so never offered"
    );
    assert!(wrong("\"cleared\"", "\"caught\""));
    assert!(wrong("\"mon\"", "\"monday\""));
    assert!(wrong("title", "titel"));
}

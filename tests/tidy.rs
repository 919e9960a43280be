//! The repository's own rules: who may use whom, what must stand beside what, what nobody writes.
//!
//! Manifests, sources, the template and the pages are read as text; nothing is run or started.
//! A rule that matters and that neither Cargo nor clippy can keep is kept here.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use adapters::runtime::days;
use adapters::supplier::{Suppliers, notify};
use adapters::telemetry::FIELDS;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, TargetKind};
use domain::eligibility::{RULES, RULESET};
use domain::measure::MEASURES;
use domain::messages::{InboundMessage, SendMessage};
use domain::ports::{CallbackRequest, Callbacks as _, Heard, LEASE, Refusal};
use domain::retention::TERMS;
use local::emulator::root;
use local::stack::FUNCTIONS;
use serde_json::Value;

#[path = "tidy/roles.rs"]
mod roles;

/// What the rules may be made of: no I/O, no clock, no runtime.
const DOMAIN_USES: [&str; 13] = [
    "aho-corasick",
    "anyhow",
    "encoding_rs",
    "hmac",
    "jiff",
    "memchr",
    "phonenumber",
    "schemars",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "unicode-normalization",
];

/// Beginnings of the names of what reaches the world.
const WORLD: [&str; 8] =
    ["adapters", "aws", "hyper", "lambda", "reqwest", "rustls", "tokio", "tracing"];

/// Everything at the top.
const TOP: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "Makefile",
    "README.md",
    "docs",
    "events",
    "functions",
    "infra",
    "shared",
    "tests",
];

/// What tools look for at the top, when it is there.
const TOP_FOR_TOOLS: [&str; 7] = [
    ".ci",
    ".gitignore",
    "LICENSE",
    "clippy.toml",
    "deny.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

// ---------------------------------------------------------------- who may use whom

#[test]
fn the_domain_uses_what_is_on_the_list_and_nothing_of_the_world() {
    let uses = dependencies("domain", &[DependencyKind::Normal, DependencyKind::Build]);
    assert_eq!(uses, set(DOMAIN_USES), "change DOMAIN_USES only for what touches nothing");
    none_of(&WORLD, "domain", &DOMAIN_USES);
}

#[test]
fn the_domain_asks_neither_clock_nor_environment_nor_disk() {
    let never =
        ["std::env", "std::fs", "std::net", "std::process", "SystemTime", "::now()", "tokio"];
    for file in files().iter().filter(|file| file.path.starts_with("shared/domain/src/")) {
        names_none_of(&file.path, &file.text, &never);
    }
}

#[test]
fn the_testkit_knows_neither_aws_nor_adapters() {
    let uses = dependencies("testkit", &[DependencyKind::Normal, DependencyKind::Build]);
    let uses: Vec<&str> =
        uses.iter().map(String::as_str).filter(|name| *name != "domain").collect();
    none_of(&WORLD, "testkit", &uses);
}

#[test]
fn nobody_depends_on_a_function() {
    let every = [DependencyKind::Normal, DependencyKind::Development, DependencyKind::Build];
    for package in METADATA.workspace_packages() {
        if ["e2e", "bench-start"].contains(&package.name.as_str()) {
            continue; // the tests use everything, and the bench makes its tables by what it measures
        }
        let uses = dependencies(&package.name, &every);
        let functions: Vec<_> = folders().into_iter().filter(|name| uses.contains(name)).collect();
        assert!(functions.is_empty(), "{} depends on {functions:?}", package.name);
    }
}

#[test]
fn a_functions_library_knows_the_domain_only() {
    for name in folders() {
        let path = format!("functions/{name}/src/lib.rs");
        names_none_of(&path, read(&path), &["adapters", "lambda_runtime", "aws_", "std::env"]);
        names_none_of(&path, code(read(&path)), &["tokio"]); // its tests may wait with tokio
    }
}

#[test]
fn what_is_fuzzed_is_made_of_the_versions_that_are_released() {
    let (released, fuzzed) = (versions("Cargo.lock"), versions("tests/fuzz/Cargo.lock"));
    let names: BTreeSet<_> = released.iter().map(|(name, _)| name).collect();
    let others = fuzzed.difference(&released).filter(|(name, _)| names.contains(name));
    let others: Vec<_> = others.collect();
    assert!(others.is_empty(), "copy Cargo.lock to tests/fuzz and run cargo there: {others:?}");
}

// ---------------------------------------------------------------- what must stand beside what

#[test]
fn a_function_is_the_same_name_everywhere() {
    let readme = read("README.md");
    for name in folders() {
        for part in ["src/lib.rs", "src/main.rs", "src/config.rs", "Cargo.toml"] {
            file(&format!("functions/{name}/{part}"));
        }
        let main = read(&format!("functions/{name}/src/main.rs"));
        assert!(main.lines().count() <= 50, "{name}'s main.rs wires and does nothing else");

        let package = METADATA.workspace_packages().into_iter().find(|p| p.name.as_str() == name);
        let package = package.unwrap_or_else(|| panic!("functions/{name} is no package {name}"));
        let folder = package.manifest_path.parent().unwrap();
        assert!(folder.ends_with(format!("functions/{name}")), "{name} lives in {folder}");
        for kind in [TargetKind::Bin, TargetKind::Lib] {
            let named = package.targets.iter().find(|target| target.kind.contains(&kind));
            assert_eq!(named.map(|target| target.name.as_str()), Some(name.as_str()), "{kind:?}");
        }

        let resource = function(&name);
        assert_eq!(resource.text("CodeUri"), format!("../target/lambda/{name}/"));
        assert!(resource.text("FunctionName").ends_with(&format!("-{name}")), "{name}");
        let samples = format!("events/{name}/");
        assert!(files().iter().any(|file| file.path.starts_with(&samples)), "{samples} is empty");
        let row = format!("| `{name}`");
        assert!(readme.lines().any(|line| line.starts_with(&row)), "README.md has no row {row}");
    }
}

#[test]
fn every_function_of_the_template_has_a_folder() {
    let named: BTreeSet<String> = TEMPLATE
        .values()
        .filter(|resource| resource.kind == "AWS::Serverless::Function")
        .map(|resource| resource.name.strip_suffix("Function").unwrap().to_lowercase())
        .collect();
    assert_eq!(named, folders().into_iter().collect());
    assert_eq!(named, set(FUNCTIONS), "local::stack::FUNCTIONS");
}

#[test]
fn a_function_is_given_what_it_reads_from_the_environment() {
    let given_to_all = keys(&block(read("infra/template.yaml"), "Globals:"), "Variables");
    assert_eq!(given_to_all, variables(read("shared/adapters/src/config.rs")), "Globals");
    for name in folders() {
        let config = read(&format!("functions/{name}/src/config.rs"));
        let mut reads = variables(config);
        if config.contains("Accounts::from_env()") {
            reads.extend(variables(read("shared/adapters/src/supplier/accounts.rs")));
        }
        assert_eq!(function(&name).environment(), reads, "{name}: template, then config.rs");
    }
}

#[test]
fn a_triggered_queue_waits_long_enough_and_loses_nothing() {
    let written_out = "AWS::Lambda::EventSourceMapping";
    assert!(TEMPLATE.values().all(|resource| resource.kind != written_out), "use Events");
    let mut triggers = BTreeSet::new();
    for resource in TEMPLATE.values() {
        let Some(queue) = resource.value("Queue") else { continue };
        let queue = &TEMPLATE[referred(queue)];
        triggers.insert(queue.name.as_str());
        assert_eq!(
            resource.text("FunctionResponseTypes"),
            "[ReportBatchItemFailures]",
            "{}: one message's failure is its own",
            resource.name
        );
        let least = 6 * resource.seconds("Timeout");
        assert!(
            queue.seconds("VisibilityTimeout") >= least,
            "{} must stay invisible for {least} s, six times the time-out of {}",
            queue.name,
            resource.name
        );
        assert!(queue.seconds("maxReceiveCount") >= 3, "{}", queue.name);
        let dead = referred(queue.text("deadLetterTargetArn"));
        assert!(rings(dead, "ApproximateNumberOfMessagesVisible"), "{dead} has no alarm");
        assert!(rings(&queue.name, "ApproximateAgeOfOldestMessage"), "{} has none", queue.name);
    }
    assert_eq!(triggers, BTreeSet::from(["InboundQueue", "SendQueue"]));
    for queue in TEMPLATE.values().filter(|resource| resource.kind == "AWS::SQS::Queue") {
        let rung = rings(&queue.name, "ApproximateNumberOfMessagesVisible");
        let drained = triggers.contains(queue.name.as_str());
        assert!(rung || drained, "nobody hears of what lies in {}", queue.name);
    }
}

#[test]
fn a_lease_outlives_its_holder_and_lapses_before_the_next_delivery() {
    let timeout = function("send").seconds("Timeout");
    let visibility = TEMPLATE["SendQueue"].seconds("VisibilityTimeout");
    assert!(
        (timeout + 1..visibility).contains(&LEASE.as_secs()),
        "{timeout} < lease < {visibility}"
    );
}

#[test]
fn every_alarm_wakes_somebody_who_finds_it_in_the_manual() {
    let manual = read("infra/README.md");
    let alarms: Vec<_> =
        TEMPLATE.values().filter(|resource| resource.kind == "AWS::CloudWatch::Alarm").collect();
    assert!((1..=10).contains(&alarms.len()), "{} alarms; ten are free", alarms.len());
    for alarm in alarms {
        assert_eq!(alarm.text("AlarmActions"), "[!Ref AlertTopic]", "{}", alarm.name);
        let (_, name) = alarm.text("AlarmName").split_once("${Stage}-").unwrap();
        let row = format!("| `{name}` |");
        let found = manual.lines().any(|line| line.starts_with(&row));
        assert!(found, "infra/README.md does not say what to do about {name}");
    }
}

/// What the code of the functions tells in a log line: the names of the fields of `tracing`'s macros.
fn logged() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files() {
        if !(file.path.starts_with("functions/") || file.path.starts_with("shared/adapters/src/")) {
            continue;
        }
        for level in ["tracing::info!(", "tracing::warn!(", "tracing::error!(", "tracing::debug!("]
        {
            for rest in after_each(code(&file.text), level) {
                // The fields come before the message.
                for field in rest.split('"').next().unwrap().split(", ") {
                    let (name, value) = field.split_once(" = ").unwrap_or((field, ""));
                    let name = name.trim().trim_end_matches(',');
                    let is_name = |c: char| c.is_ascii_lowercase() || c == '.' || c == '_';
                    if !name.is_empty() && name.chars().all(is_name) {
                        names.insert(name.to_owned());
                    }
                    if value.contains("format!(") {
                        break; // its words are not the message's
                    }
                }
            }
        }
    }
    names
}

#[test]
fn a_log_line_has_the_fields_of_the_one_list_and_the_manual_tells_them() {
    let listed: BTreeSet<String> = FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(logged(), listed, "the code, then FIELDS of shared/adapters/src/telemetry.rs");
    let manual = block(read("infra/README.md"), "### Logs and graphs");
    let measures = MEASURES.iter().map(|(_, name)| *name);
    for name in FIELDS.iter().map(|(name, _)| *name).chain(measures) {
        let row = format!("| `{name}` |");
        assert!(manual.contains(&row), "infra/README.md, \"Logs and graphs\": no row {row}");
    }
    assert!(MEASURES.len() <= 10, "ten are free");
}

#[test]
fn the_manual_registers_callbacks_that_are_taken() {
    let manual = read("infra/README.md");
    let told: BTreeSet<&str> = after_each(manual, "<CallbackUrl>/")
        .map(|rest| &rest[..rest.find(['`', '"', ' ']).unwrap()])
        .collect();
    assert!(told.len() >= 2, "receipts and replies: {told:?}");
    for path in told {
        let (supplier, kind) = path.split_once('/').unwrap();
        let request = CallbackRequest {
            supplier: supplier.to_owned(),
            kind: kind.to_owned(),
            headers: [("authorization".to_owned(), format!("Bearer {TOKEN}"))].into(),
            ..CallbackRequest::default()
        };
        let refused = suppliers().read(&request).unwrap_err();
        assert_ne!(refused, Refusal::UnknownSupplier, "infra/README.md: <CallbackUrl>/{path}");
    }
}

#[test]
fn every_invariant_names_a_test_that_keeps_it() {
    let sources = sources();
    let readme = read("README.md");
    let section = block(readme, "## Invariants");
    for n in 1..=10 {
        let item = block(&section, &format!("{n}. "));
        assert!(!item.is_empty(), "README.md, \"## Invariants\": there is no number {n}");
        // Words joined by at least two underscores are the name of a test, or of nothing.
        let tests: Vec<&str> = item
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|quoted| quoted.rsplit("::").next())
            .filter(|name| name.matches('_').count() >= 2)
            .filter(|name| {
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
            })
            .collect();
        assert!(!tests.is_empty(), "README.md: invariant {n} names no test");
        for test in tests {
            let defined = sources.contains(&format!("fn {test}("));
            assert!(defined, "README.md: invariant {n} names `{test}`, which is not there");
        }
    }
}

#[test]
fn the_page_of_rules_is_the_rules() {
    let mut page = format!(
        "# The rules of eligibility\n\n\
         Ruleset {RULESET}, written from `RULES` in `shared/domain/src/eligibility.rs`, which runs.\n\
         Renew it with `RENEW=1 cargo test -p e2e --test tidy`.\n\n\
         Every rule is asked about every caller of every log, and the strictest verdict counts.\n\
         A caller whom no rule matches gets a contact, which is looked at again before it is texted.\n\
         All rules that matched are kept with the decision, and `aftercall why` shows them.\n\n\
         | rule | verdict | matches | source |\n|---|---|---|---|\n"
    );
    for rule in RULES {
        let cell = |text: &str| text.replace('|', "\\|");
        let (id, verdict) = (rule.id, rule.verdict.name());
        writeln!(page, "| `{id}` | {verdict} | {} | {} |", cell(rule.words), cell(rule.source))
            .unwrap();
    }
    let path = root().join("docs/rules.md");
    if std::env::var_os("RENEW").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/rules.md is old: RENEW=1 cargo test -p e2e --test tidy");
}

// ---------------------------------------------------------------- samples

#[test]
fn the_page_of_data_says_how_long_each_thing_is_kept() {
    let rows: Vec<_> = read("docs/data.md")
        .lines()
        .skip_while(|line| !line.starts_with("| constant | days |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| row.split('|').map(str::trim).collect::<Vec<_>>())
        .map(|cells| (cells[1].trim_matches('`').to_owned(), cells[2].to_owned()))
        .collect();
    let terms =
        TERMS.iter().map(|(name, term)| ((*name).to_owned(), (term.as_hours() / 24).to_string()));
    assert_eq!(rows, terms.collect::<Vec<_>>(), "shared/domain/src/retention.rs, docs/data.md");
}

#[test]
fn every_sample_is_used() {
    let sources = sources();
    let pages: String = files()
        .iter()
        .filter(|file| file.path.starts_with("events/") && file.path.ends_with("README.md"))
        .map(|file| file.text.as_str())
        .collect();
    for file in files().iter().filter(|file| file.path.starts_with("events/")) {
        let name = file.path.rsplit('/').next().unwrap();
        let used = sources.contains(name) || pages.contains(name);
        assert!(used || name == "README.md", "{} is named by no test and no README", file.path);
    }
}

#[test]
fn sample_events_are_what_the_functions_take() {
    for body in bodies("events/send/queue.json") {
        serde_json::from_str::<SendMessage>(&body).unwrap();
    }
    for body in bodies("events/feedback/queue.json") {
        serde_json::from_str::<InboundMessage>(&body).unwrap();
    }
    for function in ["dispatch", "reconcile", "report"] {
        let event = json(&format!("events/{function}/schedule.json"));
        let source = event["resources"][0].as_str().unwrap();
        assert!(source.ends_with(&format!("/aftercall-local-{function}")), "{source}");
        assert_eq!(days(&event).unwrap(), None, "{function}");
    }
    assert!(days(&json("events/report/days.json")).unwrap().is_some());
    let heard = suppliers().read(&call("events/webhook/receipt.json")).unwrap();
    assert!(matches!(heard.as_slice(), [Heard::Receipt(_)]), "{heard:?}");
    let heard = suppliers().read(&call("events/webhook/inbound.json")).unwrap();
    assert!(matches!(heard.as_slice(), [Heard::Reply(_)]), "{heard:?}");
    let landed = json("events/ingest/object-created.json");
    let key = landed["Records"][0]["s3"]["object"]["key"].as_str().unwrap();
    assert!(key.starts_with("extracts/storm/"), "{key}");
}

// ---------------------------------------------------------------- what is never written

#[test]
fn nothing_is_left_for_later() {
    let later = ["#[ignore", "todo!", "FIXME", "XXX"];
    for file in files().iter().filter(|file| file.path != "tests/tidy.rs") {
        let found = later.iter().find(|word| file.text.contains(**word));
        assert_eq!(found, None, "{}", file.path);
    }
}

#[test]
fn nothing_refers_to_what_is_outside() {
    let elsewhere = ["/work/", "/home/", "/Users/", "/root/", "/tmp/w/"];
    for file in files().iter().filter(|file| file.path != "tests/tidy.rs") {
        let found = elsewhere.iter().find(|folder| file.text.contains(**folder));
        assert_eq!(found, None, "{}: a folder of one machine", file.path);
        let depth = file.path.matches('/').count();
        for (at, _) in file.text.match_indices("../") {
            let before = file.text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || "/._-}".contains(c)) {
                continue; // the middle of a path; its beginning counts
            }
            let rest = &file.text[at..];
            let up = rest.as_bytes().chunks(3).take_while(|step| *step == b"../").count();
            assert!(
                up <= depth,
                "{} reaches out of the repository: {}",
                file.path,
                &rest[..3 * up]
            );
        }
    }
}

#[test]
fn the_top_has_ten_entries_and_what_tools_look_for() {
    let tops: BTreeSet<String> =
        files().iter().map(|file| file.path.split('/').next().unwrap().to_owned()).collect();
    let tools = set(TOP_FOR_TOOLS);
    assert_eq!(tops.difference(&tools).cloned().collect::<BTreeSet<_>>(), set(TOP));
}

#[test]
fn no_mobile_number_could_be_somebodys() {
    for file in files().iter().filter(|file| !file.path.ends_with("Cargo.lock")) {
        for number in mobiles(&file.text) {
            // Ofcom keeps 07700 900000 to 900999 for drama; six zeros at the end are nobody's
            // either, and phone.rs tests what lies beside the ranges.
            let invented = number.starts_with("7700900")
                || number.ends_with("000000")
                || file.path == "shared/domain/src/phone.rs";
            assert!(invented, "{} has the number 0{number}", file.path);
        }
    }
}

#[test]
fn a_mobile_number_is_found_however_it_is_written() {
    for text in
        ["07700900123", "+447700900123", "447700 900123.", "(07700-900123)", "+44 (0)7700 900 123"]
    {
        assert_eq!(mobiles(text), ["7700900123"], "{text}");
    }
    for text in ["0770090012", "077009001237", "a07700900123", "1.07700900123", "01632 960001"] {
        assert!(mobiles(text).is_empty(), "{text}");
    }
}

// ---------------------------------------------------------------- the files

/// A file of the repository.
struct File {
    path: String,
    text: String,
}

/// Every file that is committed, or would be.
fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let listed = Command::new("git")
            .current_dir(root())
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output();
        let paths = match listed {
            Ok(output) if output.status.success() => {
                let listed = String::from_utf8(output.stdout).unwrap();
                listed.split_terminator('\0').map(str::to_owned).collect()
            }
            // From an archive, or without git.
            _ => walk(&root(), ""),
        };
        let read = |path: String| {
            let bytes = std::fs::read(root().join(&path)).ok()?; // listed, and deleted since
            Some(File { path, text: String::from_utf8_lossy(&bytes).into_owned() })
        };
        paths.into_iter().filter_map(read).collect()
    });
    &FILES
}

fn walk(folder: &Path, prefix: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if [".git", ".venv", ".local", "target"].contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            paths.extend(walk(&entry.path(), &format!("{path}/")));
        } else {
            paths.push(path);
        }
    }
    paths
}

fn file(path: &str) -> &'static File {
    files().iter().find(|file| file.path == path).unwrap_or_else(|| panic!("there is no {path}"))
}

fn read(path: &str) -> &'static str {
    &file(path).text
}

/// Everything written in Rust.
fn sources() -> String {
    files().iter().filter(|file| file.path.ends_with(".rs")).map(|file| &*file.text).collect()
}

/// The folders of `functions/`.
fn folders() -> Vec<String> {
    let inside = files().iter().filter_map(|file| file.path.strip_prefix("functions/"));
    let names: BTreeSet<&str> = inside.filter_map(|path| path.split('/').next()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Comments may name everything.
fn names_none_of(path: &str, text: &str, words: &[&str]) {
    for (n, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        let found = words.iter().find(|word| line.contains(**word));
        assert_eq!(found, None, "{path}:{}", n + 1);
    }
}

fn after_each<'a>(text: &'a str, what: &str) -> impl Iterator<Item = &'a str> {
    text.match_indices(what).map(move |(at, what)| &text[at + what.len()..])
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Every UK mobile number in a text, as its ten digits from the 7 on.
fn mobiles(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let number = |at: usize| {
        let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+');
        if at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(inside) {
            return None;
        }
        let rest = &text[at..];
        let prefix = ["+44", "0044", "44", "0"].into_iter().find(|p| rest.starts_with(p))?;
        let rest = rest[prefix.len()..].trim_start_matches(' ');
        national(rest.strip_prefix("(0)").unwrap_or(rest))
    };
    (0..bytes.len()).filter(|at| text.is_char_boundary(*at)).filter_map(number).collect()
}

/// Ten digits that begin with a 7, with at most one space or hyphen between two of them.
fn national(text: &str) -> Option<String> {
    let mut digits = String::new();
    let mut gap = false;
    let mut rest = text.chars();
    while digits.len() < 10 {
        match rest.next()? {
            digit @ '0'..='9' => {
                digits.push(digit);
                gap = false;
            }
            ' ' | '-' if !gap && !digits.is_empty() => gap = true,
            _ => return None,
        }
    }
    let whole = !rest.next().is_some_and(|c| c.is_ascii_digit());
    (whole && digits.starts_with('7')).then_some(digits)
}

// ---------------------------------------------------------------- the manifests

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps();
    command.other_options(["--locked".to_owned(), "--offline".to_owned()]);
    command.exec().unwrap()
});

/// What a package's manifest names.
fn dependencies(package: &str, kinds: &[DependencyKind]) -> BTreeSet<String> {
    let packages = METADATA.workspace_packages();
    let package = packages.into_iter().find(|found| found.name.as_str() == package).unwrap();
    let named = package.dependencies.iter().filter(|used| kinds.contains(&used.kind));
    named.map(|used| used.name.clone()).collect()
}

/// Fails if what a package uses, or anything that in turn uses, has a name that begins like one of
/// these. Read from `Cargo.lock`, so for every platform and with every feature.
fn none_of(beginnings: &[&str], package: &str, uses: &[&str]) {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let mut graph = BTreeMap::<&str, Vec<&str>>::new();
    for locked in lock["package"].as_array().unwrap() {
        let uses = locked.get("dependencies").and_then(toml::Value::as_array);
        let uses = uses.into_iter().flatten().filter_map(toml::Value::as_str);
        let uses = uses.filter_map(|used| used.split(' ').next());
        graph.entry(locked["name"].as_str().unwrap()).or_default().extend(uses);
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = uses.to_vec();
    while let Some(name) = open.pop() {
        if seen.insert(name) {
            let found = beginnings.iter().find(|beginning| name.starts_with(**beginning));
            assert_eq!(found, None, "{package} comes to use {name}");
            open.extend(&graph[name]);
        }
    }
}

/// Every package of a lock file with its version.
fn versions(path: &str) -> BTreeSet<(String, String)> {
    let lock: toml::Table = read(path).parse().unwrap();
    let text = |package: &toml::Value, key| package[key].as_str().unwrap().to_owned();
    let packages = lock["package"].as_array().unwrap().iter();
    packages.map(|package| (text(package, "name"), text(package, "version"))).collect()
}

/// The variables a source reads through `adapters::config`.
fn variables(source: &str) -> BTreeSet<String> {
    ["required(", "optional(", "parsed("]
        .into_iter()
        .flat_map(|call| after_each(code(source), call))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// A source without the tests at its foot.
fn code(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap()
}

// ---------------------------------------------------------------- the template

/// One resource. The file is laid out regularly, so lines and indents are enough to read it.
struct Resource {
    name: String,
    kind: String,
    lines: String,
}

static TEMPLATE: LazyLock<BTreeMap<String, Resource>> = LazyLock::new(|| {
    let all = block(read("infra/template.yaml"), "Resources:");
    let names = all.lines().filter(|line| {
        let indent = line.len() - line.trim_start().len();
        indent == 2 && !line.trim_start().starts_with('#')
    });
    let resource = |line: &str| {
        let lines = block(&all, line.trim_end());
        let name = uncommented(line).trim().trim_end_matches(':').to_owned();
        let kind = value(&lines, "Type").unwrap().to_owned();
        (name.clone(), Resource { name, kind, lines })
    };
    names.map(resource).collect()
});

/// A function by its folder's name.
fn function(name: &str) -> &'static Resource {
    let (first, rest) = name.split_at(1);
    let id = format!("{}{rest}Function", first.to_uppercase());
    TEMPLATE.get(&id).unwrap_or_else(|| panic!("infra/template.yaml has no {id}"))
}

/// Whether an alarm looks at this measure of this queue.
fn rings(queue: &str, measure: &str) -> bool {
    let dimension = format!("[{{ Name: QueueName, Value: !GetAtt {queue}.QueueName }}]");
    TEMPLATE.values().any(|alarm| {
        alarm.value("Dimensions") == Some(&dimension) && alarm.value("MetricName") == Some(measure)
    })
}

impl Resource {
    /// The first value of a key that has one in its line, at whatever depth.
    fn value(&self, key: &str) -> Option<&str> {
        value(&self.lines, key)
    }

    fn text(&self, key: &str) -> &str {
        let found = self.value(key);
        found.unwrap_or_else(|| panic!("infra/template.yaml: {} has no {key}", self.name))
    }

    fn seconds(&self, key: &str) -> i64 {
        self.text(key).parse().unwrap()
    }

    /// The names of its variables, its own or those of the anchor it refers to.
    fn environment(&self) -> BTreeSet<String> {
        let anchor = self.value("Variables").and_then(|value| value.strip_prefix('*'));
        let Some(anchor) = anchor else { return keys(&self.lines, "Variables") };
        let anchor = format!("&{anchor}");
        let owner = TEMPLATE.values().find(|other| other.value("Variables") == Some(&anchor));
        keys(&owner.unwrap().lines, "Variables")
    }
}

/// The resource an attribute belongs to.
fn referred(value: &str) -> &str {
    value.strip_prefix("!GetAtt ").and_then(|value| value.strip_suffix(".Arn")).unwrap()
}

fn value<'a>(lines: &'a str, key: &str) -> Option<&'a str> {
    let mut values = lines.lines().filter_map(|line| {
        let rest = uncommented(line).trim_start().strip_prefix(key)?.strip_prefix(':')?;
        Some(rest.trim()).filter(|value| !value.is_empty())
    });
    values.next()
}

/// The keys directly under a key.
fn keys(lines: &str, key: &str) -> BTreeSet<String> {
    let line = lines.lines().find(|line| line.trim_start().starts_with(&format!("{key}:")));
    let inside = block(lines, line.unwrap());
    inside
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.trim_start().split_once(':')?.0.to_owned()))
        .collect()
}

/// The line that begins so, with the lines after it that are indented further or empty; for a
/// heading, everything up to the next of its rank.
fn block(text: &str, beginning: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(beginning));
    let Some(first) = lines.next() else { return String::new() };
    let rank = first.len() - first.trim_start_matches('#').len();
    let indent = first.len() - first.trim_start().len();
    let inside = lines.take_while(|line| match rank {
        0 => line.trim().is_empty() || line.len() - line.trim_start().len() > indent,
        _ => !line.starts_with('#') || line.len() - line.trim_start_matches('#').len() > rank,
    });
    inside.fold(format!("{first}\n"), |all, line| all + line + "\n")
}

fn uncommented(line: &str) -> &str {
    line.split(" #").next().unwrap()
}

// ---------------------------------------------------------------- the samples

/// The token the samples carry, which is the local stack's.
const TOKEN: &str = "a-callback-token-for-this-machine-only";

fn suppliers() -> Suppliers {
    let callbacks = notify::callback::Notify::new(&TOKEN.into(), testkit::samples::pepper());
    Suppliers { notify: Some(callbacks.unwrap()), ..Suppliers::default() }
}

fn json(path: &str) -> Value {
    serde_json::from_str(read(path)).unwrap()
}

/// The bodies of a queue's batch.
fn bodies(path: &str) -> Vec<String> {
    let event = json(path);
    let records = event["Records"].as_array().unwrap();
    assert!(!records.is_empty(), "{path}");
    records.iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

/// A call as the API hands it over.
fn call(path: &str) -> CallbackRequest {
    let event = json(path);
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    CallbackRequest {
        supplier: text("/pathParameters/supplier"),
        kind: text("/pathParameters/kind"),
        headers: [("authorization".to_owned(), text("/headers/authorization"))].into(),
        body: text("/body").into_bytes(),
        ..CallbackRequest::default()
    }
}

//! The night of the ten files on the deployed template: 5,000 logs with duplicates, re-opened logs
//! and late crime links come to what an independent fold says, and come twice without a write.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::contact::{Contact, State};
use domain::person::{Pepper, PersonId};
use domain::phone::Mobile;
use local::stack::{PEPPER, STACK, Stack};
use local::supplier::Behaviour;

use crate::night::fold::{Decided, End, fold};
use crate::night::invented::{Delivery, LOGS, Night, night};

/// Before anything is due, so that nothing is dispatched while files come.
const EARLY: &str = "2026-03-10T06:30:00Z";

/// How long one wave of files may take to be read.
const PATIENCE: Duration = Duration::from_secs(240);

/// What `ingest` is given in the template.
const MEMORY_KIB: u64 = 256 * 1024;

type Item = std::collections::HashMap<String, AttributeValue>;

#[tokio::test(flavor = "multi_thread")]
async fn ten_files_of_five_thousand_logs_come_to_what_the_rules_say() {
    let _alone = crate::MACHINE.lock().await;
    let night = night(1);
    let expected = fold(&night);
    let rules = expected.counts().len() - 3;
    assert!(expected.callers.len() == LOGS && rules >= 25, "{rules} rules");
    let stack = Stack::start(EARLY, Behaviour::default(), &|_| ()).await.unwrap();

    let read = land_all(&stack, &night, "").await;
    told(&format!(
        "{} rows, {LOGS} logs, {rules} rules, {} planned: {read:.1?}, {:.0} logs/s",
        night.rows.len(),
        expected.planned.len(),
        LOGS as f64 / read.as_secs_f64(),
    ));
    let (logs, contacts) = (logs(&stack).await, stack.contacts().await.unwrap());
    let differences = expected.differences(&end(&logs, &contacts));
    assert!(differences.is_empty(), "{differences}");
    let undone = [State::Planned, State::Cancelled];
    assert!(contacts.iter().all(|contact| undone.contains(&contact.state)), "somebody was texted");

    let again = land_all(&stack, &night, "again-").await;
    let peak = peak_memory_kib(&stack, "ingest");
    told(&format!("again: {again:.1?}; ingest's memory at its peak: {} MiB", peak / 1024));
    assert!(revisions(&logs) == revisions(&self::logs(&stack).await), "a log was written again");
    let sorted = |mut contacts: Vec<Contact>| {
        contacts.sort_by(|a, b| a.id.cmp(&b.id));
        contacts
    };
    assert!(sorted(contacts) == sorted(stack.contacts().await.unwrap()), "a contact was written");
    assert!(peak > 0 && peak < MEMORY_KIB, "ingest took {peak} KiB");
}

/// Lands every file, each wave when the one before it has been read; how long that took.
async fn land_all(stack: &Stack, night: &Night, prefix: &str) -> Duration {
    let started = Instant::now();
    for wave in &night.waves {
        land(stack, wave, prefix).await;
    }
    started.elapsed()
}

#[expect(clippy::print_stderr, reason = "figures for whoever runs it with --nocapture")]
fn told(figures: &str) {
    eprintln!("{figures}");
}

/// Files land at the same time, and have been read: each has a row that cannot be, told at its end.
async fn land(stack: &Stack, wave: &[Delivery], prefix: &str) {
    let mut waiting = BTreeSet::new();
    for Delivery { feed, name, body } in wave {
        stack
            .upload(&format!("extracts/{feed}/{prefix}{name}"), body.clone().into_bytes())
            .await
            .unwrap();
        waiting.insert(format!("rejects/{feed}/{prefix}{name}.rejects.csv"));
    }
    let started = Instant::now();
    loop {
        let keys: BTreeSet<_> = stack.keys().await.unwrap().into_iter().collect();
        if waiting.is_subset(&keys) {
            return;
        }
        let failed = stack.waiting("IngestFailedQueueUrl").await.unwrap();
        assert!(
            failed == 0 && started.elapsed() < PATIENCE,
            "{waiting:?} not read, {failed} failed\n{}",
            local::emulator::tail(&stack.emulator.log())
        );
        // Not waiting for time to pass, but asking again whether the world has moved.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Everything kept under the numbers of logs, of logs that are only named as well.
#[expect(clippy::disallowed_methods, reason = "a test looks at everything there is")]
async fn logs(stack: &Stack) -> Vec<Item> {
    let client = aws_sdk_dynamodb::Client::new(&stack.aws);
    let mut pages = client
        .scan()
        .table_name(stack.output("TableName").unwrap())
        .filter_expression("sk = :log")
        .expression_attribute_values(":log", AttributeValue::S("LOG".to_owned()))
        .consistent_read(true)
        .into_paginator()
        .send();
    let mut logs = Vec::new();
    while let Some(page) = pages.next().await {
        logs.extend(page.unwrap().items.unwrap_or_default());
    }
    logs
}

fn revisions(logs: &[Item]) -> BTreeMap<&str, &str> {
    logs.iter().map(|log| (text(log, "pk"), log["revision"].as_n().unwrap().as_str())).collect()
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

/// What the table says everything came to.
fn end(logs: &[Item], contacts: &[Contact]) -> End {
    let pepper = Pepper::parse(PEPPER).unwrap();
    let person = |last: u16| {
        let mobile = Mobile::from_e164(&format!("+447700900{last:03}")).unwrap();
        (pepper.person(&mobile), last)
    };
    let people: BTreeMap<PersonId, u16> = (0..1000).map(person).collect();
    let mut end = End::default();
    for log in logs.iter().filter(|log| log.contains_key("number")) {
        let decided = log["callers"].as_l().unwrap().iter().map(|caller| {
            let caller = caller.as_m().unwrap();
            let rules = caller.get("rules").map_or(&[][..], |rules| rules.as_l().unwrap());
            let person = caller.get("person").map(|id| PersonId::parse(id.as_s().unwrap()));
            Decided {
                person: person.map(|id| people[&id.unwrap()]),
                verdict: text(caller, "verdict").to_owned(),
                rules: rules.iter().map(|rule| rule.as_s().unwrap().clone()).collect(),
            }
        });
        let mut decided: Vec<_> = decided.collect();
        decided.sort();
        end.callers.insert(text(log, "number").to_owned(), decided);
    }
    for contact in contacts.iter().filter(|contact| contact.state == State::Planned) {
        end.planned.insert((contact.incident.to_string(), people[contact.id.person()]));
    }
    end
}

/// The most memory that any process of this function has held, as Linux tells it.
fn peak_memory_kib(stack: &Stack, function: &str) -> u64 {
    let named = format!("AWS_LAMBDA_FUNCTION_NAME={STACK}-{function}\0");
    let ours = format!("AWS_ENDPOINT_URL={}\0", stack.emulator.url());
    let mut peak = 0;
    for process in std::fs::read_dir("/proc").unwrap() {
        let process = process.unwrap().path();
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment);
        if !environment.contains(&named) || !environment.contains(&ours) {
            continue;
        }
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(held.unwrap_or_default());
    }
    peak
}

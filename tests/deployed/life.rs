//! One caller's contact through its whole life on the deployed stack: after each step, everything that
//! is left of the number, of the reply's words and of the keyed hash, wherever it could be.
//!
//! The local AWS deletes nothing by itself, so this file does what AWS does, by the terms that the
//! template has: items whose time to live is over, and objects older than their prefix may grow.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::contact::{Contact, State};
use domain::desk::TaskId;
use domain::person::{Pepper, PersonId};
use domain::phone::Mobile;
use domain::ports::{
    Desks as _, Inbox as _, Ledger as _, LogBook as _, Numbers as _, Replies as _,
};
use jiff::{SignedDuration, Timestamp};
use local::emulator::root;
use local::faults::extract::Wave;
use local::stack::{PEPPER, STACK, Stack};
use local::supplier::{Behaviour, People};

use crate::MACHINE;
use crate::replies::until;

/// Before anything is due: what is planned waits for nine o'clock.
const EARLY: &str = "2026-03-10T07:00:00Z";

/// Whose life it is, and somebody who wants no texts.
const CALLER: &str = "07700900010";
const STOPPING: &str = "07700900011";

/// A word that no other text holds.
const WORD: &str = "zqxcanary";

/// What must be left after each step, and nothing else: a number, a word or a hash, and where.
///
/// The hash may stand in a function's log besides: ids are what log lines are told apart by.
const LIFE: [(&str, &[&str]); 12] = [
    (
        "planned",
        &[
            "number in extracts/",
            "number in NUMBER",
            "hash in NUMBER",
            "hash in CONTACT",
            "hash in LOG",
        ],
    ),
    ("queued", &["hash in SendQueueUrl"]),
    ("texted", &["hash in InboundQueueUrl", "!hash in SendQueueUrl"]),
    ("delivered", &["!hash in InboundQueueUrl"]),
    (
        "answered",
        &["number in CALL", "words in CALL", "hash in CALL", "hash in TASK", "hash in SAID"],
    ),
    ("held", &["number in holds/", "words in holds/", "hash in holds/", "hash in AUDIT"]),
    (
        "the reply window is over",
        &[
            "!number in extracts/",
            "!number in NUMBER",
            "!hash in NUMBER",
            "!number in CALL",
            "!hash in SAID",
        ],
    ),
    ("the reply's term is over", &["!words in CALL", "!hash in CALL"]),
    ("the log's term is over", &["!hash in LOG"]),
    ("the contact's term is over", &["!hash in CONTACT", "!hash in TASK"]),
    // What is held does not go because the table has no more of it.
    ("held again", &[]),
    (
        "let go and erased",
        // The wish not to be texted is what is left of everybody who was erased.
        &["!number in holds/", "!words in holds/", "!hash in holds/", "hash in PERSON"],
    ),
];

/// What may be left after a step: each row adds to the one before, and `!` takes away.
fn expected(step: &str) -> BTreeSet<String> {
    let mut left = BTreeSet::new();
    for (name, changes) in LIFE {
        for change in changes {
            match change.strip_prefix('!') {
                Some(gone) => assert!(left.remove(gone), "{name}: {gone} was not there"),
                None => assert!(left.insert((*change).to_owned()), "{name}: {change} twice"),
            }
        }
        if name == step {
            return left;
        }
    }
    panic!("no step {step}")
}

/// The stack, whose life is followed, and since when each object has been in the bucket.
struct Life {
    stack: Stack,
    caller: PersonId,
    landed: BTreeMap<String, Timestamp>,
    template: Template,
}

/// The terms by which AWS deletes.
struct Template {
    /// The attribute of the time to live.
    expires: String,
    /// Each prefix with the days its objects may grow old.
    prefixes: Vec<(String, i64)>,
}

impl Template {
    fn read() -> Self {
        let text = std::fs::read_to_string(root().join("infra/template.yaml")).unwrap();
        let after = |text: &str, name: &str| {
            let (_, rest) = text.split_once(name)?;
            let value: String = rest.chars().take_while(|c| !"\n, }".contains(*c)).collect();
            Some(value)
        };
        let rules = text.split("          - Id: ").skip(1).filter_map(|rule| {
            let rule = rule.split("      NotificationConfiguration:").next()?;
            let enabled = rule.contains("Status: Enabled");
            let days = after(rule, "ExpirationInDays: ")?.parse().ok()?;
            enabled.then(|| (after(rule, "Prefix: ").unwrap(), days))
        });
        let ttl = after(&text, "TimeToLiveSpecification: { AttributeName: ");
        Self { expires: ttl.unwrap(), prefixes: rules.collect() }
    }
}

#[expect(clippy::print_stderr, reason = "progress for whoever runs it with --nocapture")]
fn told(step: &str) {
    eprintln!("{step}");
}

fn person(number: &str) -> PersonId {
    let mobile = Mobile::from_supplier(number).unwrap();
    Pepper::parse(PEPPER).unwrap().person(&mobile)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_contact_nothing_is_left_longer_than_its_term() {
    let _alone = MACHINE.lock().await;
    let behaviour = Behaviour { people: People::silent(), ..Behaviour::default() };
    let stack = Stack::start(EARLY, behaviour, &|_| ()).await.unwrap();
    let template = Template::read();
    let terms: Vec<_> = template.prefixes.iter().map(|(prefix, _)| prefix.as_str()).collect();
    let known = ["extracts/", "outbox/", "inbox/", "rejects/", "decisions/", "record/", "done/"];
    assert_eq!(terms, known, "holds/ has no term");
    let mut life = Life { stack, caller: person(CALLER), landed: BTreeMap::new(), template };

    let wave = Wave::new(0, 2, life.stack.clock.now());
    // The wave's first two are numbers of which Notify tells nothing.
    let extract = String::from_utf8(wave.extract).unwrap().replace("0770090000", "0770090001");
    life.stack.upload(&wave.key, extract.into_bytes()).await.unwrap();
    life.comes_to(State::Planned).await;
    life.left("planned").await;

    life.trigger("send", false).await;
    life.later(SignedDuration::from_hours(3)).await;
    life.stack.invoke("dispatch", "{}").await.unwrap();
    life.comes_to(State::Queued).await;
    life.left("queued").await;

    life.trigger("feedback", false).await;
    life.trigger("send", true).await;
    life.comes_to(State::Accepted).await;
    until(&life.stack, "both receipts wait", async |stack| {
        stack.waiting("InboundQueueUrl").await.unwrap() == 2
            && stack.waiting("SendQueueUrl").await.unwrap() == 0
    })
    .await;
    life.left("texted").await;

    life.trigger("feedback", true).await;
    life.comes_to(State::Delivered).await;
    life.left("delivered").await;

    life.stack.supplier.receive(STOPPING, "STOP");
    life.stack.supplier.receive(CALLER, &format!("I want to make a complaint, {WORD}"));
    until(&life.stack, "both replies are read", async |stack| {
        let contacts = stack.contacts().await.unwrap();
        contacts.iter().filter(|contact| contact.answer.is_some()).count() == 2
            && stack.waiting("InboundQueueUrl").await.unwrap() == 0
            && stack.waiting("SendQueueUrl").await.unwrap() == 0
    })
    .await;
    let contact = life.contact().await;
    let answer = contact.answer.clone().unwrap();
    let reply = TaskId { supplier: "notify".to_owned(), message: answer.messages[0].clone() };
    life.left("answered").await;

    let case = ["--case", "LIT-2026-014", "--why", "letter before claim", "--by", "A. Officer"];
    let hold = [&["person", "hold", CALLER][..], &case].concat();
    life.stack.aftercall(&hold).unwrap();
    life.left("held").await;

    let texted = contact.texted_at().unwrap();
    let days = |days: i64| SignedDuration::from_hours(days * 24);
    life.at(texted + days(31)).await;
    assert_eq!(life.stack.table().unwrap().number(&life.caller).await.unwrap(), None);
    life.left("the reply window is over").await;

    life.at(texted + days(185)).await;
    let table = life.stack.table().unwrap();
    assert!(table.reply(&reply).await.unwrap().is_none());
    assert!(table.call(&reply.supplier, &reply.message).await.unwrap().is_none());
    assert!(life.stack.aftercall(&["inbox", "show", &reply.to_string()]).is_err());
    life.left("the reply's term is over").await;

    life.at(texted + days(402)).await;
    let file = life.stack.table().unwrap().log(&contact.incident).await.unwrap();
    assert!(file.record.is_none(), "a log whose term is over is not served");
    assert!(file.revision > 0, "the next version of it is written over what is there");
    let logs = [contact.incident.clone()];
    assert!(life.stack.table().unwrap().logs(&logs).await.unwrap().is_empty());
    assert!(life.stack.aftercall(&["why", contact.incident.as_str()]).is_err());
    life.left("the log's term is over").await;

    life.at(texted + days(3 * 366 + 2)).await;
    let table = life.stack.table().unwrap();
    assert!(table.contact(&contact.id).await.unwrap().is_none());
    let ids = [contact.id.clone()];
    assert!(table.contacts(&ids).await.unwrap().is_empty());
    assert!(table.task(&reply).await.unwrap().is_none());
    let stopping = table.person(&person(STOPPING)).await.unwrap();
    assert!(stopping.contacts.is_empty() && stopping.follow_ups.is_empty());
    assert!(stopping.opted_out.is_some(), "somebody who said STOP is never texted again");
    life.left("the contact's term is over").await;
    let mut stopping = life.find("hash", person(STOPPING).as_str()).await;
    stopping.remove("hash in logs");
    assert_eq!(stopping, BTreeSet::from(["hash in PERSON".to_owned()]));

    what_is_held_for_a_case_outlives_its_term(&mut life, &hold).await;
}

/// Held again it loses nothing, erasure is refused until it is let go, and each is in the record.
async fn what_is_held_for_a_case_outlives_its_term(life: &mut Life, hold: &[&str]) {
    life.stack.aftercall(hold).unwrap();
    life.left("held again").await;
    let holds = life.stack.aftercall(&["person", "holds", "--json"]).unwrap();
    let holds: serde_json::Value = serde_json::from_str(&holds).unwrap();
    assert_eq!(holds[0]["case"], "LIT-2026-014");
    assert_eq!(holds[0]["person"], life.caller.as_str());

    let erase = ["person", "erase", CALLER, "--why", "request ER-7", "--by", "A. Officer", "--yes"];
    let refused = life.stack.run(&erase).unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("LIT-2026-014") && said.contains("person release"), "{said}");
    life.left("held again").await;

    let release = ["person", "release", "--case", "LIT-2026-014", "--why", "settled"];
    life.stack.aftercall(&release).unwrap();
    let again = life.stack.run(&release).unwrap();
    assert_eq!(again.status.code(), Some(1), "there is nothing to let go any more");
    life.stack.aftercall(&erase).unwrap();
    life.left("let go and erased").await;
    let acts = life.stack.aftercall(&["audit", "list"]).unwrap();
    for act in ["held", "released", "erased"] {
        assert!(acts.contains(act), "{acts}");
    }
}

impl Life {
    async fn contact(&self) -> Contact {
        let contacts = self.stack.contacts().await.unwrap();
        contacts.into_iter().find(|contact| *contact.id.person() == self.caller).unwrap()
    }

    /// Waits until both contacts stand there.
    async fn comes_to(&self, state: State) {
        until(&self.stack, state.name(), async |stack| {
            let contacts = stack.contacts().await.unwrap();
            contacts.len() == 2 && contacts.iter().all(|contact| contact.state == state)
        })
        .await;
    }

    /// Switches the trigger of a function on or off.
    async fn trigger(&self, function: &str, on: bool) {
        let lambda = aws_sdk_lambda::Client::new(&self.stack.aws);
        let name = format!("{STACK}-{function}");
        let mappings = lambda.list_event_source_mappings().function_name(name).send();
        let mappings = mappings.await.unwrap();
        let id = mappings.event_source_mappings()[0].uuid().unwrap();
        lambda.update_event_source_mapping().uuid(id).enabled(on).send().await.unwrap();
    }

    async fn later(&mut self, by: SignedDuration) {
        self.stack.move_clock(by).await.unwrap();
    }

    async fn at(&mut self, moment: Timestamp) {
        let by = moment.duration_since(self.stack.clock.now());
        self.later(by).await;
    }

    /// Does what AWS would have done by now, then looks everywhere.
    async fn left(&mut self, step: &str) {
        self.delete_what_expired().await;
        let mut found = self.find("hash", self.caller.as_str()).await;
        found.extend(self.find("words", WORD).await);
        // In whatever form: 07700900010, 07700 900010, +447700900010, 447700900010.
        for form in [CALLER[1..].to_owned(), format!("{} {}", &CALLER[1..5], &CALLER[5..])] {
            found.extend(self.find("number", &form).await);
        }
        found.remove("hash in logs");
        told(step);
        assert_eq!(found, expected(step), "{step}");
    }

    async fn delete_what_expired(&mut self) {
        let now = self.stack.clock.now();
        let client = aws_sdk_dynamodb::Client::new(&self.stack.aws);
        for item in self.items().await {
            let expires = item.get(&self.template.expires).and_then(|at| at.as_n().ok());
            // Nought is for ever: AWS leaves what expired more than five years ago.
            let over = expires.and_then(|at| at.parse::<i64>().ok()).filter(|at| *at > 0);
            if over.is_some_and(|at| at < now.as_second()) {
                let deleted = client
                    .delete_item()
                    .table_name(STACK)
                    .key("pk", item["pk"].clone())
                    .key("sk", item["sk"].clone());
                deleted.send().await.unwrap();
            }
        }
        let keys = self.stack.keys().await.unwrap();
        for key in &keys {
            let landed = *self.landed.entry(key.clone()).or_insert(now);
            let term = self.template.prefixes.iter().find(|(prefix, _)| key.starts_with(prefix));
            if term.is_some_and(|(_, days)| now.duration_since(landed).as_hours() > days * 24) {
                let deleted = self.stack.s3().delete_object();
                let bucket = self.stack.output("BucketName").unwrap();
                deleted.bucket(bucket).key(key).send().await.unwrap();
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a test looks at everything there is")]
    async fn items(&self) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let client = aws_sdk_dynamodb::Client::new(&self.stack.aws);
        let pages = client.scan().table_name(STACK).into_paginator().items().send();
        pages.collect::<Result<_, _>>().await.unwrap()
    }

    /// Where a text stands: which kinds of items, which folders of the bucket, which queues, the logs.
    async fn find(&self, what: &str, text: &str) -> BTreeSet<String> {
        let mut places: Vec<(String, String)> = Vec::new();
        for item in self.items().await {
            let part =
                |name: &str| item[name].as_s().unwrap().split('#').next().unwrap().to_owned();
            let kind = if part("pk") == "PERSON" { part("sk") } else { part("pk") };
            places.push((kind, format!("{item:?}")));
        }
        for key in self.stack.keys().await.unwrap() {
            let folder = key.split_inclusive('/').next().unwrap().to_owned();
            let body = self.stack.read(&key).await.unwrap().unwrap_or_default();
            places.push((folder, format!("{key}\n{}", String::from_utf8_lossy(&body))));
        }
        for queue in ["Send", "SendFailed", "Inbound", "InboundFailed", "IngestFailed"] {
            let output = format!("{queue}QueueUrl");
            let url = self.stack.output(&output).unwrap().to_owned();
            places.push((output, self.peek(&url).await));
        }
        places.push(("logs".to_owned(), self.stack.function_logs().await.unwrap()));
        let found = places.into_iter().filter(|(_, held)| held.contains(text));
        found.map(|(place, _)| format!("{what} in {place}")).collect()
    }

    /// What waits on a queue, which keeps it.
    async fn peek(&self, url: &str) -> String {
        let sqs = aws_sdk_sqs::Client::new(&self.stack.aws);
        let asked = sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let answer = asked.visibility_timeout(0).send().await.unwrap();
        answer.messages().iter().filter_map(|message| message.body()).collect()
    }
}

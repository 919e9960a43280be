//! Drills in which something of our own fails: the table, a queue, the topic, a function, a release.

use std::collections::BTreeSet;

use adapters::config::optional;
use aws_sdk_s3::types::{LambdaFunctionConfiguration, NotificationConfiguration};
use domain::contact::{Contact, Plan, State};
use domain::eligibility::{Facts, decide};
use domain::feed;
use domain::force::Reading;
use domain::incident::LogNumber;
use domain::logbook::{CallerRecord, LogFile, LogRecord};
use domain::person::PersonId;
use domain::phone::{DramaNumbers, Mobile};
use domain::ports::{Catalogue as _, Ledger as _, LogBook as _};
use futures_util::stream::{self, StreamExt as _};
use jiff::SignedDuration;
use local::emulator::root;
use local::proxy::Refusal;
use local::supplier::{Behaviour, People};

use super::bench::{Bench, good_day, told};

/// The contacts of the backlog, unless `CONTACTS` says otherwise: `make drills` has ten thousand.
const BACKLOG: usize = 300;

/// How many writes are awaited at the same time.
const AT_ONCE: usize = 8;

const DANGER: &str = "help he has a knife";

pub(super) async fn messages_of_every_release_are_in_flight(bench: &mut Bench) {
    bench
        .begin(
            "upgrade with old messages in flight",
            "every golden message of every release, about nobody and about people just texted",
        )
        .await;
    let contacts = bench.land(5).await;
    bench.rest().await;
    let before = bench.stack.supplier.counts().texts;
    let reply = bench.stack.supplier.ledger().replies.last().unwrap().id.clone();
    let contact = contacts.first().unwrap().as_str();
    for (folder, queue) in [("send", "SendQueueUrl"), ("feedback", "InboundQueueUrl")] {
        let mut bodies = Vec::new();
        for entry in std::fs::read_dir(root().join("events").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.file_stem().unwrap().to_string_lossy().contains("_v") {
                continue;
            }
            let golden = std::fs::read_to_string(path).unwrap();
            let live = golden
                .replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef", contact)
                .replace("740e5834-3a29-46b4-9a6f-16142fde533a", &reply);
            for (receipt, name) in domain::contact::RECEIPTS {
                bodies.push(golden.replace("\"delivered\"", &format!("{name:?}")));
                // Only what may truly come after a delivery: it must move nothing back.
                if receipt != domain::contact::Receipt::Delivered {
                    bodies.push(live.replace("\"delivered\"", &format!("{name:?}")));
                }
            }
        }
        assert!(bodies.len() >= 10, "the goldens of {folder}");
        bench.put(queue, &bodies).await;
    }
    bench.rest().await;
    for queue in ["SendFailedQueueUrl", "InboundFailedQueueUrl"] {
        assert_eq!(bench.stack.waiting(queue).await.unwrap(), 0, "{queue}");
    }
    assert_eq!(bench.in_state(&contacts, &[State::Delivered]).await, 5, "nothing moved back");
    assert_eq!(bench.stack.supplier.counts().texts, before, "nothing was texted for it");
    bench.mended();
    bench.end(&[]).await;
}

pub(super) async fn messages_that_nobody_can_read(bench: &mut Bench) {
    bench
        .begin(
            "poison messages",
            "three on each queue, one of a later release; looked at, redriven, purged",
        )
        .await;
    bench.switch("send", false).await;
    bench.switch("feedback", false).await;
    bench.land(10).await;
    let poison: Vec<String> =
        ["poison", "{\"type\":\"contact_v9\"}", "[]"].map(str::to_owned).to_vec();
    bench.put("SendQueueUrl", &poison).await;
    bench.put("InboundQueueUrl", &poison).await;
    bench.switch("send", true).await;
    bench.switch("feedback", true).await;
    for pass in ["first", "redriven"] {
        bench.rest().await;
        for queue in ["SendFailedQueueUrl", "InboundFailedQueueUrl"] {
            assert_eq!(bench.stack.waiting(queue).await.unwrap(), 3, "{pass}: {queue}");
        }
        bench.look().await;
        if pass == "first" {
            for queue in ["send", "inbound"] {
                let told = bench.stack.aftercall(&["redrive", queue]).unwrap();
                assert!(told.contains("1  contact_v9: this release cannot read it"), "{told}");
                let told = bench.stack.aftercall(&["redrive", queue, "--go"]).unwrap();
                assert!(told.contains("3 sent back"), "{told}");
            }
        }
    }
    bench.mended();
    bench.purge("SendFailedQueueUrl").await;
    bench.purge("InboundFailedQueueUrl").await;
    bench.end(&["send-failed", "inbound-failed"]).await;
}

pub(super) async fn the_topic_is_missing_when_somebody_cries_for_help(bench: &mut Bench) {
    bench
        .begin(
            "alert topic missing",
            "half an hour in which nobody can be told; one cry for help; topic back, redriven",
        )
        .await;
    bench.land(5).await;
    bench.rest().await;
    let proxy = bench.stack.proxy().unwrap();
    proxy.refuse(Refusal::missing_topic());
    let number = bench.stack.supplier.ledger().texts.last().unwrap().number.clone();
    // Out of the minute in which the same person's other reply came.
    bench.pass(5).await;
    let reply = bench.stack.supplier.receive(&number, DANGER);
    bench.pass(30).await;
    let cries = |heard: Vec<String>| {
        heard
            .iter()
            .filter(|body| body.contains("cry for help") && body.contains(&reply.id))
            .count()
    };
    assert_eq!(cries(bench.news().await), 0, "nobody could be told");
    // More than one: `reconcile` put it on the queue again while it was young.
    assert!(bench.stack.waiting("InboundFailedQueueUrl").await.unwrap() > 0);
    bench.stack.proxy().unwrap().mend();
    bench.mended();
    assert!(bench.run("reconcile").await);
    assert_eq!(cries(bench.news().await), 1, "it rings once the topic is back");
    let id = format!("notify/{}", reply.id);
    bench.stack.aftercall(&["alerts", "ack", &id, "--by", "Sgt 9"]).unwrap();
    bench.stack.aftercall(&["redrive", "inbound", "--go"]).unwrap();
    bench.rest().await;
    assert_eq!(cries(bench.news().await), 0, "taken, it is silent");
    bench.end(&["inbound-failed"]).await;
}

pub(super) async fn the_bucket_loses_an_event(bench: &mut Bench) {
    bench.begin("bucket event lost", "an extract lands while the bucket tells nobody").await;
    let bucket = bench.stack.output("BucketName").unwrap().to_owned();
    let s3 = bench.stack.s3();
    let told = s3.get_bucket_notification_configuration().bucket(&bucket).send().await.unwrap();
    let tell = async |lambda: &[LambdaFunctionConfiguration]| {
        let told = NotificationConfiguration::builder();
        let told = told.set_lambda_function_configurations(Some(lambda.to_vec())).build();
        let put = s3.put_bucket_notification_configuration().bucket(&bucket);
        put.notification_configuration(told).send().await.unwrap();
    };
    tell(&[]).await;
    let wave = bench.wave(10);
    bench.stack.upload(&wave.key, wave.extract.clone()).await.unwrap();
    tell(told.lambda_function_configurations()).await;
    let (key, size) = (wave.key.clone(), wave.logs.len());
    bench.count(wave);
    bench.pass(45).await;
    assert!(bench.stack.contacts().await.unwrap().is_empty(), "who told ingest of {key}?");
    bench.mended();
    bench.pass(45).await;
    bench
        .until("the sweep has found the file", async |stack| {
            stack.contacts().await.unwrap().len() == size
        })
        .await;
    bench.end(&[]).await;
    // It was read, so nobody sets it off again.
    bench.pass(90).await;
    bench.rest().await;
    assert_eq!(bench.stack.contacts().await.unwrap().len(), size);
}

pub(super) async fn queues_are_purged_by_mistake(bench: &mut Bench) {
    bench
        .begin(
            "queues purged by mistake",
            "both at once, under texts, receipts and replies; and an hour's replies an hour late",
        )
        .await;
    bench.switch("feedback", false).await;
    bench.land(10).await;
    bench.rest().await;
    bench.switch("send", false).await;
    bench.land(10).await;
    assert!(bench.stack.waiting("SendQueueUrl").await.unwrap() >= 10);
    assert!(bench.stack.waiting("InboundQueueUrl").await.unwrap() >= 20);
    bench.purge("SendQueueUrl").await;
    bench.purge("InboundQueueUrl").await;
    bench.switch("send", true).await;
    bench.switch("feedback", true).await;
    bench.pass(30).await;
    // Replies whose place on the queue is lost long after `reconcile` has swept past them.
    bench.switch("feedback", false).await;
    let number = bench.stack.supplier.ledger().texts.last().unwrap().number.clone();
    bench.stack.supplier.receive(&number, "the lady on the phone was lovely");
    bench.pass(60).await;
    bench.purge("InboundQueueUrl").await;
    bench.switch("feedback", true).await;
    bench.mended();
    bench.end(&["inbound-backlog"]).await;
}

pub(super) async fn the_table_is_throttled(bench: &mut Bench) {
    bench
        .begin(
            "table throttled",
            "three calls in ten refused, which is borne; then all; redriven, report written again",
        )
        .await;
    let proxy = bench.stack.proxy().unwrap();
    proxy.refuse(Refusal::throttled_table().share(300));
    bench.land(10).await;
    bench.rest().await;
    assert_eq!(bench.stack.waiting("IngestFailedQueueUrl").await.unwrap(), 0, "it is borne");
    bench.stack.proxy().unwrap().mend();
    bench.switch("send", false).await;
    bench.switch("feedback", false).await;
    bench.land(10).await;
    let numbers: BTreeSet<_> = bench
        .stack
        .supplier
        .ledger()
        .texts
        .iter()
        .rev()
        .map(|t| t.number.clone())
        .take(5)
        .collect();
    bench.pass(5).await;
    for number in &numbers {
        bench.stack.supplier.receive(number, "very quick, well done");
    }
    bench.rest().await;
    let proxy = bench.stack.proxy().unwrap();
    proxy.refuse(Refusal::throttled_table());
    for number in &numbers {
        bench.stack.supplier.receive(number, "was the owner found?");
    }
    let wave = bench.wave(10);
    bench.stack.upload(&wave.key, wave.extract.clone()).await.unwrap();
    bench.count(wave);
    bench.switch("send", true).await;
    bench.switch("feedback", true).await;
    let asked = &*bench;
    // Beside one another, as their schedules would wake them: each asks the table for its whole patience.
    let runs = ["dispatch", "reconcile", "report"].map(|function| async move {
        for _ in 0..3 {
            assert!(!asked.run(function).await, "{function} without a table");
        }
    });
    futures_util::future::join_all(runs).await;
    bench
        .until("ingest gives up", async |stack| {
            stack.waiting("IngestFailedQueueUrl").await.unwrap() == 1
        })
        .await;
    bench.rest().await;
    bench.look().await;
    bench.stack.proxy().unwrap().mend();
    bench.mended();
    for queue in ["ingest", "inbound", "send"] {
        bench.stack.aftercall(&["redrive", queue, "--go"]).unwrap();
    }
    assert!(bench.run("report").await);
    bench
        .end(&[
            "callback-errors",
            "dispatch-errors",
            "inbound-failed",
            "ingest-failed",
            "reconcile-errors",
            "report-errors",
            "send-failed",
        ])
        .await;
}

pub(super) async fn everything_stands_still_and_then_there_is_a_backlog(bench: &mut Bench) {
    let size = match optional("CONTACTS") {
        Some(text) => text.trim().parse().unwrap(),
        None => BACKLOG,
    };
    bench
        .begin(
            "functions paused for forty minutes",
            "`dispatch` halted, the triggers of `send` and `feedback` off, a backlog behind them",
        )
        .await;
    bench.land(5).await;
    bench.rest().await;
    for function in ["send", "feedback", "dispatch"] {
        bench.switch(function, false).await;
    }
    bench.stack.supplier.behave(Behaviour { people: People::silent(), ..good_day() });
    let backlog = plan(bench, size).await;
    let number = bench.stack.supplier.ledger().texts.last().unwrap().number.clone();
    bench.stack.supplier.receive(&number, "the lady on the phone was lovely");
    bench.switch("dispatch", true).await;
    while bench.in_state(&backlog, &[State::Queued]).await < size {
        assert!(bench.run("dispatch").await);
    }
    bench.rest().await;
    bench.look().await;
    bench.switch("dispatch", false).await;
    bench.pass(40).await;
    for function in ["dispatch", "feedback", "send"] {
        bench.switch(function, true).await;
    }
    bench.mended();
    let started = std::time::Instant::now();
    bench
        .until("the backlog is texted", async |stack| {
            stack.waiting("SendQueueUrl").await.unwrap() == 0 && stack.supplier.is_settled()
        })
        .await;
    told(&format!("  a backlog of {size} texted in {:.1?}", started.elapsed()));
    bench.rest().await;
    bench.pass(20).await;
    let ended = [State::Delivered, State::Undelivered];
    assert_eq!(bench.in_state(&backlog, &ended).await, size, "the backlog");
    bench.end(&["dispatch-silent", "inbound-backlog", "send-backlog"]).await;
}

/// Plans contacts past the extract, as an administrator: there are fewer numbers for drama than people here.
async fn plan(bench: &mut Bench, size: usize) -> BTreeSet<String> {
    let now = bench.stack.clock.now();
    let table = bench.stack.table().unwrap();
    let wave = local::faults::extract::Wave::of(0, 500..501, now);
    let profile = testkit::samples::profile();
    let feed = profile.feed("storm").unwrap();
    let mut rows = feed::open(wave.extract.as_slice(), feed).unwrap().unwrap();
    let header = rows.header();
    let row = rows.read().unwrap().unwrap().unwrap();
    let reading = Reading { header: &header, taken_at: now, drama: DramaNumbers::Allowed };
    let report = profile.incident(feed, &reading, &row).unwrap();
    let published = table.campaigns().await.unwrap();
    let campaign = published.iter().find(|c| c.body.id.as_str() == "highways").unwrap();
    let one = async |number: usize| {
        let mut log = report.log.clone();
        log.number = LogNumber::parse(&format!("HC-BACKLOG-{number:05}")).unwrap();
        let mut caller = report.caller.known(&testkit::samples::pepper());
        let person = PersonId::parse(&format!("{number:032x}")).unwrap();
        caller.person = Some(person.clone());
        let decision = decide(&Facts::alone(&log, &caller, [&campaign.body], now));
        let plan = Plan {
            incident: log.number.clone(),
            person: person.clone(),
            campaign: campaign.body.id.clone(),
            version: campaign.version,
            outcome: decision.outcome.clone().unwrap(),
            area: String::new(),
            control: false,
            due_at: now,
        };
        let contact = Contact::plan(plan, now);
        let caller = CallerRecord {
            caller,
            decision,
            campaign_version: Some(campaign.version),
            seen: String::new(),
            contact: Some(contact.id.clone()),
        };
        let record = LogRecord {
            log,
            callers: vec![caller],
            contacts: BTreeSet::new(),
            profile_version: 1,
            ruleset: 1,
            decided_at: now,
        };
        let mobile = Mobile::from_e164(&format!("+447700900{:03}", number % 1_000)).unwrap();
        assert!(table.keep_log(&record, &LogFile::default()).await.unwrap());
        table.keep_number(&person, &mobile, now + SignedDuration::from_hours(48)).await.unwrap();
        assert!(table.plan(&contact).await.unwrap());
        contact.id.to_string()
    };
    stream::iter(0..size).map(one).buffer_unordered(AT_ONCE).collect().await
}

//! The template deployed: real binaries, real events, a supplier that speaks Notify's own words.
//!
//! One deployment for all of it, because each costs ten seconds; the parts are told apart by name.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use adapters::config::Stage;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::contact::{Contact, State};
use domain::eligibility::Facts;
use domain::figures::{Period, Report};
use domain::ports::Ledger as _;
use local::stack::{FUNCTIONS, SAMPLE_NOW, STACK, Stack, sample};
use local::supplier::{Behaviour, Fault, Faults, People, SendFault, Status};
use tokio::sync::Mutex;

#[path = "night/mod.rs"]
mod night;

#[path = "deployed/drills.rs"]
mod drills;

#[path = "deployed/faults.rs"]
mod faults;

#[path = "deployed/first_campaign.rs"]
mod first_campaign;

#[path = "deployed/life.rs"]
mod life;

#[path = "deployed/replies.rs"]
mod replies;

#[path = "deployed/restore.rs"]
mod restore;

#[path = "deployed/rights.rs"]
mod rights;

#[path = "deployed/ten_files.rs"]
mod ten_files;

/// Held by each test: two stacks at once would wait for each other's processors.
static MACHINE: Mutex<()> = Mutex::const_new(());

/// How long anything may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(180);

/// A reply no other text holds: it must never be found where it does not belong.
const CANARY: &str = "zqxcanary help me he has a knife zqxcanary";

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_loop_on_the_deployed_template() {
    let _alone = MACHINE.lock().await;
    let eligible = eligible_numbers();
    let (danger, stopping, doubted) = (&eligible[0], &eligible[1], &eligible[2]);
    let behaviour = Behaviour {
        sending_after: Duration::from_millis(20),
        delivered_after: Duration::from_millis(100),
        replied_after: Duration::from_millis(300),
        reply_spread: Duration::from_millis(500),
        retry_gap: Duration::from_secs(1),
        people: People::usual().script(danger, &[CANARY]).script(stopping, &["STOP"]),
        faults: Faults::none().script(doubted, &[Fault::send(SendFault::AcceptThenReset)]),
        ..Behaviour::default()
    };
    let mut stack = Stack::start_with_a_key(SAMPLE_NOW, behaviour, &|_| ()).await.unwrap();
    let alerts = listen(&stack).await;

    stack
        .upload("extracts/athena/week.csv", sample("events/ingest/athena-week.csv").unwrap())
        .await
        .unwrap();
    stack
        .upload("extracts/storm/week.csv", sample("events/ingest/storm-week.csv").unwrap())
        .await
        .unwrap();
    stack.upload("extracts/storm/empty.csv", Vec::new()).await.unwrap();
    come_to_rest(&stack).await;

    every_text_was_sent_once(&stack).await;
    // Numbers were kept, texted and answered, and whoever reads the whole table finds none.
    assert!(!rights::naming(&stack, "NUMBER#").await.is_empty());
    assert_eq!(rights::naming(&stack, "7700900").await, BTreeSet::new(), "in clear");
    the_report_agrees_with_the_supplier(&stack).await;
    what_could_not_be_read_is_laid_aside(&stack).await;
    a_cry_for_help_rang_without_its_words(&stack, &alerts).await;
    the_same_files_again_change_nothing(&stack, "again.csv").await;
    the_public_route_lets_nobody_in(&stack).await;
    a_person_can_ask_why(&stack).await;
    every_function_ran(&stack).await;
    nothing_personal_is_where_it_does_not_belong(&stack, &eligible).await;
    rights::somebody_is_shown_and_erased(&stack, danger).await;
    the_same_files_again_change_nothing(&stack, "once-more.csv").await;
    rights::what_was_done_is_a_chain_and_what_it_names_is_as_it_was(&mut stack).await;
    rights::what_people_did_is_a_chain(&stack).await;
}

/// The mobile numbers of the sample, as the extract's own cells write them in one form or another.
fn eligible_numbers() -> Vec<String> {
    let table = testkit::samples::profile();
    let feed = table.feed("storm").unwrap();
    let bytes = sample("events/ingest/storm-week.csv").unwrap();
    let mut rows = domain::feed::open(bytes.as_slice(), feed).unwrap().unwrap();
    let header = rows.header();
    let reading = domain::force::Reading {
        header: &header,
        taken_at: SAMPLE_NOW.parse().unwrap(),
        drama: domain::phone::DramaNumbers::Allowed,
    };
    let campaign = testkit::samples::campaign();
    let mut numbers = BTreeSet::new();
    while let Some(row) = rows.read().unwrap() {
        let Ok(row) = row else { continue };
        let Ok(report) = table.incident(feed, &reading, &row) else { continue };
        let Some(mobile) = report.caller.mobile() else { continue };
        let caller = report.caller.known(&testkit::samples::pepper());
        let now = SAMPLE_NOW.parse().unwrap();
        let log = &report.log;
        let alone = Facts::alone(log, &caller, [&campaign], now);
        let decision = domain::eligibility::decide(&alone);
        let due = report.log.closed_at.map(|closed_at| campaign.hours.timing(closed_at, now));
        if decision.verdict == domain::eligibility::Verdict::Text
            && due == Some(domain::hours::Timing::Now)
        {
            numbers.insert(mobile.expose().replace("+44", "0"));
        }
    }
    // Not the two that Notify always fails, and not a number that stands on two logs.
    numbers.into_iter().filter(|n| !n.ends_with("900002") && !n.ends_with("900003")).collect()
}

async fn come_to_rest(stack: &Stack) {
    let started = Instant::now();
    loop {
        let contacts = stack.contacts().await.unwrap();
        let texted = contacts.iter().filter(|c| c.state.may_have_been_texted()).count();
        // The one doubted text waits for reconcile, which is asked below.
        let doubted = contacts.iter().filter(|c| c.state == State::Unknown).count();
        let resting = stack.supplier.is_settled()
            && stack.waiting("SendQueueUrl").await.unwrap() == 0
            && stack.waiting("InboundQueueUrl").await.unwrap() == 0;
        let now = stack.clock.now();
        let follow_ups = stack.follow_ups().await.unwrap();
        let said = follow_ups.iter().all(|f| f.state.is_settled() || f.due_at > now);
        if texted > 100
            && doubted <= 1
            && resting
            && said
            && !contacts.iter().any(|c| moving(stack, c))
        {
            return;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "not at rest: {texted} texted\n{}",
            local::emulator::tail(&stack.emulator.log())
        );
        // Not waiting for time to pass, but asking again whether the world has moved.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn moving(stack: &Stack, contact: &Contact) -> bool {
    match contact.state {
        State::Planned => contact.due_at <= stack.clock.now(),
        State::Queued | State::Claimed | State::Accepted => true,
        State::Unknown
        | State::Delivered
        | State::Undelivered
        | State::Refused
        | State::Parked
        | State::Cancelled
        | State::Control => false,
    }
}

async fn every_text_was_sent_once(stack: &Stack) {
    let ledger = stack.supplier.ledger();
    let texts = ledger.texts_per_reference();
    assert!(texts.values().all(|count| *count == 1), "somebody was texted twice");
    let contacts = stack.contacts().await.unwrap();
    let firsts: BTreeSet<_> = contacts.iter().map(|contact| contact.id.to_string()).collect();
    let is_first =
        |reference: &Option<String>| reference.as_ref().is_some_and(|r| firsts.contains(r));
    let first: Vec<_> = ledger.texts.iter().filter(|text| is_first(&text.reference)).collect();
    let numbers: BTreeSet<_> = first.iter().map(|text| &text.number).collect();
    assert_eq!(numbers.len(), first.len(), "a number was texted about two incidents");
    let further: BTreeSet<_> =
        stack.follow_ups().await.unwrap().iter().map(|f| f.id.to_string()).collect();
    let strange = texts
        .keys()
        .find(|reference| !firsts.contains(*reference) && !further.contains(*reference));
    assert_eq!(strange, None, "a text of nobody's");
    for contact in &contacts {
        let taken = texts.contains_key(&contact.id.to_string());
        assert_eq!(taken, contact.state.may_have_been_texted(), "{:?}", contact.state);
    }
}

async fn the_report_agrees_with_the_supplier(stack: &Stack) {
    let now = stack.clock.now();
    let period = Period::daily(now);
    let event = format!(r#"{{"from":"{}","to":"{}"}}"#, period.from, period.to);
    stack.invoke("report", &event).await.unwrap();
    let contacts = stack.table().unwrap().planned_within(period).await.unwrap();
    let follow_ups = stack.follow_ups().await.unwrap();
    let total = Report::fold(&contacts, &follow_ups, period, now).total;
    let counts = stack.supplier.counts();
    let firsts: BTreeSet<_> = contacts.iter().map(|contact| contact.id.to_string()).collect();
    let ledger = stack.supplier.ledger();
    let status = |wanted| {
        let first = |reference: &String| firsts.contains(reference);
        let texts = ledger.texts.iter().filter(|text| text.status == wanted);
        texts.filter(|text| text.reference.as_ref().is_some_and(first)).count() as u64
    };
    assert!(total.follow_ups > 0, "nobody was asked or told anything");
    assert_eq!(total.texted() + total.follow_ups, counts.texts as u64);
    assert_eq!(total.in_state(State::Delivered), status(Status::Delivered));
    assert_eq!(
        total.in_state(State::Undelivered),
        status(Status::PermanentFailure) + status(Status::TemporaryFailure)
    );
    assert_eq!(total.replies, counts.replies as u64);
    assert_eq!(total.segments, counts.billed_segments);
    assert_eq!(total.cost.millipence() * 10, counts.cost_micropounds);
    let read = async |name: &str| {
        let key = format!("reports/{}_{}/report.{name}", period.from, period.to);
        String::from_utf8(stack.read(&key).await.unwrap().unwrap()).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&read("json").await).unwrap();
    assert_eq!(json["total"]["texted"], total.texted());
    assert_eq!(json["total"]["replies"], total.replies);
    assert!(read("html").await.contains("<svg"));
    assert!(read("csv").await.contains("texted"));
}

async fn what_could_not_be_read_is_laid_aside(stack: &Stack) {
    let week = stack.read("rejects/storm/week.csv.rejects.csv").await.unwrap().unwrap();
    let week = String::from_utf8(week).unwrap();
    // A header, then the six rows that events/ingest/README.md names; one holds a line break.
    for line in ["247", "428", "494", "591", "710", "823"] {
        assert!(week.contains(&format!("\n\"{line}\",")), "line {line} is not in:\n{week}");
    }
    let empty = stack.read("rejects/storm/empty.csv.rejects.csv").await.unwrap().unwrap();
    assert!(String::from_utf8(empty).unwrap().contains("the file is empty"));
    assert_eq!(stack.waiting("IngestFailedQueueUrl").await.unwrap(), 0);
    assert_eq!(stack.waiting("SendFailedQueueUrl").await.unwrap(), 0);
    assert_eq!(stack.waiting("InboundFailedQueueUrl").await.unwrap(), 0);
}

async fn a_cry_for_help_rang_without_its_words(stack: &Stack, alerts: &str) {
    let mut told = String::new();
    loop {
        let answer = aws_sdk_sqs::Client::new(&stack.aws)
            .receive_message()
            .queue_url(alerts)
            .max_number_of_messages(10)
            .send()
            .await
            .unwrap();
        if answer.messages().is_empty() {
            break;
        }
        for message in answer.messages() {
            told.push_str(message.body().unwrap_or_default());
            aws_sdk_sqs::Client::new(&stack.aws)
                .delete_message()
                .queue_url(alerts)
                .receipt_handle(message.receipt_handle().unwrap_or_default())
                .send()
                .await
                .unwrap();
        }
    }
    assert!(told.contains("cry for help"), "{told}");
    assert!(told.contains("could not be read"), "{told}");
    assert!(!told.contains("zqxcanary") && !told.contains("7700"), "{told}");
}

async fn the_same_files_again_change_nothing(stack: &Stack, name: &str) {
    let before = stack.contacts().await.unwrap();
    stack
        .upload(&format!("extracts/storm/{name}"), sample("events/ingest/storm-week.csv").unwrap())
        .await
        .unwrap();
    let started = Instant::now();
    let rejects = format!("rejects/storm/{name}.rejects.csv");
    while stack.read(&rejects).await.unwrap().is_none() {
        assert!(started.elapsed() < PATIENCE, "the second file was not read");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stack.invoke("dispatch", "{}").await.unwrap();
    assert_eq!(stack.waiting("SendQueueUrl").await.unwrap(), 0);
    let sorted = |mut contacts: Vec<Contact>| {
        contacts.sort_by(|a, b| a.id.cmp(&b.id));
        contacts
    };
    assert!(sorted(before) == sorted(stack.contacts().await.unwrap()));
}

async fn the_public_route_lets_nobody_in(stack: &Stack) {
    let url = stack.callback_url().unwrap();
    let client = adapters::http::client(Stage::Local).unwrap();
    let call = async |path: &str, token: &str, body: Vec<u8>| {
        let request = client.post(format!("{url}/{path}")).bearer_auth(token).body(body);
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let token = stack.callback_token();
    let huge = vec![b' '; 100_000];
    assert_eq!(call("pigeon/receipt", token, vec![]).await.0, 404);
    assert_eq!(call("notify/letter", token, vec![]).await.0, 404);
    assert_eq!(call("notify/receipt", "wrong-token", b"{}".to_vec()).await, (401, String::new()));
    assert_eq!(call("notify/receipt", token, b"{".to_vec()).await, (400, String::new()));
    assert_eq!(call("notify/inbound", token, huge).await, (413, String::new()));
}

async fn a_person_can_ask_why(stack: &Stack) {
    let contacts = stack.contacts().await.unwrap();
    let delivered = contacts.iter().find(|contact| contact.state == State::Delivered).unwrap();
    let told = stack.aftercall(&["why", delivered.incident.as_str()]).unwrap();
    for word in ["text", "planned", "queued", "claimed", "accepted", "delivered"] {
        assert!(told.contains(word), "{word} is not in:\n{told}");
    }
    assert_eq!(stack.aftercall(&["why", &delivered.id.to_string()]).unwrap(), told);
    let json = stack.aftercall(&["why", "--json", delivered.incident.as_str()]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["callers"][0]["verdict"], "text");
    let follow_ups = stack.follow_ups().await.unwrap();
    let (later, contact) = follow_ups
        .iter()
        .filter_map(|later| Some((later, later.contact.as_ref()?)))
        .find_map(|(later, id)| Some((later, contacts.iter().find(|c| c.id == *id)?)))
        .unwrap();
    let told = stack.aftercall(&["why", contact.incident.as_str()]).unwrap();
    let line = format!("follow-up {}", later.kind.name());
    assert!(told.contains(&line), "{line:?} is not in:\n{told}");
    assert!(stack.aftercall(&["why", "NO-SUCH-LOG"]).is_err());
}

async fn every_function_ran(stack: &Stack) {
    stack.invoke("reconcile", "{}").await.unwrap();
    // A link that nobody made, which opens nothing.
    let link = format!("{}/notify/none?until=1&key=0", stack.output("AlarmUrl").unwrap());
    let link = stack.alarm_link(&link).unwrap();
    let page = adapters::http::client(Stage::Local).unwrap().get(link).send().await.unwrap();
    assert_eq!(page.status(), 404);
    let client = aws_sdk_cloudwatchlogs::Client::new(&stack.aws);
    for function in FUNCTIONS {
        let log = client
            .filter_log_events()
            .log_group_name(format!("/aws/lambda/{STACK}-{function}"))
            .send()
            .await
            .unwrap();
        let ran = log.events().iter().any(|e| e.message().unwrap_or_default().contains("REPORT"));
        assert!(ran, "{function} did not run as a deployed binary");
    }
}

/// Canaries: every eligible number in every form, every text people sent, and the callers' names,
/// looked for in logs, queues, keys and alerts after the whole run.
async fn nothing_personal_is_where_it_does_not_belong(stack: &Stack, numbers: &[String]) {
    let ledger = stack.supplier.ledger();
    let mut canaries: BTreeSet<String> = ["zqxcanary".to_owned()].into();
    for number in numbers {
        // 07700 900123 also as +447700900123 and 7700900123: its last nine digits are in all.
        canaries.insert(number[2..].to_owned());
    }
    for reply in ledger.replies.iter().filter(|reply| reply.message.chars().count() >= 12) {
        canaries.insert(reply.message.clone());
    }
    for text in &ledger.texts {
        canaries.insert(text.body.clone());
    }
    canaries.extend(names());
    let mut places = vec![
        ("function logs", stack.function_logs().await.unwrap()),
        ("bucket keys", stack.keys().await.unwrap().join("\n")),
        ("emulator log", std::fs::read_to_string(stack.emulator.log()).unwrap()),
    ];
    for queue in ["SendFailedQueueUrl", "InboundFailedQueueUrl", "IngestFailedQueueUrl"] {
        places.push((queue, messages(stack, stack.output(queue).unwrap()).await));
    }
    for (place, text) in places {
        for canary in &canaries {
            assert!(!text.contains(canary.as_str()), "{canary:?} is in {place}");
        }
    }
}

/// The callers' names in the sample extract.
fn names() -> BTreeSet<String> {
    let bytes = sample("events/ingest/storm-week.csv").unwrap();
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let columns = rows.headers().unwrap().clone();
    let column = columns.iter().position(|name| name == "Caller Contact Name").unwrap();
    let mut names = BTreeSet::new();
    for row in rows.records() {
        let Ok(row) = row else { continue };
        let name = row.get(column).unwrap_or_default();
        let surname = name.split([',', ' ']).filter(|part| part.len() >= 8);
        names.extend(surname.map(str::to_owned));
    }
    // Not words that a log line may hold for another reason.
    names.retain(|name| name.chars().all(|c| c.is_alphabetic()));
    if names.is_empty() {
        panic!("the sample's callers have no names to look for");
    }
    names
}

/// A queue that hears every alert.
async fn listen(stack: &Stack) -> String {
    let sqs = aws_sdk_sqs::Client::new(&stack.aws);
    let url = sqs.create_queue().queue_name("alerts-heard").send().await.unwrap();
    let url = url.queue_url().unwrap().to_owned();
    let arn = sqs
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .unwrap();
    let arn = arn.attributes().unwrap()[&QueueAttributeName::QueueArn].clone();
    let topic = stack.output("AlertTopicArn").unwrap();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"sns.amazonaws.com"}},"Action":"sqs:SendMessage","Resource":"{arn}","Condition":{{"ArnEquals":{{"aws:SourceArn":"{topic}"}}}}}}]}}"#
    );
    sqs.set_queue_attributes()
        .queue_url(&url)
        .attributes(QueueAttributeName::Policy, policy)
        .send()
        .await
        .unwrap();
    aws_sdk_sns::Client::new(&stack.aws)
        .subscribe()
        .topic_arn(topic)
        .protocol("sqs")
        .endpoint(arn)
        .send()
        .await
        .unwrap();
    url
}

async fn messages(stack: &Stack, url: &str) -> String {
    let answer = aws_sdk_sqs::Client::new(&stack.aws)
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap();
    answer.messages().iter().filter_map(|m| m.body()).collect::<Vec<_>>().join("\n")
}

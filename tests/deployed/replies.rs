//! Three thousand replies on the deployed template: signed calls of Notify and of Twilio, repeated,
//! forged and out of order, end on the right desks with the right clocks; every alarm rings until it is
//! taken; whoever says STOP gets nothing of what was on the queue already.
//!
//! What must come of it is worked out here from each reply's label, by tables of this file's own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use adapters::config::Stage;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::contact::State;
use domain::desk::{Lane, Task, TaskId};
use domain::ports::{Desks as _, Inbox as _, Ledger as _};
use futures_util::stream::{self, StreamExt as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use local::faults::extract::Wave;
use local::stack::{Stack, TWILIO_TOKEN};
use local::supplier::{Behaviour, People};
use sha1::Sha1;

/// People who were texted; each answers three or four times.
const TEXTED: usize = 900;

/// People whose text is on the send queue when they say STOP.
const QUEUED: usize = 60;

/// People we never texted.
const STRANGERS: usize = 40;

/// Replies in all.
const REPLIES: usize = 3_000;

/// How long anything may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(420);

/// How many calls are made at the same time.
const AT_ONCE: usize = 8;

/// What people write, the desk it belongs to, and within how many minutes somebody must have taken it.
/// Labelled by hand; `none` lies on no desk.
const SAID: [(&str, &str, i64); 39] = [
    ("5", "none", 0),
    ("4 thanks", "none", 0),
    ("2", "none", 0),
    ("very quick, well done", "none", 0),
    ("3 ok", "none", 0),
    ("1", "none", 0),
    ("help he has a knife", "control-room", 1),
    ("my husband is hitting me please help", "control-room", 1),
    ("5. my ex is outside again", "control-room", 1),
    ("cant talk hes in the kitchen", "control-room", 1),
    ("he wont let me leave", "control-room", 1),
    ("dad has collapsed in the hall", "control-room", 1),
    ("the flat above is on fire", "control-room", 1),
    ("the tree is still in the road", "still-there", 30),
    ("the fridge is still in the lane", "still-there", 30),
    ("just drove past and its not gone", "still-there", 30),
    ("someone has nicked my bike from the shed", "new-reports", 1_440),
    ("Another thing, the garage was broken into on Sunday", "new-reports", 1_440),
    ("kids throwing eggs at our windows last night", "new-reports", 1_440),
    ("theyre dealing out of the flat above the launderette", "intelligence", 1_440),
    ("everyone knows he drives without a licence", "intelligence", 1_440),
    ("I want to make a complaint", "complaints", 2_880),
    ("your officer laughed at me", "complaints", 2_880),
    ("he was so rude to my wife", "complaints", 2_880),
    ("there are potholes all along there", "highways", 7_200),
    ("street lights are out by the chapel", "highways", 7_200),
    ("please stop the speeding on our road", "highways", 7_200),
    ("did you find the owner", "questions", 4_320),
    ("What happens next?", "questions", 4_320),
    ("can i get a log number", "questions", 4_320),
    ("the lady on the phone was lovely", "praise", 10_080),
    ("PC Testwell was brilliant", "praise", 10_080),
    ("wrong number pal", "none", 0),
    ("I havent reported anything", "none", 0),
    ("STOP", "none", 0),
    ("stop texting me", "none", 0),
    ("START", "none", 0),
    ("\u{1f44d}", "none", 0),
    ("spot on", "none", 0),
];

/// One reply that somebody sends.
#[derive(Clone)]
struct Reply {
    id: TaskId,
    number: String,
    words: &'static str,
    at: Timestamp,
}

impl Reply {
    fn expected(&self) -> (&'static str, i64) {
        let said = SAID.iter().find(|(words, _, _)| *words == self.words).unwrap();
        (said.1, said.2)
    }

    fn is_twilios(&self) -> bool {
        self.id.supplier == "twilio"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_thousand_replies_end_on_the_right_desks_and_every_alarm_rings_until_taken() {
    let _alone = crate::MACHINE.lock().await;
    let behaviour = Behaviour {
        sending_after: Duration::from_millis(10),
        delivered_after: Duration::from_millis(50),
        people: People::silent(),
        ..Behaviour::default()
    };
    let mut stack = Stack::start(local::stack::SAMPLE_NOW, behaviour, &|_| ()).await.unwrap();
    let alerts = crate::listen(&stack).await;
    // `dispatch` needs a minute for the first wave, and the second must wait on the queue.
    let begun = stack.clock.now();
    let first = Wave::new(0, TEXTED, begun);
    stack.upload(&first.key, first.extract.clone()).await.unwrap();
    until(&stack, "everybody is texted", async |stack| {
        let contacts = stack.contacts().await.unwrap();
        // Of a smoke-test number no receipt comes.
        let told = [State::Accepted, State::Delivered, State::Undelivered];
        let texted = contacts.iter().filter(|contact| told.contains(&contact.state)).count();
        texted == TEXTED && stack.supplier.is_settled()
    })
    .await;
    stack.trigger("send", false).await.unwrap();
    let second = Wave::new(TEXTED, QUEUED, begun);
    let (key, body) = (second.key.clone(), people_from(&second, TEXTED));
    stack.upload(&key, body).await.unwrap();
    until(&stack, "the rest is queued", async |stack| {
        let waiting = second.own(stack.contacts().await.unwrap());
        waiting.iter().filter(|c| c.state == State::Queued).count() == QUEUED
    })
    .await;

    let replies = replies(stack.clock.now());
    assert_eq!(replies.len(), REPLIES);
    let started = Instant::now();
    let sent = deliver(&stack, &replies).await;
    told(&format!("{REPLIES} replies in {} calls: {:.1?}", sent.calls, started.elapsed()));
    assert_eq!(sent.refused, sent.forged, "what was forged was refused, and nothing else");
    until(&stack, "every reply is read", async |stack| {
        stack.waiting("InboundQueueUrl").await.unwrap() == 0 && all_read(stack, &replies).await
    })
    .await;
    told(&format!("all read after {:.1?}", started.elapsed()));
    assert_eq!(stack.waiting("InboundFailedQueueUrl").await.unwrap(), 0);

    each_lies_on_its_desk_with_its_clock(&stack, &replies, begun).await;
    stops_stopped_what_was_queued(&stack, &second).await;
    every_alarm_rings_until_it_is_taken(&mut stack, &replies, &alerts).await;
}

/// Each person's replies lie five minutes apart, or they would be read as one; one of them may come by
/// Twilio, whose calls carry no time.
fn replies(now: Timestamp) -> Vec<Reply> {
    let mut replies = Vec::new();
    let mut say = |person: usize, words: &'static str, turn: usize| {
        let number = replies.len();
        let twilios = turn == 0 && person.is_multiple_of(2) && person < TEXTED;
        let (supplier, message) = if twilios {
            ("twilio", format!("SM{number:032x}"))
        } else {
            ("notify", format!("740e5834-3a29-46b4-9a6f-{number:012x}"))
        };
        replies.push(Reply {
            id: TaskId { supplier: supplier.to_owned(), message },
            number: format!("07700900{person:03}"),
            words,
            at: now - SignedDuration::from_mins(5 * turn as i64),
        });
    };
    for person in 0..TEXTED {
        let turns = if person < 200 { 4 } else { 3 };
        for turn in 0..turns {
            // Steps of seven through the list: every sentence from somebody, none twice from one.
            let (words, _, _) = SAID[(person + turn * 7) % SAID.len()];
            say(person, words, turn);
        }
    }
    for person in TEXTED..TEXTED + QUEUED {
        say(person, if person.is_multiple_of(2) { "STOP" } else { "stop texting me" }, 0);
    }
    for person in TEXTED + QUEUED..TEXTED + QUEUED + STRANGERS {
        let (words, _, _) = SAID[person % SAID.len()];
        say(person, words, 0);
    }
    replies
}

/// The wave of other people: its rows name those from nought.
fn people_from(wave: &Wave, first: usize) -> Vec<u8> {
    let mut text = String::from_utf8(wave.extract.clone()).unwrap();
    for person in (0..QUEUED).rev() {
        let (here, there) =
            (format!("07700900{person:03}"), format!("07700900{:03}", first + person));
        text = text.replace(&here, &there);
    }
    text.into_bytes()
}

/// What calling came to.
#[derive(Default)]
struct Calls {
    calls: usize,
    forged: usize,
    refused: usize,
}

/// Calls for every reply, out of order; every tenth twice and every fiftieth forged before.
async fn deliver(stack: &Stack, replies: &[Reply]) -> Calls {
    let mut calls: Vec<(&Reply, bool)> = Vec::new();
    for (n, reply) in replies.iter().enumerate() {
        calls.push((reply, true));
        if n.is_multiple_of(10) {
            calls.push((reply, true));
        }
        if n.is_multiple_of(50) {
            calls.push((reply, false));
        }
    }
    // A stride that has no part in common with the length: each once, and no two neighbours.
    let stride = (0..).map(|n| 1_009 + n).find(|n| gcd(*n, calls.len()) == 1).unwrap();
    let order = (0..calls.len()).map(|n| n * stride % calls.len());
    let client = adapters::http::client(Stage::Local).unwrap();
    let url = stack.callback_url().unwrap();
    let public = stack.output("CallbackUrl").unwrap().to_owned();
    let statuses: Vec<(bool, u16)> = stream::iter(order)
        .map(|place| {
            let (reply, genuine) = calls[place];
            let request = if reply.is_twilios() {
                twilios(&client, &url, &public, reply, genuine)
            } else {
                notifys(&client, &url, stack.callback_token(), reply, genuine)
            };
            async move { (genuine, request.send().await.unwrap().status().as_u16()) }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let strange =
        statuses.iter().find(
            |(genuine, status)| {
                if *genuine { !(200..300).contains(status) } else { *status != 401 }
            },
        );
    assert_eq!(strange, None);
    Calls {
        calls: statuses.len(),
        forged: statuses.iter().filter(|(genuine, _)| !genuine).count(),
        refused: statuses.iter().filter(|(_, status)| *status == 401).count(),
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn notifys(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    reply: &Reply,
    genuine: bool,
) -> reqwest::RequestBuilder {
    let token = if genuine { token } else { "another-token" };
    client.post(format!("{url}/notify/inbound")).bearer_auth(token).json(&serde_json::json!({
        "id": reply.id.message,
        "source_number": format!("44{}", &reply.number[1..]),
        "destination_number": "07700900999",
        "message": reply.words,
        "date_received": reply.at.to_string(),
        "a_field_of_tomorrow": {"is": ["passed", "over"]},
    }))
}

/// Signed as Twilio signs: HMAC-SHA1 of the public address and the sorted form, in Base64.
fn twilios(
    client: &reqwest::Client,
    url: &str,
    public: &str,
    reply: &Reply,
    genuine: bool,
) -> reqwest::RequestBuilder {
    let mut form = vec![
        ("AccountSid", "AC00000000000000000000000000000001".to_owned()),
        ("Body", reply.words.to_owned()),
        ("From", format!("+44{}", &reply.number[1..])),
        ("MessageSid", reply.id.message.clone()),
        ("NumMedia", "0".to_owned()),
        ("SmsStatus", "received".to_owned()),
        ("To", "+447700900999".to_owned()),
    ];
    form.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(TWILIO_TOKEN.as_bytes()).unwrap();
    mac.update(format!("{public}/twilio/inbound").as_bytes());
    for (name, value) in &form {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    let mut signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    if !genuine {
        signature.replace_range(..1, if signature.starts_with('A') { "B" } else { "A" });
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    client
        .post(format!("{url}/twilio/inbound"))
        .header("x-twilio-signature", signature)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

async fn all_read(stack: &Stack, replies: &[Reply]) -> bool {
    let table = stack.table().unwrap();
    let unread = stream::iter(replies)
        .map(|reply| table.call(&reply.id.supplier, &reply.id.message))
        .buffer_unordered(AT_ONCE)
        .filter(|call| {
            let read = call.as_ref().unwrap().as_ref().is_some_and(|call| call.read_at.is_some());
            std::future::ready(!read)
        })
        .count()
        .await;
    unread == 0
}

/// Every task there is.
async fn tasks(stack: &Stack) -> BTreeMap<TaskId, Task> {
    let table = stack.table().unwrap();
    let mut tasks = BTreeMap::new();
    for (desk, _) in domain::desk::DESKS {
        for lane in [Lane::Waiting(desk), Lane::Overdue(desk), Lane::Taken(desk)] {
            for id in table.tasks(lane, Timestamp::MAX).await.unwrap() {
                let task = table.task(&id).await.unwrap().unwrap();
                assert_eq!(task.desk, desk);
                tasks.insert(id, task);
            }
        }
    }
    tasks
}

async fn each_lies_on_its_desk_with_its_clock(stack: &Stack, replies: &[Reply], begun: Timestamp) {
    let tasks = tasks(stack).await;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reply in replies {
        let (desk, minutes) = reply.expected();
        let task = tasks.get(&reply.id);
        assert_eq!(task.map_or("none", |task| task.desk.name()), desk, "{:?}", reply.words);
        *counts.entry(desk).or_default() += 1;
        let Some(task) = task else { continue };
        let clock = task.due_at.duration_since(task.received_at);
        assert_eq!(clock, SignedDuration::from_mins(minutes), "{:?}", reply.words);
        if reply.is_twilios() {
            assert!(task.received_at >= begun && task.received_at <= stack.clock.now());
        } else {
            assert_eq!(task.received_at, reply.at);
        }
        let texted = reply.number.as_str() < "07700900900";
        assert_eq!(task.log.is_some(), texted, "{:?}", reply.words);
    }
    let on_desks: usize = counts.iter().filter(|(desk, _)| **desk != "none").map(|(_, n)| n).sum();
    assert_eq!(tasks.len(), on_desks, "repeated calls make no second task");
    assert_eq!(counts.len(), 9, "{counts:?}");
    told(&format!("desks: {counts:?}"));
}

async fn stops_stopped_what_was_queued(stack: &Stack, second: &Wave) {
    stack.trigger("send", true).await.unwrap();
    until(stack, "the queue is empty", async |stack| {
        stack.waiting("SendQueueUrl").await.unwrap() == 0 && stack.supplier.is_settled()
    })
    .await;
    let contacts = second.own(stack.contacts().await.unwrap());
    assert_eq!(contacts.len(), QUEUED);
    assert!(contacts.iter().all(|contact| contact.state == State::Cancelled));
    let references: BTreeSet<_> = contacts.iter().map(|contact| contact.id.to_string()).collect();
    let ledger = stack.supplier.ledger();
    let texted = ledger.texts.iter().filter_map(|text| text.reference.as_ref());
    assert_eq!(texted.filter(|reference| references.contains(*reference)).count(), 0);
    let table = stack.table().unwrap();
    for contact in &contacts {
        assert!(table.person(contact.id.person()).await.unwrap().opted_out.is_some());
    }
    assert!(ledger.texts_per_reference().values().all(|count| *count == 1), "texted twice");
}

async fn every_alarm_rings_until_it_is_taken(stack: &mut Stack, replies: &[Reply], alerts: &str) {
    let danger: BTreeSet<TaskId> = replies
        .iter()
        .filter(|reply| reply.expected().0 == "control-room")
        .map(|reply| reply.id.clone())
        .collect();
    let rung = heard(stack, alerts).await;
    assert_eq!(rung.keys().cloned().collect::<BTreeSet<_>>(), danger, "every cry, and no other");
    told(&format!("{} alarms", rung.len()));
    // A third is taken at a terminal, a third by its link, a third by nobody.
    let (mut by_terminal, mut by_link, mut by_nobody) = (vec![], vec![], vec![]);
    for (n, (id, link)) in rung.iter().enumerate() {
        match n % 3 {
            0 => by_terminal.push(id.clone()),
            1 => by_link.push((id.clone(), link.clone())),
            _ => by_nobody.push(id.clone()),
        }
    }
    for id in &by_terminal {
        stack.aftercall(&["alerts", "ack", &id.to_string(), "--by", "Sgt 9"]).unwrap();
    }
    let words: BTreeMap<_, _> = replies.iter().map(|reply| (&reply.id, reply.words)).collect();
    for (id, link) in &by_link {
        take_by_link(stack, link, words[id]).await;
    }
    heard(stack, alerts).await; // whatever rang meanwhile

    stack.move_clock(SignedDuration::from_mins(6)).await.unwrap();
    stack.invoke("reconcile", "{}").await.unwrap();
    let again = heard(stack, alerts).await;
    let still: BTreeSet<_> = by_nobody.iter().cloned().collect();
    assert_eq!(again.keys().cloned().collect::<BTreeSet<_>>(), still, "rung again, and no other");
    let tasks = tasks(stack).await;
    for id in by_terminal.iter().chain(by_link.iter().map(|(id, _)| id)) {
        let taken = tasks[id].taken.as_ref().unwrap();
        assert!(taken.by == "Sgt 9" || taken.by == "PC 41");
        assert!(tasks[id].time_to_desk() >= SignedDuration::ZERO);
        assert!(tasks[id].time_to_take().unwrap() >= tasks[id].time_to_desk());
    }
    for (id, link) in &again {
        take_by_link(stack, link, words[id]).await;
    }
    stack.move_clock(SignedDuration::from_mins(6)).await.unwrap();
    stack.invoke("reconcile", "{}").await.unwrap();
    assert_eq!(heard(stack, alerts).await.len(), 0, "all are taken");
}

/// Follows a link as a browser does: looks, then gives a name, and reads.
async fn take_by_link(stack: &Stack, link: &str, words: &str) {
    let client = adapters::http::client(Stage::Local).unwrap();
    let link = stack.alarm_link(link).unwrap();
    let page = client.get(&link).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    let html = page.text().await.unwrap();
    assert!(html.contains("I take it") && !html.contains(words), "{html}");
    let form = client.post(&link).header("content-type", "application/x-www-form-urlencoded");
    let html = form.body("by=PC+41").send().await.unwrap().text().await.unwrap();
    assert!(html.contains(words) && html.contains("PC 41"), "{html}");
    let forged = format!("{}0", &link[..link.len() - 1]);
    if forged != link {
        assert_eq!(client.get(forged).send().await.unwrap().status().as_u16(), 404);
    }
}

/// Takes everything off the queue that hears alerts: which alarms rang, each with its latest link.
async fn heard(stack: &Stack, queue: &str) -> BTreeMap<TaskId, String> {
    let client = aws_sdk_sqs::Client::new(&stack.aws);
    let mut rung = BTreeMap::new();
    loop {
        let answer =
            client.receive_message().queue_url(queue).max_number_of_messages(10).send().await;
        let answer = answer.unwrap();
        if answer.messages().is_empty() {
            return rung;
        }
        for message in answer.messages() {
            let body: serde_json::Value =
                serde_json::from_str(message.body().unwrap_or_default()).unwrap();
            let text = body["Message"].as_str().unwrap();
            assert!(!text.contains("77009"), "a number in an alert");
            let part = |before: &str| {
                let (_, rest) = text.split_once(before)?;
                Some(rest.lines().next().unwrap_or_default().to_owned())
            };
            let id = part("Reply: ").and_then(|id| TaskId::parse(&id));
            if let Some((id, link)) = id.zip(part("Read it and take it: ")) {
                rung.insert(id, link);
            }
            let receipt = message.receipt_handle().unwrap_or_default();
            client.delete_message().queue_url(queue).receipt_handle(receipt).send().await.unwrap();
        }
    }
}

/// Asks again and again whether the world has come to this.
pub(crate) async fn until(stack: &Stack, what: &str, holds: impl AsyncFn(&Stack) -> bool) {
    let started = Instant::now();
    while !holds(stack).await {
        let log = || local::emulator::tail(&stack.emulator.log());
        assert!(started.elapsed() < PATIENCE, "never: {what}\n{}", log());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[expect(clippy::print_stderr, reason = "figures for whoever runs it with --nocapture")]
fn told(line: &str) {
    eprintln!("{line}");
}

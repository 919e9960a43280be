//! One small force: its extracts, its clock, its queues, its callers' phones.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::LazyLock;

use adapters::supplier::Suppliers;
use adapters::supplier::notify::callback::Notify;
use domain::audit::{self, Entry};
use domain::campaign::{Campaign, Published};
use domain::contact::{Contact, ContactId, State};
use domain::desk::Task;
use domain::figures::Period;
use domain::followup::FollowUp;
use domain::force::Profile;
use domain::logbook::LogRecord;
use domain::messages::{InboundMessage, SendMessage};
use domain::phone::DramaNumbers;
use domain::ports::{CallbackRequest, Time};
use domain::record;
use ingest::{Counts, Keys};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use testkit::World;

use crate::faulty::Faulty;

/// How often a queue delivers a message before it goes to the dead letters (infra/template.yaml).
const RECEIVES: usize = 5;

/// How long a delivery that failed stays out of sight (infra/template.yaml).
const VISIBILITY: SignedDuration = SignedDuration::from_secs(180);

/// How long an alarm is silent before it rings again (infra/template.yaml).
pub(crate) const RING_AGAIN: SignedDuration = SignedDuration::from_mins(5);

const TOKEN: &str = "a-callback-token";

/// Tuesday, when the night's extract has just been read.
pub(crate) const TUESDAY: &str = "2026-03-10T10:00:00Z";

/// Read once: some stories are told a thousand times.
static SAMPLES: LazyLock<(Campaign, Profile)> =
    LazyLock::new(|| (testkit::samples::campaign(), testkit::samples::profile()));

/// A story: the world, and the hands that move it.
pub(crate) struct Story {
    pub(crate) table: Faulty,
    now: Cell<Timestamp>,
    keys: Keys,
    suppliers: Suppliers,
    replies: Cell<u32>,
    /// What no delivery could settle.
    pub(crate) dead: RefCell<Vec<String>>,
}

impl Story {
    /// Begins on Tuesday at ten, with the sample campaign and profile published.
    pub(crate) fn begin() -> Self {
        let pepper = testkit::samples::pepper();
        let world = World::default();
        let (campaign, profile) = &*SAMPLES;
        world.with(|state| {
            state.campaigns = vec![Published { version: 1, body: campaign.clone() }];
            state.profile = Some(Published { version: 1, body: profile.clone() });
            state.prices = testkit::samples::prices();
        });
        Self {
            table: Faulty::new(world),
            now: Cell::new(TUESDAY.parse().unwrap()),
            suppliers: Suppliers {
                notify: Some(Notify::new(&TOKEN.into(), pepper.clone()).unwrap()),
                ..Suppliers::default()
            },
            keys: Keys { pepper, drama: DramaNumbers::Allowed },
            replies: Cell::new(0),
            dead: RefCell::default(),
        }
    }

    /// Begins, and the only caller of the night was texted on Tuesday morning.
    pub(crate) async fn texted() -> Self {
        Self::begin().text_the_caller().await
    }

    /// The only caller of the night is texted.
    pub(crate) async fn text_the_caller(self) -> Self {
        self.logs(&[row()]).await;
        self.settle().await;
        assert_eq!(self.texts().len(), 1);
        self
    }

    /// Begins with this changed in the campaign.
    pub(crate) fn with_campaign(change: impl FnOnce(&mut Campaign)) -> Self {
        let story = Self::begin();
        story.world().with(|state| change(&mut state.campaigns[0].body));
        story
    }

    pub(crate) fn world(&self) -> &World {
        &self.table.world
    }

    // The clock.

    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(crate) fn at(&self, time: &str) {
        self.now.set(time.parse().unwrap());
    }

    pub(crate) fn wait(&self, time: SignedDuration) {
        self.now.set(self.now() + time);
    }

    // The handlers.

    /// An extract lands in a feed's folder, and wakes `ingest` until it is done.
    pub(crate) async fn land(
        &self,
        feed: &str,
        name: &str,
        body: impl Into<Vec<u8>>,
    ) -> ingest::Outcome {
        let key = format!("extracts/{feed}/{name}");
        let now = self.now();
        self.world().with(|state| state.extracts.insert(key.clone(), (body.into(), now)));
        for _ in 0..RECEIVES {
            if let Ok(outcome) = self.ingest(&key).await {
                return outcome;
            }
        }
        panic!("{key} was never read")
    }

    /// One invocation of `ingest`.
    pub(crate) async fn ingest(&self, key: &str) -> anyhow::Result<ingest::Outcome> {
        let table = &self.table;
        // Boxed, as `ingest` does itself: it is large.
        let read = ingest::handle(table, table, table, &self.keys, key, self.now());
        Box::pin(read).await
    }

    /// One invocation of `ingest`, whatever folder the file is in.
    pub(crate) async fn landed(&self, key: &str) -> anyhow::Result<ingest::Landed> {
        let world = self.world();
        ingest::landed(world, world, world, world, &self.keys, key, self.now()).await
    }

    /// Logs land; each is one row.
    pub(crate) async fn logs(&self, rows: &[Row]) -> Counts {
        match self.land("storm", "night.csv", extract(rows)).await {
            ingest::Outcome::Read(counts) => counts,
            ingest::Outcome::Unreadable(why) => panic!("{why}"),
        }
    }

    /// Crime links land: reference, log number, phone.
    pub(crate) async fn crimes(&self, links: &[[&str; 3]]) -> Counts {
        let mut body = "Investigation Ref,STORM Log Number,Contact Phone\n".to_owned();
        for link in links {
            body.push_str(&link.join(","));
            body.push('\n');
        }
        match self.land("athena", "night.csv", body).await {
            ingest::Outcome::Read(counts) => counts,
            ingest::Outcome::Unreadable(why) => panic!("{why}"),
        }
    }

    /// The time of an invocation that has enough of it.
    pub(crate) fn time(&self) -> Time<impl Fn() -> Timestamp, impl Fn() -> bool> {
        Time { now: || self.now(), enough: || true }
    }

    pub(crate) async fn dispatch(&self) -> dispatch::Outcome {
        self.try_dispatch().await.unwrap()
    }

    pub(crate) async fn try_dispatch(&self) -> anyhow::Result<dispatch::Outcome> {
        dispatch::handle(&self.table, &self.table, &self.table, self.time()).await
    }

    /// One delivery of the send queue.
    pub(crate) async fn send(&self, message: &SendMessage) -> anyhow::Result<send::Outcome> {
        let table = &self.table;
        send::handle(table, table, table, carried(message), self.time()).await
    }

    /// One delivery of the inbound queue.
    pub(crate) async fn feedback(
        &self,
        message: &InboundMessage,
    ) -> anyhow::Result<feedback::Outcome> {
        let table = &self.table;
        feedback::handle(table, table, table, table, carried(message), self.now()).await
    }

    /// Delivers the send queue, each message as often as it takes.
    pub(crate) async fn send_all(&self) -> Vec<send::Outcome> {
        let mut outcomes = Vec::new();
        while let Some(message) = self.world().with(|state| state.to_send.pop_front()) {
            let settled = self.redelivered(async || self.send(&message).await).await;
            match settled {
                Some(outcome) => outcomes.push(outcome),
                None => self.dead.borrow_mut().push(format!("{message:?}")),
            }
        }
        outcomes
    }

    /// Delivers the inbound queue, each message as often as it takes.
    pub(crate) async fn feedback_all(&self) -> Vec<feedback::Outcome> {
        let mut outcomes = Vec::new();
        while let Some(message) = self.world().with(|state| state.inbound.pop_front()) {
            let settled = self.redelivered(async || self.feedback(&message).await).await;
            match settled {
                Some(outcome) => outcomes.push(outcome),
                None => self.dead.borrow_mut().push(format!("{message:?}")),
            }
        }
        outcomes
    }

    async fn redelivered<O>(&self, deliver: impl AsyncFn() -> anyhow::Result<O>) -> Option<O> {
        for _ in 0..RECEIVES {
            match deliver().await {
                Ok(outcome) => return Some(outcome),
                Err(_) => self.wait(VISIBILITY),
            }
        }
        None
    }

    pub(crate) async fn reconcile(&self) -> reconcile::Outcome {
        self.try_reconcile().await.unwrap()
    }

    pub(crate) async fn try_reconcile(&self) -> anyhow::Result<reconcile::Outcome> {
        let table = &self.table;
        let ours = reconcile::Ours { pepper: &self.keys.pepper, ring_again: RING_AGAIN };
        reconcile::handle(table, table, table, table, table, ours, self.time()).await
    }

    pub(crate) async fn report(&self) -> report::Outcome {
        let now = self.now();
        report::handle(&self.table, &self.table, Period::daily(now), now).await.unwrap()
    }

    /// Runs the schedules and the queues, twenty minutes at a time, until nothing is left to do
    /// but to wait for receipts.
    pub(crate) async fn settle(&self) {
        for _ in 0..24 {
            // The next run sees what a failed one left.
            let _dispatched = self.try_dispatch().await.is_ok();
            self.send_all().await;
            self.feedback_all().await;
            let _reconciled = self.try_reconcile().await.is_ok();
            if self.is_settled() {
                return;
            }
            self.wait(SignedDuration::from_mins(20));
        }
        panic!("never settles: {:?}, dead {:?}", self.world().states(), self.dead.borrow());
    }

    fn is_settled(&self) -> bool {
        self.world().with(|state| {
            let (now, pauses) = (self.now(), &state.pauses);
            let open = |contact: &Contact| match contact.state {
                State::Queued | State::Claimed | State::Unknown => true,
                // What is paused waits for a person.
                State::Planned => !pauses.values().any(|p| p.holds(&contact.campaign, now)),
                _ => false,
            };
            let follow_up = |f: &FollowUp| !f.state.is_settled() && f.due_at <= now;
            state.to_send.is_empty()
                && state.inbound.is_empty()
                && !state.follow_ups.values().any(follow_up)
                && !state.contacts.values().any(open)
        })
    }

    // The supplier's calls.

    pub(crate) async fn call(&self, kind: &str, body: &serde_json::Value) -> webhook::Outcome {
        let request = CallbackRequest {
            supplier: "notify".to_owned(),
            kind: kind.to_owned(),
            headers: [("authorization".to_owned(), format!("Bearer {TOKEN}"))].into(),
            body: body.to_string().into_bytes(),
            ..CallbackRequest::default()
        };
        webhook::handle(&self.suppliers, &self.table, &self.table, &request).await
    }

    /// A call without the supplier's token.
    pub(crate) async fn forged(&self, kind: &str, body: &serde_json::Value) -> webhook::Outcome {
        let request = CallbackRequest {
            supplier: "notify".to_owned(),
            kind: kind.to_owned(),
            headers: [("authorization".to_owned(), "Bearer another-token".to_owned())].into(),
            body: body.to_string().into_bytes(),
            ..CallbackRequest::default()
        };
        webhook::handle(&self.suppliers, &self.table, &self.table, &request).await
    }

    /// The network tells what became of a text.
    pub(crate) async fn receipt(&self, contact: &ContactId, status: &str) -> webhook::Outcome {
        self.call("receipt", &self.receipt_body(contact, status)).await
    }

    pub(crate) fn receipt_body(&self, contact: &ContactId, status: &str) -> serde_json::Value {
        serde_json::json!({
            "id": "740e5834-3a29-46b4-9a6f-16142fde533a",
            "reference": contact.to_string(),
            "to": "07700900123",
            "status": status,
            "created_at": self.now().to_string(),
            "completed_at": self.now().to_string(),
            "sent_at": self.now().to_string(),
            "notification_type": "sms",
        })
    }

    /// Somebody answers; the id of their message.
    pub(crate) async fn reply(&self, from: &str, words: &str) -> String {
        let number = self.replies.get() + 1;
        self.replies.set(number);
        let id = format!("reply-{number:04}");
        self.reply_as(&id, from, words).await;
        id
    }

    /// Somebody answers, under this id.
    pub(crate) async fn reply_as(&self, id: &str, from: &str, words: &str) -> webhook::Outcome {
        let body = self.reply_body(id, from, words);
        self.call("inbound", &body).await
    }

    pub(crate) fn reply_body(&self, id: &str, from: &str, words: &str) -> serde_json::Value {
        serde_json::json!({
            "id": id,
            "source_number": from.trim_start_matches('+'),
            "destination_number": "07700900999",
            "message": words,
            "date_received": self.now().to_string(),
        })
    }

    // What there is to see.

    /// The only contact.
    pub(crate) fn contact(&self) -> Contact {
        self.world().with(|state| {
            assert_eq!(state.contacts.len(), 1, "{:?}", state.contacts.keys());
            state.contacts.values().next().unwrap().clone()
        })
    }

    /// The contact about this log.
    pub(crate) fn contact_about(&self, log: &str) -> Contact {
        self.world().with(|state| {
            let mut about = state.contacts.values().filter(|c| c.incident.as_str() == log);
            about.next().unwrap().clone()
        })
    }

    /// Why the only contact is where it is.
    pub(crate) fn why(&self) -> String {
        self.contact().history.last().unwrap().why.clone()
    }

    /// The words of every text the supplier took.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.world().with(|state| state.texts.iter().map(|(_, _, words)| words.clone()).collect())
    }

    /// What else was said to people, by kind, in order.
    pub(crate) fn said(&self) -> Vec<String> {
        self.world()
            .with(|state| state.follow_up_texts.iter().map(|(f, _, _)| f.kind.name()).collect())
    }

    /// What lies on the desks: desk and class.
    pub(crate) fn tasks(&self) -> Vec<(&'static str, &'static str)> {
        let named = |task: &Task| (task.desk.name(), task.class.as_str());
        self.world().with(|state| state.tasks.values().map(named).collect())
    }

    /// The only message on the send queue, which it leaves.
    pub(crate) fn take_message(&self) -> SendMessage {
        self.world().with(|state| {
            assert_eq!(state.to_send.len(), 1);
            state.to_send.pop_front().unwrap()
        })
    }

    /// A log as it is kept.
    pub(crate) fn log(&self, number: &str) -> LogRecord {
        self.world().with(|state| {
            let (_, file) = state.logs.iter().find(|(kept, _)| kept.as_str() == number).unwrap();
            file.record.clone().unwrap()
        })
    }

    /// The rules that spoke about a log's callers.
    pub(crate) fn rules(&self, number: &str) -> BTreeSet<&'static str> {
        let log = self.log(number);
        let rules = log.callers.iter().flat_map(|caller| &caller.decision.rules);
        rules.map(|rule| rule.as_str()).collect()
    }

    /// Everything the table, the queues and the supplier hold, to compare with later. Alerts are
    /// not in it: a file that comes again tells of its rejects again.
    pub(crate) fn everything(&self) -> String {
        self.world().with(|state| {
            format!(
                "{:#?}",
                (
                    (&state.logs, &state.person_links, &state.opted_out, &state.contacts),
                    (&state.numbers, &state.budgets, &state.calls, &state.to_send),
                    (&state.inbound, &state.rejects, &state.texts),
                    (&state.tasks, &state.follow_ups, &state.follow_up_texts),
                )
            )
        })
    }

    /// What must hold at the end of any story.
    pub(crate) fn must_hold(&self) {
        for (reference, texts) in self.world().texts_per_reference() {
            assert_eq!(texts, 1, "{reference} was texted {texts} times");
        }
        self.world().with(|state| {
            for (campaign, month) in state.budgets.keys() {
                let spent = state.budgets[&(campaign.clone(), *month)];
                let held = state.contacts.values().filter(|c| c.campaign == *campaign);
                let held = held.filter_map(|contact| contact.reservation);
                // A follow-up is its contact's campaign's.
                let follow_ups = state.follow_ups.values().filter(|follow_up| {
                    let contact = follow_up.contact.as_ref().and_then(|id| state.contacts.get(id));
                    contact.is_some_and(|contact| contact.campaign == *campaign)
                });
                let held = held.chain(follow_ups.filter_map(|follow_up| follow_up.reservation));
                let held = held.filter(|held| held.month == *month).map(|held| held.amount).sum();
                assert_eq!(spent, held, "what is spent is what the contacts hold");
                let cap = state.campaigns.iter().map(|c| c.body.monthly_cap).max().unwrap();
                assert!(spent <= cap);
            }
            // Whatever failed, each file stands in the chain with its hash.
            let head = state.audit.last().map(Entry::head).unwrap_or_default();
            assert_eq!(audit::verify(&state.audit, &head), []);
            for (key, (_, sha256)) in &state.archive {
                let named = state.audit.iter().any(|Entry { deed, .. }| {
                    deed.subject == *key && record::sha256_of(&deed.detail) == Some(sha256)
                });
                assert!(named, "{key}");
            }
            let mut said = BTreeSet::new();
            for (follow_up, _, _) in &state.follow_up_texts {
                assert!(said.insert(&follow_up.id), "{:?} was said twice", follow_up.kind);
            }
            for contact in state.contacts.values() {
                let texted = state.texts.iter().any(|(reference, _, _)| *reference == contact.id);
                assert!(!texted || contact.state != State::Control);
            }
        });
    }
}

/// A message as the queue carries it.
fn carried<M: Serialize + DeserializeOwned>(message: &M) -> M {
    serde_json::from_str(&serde_json::to_string(message).unwrap()).unwrap()
}

const COLUMNS: [&str; 25] = [
    "Log Number",
    "Extracted At",
    "Division",
    "Beat Code",
    "Date Time Received",
    "Date Time Closed",
    "Status",
    "Source",
    "Response Category",
    "Initial Classification",
    "Final Classification",
    "Result Codes",
    "Qualifiers",
    "Attended",
    "First Arrived",
    "Duplicate Of",
    "Crime Reference",
    "Location",
    "Caller Contact Name",
    "Caller Contact Phone No_",
    "Caller Type",
    "Text Consent",
    "Contact Marker",
    "Caller Contact Add Info",
    "Message",
];

/// One row of the force's logs.
#[derive(Debug, Clone)]
pub(crate) struct Row([String; 25]);

/// A caller who may be texted: a tree in the road, cleared on Monday evening.
pub(crate) fn row() -> Row {
    let cells = [
        "HC-20260309-0412",
        "10/03/2026 06:00:00",
        "A",
        "HA01",
        "09/03/2026 17:20",
        "09/03/2026 19:02",
        "CLOSED",
        "999",
        "2",
        "Transport - Highways Disruption",
        "Transport - Highways Disruption",
        "R02",
        "GI",
        "Y",
        "09/03/2026 17:41",
        "",
        "",
        "A414 by Quernmoor Lodge",
        "Ada Plenthgarthing",
        "07700 900123",
        "WITNESS",
        "Y",
        "",
        "",
        "Tree down across both lanes",
    ];
    Row(cells.map(str::to_owned))
}

impl Row {
    /// The row with this in one of its cells.
    pub(crate) fn with(mut self, column: &str, cell: &str) -> Self {
        let place = COLUMNS.iter().position(|name| *name == column).unwrap();
        self.0[place] = cell.to_owned();
        self
    }

    /// The row of another log and another caller: the n-th.
    pub(crate) fn nth(self, n: u32) -> Self {
        let phone = format!("07700 900{n:03}");
        self.with("Log Number", &log_number(n)).with("Caller Contact Phone No_", &phone)
    }
}

/// A caller of the main log, whose road was cleared.
pub(crate) fn main_log() -> Row {
    row().nth(1)
}

/// A caller of a log closed as a duplicate of this one.
pub(crate) fn duplicate(n: u32, main: u32) -> Row {
    row()
        .nth(n)
        .with("Final Classification", "Admin - Duplicate")
        .with("Result Codes", "R09")
        .with("Attended", "N")
        .with("First Arrived", "")
        .with("Date Time Closed", "09/03/2026 17:25")
        .with("Duplicate Of", &log_number(main))
}

/// The number of the n-th log.
pub(crate) fn log_number(n: u32) -> String {
    format!("HC-20260309-{n:04}")
}

/// A file of the force's logs.
pub(crate) fn extract(rows: &[Row]) -> String {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut body = COLUMNS.join(",");
    body.push('\n');
    for row in rows {
        let cells: Vec<_> = row.0.iter().map(quoted).collect();
        body.push_str(&cells.join(","));
        body.push('\n');
    }
    body
}

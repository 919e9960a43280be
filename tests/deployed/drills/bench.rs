//! What every drill is done on and judged by.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_sqs::Client as Sqs;
use domain::contact::{Contact, State};
use domain::ports::{Inbox as _, Ledger as _};
use jiff::{SignedDuration, Timestamp};
use local::alarms::Alarms;
use local::faults::around_the_clock;
use local::faults::extract::Wave;
use local::stack::{OFTEN, SAMPLE_NOW, SELDOM, STACK, Stack};
use local::supplier::{Behaviour, Faults, People};

/// How long a failed message stays out of sight here: three minutes on a real stack.
pub(super) const VISIBILITY: Duration = Duration::from_secs(3);

/// How long anything may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// How far the clock moves at once: the schedules run at least so often.
const STEP: i64 = 15;

/// In how many hours of the stack's time everything must have recovered.
const HOURS: i64 = 6;

/// The people there are.
const PEOPLE: usize = 1_000;

/// The stack, and what was learnt on it.
pub(super) struct Bench {
    pub(super) stack: Stack,
    pub(super) alarms: Alarms,
    heard: String,
    people: usize,
    logs: usize,
    /// What is switched off, so that nobody waits for it.
    off: BTreeSet<&'static str>,
    now: Option<Drill>,
    rows: Vec<Drill>,
}

/// One drill.
#[derive(Default)]
struct Drill {
    name: &'static str,
    done: &'static str,
    waves: Vec<Wave>,
    began: Option<Instant>,
    replies: usize,
    lost: usize,
    doubled: usize,
    rang: BTreeSet<String>,
    heard: Vec<String>,
    mended: Option<(Timestamp, Instant)>,
    recovery: String,
}

/// A supplier on a good day; everybody who is texted answers.
pub(super) fn good_day() -> Behaviour {
    let people = (0..PEOPLE).fold(People::silent(), |people, person| {
        people.script(&format!("07700900{person:03}"), &["5 thanks"])
    });
    Behaviour {
        retry_gap: Duration::from_millis(500),
        smoke_numbers: false,
        people,
        ..Behaviour::default()
    }
}

/// The same, but that something goes wrong.
pub(super) fn day_with(faults: Faults) -> Behaviour {
    Behaviour { faults, ..good_day() }
}

impl Bench {
    pub(super) async fn start() -> Self {
        Self::with(SAMPLE_NOW, OFTEN, VISIBILITY).await
    }

    /// A bench on which it is this moment.
    pub(super) async fn at(now: &str) -> Self {
        Self::with(now, OFTEN, VISIBILITY).await
    }

    /// A bench for so much that a batch may take longer than a message is hidden elsewhere, and a run longer
    /// than a schedule waits: a message would come again and again until it is a dead letter, and a function
    /// that was halted would still be running.
    pub(super) async fn of_much() -> Self {
        Self::with(SAMPLE_NOW, SELDOM, 20 * VISIBILITY).await
    }

    async fn with(now: &str, schedules: &[&str], visibility: Duration) -> Self {
        let stack = Stack::start_behind_a_proxy(now, good_day(), schedules, &|_| ()).await.unwrap();
        around_the_clock(&stack, visibility).await.unwrap();
        let heard = crate::listen(&stack).await;
        let alarms = Alarms::watch(&stack).await.unwrap();
        let (now, rows) = (None, Vec::new());
        Self { stack, alarms, heard, people: 10, logs: 0, off: BTreeSet::new(), now, rows }
    }

    /// Begins a drill: what is broken, and what is done about it.
    pub(super) async fn begin(&mut self, name: &'static str, done: &'static str) {
        told(&format!("drill: {name}"));
        self.look().await;
        self.hear().await;
        let replies = self.stack.supplier.ledger().replies.len();
        self.now =
            Some(Drill { name, done, replies, began: Some(Instant::now()), ..Drill::default() });
    }

    fn drill(&mut self) -> &mut Drill {
        self.now.as_mut().unwrap()
    }

    /// The extract of so many logs of people who were not texted yet.
    pub(super) fn wave(&mut self, size: usize) -> Wave {
        let people = self.people..self.people + size;
        assert!(people.end <= PEOPLE, "there are no more people");
        let wave = Wave::of(self.logs, people, self.stack.clock.now());
        self.people += size;
        self.logs += size;
        wave
    }

    /// Lands so many logs, waits until each is planned, and has them queued.
    pub(super) async fn land(&mut self, size: usize) -> BTreeSet<String> {
        let wave = self.wave(size);
        self.stack.upload(&wave.key, wave.extract.clone()).await.unwrap();
        self.until("everybody is planned", async |stack| {
            wave.own(stack.contacts().await.unwrap()).len() == size
        })
        .await;
        let contacts = wave.own(self.stack.contacts().await.unwrap());
        self.count(wave);
        self.run("dispatch").await;
        contacts.into_iter().map(|contact| contact.id.to_string()).collect()
    }

    /// Counts a wave in that was landed otherwise.
    pub(super) fn count(&mut self, wave: Wave) {
        self.drill().waves.push(wave);
    }

    /// Runs a function, whatever comes of it.
    pub(super) async fn run(&self, function: &str) -> bool {
        self.stack.invoke(function, "{}").await.is_ok()
    }

    /// Lets time pass: the schedules run, what they set off ends, and somebody looks at the alarms.
    pub(super) async fn pass(&mut self, minutes: i64) {
        let mut left = minutes;
        while left > 0 {
            let step = left.min(STEP);
            self.stack.move_clock(SignedDuration::from_mins(step)).await.unwrap();
            left -= step;
            for function in ["reconcile", "dispatch"] {
                if !self.off.contains(function) {
                    self.run(function).await;
                }
            }
            self.rest().await;
            self.look().await;
        }
    }

    /// Waits until nothing moves by itself any more.
    pub(super) async fn rest(&self) {
        let (send, feedback) = (self.off.contains("send"), self.off.contains("feedback"));
        self.until("all is at rest", async |stack| {
            stack.supplier.is_settled()
                && (send || stack.waiting("SendQueueUrl").await.unwrap() == 0)
                && (feedback || stack.waiting("InboundQueueUrl").await.unwrap() == 0)
        })
        .await;
    }

    /// Looks at the alarms; what began to ring is this drill's.
    pub(super) async fn look(&mut self) {
        let rang = self.alarms.look(&self.stack).await.unwrap();
        if let Some(drill) = &mut self.now {
            drill.rang.extend(rang);
        }
    }

    /// Switches the trigger of a function off or on, or halts one that a schedule wakes.
    pub(super) async fn switch(&mut self, function: &'static str, on: bool) {
        if matches!(function, "send" | "feedback") {
            self.stack.trigger(function, on).await.unwrap();
        } else {
            let (client, name) = (Lambda::new(&self.stack.aws), format!("{STACK}-{function}"));
            if on {
                client.delete_function_concurrency().function_name(name).send().await.unwrap();
            } else {
                let halt = client.put_function_concurrency().function_name(name);
                halt.reserved_concurrent_executions(0).send().await.unwrap();
            }
        }
        if on {
            self.off.remove(function)
        } else {
            self.off.insert(function)
        };
    }

    /// What was broken is mended: from here the recovery is timed.
    pub(super) fn mended(&mut self) {
        let at = (self.stack.clock.now(), Instant::now());
        self.drill().mended = Some(at);
    }

    /// Lets time pass until everybody's story has ended, and judges the drill.
    pub(super) async fn end(&mut self, rings: &[&str]) {
        let ends = self.stack.clock.now() + SignedDuration::from_hours(HOURS);
        self.rest().await;
        loop {
            let (open, unread) = (self.open().await, self.unread().await);
            if open.is_empty() && unread == 0 && self.stack.is_quiet().await.unwrap() {
                break;
            }
            if self.stack.clock.now() > ends {
                told(&format!("  lost: {open:#?} and {unread} unread"));
                self.drill().lost = open.len() + unread;
                break;
            }
            self.pass(STEP).await;
        }
        self.look().await;
        let now = self.stack.clock.now();
        let texts = self.stack.supplier.texts_per_reference();
        let mut drill = self.now.take().unwrap();
        drill.doubled = texts.values().filter(|count| **count > 1).count();
        if let Some((at, instant)) = drill.mended {
            let minutes = now.duration_since(at).as_mins();
            drill.recovery = format!("{minutes} min ({:.0?})", instant.elapsed());
        }
        let took = drill.began.map(|began| began.elapsed()).unwrap_or_default();
        let Drill { lost, doubled, rang, .. } = &drill;
        told(&format!("  lost {lost}, doubled {doubled}, rang {rang:?}; took {took:.0?}"));
        assert_eq!((drill.lost, drill.doubled), (0, 0), "{}: lost, doubled", drill.name);
        let rings: BTreeSet<String> = rings.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(drill.rang, rings, "{}: what rang", drill.name);
        drill.heard.extend(self.hear().await);
        let heard = drill.heard.join("\n");
        for alarm in &drill.rang {
            assert!(heard.contains(&format!("{STACK}-{alarm}")), "{alarm} was not heard");
        }
        self.rows.push(drill);
    }

    /// The contacts of this drill that have not come to an end, and the logs that have no contact.
    async fn open(&mut self) -> Vec<String> {
        let contacts = self.stack.contacts().await.unwrap();
        let mut open = Vec::new();
        for wave in &self.drill().waves {
            let own = wave.own(contacts.clone());
            let planned: BTreeSet<_> = own.iter().map(|contact| &contact.incident).collect();
            open.extend(
                wave.logs.iter().filter(|log| !planned.contains(log)).map(|l| l.to_string()),
            );
            open.extend(
                own.iter()
                    .filter(|c| !is_texted(c))
                    .map(|c| format!("{} {:?} {:?}", c.id, c.state, c.history)),
            );
        }
        open
    }

    /// How many replies of this drill nobody has read.
    async fn unread(&mut self) -> usize {
        let table = self.stack.table().unwrap();
        let replies = self.stack.supplier.ledger().replies;
        let mut unread = 0;
        for reply in replies.iter().skip(self.drill().replies) {
            let call = table.call("notify", &reply.id).await.unwrap();
            unread += usize::from(call.is_none_or(|call| call.read_at.is_none()));
        }
        unread
    }

    /// What the topic told since somebody last asked; it counts for the drill all the same.
    pub(super) async fn news(&mut self) -> Vec<String> {
        let heard = self.hear().await;
        self.drill().heard.extend(heard.iter().cloned());
        heard
    }

    /// Takes everything off the queue that hears the topic.
    async fn hear(&self) -> Vec<String> {
        let client = Sqs::new(&self.stack.aws);
        let mut heard = Vec::new();
        loop {
            let take = client.receive_message().queue_url(&self.heard).max_number_of_messages(10);
            let answer = take.send().await.unwrap();
            if answer.messages().is_empty() {
                return heard;
            }
            for message in answer.messages() {
                heard.push(message.body().unwrap_or_default().to_owned());
                let receipt = message.receipt_handle().unwrap_or_default();
                let done = client.delete_message().queue_url(&self.heard).receipt_handle(receipt);
                done.send().await.unwrap();
            }
        }
    }

    /// Puts messages on a queue as they are.
    pub(super) async fn put(&self, queue: &str, bodies: &[String]) {
        let client = Sqs::new(&self.stack.aws);
        let url = self.stack.output(queue).unwrap();
        for body in bodies {
            client.send_message().queue_url(url).message_body(body).send().await.unwrap();
        }
    }

    /// Empties a queue.
    pub(super) async fn purge(&self, queue: &str) {
        let url = self.stack.output(queue).unwrap();
        Sqs::new(&self.stack.aws).purge_queue().queue_url(url).send().await.unwrap();
    }

    /// Asks again and again whether the stack has come to this.
    pub(super) async fn until(&self, what: &str, holds: impl AsyncFn(&Stack) -> bool) {
        let started = Instant::now();
        while !holds(&self.stack).await {
            let log = || local::emulator::tail(&self.stack.emulator.log());
            assert!(started.elapsed() < PATIENCE, "never: {what}\n{}", log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Every contact of the stack in one of these states.
    pub(super) async fn in_state(&self, ids: &BTreeSet<String>, states: &[State]) -> usize {
        let table = self.stack.table().unwrap();
        let ids: Vec<_> =
            ids.iter().filter_map(|id| domain::contact::ContactId::parse(id)).collect();
        let contacts = table.contacts(&ids).await.unwrap();
        contacts.iter().filter(|contact| states.contains(&contact.state)).count()
    }

    /// The alarms that rang in any drill.
    pub(super) fn rang(&self) -> BTreeSet<String> {
        self.rows.iter().flat_map(|drill| drill.rang.iter().cloned()).collect()
    }

    /// The table for infra/README.md.
    pub(super) fn tell(&self) {
        let mut table =
            "| drill | what was done | lost | doubled | alarms that rang | recovery |\n\
                         |---|---|---|---|---|---|\n"
                .to_owned();
        for drill in &self.rows {
            let rang: Vec<_> = drill.rang.iter().map(|name| format!("`{name}`")).collect();
            let rang = if rang.is_empty() { "none".to_owned() } else { rang.join(", ") };
            let Drill { name, done, lost, doubled, recovery, .. } = drill;
            writeln!(table, "| {name} | {done} | {lost} | {doubled} | {rang} | {recovery} |")
                .unwrap();
        }
        told(&table);
    }
}

/// Whether a contact has ended as every contact of a drill must: texted, and its fate known.
fn is_texted(contact: &Contact) -> bool {
    matches!(contact.state, State::Delivered | State::Undelivered)
}

#[expect(clippy::print_stderr, reason = "figures for whoever runs it with --nocapture")]
pub(super) fn told(line: &str) {
    eprintln!("{line}");
}

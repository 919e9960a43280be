//! What the supplier holds in mind: the ledger, the limits, the clock, and the work still to be done.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use tokio::{runtime::Handle, sync::oneshot, task::JoinSet};

use super::{
    behaviour::{Behaviour, Delivery, Fault},
    ledger::{CallbackAttempt, Counts, Ledger, Reply, Status, Text},
    message, number,
    people::ReplyKind,
    refusal::Refusal,
    schema::SmsRequest,
    seed,
    settings::{ApiKey, Callback, Settings},
};

const TEMPORARY_FAILURE: &str = "447700900003";
const PERMANENT_FAILURE: &str = "447700900002";
const SMOKE_TESTS: [&str; 3] = ["447700900000", "447700900111", "447700900222"];

/// Everything that requests and couriers share.
pub(super) struct World {
    /// What the supplier was told when it started; its behaviour and callbacks may since have changed.
    pub settings: Settings,
    /// The client that posts callbacks.
    pub client: reqwest::Client,
    book: Mutex<Book>,
    tasks: Mutex<JoinSet<()>>,
    runtime: Handle,
    ahead_seconds: AtomicI64,
    outstanding: AtomicUsize,
    is_stopped: AtomicBool,
}

/// What changes, all behind one lock that is never held while waiting.
struct Book {
    ledger: Ledger,
    places: HashMap<String, usize>,
    attempts: HashMap<String, usize>,
    have_replied: HashSet<String>,
    recent: VecDeque<Instant>,
    today: Option<Date>,
    texts_today: usize,
    last_created: Timestamp,
    ids: u64,
    lookups: u64,
    keys: Vec<ApiKey>,
    behaviour: Arc<Behaviour>,
    receipts: Option<Callback>,
    inbound: Option<Callback>,
    to_keep_back: VecDeque<KeptBack>,
}

/// A yes that is not said until whoever asked for that lets it go.
pub(super) struct KeptBack {
    /// Is told that a text was taken.
    pub taken: oneshot::Sender<()>,
    /// Ends when the yes may be said.
    pub let_go: oneshot::Receiver<()>,
}

/// A request that deserves to be accepted, with what is to go wrong.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    text: Text,
    /// What is to go wrong.
    pub fault: Fault,
}

impl World {
    pub(super) fn new(settings: Settings) -> anyhow::Result<Self> {
        Ok(Self {
            client: plain_client()?.build().context("build the callback client")?,
            book: Mutex::new(Book {
                ledger: Ledger::default(),
                places: HashMap::new(),
                attempts: HashMap::new(),
                have_replied: HashSet::new(),
                recent: VecDeque::new(),
                today: None,
                texts_today: 0,
                last_created: Timestamp::UNIX_EPOCH,
                ids: 0,
                lookups: 0,
                keys: vec![settings.api_key.clone()],
                behaviour: Arc::new(settings.behaviour.clone()),
                receipts: settings.receipts.clone(),
                inbound: settings.inbound.clone(),
                to_keep_back: VecDeque::new(),
            }),
            ahead_seconds: AtomicI64::new(settings.clock_offset_seconds),
            settings,
            tasks: Mutex::new(JoinSet::new()),
            runtime: Handle::try_current().context("the supplier needs a Tokio runtime")?,
            outstanding: AtomicUsize::new(0),
            is_stopped: AtomicBool::new(false),
        })
    }

    /// The time by the supplier's clock.
    pub(super) fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the supplier's own clock")]
        let now = Timestamp::now();
        let ahead = self.ahead_seconds.load(Ordering::SeqCst);
        now.checked_add(SignedDuration::from_secs(ahead)).unwrap_or(now)
    }

    pub(super) fn move_clock(&self, by: SignedDuration) {
        self.ahead_seconds.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    pub(super) fn keep_a_yes_back(&self, kept: KeptBack) {
        self.book().to_keep_back.push_back(kept);
    }

    /// Waits before a plain yes is said, if somebody wants it kept back and still waits for it.
    pub(super) async fn before_the_yes(&self) {
        let next = || self.book().to_keep_back.pop_front();
        while let Some(kept) = next() {
            if kept.taken.send(()).is_ok() {
                // Nothing is ever sent: this ends when the other side is dropped.
                drop(kept.let_go.await);
                return;
            }
        }
    }

    pub(super) fn keys(&self) -> Vec<ApiKey> {
        self.book().keys.clone()
    }

    pub(super) fn set_keys(&self, keys: Vec<ApiKey>) {
        self.book().keys = keys;
    }

    pub(super) fn behaviour(&self) -> Arc<Behaviour> {
        Arc::clone(&self.book().behaviour)
    }

    pub(super) fn set_behaviour(&self, behaviour: Behaviour) {
        self.book().behaviour = Arc::new(behaviour);
    }

    pub(super) fn receipts(&self) -> Option<Callback> {
        self.book().receipts.clone()
    }

    pub(super) fn inbound(&self) -> Option<Callback> {
        self.book().inbound.clone()
    }

    pub(super) fn set_callbacks(&self, receipts: Option<Callback>, inbound: Option<Callback>) {
        let mut book = self.book();
        book.receipts = receipts;
        book.inbound = inbound;
    }

    pub(super) fn ledger(&self) -> Ledger {
        // The count is read first: once it is nought, the copy that follows is complete.
        let outstanding = self.outstanding();
        Ledger { outstanding, ..self.book().ledger.clone() }
    }

    pub(super) fn counts(&self) -> Counts {
        let outstanding = self.outstanding();
        Counts { outstanding, ..self.book().ledger.counts() }
    }

    pub(super) fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::SeqCst)
    }

    /// Counts a send against Notify's two limits, before anything else is known of it.
    pub(super) fn check_limits(&self) -> Result<(), Refusal> {
        let now = Instant::now();
        let today = self.now().to_zoned(TimeZone::UTC).date();
        let mut book = self.book();
        while book
            .recent
            .front()
            .is_some_and(|sent| now.duration_since(*sent) >= Duration::from_secs(60))
        {
            book.recent.pop_front();
        }
        if book.recent.len() >= self.settings.requests_per_minute {
            return Err(Refusal::rate_limit(self.settings.requests_per_minute));
        }
        book.recent.push_back(now);
        let texts_today = if book.today == Some(today) { book.texts_today } else { 0 };
        if texts_today >= self.settings.texts_per_day {
            return Err(Refusal::daily_limit(self.settings.texts_per_day));
        }
        Ok(())
    }

    /// Judges a request by everything that the schema does not know, and throws for what goes wrong.
    pub(super) fn draft(&self, request: SmsRequest) -> Result<Draft, Refusal> {
        let template = self
            .settings
            .templates
            .iter()
            .find(|template| template.id.eq_ignore_ascii_case(&request.template_id));
        let template =
            template.ok_or_else(|| Refusal::bad_request("Template not found".to_owned()))?;
        let body =
            message::compose(&template.content, &request.personalisation).map_err(|missing| {
                Refusal::bad_request(format!("Missing personalisation: {}", missing.join(", ")))
            })?;
        if body.is_empty() {
            return Err(Refusal::bad_request("Your message is empty.".to_owned()));
        }
        let from_number = match &request.sms_sender_id {
            None => self.settings.number.clone(),
            Some(id) => {
                match self.settings.senders.iter().find(|sender| sender.id.eq_ignore_ascii_case(id))
                {
                    Some(sender) => sender.number.clone(),
                    None => {
                        let service = self.settings.api_key.service_id();
                        return Err(Refusal::bad_request(format!(
                            "sms_sender_id {id} does not exist in database for service id {service}"
                        )));
                    }
                }
            }
        };
        let number = match number::parse(&request.phone_number) {
            Ok(number::Number::Mobile(number)) => number,
            Ok(number::Number::Landline) => return Err(Refusal::phone("Not a UK mobile number")),
            Ok(number::Number::International) => {
                return Err(Refusal::bad_request(
                    "Cannot send to international mobile numbers".to_owned(),
                ));
            }
            Err(message) => {
                return Err(Refusal::validation(vec![format!("phone_number {message}")]));
            }
        };
        if self.settings.invented_numbers_only && !number::is_invented(&number) {
            let message = "Can’t send to this recipient using a team-only API key";
            return Err(Refusal::bad_request(message.to_owned()));
        }
        let length = message::length(&body);
        if length > message::LONGEST {
            return Err(Refusal::bad_request(format!(
                "Your message is too long. Text messages cannot be longer than {} characters. Your message is {length} characters long.",
                message::LONGEST
            )));
        }

        let mut book = self.book();
        let attempts = book.attempts.entry(number.clone()).or_default();
        let attempt = *attempts;
        *attempts += 1;
        let fault = book.behaviour.faults.of(self.settings.seed, &number, attempt);
        let text = Text {
            id: book.uuid(self.settings.seed, "text"),
            reference: request.reference,
            phone_number: request.phone_number,
            is_smoke_test: book.behaviour.smoke_numbers && SMOKE_TESTS.contains(&number.as_str()),
            number,
            segments: message::segments(&body),
            body,
            from_number,
            template_id: template.id.clone(),
            template_version: template.version,
            billed_segments: 0,
            cost_micropounds: 0,
            status: Status::Created,
            created_at: Timestamp::UNIX_EPOCH,
            sent_at: None,
            completed_at: None,
            fault,
        };
        Ok(Draft { text, fault })
    }

    /// Accepts a text: from here on the person will get it.
    pub(super) fn accept(&self, draft: Draft) -> Text {
        let mut text = draft.text;
        let mut book = self.book();
        text.created_at = book.next_instant(self.now());
        let today = text.created_at.to_zoned(TimeZone::UTC).date();
        book.texts_today = if book.today == Some(today) { book.texts_today + 1 } else { 1 };
        book.today = Some(today);
        let place = book.ledger.texts.len();
        book.places.insert(text.id.clone(), place);
        book.ledger.texts.push(text.clone());
        text
    }

    /// Hands a text to the network, which is when it is charged.
    pub(super) fn mark_sending(&self, id: &str) {
        let now = self.now();
        let rate = self.settings.rate_micropounds;
        self.change(id, |text| {
            text.status = Status::Sending;
            text.sent_at = Some(now.max(text.created_at));
            text.billed_segments = text.segments;
            text.cost_micropounds = text.segments.saturating_mul(rate);
        });
    }

    /// Gives a text its last status.
    pub(super) fn mark_final(&self, id: &str) -> Option<Text> {
        let now = self.now();
        self.change(id, |text| {
            text.status = last_status(&text.number, text.fault.delivery);
            text.completed_at = Some(now.max(text.created_at));
        })
    }

    /// Files a text that a person sent.
    pub(super) fn receive(
        &self,
        source_number: &str,
        kind: Option<ReplyKind>,
        message: &str,
        text: Option<&Text>,
    ) -> Reply {
        let mut book = self.book();
        let received_at = book.next_instant(self.now());
        let reply = Reply {
            id: book.uuid(self.settings.seed, "reply"),
            source_number: number::key(source_number),
            destination_number: text
                .map_or_else(|| self.settings.number.clone(), |text| text.from_number.clone()),
            message: message.to_owned(),
            kind,
            in_reply_to: text.map(|text| text.id.clone()),
            received_at,
        };
        book.ledger.replies.push(reply.clone());
        reply
    }

    /// Takes the person's one turn to reply; false if they have had it.
    pub(super) fn may_reply(&self, number: &str) -> bool {
        self.book().have_replied.insert(number.to_owned())
    }

    /// Gives everybody a turn to reply again: there are fewer drama numbers than people.
    pub(super) fn forget_who_replied(&self) {
        self.book().have_replied.clear();
    }

    /// Finds a text that the service may know of.
    pub(super) fn text(&self, id: &str) -> Option<Text> {
        let book = self.book();
        let place = book.places.get(&id.to_lowercase())?;
        book.ledger.texts.get(*place).filter(|text| !text.is_smoke_test).cloned()
    }

    /// Lists the texts that the service may know of, newest first, that are older than the given one.
    pub(super) fn texts(
        &self,
        older_than: Option<&str>,
        limit: usize,
        wanted: impl Fn(&Text) -> bool,
    ) -> Vec<Text> {
        let book = self.book();
        let place = match older_than {
            Some(id) => book.places.get(&id.to_lowercase()).copied().unwrap_or_default(),
            None => book.ledger.texts.len(),
        };
        let texts = book.ledger.texts.get(..place).unwrap_or_default().iter().rev();
        texts.filter(|text| !text.is_smoke_test && wanted(text)).take(limit).cloned().collect()
    }

    /// Lists received texts, newest first, that are older than the given one and no older than a week.
    pub(super) fn replies(&self, older_than: Option<&str>, limit: usize) -> Vec<Reply> {
        let week = self.now().checked_sub((7 * 24).hours()).unwrap_or(Timestamp::MIN);
        let book = self.book();
        let replies = &book.ledger.replies;
        let place = match older_than {
            Some(id) => {
                replies.iter().position(|reply| reply.id == id.to_lowercase()).unwrap_or_default()
            }
            None => replies.len(),
        };
        let replies = replies.get(..place).unwrap_or_default().iter().rev();
        replies.take_while(|reply| reply.received_at >= week).take(limit).cloned().collect()
    }

    /// Decides whether the next lookup fails.
    pub(super) fn fails_lookup(&self) -> bool {
        let mut book = self.book();
        book.lookups += 1;
        book.behaviour.faults.fails_lookup(self.settings.seed, book.lookups)
    }

    pub(super) fn count_send(&self, answer: Option<u16>) {
        self.book().ledger.sends.add(answer);
    }

    pub(super) fn count_lookup(&self, answer: u16) {
        self.book().ledger.lookups.add(Some(answer));
    }

    pub(super) fn count_callback(&self, attempt: CallbackAttempt) {
        self.book().ledger.callbacks.push(attempt);
    }

    /// Does something in the background, until it is done or the supplier stops.
    pub(super) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        if self.is_stopped.load(Ordering::SeqCst) {
            return;
        }
        let guard = Outstanding::new(self);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(
            async move {
                work.await;
                drop(guard);
            },
            &self.runtime,
        );
    }

    /// Gives up all work in the background.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Text)) -> Option<Text> {
        let mut book = self.book();
        let place = *book.places.get(id)?;
        let text = book.ledger.texts.get_mut(place)?;
        change(text);
        Some(text.clone())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Makes every time that orders a list later than the last, so that paging never skips.
    fn next_instant(&mut self, now: Timestamp) -> Timestamp {
        let earliest = self.last_created.checked_add(1.microsecond()).unwrap_or(now);
        self.last_created = now.max(earliest);
        self.last_created
    }

    fn uuid(&mut self, seed: u64, label: &str) -> String {
        self.ids += 1;
        seed::uuid(seed, label, self.ids)
    }
}

/// One piece of work that is still to be done, for as long as it lives.
struct Outstanding(Arc<World>);

impl Outstanding {
    fn new(world: &Arc<World>) -> Self {
        world.outstanding.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(world))
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.outstanding.fetch_sub(1, Ordering::SeqCst);
    }
}

fn last_status(number: &str, delivery: Delivery) -> Status {
    match (delivery, number) {
        (Delivery::TechnicalFailure, _) => Status::TechnicalFailure,
        (Delivery::PermanentFailure, _) | (Delivery::Delivered, PERMANENT_FAILURE) => {
            Status::PermanentFailure
        }
        (Delivery::TemporaryFailure, _) | (Delivery::Delivered, TEMPORARY_FAILURE) => {
            Status::TemporaryFailure
        }
        (Delivery::Delivered, _) => Status::Delivered,
    }
}

/// What builds a client that trusts no certificate at all: callbacks stay on this machine, over plain HTTP.
pub(crate) fn plain_client() -> anyhow::Result<reqwest::ClientBuilder> {
    // Given its own TLS settings, reqwest does not ask for a provider installed for the whole process.
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .context("choose TLS versions")?
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none()))
}

//! The stand-in SMS supplier: GOV.UK Notify's wire format, spoken exactly, by a supplier at its worst.
//!
//! It is the only thing in the local demo and the tests that is not real. It takes texts over HTTP as
//! Notify does, delivers them to nobody, posts receipts, and lets invented people reply. It can lose,
//! repeat, reorder and delay what it says, and it keeps a ledger of what it truly did, so that a test can
//! ask whether anybody was texted twice.
//!
//! It deliberately does not: text anybody; keep anything after it stops; schedule texts; know which
//! number ranges are allocated, or what abroad costs; forget texts after the service's retention
//! period. It shares no code with the product, since it is an oracle.
//!
//! # Layout
//!
//! * [`Settings`] and [`Behaviour`] say how it is set up and how it misbehaves.
//! * `api` has the routes; `auth` and `schema` judge a request; `refusal` words the answer no.
//! * `number` and `message` are Notify's rules for numbers and wording.
//! * `world` holds the state; `courier` does what follows an accepted text.
//! * [`People`] reply; [`Ledger`] is the truth.
//! * `listener` can break off a connection; `seed` makes chance repeatable.

mod api;
mod auth;
mod behaviour;
mod courier;
mod ledger;
mod listener;
mod message;
mod number;
mod people;
mod refusal;
mod schema;
mod seed;
mod settings;
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test compares with the machine's clock")]
mod tests;
mod world;

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};

use anyhow::Context;
use jiff::SignedDuration;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

pub(crate) use self::world::plain_client;
pub use self::{
    behaviour::{Behaviour, Delivery, Fault, Faults, InboundFault, ReceiptFault, SendFault},
    ledger::{Answers, CallbackAttempt, CallbackKind, Counts, Ledger, Reply, Status, Text},
    people::{People, PlannedReply, ReplyKind},
    settings::{ApiKey, Callback, SERVICE_NUMBER, Sender, Settings, Template},
};
use self::{
    listener::{Breakable, Connection},
    world::{KeptBack, World},
};

/// How long `stop` waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_secs(1);

/// A running stand-in, which stops when it is dropped.
pub struct Supplier {
    world: Arc<World>,
    base_url: String,
    // Dropping the sender is the signal to stop.
    running: Option<watch::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

/// A yes that the supplier has not said yet; it does when this is dropped.
#[must_use = "the yes is said when this is dropped"]
pub struct KeptYes {
    _kept: oneshot::Sender<()>,
}

impl Supplier {
    /// Starts a supplier on a free port of this machine.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let world = Arc::new(World::new(settings)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("bind the stand-in supplier")?;
        let address = listener.local_addr().context("read the stand-in supplier's address")?;
        let (running, mut stopped) = watch::channel(());
        let service =
            api::router(Arc::clone(&world)).into_make_service_with_connect_info::<Connection>();
        let server = tokio::spawn(async move {
            let serving =
                axum::serve(Breakable(listener), service).with_graceful_shutdown(async move {
                    // Nothing is ever sent: this ends when the sender is dropped.
                    while stopped.changed().await.is_ok() {}
                });
            // Serving never fails, by axum's own account; there would be nobody to tell.
            drop(serving.await);
        });
        Ok(Self {
            world,
            base_url: format!("http://{address}"),
            running: Some(running),
            server: Some(server),
        })
    }

    /// The address to give the product in place of Notify's, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Says where to post receipts and replies from now on.
    pub fn call_back(&self, receipts: Option<Callback>, inbound: Option<Callback>) {
        self.world.set_callbacks(receipts, inbound);
    }

    /// Takes these keys of the service's, and no others, from now on.
    pub fn take_keys(&self, keys: Vec<ApiKey>) {
        self.world.set_keys(keys);
    }

    /// Behaves differently from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.world.set_behaviour(behaviour);
    }

    /// Takes another text that nothing goes wrong with and keeps back the yes, until what is returned
    /// is dropped: whoever sent it cannot know yet.
    pub async fn keep_a_yes_back(&self) -> KeptYes {
        let (taken, is_taken) = oneshot::channel();
        let (kept, let_go) = oneshot::channel();
        self.world.keep_a_yes_back(KeptBack { taken, let_go });
        // It cannot fail: the world holds the other side until a text is taken.
        drop(is_taken.await);
        KeptYes { _kept: kept }
    }

    /// Moves the supplier's clock, which otherwise runs as the machine's does.
    pub fn move_clock(&self, by: SignedDuration) {
        self.world.move_clock(by);
    }

    /// From now on the numbers are other people's, who have not replied to anything yet.
    pub fn other_people(&self) {
        self.world.forget_who_replied();
    }

    /// Receives a text from the person with the number, out of the blue, and passes it on.
    pub fn receive(&self, phone_number: &str, message: &str) -> Reply {
        let reply = self.world.receive(phone_number, None, message, None);
        let (courier, copy) = (Arc::clone(&self.world), reply.clone());
        self.world.spawn(async move {
            courier::deliver_inbound(&courier, &copy, InboundFault::Normal).await
        });
        reply
    }

    /// Copies the truth as it is now.
    pub fn ledger(&self) -> Ledger {
        self.world.ledger()
    }

    /// Copies the totals alone, which is cheaper.
    pub fn counts(&self) -> Counts {
        self.world.counts()
    }

    /// How many texts were accepted for each reference.
    pub fn texts_per_reference(&self) -> BTreeMap<String, usize> {
        self.ledger().texts_per_reference()
    }

    /// Whether nothing is left to deliver, to post or to repeat, and nobody is about to reply.
    pub fn is_settled(&self) -> bool {
        self.world.outstanding() == 0
    }

    /// Stops serving, gives up what is outstanding, and returns once the port is closed.
    pub async fn stop(mut self) {
        self.world.stop();
        self.running.take();
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(PATIENCE, &mut server).await.is_err()
        {
            server.abort();
        }
    }
}

impl Drop for Supplier {
    fn drop(&mut self) {
        self.world.stop();
        self.running.take();
        if let Some(server) = self.server.take() {
            server.abort();
        }
    }
}

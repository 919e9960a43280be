//! SMS suppliers. A supplier's language stops at its folder: past it there are only our own words.
//!
//! Adding one is one folder, its name in [`domain::supplier::SUPPLIERS`], and its line in each of the
//! two matches here: who sends, and whose calls are taken.

mod accounts;
pub mod exchange;
pub mod notify;
mod pace;
pub mod twilio;

use domain::ports::{
    CallbackRequest, Callbacks, Heard, Inquiry, Listed, Lookup, Order, Refusal, Sent, Supplier,
};
use domain::supplier::{EXCHANGE, NOTIFY, SupplierName, TWILIO};
use jiff::Timestamp;

pub use accounts::Accounts;
pub use pace::Pace;

/// The most bytes of a callback we look at: Notify's and Twilio's are under 4 KiB.
pub const CALLBACK_MAX_BYTES: usize = 64 * 1024;

/// Every supplier that this stage has an account with, for sending.
#[derive(Default)]
pub struct Senders {
    /// GOV.UK Notify.
    pub notify: Option<(notify::client::Notify, Pace)>,
    /// Twilio.
    pub twilio: Option<(twilio::client::Twilio, Pace)>,
    /// The partners of the file exchange.
    pub exchange: Option<(exchange::client::Exchange, Pace)>,
}

impl Senders {
    /// Opens a connection to Notify, if there is an account with it: the supplier most texts go to.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn greet(&self) -> anyhow::Result<()> {
        match &self.notify {
            Some((notify, _)) => notify.greet().await,
            None => Ok(()),
        }
    }

    fn pace(&self, supplier: &SupplierName) -> Option<&Pace> {
        match supplier.kind() {
            NOTIFY => self.notify.as_ref().map(|(_, pace)| pace),
            TWILIO => self.twilio.as_ref().map(|(_, pace)| pace),
            EXCHANGE => self.exchange.as_ref().map(|(_, pace)| pace),
            _ => None,
        }
    }
}

impl Supplier for Senders {
    async fn turn(&self, supplier: &SupplierName) {
        if let Some(pace) = self.pace(supplier) {
            pace.turn().await;
        }
    }

    async fn send(&self, order: &Order<'_>) -> Sent {
        match (order.supplier.kind(), self) {
            (NOTIFY, Self { notify: Some((notify, _)), .. }) => notify.send(order).await,
            (TWILIO, Self { twilio: Some((twilio, _)), .. }) => twilio.send(order).await,
            (EXCHANGE, Self { exchange: Some((exchange, _)), .. }) => exchange.send(order).await,
            _ => Sent::ConfigStop { why: no_account(order.supplier) },
        }
    }

    async fn look_up(&self, inquiry: &Inquiry<'_>) -> anyhow::Result<Lookup> {
        match (inquiry.supplier.kind(), self) {
            (NOTIFY, Self { notify: Some((notify, _)), .. }) => {
                notify.look_up(inquiry.reference).await
            }
            (TWILIO, Self { twilio: Some((twilio, _)), .. }) => twilio.look_up(inquiry).await,
            (EXCHANGE, Self { exchange: Some((exchange, _)), .. }) => {
                exchange.look_up(inquiry).await
            }
            _ => anyhow::bail!(no_account(inquiry.supplier)),
        }
    }

    async fn received(
        &self,
        supplier: &SupplierName,
        since: Timestamp,
    ) -> anyhow::Result<Vec<Listed>> {
        match (supplier.kind(), self) {
            (NOTIFY, Self { notify: Some((notify, _)), .. }) => notify.received(since).await,
            (TWILIO, Self { twilio: Some((twilio, _)), .. }) => twilio.received(since).await,
            _ => Ok(Vec::new()),
        }
    }
}

fn no_account(supplier: &SupplierName) -> String {
    format!("this stage has no account with {supplier}")
}

/// Every supplier whose calls this stage takes.
#[derive(Default)]
pub struct Suppliers {
    /// GOV.UK Notify.
    pub notify: Option<notify::callback::Notify>,
    /// Twilio.
    pub twilio: Option<twilio::callback::Twilio>,
    /// The partners of the file exchange.
    pub exchange: Option<exchange::webhook::Exchange>,
}

impl Callbacks for Suppliers {
    fn read(&self, request: &CallbackRequest) -> Result<Vec<Heard>, Refusal> {
        if request.body.len() > CALLBACK_MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        match (request.supplier.as_str(), self) {
            (NOTIFY, Self { notify: Some(notify), .. }) => notify.read(request),
            (TWILIO, Self { twilio: Some(twilio), .. }) => twilio.read(request),
            (EXCHANGE, Self { exchange: Some(exchange), .. }) => exchange.read(request),
            _ => Err(Refusal::UnknownSupplier),
        }
    }
}

/// The status a supplier is answered with: Twilio documents 200 for a call that is kept, and takes 202
/// for a fault.
pub fn kept(supplier: &str, status: u16) -> u16 {
    if supplier == TWILIO && status == 202 { 200 } else { status }
}

/// What a request that got no answer means: a connection that was never made carried nothing, and
/// once a request was on its way, nobody knows.
fn unanswered(error: &reqwest::Error) -> Sent {
    if error.is_builder() {
        Sent::ConfigStop { why: "the supplier's address is not one".to_owned() }
    } else if error.is_connect() {
        Sent::Retry { after: None, why: "no connection to the supplier".to_owned() }
    } else if error.is_timeout() {
        doubt("no answer in time")
    } else {
        doubt("the connection broke")
    }
}

fn doubt(why: &str) -> Sent {
    Sent::Ambiguous { why: why.to_owned() }
}

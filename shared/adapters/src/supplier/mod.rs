//! SMS suppliers. A supplier's language stops at its folder: past it there are only our own words.
//!
//! Adding one is one folder, its name in [`domain::supplier::SUPPLIERS`], and its line in each of the
//! two matches here: who sends, and whose calls are taken.

mod accounts;
pub mod exchange;
pub mod notify;
mod pace;
pub mod twilio;

use std::sync::atomic::{AtomicU32, Ordering};

use domain::ports::{
    CallbackRequest, Callbacks, Heard, Inquiry, Listed, Lookup, Order, Refusal, Sent, Supplier,
};
use domain::supplier::{EXCHANGE, NOTIFY, SupplierName, TWILIO};
use jiff::Timestamp;

pub use accounts::Accounts;
pub use pace::Pace;

/// The most bytes of a callback we look at: Notify's and Twilio's are under 4 KiB.
pub const CALLBACK_MAX_BYTES: usize = 64 * 1024;

/// So many numbers refused without one text taken between them are not the numbers' fault. A few in a
/// hundred are wrong: twelve in a row by chance is nothing that happens.
const REFUSED_IN_A_ROW: u32 = 12;

/// Every supplier that this stage has an account with, for sending.
#[derive(Default)]
pub struct Senders {
    /// Numbers refused since a text was last taken, as far as this process knows.
    refused: AtomicU32,
    /// GOV.UK Notify.
    pub notify: Option<(notify::client::Notify, Pace)>,
    /// Twilio.
    pub twilio: Option<(twilio::client::Twilio, Pace)>,
    /// The partners of the file exchange.
    pub exchange: Option<(exchange::client::Exchange, Pace)>,
}

impl Senders {
    /// A supplier that blames one number after the other is wrong about something of ours, and whoever
    /// comes next is not to be refused for good because of it.
    fn judged(&self, sent: Sent) -> Sent {
        match sent {
            Sent::Refused { why, opted_out: false } => {
                let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
                if refused <= REFUSED_IN_A_ROW {
                    return Sent::Refused { why, opted_out: false };
                }
                Sent::ConfigStop { why: format!("{why}, of {refused} numbers in a row") }
            }
            Sent::Accepted { .. } => {
                self.refused.store(0, Ordering::Relaxed);
                sent
            }
            _ => sent,
        }
    }

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
        let sent = match (order.supplier.kind(), self) {
            (NOTIFY, Self { notify: Some((notify, _)), .. }) => notify.send(order).await,
            (TWILIO, Self { twilio: Some((twilio, _)), .. }) => twilio.send(order).await,
            (EXCHANGE, Self { exchange: Some((exchange, _)), .. }) => exchange.send(order).await,
            _ => Sent::ConfigStop { why: no_account(order.supplier) },
        };
        self.judged(sent)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supplier_that_blames_one_number_after_the_other_is_stopped() {
        let senders = Senders::default();
        let refused = || Sent::Refused { why: "Notify answered 400".to_owned(), opted_out: false };
        let taken = || Sent::Accepted { supplier_id: "text-1".to_owned() };
        let stopped =
            || (0..=REFUSED_IN_A_ROW).map(|_| senders.judged(refused())).find(|s| *s != refused());
        let why = format!("Notify answered 400, of {} numbers in a row", REFUSED_IN_A_ROW + 1);
        assert_eq!(stopped(), Some(Sent::ConfigStop { why }));
        assert_eq!(senders.judged(taken()), taken(), "mended");
        for _ in 0..100 {
            assert_eq!(senders.judged(refused()), refused(), "a wrong number now and then");
            assert_eq!(senders.judged(taken()), taken());
        }
        let opted_out =
            || Sent::Refused { why: "Twilio answered 21610".to_owned(), opted_out: true };
        assert!((0..100).all(|_| senders.judged(opted_out()) == opted_out()), "their own wish");
    }
}

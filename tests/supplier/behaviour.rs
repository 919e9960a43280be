//! How the supplier behaves: its delays, and every way in which it can misbehave.
//!
//! Which fault a send meets is decided by the seed, the number and how many valid sends that number
//! has had, or by a script; so a story can be staged and a bad day can be repeated.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{number, people::People, seed};

/// The supplier's delays, its faults and the people it texts.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// How long a text stays `created` before it is handed to the network.
    pub sending_after: Duration,
    /// How long a text is `sending` before its last status is known.
    pub delivered_after: Duration,
    /// How long a person waits, at the least, before each reply.
    pub replied_after: Duration,
    /// How much longer than that the slowest person waits.
    pub reply_spread: Duration,
    /// How long the supplier waits for the answer to a callback.
    pub callback_timeout: Duration,
    /// How long the supplier waits before it repeats a callback that failed.
    pub retry_gap: Duration,
    /// Whether Notify's smoke-test numbers are answered with 201 and then forgotten.
    pub smoke_numbers: bool,
    /// What goes wrong.
    pub faults: Faults,
    /// What people reply.
    pub people: People,
}

impl Default for Behaviour {
    /// Behaves as the real one on a good day, but delivers at once and hears from nobody.
    fn default() -> Self {
        Self {
            sending_after: Duration::from_millis(10),
            delivered_after: Duration::from_millis(20),
            replied_after: Duration::from_millis(30),
            reply_spread: Duration::ZERO,
            callback_timeout: Duration::from_secs(5),
            retry_gap: Duration::from_secs(300),
            smoke_numbers: true,
            faults: Faults::none(),
            people: People::silent(),
        }
    }
}

/// Everything that is out of the ordinary about one send and what follows from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What happens to the request.
    pub send: SendFault,
    /// What happens to the text.
    pub delivery: Delivery,
    /// What happens to the receipt.
    pub receipt: ReceiptFault,
    /// What happens to the person's replies.
    pub inbound: InboundFault,
}

impl Fault {
    /// Is ordinary but for the request.
    pub fn send(send: SendFault) -> Self {
        Self { send, ..Self::default() }
    }

    /// Is ordinary but for what becomes of the text.
    pub fn delivery(delivery: Delivery) -> Self {
        Self { delivery, ..Self::default() }
    }

    /// Is ordinary but for the receipt.
    pub fn receipt(receipt: ReceiptFault) -> Self {
        Self { receipt, ..Self::default() }
    }

    /// Is ordinary but for the replies.
    pub fn inbound(inbound: InboundFault) -> Self {
        Self { inbound, ..Self::default() }
    }

    /// Whether the text is taken and that said at once, and no receipt can come before.
    pub fn says_a_plain_yes(self) -> bool {
        self.send == SendFault::Normal && self.receipt != ReceiptFault::BeforeResponse
    }
}

/// What happens to a request to send; those that accept do send the text, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendFault {
    /// Accepts and answers 201.
    #[default]
    Normal,
    /// Denies all knowledge until the delay is over, and only then accepts and answers 201.
    DelayThenAccept(Duration),
    /// Accepts at once but answers 201 only after the delay.
    AcceptThenDelay(Duration),
    /// Accepts, then resets the connection without an answer.
    AcceptThenReset,
    /// Resets the connection without having accepted.
    ResetUnaccepted,
    /// Accepts, then answers 500.
    AcceptThen500,
    /// Accepts, then answers 504.
    AcceptThen504,
    /// Accepts, then answers 200 with a body that is not JSON.
    Garbage200,
    /// Accepts, then answers 201 with JSON that is cut short.
    Garbage201,
    /// Answers 429 `RateLimitError`.
    RateLimited,
    /// Answers 429 `TooManyRequestsError`.
    DailyLimit,
    /// Answers 500 and does not send.
    Error500,
    /// Answers 503 as a load balancer does, in HTML, and does not send.
    Error503,
    /// Answers 403 `AuthError`, as if the key had been revoked.
    Refused403,
    /// Answers 400 `BadRequestError`, as if the template had been archived.
    BadRequest400,
}

impl SendFault {
    /// Whether a text is sent all the same.
    pub fn accepts(self) -> bool {
        match self {
            Self::Normal
            | Self::DelayThenAccept(_)
            | Self::AcceptThenDelay(_)
            | Self::AcceptThenReset
            | Self::AcceptThen500
            | Self::AcceptThen504
            | Self::Garbage200
            | Self::Garbage201 => true,
            Self::ResetUnaccepted
            | Self::RateLimited
            | Self::DailyLimit
            | Self::Error500
            | Self::Error503
            | Self::Refused403
            | Self::BadRequest400 => false,
        }
    }
}

/// What becomes of a text that was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// Reaches the person, unless the number is one that always fails.
    #[default]
    Delivered,
    /// The number does not exist.
    PermanentFailure,
    /// The phone was off for 72 hours.
    TemporaryFailure,
    /// The text never left the supplier, and is not charged.
    TechnicalFailure,
}

/// What happens to the receipt of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptFault {
    /// Is posted once.
    #[default]
    Normal,
    /// Is posted this many times in all, at the same moment.
    Duplicated(u8),
    /// Is posted, and has been answered, before the send is answered.
    BeforeResponse,
    /// Is followed by an older receipt for the same text, which said `temporary-failure`.
    OutOfOrder,
    /// Is never posted.
    Lost,
    /// Is posted late.
    DelayedBy(Duration),
}

/// What happens to the replies of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboundFault {
    /// Each is posted once.
    #[default]
    Normal,
    /// Each is posted this many times in all, at the same moment and with the same id.
    Duplicated(u8),
    /// Is never posted, but can still be fetched.
    Lost,
}

/// Which sends go wrong, and how.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    chances: Vec<(u16, Fault)>,
    scripts: HashMap<String, Vec<Fault>>,
    lookups_failing_per_thousand: u16,
}

impl Faults {
    /// Makes a supplier that never fails.
    pub fn none() -> Self {
        Self::default()
    }

    /// Makes a supplier on its worst day: about two sends in five meet something.
    pub fn worst() -> Self {
        let slow = Duration::from_millis(1_500);
        [
            (20, Fault::send(SendFault::DelayThenAccept(slow))),
            (20, Fault::send(SendFault::AcceptThenDelay(slow))),
            (30, Fault::send(SendFault::AcceptThenReset)),
            (20, Fault::send(SendFault::ResetUnaccepted)),
            (30, Fault::send(SendFault::AcceptThen500)),
            (10, Fault::send(SendFault::AcceptThen504)),
            (10, Fault::send(SendFault::Garbage200)),
            (10, Fault::send(SendFault::Garbage201)),
            (20, Fault::send(SendFault::RateLimited)),
            (20, Fault::send(SendFault::Error500)),
            (20, Fault::send(SendFault::Error503)),
            (15, Fault::delivery(Delivery::PermanentFailure)),
            (20, Fault::delivery(Delivery::TemporaryFailure)),
            (5, Fault::delivery(Delivery::TechnicalFailure)),
            (40, Fault::receipt(ReceiptFault::Duplicated(3))),
            (30, Fault::receipt(ReceiptFault::BeforeResponse)),
            (20, Fault::receipt(ReceiptFault::OutOfOrder)),
            (20, Fault::receipt(ReceiptFault::Lost)),
            (20, Fault::receipt(ReceiptFault::DelayedBy(slow))),
            (20, Fault::inbound(InboundFault::Duplicated(2))),
            (10, Fault::inbound(InboundFault::Lost)),
        ]
        .into_iter()
        .fold(Self::none().lookups_failing(50), |faults, (per_thousand, fault)| {
            faults.chance(per_thousand, fault)
        })
    }

    /// Adds a fault that so many sends in a thousand meet.
    pub fn chance(mut self, per_thousand: u16, fault: Fault) -> Self {
        self.chances.push((per_thousand, fault));
        self
    }

    /// Says what the first, second, … valid send to a number meets; later ones are ordinary.
    pub fn script(mut self, phone_number: &str, faults: &[Fault]) -> Self {
        self.scripts.insert(number::key(phone_number), faults.to_vec());
        self
    }

    /// Makes so many lookups in a thousand answer 503.
    pub fn lookups_failing(mut self, per_thousand: u16) -> Self {
        self.lookups_failing_per_thousand = per_thousand;
        self
    }

    /// Decides what the given send (the first is 0) to a number meets.
    pub(super) fn of(&self, seed: u64, number: &str, attempt: usize) -> Fault {
        if let Some(script) = self.scripts.get(number) {
            return script.get(attempt).copied().unwrap_or_default();
        }
        let turn = u64::try_from(attempt).unwrap_or(u64::MAX);
        let mut throw = seed::throw(seed, &format!("fault {number}"), turn) % 1_000;
        for (per_thousand, fault) in &self.chances {
            let per_thousand = u64::from(*per_thousand);
            if throw < per_thousand {
                return *fault;
            }
            throw -= per_thousand;
        }
        Fault::default()
    }

    /// Decides whether the given lookup fails.
    pub(super) fn fails_lookup(&self, seed: u64, turn: u64) -> bool {
        seed::throw(seed, "lookup", turn) % 1_000 < u64::from(self.lookups_failing_per_thousand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_followed_in_order_and_then_all_is_well() {
        let reset = Fault::send(SendFault::AcceptThenReset);
        let faults = Faults::worst().script("07700 900123", &[reset, Fault::default()]);
        let met: Vec<Fault> = (0..4).map(|attempt| faults.of(9, "447700900123", attempt)).collect();
        assert_eq!(met, [reset, Fault::default(), Fault::default(), Fault::default()]);
    }

    #[test]
    fn the_worst_day_meets_every_fault_at_about_its_rate() {
        let faults = Faults::worst();
        let met: Vec<Fault> =
            (0..20_000).map(|attempt| faults.of(3, "447700900123", attempt)).collect();
        for (per_thousand, fault) in &faults.chances {
            let count = met.iter().filter(|other| *other == fault).count();
            let expected = usize::from(*per_thousand) * 20;
            assert!(
                count > expected / 2 && count < expected * 2,
                "{fault:?}: {count} of about {expected}"
            );
        }
        assert_eq!(
            met,
            (0..20_000).map(|attempt| faults.of(3, "447700900123", attempt)).collect::<Vec<_>>()
        );
    }
}

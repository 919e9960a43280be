//! What the queues carry: ids and receipts, tagged and versioned, never a number or a reply's words.
//!
//! These formats only grow. `events/send` and `events/feedback` hold one golden message for every
//! version ever released; they must decode for ever, because a message may outlive a deploy.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact::{ContactId, Receipt};
use crate::followup::FollowUpId;
use crate::partner::{PartnerScore, Thousandths};

/// What `dispatch` puts on the send queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SendMessage {
    /// This contact is due.
    ContactV1 {
        /// Whom and what about; everything else is read fresh from the table.
        contact: ContactId,
    },
    /// This follow-up is due; `feedback` queues it too.
    FollowUpV1 {
        /// Which; everything else is read fresh from the table.
        follow_up: FollowUpId,
    },
}

/// What `webhook` puts on the inbound queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InboundMessage {
    /// A supplier told what became of a text.
    ReceiptV1 {
        /// The supplier's name, such as `notify`.
        supplier: String,
        /// The contact, which was our reference.
        contact: ContactId,
        /// What became of it.
        receipt: Receipt,
        /// When the supplier says it happened.
        at: Timestamp,
    },
    /// A supplier brought a reply; its words wait in the table under the supplier's id.
    ReplyV1 {
        /// The supplier's name, such as `notify`.
        supplier: String,
        /// The supplier's id of the message.
        message: String,
    },
    /// A partner told what it makes of a conversation.
    ScoreV1 {
        /// The supplier's name, `exchange:<partner>`.
        supplier: String,
        /// The contact, which was our reference.
        contact: ContactId,
        /// The partner's own score.
        value: Thousandths,
        /// The lowest score it gives.
        low: Thousandths,
        /// The highest.
        high: Thousandths,
        /// When the partner made it.
        at: Timestamp,
    },
}

/// A message of a queue, which is about something that its whole story can be found by.
pub trait About {
    /// The contact or follow-up, which the supplier knows the text by; or `<supplier>/<id>` of a reply,
    /// which `aftercall inbox show` takes.
    fn about(&self) -> String;
}

impl About for SendMessage {
    fn about(&self) -> String {
        match self {
            Self::ContactV1 { contact } => contact.to_string(),
            Self::FollowUpV1 { follow_up } => follow_up.to_string(),
        }
    }
}

impl About for InboundMessage {
    fn about(&self) -> String {
        match self {
            Self::ReceiptV1 { contact, .. } | Self::ScoreV1 { contact, .. } => contact.to_string(),
            Self::ReplyV1 { supplier, message } => format!("{supplier}/{message}"),
        }
    }
}

impl InboundMessage {
    /// A partner's score as it is queued.
    pub fn score(contact: ContactId, score: &PartnerScore) -> Self {
        Self::ScoreV1 {
            supplier: score.by().to_string(),
            contact,
            value: score.value(),
            low: score.scale().low(),
            high: score.scale().high(),
            at: score.at(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::partner::Scale;
    use crate::supplier::SupplierName;

    /// A golden message: what was ever queued is read, and what we queue is what was released.
    fn check<M: Serialize + DeserializeOwned + PartialEq + Debug>(golden: &str, message: &M) {
        assert_eq!(&serde_json::from_str::<M>(golden).unwrap(), message);
        assert_eq!(serde_json::to_string(message).unwrap(), golden.trim_end());
    }

    fn contact() -> ContactId {
        ContactId::parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef").unwrap()
    }

    #[test]
    fn golden_contact_v1() {
        let golden = include_str!("../../../events/send/contact_v1.json");
        check(golden, &SendMessage::ContactV1 { contact: contact() });
    }

    #[test]
    fn golden_follow_up_v1() {
        let golden = include_str!("../../../events/send/follow_up_v1.json");
        let text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-fedcba9876543210";
        check(golden, &SendMessage::FollowUpV1 { follow_up: FollowUpId::parse(text).unwrap() });
    }

    #[test]
    fn golden_receipt_v1() {
        let golden = include_str!("../../../events/feedback/receipt_v1.json");
        let message = |receipt| InboundMessage::ReceiptV1 {
            supplier: "notify".to_owned(),
            contact: contact(),
            receipt,
            at: "2026-03-10T10:00:05Z".parse().unwrap(),
        };
        check(golden, &message(Receipt::Delivered));
        for (receipt, name) in crate::contact::RECEIPTS {
            check(&golden.replace("delivered", name), &message(receipt));
        }
    }

    #[test]
    fn golden_reply_v1() {
        let golden = include_str!("../../../events/feedback/reply_v1.json");
        let message = InboundMessage::ReplyV1 {
            supplier: "notify".to_owned(),
            message: "740e5834-3a29-46b4-9a6f-16142fde533a".to_owned(),
        };
        check(golden, &message);
    }

    #[test]
    fn golden_score_v1() {
        let golden = include_str!("../../../events/feedback/score_v1.json");
        let number = |text| Thousandths::parse(text).unwrap();
        let scale = Scale::new(number("-1"), number("1")).unwrap();
        let by = SupplierName::exchange("rant-and-rave").unwrap();
        let at = "2026-03-10T10:14:00Z".parse().unwrap();
        let score = PartnerScore::new(by, number("0.75"), scale, at).unwrap();
        check(golden, &InboundMessage::score(contact(), &score));
    }

    #[test]
    fn a_message_of_a_later_release_is_an_error_and_not_a_guess() {
        for later in [r#"{"type":"contact_v2","contact":"x"}"#, r#"{"contact":"x"}"#, "{}"] {
            assert!(serde_json::from_str::<SendMessage>(later).is_err(), "{later}");
            assert!(serde_json::from_str::<InboundMessage>(later).is_err(), "{later}");
        }
    }
}

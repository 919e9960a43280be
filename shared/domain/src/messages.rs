//! What the queues carry: ids and receipts, tagged and versioned, never a number or a reply's words.
//!
//! These formats only grow. `events/send` and `events/feedback` hold one golden message for every
//! version ever released; they must decode for ever, because a message may outlive a deploy.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contact::{ContactId, Receipt};

/// What `dispatch` puts on the send queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SendMessage {
    /// This contact is due.
    ContactV1 {
        /// Whom and what about; everything else is read fresh from the table.
        contact: ContactId,
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
}

//! Takes a supplier's call: believes it, keeps it, queues it, and answers.
//!
//! Trigger: the HTTP API. Writes: a reply into the table under the supplier's id, then its id on
//! the inbound queue; a receipt straight onto the queue, without the number.
//! Delivered again: never by us. A call that could not be kept is answered 503, so that the
//! supplier calls again; one that no repetition can mend is answered 4xx with no detail.

use domain::messages::InboundMessage;
use domain::ports::{CallbackRequest, Callbacks, Doorstep, Heard, Queue, Refusal};

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A receipt was queued.
    Receipt,
    /// A reply was kept and queued.
    Reply,
    /// A reply that was kept before; queued again, in case the first message was lost.
    Repeated,
    /// A true call about something that is not ours.
    NothingForUs,
    /// Not taken.
    Refused(Refusal),
    /// Could not be kept: the supplier should call again.
    Failed,
}

impl Outcome {
    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Receipt | Self::Reply | Self::NothingForUs => 202,
            Self::Repeated => 200,
            Self::Refused(Refusal::UnknownSupplier) => 404,
            Self::Refused(Refusal::TooLarge) => 413,
            Self::Refused(Refusal::Unsigned) => 401,
            Self::Refused(Refusal::Malformed) => 400,
            Self::Failed => 503,
        }
    }
}

/// Takes one call.
pub async fn handle(
    suppliers: &impl Callbacks,
    table: &impl Doorstep,
    queue: &impl Queue<InboundMessage>,
    request: &CallbackRequest,
) -> Outcome {
    let heard = match suppliers.read(request) {
        Ok(heard) => heard,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    keep(table, queue, heard).await.unwrap_or_else(|error| {
        tracing::error!(error = format!("{error:#}"), "a call could not be kept");
        Outcome::Failed
    })
}

async fn keep(
    table: &impl Doorstep,
    queue: &impl Queue<InboundMessage>,
    heard: Heard,
) -> anyhow::Result<Outcome> {
    match heard {
        Heard::NothingForUs => Ok(Outcome::NothingForUs),
        Heard::Receipt(receipt) => {
            queue.put(&[receipt]).await?;
            Ok(Outcome::Receipt)
        }
        Heard::Reply(call) => {
            let new = table.keep_call(&call).await?;
            let message =
                InboundMessage::ReplyV1 { supplier: call.supplier, message: call.message };
            queue.put(&[message]).await?;
            Ok(if new { Outcome::Reply } else { Outcome::Repeated })
        }
    }
}

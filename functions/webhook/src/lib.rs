//! Takes a supplier's call: believes it, keeps it, queues it, and answers.
//!
//! Trigger: the HTTP API. Writes: a reply into the table under the supplier's id, then its id on
//! the inbound queue; a receipt straight onto the queue, without the number. Reads nothing of the table.
//! Delivered again: never by us. A call that could not be kept is answered 503, so that the
//! supplier calls again; one that no repetition can mend is answered 4xx with no detail.

use domain::messages::InboundMessage;
use domain::ports::{Call, CallbackRequest, Callbacks, Doorstep, Heard, Queue, Refusal};

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
    heard: Vec<Heard>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::NothingForUs;
    for heard in heard {
        let (message, next) = match heard {
            Heard::Receipt(receipt) => (receipt, Outcome::Receipt),
            Heard::Reply(call) => {
                let new = table.keep_call(&call).await?;
                let next = if new { Outcome::Reply } else { Outcome::Repeated };
                let Call { supplier, message, .. } = call;
                (InboundMessage::ReplyV1 { supplier, message }, next)
            }
        };
        queue.put(&[message]).await?;
        outcome = next;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use domain::contact::{ContactId, Receipt};
    use testkit::{World, samples};

    use super::*;

    /// A supplier who says one thing.
    struct Says(Result<Vec<Heard>, Refusal>);

    impl Callbacks for Says {
        fn read(&self, _: &CallbackRequest) -> Result<Vec<Heard>, Refusal> {
            self.0.clone()
        }
    }

    fn receipt() -> InboundMessage {
        InboundMessage::ReceiptV1 {
            supplier: "notify".to_owned(),
            contact: ContactId::parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef").unwrap(),
            receipt: Receipt::Delivered,
            at: "2026-03-10T10:00:00Z".parse().unwrap(),
        }
    }

    fn reply() -> Call {
        Call {
            supplier: "notify".to_owned(),
            message: "m-1".to_owned(),
            person: samples::pepper().stranger("somebody"),
            sender: "447700900123".to_owned(),
            answers: None,
            text: "5 thanks".to_owned(),
            received_at: "2026-03-10T10:00:00Z".parse().unwrap(),
        }
    }

    async fn taken(world: &World, heard: Result<Vec<Heard>, Refusal>) -> Outcome {
        let request = CallbackRequest {
            supplier: "notify".to_owned(),
            kind: "inbound".to_owned(),
            ..CallbackRequest::default()
        };
        handle(&Says(heard), world, world, &request).await
    }

    #[tokio::test]
    async fn a_receipt_is_queued() {
        let world = World::new();
        let outcome = taken(&world, Ok(vec![Heard::Receipt(receipt())])).await;
        assert_eq!((outcome, outcome.status()), (Outcome::Receipt, 202));
        assert_eq!(world.with(|state| Vec::from(state.inbound.clone())), [receipt()]);
    }

    #[tokio::test]
    async fn a_reply_is_kept_and_its_id_queued_and_again_when_it_is_repeated() {
        let world = World::new();
        let outcome = taken(&world, Ok(vec![Heard::Reply(reply())])).await;
        assert_eq!((outcome, outcome.status()), (Outcome::Reply, 202));
        let outcome = taken(&world, Ok(vec![Heard::Reply(reply())])).await;
        assert_eq!((outcome, outcome.status()), (Outcome::Repeated, 200));
        let id =
            InboundMessage::ReplyV1 { supplier: "notify".to_owned(), message: "m-1".to_owned() };
        assert_eq!(world.with(|state| Vec::from(state.inbound.clone())), [id.clone(), id]);
        assert_eq!(world.with(|state| state.calls.len()), 1);
    }

    #[tokio::test]
    async fn what_is_not_ours_is_answered_and_forgotten() {
        let world = World::new();
        let outcome = taken(&world, Ok(vec![])).await;
        assert_eq!((outcome, outcome.status()), (Outcome::NothingForUs, 202));
        assert!(world.with(|state| state.inbound.is_empty() && state.calls.is_empty()));
    }

    #[tokio::test]
    async fn what_is_refused_is_answered_with_no_more_than_a_status() {
        let statuses = [
            (Refusal::UnknownSupplier, 404),
            (Refusal::TooLarge, 413),
            (Refusal::Unsigned, 401),
            (Refusal::Malformed, 400),
        ];
        for (refusal, status) in statuses {
            let world = World::new();
            let outcome = taken(&world, Err(refusal)).await;
            assert_eq!((outcome, outcome.status()), (Outcome::Refused(refusal), status));
            assert!(world.with(|state| state.calls_made.is_empty()));
        }
    }

    #[tokio::test]
    async fn what_could_not_be_kept_is_called_again() {
        for port in ["keep_call", "put inbound"] {
            let world = World::new();
            world.fail(port, 1);
            let outcome = taken(&world, Ok(vec![Heard::Reply(reply())])).await;
            assert_eq!((outcome, outcome.status()), (Outcome::Failed, 503), "{port}");
            taken(&world, Ok(vec![Heard::Reply(reply())])).await;
            assert_eq!(world.with(|state| state.inbound.len()), 1, "{port}");
            assert_eq!(world.with(|state| state.calls.len()), 1, "{port}");
        }
        let world = World::new();
        world.fail("put inbound", 1);
        let outcome = taken(&world, Ok(vec![Heard::Receipt(receipt())])).await;
        assert_eq!(outcome, Outcome::Failed);
    }
}

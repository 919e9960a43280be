//! Notify's statuses. Source: the API documentation, "Status — text message".

use domain::contact::Receipt;

/// What a status means for us: a receipt, still on its way, or a word we do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The network is done.
    Final(Receipt),
    /// Notify or the network is still at it.
    Pending,
    /// Not in the documentation.
    Unheard,
}

/// Reads a status.
pub(super) fn read(status: &str) -> Status {
    match status {
        "delivered" => Status::Final(Receipt::Delivered),
        "permanent-failure" => Status::Final(Receipt::Permanent),
        "temporary-failure" => Status::Final(Receipt::Temporary),
        "technical-failure" => Status::Final(Receipt::Technical),
        "created" | "sending" | "pending" | "sent" => Status::Pending,
        _ => Status::Unheard,
    }
}

//! Twilio. Source: `www.twilio.com/docs/messaging/api/message-resource`.

pub mod callback;
pub mod client;
mod signature;
mod status;
#[cfg(test)]
mod tests;
mod wire;

/// The kind of call that tells what became of a text.
const RECEIPT: &str = "receipt";
/// The kind of call that brings a reply.
const INBOUND: &str = "inbound";
/// The query parameter of a receipt's address that holds our reference: Twilio's message has no
/// field for one.
const REFERENCE: &str = "ref";

/// Where Twilio calls us, below the public address: told with every text and signed with every
/// call, so both take it from here.
fn path(kind: &str) -> String {
    format!("/{}/{kind}", domain::supplier::TWILIO)
}

//! GOV.UK Notify. Source: `docs.notifications.service.gov.uk/rest-api.html`.

pub mod callback;
pub mod client;
mod status;
mod wire;

/// The supplier's name in paths, messages and the table.
pub const NAME: &str = "notify";

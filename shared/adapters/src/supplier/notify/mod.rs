//! GOV.UK Notify. Source: `docs.notifications.service.gov.uk/rest-api.html`.

pub mod callback;
pub mod client;
mod status;
mod wire;

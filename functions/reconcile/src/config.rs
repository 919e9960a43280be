//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, optional, required};
use adapters::supplier::notify::client::Settings;

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// How texts leave the service.
    pub(crate) notify: Settings,
    /// The parameter that holds the API key of GOV.UK Notify.
    pub(crate) notify_api_key: String,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            common: Common::from_env()?,
            table: required("TABLE_NAME")?,
            notify: Settings {
                base_url: required("NOTIFY_BASE_URL")?,
                template_id: required("NOTIFY_TEMPLATE_ID")?,
                sender_id: optional("NOTIFY_SENDER_ID"),
            },
            notify_api_key: required("NOTIFY_API_KEY_PARAMETER")?,
        })
    }
}

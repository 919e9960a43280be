//! What this function reads from its environment, once, at its start.

use adapters::config::{Common, ConfigError, optional, required};

/// The environment.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Stage and clock.
    pub(crate) common: Common,
    /// The table.
    pub(crate) table: String,
    /// The key that numbers are sealed with, where the stack has one of its own.
    pub(crate) number_key: Option<String>,
    /// The parameter that holds the keys alarms' links are signed with.
    pub(crate) link_keys: String,
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
            number_key: optional("NUMBER_KEY_ARN"),
            link_keys: required("LINK_KEYS_PARAMETER")?,
        })
    }
}

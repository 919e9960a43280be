//! The accounts this stage has with suppliers: what `send` and `reconcile` read of their environment,
//! and how it becomes somebody who sends.

use std::num::NonZeroU32;

use anyhow::Context as _;
use aws_config::SdkConfig;

use super::notify::client::{ApiKey, Notify, Settings};
use super::{Pace, Senders};
use crate::clock::Clock;
use crate::config::{ConfigError, optional, parsed, required};
use crate::{http, secrets};

/// The accounts. A supplier without its settings is one that this stage has no account with; a
/// campaign that names it is paused with that reason, and the others go on.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// How many processes text at once, each at its share of a supplier's pace.
    processes: NonZeroU32,
    /// GOV.UK Notify.
    notify: Option<NotifyAccount>,
}

#[derive(Debug, Clone)]
struct NotifyAccount {
    settings: Settings,
    /// The parameter that holds the API key.
    api_key: String,
    per_second: NonZeroU32,
}

impl Accounts {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let notify = match optional("NOTIFY_TEMPLATE_ID") {
            None => None,
            Some(template_id) => Some(NotifyAccount {
                settings: Settings {
                    base_url: required("NOTIFY_BASE_URL")?,
                    template_id,
                    sender_id: optional("NOTIFY_SENDER_ID"),
                },
                api_key: required("NOTIFY_API_KEY_PARAMETER")?,
                per_second: parsed("NOTIFY_PER_SECOND")?,
            }),
        };
        // Nought is no limit to the processes, and so none to the pace: the supplier's 429 is.
        let processes = NonZeroU32::new(parsed("SEND_CONCURRENCY")?).unwrap_or(NonZeroU32::MIN);
        Ok(Self { processes, notify })
    }

    /// Fetches the keys and becomes ready to send.
    ///
    /// # Errors
    /// A key is missing or not of its form.
    pub async fn open(self, aws: &SdkConfig, clock: Clock) -> anyhow::Result<Senders> {
        let http = http::client()?;
        let mut senders = Senders::default();
        if let Some(account) = self.notify {
            let key = secrets::fetch(aws, &account.api_key).await?;
            let key = ApiKey::parse(&key).with_context(|| account.api_key.clone())?;
            let notify = Notify::new(http.clone(), account.settings, key, clock);
            senders.notify = Some((notify, Pace::new(account.per_second, self.processes)));
        }
        Ok(senders)
    }
}

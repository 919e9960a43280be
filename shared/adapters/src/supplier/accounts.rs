//! The accounts this stage has with suppliers: what `send` and `reconcile` read of their environment,
//! and how it becomes somebody who sends.

use std::num::NonZeroU32;

use anyhow::Context as _;
use aws_config::SdkConfig;

use super::exchange::client::Exchange;
use super::notify::client::{ApiKey, Notify, Settings};
use super::{Pace, Senders, twilio};
use crate::config::{Common, ConfigError, optional, parsed, required};
use crate::table::Table;
use crate::{http, secrets};

/// The accounts. A supplier without its settings is one that this stage has no account with; a
/// campaign that names it is paused with that reason, and the others go on.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// How many processes text at once, each at its share of a supplier's pace.
    processes: NonZeroU32,
    /// GOV.UK Notify.
    notify: Option<NotifyAccount>,
    /// Twilio.
    twilio: Option<TwilioAccount>,
    /// The bucket through which files are exchanged with partners; which there are is published.
    bucket: String,
}

#[derive(Debug, Clone)]
struct NotifyAccount {
    settings: Settings,
    /// The parameter that holds the API key.
    api_key: String,
    per_second: NonZeroU32,
}

#[derive(Debug, Clone)]
struct TwilioAccount {
    base_url: String,
    account_sid: String,
    from: String,
    callback_url: String,
    retain: bool,
    /// The parameter that holds `<sid>:<secret>`.
    credentials: String,
    per_second: NonZeroU32,
}

/// How many files a second are laid out for partners: far below what a bucket takes.
const FILES_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();

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
        let twilio = match optional("TWILIO_ACCOUNT_SID") {
            None => None,
            Some(account_sid) => Some(TwilioAccount {
                base_url: required("TWILIO_BASE_URL")?,
                account_sid,
                from: required("TWILIO_FROM")?,
                callback_url: required("CALLBACK_URL")?,
                retain: parsed("TWILIO_RETAIN")?,
                credentials: required("TWILIO_CREDENTIALS_PARAMETER")?,
                per_second: parsed("TWILIO_PER_SECOND")?,
            }),
        };
        // Nought is no limit to the processes, and so none to the pace: the supplier's 429 is.
        let processes = NonZeroU32::new(parsed("SEND_CONCURRENCY")?).unwrap_or(NonZeroU32::MIN);
        Ok(Self { processes, notify, twilio, bucket: required("BUCKET_NAME")? })
    }

    /// Fetches the keys and becomes ready to send.
    ///
    /// # Errors
    /// A key is missing or not of its form.
    pub async fn open(
        self,
        aws: &SdkConfig,
        table: &str,
        common: Common,
    ) -> anyhow::Result<Senders> {
        let Common { stage, clock } = common;
        let http = http::client(stage)?;
        let mut senders = Senders::default();
        let partners = Table::new(aws, table.to_owned(), clock);
        let exchange = Exchange::new(aws, self.bucket, partners, clock);
        senders.exchange = Some((exchange, Pace::new(FILES_PER_SECOND, self.processes)));
        if let Some(account) = self.notify {
            let key = secrets::fetch(aws, &account.api_key).await?;
            let key = ApiKey::parse(&key).with_context(|| account.api_key.clone())?;
            let notify = Notify::new(http.clone(), account.settings, key, clock);
            senders.notify = Some((notify, Pace::new(account.per_second, self.processes)));
        }
        if let Some(account) = self.twilio {
            let secret = secrets::fetch(aws, &account.credentials).await?;
            let credentials = twilio::client::Credentials::parse(&secret)
                .with_context(|| account.credentials.clone())?;
            let settings = twilio::client::Settings {
                base_url: account.base_url,
                account_sid: account.account_sid,
                from: twilio::client::Sender::parse(&account.from)?,
                callback_url: account.callback_url,
                retain: account.retain,
            };
            let twilio = twilio::client::Twilio::new(http, settings, credentials, clock)?;
            senders.twilio = Some((twilio, Pace::new(account.per_second, self.processes)));
        }
        Ok(senders)
    }
}

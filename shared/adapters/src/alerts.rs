//! Wakes people through a topic. The words hold no number, no name and no reply.

use anyhow::Context as _;
use aws_config::SdkConfig;
use domain::ports::{Alert, Alerts};

use crate::aws::told;
use crate::extracts::rejects_key;

/// The alert topic.
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    /// The topic of this name.
    pub fn new(config: &SdkConfig, arn: String) -> Self {
        Self { client: aws_sdk_sns::Client::new(config), arn }
    }
}

impl Alerts for Topic {
    async fn raise(&self, alert: &Alert) -> anyhow::Result<()> {
        let (subject, message) = words(alert);
        self.client
            .publish()
            .topic_arn(&self.arn)
            .subject(subject)
            .message(message)
            .send()
            .await
            .map_err(told)
            .context("raise an alert")?;
        Ok(())
    }
}

/// Where partners' files land.
const INBOX: &str = "inbox/";

fn words(alert: &Alert) -> (&'static str, String) {
    match alert {
        Alert::Paused(pause) => (
            "Aftercall: a campaign has stopped texting",
            format!(
                "A campaign has stopped texting, and nobody is texted by it until this is mended.\n\
                 Campaign: {scope}\nWhy: {why}\n\
                 When it is mended: aftercall resume {scope}\n",
                scope = pause.scope,
                why = pause.why,
            ),
        ),
        Alert::Emergency { message, log } => {
            let log = log.as_ref().map_or("no log was found", |log| log.as_str());
            (
                "Aftercall: a reply may be a cry for help",
                format!(
                    "A reply to a feedback text may be a cry for help.\nLog: {log}\nReply: {message}\n\
                     Read it now: aftercall inbox show {message}\n"
                ),
            )
        }
        Alert::Unreadable { key, why } if key.starts_with(INBOX) => (
            "Aftercall: a partner's file could not be read",
            format!(
                "A partner's file could not be read, and what it brings was not heard: replies too.\n\
                 File: {key}\nWhy: {why}\nHave it mended and brought again.\n"
            ),
        ),
        Alert::Rejects { key, rows } if key.starts_with(INBOX) => (
            "Aftercall: some rows of a partner's file could not be read",
            format!(
                "{rows} rows could not be read to their end; the others were. A reply may be among \
                 them: look today.\nFile: {key}\nRows and reasons: {}\n\
                 Mend them there, drop the first three columns, and bring the result.\n",
                rejects_key(key)
            ),
        ),
        Alert::Unreadable { key, why } => (
            "Aftercall: an extract could not be read",
            format!(
                "An extract could not be read, and nobody on it will be texted.\nFile: {key}\n\
                 Why: {why}\nMend it and upload it again.\n"
            ),
        ),
        Alert::Rejects { key, rows } => (
            "Aftercall: some rows of an extract could not be read",
            format!(
                "{rows} rows could not be read; the others were.\nFile: {key}\nRows and reasons: {}\n\
                 Mend them there, drop the first three columns, and upload the result.\n",
                rejects_key(key)
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use domain::campaign::{Pause, Scope};

    use super::*;

    #[test]
    fn a_subject_fits_a_topic() {
        // SNS: at most 100 ASCII characters.
        let key = "extracts/storm/a.csv".to_owned();
        let pause = Pause {
            scope: Scope::All,
            why: "Notify answered 403 AuthError".to_owned(),
            by: "aftercall".to_owned(),
            at: "2026-03-10T10:00:00Z".parse().unwrap(),
            until: None,
            told: false,
        };
        for alert in [
            Alert::Paused(pause),
            Alert::Emergency { message: "m-1".to_owned(), log: None },
            Alert::Unreadable { key, why: "the file is empty".to_owned() },
            Alert::Rejects { key: "extracts/storm/a.csv".to_owned(), rows: 3 },
            Alert::Rejects { key: "inbox/rant-and-rave/a.csv".to_owned(), rows: 3 },
            Alert::Unreadable {
                key: "inbox/rant-and-rave/a.csv".to_owned(),
                why: "the file is empty".to_owned(),
            },
        ] {
            let (subject, message) = words(&alert);
            assert!(subject.is_ascii() && subject.len() <= 100);
            assert!(!message.is_empty());
        }
    }
}

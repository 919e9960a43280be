//! Wakes people through a topic. The words hold no number, no name and no reply.

use anyhow::Context as _;
use aws_config::SdkConfig;
use domain::desk::TaskId;
use domain::ports::{Alert, Alerts};

use crate::aws::told;
use crate::clock::Clock;
use crate::extracts::rejects_key;
use crate::links::Links;

/// The alert topic.
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
    links: Option<(Links, Clock)>,
}

impl Topic {
    /// The topic of this name.
    pub fn new(config: &SdkConfig, arn: String) -> Self {
        Self { client: aws_sdk_sns::Client::new(config), arn, links: None }
    }

    /// The same, for alarms that are answered by a link.
    #[must_use]
    pub fn with_links(self, links: Links, clock: Clock) -> Self {
        Self { links: Some((links, clock)), ..self }
    }
}

impl Alerts for Topic {
    async fn raise(&self, alert: &Alert) -> anyhow::Result<()> {
        let link = |task: &TaskId| self.links.as_ref().map(|(links, at)| links.to(task, at.now()));
        let (subject, message) = words(alert, link);
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

fn words(alert: &Alert, link: impl Fn(&TaskId) -> Option<String>) -> (&'static str, String) {
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
        Alert::Emergency { task, log, rings } => {
            let subject = match rings {
                0 | 1 => "Aftercall: a reply may be a cry for help",
                _ => "Aftercall: STILL UNANSWERED, a reply may be a cry for help",
            };
            let log = log.as_ref().map_or("no log was found", |log| log.as_str());
            let link = link(task).map(|link| format!("Read it and take it: {link}\n"));
            (
                subject,
                format!(
                    "A reply to a feedback text may be a cry for help. This is ring {rings}, and it \
                     rings until somebody takes it.\nLog: {log}\nReply: {task}\n{link}\
                     At a terminal: aftercall alerts ack {task} --by NAME\n",
                    link = link.unwrap_or_default(),
                ),
            )
        }
        Alert::Overdue { desk, tasks } => (
            "Aftercall: replies are waiting past their time",
            format!(
                "{tasks} at the desk {desk} have waited past their time, and nobody has taken them.\n\
                 See them: aftercall inbox list --desk {desk}\n"
            ),
        ),
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
        Alert::NeverRead { key, times } => (
            "Aftercall: a file landed and was never read",
            format!(
                "A file landed and was never read to its end, although it was set off {times} times \
                 more. Nobody on it is texted, and what it brings is not heard.\nFile: {key}\n\
                 Look into the log of ingest, mend the cause, and bring the file again.\n"
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
    use domain::desk::Desk;

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
        let task = TaskId::parse("notify/m-1").unwrap();
        for alert in [
            Alert::Paused(pause),
            Alert::Emergency { task: task.clone(), log: None, rings: 1 },
            Alert::Emergency { task, log: None, rings: 12 },
            Alert::Overdue { desk: Desk::Complaints, tasks: 3 },
            Alert::Unreadable { key, why: "the file is empty".to_owned() },
            Alert::Rejects { key: "extracts/storm/a.csv".to_owned(), rows: 3 },
            Alert::Rejects { key: "inbox/rant-and-rave/a.csv".to_owned(), rows: 3 },
            Alert::NeverRead { key: "extracts/storm/a.csv".to_owned(), times: 3 },
            Alert::Unreadable {
                key: "inbox/rant-and-rave/a.csv".to_owned(),
                why: "the file is empty".to_owned(),
            },
        ] {
            let (subject, message) = words(&alert, |_| Some("https://a.invalid".to_owned()));
            assert!(subject.is_ascii() && subject.len() <= 100);
            assert!(!message.is_empty());
        }
    }
}

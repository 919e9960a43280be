//! The deployed alarms, judged as they are by AWS.
//!
//! The emulator keeps alarms and tells the topic when one changes, but fills no metric. So what AWS
//! would have measured is taken from the stack itself at every [`Alarms::look`]: how many messages a queue
//! shows, for how long it has not been empty, how often a function ran and failed by its own log, how
//! often suppliers were answered 5xx. Period, statistic, threshold and what missing data means are the
//! alarm's own. Time is the stack's, so an hour that is moved past is an hour to an alarm.
//!
//! Between two looks nothing is seen, and an age is that of the queue's not being empty: no younger message
//! is told from an older one.

use std::collections::{BTreeMap, BTreeSet};

use adapters::clock::Clock;
use adapters::config::Stage;
use anyhow::{Context as _, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::emulator::REGION;
use crate::proxy::sign;
use crate::stack::{STACK, Stack};

/// The alarms of a stack, from when somebody began to look.
pub struct Alarms {
    alarms: Vec<Alarm>,
    began: Timestamp,
    filled_since: BTreeMap<String, Timestamp>,
    counted: BTreeMap<String, u64>,
    ringing: BTreeSet<String>,
}

/// One alarm, and what its metric was at each look.
struct Alarm {
    name: String,
    metric: String,
    of: String,
    statistic: String,
    period: SignedDuration,
    threshold: f64,
    operator: String,
    missing_breaches: bool,
    readings: Vec<(Timestamp, f64)>,
}

impl Alarms {
    /// Reads the deployed alarms and begins to look.
    ///
    /// # Errors
    /// The emulator does not answer, or an alarm is of a kind that cannot be judged here.
    pub async fn watch(stack: &Stack) -> anyhow::Result<Self> {
        let answer = ask(stack, "DescribeAlarms", &json!({})).await?;
        let told = answer["MetricAlarms"].as_array().cloned().unwrap_or_default();
        let alarms = told.iter().map(Alarm::read).collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(!alarms.is_empty(), "the template has no alarms");
        let began = stack.clock.now();
        let (filled_since, counted) = (BTreeMap::new(), BTreeMap::new());
        let mut alarms = Self { alarms, began, filled_since, counted, ringing: BTreeSet::new() };
        // What was before is nobody's.
        alarms.look(stack).await?;
        for alarm in &mut alarms.alarms {
            alarm.readings.clear();
        }
        Ok(alarms)
    }

    /// The alarms there are, without the stage in their names.
    pub fn names(&self) -> BTreeSet<String> {
        self.alarms.iter().map(|alarm| short(&alarm.name)).collect()
    }

    /// Measures everything, sets each alarm as it then stands, and gives those that began to ring.
    ///
    /// # Errors
    /// A part of the stack does not answer.
    pub async fn look(&mut self, stack: &Stack) -> anyhow::Result<BTreeSet<String>> {
        let now = stack.clock.now();
        let metrics: Vec<_> =
            self.alarms.iter().map(|alarm| (alarm.metric.clone(), alarm.of.clone())).collect();
        let mut values = Vec::new();
        for (metric, of) in &metrics {
            values.push(self.measure(stack, metric, of, now).await?);
        }
        let mut began = BTreeSet::new();
        for (alarm, value) in self.alarms.iter_mut().zip(values) {
            alarm.readings.extend(value.map(|value| (now, value)));
            let rings = alarm.rings(self.began, now);
            if rings == self.ringing.contains(&alarm.name) {
                continue;
            }
            let state = if rings { "ALARM" } else { "OK" };
            let set =
                json!({"AlarmName": alarm.name, "StateValue": state, "StateReason": "as measured"});
            ask(stack, "SetAlarmState", &set).await?;
            if rings {
                began.insert(short(&alarm.name));
                self.ringing.insert(alarm.name.clone());
            } else {
                self.ringing.remove(&alarm.name);
            }
        }
        Ok(began)
    }

    /// A metric's value now, or how much it grew since the last look; nothing where there is no data.
    async fn measure(
        &mut self,
        stack: &Stack,
        metric: &str,
        of: &str,
        now: Timestamp,
    ) -> anyhow::Result<Option<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "counts of one test")]
        let number = |count: u64| count as f64;
        match metric {
            "ApproximateNumberOfMessagesVisible" => Ok(Some(number(messages(stack, of).await?.0))),
            "ApproximateAgeOfOldestMessage" => {
                let (visible, hidden) = messages(stack, of).await?;
                if visible + hidden == 0 {
                    self.filled_since.remove(of);
                    return Ok(Some(0.0));
                }
                let since = *self.filled_since.entry(of.to_owned()).or_insert(now);
                Ok(Some(now.duration_since(since).as_secs_f64()))
            }
            "Invocations" | "Errors" => {
                let log =
                    stack.log_of(of.trim_start_matches(STACK).trim_start_matches('-')).await?;
                let ran = log.lines().filter(|line| line.starts_with("START RequestId")).count();
                // The runtime's own line about a failed invocation, apart from ours that says why.
                let is_failed = |line: &&str| line.ends_with(r#""failed; the log says why""#);
                let failed = log.lines().filter(is_failed).count();
                let ran = self.growth(&format!("{of} ran {metric}"), ran as u64);
                let failed = self.growth(&format!("{of} failed {metric}"), failed as u64);
                let value = if metric == "Errors" { failed } else { ran };
                Ok((ran > 0).then_some(number(value)))
            }
            "5xx" => {
                let ledger = stack.supplier.ledger();
                let attempts = ledger.callbacks.iter().filter_map(|attempt| attempt.answer);
                let bad = attempts.filter(|answer| *answer >= 500).count() as u64;
                Ok(Some(number(self.growth("5xx", bad))))
            }
            other => anyhow::bail!("nobody here can measure {other}"),
        }
    }

    fn growth(&mut self, of: &str, count: u64) -> u64 {
        let before = self.counted.insert(of.to_owned(), count).unwrap_or_default();
        count.saturating_sub(before)
    }
}

impl Alarm {
    fn read(told: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let found = told[name].as_str().map(str::to_owned);
            found.with_context(|| format!("an alarm without {name}: {told}"))
        };
        let number = |name: &str| {
            let value = &told[name];
            let found = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            found.with_context(|| format!("an alarm without {name}: {told}"))
        };
        ensure!(number("EvaluationPeriods")? == 1.0, "an alarm over several periods: {told}");
        let dimension = told["Dimensions"][0]["Value"].as_str();
        Ok(Self {
            name: text("AlarmName")?,
            metric: text("MetricName")?,
            of: dimension.context("an alarm without a dimension")?.to_owned(),
            statistic: text("Statistic")?,
            period: SignedDuration::from_secs_f64(number("Period")?),
            threshold: number("Threshold")?,
            operator: text("ComparisonOperator")?,
            missing_breaches: text("TreatMissingData")? == "breaching",
            readings: Vec::new(),
        })
    }

    fn rings(&self, began: Timestamp, now: Timestamp) -> bool {
        let from = now - self.period;
        let within: Vec<f64> =
            self.readings.iter().filter(|(at, _)| *at > from).map(|(_, value)| *value).collect();
        if within.is_empty() {
            // A period of which a part was not looked at says nothing.
            return self.missing_breaches && began <= from;
        }
        let value = match self.statistic.as_str() {
            "Sum" => within.iter().sum(),
            _ => within.iter().copied().fold(f64::MIN, f64::max),
        };
        match self.operator.as_str() {
            "GreaterThanOrEqualToThreshold" => value >= self.threshold,
            "GreaterThanThreshold" => value > self.threshold,
            "LessThanThreshold" => value < self.threshold,
            _ => value <= self.threshold,
        }
    }
}

/// An alarm's name without the stage, as infra/README.md has it.
fn short(name: &str) -> String {
    name.trim_start_matches(STACK).trim_start_matches('-').to_owned()
}

/// The messages of a queue: to be seen, and in somebody's hands.
async fn messages(stack: &Stack, queue: &str) -> anyhow::Result<(u64, u64)> {
    let client = aws_sdk_sqs::Client::new(&stack.aws);
    let url = client.get_queue_url().queue_name(queue).send().await?;
    let answer = client
        .get_queue_attributes()
        .set_queue_url(url.queue_url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .with_context(|| format!("look at {queue}"))?;
    let count = |name| {
        let told = answer.attributes().and_then(|attributes| attributes.get(&name));
        told.and_then(|count| count.parse().ok()).unwrap_or_default()
    };
    let visible = count(QueueAttributeName::ApproximateNumberOfMessages);
    Ok((visible, count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)))
}

/// Asks the keeper of alarms, whose SDK would bring a dozen crates for two questions.
async fn ask(stack: &Stack, operation: &str, question: &Value) -> anyhow::Result<Value> {
    let body = serde_json::to_vec(question)?;
    let url = stack.emulator.url();
    let now = Clock::new(Stage::Local, 0)?.now();
    let day = now.strftime("%Y%m%d");
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", url.trim_start_matches("http://").to_owned()),
        ("content-type", "application/x-amz-json-1.0".to_owned()),
        ("x-amz-target", format!("GraniteServiceVersion20100801.{operation}")),
        ("x-amz-date", now.strftime("%Y%m%dT%H%M%SZ").to_string()),
        (
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential=test/{day}/{REGION}/monitoring/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=none"
            ),
        ),
    ] {
        headers.insert(name, HeaderValue::from_str(&value)?);
    }
    sign(&mut headers, "test", &body);
    let client = crate::supplier::plain_client()?.build()?;
    let answer = client.post(url).headers(headers).body(body).send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{operation} was answered {status}: {text}");
    Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
}

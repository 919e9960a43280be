//! What AWS charges for what was counted: `infra/prices.toml`, table `aws`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use local::stack::sample;
use serde::Deserialize;

use crate::count::{Count, Played, Ran};

/// The table `aws`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    pub(crate) region: String,
    pub(crate) as_of: String,
    pub(crate) source: String,
    pub(crate) dollars_a_pound: f64,
    pub(crate) dollars_a_pound_as_of: String,
    pub(crate) dollars_a_pound_source: String,
    each: BTreeMap<String, f64>,
    a_month: BTreeMap<String, f64>,
    free: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct File {
    aws: Prices,
}

impl Prices {
    /// Reads the file of this repository.
    ///
    /// # Errors
    /// It is not there, or not of its form.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = String::from_utf8(sample("infra/prices.toml")?)?;
        let file: File = toml::from_str(&text).context("infra/prices.toml, table aws")?;
        Ok(file.aws)
    }

    /// The price of one, in dollars.
    ///
    /// # Errors
    /// There is no such price.
    pub(crate) fn each(&self, what: &str) -> anyhow::Result<f64> {
        find(&self.each, what)
    }

    /// The price of one for a month, in dollars.
    ///
    /// # Errors
    /// There is no such price.
    pub(crate) fn a_month(&self, what: &str) -> anyhow::Result<f64> {
        find(&self.a_month, what)
    }

    /// How many are free each month, for ever.
    pub(crate) fn free(&self, what: &str) -> f64 {
        self.free.get(what).copied().unwrap_or_default()
    }

    /// Dollars in pence.
    pub(crate) fn pence(&self, dollars: f64) -> f64 {
        dollars / self.dollars_a_pound * 100.0
    }
}

fn find(prices: &BTreeMap<String, f64>, what: &str) -> anyhow::Result<f64> {
    let price = prices.get(what).copied();
    price.with_context(|| format!("infra/prices.toml has no price of {what}"))
}

/// One kind of thing that one function is charged for.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The function, or `table` for what lies there.
    pub(crate) function: String,
    /// The service.
    pub(crate) service: &'static str,
    /// What of it, such as an operation.
    pub(crate) what: String,
    /// How many.
    pub(crate) units: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// In dollars.
    pub(crate) dollars: f64,
}

/// Times a sweep lists each reply: it begins five minutes before the last one's end, and runs every
/// five minutes.
const SWEPT: f64 = 2.0;

/// Times a report reads each contact and log: daily while they are of the last thirty days and today,
/// once with their month and once with their campaign.
const REPORTED: f64 = 33.0;

/// What a processor with all of its time would have, in megabytes of memory: AWS shares it out so.
const WHOLE_PROCESSOR_MB: f64 = 1_769.0;

/// How long one call of AWS takes within a region, generously.
const CALL_MS: f64 = 5.0;

/// How long the supplier takes for a text, and for the pace of a batch, at fifty texts a second and two
/// at a time.
const SUPPLIER_MS: f64 = 300.0;
const PACE_MS: f64 = 40.0;

/// What the HTTP API writes into a log of its own for each call: the template's format with a request's
/// id, time, route and status in it, and what CloudWatch adds.
const ACCESS_LINE_BYTES: f64 = 200.0;

/// Functions that are woken by a queue: AWS receives and deletes for them.
const BY_QUEUE: [&str; 2] = ["send", "feedback"];

/// Functions that are woken by the HTTP API.
const BY_CALL: [&str; 2] = ["webhook", "alarm"];

/// How often what a function did is done in life for what was done once here.
pub(crate) fn times(function: &str) -> f64 {
    match function {
        "report" => REPORTED,
        "reconcile" => SWEPT,
        _ => 1.0,
    }
}

/// How many things a function does at the same time, and so how many calls wait together.
fn at_once(function: &str, messages: f64) -> f64 {
    match function {
        "ingest" | "dispatch" => 16.0,
        "send" | "feedback" => messages.clamp(1.0, 10.0),
        _ => 1.0,
    }
}

/// The time AWS would charge for a function's runs, in milliseconds.
///
/// The processor's time is that of the release binaries on this machine, stretched to the share of a processor
/// that the memory buys; what is waited for is counted by the call, because the emulator's own time says
/// nothing about AWS.
pub(crate) fn billed_ms(
    function: &str,
    ran: Ran,
    calls: u64,
    messages: u64,
    memory_mb: f64,
) -> f64 {
    let runs = ran.invocations as f64;
    let busy = ran.busy_ms as f64 * WHOLE_PROCESSOR_MB / memory_mb;
    let a_batch = messages as f64 / runs.max(1.0);
    let waited = calls as f64 * CALL_MS / at_once(function, a_batch);
    let supplier = match function {
        "send" => runs * SUPPLIER_MS + messages as f64 * PACE_MS,
        _ => 0.0,
    };
    busy + waited + supplier
}

/// What a count comes to, line by line.
///
/// # Errors
/// A price is missing.
pub(crate) fn lines(
    count: &Count,
    messages: &BTreeMap<&'static str, u64>,
    memory_mb: &BTreeMap<String, f64>,
    prices: &Prices,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut add = |function: &str, service, what: &str, units: f64, unit, price: &str| {
        let units = units * times(function);
        let dollars = units * prices.each(price)?;
        let (function, what) = (function.to_owned(), what.to_owned());
        if units > 0.0 {
            lines.push(Line { function, service, what, units, unit, dollars });
        }
        anyhow::Ok(())
    };
    let mut asked: BTreeMap<&str, u64> = BTreeMap::new();
    for (call, tally) in &count.calls {
        let (function, operation) = (call.caller.as_str(), call.operation.as_str());
        *asked.entry(function).or_default() += tally.calls;
        let calls = tally.calls as f64;
        match call.service {
            "dynamodb" if is_write(operation) => {
                let price = "dynamodb_write_unit";
                add(function, "DynamoDB writes", operation, tally.capacity, "units", price)?;
            }
            "dynamodb" => {
                let price = "dynamodb_read_unit";
                add(function, "DynamoDB reads", operation, tally.capacity, "units", price)?;
            }
            "sqs" => add(function, "SQS", operation, calls, "requests", "sqs_request")?,
            "sns" => add(function, "SNS", operation, calls, "requests", "sns_publish")?,
            "s3" if operation == "PUT" => {
                add(function, "S3", operation, calls, "requests", "s3_put")?
            }
            "s3" => add(function, "S3", operation, calls, "requests", "s3_get")?,
            // Each secret that is fetched is opened by the key of the parameter store.
            "ssm" => add(function, "KMS", "Decrypt", calls, "requests", "kms_request")?,
            _ => {}
        }
    }
    for (function, ran) in &count.functions {
        let runs = ran.invocations as f64;
        let memory = memory_mb.get(*function).copied().unwrap_or(128.0);
        if BY_QUEUE.contains(function) {
            add(function, "SQS", "ReceiveMessage", runs, "requests", "sqs_request")?;
            add(function, "SQS", "DeleteMessageBatch", runs, "requests", "sqs_request")?;
        }
        if BY_CALL.contains(function) {
            add(function, "HTTP API", "request", runs, "requests", "http_api_request")?;
            add(function, "Logs", "access log", runs * ACCESS_LINE_BYTES / 1e9, "GB", "log_gb")?;
        }
        let asked = asked.get(function).copied().unwrap_or_default();
        let messages = messages.get(function).copied().unwrap_or_default();
        let ms = billed_ms(function, *ran, asked, messages, memory);
        let gb_seconds = ms / 1_000.0 * memory / 1_024.0;
        add(function, "Lambda", "invocation", runs, "runs", "lambda_request")?;
        add(function, "Lambda", "time", gb_seconds, "GB-s", "lambda_gb_second_arm64")?;
        add(function, "Logs", "ingested", ran.log_bytes as f64 / 1e9, "GB", "log_gb")?;
    }
    Ok(lines)
}

/// How many messages each queue brought: a text or a receipt or a reply each.
pub(crate) fn messages(played: &Played) -> BTreeMap<&'static str, u64> {
    [("send", played.texts), ("feedback", played.texts + played.replies)].into()
}

/// Whether an operation is charged as a write of the table.
pub(crate) fn is_write(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem"
    )
}

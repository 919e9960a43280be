//! Logs: one JSON line for each outcome, read by people and by machines; and measures, for graphs.
//!
//! Never a number, a name, a reply's words, a token or a whole event in either.

use std::collections::BTreeMap;
use std::io::Write;

use domain::measure::Measure;
use lambda_runtime::tracing::subscriber::filter::LevelFilter;
use lambda_runtime::tracing::subscriber::fmt;
use serde_json::json;

use crate::config::optional;

/// Every field that a log line may have besides the time, the level and the message, and what it holds.
/// `tests/tidy` lets the code use no other.
pub const FIELDS: [(&str, &str); 7] = [
    (
        "about",
        "what it is about: a contact's or a follow-up's id, `<supplier>/<id>` of a reply, an object's key",
    ),
    ("desk", "the desk whose work it is"),
    ("error", "what went wrong, in words, with its causes"),
    ("message.id", "the queue's id of a message that could not be decoded"),
    ("outcome", "what came of it: the function's own `Outcome`"),
    ("page", "which page somebody who followed an alarm's link was shown"),
    ("supplier", "the supplier, by name"),
];

/// Starts logging; the level and the format are Lambda's own settings.
///
/// Not by the runtime's own: it filters by regular expressions, which is a twentieth of a function, and
/// writes the invocation's span twice into each line, and logs are paid by the byte.
pub fn init() {
    let level = optional("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok());
    let lines = fmt().with_target(false).without_time();
    let lines = lines.with_max_level(level.unwrap_or(LevelFilter::INFO));
    if optional("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format == "JSON") {
        lines.json().with_span_list(false).init();
    } else {
        lines.init();
    }
}

/// What an invocation counted.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<Measure, u64>);

impl Tally {
    /// Adds to it.
    pub fn add(&mut self, counts: &[(Measure, u64)]) {
        for (measure, count) in counts.iter().filter(|(_, count)| *count > 0) {
            *self.0.entry(*measure).or_default() += count;
        }
    }

    /// Writes it into the log, where AWS finds it, in one line for the whole invocation; nothing
    /// when nothing was counted.
    pub fn tell(&self) {
        let function = optional("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        // The machine's own clock: a graph is of when a thing was done, whatever the rules take the time
        // for.
        #[expect(clippy::disallowed_methods, reason = "a graph is drawn by the machine's clock")]
        let now = jiff::Timestamp::now();
        if let Some(line) = self.line(&function, now.as_millisecond()) {
            // A graph that lacks a point harms nobody.
            writeln!(std::io::stdout().lock(), "{line}").ok();
        }
    }

    /// The embedded metric format of AWS: a log line that says which of its fields are measures.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    fn line(&self, function: &str, millisecond: i64) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let metrics: Vec<_> =
            self.0.keys().map(|measure| json!({"Name": measure.name(), "Unit": "Count"})).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": millisecond,
                "CloudWatchMetrics": [{
                    "Namespace": "Aftercall",
                    "Dimensions": [["function"]],
                    "Metrics": metrics,
                }],
            },
            "function": function,
        });
        for (measure, count) in &self.0 {
            line[measure.name()] = json!(count);
        }
        Some(line.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_is_one_line_in_cloudwatchs_format() {
        let mut tally = Tally::default();
        assert_eq!(tally.line("f", 0), None);
        tally.add(&[(Measure::Replies, 1), (Measure::Rejected, 0)]);
        tally.add(&[(Measure::Replies, 1), (Measure::Emergencies, 1)]);
        insta::assert_snapshot!(tally.line("aftercall-test-feedback", 1_773_136_800_000).unwrap(), @r#"{"Emergencies":1,"Replies":2,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["function"]],"Metrics":[{"Name":"Replies","Unit":"Count"},{"Name":"Emergencies","Unit":"Count"}],"Namespace":"Aftercall"}],"Timestamp":1773136800000},"function":"aftercall-test-feedback"}"#);
    }
}

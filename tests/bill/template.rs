//! What `infra/template.yaml` costs while nothing happens, read from the template itself.

use std::collections::BTreeMap;

use anyhow::Context as _;
use local::stack::sample;

use crate::count::Count;
use crate::prices::{Line, Prices};

/// A month of thirty days, in minutes.
const MONTH_MINUTES: f64 = 30.0 * 24.0 * 60.0;

/// The pollers that Lambda keeps on a quiet queue by its own documentation, and how long each waits.
const POLLERS: f64 = 2.0;
const POLLERS_WHERE_LIMITED: f64 = 5.0;
const POLL_SECONDS: f64 = 20.0;

/// The template, resource by resource.
pub(crate) struct Template {
    /// Each resource's type and lines.
    resources: BTreeMap<String, (String, String)>,
    /// Each parameter's default.
    defaults: BTreeMap<String, String>,
    text: String,
}

impl Template {
    /// Reads the template of this repository.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = String::from_utf8(sample("infra/template.yaml")?)?;
        let resources = blocks(&text, "Resources:")
            .into_iter()
            .filter_map(|(name, lines)| {
                let kind = value(&lines, "    Type:")?;
                Some((name, (kind, lines)))
            })
            .collect();
        let defaults = blocks(&text, "Parameters:")
            .into_iter()
            .filter_map(|(name, lines)| Some((name, value(&lines, "    Default:")?)))
            .collect();
        Ok(Self { resources, defaults, text })
    }

    /// The memory of each function, in megabytes.
    pub(crate) fn memory_mb(&self) -> BTreeMap<String, f64> {
        let whole = value(&self.text, "    MemorySize:").and_then(|size| size.parse().ok());
        let functions = self.of("AWS::Serverless::Function");
        functions
            .filter_map(|(name, lines)| {
                let own = value(lines, "      MemorySize:").and_then(|size| size.parse().ok());
                Some((name.strip_suffix("Function")?.to_lowercase(), own.or(whole)?))
            })
            .collect()
    }

    /// What a month without a single text comes to; the runs of the schedules were counted.
    ///
    /// # Errors
    /// The template has a schedule that this does not know, or a price is missing.
    pub(crate) fn idle(
        &self,
        runs: &Count,
        lines: &[Line],
        prices: &Prices,
    ) -> anyhow::Result<Vec<Idle>> {
        let mut idle = Vec::new();
        let mut add = |what: String, units: f64, unit: &'static str, each: f64, free: f64| {
            idle.push(Idle {
                what,
                units,
                unit,
                dollars: units * each,
                free: units.min(free) * each,
            });
        };
        let mut scheduled = 0.0;
        let mut per_service: BTreeMap<(&str, &str), (f64, f64)> = BTreeMap::new();
        for (name, schedule) in self.of("AWS::Scheduler::Schedule") {
            let rate = value(schedule, "      ScheduleExpression:").context("a schedule's rate")?;
            let rate = self.default_of(&rate);
            let a_month = runs_a_month(&rate).with_context(|| format!("{name}: {rate}"))?;
            scheduled += a_month;
            let function = value(schedule, "        Arn: !GetAtt").unwrap_or_default();
            let function = function.trim_end_matches("Function.Arn").to_lowercase();
            anyhow::ensure!(runs.ran(&function).invocations > 0, "{function} was not counted");
            for line in lines.iter().filter(|line| line.function == function) {
                let times = a_month / crate::prices::times(&function);
                let sum = per_service.entry((line.service, line.unit)).or_default();
                sum.0 += line.units * times;
                sum.1 += line.dollars * times;
            }
        }
        let each = prices.each("scheduler_run")?;
        add("schedules".to_owned(), scheduled, "runs", each, prices.free("scheduler_run"));
        for ((service, unit), (units, dollars)) in per_service {
            let free = match (service, unit) {
                ("Lambda", "runs") => prices.free("lambda_request"),
                ("Lambda", _) => prices.free("lambda_gb_second_arm64"),
                ("Logs", _) => prices.free("log_gb"),
                _ => 0.0,
            };
            let what = format!("the schedules' runs that find nothing: {service}");
            add(what, units, unit, dollars / units.max(f64::MIN_POSITIVE), free);
        }
        let mut left = prices.free("sqs_request");
        for (name, function) in self.of("AWS::Serverless::Function") {
            if !function.contains("Type: SQS\n") || !function.contains("Queue: !GetAtt") {
                continue;
            }
            let is_limited = function.contains("MaximumConcurrency: !Ref SendConcurrency")
                && self.defaults.get("SendConcurrency").is_some_and(|limit| limit != "0");
            let pollers = if is_limited { POLLERS_WHERE_LIMITED } else { POLLERS };
            let polls = pollers * MONTH_MINUTES * 60.0 / POLL_SECONDS;
            let name = name.trim_end_matches("Function").to_lowercase();
            let what = format!("{pollers} pollers of `{name}`, each {POLL_SECONDS} s");
            add(what, polls, "requests", prices.each("sqs_request")?, left);
            left = (left - polls).max(0.0);
        }
        let alarms = self.of("AWS::CloudWatch::Alarm").count() as f64;
        add("alarms".to_owned(), alarms, "alarms", prices.a_month("alarm")?, prices.free("alarm"));
        let secrets = ["pepper", "notify/api-key", "notify/callback-tokens", "link-keys"];
        let each = prices.a_month("standard_parameter")?;
        add("standard parameters".to_owned(), secrets.len() as f64, "parameters", each, 0.0);
        let has_key = self.defaults.get("UseCustomerKey").is_some_and(|default| default == "true");
        let keys = if has_key { 1.0 } else { 0.0 };
        add(
            "a key of the stack's own".to_owned(),
            keys,
            "keys",
            prices.a_month("customer_key")?,
            0.0,
        );
        Ok(idle)
    }

    /// What has a price only when it is used, and so none here.
    pub(crate) fn quiet(&self) -> Vec<(String, usize)> {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, _) in self.resources.values() {
            *kinds.entry(kind).or_default() += 1;
        }
        kinds.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect()
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        let resources = self.resources.iter().filter(move |(_, (own, _))| own == kind);
        resources.map(|(name, (_, lines))| (name.as_str(), lines.as_str()))
    }

    fn default_of(&self, value: &str) -> String {
        let default = value.strip_prefix("!Ref ").and_then(|name| self.defaults.get(name));
        default.cloned().unwrap_or_else(|| value.to_owned())
    }
}

/// One thing that has a price though nothing happens.
pub(crate) struct Idle {
    pub(crate) what: String,
    pub(crate) units: f64,
    pub(crate) unit: &'static str,
    /// At its price, as though nothing were free.
    pub(crate) dollars: f64,
    /// What of that AWS gives every account.
    pub(crate) free: f64,
}

/// How often a schedule runs in a month: `rate(5 minutes)`, or a cron of once a day.
fn runs_a_month(rate: &str) -> Option<f64> {
    if let Some(rate) = rate.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')) {
        let minutes: f64 = rate.split(' ').next()?.parse().ok()?;
        return rate.contains("minute").then_some(MONTH_MINUTES / minutes);
    }
    let cron = rate.strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<_> = cron.split(' ').collect();
    let daily =
        fields.len() == 6 && fields[0].parse::<u8>().is_ok() && fields[1].parse::<u8>().is_ok();
    (daily && fields[2..] == ["*", "*", "?", "*"]).then_some(30.0)
}

/// The entries of a top-level section: lines with two spaces before their name, and what is under each.
fn blocks(text: &str, section: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let lines = text.lines().skip_while(|line| *line != section).skip(1);
    for line in lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#'])) {
        let is_name = line.starts_with("  ") && !line[2..].starts_with([' ', '#', '-']);
        match line.trim().split(':').next() {
            Some(name) if is_name => blocks.push((name.to_owned(), String::new())),
            _ => {
                if let Some((_, lines)) = blocks.last_mut() {
                    lines.push_str(line);
                    lines.push('\n');
                }
            }
        }
    }
    blocks
}

/// What stands after a key of exactly this indentation, without comment and quotes.
fn value(lines: &str, key: &str) -> Option<String> {
    let line = lines.lines().find_map(|line| line.strip_prefix(key))?;
    let value = line.split(" #").next().unwrap_or_default();
    Some(value.trim().trim_matches('\'').to_owned())
}

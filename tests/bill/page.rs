//! The bill for a person, as Markdown, and for a machine, as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::count::Played;
use crate::prices::{Line, Prices, billed_ms, messages, times};
use crate::template::{Idle, Template};

/// What a function's work is for: the parts of a bill that grow with different things.
const PARTS: [(&str, &[&str]); 3] = [
    ("texting and listening", &["dispatch", "send", "webhook", "feedback", "reconcile", "alarm"]),
    ("reading extracts", &["ingest"]),
    ("reporting", &["report"]),
];

/// The order of the columns.
const SERVICES: [&str; 9] =
    ["DynamoDB writes", "DynamoDB reads", "SQS", "Lambda", "HTTP API", "Logs", "S3", "SNS", "KMS"];

/// The volumes whose years are told: the paper's, and ten million.
const YEARS: [f64; 2] = [8_000.0, 10_000_000.0];

/// The measures that are told by some function, and so the metrics there are.
const METRICS: f64 = 9.0;

/// A figure below which so few happen that a run is not like the next, by a thousand texts.
const COMPARED_FROM: f64 = 50.0;

/// Everything that is told.
pub(crate) struct Bill<'a> {
    pub(crate) played: &'a Played,
    pub(crate) lines: &'a [Line],
    pub(crate) idle: &'a [Idle],
    pub(crate) template: &'a Template,
    pub(crate) prices: &'a Prices,
    pub(crate) memory_mb: &'a BTreeMap<String, f64>,
}

impl Bill<'_> {
    /// Dollars for a million texts: of some functions, and of one service or all.
    fn per_million(&self, functions: &[&str], service: Option<&str>) -> f64 {
        let lines = self.lines.iter().filter(|line| {
            functions.contains(&line.function.as_str())
                && service.is_none_or(|service| service == line.service)
        });
        lines.map(|line| line.dollars).sum::<f64>() / self.texts() * 1e6
    }

    fn texts(&self) -> f64 {
        (self.played.texts as f64).max(1.0)
    }

    fn all(&self) -> Vec<&str> {
        let functions: BTreeSet<_> = self.lines.iter().map(|line| line.function.as_str()).collect();
        functions.into_iter().collect()
    }

    /// The page.
    pub(crate) fn markdown(&self) -> String {
        let mut page = String::new();
        self.head(&mut page);
        self.by_function(&mut page);
        self.by_operation(&mut page);
        self.functions(&mut page);
        self.growth(&mut page);
        self.years(&mut page);
        self.idle(&mut page);
        page
    }

    fn head(&self, page: &mut String) {
        let Played { contacts, rows, texts, replies, took, .. } = self.played;
        let all = self.all();
        let total = self.per_million(&all, None);
        let pence = self.prices.pence(total) / 1e6;
        put(page, "# The bill, counted\n");
        put(
            page,
            &format!(
                "{contacts} contacts of {rows} logs; {texts} texts taken by the supplier, {replies} replies; {:.0} s.\n\
             Prices of {} as of {}: {}.\n\
             Pounds at ${} ({}: {}).\n",
                took.as_secs_f64(),
                self.prices.region,
                self.prices.as_of,
                self.prices.source,
                self.prices.dollars_a_pound,
                self.prices.dollars_a_pound_as_of,
                self.prices.dollars_a_pound_source,
            ),
        );
        put(
            page,
            &format!(
                "**{pence:.5} pence a text; ${total:.2} for a million texts**, nothing taken for free:\n"
            ),
        );
        put(page, "| part | $ a million texts | $ each |\n|---|--:|---|");
        for (part, functions) in PARTS {
            let dollars = self.per_million(functions, None);
            let (each, of) = match part {
                "reading extracts" => (self.texts() / *rows as f64, "a million logs"),
                _ => (1.0, "a million texts"),
            };
            put(page, &format!("| {part} | {dollars:.2} | {:.2} {of} |", dollars * each));
        }
        put(page, "");
    }

    fn by_function(&self, page: &mut String) {
        put(page, "## By function and service, $ for a million texts\n");
        put(page, &format!("| function | {} | all |", SERVICES.join(" | ")));
        put(page, &format!("|---|{}", "--:|".repeat(SERVICES.len() + 1)));
        for function in self.all() {
            let cells: Vec<_> =
                SERVICES.iter().map(|s| cell(self.per_million(&[function], Some(s)))).collect();
            let all = self.per_million(&[function], None);
            put(page, &format!("| {function} | {} | {all:.2} |", cells.join(" | ")));
        }
        let all = self.all();
        let cells: Vec<_> =
            SERVICES.iter().map(|s| cell(self.per_million(&all, Some(s)))).collect();
        put(
            page,
            &format!(
                "| **all** | {} | **{:.2}** |\n",
                cells.join(" | "),
                self.per_million(&all, None)
            ),
        );
    }

    fn by_operation(&self, page: &mut String) {
        put(page, "## By operation, dearest first\n");
        put(
            page,
            "| function | service | what | a text | unit | $ a million texts |\n|---|---|---|--:|---|--:|",
        );
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by(|a, b| b.dollars.total_cmp(&a.dollars));
        for line in lines {
            let dollars = line.dollars / self.texts() * 1e6;
            if dollars < 0.005 {
                continue;
            }
            put(
                page,
                &format!(
                    "| {} | {} | {} | {:.6} | {} | {dollars:.3} |",
                    line.function,
                    line.service,
                    line.what,
                    line.units / self.texts(),
                    line.unit
                ),
            );
        }
        put(page, "\nCalls, as counted and not as they are charged:\n");
        put(
            page,
            "| function | service | operation | calls a text | refused or failed | bytes there | bytes back | units a call |\n|---|---|---|--:|--:|--:|--:|--:|",
        );
        for (call, tally) in &self.played.all.calls {
            // Units alone are left where a schedule's empty run asks as often.
            let each = |figure: u64| figure as f64 / (tally.calls as f64).max(1.0);
            put(
                page,
                &format!(
                    "| {} | {} | {} | {:.3} | {} | {:.0} | {:.0} | {:.2} |",
                    call.caller,
                    call.service,
                    call.operation,
                    tally.calls as f64 / self.texts(),
                    tally.failed,
                    each(tally.sent_bytes),
                    each(tally.received_bytes),
                    tally.capacity / (tally.calls as f64).max(1.0),
                ),
            );
        }
        put(page, "");
    }

    fn functions(&self, page: &mut String) {
        let messages = messages(self.played);
        put(page, "## The functions' runs\n");
        put(
            page,
            "| function | runs a text | messages a run | ms charged a run | ms here a run | of which busy | log lines a text | log bytes a text |\n|---|--:|--:|--:|--:|--:|--:|--:|",
        );
        for (function, ran) in &self.played.all.functions {
            // Of what a schedule wakes only the work is left, and no run.
            if ran.invocations == 0 {
                continue;
            }
            let runs = ran.invocations as f64;
            let calls = self.played.all.calls.iter().filter(|(call, _)| call.caller == *function);
            let calls = calls.map(|(_, tally)| tally.calls).sum();
            let brought = messages.get(function).copied().unwrap_or_default();
            let memory = self.memory_mb.get(*function).copied().unwrap_or(128.0);
            let ms = billed_ms(function, *ran, calls, brought, memory);
            put(
                page,
                &format!(
                    "| {function} | {:.4} | {:.1} | {:.0} | {:.0} | {:.1} | {:.3} | {:.0} |",
                    runs / self.texts(),
                    brought as f64 / runs,
                    ms / runs,
                    ran.wall_ms as f64 / runs,
                    ran.busy_ms as f64 / runs,
                    ran.lines as f64 / self.texts(),
                    ran.log_bytes as f64 / self.texts(),
                ),
            );
        }
        put(
            page,
            &format!(
                "\nIn life `report` reads every text {} times and `reconcile` lists every reply {} times; the dollars above are for that many. What a schedule's run takes whatever there is to do is with the idle month.\n",
                times("report"),
                times("reconcile")
            ),
        );
    }

    fn growth(&self, page: &mut String) {
        put(page, "## Whether it grows\n");
        put(
            page,
            "Up to so many contacts, by the text; of `ingest`, `send`, `webhook` and `feedback`.\n",
        );
        put(
            page,
            "| contacts | texts | calls | units written | units read | log bytes |\n|--:|--:|--:|--:|--:|--:|",
        );
        for mark in &self.played.marks {
            let each = |figure: f64| figure / (mark.texts as f64).max(1.0);
            put(
                page,
                &format!(
                    "| {} | {} | {:.3} | {:.3} | {:.3} | {:.0} |",
                    mark.contacts,
                    mark.texts,
                    each(mark.calls as f64),
                    each(mark.written),
                    each(mark.read),
                    each(mark.log_bytes as f64),
                ),
            );
        }
        put(page, "");
    }

    fn years(&self, page: &mut String) {
        put(page, "## A year\n");
        put(
            page,
            "| texts a year | use | storage | schedules, polls, alarms, metrics | together | in pounds | after what is free |\n|--:|--:|--:|--:|--:|--:|--:|",
        );
        for texts in YEARS {
            let used = self.per_million(&self.all(), None) * texts / 1e6;
            let stored = self.storage(texts);
            let metrics = METRICS * self.prices.a_month("metric").unwrap_or_default();
            let idle = self.idle.iter().map(|idle| idle.dollars).sum::<f64>() + metrics;
            let idle = idle * 12.0;
            let all = used + stored + idle;
            let free = self.free(texts).min(all);
            put(
                page,
                &format!(
                    "| {texts} | ${used:.2} | ${stored:.2} | ${idle:.2} | ${all:.2} | £{:.2} | ${:.2} |",
                    all / self.prices.dollars_a_pound,
                    all - free
                ),
            );
        }
        put(page, "");
    }

    /// What lies in the table in the third year, by when as much goes as comes, with its backup.
    fn storage(&self, texts: f64) -> f64 {
        let price = |what| self.prices.a_month(what).unwrap_or_default();
        self.stored_gb(texts) * 12.0 * (price("dynamodb_gb") + price("dynamodb_backup_gb"))
    }

    /// Contacts stay three years and logs thirteen months: two years of both is near enough.
    fn stored_gb(&self, texts: f64) -> f64 {
        let contacts = self.played.contacts as f64 / self.texts() * texts;
        contacts * self.played.stored_bytes as f64 * 2.0 / 1e9
    }

    /// What AWS gives every account for ever, of what such a year takes.
    fn free(&self, texts: f64) -> f64 {
        let metrics = METRICS.min(self.prices.free("metric"));
        let metrics = metrics * self.prices.a_month("metric").unwrap_or_default();
        let mut given = (self.idle.iter().map(|idle| idle.free).sum::<f64>() + metrics) * 12.0;
        for (service, unit, price, name) in [
            ("Lambda", "runs", "lambda_request", "lambda_request"),
            ("Lambda", "GB-s", "lambda_gb_second_arm64", "lambda_gb_second_arm64"),
            ("Logs", "GB", "log_gb", "log_gb"),
            ("KMS", "requests", "kms_request", "kms_request"),
            ("SNS", "requests", "sns_publish", "sns_publish"),
        ] {
            let lines =
                self.lines.iter().filter(|line| line.service == service && line.unit == unit);
            let units = lines.map(|line| line.units).sum::<f64>() / self.texts() * texts / 12.0;
            let price = self.prices.each(price).unwrap_or_default();
            given += units.min(self.prices.free(name)) * price * 12.0;
        }
        let stored = self.stored_gb(texts).min(self.prices.free("dynamodb_gb"));
        given + stored * self.prices.a_month("dynamodb_gb").unwrap_or_default() * 12.0
    }

    fn idle(&self, page: &mut String) {
        put(page, "## A month in which nobody is texted\n");
        put(
            page,
            "At default parameters, read from `infra/template.yaml`; what AWS gives every account for ever in a column of its own.\n",
        );
        put(
            page,
            "| what | how many | at its price | free for ever | to pay |\n|---|--:|--:|--:|--:|",
        );
        for Idle { what, units, unit, dollars, free } in self.idle {
            put(
                page,
                &format!(
                    "| {what} | {units:.3} {unit} | ${dollars:.4} | ${free:.4} | ${:.4} |",
                    dollars - free
                ),
            );
        }
        let all: f64 = self.idle.iter().map(|idle| idle.dollars).sum();
        put(page, &format!("| **all** | | **${all:.4}** | | **${:.4}** |\n", self.idle_to_pay()));
        let kinds: Vec<_> =
            self.template.quiet().iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        put(page, &format!("The template has: {}.", kinds.join(", ")));
    }

    fn idle_to_pay(&self) -> f64 {
        self.idle.iter().map(|idle| idle.dollars - idle.free).sum()
    }

    /// The same as figures. `compared` are whole numbers that come out alike in every run.
    pub(crate) fn json(&self) -> Value {
        let mut compared: BTreeMap<String, u64> = BTreeMap::new();
        let mut put = |name: String, figure: f64| {
            if figure >= COMPARED_FROM {
                compared.insert(name, whole(figure));
            }
        };
        let a_thousand = |figure: f64| figure / self.texts() * 1_000.0;
        let mut capacity: BTreeMap<&str, f64> = BTreeMap::new();
        for (call, tally) in &self.played.all.calls {
            // How often a function starts anew is the machine's doing.
            if call.service != "ssm" {
                let name = format!("calls/{}/{}/{}", call.caller, call.service, call.operation);
                put(name, a_thousand(tally.calls as f64));
            }
            *capacity.entry(&call.caller).or_default() += tally.capacity;
        }
        for (function, units) in capacity {
            put(format!("capacity/{function}"), a_thousand(units));
        }
        for (function, ran) in &self.played.all.functions {
            put(format!("log-bytes/{function}"), a_thousand(ran.log_bytes as f64));
        }
        let parts: BTreeMap<_, _> =
            PARTS.map(|(part, functions)| (part, self.per_million(functions, None))).into();
        let functions: BTreeMap<_, _> = self
            .all()
            .into_iter()
            .map(|function| {
                let services: BTreeMap<_, _> =
                    SERVICES.map(|s| (s, self.per_million(&[function], Some(s)))).into();
                (function, services)
            })
            .collect();
        json!({
            "contacts": self.played.contacts,
            "logs": self.played.rows,
            "texts": self.played.texts,
            "replies": self.played.replies,
            "stored_bytes_a_contact": self.played.stored_bytes,
            "dollars_a_million_texts": self.per_million(&self.all(), None),
            "parts": parts,
            "functions": functions,
            "idle_dollars_a_month": self.idle.iter().map(|idle| idle.dollars).sum::<f64>(),
            "idle_dollars_a_month_to_pay": self.idle_to_pay(),
            "a_thousand_texts": compared,
        })
    }
}

fn cell(dollars: f64) -> String {
    if dollars < 0.0005 { String::new() } else { format!("{dollars:.3}") }
}

fn put(page: &mut String, line: &str) {
    // Writing to a text does not fail.
    writeln!(page, "{line}").ok();
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, rounded")]
fn whole(figure: f64) -> u64 {
    figure.round() as u64
}

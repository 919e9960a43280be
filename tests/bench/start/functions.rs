//! What is measured: the functions, what each is given, and the peer.

use std::path::PathBuf;

use adapters::links::Links;
use anyhow::Context as _;
use domain::desk::TaskId;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::cloud;
use crate::seed::{self, BATCH};

/// Something that runs on Lambda.
pub(crate) struct Function {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// How it is started.
    pub(crate) program: PathBuf,
    /// With what.
    pub(crate) args: Vec<String>,
    /// What its environment has beside what all have.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// How much later than the others it runs, in seconds.
    pub(crate) later: i64,
    /// The invocations of one batch.
    pub(crate) batch: Vec<Value>,
    /// How many events these are.
    pub(crate) events: usize,
    /// What an event is.
    pub(crate) unit: &'static str,
    /// What the batch must have called so often at the least, or it was not done.
    pub(crate) proof: (&'static str, u64),
}

/// The call that shows that a batch was worked on.
const TEXTS: (&str, u64) = (cloud::TEXTED, BATCH as u64);

/// The parameters, by name.
pub(crate) const PARAMETERS: [(&str, &str); 4] = [
    ("/aftercall/local/pepper", "a pepper for tests, and for tests only"),
    ("/aftercall/local/link-keys", "a-link-key-for-this-machine-only-of-32-bytes"),
    ("/aftercall/local/notify/callback-tokens", "a-callback-token-for-this-machine-only"),
    (
        "/aftercall/local/notify/api-key",
        "bench-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0",
    ),
];

/// The functions of `infra/template.yaml`, in the order of the README.
pub(crate) fn ours(
    binaries: &std::path::Path,
    contacts: &[String],
) -> anyhow::Result<Vec<Function>> {
    let event = |text: &str| serde_json::from_str::<Value>(text);
    let function = |name, table: &str, batch, events, unit, proof| Function {
        name,
        program: binaries.join(name),
        args: Vec::new(),
        variables: variables(table),
        later: 0,
        batch,
        events,
        unit,
        proof,
    };
    let landed = event(include_str!("../../../events/ingest/object-created.json"))?;
    let schedule = event(include_str!("../../../events/dispatch/schedule.json"))?;
    let days = event(include_str!("../../../events/report/days.json"))?;
    let rows = include_str!("../../../events/ingest/storm-week.csv").lines().count() - 1;
    let to_send = to_send(contacts)?;
    let told = contacts.iter().enumerate().map(|(number, contact)| {
        if number % 2 == 0 {
            json!({ "type": "receipt_v1", "supplier": "notify", "contact": contact,
                "receipt": "delivered", "at": seed::NOW })
        } else {
            json!({ "type": "reply_v1", "supplier": "notify", "message": seed::message(number) })
        }
    });
    let inbound = queue(include_str!("../../../events/feedback/queue.json"), told)?;
    let mut all = vec![
        function("ingest", seed::EMPTY, vec![landed], rows, "row", ("S3.GET", 1)),
        function(
            "dispatch",
            seed::PLANNED,
            vec![schedule.clone()],
            BATCH,
            "contact",
            ("AmazonSQS.SendMessageBatch", 1),
        ),
        function("send", seed::QUEUED, vec![to_send], BATCH, "text", TEXTS),
        function(
            "webhook",
            seed::EMPTY,
            calls()?,
            BATCH,
            "call",
            ("AmazonSQS.SendMessageBatch", BATCH as u64),
        ),
        function(
            "alarm",
            seed::EMPTY,
            visits()?,
            BATCH,
            "visit",
            ("DynamoDB_20120810.GetItem", BATCH as u64),
        ),
        function(
            "feedback",
            seed::TEXTED,
            vec![inbound],
            BATCH,
            "message",
            ("DynamoDB_20120810.UpdateItem", 5),
        ),
        function(
            "reconcile",
            seed::TEXTED,
            vec![schedule],
            BATCH,
            "contact",
            ("Notify.GET /v2/notifications", BATCH as u64),
        ),
        function("report", seed::TEXTED, vec![days], 1, "report", ("S3.PUT", 1)),
    ];
    // A receipt has a quarter of an hour before the supplier is asked.
    for function in all.iter_mut().filter(|function| function.name == "reconcile") {
        function.later = 3600;
    }
    Ok(all)
}

/// What a team would write instead, doing the work of `send` and of `webhook`.
pub(crate) fn peer(python: PathBuf, contacts: &[String]) -> anyhow::Result<Vec<Function>> {
    let function = |name, module: &str, batch, proof| {
        Function {
            name,
            program: python.clone(),
            args: ["-m", "awslambdaric", module].map(str::to_owned).to_vec(),
            variables: variables("peer"),
            later: 0,
            batch: vec![],
            events: BATCH,
            unit: "",
            proof,
        }
        .given(batch)
    };
    let told = contacts.iter().map(|contact| json!({ "contact": contact }));
    let to_send = queue(include_str!("../../../events/send/queue.json"), told)?;
    Ok(vec![
        function("send (Python)", "send.handler", vec![to_send], TEXTS),
        function(
            "webhook (Python)",
            "webhook.handler",
            calls()?,
            ("AmazonSQS.SendMessage", BATCH as u64),
        ),
    ])
}

impl Function {
    fn given(self, batch: Vec<Value>) -> Self {
        Self { batch, ..self }
    }
}

/// What `infra/template.yaml` sets, for all alike.
fn variables(table: &str) -> Vec<(&'static str, String)> {
    let topic = "arn:aws:sns:eu-west-2:000000000000:aftercall-local-alerts";
    [
        ("STAGE", "local"),
        ("TABLE_NAME", table),
        ("BUCKET_NAME", "aftercall-local-000000000000"),
        ("ALERT_TOPIC_ARN", topic),
        ("ALARM_URL", "https://localhost/alerts"),
        ("RING_AGAIN_MINUTES", "10"),
        ("SEND_CONCURRENCY", "1"),
        ("NOTIFY_TEMPLATE_ID", "f33517ff-2a88-4f6e-b855-c550268ce08a"),
        // So many that nobody waits for a turn.
        ("NOTIFY_PER_SECOND", "4000000000"),
        ("PEPPER_PARAMETER", PARAMETERS[0].0),
        ("LINK_KEYS_PARAMETER", PARAMETERS[1].0),
        ("NOTIFY_CALLBACK_TOKENS_PARAMETER", PARAMETERS[2].0),
        ("NOTIFY_API_KEY_PARAMETER", PARAMETERS[3].0),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// `send` as it is deployed: one of so many at once, which share the supplier's pace.
pub(crate) fn at_pace(
    binaries: &std::path::Path,
    concurrency: usize,
    per_second: u32,
) -> anyhow::Result<Function> {
    let mut send = ours(binaries, &[])?;
    send.retain(|function| function.name == "send");
    let mut send = send.pop().context("send")?;
    // The last of a name counts.
    send.variables.push(("SEND_CONCURRENCY", concurrency.to_string()));
    send.variables.push(("NOTIFY_PER_SECOND", per_second.to_string()));
    Ok(send)
}

/// A batch of the send queue with these contacts.
pub(crate) fn to_send(contacts: &[String]) -> anyhow::Result<Value> {
    let told = contacts.iter().map(|id| json!({ "type": "contact_v1", "contact": id }));
    queue(include_str!("../../../events/send/queue.json"), told)
}

/// A batch of a queue with these bodies, made of the first message of a sample.
fn queue(sample: &str, bodies: impl Iterator<Item = Value>) -> anyhow::Result<Value> {
    let mut event: Value = serde_json::from_str(sample)?;
    let records = event["Records"].as_array_mut().context("Records")?;
    let first = records.first().context("a record")?.clone();
    *records = bodies
        .enumerate()
        .map(|(number, body)| {
            let mut record = first.clone();
            record["messageId"] = json!(format!("2d934649-b7ef-4621-b24a-b68737969{number:03}"));
            record["body"] = json!(body.to_string());
            record
        })
        .collect();
    Ok(event)
}

/// Ten calls of the supplier: receipts and replies in turn.
fn calls() -> anyhow::Result<Vec<Value>> {
    let receipt: Value =
        serde_json::from_str(include_str!("../../../events/webhook/receipt.json"))?;
    let reply: Value = serde_json::from_str(include_str!("../../../events/webhook/inbound.json"))?;
    Ok([receipt, reply].into_iter().cycle().take(BATCH).collect())
}

/// Ten visits by links that are ours; their tasks are closed and gone.
fn visits() -> anyhow::Result<Vec<Value>> {
    let links = Links::new(&SecretString::from(PARAMETERS[1].1), "https://localhost/alerts")?;
    let now = seed::NOW.parse()?;
    let visit = |number: usize| {
        let task = TaskId { supplier: "notify".to_owned(), message: format!("gone-{number}") };
        let link = links.to(&task, now);
        let query = link.split_once('?').map(|(_, query)| query);
        let mut event: Value =
            serde_json::from_str(include_str!("../../../events/alarm/look.json"))?;
        event["rawQueryString"] = json!(query);
        event["pathParameters"]["message"] = json!(task.message);
        Ok(event)
    };
    (0..BATCH).map(visit).collect()
}

/// The peer's table.
pub(crate) const PEER_TABLE: &str = "peer";

/// What the peer's table has of a contact: as much as ours, in one item where ours are several.
pub(crate) fn of_the_peer(id: &str) -> [Value; 3] {
    let text = |value: &str| json!({ "S": value });
    let person = id.split('-').next().unwrap_or_default();
    let number: u32 = id.bytes().map(u32::from).sum::<u32>() % 1000;
    [
        json!({
            "id": text(&format!("contact#{id}")), "person": text(person), "log": text(&format!("log#{id}")),
            "status": text("queued"), "campaign": text("highways"),
        }),
        json!({ "id": text(&format!("person#{person}")), "mobile": text(&format!("+447700900{number:03}")) }),
        json!({
            "id": text(&format!("log#{id}")), "status": text("closed"), "attended": { "BOOL": true },
            "text": text("Herts Police: you told us about a blocked road on 3 March. We sent a unit and the road is clear. How did we do, from 1 (poor) to 5 (very good)? Reply STOP to opt out."),
        }),
    ]
}

//! The deployed template and what surrounds it: secrets, supplier, published rules, a moved clock.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use adapters::clock::Clock;
use adapters::config::Stage;
use adapters::table::Table;
use anyhow::{Context as _, bail, ensure};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::types::{Environment, ScalingConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_ssm::types::ParameterType;
use domain::approval::Who;
use domain::campaign::{CampaignFile, CampaignId};
use domain::contact::{Contact, State};
use domain::figures::Period;
use domain::followup::FollowUp;
use domain::ports::{FollowUps as _, Ledger as _};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::emulator::{Emulator, root};
use crate::proxy::Proxy;
use crate::supplier::{Behaviour, Callback, Settings, Supplier};

/// The stack's name, and the stage in every name of it.
pub const STACK: &str = "aftercall-local";

/// The functions, by folder.
pub const FUNCTIONS: [&str; 8] =
    ["alarm", "dispatch", "feedback", "ingest", "reconcile", "report", "send", "webhook"];

const DEPLOY_BUCKET: &str = "aftercall-local-deploy";
const TEMPLATE_ID: &str = "f33517ff-2a88-4f6e-b855-c550268ce08a";
/// The Notify key of this stack.
pub const API_KEY: &str =
    "local-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";
const CALLBACK_TOKEN: &str = "a-callback-token-for-this-machine-only";
/// What calls of Twilio are signed with.
pub const TWILIO_TOKEN: &str = "an-auth-token-for-this-machine-only";
const LINK_KEY: &str = "a-link-key-for-this-machine-only-of-32-bytes";
/// The key of the keyed hash by which a number becomes a person.
pub const PEPPER: &str = "a pepper for this machine only, of more than 32 bytes";

/// The moment at which the sample week is over: the Tuesday after it, in office hours.
pub const SAMPLE_NOW: &str = "2026-03-10T10:00:00Z";

/// The schedules of `dispatch` and `reconcile`: as often as AWS lets them, and as seldom as we do.
pub const OFTEN: &[&str] = &["DispatchRate='rate(1 minute)'", "ReconcileRate='rate(1 minute)'"];
/// The same, and a key of the stack's own.
const OFTEN_WITH_A_KEY: &[&str] = &[OFTEN[0], OFTEN[1], "UseCustomerKey=true"];
/// So seldom that whoever plays can wake the functions at times of their own.
pub const SELDOM: &[&str] =
    &["DispatchRate='rate(15 minutes)'", "ReconcileRate='rate(59 minutes)'"];

/// How long the supplier may take to finish what it was handed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running stack, which ends with everything in it when it is dropped.
pub struct Stack {
    /// The local AWS.
    pub emulator: Emulator,
    /// The stand-in supplier.
    pub supplier: Supplier,
    /// An administrator's clients are built from this.
    pub aws: SdkConfig,
    /// What the functions ask AWS through, where the stack was started with one.
    pub proxy: Option<Proxy>,
    /// The outputs of the template.
    pub outputs: HashMap<String, String>,
    /// The stack's clock.
    pub clock: Clock,
    clock_offset: i64,
}

impl Stack {
    /// Starts everything and deploys the template, telling each step before it begins.
    ///
    /// # Errors
    /// Something is not installed, not built, or does not come up.
    pub async fn start(
        now: &str,
        behaviour: Behaviour,
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        Self::start_seeded(0, now, behaviour, tell).await
    }

    /// The same, with the supplier's chances thrown from this seed.
    ///
    /// # Errors
    /// Something is not installed, not built, or does not come up.
    pub async fn start_seeded(
        seed: u64,
        now: &str,
        behaviour: Behaviour,
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        Self::by_itself(seed, now, behaviour, OFTEN, tell).await
    }

    /// The same, with a key of the stack's own that numbers are sealed with.
    ///
    /// # Errors
    /// Something is not installed, not built, or does not come up.
    pub async fn start_with_a_key(
        now: &str,
        behaviour: Behaviour,
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        Self::by_itself(0, now, behaviour, OFTEN_WITH_A_KEY, tell).await
    }

    /// The same, with a proxy between the functions and the local AWS, which counts and refuses.
    ///
    /// # Errors
    /// Something is not installed, not built, or does not come up.
    pub async fn start_behind_a_proxy(
        now: &str,
        behaviour: Behaviour,
        schedules: &[&str],
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        tell("starting the local AWS, a proxy before it and the stand-in supplier");
        let (emulator, proxy) = Emulator::start_behind_a_proxy().await?;
        Self::on(emulator, Some(proxy), 0, now, behaviour, schedules, tell).await
    }

    /// The same, to be counted: logs as they are on AWS, and the schedules so slow that whoever counts
    /// can wake the functions at times of their own.
    ///
    /// # Errors
    /// Something is not installed, not built, or does not come up.
    pub async fn start_for_the_bill(
        now: &str,
        behaviour: Behaviour,
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        tell("starting the local AWS, a proxy before it and the stand-in supplier");
        let (emulator, proxy) = Emulator::start_for_the_bill().await?;
        proxy.ask_for_capacity(true);
        Self::on(emulator, Some(proxy), 0, now, behaviour, SELDOM, tell).await
    }

    /// With nothing between the functions and the local AWS.
    async fn by_itself(
        seed: u64,
        now: &str,
        behaviour: Behaviour,
        parameters: &[&str],
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        tell("starting the local AWS and the stand-in supplier");
        let emulator = Emulator::start().await?;
        Self::on(emulator, None, seed, now, behaviour, parameters, tell).await
    }

    async fn on(
        emulator: Emulator,
        proxy: Option<Proxy>,
        seed: u64,
        now: &str,
        behaviour: Behaviour,
        parameters: &[&str],
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        let clock_offset = offset_to(now)?;
        let clock = Clock::new(Stage::Local, clock_offset)?;
        let mut settings = Settings::new(API_KEY, TEMPLATE_ID)?;
        settings.clock_offset_seconds = clock_offset;
        settings.behaviour = behaviour;
        settings.seed = seed;
        let supplier = Supplier::start(settings).await?;
        let aws = emulator.aws().await?;
        secrets(&aws).await?;
        tell("deploying infra/template.yaml with sam");
        deploy(&emulator, &aws, supplier.base_url(), clock_offset, parameters).await?;
        limit_send(&aws).await?;
        let outputs = outputs(&aws).await?;
        if let Some(proxy) = &proxy {
            introduce(proxy, &aws).await?;
        }
        let stack = Self { emulator, supplier, aws, proxy, outputs, clock, clock_offset };
        let url = stack.callback_url()?;
        stack.supplier.call_back(
            Some(Callback::new(&format!("{url}/notify/receipt"), CALLBACK_TOKEN)),
            Some(Callback::new(&format!("{url}/notify/inbound"), CALLBACK_TOKEN)),
        );
        tell("publishing prices, the force profile and the pilot campaign with aftercall");
        stack.aftercall(&["publish", "infra/prices.toml", "infra/forces/hertfordshire.toml"])?;
        let campaign = "infra/campaigns/highways.toml";
        stack.aftercall(&["approve", campaign, "--by", "Insp Khan"])?;
        stack.aftercall(&["publish", campaign, "--by", "Sgt Bell"])?;
        Ok(stack)
    }

    /// Puts a campaign in force without the command line, which refuses some that a test needs.
    ///
    /// # Errors
    /// The table's.
    pub async fn put_in_force(&self, file: &CampaignFile) -> anyhow::Result<()> {
        let table = self.table()?;
        let id = CampaignId::parse(&file.name).context("the campaign's name")?;
        let now = self.clock.now();
        let who = |name: &str| Who { name: name.to_owned(), principal: None };
        let base = table.shelf(&id).await?.base();
        table.approve_campaign(file, base, &who("Insp Khan"), now).await?;
        table.publish_campaign(file, &who("Sgt Bell"), now).await??;
        Ok(())
    }

    /// Where suppliers call.
    ///
    /// # Errors
    /// The template has no such output.
    pub fn callback_url(&self) -> anyhow::Result<String> {
        let api = self.output("ApiId")?;
        Ok(format!("{}/_aws/execute-api/{api}/$default/callbacks", self.emulator.url()))
    }

    /// Where an alarm's link leads on this machine: the local AWS serves the API at a place of its own.
    ///
    /// # Errors
    /// The template has no such output.
    pub fn alarm_link(&self, link: &str) -> anyhow::Result<String> {
        let public = self.output("AlarmUrl")?.trim_end_matches("/alerts").to_owned();
        let api = self.output("ApiId")?;
        let here = format!("{}/_aws/execute-api/{api}/$default", self.emulator.url());
        Ok(link.replace(&public, &here))
    }

    /// The bearer token suppliers call with.
    pub fn callback_token(&self) -> &'static str {
        CALLBACK_TOKEN
    }

    /// An output of the template.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn output(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.outputs.get(name).map(String::as_str);
        value.with_context(|| format!("the template has no output {name}"))
    }

    /// What the functions ask AWS through.
    ///
    /// # Errors
    /// The stack was started without one.
    pub fn proxy(&self) -> anyhow::Result<&Proxy> {
        self.proxy.as_ref().context("the stack has no proxy; start it behind one")
    }

    /// The table, read as an administrator.
    ///
    /// # Errors
    /// The template has no such output.
    pub fn table(&self) -> anyhow::Result<Table> {
        Ok(Table::new(&self.aws, self.output("TableName")?.to_owned(), self.clock))
    }

    /// Every contact there is.
    ///
    /// # Errors
    /// The table fails.
    pub async fn contacts(&self) -> anyhow::Result<Vec<Contact>> {
        self.table()?.planned_within(Period::daily(self.clock.now())).await
    }

    /// Everything else that was said, or is to be.
    ///
    /// # Errors
    /// The table fails.
    pub async fn follow_ups(&self) -> anyhow::Result<Vec<FollowUp>> {
        self.table()?.follow_ups_within(Period::daily(self.clock.now())).await
    }

    /// Runs `aftercall` as an operator would and gives what it printed.
    ///
    /// # Errors
    /// It is not built, or ended with another code than 0.
    pub fn aftercall(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.run(arguments)?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "aftercall {}: {stderr}", arguments.join(" "));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The same, whatever it ends with.
    ///
    /// # Errors
    /// It is not built.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let program = program("aftercall")?;
        Command::new(&program)
            .current_dir(root())
            .envs(self.operator())
            .args(arguments)
            .output()
            .with_context(|| format!("run {}", program.display()))
    }

    /// The environment an operator of this stack works in.
    pub fn operator(&self) -> Vec<(&'static str, String)> {
        let mut environment = self.emulator.environment();
        environment.push(("AFTERCALL_STAGE", "local".to_owned()));
        environment.push(("AFTERCALL_CLOCK_OFFSET_SECONDS", self.clock_offset.to_string()));
        environment
    }

    /// Puts an extract into the bucket, as the force's nightly job would.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn upload(&self, key: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.s3()
            .put_object()
            .bucket(self.output("BucketName")?)
            .key(key)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .with_context(|| format!("upload {key}"))?;
        Ok(())
    }

    /// Reads an object of the bucket; `None` when it is not there.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn read(&self, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let answer = self.s3().get_object().bucket(self.output("BucketName")?).key(key).send();
        match answer.await {
            Ok(object) => Ok(Some(object.body.collect().await?.into_bytes().to_vec())),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {key}")),
        }
    }

    /// The keys of the bucket.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn keys(&self) -> anyhow::Result<Vec<String>> {
        let listed = self.s3().list_objects_v2().bucket(self.output("BucketName")?).send().await?;
        Ok(listed.contents().iter().filter_map(|o| o.key().map(str::to_owned)).collect())
    }

    /// Wakes a function with an event and gives its answer.
    ///
    /// # Errors
    /// The function failed.
    pub async fn invoke(&self, function: &str, event: &str) -> anyhow::Result<String> {
        // A run may take its function's time, and one that took long is not to be had twice.
        let patient = aws_sdk_lambda::config::Builder::from(&self.aws)
            .timeout_config(TimeoutConfig::disabled())
            .retry_config(RetryConfig::disabled());
        let answer = aws_sdk_lambda::Client::from_conf(patient.build())
            .invoke()
            .function_name(format!("{STACK}-{function}"))
            .payload(aws_sdk_lambda::primitives::Blob::new(event))
            .send()
            .await
            .with_context(|| format!("invoke {function}"))?;
        let payload = answer.payload().map(|blob| blob.as_ref().to_vec()).unwrap_or_default();
        let payload = String::from_utf8_lossy(&payload).into_owned();
        ensure!(answer.function_error().is_none(), "{function} failed: {payload}");
        Ok(payload)
    }

    /// How many messages a queue holds, waiting and in flight.
    ///
    /// # Errors
    /// The queue fails.
    pub async fn waiting(&self, output: &str) -> anyhow::Result<u64> {
        use aws_sdk_sqs::types::QueueAttributeName as Name;
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        let answer = aws_sdk_sqs::Client::new(&self.aws)
            .get_queue_attributes()
            .queue_url(self.output(output)?)
            .set_attribute_names(Some(names.to_vec()))
            .send()
            .await?;
        let numbers = answer.attributes().map(HashMap::values);
        Ok(numbers.into_iter().flatten().filter_map(|n| n.parse::<u64>().ok()).sum())
    }

    /// Whether nothing moves any more: nothing is due, queued, claimed or unread, and the supplier
    /// has said everything.
    ///
    /// # Errors
    /// A part of the stack fails.
    pub async fn is_quiet(&self) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let moving = |contact: &Contact| match contact.state {
            State::Planned => contact.due_at <= now,
            State::Queued | State::Claimed | State::Accepted | State::Unknown => true,
            State::Delivered
            | State::Undelivered
            | State::Refused
            | State::Parked
            | State::Cancelled
            | State::Control => false,
        };
        Ok(self.supplier.is_settled()
            && self.waiting("SendQueueUrl").await? == 0
            && self.waiting("InboundQueueUrl").await? == 0
            && !self.contacts().await?.iter().any(moving)
            && !self.follow_ups().await?.iter().any(|f| !f.state.is_settled() && f.due_at <= now))
    }

    /// Everything the functions wrote to their logs.
    ///
    /// # Errors
    /// The log service fails.
    pub async fn function_logs(&self) -> anyhow::Result<String> {
        let mut all = String::new();
        for function in FUNCTIONS {
            all.push_str(&self.log_of(function).await?);
        }
        Ok(all)
    }

    /// Everything one function wrote to its log; nothing where it never ran.
    ///
    /// # Errors
    /// The log service fails.
    pub async fn log_of(&self, function: &str) -> anyhow::Result<String> {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.aws);
        let mut log = String::new();
        let mut token = None;
        loop {
            let page = client
                .filter_log_events()
                .log_group_name(format!("/aws/lambda/{STACK}-{function}"))
                .set_next_token(token)
                .send()
                .await
                .with_context(|| format!("read the log of {function}"))?;
            for event in page.events() {
                log.push_str(event.message().unwrap_or_default());
                log.push('\n');
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(log);
            }
        }
    }

    /// Lets a function take messages off its queue, or not.
    ///
    /// # Errors
    /// It has no such trigger.
    pub async fn trigger(&self, function: &str, on: bool) -> anyhow::Result<()> {
        let lambda = aws_sdk_lambda::Client::new(&self.aws);
        let id = trigger_of(&self.aws, function).await?;
        lambda.update_event_source_mapping().uuid(id).enabled(on).send().await?;
        Ok(())
    }

    /// Sets a variable of a function and leaves the others; what it is doing is cut off, and it reads
    /// its secrets anew.
    ///
    /// # Errors
    /// The function cannot be changed.
    pub async fn set_variable(
        &self,
        function: &str,
        variable: &str,
        value: &str,
    ) -> anyhow::Result<()> {
        set_variable(&aws_sdk_lambda::Client::new(&self.aws), function, variable, value).await
    }

    /// Moves everybody's clock: the functions', the supplier's and the stack's own.
    ///
    /// Time must not jump under a text on its way, or a lease would end early that in truth had not:
    /// so nothing new is sent, what is being sent ends, and the supplier finishes what it was handed.
    /// `reconcile`, which judges by how long ago a text was sent, hears of the new time last.
    ///
    /// # Errors
    /// A function cannot be changed, or the supplier does not finish.
    pub async fn move_clock(&mut self, by: SignedDuration) -> anyhow::Result<()> {
        let lambda = aws_sdk_lambda::Client::new(&self.aws);
        let offset = self.clock_offset + by.as_secs();
        let send = format!("{STACK}-send");
        let halt = lambda.put_function_concurrency().function_name(&send);
        halt.reserved_concurrent_executions(0).send().await.context("halt send")?;
        set_clock(&lambda, "send", offset).await?;
        let started = Instant::now();
        while !self.supplier.is_settled() {
            ensure!(started.elapsed() < PATIENCE, "the supplier did not finish in {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.supplier.move_clock(by);
        for function in FUNCTIONS {
            if function != "send" && function != "reconcile" {
                set_clock(&lambda, function, offset).await?;
            }
        }
        set_clock(&lambda, "reconcile", offset).await?;
        self.clock = Clock::new(Stage::Local, offset)?;
        self.clock_offset = offset;
        lambda.delete_function_concurrency().function_name(&send).send().await?;
        Ok(())
    }

    /// A client of the bucket.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.aws).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }
}

/// Sets a function's clock and leaves its other variables; what it is doing is cut off.
async fn set_clock(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    offset: i64,
) -> anyhow::Result<()> {
    set_variable(lambda, function, "CLOCK_OFFSET_SECONDS", &offset.to_string()).await
}

/// The id of the trigger by which a function takes messages off its queue, as the stack knows it: the
/// emulator cannot list one whose limit it keeps as a text.
async fn trigger_of(aws: &SdkConfig, function: &str) -> anyhow::Result<String> {
    let mut name = function.to_owned();
    name.get_mut(..1).context("a name")?.make_ascii_uppercase();
    let resource = aws_sdk_cloudformation::Client::new(aws).describe_stack_resource();
    let resource = resource.stack_name(STACK).logical_resource_id(format!("{name}FunctionQueue"));
    let found = resource.send().await.with_context(|| format!("find the trigger of {function}"))?;
    let id = found.stack_resource_detail.and_then(|detail| detail.physical_resource_id);
    id.with_context(|| format!("{function} has no trigger"))
}

/// Limits `send` to as many batches at once as the template says: the emulator keeps that number as a
/// text, over which its poller stumbles until it is told it as a number.
async fn limit_send(aws: &SdkConfig) -> anyhow::Result<()> {
    let lambda = aws_sdk_lambda::Client::new(aws);
    let send = lambda.get_function_configuration().function_name(format!("{STACK}-send")).send();
    let variables = send.await.context("look at send")?.environment.and_then(|e| e.variables);
    let most = variables.and_then(|variables| variables.get("SEND_CONCURRENCY")?.parse().ok());
    let most = ScalingConfig::builder().maximum_concurrency(most.context("SEND_CONCURRENCY")?);
    let limit = lambda.update_event_source_mapping().uuid(trigger_of(aws, "send").await?);
    limit.scaling_config(most.build()).send().await.context("limit send")?;
    Ok(())
}

async fn set_variable(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    variable: &str,
    value: &str,
) -> anyhow::Result<()> {
    let name = format!("{STACK}-{function}");
    let found = lambda.get_function_configuration().function_name(&name).send().await;
    let environment = found.with_context(|| format!("look at {function}"))?.environment;
    let mut variables = environment.and_then(|known| known.variables).unwrap_or_default();
    variables.insert(variable.to_owned(), value.to_owned());
    let variables = Environment::builder().set_variables(Some(variables)).build();
    let update = lambda.update_function_configuration().function_name(&name);
    update.environment(variables).send().await.with_context(|| format!("change {function}"))?;
    Ok(())
}

/// Tells a proxy the keys of each function. The emulator makes them from function and role, so that
/// they are the same for every process of a function.
async fn introduce(proxy: &Proxy, aws: &SdkConfig) -> anyhow::Result<()> {
    let lambda = aws_sdk_lambda::Client::new(aws);
    let digest = |text: String| -> String {
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    for function in FUNCTIONS {
        let name = format!("{STACK}-{function}");
        let found = lambda.get_function_configuration().function_name(&name).send().await;
        let found = found.with_context(|| format!("look at {function}"))?;
        let of = found.function_arn().zip(found.role()).context("a function without a role")?;
        let session = digest(format!("{}:{}", of.0, of.1));
        let key = session.chars().take(16).collect::<String>().to_uppercase();
        proxy.introduce(function, format!("ASIA{key}"), digest(format!("secret:{session}")));
    }
    Ok(())
}

/// How many seconds from now to this moment.
fn offset_to(now: &str) -> anyhow::Result<i64> {
    let then: Timestamp = now.parse().context("the stack's moment")?;
    let here = Clock::new(Stage::Local, 0)?.now();
    Ok(then.as_second() - here.as_second())
}

/// A program of this workspace, built by `make build`.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = root().join("target/lambda").join(name).join("bootstrap");
    ensure!(path.exists(), "{} is missing; run `make build`", path.display());
    Ok(path)
}

/// This machine's architecture in Lambda's words.
fn architecture() -> &'static str {
    if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" }
}

async fn secrets(aws: &SdkConfig) -> anyhow::Result<()> {
    let client = aws_sdk_ssm::Client::new(aws);
    for (name, value) in [
        ("pepper", PEPPER),
        ("notify/api-key", API_KEY),
        ("notify/callback-tokens", CALLBACK_TOKEN),
        ("link-keys", LINK_KEY),
        ("twilio/auth-tokens", TWILIO_TOKEN),
        ("twilio/credentials", "SK00000000000000000000000000000001:a-secret-for-this-machine-only"),
    ] {
        client
            .put_parameter()
            .name(format!("/aftercall/local/{name}"))
            .value(value)
            .r#type(ParameterType::SecureString)
            .send()
            .await
            .with_context(|| format!("put the secret {name}"))?;
    }
    Ok(())
}

async fn deploy(
    emulator: &Emulator,
    aws: &SdkConfig,
    supplier: &str,
    clock_offset: i64,
    parameters: &[&str],
) -> anyhow::Result<()> {
    for function in FUNCTIONS {
        program(function)?;
    }
    let config = aws_sdk_s3::config::Builder::from(aws).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
        .create_bucket()
        .bucket(DEPLOY_BUCKET)
        .create_bucket_configuration(
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::EuWest2)
                .build(),
        )
        .send()
        .await
        .context("make the bucket for the packages")?;
    let sam = root().join(".venv/deploy/bin/sam");
    ensure!(sam.exists(), "{} is missing; run `make venv`", sam.display());
    let log_path = emulator.scratch().join("sam.log");
    let log = std::fs::File::create(&log_path)?;
    let status = tokio::process::Command::new(&sam)
        .current_dir(root())
        .envs(emulator.environment())
        .args(["deploy", "--template-file", "infra/template.yaml", "--no-progressbar"])
        .args(["--config-file", "samconfig.toml", "--config-env", "local"])
        .arg("--parameter-overrides")
        .arg("Stage=local")
        .arg(format!("Architecture={}", architecture()))
        .arg(format!("NotifyTemplateId={TEMPLATE_ID}"))
        .arg(format!("NotifyBaseUrl={supplier}"))
        .arg(format!("ClockOffsetSeconds={clock_offset}"))
        .arg("TwilioAccountSid=AC00000000000000000000000000000001")
        .arg("TwilioFrom=+447700900999")
        .args(parameters)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Whoever stops waiting stops it too.
        .kill_on_drop(true)
        .status()
        .await
        .context("run sam")?;
    if !status.success() {
        bail!("sam deploy failed:\n{}", crate::emulator::tail(&log_path));
    }
    Ok(())
}

async fn outputs(aws: &SdkConfig) -> anyhow::Result<HashMap<String, String>> {
    let answer = aws_sdk_cloudformation::Client::new(aws)
        .describe_stacks()
        .stack_name(STACK)
        .send()
        .await
        .context("describe the stack")?;
    let stack = answer.stacks().first().context("the stack is not there")?;
    let pair = |output: &aws_sdk_cloudformation::types::Output| {
        Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))
    };
    Ok(stack.outputs().iter().filter_map(pair).collect())
}

/// Reads a sample of the repository.
///
/// # Errors
/// It is not there.
pub fn sample(path: &str) -> anyhow::Result<Vec<u8>> {
    let path = root().join(Path::new(path));
    std::fs::read(&path).with_context(|| format!("read {}", path.display()))
}

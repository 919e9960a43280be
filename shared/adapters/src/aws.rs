//! One AWS configuration for a process: one HTTP client, timeouts on everything.
//!
//! The SDK has no operation timeout of its own; without one a stalled call would hold a claim until the
//! function is killed.

use std::time::Duration;

use anyhow::Context as _;
pub use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::{TimeoutConfig, TimeoutConfigBuilder};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_types::origin::Origin;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::config::{Stage, optional};
use crate::connector::Connector;
use crate::http;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How long an operation may take with its retries: under the shortest function's timeout, 10 s.
const OPERATION: Duration = Duration::from_secs(8);
/// How many attempts an operation has, in that time: with three calls in ten refused, as a table that is
/// growing may do, three attempts lose one operation in forty, and of a file's hundreds some.
const ATTEMPTS: u32 = 5;
/// The force's data stays in London unless somebody says otherwise.
const LONDON: Region = Region::from_static("eu-west-2");

/// The configuration every client of a function is built from.
///
/// Lambda says everything in the environment, so nothing else is searched: what the SDK has for people, who
/// keep it in files or sign in, would be a large part of a function and of its start.
///
/// # Errors
/// The HTTP client cannot be built.
pub fn of_function(stage: Stage) -> anyhow::Result<SdkConfig> {
    let keys = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(optional("AWS_REGION").map_or(LONDON, Region::new))
        .credentials_provider(keys)
        .http_client(Connector(http::for_aws(http::public_roots(stage)?)?))
        .retry_config(retries())
        .timeout_config(timeouts().operation_timeout(OPERATION).build())
        .service_config(Environment);
    config.set_endpoint_url(optional("AWS_ENDPOINT_URL"));
    config.insert_origin("endpoint_url", Origin::shared_environment_variable());
    Ok(config.build())
}

/// The same without a limit on a whole operation, for a bucket object that takes long to stream.
#[must_use]
pub fn for_streams(config: &SdkConfig) -> SdkConfig {
    config.to_builder().timeout_config(timeouts().build()).build()
}

/// The configuration of whoever sits at a terminal, wherever the tools of AWS keep it.
///
/// # Errors
/// The HTTP client cannot be built.
pub async fn of_operator() -> anyhow::Result<SdkConfig> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(Connector(http::for_aws(http::roots_of_this_machine())?))
        .retry_config(retries())
        .timeout_config(timeouts().operation_timeout(OPERATION).build())
        .load()
        .await;
    if config.region().is_some() {
        return Ok(config);
    }
    Ok(config.into_builder().region(LONDON).build())
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}

fn timeouts() -> TimeoutConfigBuilder {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT)
}

/// Where a client looks up what is said for its service alone, the address of a stand-in.
#[derive(Debug)]
struct Environment;

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        optional(&format!("{}_{service}", key.env()))
    }
}

/// Whose credentials these are: the ARN that AWS knows them by.
///
/// # Errors
/// AWS does not say.
pub async fn principal(config: &SdkConfig) -> anyhow::Result<String> {
    identity(config).await?.arn.context("AWS does not say who you are")
}

/// The account these credentials belong to, which is part of the bucket's name.
///
/// # Errors
/// AWS does not say.
pub async fn account(config: &SdkConfig) -> anyhow::Result<String> {
    identity(config).await?.account.context("AWS does not say whose account it is")
}

async fn identity(config: &SdkConfig) -> anyhow::Result<GetCallerIdentityOutput> {
    let asked = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    asked.map_err(told).context("ask AWS who you are")
}

/// An SDK error with its cause and without the response, which may hold personal data.
pub(crate) fn told<E, R>(error: SdkError<E, R>) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug,
{
    let kind = match &error {
        SdkError::ConstructionFailure(_) => "the request could not be built",
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "an answer that could not be read",
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or("no code");
            return anyhow::anyhow!("refused: {code}");
        }
        _ => "failed",
    };
    anyhow::anyhow!(kind)
}

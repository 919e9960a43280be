//! One AWS configuration for a process: rustls with ring, timeouts on everything.
//!
//! ring instead of aws-lc makes the first handshake 30–45 ms of CPU cheaper and the binary a
//! quarter smaller. The SDK has no operation timeout of its own; without one a stalled call would
//! hold a claim until the function is killed.

use std::time::Duration;

use anyhow::Context as _;
pub use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How long an operation may take with its retries: under the shortest function's timeout, 10 s.
const OPERATION: Duration = Duration::from_secs(8);
/// How many attempts an operation has, in that time: with three calls in ten refused, as a table that is
/// growing may do, three attempts lose one operation in forty, and of a file's hundreds some.
const ATTEMPTS: u32 = 5;

/// The configuration every client of this process is built from.
pub async fn config() -> SdkConfig {
    loader(TimeoutConfig::builder().operation_timeout(OPERATION)).await
}

/// The same without a limit on a whole operation, for a bucket object that takes long to stream.
pub async fn config_for_streams() -> SdkConfig {
    loader(TimeoutConfig::builder()).await
}

async fn loader(timeouts: aws_config::timeout::TimeoutConfigBuilder) -> SdkConfig {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            timeouts.connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build(),
        )
        .load()
        .await;
    if config.region().is_some() {
        return config;
    }
    // The force's data stays in London unless somebody says otherwise.
    config.into_builder().region(Region::new("eu-west-2")).build()
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

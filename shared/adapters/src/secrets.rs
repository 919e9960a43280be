//! Secrets from the parameter store. They do not print.

use anyhow::Context as _;
use aws_config::SdkConfig;
use domain::person::{PEPPER_MIN_BYTES, Pepper};
use secrecy::{ExposeSecret, SecretString};

use crate::aws::told;

/// Reads one `SecureString`.
///
/// # Errors
/// It is not there, or may not be read; the error names it.
pub async fn fetch(config: &SdkConfig, name: &str) -> anyhow::Result<SecretString> {
    let answer = aws_sdk_ssm::Client::new(config)
        .get_parameter()
        .name(name)
        .with_decryption(true)
        .send()
        .await
        .map_err(told)
        .with_context(|| format!("read the secret {name}"))?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value.map(SecretString::from).with_context(|| format!("the secret {name} is empty"))
}

/// Reads the key of the keyed hash.
///
/// # Errors
/// It is not there, may not be read, or is too short.
pub async fn pepper(config: &SdkConfig, name: &str) -> anyhow::Result<Pepper> {
    let secret = fetch(config, name).await?;
    Pepper::parse(secret.expose_secret())
        .with_context(|| format!("the secret {name} is shorter than {PEPPER_MIN_BYTES} bytes"))
}

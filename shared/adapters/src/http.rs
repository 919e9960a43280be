//! The HTTP clients: for suppliers, and for AWS.
//!
//! TLS is rustls with ring: with aws-lc a first handshake takes 30–45 ms more of a processor, and the
//! binary is a quarter larger.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::config::{ConfigError, Stage, optional};

/// How long to wait for a connection: none made means nothing sent.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a whole request may take: under `send`'s timeout of 30 s with room to write it down.
const REQUEST: Duration = Duration::from_secs(10);
/// How long it can take from opening the socket to writing the answer down: a claim that is made
/// with less time left could be cut off in the middle of a send.
pub const WORST_SEND: Duration = Duration::from_secs(CONNECT.as_secs() + REQUEST.as_secs() + 5);
/// How long an idle connection is kept: less than suppliers keep theirs (60 s and more), because a
/// frozen function wakes with dead ones, and a reset after writing would look like a doubt.
const IDLE: Duration = Duration::from_secs(20);

/// The variable that names a file of authorities which are trusted besides the public ones, on one
/// machine, where a stand-in for a supplier speaks TLS.
const LOCAL_ROOTS: &str = "LOCAL_ROOTS_FILE";

/// How long to wait for a connection to AWS, which is near.
const CONNECT_TO_AWS: Duration = Duration::from_secs(2);

/// A client for suppliers, which trusts the public authorities.
///
/// # Errors
/// The client cannot be built, or it is asked to trust others where people's numbers are.
pub fn client(stage: Stage) -> anyhow::Result<reqwest::Client> {
    let client = trusting(public_roots(stage)?)?.connect_timeout(CONNECT).timeout(REQUEST);
    client.pool_idle_timeout(IDLE).build().context("build the HTTP client")
}

/// A client for AWS, whose SDK has limits of its own on how long a request takes.
pub(crate) fn for_aws(roots: RootCertStore) -> anyhow::Result<reqwest::Client> {
    let client = trusting(roots)?.connect_timeout(CONNECT_TO_AWS);
    client.build().context("build the HTTP client of AWS")
}

/// Never follows a redirect: it was asked of one host and no other.
fn trusting(roots: RootCertStore) -> anyhow::Result<reqwest::ClientBuilder> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("choose TLS versions")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    Ok(builder.redirect(reqwest::redirect::Policy::none()))
}

/// The authorities that everybody trusts, built in: a function need not read them at its start.
pub(crate) fn public_roots(stage: Stage) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = local_roots(stage, optional(LOCAL_ROOTS))? {
        for root in CertificateDer::pem_file_iter(&file).with_context(|| file.clone())? {
            roots.add(root.with_context(|| file.clone())?).with_context(|| file.clone())?;
        }
    }
    Ok(roots)
}

/// The authorities that an operator's machine trusts, a firewall that looks into TLS among them.
pub(crate) fn roots_of_this_machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // What cannot be read is not trusted, and a connection that wanted it says so.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn local_roots(stage: Stage, file: Option<String>) -> Result<Option<String>, ConfigError> {
    if file.is_some() && stage != Stage::Local {
        let problem = "must not be set but on one machine".to_owned();
        return Err(ConfigError::Invalid { name: LOCAL_ROOTS, problem });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_is_trusted_where_there_are_people() {
        let file = || Some("own.pem".to_owned());
        assert_eq!(local_roots(Stage::Local, file()), Ok(file()));
        for stage in [Stage::Test, Stage::Production] {
            assert!(local_roots(stage, file()).is_err());
            assert_eq!(local_roots(stage, None), Ok(None));
        }
    }
}

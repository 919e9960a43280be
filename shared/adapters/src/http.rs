//! The HTTP client for suppliers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::{ClientConfig, RootCertStore};

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

/// A client that trusts the public authorities and never follows a redirect.
///
/// # Errors
/// The client cannot be built.
pub fn client() -> anyhow::Result<reqwest::Client> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("choose TLS versions")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("build the HTTP client")
}

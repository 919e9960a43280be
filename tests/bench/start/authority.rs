//! A certificate authority for the length of a run, and a certificate of its for `localhost`.
//!
//! What is measured trusts it beside the authorities of this machine, so that the file of
//! authorities it reads at its start is as long as on Lambda.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// Where systems keep the authorities they trust; the first is that of Lambda's own.
const BUNDLES: [&str; 2] =
    ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// What is trusted, as files.
pub(crate) struct Trust {
    /// The authority of this run alone.
    pub(crate) own: PathBuf,
    /// It and those of this machine.
    pub(crate) all: PathBuf,
}

/// Makes an authority, and what a server needs to be believed by whoever trusts it.
pub(crate) fn make(folder: &Path) -> anyhow::Result<(Trust, TlsAcceptor)> {
    let mut authority = CertificateParams::default();
    // By a name of its own, or OpenSSL takes the certificate below for one that signed itself.
    authority.distinguished_name.push(DnType::CommonName, "Aftercall's bench");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;

    std::fs::create_dir_all(folder)?;
    let trust = Trust { own: folder.join("own.pem"), all: folder.join("all.pem") };
    let others = BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok());
    let others = others.context("this machine has no file of certificate authorities")?;
    std::fs::write(&trust.own, authority.pem())?;
    std::fs::write(&trust.all, others + "\n" + &authority.pem())?;

    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    Ok((trust, TlsAcceptor::from(Arc::new(config))))
}

//! The local AWS: one `ministack` process of our own, on a free port, in a folder of its own.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use tempfile::TempDir;

use crate::proxy::Proxy;

/// Where the force's data is, and so where it is here.
pub const REGION: &str = "eu-west-2";

/// How long the emulator may take to answer: it takes about half a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running emulator, which ends with everything it started when it is dropped.
pub struct Emulator {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Emulator {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, or does not answer.
    pub async fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        Self::launch(port, &format!("http://127.0.0.1:{port}"), &[]).await
    }

    /// Starts one whose functions ask a proxy, which asks it.
    ///
    /// # Errors
    /// It is not installed, or does not answer.
    pub async fn start_behind_a_proxy() -> anyhow::Result<(Self, Proxy)> {
        Self::proxied(&[]).await
    }

    /// The same, and the functions write their logs as the template asks AWS to have them: as JSON.
    ///
    /// # Errors
    /// It is not installed, or does not answer.
    pub async fn start_for_the_bill() -> anyhow::Result<(Self, Proxy)> {
        Self::proxied(&[("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "INFO")]).await
    }

    async fn proxied(environment: &[(&str, &str)]) -> anyhow::Result<(Self, Proxy)> {
        let port = free_port()?;
        let proxy = Proxy::start(&format!("http://127.0.0.1:{port}")).await?;
        Ok((Self::launch(port, proxy.url(), environment).await?, proxy))
    }

    /// `environment` is handed on to the functions, as all of the emulator's is.
    async fn launch(
        port: u16,
        functions_ask: &str,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let program = root().join(".venv/stack/bin/ministack");
        ensure!(program.exists(), "{} is missing; run `make venv`", program.display());
        let folder = tempfile::Builder::new().prefix("aftercall-").tempdir()?;
        let inside = |name: &str| folder.path().join(name);
        std::fs::create_dir(inside("tmp"))?;
        let log = std::fs::File::create(inside("ministack.log"))?;
        // A group of its own: its workers end with it, and Ctrl-C reaches us first.
        let process = Command::new(&program)
            .process_group(0)
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_REGION", REGION)
            .env("AWS_ENDPOINT_URL", functions_ask)
            .env("AUTH", "true")
            .env("TMPDIR", inside("tmp"))
            .env("STATE_DIR", inside("state"))
            .env("S3_DATA_DIR", inside("s3"))
            .env("SFTP_ENABLED", "0")
            .env("IOT_MTLS_ENABLED", "0")
            .env("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "1")
            .env("NO_PROXY", "127.0.0.1,localhost")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("start ministack")?;
        let mut emulator = Self { process, port, folder };
        emulator.wait().await?;
        Ok(emulator)
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The group of its process, and of every process it started.
    pub fn group(&self) -> u32 {
        self.process.id()
    }

    /// What it and the functions wrote, functions' own logs included.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("ministack.log")
    }

    /// A folder that goes when the emulator goes.
    pub fn scratch(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// The configuration of an administrator's clients.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub async fn aws(&self) -> anyhow::Result<SdkConfig> {
        let keys = Credentials::new("test", "test", None, None, "local");
        let config = adapters::aws::of_operator().await?.into_builder();
        Ok(config
            .region(Region::new(REGION))
            .endpoint_url(self.url())
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build())
    }

    /// The same for a command that is started.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_PAGER", String::new()),
            ("SAM_CLI_TELEMETRY", "0".to_owned()),
            ("SAM_CLI_POLL_DELAY", "0.1".to_owned()),
            ("TMPDIR", self.scratch().display().to_string()),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ]
    }

    async fn wait(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("ministack ended ({status}):\n{}", tail(&self.log()));
            }
            if started.elapsed() > PATIENCE {
                bail!("ministack did not answer in {PATIENCE:?}:\n{}", tail(&self.log()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The whole group at once: a busy worker outlives a polite end of its parent.
        let group = format!("-{}", self.process.id());
        let killed = Command::new("kill").args(["-KILL", "--", &group]).status();
        if killed.is_ok() {
            self.process.wait().ok();
        }
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The last lines of a log, for an error that a person reads.
pub fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

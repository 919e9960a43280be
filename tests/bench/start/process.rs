//! One function, from its start to its end, and what it took.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::cloud::Cloud;
use crate::functions::Function;
use crate::lambda::Lambda;

/// How long it may take to be ready, under callgrind too.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is the same for every function.
pub(crate) struct Place<'a> {
    /// The services.
    pub(crate) cloud: &'a Cloud,
    /// What the environment of all has.
    pub(crate) variables: Vec<(String, String)>,
    /// The seconds that [`crate::seed::NOW`] is after the machine's time.
    pub(crate) offset: i64,
}

/// A function that waits for events.
pub(crate) struct Running<'a> {
    child: Child,
    lambda: Lambda,
    cloud: &'a Cloud,
    /// From its start until it waited for an event.
    pub(crate) started: Duration,
}

/// Starts a function and waits until it is ready; `under` is what runs it, if anything does.
pub(crate) async fn start<'a>(
    place: &Place<'a>,
    function: &Function,
    under: &[String],
) -> anyhow::Result<Running<'a>> {
    let mut lambda = Lambda::open().await?;
    let words: Vec<&str> = under
        .iter()
        .map(String::as_str)
        .chain([function.program.to_str().context("a path")?])
        .chain(function.args.iter().map(String::as_str))
        .collect();
    let (program, args) = words.split_first().context("a program")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(place.variables.iter().cloned())
        .envs(function.variables.iter().cloned())
        .env("CLOCK_OFFSET_SECONDS", (place.offset + function.later).to_string())
        .env("AWS_LAMBDA_RUNTIME_API", &lambda.address)
        // As many as Lambda's share of a processor, wherever it is measured.
        .env("TOKIO_WORKER_THREADS", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let begun = Instant::now();
    let mut child = command.spawn().with_context(|| format!("start {program}"))?;
    let ready = tokio::time::timeout(PATIENCE, async {
        tokio::select! {
            ready = lambda.ready() => ready,
            ended = child.wait() => bail!("it ended: {ended:?}"),
        }
    });
    let ready = ready.await.context("not ready in time").and_then(|ready| ready);
    let started = begun.elapsed();
    if let Err(error) = ready {
        // What it said last is why; it is no longer needed.
        let killed = child.start_kill();
        let said = child.wait_with_output().await?.stderr;
        let said = String::from_utf8_lossy(&said).into_owned();
        return Err(error.context(format!("{}: {said} {killed:?}", function.name)));
    }
    // Nobody reads what it goes on to say, so it must not wait for a reader.
    let mut said = child.stderr.take().context("what it says")?;
    tokio::spawn(async move { tokio::io::copy(&mut said, &mut tokio::io::sink()).await });
    Ok(Running { child, lambda, cloud: place.cloud, started })
}

impl Running<'_> {
    fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Gives it one batch, over the tables as they were, and gives its answers.
    pub(crate) async fn batch(&mut self, function: &Function) -> anyhow::Result<Vec<Value>> {
        self.cloud.lay_out();
        let mut answers = Vec::new();
        for event in &function.batch {
            answers.push(self.invoke(event).await.with_context(|| function.name)?);
        }
        Ok(answers)
    }

    /// Gives it one event, over the tables as they are, and gives its answer.
    pub(crate) async fn invoke(&mut self, event: &Value) -> anyhow::Result<Value> {
        self.lambda.invoke(event).await
    }

    /// How long cores have been busy with it, once it rests.
    pub(crate) async fn busy(&self) -> anyhow::Result<Duration> {
        let tasks = format!("/proc/{}/task", self.pid()?);
        loop {
            let (mut busy, mut rests) = (0, true);
            for task in std::fs::read_dir(&tasks)? {
                let task = task?.path();
                // A thread that has just ended has nothing more to tell.
                let Ok(times) = std::fs::read_to_string(task.join("schedstat")) else { continue };
                busy += times.split(' ').next().context("schedstat")?.parse::<u64>()?;
                rests &= sleeps(&task);
            }
            if rests {
                return Ok(Duration::from_nanos(busy));
            }
            tokio::task::yield_now().await;
        }
    }

    /// The most memory it has had, in KiB.
    pub(crate) fn peak_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    /// Ends it, and waits until it has.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        let pid = self.pid()?.to_string();
        // Not a kill: callgrind writes down what it counted when it is asked to end.
        let asked = Command::new("kill").args(["-TERM", &pid]).status().await?;
        if !asked.success() {
            bail!("process {pid} could not be ended");
        }
        self.child.wait().await?;
        Ok(())
    }
}

fn sleeps(task: &Path) -> bool {
    let stat = std::fs::read_to_string(task.join("stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with('S'))
}

//! The bucket: extracts that land, rejects that are laid beside, what was decided, reports.
//!
//! An extract is first copied to the function's own disk, so that memory does not grow with the
//! file and the bucket is not held open while the table is written.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::time::Duration;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::MetadataDirective;
use domain::feed::Reject;
use domain::figures::{Period, Report};
use domain::person::hex;
use domain::ports::{Archive, Arrival, Arrivals, Extract, Extracts, Pages};
use domain::record::Sealed;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::aws::told;
use crate::pages::{self, csv};

/// The bucket.
pub struct Bucket {
    client: aws_sdk_s3::Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name.
    pub fn new(config: &SdkConfig, name: String) -> Self {
        // Path style works for AWS and for the local emulator alike.
        let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
        Self { client: aws_sdk_s3::Client::from_conf(config), name }
    }

    /// Puts an extract where `ingest` finds it, and gives the key.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn bring(&self, feed: &str, name: &str, body: Vec<u8>) -> anyhow::Result<String> {
        let key = format!("extracts/{feed}/{name}");
        self.put(&key, "application/octet-stream", body).await?;
        Ok(key)
    }

    /// When the newest object under a prefix was written; `None` when there is none.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn newest(&self, prefix: &str) -> anyhow::Result<Option<Timestamp>> {
        Ok(self.list(prefix).await?.into_iter().map(|(_, at)| at).max())
    }

    /// Every key under a prefix, with when the object was written.
    pub(crate) async fn list(&self, prefix: &str) -> anyhow::Result<Vec<(String, Timestamp)>> {
        let found = self.lying_in(prefix).await?.into_iter();
        Ok(found.map(|Arrival { key, at, .. }| (key, at)).collect())
    }

    /// What an object holds.
    pub(crate) async fn read(&self, key: &str) -> anyhow::Result<Vec<u8>> {
        let asked = self.client.get_object().bucket(&self.name).key(key).send().await;
        let object = asked.map_err(told).with_context(|| format!("open {key}"))?;
        let body = object.body.collect().await.with_context(|| format!("read {key}"))?;
        Ok(body.into_bytes().to_vec())
    }

    pub(crate) async fn delete(&self, key: &str) -> anyhow::Result<()> {
        let asked = self.client.delete_object().bucket(&self.name).key(key).send().await;
        asked.map_err(told).with_context(|| format!("delete {key}"))?;
        Ok(())
    }

    /// Writes an object anew, as it is: whoever wakes for it wakes again.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn touch(&self, key: &str) -> anyhow::Result<()> {
        self.copy_onto_itself(key, 0).await
    }

    /// A copy replaces what was noted of an object, so each notes how often it was set off.
    async fn copy_onto_itself(&self, key: &str, times: u32) -> anyhow::Result<()> {
        let source = utf8_percent_encode(key, &IN_A_SOURCE);
        self.client
            .copy_object()
            .bucket(&self.name)
            .key(key)
            .copy_source(format!("{}/{source}", self.name))
            .metadata_directive(MetadataDirective::Replace)
            .metadata(TIMES_SET_OFF, times.to_string())
            .send()
            .await
            .map_err(told)
            .with_context(|| format!("copy {key} onto itself"))?;
        Ok(())
    }

    /// A link by which whoever has it may read an object, for so long; it ends with the credentials
    /// that signed it, if those end before. Nothing is asked of AWS: a link to nothing is a link too.
    ///
    /// # Errors
    /// There are no credentials, or it is for longer than a week.
    pub async fn link(&self, key: &str, lasts: Duration) -> anyhow::Result<String> {
        let lasts = PresigningConfig::expires_in(lasts).context("how long the link lasts")?;
        let object = self.client.get_object().bucket(&self.name).key(key);
        let signed = object.presigned(lasts).await.map_err(told).context("sign a link")?;
        Ok(signed.uri().to_owned())
    }

    pub(crate) async fn put(
        &self,
        key: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<()> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(told)
            .with_context(|| format!("write {key}"))?;
        Ok(())
    }
}

impl Extracts for Bucket {
    async fn open(&self, key: &str) -> anyhow::Result<Extract> {
        let mut object = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .send()
            .await
            .map_err(told)
            .with_context(|| format!("open {key}"))?;
        let taken_at = object
            .last_modified
            .and_then(|at| Timestamp::from_second(at.secs()).ok())
            .context("the object has no date")?;
        let mut file = tempfile::tempfile().context("make a temporary file")?;
        while let Some(part) = object.body.next().await {
            let part = part.with_context(|| format!("read {key}"))?;
            file.write_all(&part).context("write the temporary file")?;
        }
        file.seek(SeekFrom::Start(0)).context("rewind the temporary file")?;
        let tag = tag(object.e_tag.as_deref());
        Ok(Extract { body: Box::new(file), taken_at, tag })
    }

    async fn reject(&self, key: &str, rejects: &[Reject]) -> anyhow::Result<()> {
        let mut rows = vec![["line", "column", "reason", "row"].map(str::to_owned).to_vec()];
        rows.extend(rejects.iter().map(|reject| {
            let Reject { line, column, reason, row } = reject;
            vec![line.to_string(), column.clone(), reason.clone(), row.clone()]
        }));
        self.put(&rejects_key(key), "text/csv; charset=utf-8", csv::write(&rows)).await
    }

    async fn done(&self, key: &str, tag: &str) -> anyhow::Result<()> {
        self.put(&format!("{DONE}{key}/{tag}"), "text/plain", Vec::new()).await
    }
}

/// Where a mark is left of each object that was done with: its key, then its tag. Only the name counts.
const DONE: &str = "done/";

/// Under which name an object keeps how often it was set off anew.
const TIMES_SET_OFF: &str = "times-set-off";

/// What of a key is written as it is where it is named as the source of a copy.
const IN_A_SOURCE: AsciiSet =
    NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// S3 puts it in quotation marks.
fn tag(e_tag: Option<&str>) -> String {
    e_tag.unwrap_or_default().trim_matches('"').to_owned()
}

impl Arrivals for Bucket {
    async fn lying_in(&self, folder: &str) -> anyhow::Result<Vec<Arrival>> {
        let listed = self.client.list_objects_v2().bucket(&self.name).prefix(folder);
        let mut pages = listed.into_paginator().send();
        let mut arrivals = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(told).with_context(|| format!("list {folder}"))?;
            arrivals.extend(page.contents().iter().filter_map(|object| {
                let at = Timestamp::from_second(object.last_modified()?.secs()).ok()?;
                let (key, tag) = (object.key()?.to_owned(), tag(object.e_tag()));
                Some(Arrival { key, tag, at })
            }));
        }
        Ok(arrivals)
    }

    async fn done_with(&self) -> anyhow::Result<BTreeSet<(String, String)>> {
        let marks = self.lying_in(DONE).await?.into_iter();
        let named = marks.filter_map(|mark| {
            let (key, tag) = mark.key.strip_prefix(DONE)?.rsplit_once('/')?;
            Some((key.to_owned(), tag.to_owned()))
        });
        Ok(named.collect())
    }

    async fn times_set_off(&self, key: &str) -> anyhow::Result<u32> {
        let head = self.client.head_object().bucket(&self.name).key(key).send().await;
        let head = head.map_err(told).with_context(|| format!("look at {key}"))?;
        let times = head.metadata().and_then(|metadata| metadata.get(TIMES_SET_OFF));
        times.map_or(Ok(0), |times| times.parse().context("how often it was set off"))
    }

    async fn set_off(&self, key: &str, times: u32) -> anyhow::Result<()> {
        self.copy_onto_itself(key, times).await
    }
}

/// A file whose hash stands in the audit, as it lies there now.
pub struct Laid {
    /// The hash of every byte of it.
    pub sha256: String,
    body: File,
}

impl Laid {
    /// Its rows, the head among them.
    ///
    /// # Errors
    /// It is no table.
    pub fn rows(self) -> anyhow::Result<Vec<Vec<String>>> {
        let mut rows = ::csv::ReaderBuilder::new().has_headers(false).from_reader(self.body);
        let rows = rows.records().map(|row| Ok(row?.iter().map(str::to_owned).collect()));
        rows.collect()
    }
}

impl Bucket {
    /// The file under a key with its hash; `None` when there is none.
    ///
    /// # Errors
    /// The bucket fails.
    pub async fn laid(&self, key: &str) -> anyhow::Result<Option<Laid>> {
        let object = self.client.get_object().bucket(&self.name).key(key).send().await;
        let mut object = match object {
            Ok(object) => object,
            Err(SdkError::ServiceError(refused)) if refused.err().is_no_such_key() => {
                return Ok(None);
            }
            Err(error) => return Err(told(error)).with_context(|| format!("open {key}")),
        };
        let mut body = tempfile::tempfile().context("make a temporary file")?;
        let mut hash = Sha256::new();
        while let Some(part) = object.body.next().await {
            let part = part.with_context(|| format!("read {key}"))?;
            hash.update(&part);
            body.write_all(&part).context("write the temporary file")?;
        }
        body.seek(SeekFrom::Start(0)).context("rewind the temporary file")?;
        Ok(Some(Laid { sha256: hex(&hash.finalize()), body }))
    }
}

/// Under which name an object keeps the hash it was laid down with.
const SHA256: &str = "sha256";

impl Archive for Bucket {
    type Draft = NamedTempFile;

    fn draft(&self) -> anyhow::Result<NamedTempFile> {
        NamedTempFile::new().context("make a temporary file")
    }

    async fn holds(&self, key: &str, sha256: &str) -> anyhow::Result<bool> {
        let head = self.client.head_object().bucket(&self.name).key(key).send().await;
        match head {
            Ok(head) => {
                let kept = head.metadata().and_then(|metadata| metadata.get(SHA256));
                Ok(kept.is_some_and(|kept| kept == sha256))
            }
            Err(SdkError::ServiceError(refused)) if refused.err().is_not_found() => Ok(false),
            Err(error) => Err(told(error)).with_context(|| format!("look for {key}")),
        }
    }

    async fn lay(&self, key: &str, file: Sealed<NamedTempFile>) -> anyhow::Result<()> {
        let body =
            ByteStream::from_path(file.body.path()).await.context("read what was written")?;
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type("text/csv; charset=utf-8")
            .metadata(SHA256, file.sha256)
            .body(body)
            .send()
            .await
            .map_err(told)
            .with_context(|| format!("write {key}"))?;
        Ok(())
    }
}

impl Pages for Bucket {
    async fn publish(&self, report: &Report) -> anyhow::Result<()> {
        let files = pages::render(report);
        let Period { from, to } = report.period;
        // By its days, so that a second run replaces it; and where the newest is always found.
        for folder in [format!("reports/{from}_{to}"), "reports/latest".to_owned()] {
            let key = |name: &str| format!("{folder}/report.{name}");
            let html = files.html.clone().into_bytes();
            self.put(&key("html"), "text/html; charset=utf-8", html).await?;
            self.put(&key("csv"), "text/csv; charset=utf-8", files.csv.clone()).await?;
            for (name, table) in &files.tables {
                let key = format!("{folder}/{name}.csv");
                self.put(&key, "text/csv; charset=utf-8", table.clone()).await?;
            }
            let json = files.json.clone().into_bytes();
            self.put(&key("json"), "application/json", json).await?;
        }
        Ok(())
    }
}

/// Where the rejects of an extract are laid.
pub fn rejects_key(extract: &str) -> String {
    let path = extract.strip_prefix("extracts/").unwrap_or(extract);
    format!("rejects/{path}.rejects.csv")
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

    use super::*;

    #[tokio::test]
    async fn a_link_is_to_one_object_and_ends() {
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let bucket = Bucket::new(&config, "aftercall-test-1".to_owned());
        let key = "reports/latest/report.html";
        let link = bucket.link(key, Duration::from_secs(7_200)).await.unwrap();
        let at = format!("https://s3.eu-west-2.amazonaws.com/aftercall-test-1/{key}?");
        assert!(link.starts_with(&at), "{link}");
        assert!(link.contains("X-Amz-Expires=7200") && link.contains("X-Amz-Signature="), "{link}");
        assert!(!link.contains("secret"));
        bucket.link(key, Duration::from_secs(8 * 86_400)).await.unwrap_err();
    }
}

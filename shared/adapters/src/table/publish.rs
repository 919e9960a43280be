//! Publishing: an immutable version, then the pointer that puts it in force.

use anyhow::Context as _;
use domain::experiment::PlanFile;
use domain::force::ProfileFile;
use domain::partner::PartnerFile;
use domain::prices::PricesFile;
use jiff::Timestamp;

use super::items::{CurrentItem, VersionItem};
use super::keys::{self, Key};
use super::{Table, stored};
use crate::aws::told;

/// What came of publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// This version is new and in force.
    New(u32),
    /// The version in force says the same already.
    Same(u32),
}

impl Table {
    /// Publishes a checked force profile.
    ///
    /// # Errors
    /// The file does not pass, or the table's.
    pub async fn publish_profile(
        &self,
        file: &ProfileFile,
        by: &str,
        now: Timestamp,
    ) -> anyhow::Result<Publication> {
        let profile = file.check().map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
        let body = serde_json::to_string(file).context("write the profile")?;
        let current = keys::profile_in_force();
        let name = profile.name;
        self.publish(current, &name, |version| keys::profile(&name, version), body, by, now).await
    }

    /// Publishes checked prices.
    ///
    /// # Errors
    /// The file does not pass, or the table's.
    pub async fn publish_prices(
        &self,
        file: &PricesFile,
        by: &str,
        now: Timestamp,
    ) -> anyhow::Result<Publication> {
        file.check().map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
        let body = serde_json::to_string(file).context("write the prices")?;
        self.publish(keys::prices_in_force(), "prices", keys::prices, body, by, now).await
    }

    /// Publishes a checked partner of the file exchange.
    ///
    /// # Errors
    /// The file does not pass, or the table's.
    pub async fn publish_partner(
        &self,
        file: &PartnerFile,
        by: &str,
        now: Timestamp,
    ) -> anyhow::Result<Publication> {
        file.check().map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
        let body = serde_json::to_string(file).context("write the partner")?;
        let (name, current) = (&file.name, keys::partner_in_force(&file.name));
        self.publish(current, name, |version| keys::partner(name, version), body, by, now).await
    }

    /// Hands in the checked plan of an experiment. The same words again change nothing, not even when
    /// they were handed in.
    ///
    /// # Errors
    /// The file does not pass, or the table's.
    pub async fn publish_plan(
        &self,
        file: &PlanFile,
        by: &str,
        now: Timestamp,
    ) -> anyhow::Result<Publication> {
        let plan = file.check().map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
        let body = serde_json::to_string(file).context("write the plan")?;
        let id = &plan.experiment.id;
        let current = keys::experiment_in_force(id);
        let key = |version| keys::experiment(id, version);
        self.publish(current, id.as_str(), key, body, by, now).await
    }

    async fn publish(
        &self,
        current: Key,
        name: &str,
        version_key: impl Fn(u32) -> Key,
        body: String,
        by: &str,
        now: Timestamp,
    ) -> anyhow::Result<Publication> {
        let in_force = self.get(current.clone()).await.context("read the catalogue")?;
        let in_force: Option<CurrentItem> =
            in_force.map(serde_dynamo::from_item).transpose().context("catalogue item")?;
        let in_force = in_force.filter(|item| item.name == name);
        // Versions never begin again, even when another was in force in between.
        let published = self.partition(version_key(0).pk).await.context("read the versions")?;
        let mut latest = 0;
        for item in published {
            let item: VersionItem = serde_dynamo::from_item(item).context("version item")?;
            let current = in_force.as_ref().is_some_and(|current| current.version == item.version);
            if current && item.body == body {
                return Ok(Publication::Same(item.version));
            }
            latest = latest.max(item.version);
        }
        let version = latest + 1;
        let key = version_key(version);
        let item = VersionItem {
            pk: key.pk,
            sk: key.sk,
            version,
            body,
            published_at: now,
            published_by: by.to_owned(),
            approved_by: None,
        };
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(stored(item)?))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await
            .map_err(told)
            .context("write the version; was somebody else publishing?")?;
        let item = CurrentItem {
            pk: current.pk,
            sk: current.sk,
            name: name.to_owned(),
            version,
            ended_at: None,
        };
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(stored(item)?))
            .send()
            .await
            .map_err(told)
            .context("put the version in force")?;
        Ok(Publication::New(version))
    }
}

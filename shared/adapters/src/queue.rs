//! The queues, for whoever puts messages on, and for the operator who looks into them. Taking them off
//! is [`crate::runtime`]'s.

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use domain::ports::Queue;
use serde::Serialize;

use crate::aws::told;

/// The most messages one request carries.
const BATCH: usize = 10;

/// A queue in the account.
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsQueue {
    /// The queue at this address.
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: aws_sdk_sqs::Client::new(config), url }
    }
}

impl<M: Serialize> Queue<M> for SqsQueue {
    async fn put(&self, messages: &[M]) -> anyhow::Result<()> {
        for batch in messages.chunks(BATCH) {
            let mut request = self.client.send_message_batch().queue_url(&self.url);
            for (number, message) in batch.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(serde_json::to_string(message).context("write a message")?)
                    .build()
                    .context("build a message")?;
                request = request.entries(entry);
            }
            let answer = request.send().await.map_err(told).context("put messages")?;
            if let Some(failed) = answer.failed().first() {
                // What went on before stays on; every message may safely come twice.
                anyhow::bail!("{} messages were not taken: {}", answer.failed().len(), failed.code);
            }
        }
        Ok(())
    }
}

/// One message of a dead-letter queue, held for a while.
#[derive(Debug, Clone)]
pub struct Dead {
    /// What it says.
    pub body: String,
    handle: String,
}

/// The queues of a deployment, by the names `infra/template.yaml` gives them.
pub struct Queues {
    client: aws_sdk_sqs::Client,
    stage: &'static str,
}

/// How long a message that is looked at is hidden from others.
const LOOKING_SECONDS: i32 = 60;

impl Queues {
    /// The queues of the deployment of this stage.
    pub fn new(config: &SdkConfig, stage: &'static str) -> Self {
        Self { client: aws_sdk_sqs::Client::new(config), stage }
    }

    async fn url(&self, queue: &str) -> anyhow::Result<String> {
        let name = format!("aftercall-{}-{queue}", self.stage);
        let answer = self.client.get_queue_url().queue_name(&name).send().await;
        let answer = answer.map_err(told).with_context(|| format!("find the queue {name}"))?;
        answer.queue_url.with_context(|| format!("the queue {name} has no address"))
    }

    /// Puts one message on a queue.
    ///
    /// # Errors
    /// The queue is not there, or fails.
    pub async fn put<M: Serialize + Sync>(&self, queue: &str, message: &M) -> anyhow::Result<()> {
        let body = serde_json::to_string(message).context("write a message")?;
        let put = self.client.send_message().queue_url(self.url(queue).await?).message_body(body);
        put.send().await.map_err(told).with_context(|| format!("put a message on {queue}"))?;
        Ok(())
    }

    /// How many messages a queue holds, those being worked on among them.
    ///
    /// # Errors
    /// The queue is not there, or fails.
    pub async fn holds(&self, queue: &str) -> anyhow::Result<u64> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let asked = self
            .client
            .get_queue_attributes()
            .queue_url(self.url(queue).await?)
            .set_attribute_names(Some(names.to_vec()))
            .send()
            .await;
        let answer = asked.map_err(told).with_context(|| format!("look at the queue {queue}"))?;
        let numbers = answer.attributes.unwrap_or_default();
        Ok(numbers.values().filter_map(|number| number.parse::<u64>().ok()).sum())
    }

    /// Takes up to ten messages of a queue; each comes back after a minute unless it is deleted.
    ///
    /// # Errors
    /// The queue is not there, or fails.
    pub async fn look(&self, queue: &str) -> anyhow::Result<Vec<Dead>> {
        let received = self
            .client
            .receive_message()
            .queue_url(self.url(queue).await?)
            .max_number_of_messages(10)
            .visibility_timeout(LOOKING_SECONDS)
            .send()
            .await;
        let received = received.map_err(told).with_context(|| format!("read {queue}"))?;
        let held = received.messages.unwrap_or_default().into_iter();
        Ok(held.filter_map(|m| Some(Dead { body: m.body?, handle: m.receipt_handle? })).collect())
    }

    /// Puts a message that was looked at on another queue, and takes it off its own. Put first, taken off
    /// after: one that comes twice does no harm, and one that is lost does.
    ///
    /// # Errors
    /// A queue is not there, or fails.
    pub async fn carry(&self, dead: &Dead, from: &str, to: &str) -> anyhow::Result<()> {
        let put = self.client.send_message().queue_url(self.url(to).await?);
        let put = put.message_body(&dead.body).send().await;
        put.map_err(told).with_context(|| format!("put a message on {to}"))?;
        self.take_off(dead, from).await
    }

    /// Takes a message that was looked at off its queue.
    ///
    /// # Errors
    /// The queue is not there, or fails.
    pub async fn take_off(&self, dead: &Dead, from: &str) -> anyhow::Result<()> {
        let url = self.url(from).await?;
        let taken = self.client.delete_message().queue_url(url).receipt_handle(&dead.handle);
        taken.send().await.map_err(told).with_context(|| format!("take a message off {from}"))?;
        Ok(())
    }

    /// Lets a message that was looked at be seen again at once.
    ///
    /// # Errors
    /// The queue is not there, or fails.
    pub async fn put_back(&self, dead: &Dead, queue: &str) -> anyhow::Result<()> {
        let url = self.url(queue).await?;
        let back = self.client.change_message_visibility().queue_url(url);
        let back = back.receipt_handle(&dead.handle).visibility_timeout(0).send().await;
        back.map_err(told).with_context(|| format!("put a message back on {queue}"))?;
        Ok(())
    }
}

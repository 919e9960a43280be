//! The queues, for whoever puts messages on. Taking them off is [`crate::runtime`]'s.

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
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

//! Wires `webhook` to the world.

mod config;

use adapters::queue::SqsQueue;
use adapters::supplier::{Suppliers, notify};
use adapters::table::Table;
use adapters::{aws, runtime, secrets, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::config().await;
    let table = Table::new(&aws, config.table, config.common.clock);
    let queue = SqsQueue::new(&aws, config.inbound_queue);
    let tokens = secrets::fetch(&aws, &config.callback_tokens).await?;
    let pepper = secrets::pepper(&aws, &config.pepper).await?;
    let suppliers = Suppliers { notify: notify::callback::Notify::new(&tokens, pepper)? };
    runtime::serve_calls(async |request| {
        let outcome = webhook::handle(&suppliers, &table, &queue, &request).await;
        tracing::info!(outcome = ?outcome, "answered");
        outcome.status()
    })
    .await
}

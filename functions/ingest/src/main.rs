//! Wires `ingest` to the world.

mod config;

use adapters::alerts::Topic;
use adapters::extracts::Bucket;
use adapters::queue::SqsQueue;
use adapters::table::Table;
use adapters::{aws, runtime, secrets, telemetry};
use ingest::Keys;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock).sealing(&aws, config.number_key);
    let bucket = Bucket::new(&aws::for_streams(&aws), config.bucket);
    let queue = SqsQueue::new(&aws, config.inbound_queue);
    let alerts = Topic::new(&aws, config.alert_topic);
    let pepper = secrets::pepper(&aws, &config.pepper).await?;
    let keys = Keys { pepper, drama: config.common.stage.drama() };
    runtime::serve_objects(async |key| {
        ingest::landed(&table, &queue, &bucket, &alerts, &keys, &key, clock.now()).await
    })
    .await
}

//! Wires `feedback` to the world.

mod config;

use adapters::alerts::Topic;
use adapters::table::Table;
use adapters::{aws, runtime, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::config().await;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let alerts = Topic::new(&aws, config.alert_topic);
    runtime::serve_queue(async |message, _| {
        feedback::handle(&table, &alerts, message, clock.now()).await
    })
    .await
}

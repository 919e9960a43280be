//! Wires `dispatch` to the world.

mod config;

use adapters::queue::SqsQueue;
use adapters::table::Table;
use adapters::{aws, runtime, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::config().await;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let queue = SqsQueue::new(&aws, config.send_queue);
    runtime::serve_schedule(async |_| dispatch::handle(&table, &queue, clock.now()).await).await
}

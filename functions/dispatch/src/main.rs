//! Wires `dispatch` to the world.
// The futures of the AWS clients nest deeply; this is the depth to which the compiler looks into them.
#![recursion_limit = "256"]

mod config;

use adapters::alerts::Topic;
use adapters::queue::SqsQueue;
use adapters::table::Table;
use adapters::{aws, runtime, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let queue = SqsQueue::new(&aws, config.send_queue);
    let alerts = Topic::new(&aws, config.alert_topic);
    runtime::serve_schedule(async |_| dispatch::handle(&table, &queue, &alerts, clock.now()).await)
        .await
}

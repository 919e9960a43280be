//! Wires `dispatch` to the world.
// The futures of the AWS clients nest deeply; this is the depth to which the compiler looks into them.
#![recursion_limit = "256"]

mod config;

use std::time::Duration;

use adapters::alerts::Topic;
use adapters::queue::SqsQueue;
use adapters::table::Table;
use adapters::{aws, runtime, telemetry};
use domain::ports::Time;

/// How long a hundred contacts can take a fourteenth of a processor, with a table that has to be asked again.
const WORST_BATCH: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let queue = SqsQueue::new(&aws, config.send_queue);
    let alerts = Topic::new(&aws, config.alert_topic);
    runtime::serve_schedule(async |_, deadline| {
        let time = Time { now: || clock.now(), enough: || deadline.leaves(WORST_BATCH) };
        dispatch::handle(&table, &queue, &alerts, time).await
    })
    .await
}

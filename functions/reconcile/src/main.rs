//! Wires `reconcile` to the world.

mod config;

use std::time::Duration;

use adapters::alerts::Topic;
use adapters::extracts::Bucket;
use adapters::links::Links;
use adapters::queue::SqsQueue;
use adapters::table::Table;
use adapters::{aws, runtime, secrets, telemetry};
use domain::ports::Time;

/// What is kept of a run's time for the suppliers' lists of replies and for what landed: a reply may be a cry
/// for help, and must not wait behind ten thousand receipts.
const OF_REPLIES: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table.clone(), clock).sealing(&aws, config.number_key);
    let queue = SqsQueue::new(&aws, config.inbound_queue);
    let pepper = secrets::pepper(&aws, &config.pepper).await?;
    let links = Links::fetch(&aws, &config.link_keys, &config.alarm_url).await?;
    let alerts = Topic::new(&aws, config.alert_topic).with_links(links, clock);
    let bucket = Bucket::new(&aws, config.bucket);
    let senders = config.accounts.open(&aws, &config.table, config.common).await?;
    runtime::serve_schedule(async |_, deadline| {
        let ours = reconcile::Ours { pepper: &pepper, ring_again: config.ring_again };
        let time = Time { now: || clock.now(), enough: || deadline.leaves(OF_REPLIES) };
        reconcile::handle(&table, &senders, &queue, &alerts, &bucket, ours, time).await
    })
    .await
}

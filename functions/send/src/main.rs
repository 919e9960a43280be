//! Wires `send` to the world.

mod config;

use adapters::alerts::Topic;
use adapters::table::Table;
use adapters::{aws, http, runtime, telemetry};
use domain::ports::{Catalogue as _, Time};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table.clone(), clock)
        .sealing(&aws, config.number_key)
        .remembering();
    let alerts = Topic::new(&aws, config.alert_topic);
    let (senders, ()) = tokio::join!(
        config.accounts.open(&aws, &config.table, config.common),
        // What the first text asks too; the prices are kept.
        runtime::warm(table.in_force()),
    );
    let senders = senders?;
    runtime::warm(senders.greet()).await;
    runtime::serve_queue(async |message, deadline| {
        let time = Time { now: || clock.now(), enough: || deadline.leaves(http::WORST_SEND) };
        send::handle(&table, &senders, &alerts, message, time).await
    })
    .await
}

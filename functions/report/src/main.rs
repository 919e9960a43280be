//! Wires `report` to the world.

mod config;

use adapters::extracts::Bucket;
use adapters::table::Table;
use adapters::{aws, runtime, telemetry};
use domain::figures::Period;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::config().await;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let pages = Bucket::new(&aws, config.bucket);
    runtime::serve_schedule(async |event| {
        let now = clock.now();
        let period = match runtime::days(&event)? {
            Some((from, to)) => Period { from, to },
            None => Period::daily(now),
        };
        report::handle(&table, &pages, period, now).await
    })
    .await
}

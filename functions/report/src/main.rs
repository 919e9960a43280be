//! Wires `report` to the world.

mod config;

use adapters::extracts::Bucket;
use adapters::table::Table;
use adapters::{aws, runtime, telemetry};
use domain::figures::Period;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let pages = Bucket::new(&aws, config.bucket);
    runtime::serve_schedule(async |event, _| {
        let now = clock.now();
        match runtime::days(&event)? {
            Some((from, to)) => report::handle(&table, &pages, Period { from, to }, now).await,
            None => Box::pin(report::handle_due(&table, &pages, now)).await,
        }
    })
    .await
}

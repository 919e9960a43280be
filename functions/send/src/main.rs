//! Wires `send` to the world.

mod config;

use adapters::supplier::notify::client::{ApiKey, Notify};
use adapters::table::Table;
use adapters::{aws, http, runtime, secrets, telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::config().await;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let key = ApiKey::parse(&secrets::fetch(&aws, &config.notify_api_key).await?)?;
    let supplier = Notify::new(http::client()?, config.notify, key, clock);
    runtime::serve_queue(async |message| {
        send::handle(&table, &supplier, message, &|| clock.now()).await
    })
    .await
}

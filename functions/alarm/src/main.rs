//! Wires `alarm` to the world.

mod config;

use adapters::links::Links;
use adapters::table::Table;
use adapters::{aws, pages, runtime, telemetry};
use domain::ports::Inbox as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock).sealing(&aws, config.number_key);
    let links = Links::fetch(&aws, &config.link_keys, "").await?;
    runtime::warm(table.call("none", "none")).await; // there is none: it opens the connection
    runtime::serve_visits(async |visit| {
        let page = alarm::handle(&table, &links, &visit, clock.now()).await;
        tracing::info!(page = page.name(), "an alarm's link was followed");
        runtime::Answer::page(page.status(), pages::alarm::page(&page))
    })
    .await
}

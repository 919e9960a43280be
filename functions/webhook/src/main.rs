//! Wires `webhook` to the world.

mod config;

use adapters::links::Links;
use adapters::queue::SqsQueue;
use adapters::runtime::{Answer, Asked};
use adapters::supplier::{self, Suppliers, exchange, notify, twilio};
use adapters::table::Table;
use adapters::{aws, pages, runtime, secrets, telemetry};
use domain::ports::Inbox as _;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::config().await;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let queue = SqsQueue::new(&aws, config.inbound_queue);
    let pepper = secrets::pepper(&aws, &config.pepper).await?;
    let links = Links::fetch(&aws, &config.link_keys, "").await?;
    let mut suppliers = Suppliers::default();
    if let Some(tokens) = &config.notify_tokens {
        let tokens = secrets::fetch(&aws, tokens).await?;
        suppliers.notify = Some(notify::callback::Notify::new(&tokens, pepper.clone())?);
    }
    if let Some((tokens, url)) = &config.twilio {
        let tokens = secrets::fetch(&aws, tokens).await?;
        suppliers.twilio = Some(twilio::callback::Twilio::new(&tokens, url, pepper.clone())?);
    }
    if let Some(secrets) = &config.partners {
        let secrets = secrets::fetch(&aws, secrets).await?;
        suppliers.exchange = Some(exchange::webhook::Exchange::new(&secrets, pepper)?);
    }
    runtime::warm(table.call("none", "none")).await; // there is none: it opens the connection
    runtime::serve_calls(clock, async |asked| match asked {
        Asked::Callback(request) => {
            let outcome = webhook::handle(&suppliers, &table, &queue, &request).await;
            tracing::info!(outcome = ?outcome, "answered");
            Answer::bare(supplier::kept(&request.supplier, outcome.status()))
        }
        Asked::Visit(visit) => {
            let page = webhook::alarm::visit(&table, &links, &visit, clock.now()).await;
            tracing::info!(page = page.name(), "an alarm's link was followed");
            Answer::page(page.status(), pages::alarm::page(&page))
        }
    })
    .await
}

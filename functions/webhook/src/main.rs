//! Wires `webhook` to the world.

mod config;

use adapters::queue::SqsQueue;
use adapters::runtime::Answer;
use adapters::supplier::{self, Suppliers, exchange, notify, twilio};
use adapters::table::Table;
use adapters::{aws, runtime, secrets, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock).sealing(&aws, config.number_key);
    let queue = SqsQueue::new(&aws, config.inbound_queue);
    let (pepper, ()) =
        tokio::join!(secrets::pepper(&aws, &config.pepper), runtime::warm(table.knock()));
    let pepper = pepper?;
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
    runtime::serve_calls(clock, async |request| {
        let outcome = webhook::handle(&suppliers, &table, &queue, &request).await;
        tracing::info!(outcome = ?outcome, "answered");
        Answer::bare(supplier::kept(&request.supplier, outcome.status()))
    })
    .await
}

//! Wires `feedback` to the world.

mod config;

use adapters::alerts::Topic;
use adapters::links::Links;
use adapters::queue::SqsQueue;
use adapters::second_reader::Second;
use adapters::table::Table;
use adapters::{aws, http, runtime, secrets, telemetry};
use domain::ports::Inbox as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init();
    let config = config::Config::from_env()?;
    let aws = aws::of_function(config.common.stage)?;
    let clock = config.common.clock;
    let table = Table::new(&aws, config.table, clock);
    let links = Links::fetch(&aws, &config.link_keys, &config.alarm_url).await?;
    let alerts = Topic::new(&aws, config.alert_topic).with_links(links, clock);
    let to_send = SqsQueue::new(&aws, config.send_queue);
    let second = match config.second_reader {
        None => Second::default(),
        Some((url, token)) => {
            let http = http::client(config.common.stage)?;
            Second::at(http, url, secrets::fetch(&aws, &token).await?)
        }
    };
    // A reply that there is not: the question opens the connection.
    runtime::warm(table.call("none", "none")).await;
    runtime::serve_queue(async |message, _| {
        feedback::handle(&table, &alerts, &to_send, &second, message, clock.now()).await
    })
    .await
}

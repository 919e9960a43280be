//! How the clients of AWS reach the network: by the HTTP client that suppliers are called with.
//!
//! The SDK's own would be a second one, with HTTP/2 that none of these services speaks, and it reads the
//! machine's certificate authorities anew for every service.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use reqwest::{Body, Request};

/// An HTTP client as the SDK asks for one.
#[derive(Debug, Clone)]
pub(crate) struct Connector(pub(crate) reqwest::Client);

impl HttpClient for Connector {
    /// The settings are how long to wait for a connection, which the client was built with.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x();
            let request = request.map_err(|error| ConnectorError::user(error.into()))?;
            let request = Request::try_from(request.map(Body::wrap)).map_err(failed)?;
            let answer = http.execute(request).await.map_err(failed)?;
            let answer = http::Response::<Body>::from(answer).map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What went wrong, as the SDK decides by whether to ask again: it does, unless no request could be made.
fn failed(error: reqwest::Error) -> ConnectorError {
    let kind = if error.is_builder() {
        ConnectorError::user
    } else if error.is_timeout() {
        ConnectorError::timeout
    } else {
        ConnectorError::io
    };
    kind(error.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use aws_config::retry::RetryConfig;
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
    use rustls::RootCertStore;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::aws::told;
    use crate::http;

    const ITEM: &str =
        "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"Item\":{\"pk\":{\"S\":\"here\"}}}";
    const BUSY: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    const NO: &str = "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n";
    const SILENCE: &str = "";

    /// What comes of asking a table that gives each connection the next of these answers and hangs up, and
    /// how often it was asked.
    async fn check(answers: &'static [&'static str], expected: &str, times: usize) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let table = tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                assert_ne!(stream.read(&mut request).await.unwrap(), 0);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let keys = Credentials::new("key", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .http_client(Connector(http::for_aws(RootCertStore::empty()).unwrap()))
            .endpoint_url(url)
            .build();
        let found = match Client::new(&config).get_item().table_name("table").send().await {
            Ok(found) => found.item.unwrap()["pk"].as_s().unwrap().clone(),
            Err(error) => told(error).to_string(),
        };
        table.abort();
        assert_eq!((found.as_str(), asked.load(Ordering::SeqCst)), (expected, times));
    }

    #[tokio::test]
    async fn a_call_is_made_again_when_that_may_help() {
        check(&[ITEM], "here", 1).await;
        check(&[SILENCE, ITEM], "here", 2).await;
        check(&[BUSY, SILENCE, ITEM], "here", 3).await;
        check(&[SILENCE, SILENCE, SILENCE, ITEM], "no connection", 3).await;
        check(&[NO, ITEM], "refused: no code", 1).await;
        check(&[], "no connection", 0).await;
    }
}

//! A second reader of the force's own, asked over HTTP.
//!
//! It is sent `{"text": "…"}` and answers `{"class": "emergency"}`, or any other of our names for a
//! class, or nothing of the kind when it has no opinion. It may only make a reply more urgent, so an
//! answer that is late, broken or absurd costs a log line and no more.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::ports::SecondReader;
use domain::reply::Class;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// How long it is waited for: the reply has been read by ours already.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most bytes of an answer that are looked at.
const ANSWER_MAX_BYTES: usize = 4 * 1024;

#[derive(Serialize)]
struct Asked<'a> {
    text: &'a str,
}

#[derive(Deserialize)]
struct Opinion {
    class: Option<String>,
}

/// Where it is, and what it knows us by.
struct Place {
    http: reqwest::Client,
    url: String,
    token: SecretString,
}

/// A second reader, or none.
#[derive(Default)]
pub struct Second(Option<Place>);

impl Second {
    /// One at this address, which it knows by a bearer token.
    pub fn at(http: reqwest::Client, url: String, token: SecretString) -> Self {
        Self(Some(Place { http, url, token }))
    }
}

impl SecondReader for Second {
    async fn second(&self, text: &str) -> anyhow::Result<Option<Class>> {
        let Some(Place { http, url, token }) = &self.0 else { return Ok(None) };
        let asked = http.post(url).timeout(PATIENCE).bearer_auth(token.expose_secret().trim());
        // Not the error itself: it names the address.
        let answer = asked.json(&Asked { text }).send().await;
        let answer = answer.ok().context("no answer")?;
        let status = answer.status();
        ensure!(status.is_success(), "it answered {}", status.as_u16());
        let body = answer.bytes().await.ok().context("its answer broke off")?;
        ensure!(body.len() <= ANSWER_MAX_BYTES, "its answer is too long");
        let opinion: Opinion =
            serde_json::from_slice(&body).ok().context("its answer is no JSON")?;
        Ok(opinion.class.as_deref().and_then(Class::parse))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::HeaderMap;
    use axum::routing::post;

    use super::*;
    use crate::config::Stage;

    /// A reader that answers this, and what it makes of a text.
    async fn asked(status: u16, answer: &'static str) -> anyhow::Result<Option<Class>> {
        let answer = move |headers: HeaderMap, body: String| async move {
            assert_eq!(headers["authorization"], "Bearer a-token");
            assert_eq!(body, r#"{"text":"he is \"back\""}"#);
            (axum::http::StatusCode::from_u16(status).unwrap(), answer)
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/", post(answer))).await
        });
        let http = crate::http::client(Stage::Local).unwrap();
        let second = Second::at(http, url, SecretString::from("a-token\n"));
        let opinion = second.second(r#"he is "back""#).await;
        serving.abort();
        opinion
    }

    #[tokio::test]
    async fn its_opinion_is_heard_and_what_is_none_is_none() {
        assert_eq!(asked(200, r#"{"class":"emergency"}"#).await.unwrap(), Some(Class::Emergency));
        for none in [r#"{"class":"a bad feeling"}"#, r#"{"class":null}"#, r#"{"more":1}"#] {
            assert_eq!(asked(200, none).await.unwrap(), None, "{none}");
        }
        assert_eq!(Second::default().second("x").await.unwrap(), None, "there is none");
    }

    #[tokio::test]
    async fn a_broken_answer_is_an_error_without_words() {
        for (status, answer) in [(500, "{}"), (200, "certainly!"), (302, "")] {
            let error = asked(status, answer).await.unwrap_err();
            assert!(!format!("{error:#}").contains("back"), "{error:#}");
        }
        let nowhere = "http://127.0.0.1:9/".to_owned();
        let second = Second::at(
            crate::http::client(Stage::Local).unwrap(),
            nowhere,
            SecretString::from("t"),
        );
        let error = second.second("he is back").await.unwrap_err();
        assert_eq!(format!("{error:#}"), "no answer");
    }
}

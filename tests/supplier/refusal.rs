//! Notify's way of saying no.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A request that was not granted, with Notify's status, error types and messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status, which the body repeats.
    pub status: u16,
    /// The errors, each a type and a message.
    pub errors: Vec<(&'static str, String)>,
}

impl Refusal {
    /// The token is missing, wrong or out of date.
    pub(super) fn auth(status: u16, message: &str) -> Self {
        Self::one(status, "AuthError", message.to_owned())
    }

    /// The request is well formed but asks for what the service cannot have.
    pub(super) fn bad_request(message: String) -> Self {
        Self::one(400, "BadRequestError", message)
    }

    /// The request does not fit the schema.
    pub(super) fn validation(messages: Vec<String>) -> Self {
        Self {
            status: 400,
            errors: messages.into_iter().map(|message| ("ValidationError", message)).collect(),
        }
    }

    /// The number is real but is not one that this service may text.
    pub(super) fn phone(message: &str) -> Self {
        Self::one(400, "InvalidPhoneError", message.to_owned())
    }

    /// There is no such notification.
    pub(super) fn no_result() -> Self {
        Self::one(404, "NoResultFound", "No result found".to_owned())
    }

    /// There were too many requests in the last minute.
    pub(super) fn rate_limit(per_minute: usize) -> Self {
        let message = format!(
            "Exceeded rate limit for key type LIVE of {per_minute} requests per 60 seconds"
        );
        Self::one(429, "RateLimitError", message)
    }

    /// There were too many texts today.
    pub(super) fn daily_limit(per_day: usize) -> Self {
        Self::one(
            429,
            "TooManyRequestsError",
            format!("Exceeded send limits (sms: {per_day}) for today"),
        )
    }

    /// Something broke.
    pub(super) fn internal() -> Self {
        Self::one(500, "Exception", "Internal server error".to_owned())
    }

    /// Something took too long.
    pub(super) fn timeout() -> Self {
        Self::one(504, "EventletTimeout", "Timeout serving request".to_owned())
    }

    fn one(status: u16, error: &'static str, message: String) -> Self {
        Self { status, errors: vec![(error, message)] }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let errors: Vec<_> = self
            .errors
            .iter()
            .map(|(error, message)| json!({"error": error, "message": message}))
            .collect();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(json!({"status_code": self.status, "errors": errors}))).into_response()
    }
}

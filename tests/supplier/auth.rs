//! The bearer token, checked in Notify's order and refused in Notify's words.

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous};
use serde_json::{Map, Value};

use super::{
    refusal::Refusal,
    settings::{ApiKey, is_uuid},
};

/// How far, in seconds, a token's `iat` may be from the supplier's clock on either side.
const BOUND: i64 = 30;

const GENERAL: &str = "Invalid token: make sure your API token matches the example at https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header";

/// Checks that the request carries a token which one of the service's keys signed within the last 30 seconds.
pub(super) fn check(headers: &HeaderMap, keys: &[ApiKey], now: Timestamp) -> Result<(), Refusal> {
    let header =
        headers.get(header::AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let header = match &header {
        Some(header) if !header.is_empty() => header,
        _ => return Err(Refusal::auth(401, "Unauthorized: authentication token must be provided")),
    };
    let token = match header.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer ") => token,
        _ => {
            return Err(Refusal::auth(
                401,
                "Unauthorized: authentication bearer scheme must be used",
            ));
        }
    };
    let forbidden = |message: &str| Refusal::auth(403, message);

    let claims: Map<String, Value> =
        dangerous::insecure_decode_claims(token).map_err(|_| forbidden(GENERAL))?;
    let issuer =
        claims.get("iss").ok_or_else(|| forbidden("Invalid token: iss field not provided"))?;
    match issuer.as_str() {
        Some(issuer) if !is_uuid(issuer) => {
            return Err(forbidden("Invalid token: service id is not the right data type"));
        }
        Some(issuer) if keys.iter().any(|key| issuer.eq_ignore_ascii_case(key.service_id())) => {}
        Some(_) => return Err(forbidden("Invalid token: service not found")),
        None => return Err(forbidden("Invalid token: service id is not the right data type")),
    }

    // A header that names an algorithm unknown to the library, "none" among them, is refused likewise.
    match jsonwebtoken::decode_header(token) {
        Ok(header) if header.alg == Algorithm::HS256 => {}
        Ok(_) | Err(_) => return Err(forbidden("Invalid token: algorithm used is not HS256")),
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let signed = |key: &ApiKey| {
        let key = DecodingKey::from_secret(key.secret());
        jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).is_ok()
    };
    if !keys.iter().any(signed) {
        return Err(forbidden("Invalid token: API key not found"));
    }

    if claims.contains_key("aud") {
        return Err(forbidden(GENERAL));
    }
    // Notify reports a token without `iat` as if its signature were wrong.
    let issued_at = claims
        .get("iat")
        .and_then(Value::as_i64)
        .ok_or_else(|| forbidden("Invalid token: API key not found"))?;
    let now = now.as_second();
    if now > issued_at.saturating_add(BOUND) || issued_at > now.saturating_add(BOUND) {
        return Err(forbidden("Error: Your system clock must be accurate to within 30 seconds"));
    }
    Ok(())
}

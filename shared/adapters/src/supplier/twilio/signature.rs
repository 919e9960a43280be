//! `X-Twilio-Signature`: HMAC-SHA-1 of the URL Twilio called and everything it posted there.
//! Source: `www.twilio.com/docs/usage/security#validating-requests` and Twilio's own libraries.
//!
//! Twilio signs the URL it was given, which behind a gateway is not the one the request shows, so
//! the public address is configured and never taken from a header. How that URL is written differs
//! between parts of Twilio; every spelling its own libraries try is tried here. They all say the
//! same URL, so nothing else becomes acceptable.
//!
//! There is no time in it: a call can be replayed for ever, and means the same every time.

use std::collections::BTreeSet;

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::{Position, Url, form_urlencoded};

/// The query parameter that stands for a body that is not a form.
const BODY_HASH: &str = "bodySHA256";

/// What Node's `querystring` leaves as it is.
const LEGACY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The public address that Twilio calls, up to where the kind of call begins.
#[derive(Debug, Clone)]
pub(super) struct Address {
    url: Url,
    port: u16,
}

impl Address {
    /// Reads an address such as `https://example.police.uk/callbacks`.
    ///
    /// # Errors
    /// It is not an address of the web.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim().trim_end_matches('/');
        let url = Url::parse(text).context("the callback URL is not a URL")?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        anyhow::ensure!(is_web, "the callback URL is not one of the web");
        let is_bare = url.query().is_none() && url.fragment().is_none();
        anyhow::ensure!(is_bare, "the callback URL must end before any ? or #");
        let port = url.port_or_known_default().context("the callback URL has no port")?;
        Ok(Self { url, port })
    }

    /// The whole URL of one kind of call.
    pub(super) fn join(&self, path: &str, query: &str) -> String {
        let mut whole = self.url.as_str().trim_end_matches('/').to_owned() + path;
        if !query.is_empty() {
            whole = whole + "?" + query;
        }
        whole
    }

    /// Every spelling of that URL that Twilio is known to sign.
    fn spellings(&self, path: &str, query: &str) -> Vec<String> {
        let host = &self.url[..Position::AfterHost];
        let before = self.url.path().trim_end_matches('/');
        let mut queries = vec![query.to_owned()];
        if !query.is_empty() {
            // As the web writes it: Twilio signs a raw apostrophe as %27.
            // A sign that ends a URL's query, or that its parser drops, would make another of it.
            if let Ok(url) = Url::parse(&self.join(path, query)) {
                let pairs = |query| form_urlencoded::parse(str::as_bytes(query));
                let same = url.query().filter(|spelled| pairs(spelled).eq(pairs(query)));
                queries.extend(same.map(str::to_owned));
            }
            queries.push(legacy(query));
            queries.sort_unstable();
            queries.dedup();
        }
        let mut all = Vec::new();
        for query in &queries {
            let mark = if query.is_empty() { "" } else { "?" };
            for port in [String::new(), format!(":{}", self.port)] {
                all.push(format!("{host}{port}{before}{path}{mark}{query}"));
            }
        }
        all
    }
}

/// A query as Node's `querystring` writes it again, with `%20` for a plus sign.
fn legacy(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(name, value)| {
        let name = utf8_percent_encode(&name, LEGACY);
        format!("{name}={}", utf8_percent_encode(&value, LEGACY))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// What is signed beside the URL: every parameter received, in order of its name and then of its
/// value, each pair once. Twilio adds parameters without notice, so none is left out.
fn signed_params(body: &[u8]) -> String {
    let pairs: BTreeSet<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    pairs.into_iter().map(|(name, value)| name + &value).collect()
}

/// Whether one of these tokens signed this call.
pub(super) fn verified(
    tokens: &[SecretString],
    address: &Address,
    (path, query): (&str, &str),
    body: &[u8],
    signature: &str,
) -> bool {
    let hash = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == BODY_HASH);
    // A body that is not a form is signed by its hash in the query, and the form counts as empty.
    let (params, body_holds) = match hash {
        Some((_, hash)) => (String::new(), same(hash.as_bytes(), sha256(body).as_bytes())),
        None => (signed_params(body), true),
    };
    let mut any = false;
    // Every token and spelling is compared, so that the time does not tell which came near.
    for url in address.spellings(path, query) {
        for token in tokens {
            any |= same(sign(token, &url, &params).as_bytes(), signature.as_bytes());
        }
    }
    any && body_holds
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

fn sign(token: &SecretString, url: &str, params: &str) -> String {
    let key = token.expose_secret().as_bytes();
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any key length");
    mac.update(url.as_bytes());
    mac.update(params.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn sha256(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Signs a call as Twilio does, for tests.
#[cfg(test)]
pub(super) fn signed(token: &str, url: &str, body: &[u8]) -> String {
    sign(&SecretString::from(token), url, &signed_params(body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The token and parameters of the vectors in Twilio's own test suites.
    const TOKEN: &str = "12345";
    const FIVE: &str = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309\
                        &To=%2B18005551212&Caller=%2B14158675309";
    const QUERY: &str = "foo=1&bar=2";

    fn at(address: &str, query: &str, body: &str, signature: &str) -> bool {
        let tokens = [SecretString::from(TOKEN)];
        let address = Address::parse(address).unwrap();
        verified(&tokens, &address, ("/myapp.php", query), body.as_bytes(), signature)
    }

    fn check(address: &str, query: &str, body: &str, signature: &str) {
        assert!(at(address, query, body, signature), "{address} {query} {body} {signature}");
        assert!(!at(address, query, &format!("{body}&More=1"), signature), "another parameter");
        assert!(!at("https://example.invalid", query, body, signature), "another URL");
        assert!(!at(address, query, body, &signature[..signature.len() - 1]), "truncated");
        assert!(!at(address, query, body, &signature.to_lowercase()), "another signature");
    }

    #[test]
    fn the_published_vectors_verify() {
        const HOST: &str = "https://mycompany.com";
        check(HOST, QUERY, FIVE, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let other = FIVE.replace("14158675309", "12349013030");
        check(HOST, QUERY, &other, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
        let many = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        check(HOST, QUERY, many, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
        let bindings = [
            "MessagingBinding.Address=%2B1325xxxxxxx&MessagingBinding.Address=%2B1415xxxxxxx",
            "MessagingBinding.Address=%2B1415xxxxxxx&MessagingBinding.Address=%2B1325xxxxxxx",
        ];
        for body in bindings {
            check(HOST, QUERY, body, "83O6e2vORAoJHUNzJjDWN1jz+BA=");
        }
    }

    #[test]
    fn a_port_may_be_signed_or_not() {
        for address in ["https://mycompany.com", "https://mycompany.com:443"] {
            check(address, QUERY, FIVE, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
            check(address, QUERY, FIVE, "kvajT1Ptam85bY51eRf/AJRuM3w=");
        }
        check("http://mycompany.com", QUERY, FIVE, "0ZXoZLH/DfblKGATFgpif+LLRf4=");
        check("http://mycompany.com:1234", QUERY, FIVE, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=");
    }

    #[test]
    fn a_name_and_password_in_the_address_are_signed() {
        let both = "https://user:pass@mycompany.com";
        check(both, QUERY, FIVE, "CukzLTc1tT5dXEDIHm/tKBanW10=");
        check(both, QUERY, FIVE, "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=");
        check("https://user@mycompany.com", QUERY, FIVE, "2YRLlVAflCqxaNicjMpJcSTgzSs=");
    }

    #[test]
    fn an_apostrophe_in_the_query_is_signed_raw_or_escaped() {
        const HOST: &str = "https://mycompany.com";
        for query in ["foo=1&bar=2&Body=It's+amazing", "foo=1&bar=2&Body=It%27s+amazing"] {
            check(HOST, query, FIVE, "TfZzewPq8wqrGlMfyAud8+/IvJ0=");
        }
        check(HOST, "foo=1&bar=2&Body=It's+amazing", FIVE, "dsq4Ehbj6cs+KdTkpF5sSSplOWw=");
        // As Node's library writes the query again.
        let again = "https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's%20amazing";
        let signature = signed(TOKEN, again, FIVE.as_bytes());
        check(HOST, "foo=1&bar=2&Body=It's+amazing", FIVE, &signature);
        check(HOST, "foo=1&bar=2&Body=It%27s+amazing", FIVE, &signature);
    }

    #[test]
    fn another_query_is_no_spelling() {
        const HOST: &str = "https://mycompany.com";
        let signature = signed(TOKEN, &format!("{HOST}/myapp.php?{QUERY}"), FIVE.as_bytes());
        assert!(at(HOST, QUERY, FIVE, &signature));
        // What a URL's parser takes for no part of the query.
        for query in ["foo=1&bar=2#3", "foo=1&bar=2\t", "foo=1\n&bar=2", "foo=1&bar=2 "] {
            assert!(!at(HOST, query, FIVE, &signature), "{query:?}");
        }
    }

    #[test]
    fn a_body_that_is_no_form_is_signed_by_its_hash() {
        const HOST: &str = "https://mycompany.com";
        const HASH: &str =
            "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
        const BODY: &str = r#"{"property": "value", "boolean": true}"#;
        const NONE: &str =
            "bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        check(HOST, &format!("{QUERY}&{HASH}"), BODY, "a9nBmqA0ju/hNViExpshrM61xv4=");
        check(HOST, &format!("{QUERY}&{NONE}"), "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc=");
        check(HOST, &format!("{QUERY}&{NONE}"), "{}", "rw/jVviOgicj2+kHZULvebnA4ag=");
        check(HOST, HASH, BODY, "y77kIzt2vzLz71DgmJGsen2scGs=");
    }

    /// The parameters of a reply, as Twilio posts them; `Body` is added by the test.
    const INBOUND: &str = "ToCountry=GB&SmsMessageSid=SM00000000000000000000000000000001&NumMedia=0\
        &SmsSid=SM00000000000000000000000000000001&SmsStatus=received&FromCountry=GB\
        &To=%2B447700900456&NumSegments=1&MessageSid=SM00000000000000000000000000000001\
        &AccountSid=AC00000000000000000000000000000001&From=%2B447700900123\
        &ApiVersion=2010-04-01";

    fn messaging(path: &str, query: &str, body: &str, signature: &str) {
        let tokens = [SecretString::from("test-auth-token")];
        let address = Address::parse("https://feedback.example.police.uk/webhooks").unwrap();
        let holds = |body: &str, signature: &str| {
            verified(&tokens, &address, (path, query), body.as_bytes(), signature)
        };
        assert!(holds(body, signature), "{body}");
        assert!(!holds(&body.replace("ApiVersion=2010", "ApiVersion=2011"), signature));
        assert!(!holds(body, ""));
    }

    #[test]
    fn a_reply_and_a_receipt_verify() {
        let words = "5+%E2%80%93+brilliant%2C+thank+you+%C2%A3+%F0%9F%91%8D";
        let body = format!("{INBOUND}&Body={words}");
        messaging("/twilio/inbound", "", &body, "UNcZ4siYhWdH7Uebu9PPsvaIQzQ=");
        let spaces = body.replace('+', "%20");
        messaging("/twilio/inbound", "", &spaces, "UNcZ4siYhWdH7Uebu9PPsvaIQzQ=");
        let empty = format!("{INBOUND}&Body=");
        messaging("/twilio/inbound", "", &empty, "2Y59WTvEjc2YpQ+MMoWr0BCcrY0=");
        let receipt = "MessageSid=SM00000000000000000000000000000002\
            &SmsSid=SM00000000000000000000000000000002&MessageStatus=delivered\
            &SmsStatus=delivered&To=%2B447700900123&From=%2B447700900456\
            &AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01";
        let query = "ref=01J0000000000000000000000A";
        messaging("/twilio/status", query, receipt, "g2YeWyYUzB7ai8crt/iskqUFSY0=");
    }

    #[test]
    fn either_token_verifies_and_no_other() {
        let address = Address::parse("https://mycompany.com").unwrap();
        let check = |tokens: &[&str], expected| {
            let tokens: Vec<_> = tokens.iter().map(|token| SecretString::from(*token)).collect();
            let call = ("/myapp.php", QUERY);
            let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
            let found = verified(&tokens, &address, call, FIVE.as_bytes(), signature);
            assert_eq!(found, expected);
        };
        check(&["12345"], true);
        check(&["12345", "next"], true);
        check(&["last", "12345"], true);
        check(&["1234", "123456"], false);
        check(&[], false);
    }

    #[test]
    fn an_address_is_one_of_the_web_and_ends_bare() {
        let right = Address::parse(" https://example.invalid/callbacks/ ").unwrap();
        assert_eq!(
            right.join("/twilio/x", "a=1"),
            "https://example.invalid/callbacks/twilio/x?a=1"
        );
        for wrong in ["", "example.invalid", "ftp://example.invalid", "https://x.invalid/?a", "a:b"]
        {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    fn form(pairs: &[(String, String)]) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_found_out_and_another_order_is_not(
            pairs in proptest::collection::vec(("[A-Za-z]{1,8}", any::<String>()), 1..6),
            turned in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            which in 0..3_u8,
        ) {
            const URL: &str = "https://example.invalid/callbacks";
            let (path, query) = ("/twilio/receipt", "ref=0123456789abcdef");
            let body = form(&pairs);
            let address = Address::parse(URL).unwrap();
            let signature = signed(TOKEN, &address.join(path, query), body.as_bytes());
            let holds = |path: &str, query: &str, body: &[u8]| {
                let tokens = [SecretString::from(TOKEN)];
                verified(&tokens, &address, (path, query), body, &signature)
            };
            let mut other = pairs.clone();
            other.rotate_left(turned.index(pairs.len()));
            prop_assert!(holds(path, query, form(&other).as_bytes()));

            let changed = |text: &str| {
                let mut bytes = text.as_bytes().to_vec();
                let place = place.index(bytes.len());
                bytes[place] = byte;
                bytes
            };
            match which {
                0 => {
                    let changed = changed(&body);
                    // Two ways of writing one form are one form.
                    prop_assume!(signed_params(&changed) != signed_params(body.as_bytes()));
                    prop_assert!(!holds(path, query, &changed));
                }
                part => {
                    let whole = if part == 1 { path } else { query };
                    let changed = String::from_utf8_lossy(&changed(whole)).into_owned();
                    prop_assume!(changed != whole);
                    let (path, query) = if part == 1 { (&*changed, query) } else { (path, &*changed) };
                    prop_assert!(!holds(path, query, body.as_bytes()));
                }
            }
        }
    }
}

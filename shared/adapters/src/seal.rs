//! Numbers at rest under a key of the force's own, where `UseCustomerKey` says so.
//!
//! Envelope encryption: KMS makes a data key and gives it twice, in clear and encrypted; numbers are
//! sealed with the first by AES-256-GCM, and the second is stored beside each. Whoever reads the table
//! without being allowed to use the key sees no number, whatever else they may read. A number is bound to
//! the key of its item, so that moved elsewhere it does not open.
//!
//! A data key serves five minutes of one process, and so do those it has opened: KMS is asked a few times
//! in an hour and not for each text ($0.03 for 10,000 questions).

use std::collections::HashMap;
use std::sync::Mutex;

use anyhow::{Context as _, ensure};
use aws_config::SdkConfig;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use jiff::{SignedDuration, Timestamp};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::aws::told;

/// How long a data key is used.
const KEPT: SignedDuration = SignedDuration::from_mins(5);

/// What a data key is for, to KMS: it opens under the same words only, and the key's policy and the
/// roles ask for them (`kms:EncryptionContext:numbers-of`).
const PURPOSE: &str = "numbers-of";

/// The first byte of what is sealed: how.
const AES_256_GCM_V1: u8 = 1;

/// Seals numbers and opens them.
pub struct Seal {
    client: Client,
    key: String,
    stack: String,
    ours: Mutex<Option<(DataKey, Timestamp)>>,
    opened: Mutex<HashMap<Vec<u8>, (LessSafeKey, Timestamp)>>,
}

/// A data key, in clear and as KMS gave it to be stored.
#[derive(Clone)]
struct DataKey {
    clear: LessSafeKey,
    stored: Vec<u8>,
}

/// A number that cannot be read without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How, a nonce, the number.
    pub sealed: Vec<u8>,
    /// The data key, encrypted by KMS.
    pub data_key: Vec<u8>,
}

impl Seal {
    /// With this key of KMS, by its ARN or alias, for the table of this name.
    pub fn new(config: &SdkConfig, key: String, table: &str) -> Self {
        Self {
            client: Client::new(config),
            key,
            stack: table.to_owned(),
            ours: Mutex::default(),
            opened: Mutex::default(),
        }
    }

    /// Seals a number for the item of this name.
    ///
    /// # Errors
    /// KMS's.
    pub async fn seal(&self, item: &str, number: &str, now: Timestamp) -> anyhow::Result<Sealed> {
        let DataKey { clear, stored } = self.data_key(now).await?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok().context("no chance to be had")?;
        let mut text = number.as_bytes().to_vec();
        let place = Aad::from(item.as_bytes());
        let nonce_once = Nonce::assume_unique_for_key(nonce);
        clear.seal_in_place_append_tag(nonce_once, place, &mut text).ok().context("seal")?;
        let sealed = [&[AES_256_GCM_V1][..], &nonce, &text].concat();
        Ok(Sealed { sealed, data_key: stored })
    }

    /// Opens what was sealed for the item of this name.
    ///
    /// # Errors
    /// KMS's; or it was sealed for another item, by another key, or changed since.
    pub async fn open(
        &self,
        item: &str,
        number: &Sealed,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let (how, rest) = number.sealed.split_first().context("a sealed number is empty")?;
        ensure!(*how == AES_256_GCM_V1, "a number is sealed in way {how}, which is not known");
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).context("a sealed number is cut")?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok().context("a nonce")?;
        let key = self.opened(&number.data_key, now).await?;
        let mut text = text.to_vec();
        let place = Aad::from(item.as_bytes());
        let clear = key.open_in_place(nonce, place, &mut text).ok();
        let clear = clear.context("a sealed number was changed, or is another item's")?;
        String::from_utf8(clear.to_vec()).context("a sealed number")
    }

    async fn data_key(&self, now: Timestamp) -> anyhow::Result<DataKey> {
        let kept = self.ours.lock().ok().and_then(|ours| ours.clone());
        if let Some((key, _)) = kept.filter(|(_, since)| fresh(*since, now)) {
            return Ok(key);
        }
        let made = self
            .client
            .generate_data_key()
            .key_id(&self.key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context(PURPOSE, &self.stack)
            .send()
            .await
            .map_err(told)
            .context("ask KMS for a data key")?;
        let clear = made.plaintext.context("KMS gave no data key")?;
        let stored = made.ciphertext_blob.context("KMS gave no data key to store")?;
        let key = DataKey { clear: aes(clear.as_ref())?, stored: stored.into_inner() };
        if let Ok(mut ours) = self.ours.lock() {
            *ours = Some((key.clone(), now));
        }
        Ok(key)
    }

    async fn opened(&self, stored: &[u8], now: Timestamp) -> anyhow::Result<LessSafeKey> {
        let kept = self.opened.lock().ok().and_then(|opened| opened.get(stored).cloned());
        if let Some((key, _)) = kept.filter(|(_, since)| fresh(*since, now)) {
            return Ok(key);
        }
        let answer = self
            .client
            .decrypt()
            .ciphertext_blob(Blob::new(stored))
            .encryption_context(PURPOSE, &self.stack)
            .send()
            .await
            .map_err(told)
            .context("ask KMS to open a data key")?;
        let key = aes(answer.plaintext.context("KMS opened nothing")?.as_ref())?;
        if let Ok(mut opened) = self.opened.lock() {
            opened.retain(|_, (_, since)| fresh(*since, now));
            opened.insert(stored.to_vec(), (key.clone(), now));
        }
        Ok(key)
    }
}

fn fresh(since: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(since);
    (SignedDuration::ZERO..KEPT).contains(&age)
}

fn aes(key: &[u8]) -> anyhow::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).ok().context("a data key has another length")?;
    Ok(LessSafeKey::new(key))
}

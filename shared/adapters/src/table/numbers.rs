//! Numbers in the table: apart from everything else, each with its own end, and sealed where the stack
//! has a key of its own.

use anyhow::{Context as _, bail};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::desk::TaskId;
use domain::person::PersonId;
use domain::phone::Mobile;
use domain::ports::Numbers;
use jiff::Timestamp;

use super::items::expired;
use super::keys::{self, Key};
use super::{Item, Table, service, text};
use crate::aws::told;
use crate::seal::Sealed;

/// The attribute that has the number a text goes to, where it is in clear.
pub(super) const MOBILE: &str = "mobile";

/// The attribute that has the number a reply came from.
pub(super) const SENDER: &str = "sender";

/// Where a number is sealed: the number, and the data key that KMS opens.
const SEALED: &str = "sealed";
const DATA_KEY: &str = "data_key";

impl Table {
    /// Keeps a number until then, or for as long as it is already kept.
    pub(super) async fn put_number(
        &self,
        attribute: &str,
        key: Key,
        person: &PersonId,
        number: &str,
        until: Timestamp,
    ) -> anyhow::Result<()> {
        let expires = AttributeValue::N(until.as_second().to_string());
        let mut put = self.client.put_item().table_name(&self.name);
        put = match &self.seal {
            None => put.item(attribute, text(number.to_owned())),
            Some(seal) => {
                let Sealed { sealed, data_key } =
                    seal.seal(&place(&key.pk, &key.sk), number, self.clock.now()).await?;
                put.item(SEALED, AttributeValue::B(Blob::new(sealed)))
                    .item(DATA_KEY, AttributeValue::B(Blob::new(data_key)))
            }
        };
        let written = put
            .item("pk", text(key.pk))
            .item("sk", text(key.sk))
            .item("person", text(person.to_string()))
            .item("expires", expires.clone())
            .condition_expression("attribute_not_exists(expires) OR expires < :until")
            .expression_attribute_values(":until", expires)
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(service(&error)),
        }
    }

    /// A number, while it is kept.
    pub(super) async fn number_in(
        &self,
        attribute: &str,
        key: Key,
    ) -> anyhow::Result<Option<String>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .consistent_read(true)
            // Nothing else of a reply: what was written is not for whoever texts.
            .projection_expression("pk, sk, #number, sealed, data_key, expires")
            .expression_attribute_names("#number", attribute)
            .send()
            .await
            .map_err(told)?;
        let Some(item) = answer.item else { return Ok(None) };
        let expires = item.get("expires").and_then(|value| value.as_n().ok()?.parse().ok());
        if expires.is_none_or(|expires| expired(expires, self.clock.now())) {
            return Ok(None);
        }
        self.shown(&item, attribute).await
    }

    /// The number an item has, opened where it is sealed.
    async fn shown(&self, item: &Item, attribute: &str) -> anyhow::Result<Option<String>> {
        if let Some(number) = item.get(attribute).and_then(|value| value.as_s().ok()) {
            return Ok(Some(number.clone()));
        }
        let bytes = |name: &str| Some(item.get(name)?.as_b().ok()?.as_ref().to_vec());
        let Some((sealed, data_key)) = bytes(SEALED).zip(bytes(DATA_KEY)) else { return Ok(None) };
        let Some(seal) = &self.seal else {
            bail!("a number is sealed, and NUMBER_KEY_ARN, the key to open it with, is not set");
        };
        let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let (pk, sk) = part("pk").zip(part("sk")).context("an item has no key")?;
        let sealed = Sealed { sealed, data_key };
        seal.open(&place(pk, sk), &sealed, self.clock.now()).await.map(Some)
    }

    /// The item with its number in clear, for whoever it is about.
    pub(super) async fn unsealed(&self, mut item: Item) -> anyhow::Result<Item> {
        if item.contains_key(SEALED) {
            let is_sender = super::sort_key(&item) == keys::SENDER;
            let attribute = if is_sender { SENDER } else { MOBILE };
            let number = self.shown(&item, attribute).await?.context("a number is gone")?;
            item.retain(|name, _| name != SEALED && name != DATA_KEY);
            item.insert(attribute.to_owned(), text(number));
        }
        Ok(item)
    }
}

/// What a sealed number is bound to.
fn place(pk: &str, sk: &str) -> String {
    format!("{pk} / {sk}")
}

impl Numbers for Table {
    async fn number(&self, person: &PersonId) -> anyhow::Result<Option<Mobile>> {
        let number = self.number_in(MOBILE, keys::number(person)).await.context("read a number")?;
        Ok(number.as_deref().and_then(Mobile::from_e164))
    }

    async fn sender(&self, reply: &TaskId) -> anyhow::Result<Option<Mobile>> {
        let key = keys::sender(&reply.supplier, &reply.message);
        let sender = self.number_in(SENDER, key).await.context("read a reply's sender")?;
        Ok(sender.as_deref().and_then(Mobile::from_supplier))
    }

    async fn forget_number(&self, person: &PersonId) -> anyhow::Result<()> {
        let key = keys::number(person);
        let gone = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .send()
            .await;
        gone.map_err(told).context("forget a number")?;
        Ok(())
    }
}

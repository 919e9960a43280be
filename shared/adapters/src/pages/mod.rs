//! Stub.
pub mod csv;
use crate::extracts::Bucket;
use domain::figures::Report;
use domain::ports::Pages;
impl Pages for Bucket {
    async fn publish(&self, _r: &Report) -> anyhow::Result<()> {
        Ok(())
    }
}
pub struct Files {
    pub html: String,
    pub csv: Vec<u8>,
    pub json: String,
}
pub fn render(_r: &Report) -> Files {
    Files { html: String::new(), csv: vec![], json: String::new() }
}

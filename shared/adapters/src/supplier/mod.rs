//! SMS suppliers. A supplier's language stops at its folder: past it there are only our own words.
//!
//! Adding one is one folder and one line here.

pub mod notify;

use domain::ports::{CallbackRequest, Callbacks, Heard, Refusal};

/// The most bytes of a callback we look at: Notify's are under 4 KiB.
pub const CALLBACK_MAX_BYTES: usize = 64 * 1024;

/// Every supplier whose callbacks we take.
pub struct Suppliers {
    /// GOV.UK Notify.
    pub notify: notify::callback::Notify,
}

impl Callbacks for Suppliers {
    fn read(&self, request: &CallbackRequest) -> Result<Heard, Refusal> {
        if !matches!(request.supplier.as_str(), notify::NAME) {
            return Err(Refusal::UnknownSupplier);
        }
        if request.body.len() > CALLBACK_MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        self.notify.read(request)
    }
}

//! The published samples, and rows of an extract to change in a test.

use domain::campaign::{Campaign, CampaignFile};
use domain::force::{Profile, ProfileFile};
use domain::partner::{Partner, PartnerFile};
use domain::person::Pepper;
use domain::prices::{Prices, PricesFile};

/// The pilot campaign as it is shipped.
pub fn campaign_file() -> CampaignFile {
    toml::from_str(include_str!("../../../infra/campaigns/highways.toml")).unwrap()
}

/// The pilot campaign as it is shipped.
pub fn campaign() -> Campaign {
    campaign_file().check().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The worked force profile as it is shipped.
pub fn profile_file() -> ProfileFile {
    toml::from_str(include_str!("../../../infra/forces/hertfordshire.toml")).unwrap()
}

/// The worked force profile as it is shipped.
pub fn profile() -> Profile {
    profile_file().check().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The suppliers' prices as they are shipped.
pub fn prices() -> Prices {
    let file: PricesFile = toml::from_str(include_str!("../../../infra/prices.toml")).unwrap();
    file.check().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The worked partner as it is shipped.
pub fn partner_file() -> PartnerFile {
    toml::from_str(include_str!("../../../infra/partners/rant-and-rave.toml")).unwrap()
}

/// The worked partner as it is shipped.
pub fn partner() -> Partner {
    partner_file().check().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A pepper for tests.
pub fn pepper() -> Pepper {
    Pepper::parse("a pepper for tests, and for tests only").unwrap()
}

//! What suppliers charge for one part of a text, by day, and what they give away.
//!
//! The file (`infra/prices.toml`) is data with a source for every line; publishing it makes a version
//! that never changes. A price change that is known beforehand is one more line with its day, so the
//! cap is right on the day it comes into force.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::budget::Money;
use crate::campaign::Problem;
use crate::supplier::SupplierName;

/// The suppliers' prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    tariffs: BTreeMap<SupplierName, Tariff>,
}

/// One supplier's prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tariff {
    /// Parts that are free in a year which begins on 1 April.
    pub free_parts_a_year: u64,
    /// The price of one part from each day on.
    pub pence: BTreeMap<Date, Money>,
}

impl Prices {
    /// The price of one part on this day; `None` when none is known.
    pub fn of(&self, supplier: &SupplierName, day: Date) -> Option<Money> {
        let (_, price) = self.tariffs.get(supplier)?.pence.range(..=day).next_back()?;
        Some(*price)
    }

    /// Everything known of a supplier.
    pub fn tariff(&self, supplier: &SupplierName) -> Option<&Tariff> {
        self.tariffs.get(supplier)
    }
}

/// `infra/prices.toml` as a person writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PricesFile {
    /// By supplier's name, as in a campaign file.
    pub suppliers: BTreeMap<String, TariffFile>,
    /// What AWS charges, for `make bill` alone: passed over here, and never published.
    #[serde(default, skip_serializing, deserialize_with = "passed_over")]
    pub aws: (),
}

fn passed_over<'de, D: Deserializer<'de>>(any: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(any).map(drop)
}

/// One `[suppliers.…]` of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TariffFile {
    /// Where the figures are from.
    pub source: String,
    /// Parts that are free in a year which begins on 1 April.
    #[serde(default)]
    pub free_parts_a_year: u64,
    /// The price of one part in pence, such as `"2.4"`, by the first day it holds, `YYYY-MM-DD`.
    pub pence: BTreeMap<String, String>,
}

impl PricesFile {
    /// Checks every line and says everything that is wrong.
    ///
    /// # Errors
    /// Every problem found.
    pub fn check(&self) -> Result<Prices, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |field: String, problem: String| problems.push(Problem { field, problem });
        let mut tariffs = BTreeMap::new();
        for (name, file) in &self.suppliers {
            let field = format!("suppliers.{name}");
            let mut tariff =
                Tariff { free_parts_a_year: file.free_parts_a_year, ..Tariff::default() };
            for (day, pence) in &file.pence {
                match (day.parse::<Date>(), Money::parse_pence(pence)) {
                    (Ok(day), Some(price)) => {
                        tariff.pence.insert(day, price);
                    }
                    (Err(_), _) => wrong(
                        format!("{field}.pence"),
                        format!("{day:?} is not a day such as 2026-04-01"),
                    ),
                    (_, None) => wrong(
                        format!("{field}.pence.{day}"),
                        format!("{pence:?} is not pence such as \"2.4\""),
                    ),
                }
            }
            if file.pence.is_empty() {
                wrong(format!("{field}.pence"), "name at least one price".to_owned());
            }
            if file.source.trim().is_empty() {
                wrong(format!("{field}.source"), "say where the figures are from".to_owned());
            }
            match SupplierName::parse(name) {
                Some(name) => {
                    tariffs.insert(name, tariff);
                }
                None => wrong(
                    field,
                    "is not \"notify\", \"twilio\" or \"exchange:<partner>\"".to_owned(),
                ),
            }
        }
        if problems.is_empty() { Ok(Prices { tariffs }) } else { Err(problems) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn file() -> PricesFile {
        toml::from_str(include_str!("../../../infra/prices.toml")).unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_price_of_the_day_counts() {
        let mut file = file();
        let notify = file.suppliers.get_mut("notify").unwrap();
        notify.pence = [("2026-04-01", "2.4"), ("2027-04-01", "2.55")]
            .map(|(day, pence)| (day.to_owned(), pence.to_owned()))
            .into();
        let prices = file.check().unwrap();
        let price = |on| prices.of(&SupplierName::notify(), day(on)).map(Money::millipence);
        assert_eq!(price("2026-03-31"), None);
        assert_eq!(price("2026-04-01"), Some(2400));
        assert_eq!(price("2027-03-31"), Some(2400));
        assert_eq!(price("2027-04-01"), Some(2550));
    }

    #[test]
    fn the_shipped_prices_pass_and_cover_every_supplier_with_a_public_price() {
        let prices = file().check().unwrap();
        let notify = prices.tariff(&SupplierName::notify()).unwrap();
        assert_eq!(notify.free_parts_a_year, 10_000);
        assert!(prices.of(&SupplierName::notify(), day("2026-11-24")).is_some());
    }

    #[test]
    fn what_aws_charges_is_passed_over_and_never_published() {
        let shipped = include_str!("../../../infra/prices.toml");
        assert!(shipped.contains("\n[aws]\n"));
        let (suppliers, _) = shipped.split_once("\n[aws]\n").unwrap();
        let without: PricesFile = toml::from_str(suppliers).unwrap();
        assert_eq!(file(), without);
        let published = serde_json::to_value(file()).unwrap();
        let kept: Vec<_> = published.as_object().unwrap().keys().collect();
        assert_eq!(kept, ["suppliers"]);
        assert_eq!(serde_json::from_value::<PricesFile>(published).unwrap(), without);
    }

    #[test]
    fn each_fault_is_named() {
        let check = |change: fn(&mut TariffFile), told: &str| {
            let mut file = file();
            change(file.suppliers.get_mut("notify").unwrap());
            assert_eq!(file.check().unwrap_err()[0].to_string(), told);
        };
        check(
            |t| t.pence = [("April".to_owned(), "2".to_owned())].into(),
            "suppliers.notify.pence: \"April\" is not a day such as 2026-04-01",
        );
        check(
            |t| t.pence = [("2026-04-01".to_owned(), "2p".to_owned())].into(),
            "suppliers.notify.pence.2026-04-01: \"2p\" is not pence such as \"2.4\"",
        );
        check(|t| t.pence.clear(), "suppliers.notify.pence: name at least one price");
        check(|t| t.source.clear(), "suppliers.notify.source: say where the figures are from");
    }
}

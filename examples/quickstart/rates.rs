//! The rates of currencies in euros, and their sources.

use std::collections::HashMap;

use serde::Deserialize;

use crate::order::{Cents, Date};

/// A rate in millionths of a euro for one unit of a currency.
pub(crate) type MicroEuros = i64;

/// There is no rate of the currency for that day.
#[derive(Debug, thiserror::Error)]
#[error("no rate for {currency} on {date}")]
pub(crate) struct NoRate {
    currency: String,
    date: Date,
}

/// A source of exchange rates.
#[omegi::traced]
pub(crate) trait Rates {
    /// Returns the rate on a day, if this source has it.
    fn rate(&self, currency: &str, date: Date) -> Option<MicroEuros>;

    /// A price in euros.
    #[omegi::traced(args(price, currency), ret)]
    fn to_euros(&self, price: Cents, currency: &str, date: Date) -> Result<Cents, NoRate> {
        let rate = self.rate(currency, date).ok_or_else(|| NoRate { currency: currency.into(), date })?;
        Ok((price * rate + 500_000) / 1_000_000)
    }
}

/// The euro itself, and currencies that are pegged to it.
pub(crate) struct PeggedRates;

#[omegi::traced]
impl Rates for PeggedRates {
    fn rate(&self, currency: &str, _date: Date) -> Option<MicroEuros> {
        match currency {
            "EUR" => Some(1_000_000),
            "DKK" => Some(134_000),
            _ => None,
        }
    }
}

/// One line of `rates.csv`.
#[derive(Deserialize)]
pub(crate) struct MonthlyRate {
    month: String,
    currency: String,
    micro_euros: MicroEuros,
}

/// Rates that hold for a month.
pub(crate) struct MonthlyRates(HashMap<(String, String), MicroEuros>);

#[omegi::traced]
impl MonthlyRates {
    /// A table of the rates.
    #[omegi::traced(fields(rates = rates.len()))]
    pub(crate) fn new(rates: Vec<MonthlyRate>) -> Self {
        Self(rates.into_iter().map(|rate| ((rate.month, rate.currency), rate.micro_euros)).collect())
    }
}

#[omegi::traced]
impl Rates for MonthlyRates {
    #[omegi::traced(args)]
    fn rate(&self, currency: &str, date: Date) -> Option<MicroEuros> {
        self.0.get(&(date.month(), currency.into())).copied()
    }
}

/// The first source that has the rate.
#[omegi::traced]
impl<A: Rates, B: Rates> Rates for (A, B) {
    fn rate(&self, currency: &str, date: Date) -> Option<MicroEuros> {
        self.0.rate(currency, date).or_else(|| self.1.rate(currency, date))
    }
}

//! Imports a year of a small shop's orders from a CSV file into SQLite, and refuses the faulty ones.
//!
//! ```text
//! cargo run --example quickstart                      the program as it is written
//! cargo run --example quickstart --features enable    the same, and every function opens a span
//! ```
//!
//! `main` and `import_orders` carry no attribute, so each call of [`import::Importer::next_order`] starts a
//! flow of its own: one for each order. A refused order's flow is shown whatever the sampling says, with
//! the way its error took.
//!
//! Modules in files (`import`, `order`, `rates`, `source`, `store`) carry `#[omegi::traced]` on their impl
//! blocks and functions; modules written inline (`parse`, `report`) carry one `#[omegi::instrument_crate]`
//! for all in them.

mod import;
mod order;
mod rates;
mod source;
mod store;

use std::{env, error::Error};

use import::Importer;
use rates::{MonthlyRates, PeggedRates};
use report::{Report, Tally};
use source::Orders;
use store::Store;

fn main() -> Result<(), Box<dyn Error>> {
    let report = {
        // One in 300 flows that went well is enough to read; OMEGI_FLOW_RATE overrides it. Dropped with this block: the
        // flows are printed before the report is.
        let _omegi = omegi::builder().service_name("quickstart").flow_rate(300).init();
        import_orders()?
    };
    print!("{report}");
    Ok(())
}

/// Imports what can be imported; an order that cannot is counted, and the next one comes.
fn import_orders() -> Result<Report, Box<dyn Error>> {
    let store = Store::open(&source::table("products.csv")?)?;
    let rates = (PeggedRates, MonthlyRates::new(source::table("rates.csv")?));
    let signing_key = env::var("SHOP_SIGNING_KEY").unwrap_or_else(|_| "only for the demo".into());
    let mut importer = Importer::new(Orders::open("orders.csv")?, store, rates, signing_key);

    let mut tally = Tally::default();
    loop {
        match importer.next_order() {
            Ok(Some(receipt)) => tally.accept(&receipt),
            Ok(None) => break,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => tally.refuse(&error),
        }
    }
    Ok(Report { tally, totals: report::totals(importer.store())? })
}

/// From the text of a field to its value.
#[omegi::instrument_crate]
mod parse {
    use std::{num::ParseIntError, str::FromStr};

    use crate::order::{Cents, Date};

    /// Why a field's text is not a value of the field.
    #[derive(Debug, thiserror::Error)]
    pub(crate) enum FieldError {
        #[error("{field}: not a whole number: {text:?}")]
        Number { field: &'static str, text: String, source: ParseIntError },
        #[error("date: no day of the calendar, written YYYY-MM-DD: {0:?}")]
        Date(String),
        #[error("price: not units and two digits of cents: {0:?}")]
        Price(String),
        #[error("e-mail: no name and host around an @")]
        Email,
    }

    /// Any whole number; `field` is for the error.
    pub(crate) fn number<T>(field: &'static str, text: &str) -> Result<T, FieldError>
    where
        T: FromStr<Err = ParseIntError>,
    {
        text.parse().map_err(|source| FieldError::Number { field, text: text.into(), source })
    }

    /// `2025-03-14`.
    pub(crate) fn date(text: &str) -> Result<Date, FieldError> {
        let wrong = || FieldError::Date(text.into());
        let (year, rest) = text.split_once('-').ok_or_else(wrong)?;
        let (month, day) = rest.split_once('-').ok_or_else(wrong)?;
        Date::new(number("year", year)?, number("month", month)?, number("day", day)?).ok_or_else(wrong)
    }

    /// `12.50`, as 1250.
    pub(crate) fn price(text: &str) -> Result<Cents, FieldError> {
        let (units, cents) = text.split_once('.').ok_or_else(|| FieldError::Price(text.into()))?;
        if cents.len() != 2 {
            return Err(FieldError::Price(text.into()));
        }
        let units: u32 = number("price", units)?;
        let cents: u32 = number("price", cents)?;
        Ok(Cents::from(units) * 100 + Cents::from(cents))
    }

    /// An address with something on both sides of its `@`.
    pub(crate) fn email(text: &str) -> Result<&str, FieldError> {
        match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && host.contains('.') => Ok(text),
            _ => Err(FieldError::Email),
        }
    }
}

/// What the program prints at its end.
#[omegi::instrument_crate]
mod report {
    use std::{collections::BTreeMap, fmt};

    use crate::{
        import::{ImportError, Receipt},
        order::euro,
        store::{Store, StoreError, Total},
    };

    /// Counts of the orders that came in, and of those that did not.
    #[derive(Default)]
    pub(crate) struct Tally {
        orders: u32,
        lines: usize,
        signatures: u64,
        refused: BTreeMap<String, u32>,
    }

    /// Called once for each order, outside its flow: a span here would be a flow of its own.
    #[omegi::untraced]
    impl Tally {
        /// Counts an imported order.
        pub(crate) fn accept(&mut self, receipt: &Receipt) {
            self.orders += 1;
            self.lines += receipt.lines;
            self.signatures ^= receipt.signature;
        }

        /// Counts a refused order under the reason.
        pub(crate) fn refuse(&mut self, error: &ImportError) {
            *self.refused.entry(error.reason()).or_default() += 1;
        }
    }

    /// Sums of what was sold.
    pub(crate) struct Totals {
        countries: Vec<Total>,
        products: Vec<Total>,
    }

    /// Sums up the imported orders.
    pub(crate) fn totals(store: &Store) -> Result<Totals, StoreError> {
        Ok(Totals { countries: store.sales_by_country()?, products: store.best_sellers(3)? })
    }

    /// The whole report, to be printed.
    pub(crate) struct Report {
        /// What became of the orders.
        pub(crate) tally: Tally,
        /// What they add up to.
        pub(crate) totals: Totals,
    }

    impl fmt::Display for Report {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self { tally, totals } = self;
            writeln!(f, "imported {:>6} orders of {} lines", tally.orders, tally.lines)?;
            writeln!(f, "signed   {:016x}", tally.signatures)?;
            writeln!(f, "refused  {:>6} orders", tally.refused.values().sum::<u32>())?;
            tally.refused.iter().try_for_each(|(reason, orders)| writeln!(f, "  {orders:>4}  {reason}"))?;
            writeln!(f, "sold, in EUR")?;
            let sums = totals.countries.iter().chain(&totals.products);
            sums.into_iter().try_for_each(|total| writeln!(f, "{:>12}  {}", euro(total.cents), total.name))
        }
    }
}

//! Imports a year of a small shop's orders from a CSV file into SQLite, and refuses the faulty
//! ones.
//!
//! ```text
//! cargo run --example quickstart                      the program as it is written
//! cargo run --example quickstart --features enable    the same, and every function opens a span
//! ```
//!
//! `main` and `import_orders` carry no attribute, so each call of [`import::Importer::next_order`]
//! starts a flow of its own: one for each order. The flow of a refused order is always shown, with
//! the path of its error.
//!
//! Modules in files (`import`, `order`, `rates`, `source`, `store`) carry `#[omegi::traced]` on
//! their impl blocks and functions; modules written inline (`order::parse`, `report`) carry one
//! `#[omegi::instrument_crate]` for all functions in them.

mod import;
mod order;
mod rates;
mod source;
mod store;

use std::{env, error::Error};

use import::Importer;
use rates::{MonthlyRates, PeggedRates};
use report::{Counts, Report};
use source::Orders;
use store::Store;

fn main() -> Result<(), Box<dyn Error>> {
    let report = {
        // One in 300 flows that went well is enough to read; OMEGI_FLOW_RATE overrides it. The
        // guard is dropped at the end of this block, so the flows are printed before the report.
        let _omegi = omegi::builder().service_name("quickstart").flow_rate(300).init();
        import_orders()?
    };
    print!("{report}");
    Ok(())
}

/// Imports each order of the file; counts an order that fails, and goes on.
fn import_orders() -> Result<Report, Box<dyn Error>> {
    let store = Store::open(&source::table("products.csv")?)?;
    let rates = (PeggedRates, MonthlyRates::new(source::table("rates.csv")?));
    let signing_key = env::var("SHOP_SIGNING_KEY").unwrap_or_else(|_| "only for the demo".into());
    let mut importer = Importer::new(Orders::open("orders.csv")?, store, rates, signing_key);

    let mut counts = Counts::default();
    loop {
        match importer.next_order() {
            Ok(Some(receipt)) => counts.accept(&receipt),
            Ok(None) => break,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => counts.refuse(&error),
        }
    }
    Ok(Report { counts, totals: report::totals(importer.store())? })
}

/// The report that the program prints at its end.
#[omegi::instrument_crate]
mod report {
    use std::{collections::BTreeMap, fmt};

    use crate::{
        import::{ImportError, Receipt},
        order::euro,
        store::{Store, StoreError, Total},
    };

    /// The numbers of imported and of refused orders.
    #[derive(Default)]
    pub(crate) struct Counts {
        orders: u32,
        lines: usize,
        signatures: u64,
        refused: BTreeMap<String, u32>,
    }

    /// Called once for each order, outside its flow: a span here would be a flow of its own.
    #[omegi::untraced]
    impl Counts {
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

    /// The sums of the sales.
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
        /// The numbers of imported and of refused orders.
        pub(crate) counts: Counts,
        /// The sums of the imported orders.
        pub(crate) totals: Totals,
    }

    impl fmt::Display for Report {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let Self { counts, totals } = self;
            writeln!(f, "imported {:>6} orders of {} lines", counts.orders, counts.lines)?;
            writeln!(f, "signed   {:016x}", counts.signatures)?;
            writeln!(f, "refused  {:>6} orders", counts.refused.values().sum::<u32>())?;
            counts.refused.iter().try_for_each(|(reason, orders)| writeln!(f, "  {orders:>4}  {reason}"))?;
            writeln!(f, "sold, in EUR")?;
            let sums = totals.countries.iter().chain(&totals.products);
            sums.into_iter().try_for_each(|total| writeln!(f, "{:>12}  {}", euro(total.cents), total.name))
        }
    }
}

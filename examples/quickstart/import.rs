//! One order from the file into the database: the root of each flow.

use std::{error::Error, io::Read};

use crate::{
    order::parse::FieldError,
    order::{Date, Line, Order},
    rates::{NoRate, Rates},
    source::Orders,
    store::{PricedLine, Store, StoreError},
};

/// The reason why an order was not imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("unreadable record")]
    Record(#[from] csv::Error),
    #[error("faulty field")]
    Field(#[from] FieldError),
    #[error("no price in euros")]
    Price(#[from] NoRate),
    #[error("refused by the store")]
    Store(#[from] StoreError),
}

impl ImportError {
    /// Returns whether the file cannot be read, as opposed to one of its orders.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Self::Record(error) if error.is_io_error())
    }

    /// Returns the error and its sources in one line.
    pub(crate) fn reason(&self) -> String {
        match self.source() {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

/// The shop's receipt for an imported order.
pub(crate) struct Receipt {
    /// The number of the order's lines.
    pub(crate) lines: usize,
    /// The proof that this program imported the order.
    pub(crate) signature: u64,
}

/// Reads orders, prices them in euros and stores them.
pub(crate) struct Importer<F, R> {
    orders: Orders<F>,
    store: Store,
    rates: R,
    signing_key: String,
}

#[omegi::traced]
impl<F: Read, R: Rates> Importer<F, R> {
    /// An importer that has not read anything yet.
    #[omegi::untraced]
    pub(crate) fn new(orders: Orders<F>, store: Store, rates: R, signing_key: String) -> Self {
        Self { orders, store, rates, signing_key }
    }

    /// The store of the imported orders.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Imports the next order of the file; `None` at its end.
    pub(crate) fn next_order(&mut self) -> Result<Option<Receipt>, ImportError> {
        let records = self.orders.read_order()?;
        let rows = records.iter().map(|record| self.orders.row(record)).collect::<Result<Vec<_>, _>>()?;
        let Some(order) = Order::from_rows(&rows)? else { return Ok(None) };
        let lines = self.price_lines(&order)?;
        self.store.insert(&order, &lines)?;
        Ok(Some(Receipt { lines: lines.len(), signature: sign(order.id, &self.signing_key) }))
    }

    fn price_lines(&self, order: &Order<'_>) -> Result<Vec<PricedLine>, ImportError> {
        order.lines.iter().map(|line| self.price_line(line, order.date)).collect()
    }

    fn price_line(&self, line: &Line<'_>, date: Date) -> Result<PricedLine, ImportError> {
        let product = self.store.product(line.sku)?;
        let cents = self.rates.to_euros(line.price, line.currency, date)?;
        Ok(PricedLine { product, quantity: line.quantity, cents })
    }
}

/// Signs a receipt. The span shows the order's number. It shows the key as `****`, because of its
/// name.
#[omegi::traced(args, ret)]
fn sign(order: u32, signing_key: &str) -> u64 {
    // FNV-1a: good enough for an example only.
    let bytes = order.to_le_bytes().into_iter().chain(signing_key.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

//! The database.

use rusqlite::{Connection, Error, OptionalExtension, Row, params};
use serde::Deserialize;

use crate::order::{Cents, Order};

const SCHEMA: &str = "
    PRAGMA foreign_keys = ON;
    CREATE TABLE countries (code TEXT PRIMARY KEY);
    INSERT INTO countries VALUES ('AT'), ('CH'), ('DE'), ('DK'), ('FR'), ('GB'), ('NL'), ('SE'), ('US');
    CREATE TABLE products (id INTEGER PRIMARY KEY, sku TEXT UNIQUE NOT NULL, name TEXT NOT NULL);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, date TEXT NOT NULL, email TEXT NOT NULL,
        country TEXT NOT NULL REFERENCES countries (code)
    );
    CREATE TABLE lines (
        order_id INTEGER NOT NULL REFERENCES orders (id),
        product INTEGER NOT NULL REFERENCES products (id),
        quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
        cents INTEGER NOT NULL,
        UNIQUE (order_id, product)
    );";

/// The reason why an operation of the database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("no product {0:?}")]
    UnknownProduct(String),
    #[error("SQLite: {0}")]
    Sqlite(#[from] Error),
}

/// One line of `products.csv`, with the columns that the program uses.
#[derive(Deserialize)]
pub(crate) struct Product {
    sku: String,
    name: String,
}

/// A product's key in the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProductId(i64);

/// A line that is ready to be stored; its price is in euros.
#[derive(Debug)]
pub(crate) struct PricedLine {
    pub(crate) product: ProductId,
    pub(crate) quantity: i64,
    pub(crate) cents: Cents,
}

/// The sales under some name.
pub(crate) struct Total {
    pub(crate) name: String,
    pub(crate) cents: Cents,
}

/// Products and orders, in memory.
pub(crate) struct Store(Connection);

#[omegi::traced]
impl Store {
    /// A database that knows the products and has no order yet.
    #[omegi::traced(fields(products = products.len()))]
    pub(crate) fn open(products: &[Product]) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(SCHEMA)?;
        let store = Self(connection);
        products.iter().try_for_each(|product| store.insert_product(product))?;
        Ok(store)
    }

    fn insert_product(&self, product: &Product) -> Result<(), StoreError> {
        let sql = "INSERT INTO products (sku, name) VALUES (?1, ?2)";
        self.0.prepare_cached(sql)?.execute(params![product.sku, product.name])?;
        Ok(())
    }

    /// The product that the shop sells under this number.
    #[omegi::traced(args)]
    pub(crate) fn product(&self, sku: &str) -> Result<ProductId, StoreError> {
        let mut query = self.0.prepare_cached("SELECT id FROM products WHERE sku = ?1")?;
        let found = query.query_row([sku], |row| row.get(0).map(ProductId)).optional()?;
        found.ok_or_else(|| StoreError::UnknownProduct(sku.into()))
    }

    /// Stores an order with all of its lines, or nothing.
    #[omegi::traced(fields(order = order.id, lines = lines.len()))]
    pub(crate) fn insert(&mut self, order: &Order<'_>, lines: &[PricedLine]) -> Result<(), StoreError> {
        let transaction = self.0.transaction()?;
        insert_order(&transaction, order)?;
        for line in lines {
            insert_line(&transaction, order.id, line)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Returns the sales to each country, the greatest first.
    pub(crate) fn sales_by_country(&self) -> Result<Vec<Total>, StoreError> {
        let sql = "SELECT country, sum(quantity * cents) FROM orders JOIN lines ON order_id = orders.id
            GROUP BY country ORDER BY 2 DESC";
        let mut query = self.0.prepare(sql)?;
        let totals = query.query_map([], total)?.collect::<Result<_, _>>()?;
        Ok(totals)
    }

    /// Returns the products with the highest sales.
    #[omegi::traced(args)]
    pub(crate) fn best_sellers(&self, count: u32) -> Result<Vec<Total>, StoreError> {
        let sql = "SELECT name, sum(quantity * cents) FROM products JOIN lines ON product = products.id
            GROUP BY name ORDER BY 2 DESC LIMIT ?1";
        let mut query = self.0.prepare(sql)?;
        let totals = query.query_map([count], total)?.collect::<Result<_, _>>()?;
        Ok(totals)
    }
}

/// Only the listed fields are recorded: the customer's address stays out of the span.
#[omegi::traced(fields(country = order.country))]
fn insert_order(connection: &Connection, order: &Order<'_>) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT INTO orders VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![order.id, order.date.to_string(), order.email, order.country])?;
    Ok(())
}

#[omegi::traced(args, skip(connection))]
fn insert_line(connection: &Connection, order: u32, line: &PricedLine) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT INTO lines VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![order, line.product.0, line.quantity, line.cents])?;
    Ok(())
}

fn total(row: &Row<'_>) -> Result<Total, Error> {
    Ok(Total { name: row.get(0)?, cents: row.get(1)? })
}

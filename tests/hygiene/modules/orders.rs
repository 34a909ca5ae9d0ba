//! Orders, and their errors.
#![allow(clippy::module_name_repetitions)]

mod checks;
#[path = "prices.rs"]
mod table;


/// The reason why there is no order.
#[derive(Debug)]
pub enum NoOrder {
    /// Too many.
    TooMany(u32),
}

/// Places an order.
///
/// # Errors
///
/// If the order is too large.
pub fn place(items: u32) -> Result<String, NoOrder> {
    let checked = checks::many(items)?;
    let legal = include_str!("legal.txt").trim();
    Ok(format!("{} {} {}", checked, table::price(checked), legal))
}

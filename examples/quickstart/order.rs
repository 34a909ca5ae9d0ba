//! An order with parsed fields.

use std::fmt;

use crate::source::Row;

use parse::FieldError;

/// An amount in hundredths of a currency's unit.
pub(crate) type Cents = i64;

/// An amount with its cents as text: `1250` is `12.50`.
pub(crate) fn euro(cents: Cents) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Date {
    year: u16,
    month: u8,
    day: u8,
}

#[omegi::traced]
impl Date {
    /// Returns the day, if it exists.
    #[omegi::traced(args)]
    pub(crate) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// The day's month, written `2025-03`.
    pub(crate) fn month(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// An order: the fields of its first row, and a line for each row.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) id: u32,
    pub(crate) date: Date,
    pub(crate) email: &'a str,
    pub(crate) country: &'a str,
    pub(crate) lines: Vec<Line<'a>>,
}

/// A quantity of one product, at a price in some currency.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) sku: &'a str,
    pub(crate) quantity: i64,
    pub(crate) price: Cents,
    pub(crate) currency: &'a str,
}

#[omegi::traced]
impl<'a> Order<'a> {
    /// Reads and checks every field; `None` if there are no rows.
    pub(crate) fn from_rows(rows: &[Row<'a>]) -> Result<Option<Self>, FieldError> {
        let Some(first) = rows.first() else { return Ok(None) };
        Ok(Some(Self {
            id: parse::number("order", first.order)?,
            date: parse::date(first.date)?,
            email: parse::email(first.email)?,
            country: first.country,
            lines: rows.iter().map(Line::from_row).collect::<Result<_, _>>()?,
        }))
    }
}

#[omegi::traced]
impl<'a> Line<'a> {
    #[omegi::traced(fields(sku = row.sku, quantity = row.quantity))]
    fn from_row(row: &Row<'a>) -> Result<Self, FieldError> {
        Ok(Self {
            sku: row.sku,
            quantity: parse::number("quantity", row.quantity)?,
            price: parse::price(row.unit_price)?,
            currency: row.currency,
        })
    }
}

/// Turns the text of a field into its value.
#[omegi::instrument_crate]
pub(crate) mod parse {
    use std::{num::ParseIntError, str::FromStr};

    use super::{Cents, Date};

    /// The reason why a text is not a value of its field.
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

    /// Reads a whole number; the error names `field`.
    pub(crate) fn number<T>(field: &'static str, text: &str) -> Result<T, FieldError>
    where
        T: FromStr<Err = ParseIntError>,
    {
        text.parse().map_err(|source| FieldError::Number { field, text: text.into(), source })
    }

    /// Reads a date such as `2025-03-14`.
    pub(crate) fn date(text: &str) -> Result<Date, FieldError> {
        let wrong = || FieldError::Date(text.into());
        let (year, rest) = text.split_once('-').ok_or_else(wrong)?;
        let (month, day) = rest.split_once('-').ok_or_else(wrong)?;
        Date::new(number("year", year)?, number("month", month)?, number("day", day)?).ok_or_else(wrong)
    }

    /// Reads a price: `12.50` becomes 1250.
    pub(crate) fn price(text: &str) -> Result<Cents, FieldError> {
        let (units, cents) = text.split_once('.').ok_or_else(|| FieldError::Price(text.into()))?;
        if cents.len() != 2 {
            return Err(FieldError::Price(text.into()));
        }
        let units: u32 = number("price", units)?;
        let cents: u32 = number("price", cents)?;
        Ok(Cents::from(units) * 100 + Cents::from(cents))
    }

    /// Accepts an address with a name before its `@` and a host behind it.
    pub(crate) fn email(text: &str) -> Result<&str, FieldError> {
        match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && host.contains('.') => Ok(text),
            _ => Err(FieldError::Email),
        }
    }
}

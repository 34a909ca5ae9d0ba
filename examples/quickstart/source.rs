//! The CSV files under `examples/data/`.

use std::{fs::File, io::Read, path::PathBuf};

use csv::{ByteRecord, Error, Reader, ReaderBuilder};
use serde::{Deserialize, de::DeserializeOwned};

/// One line of `orders.csv`, as text.
#[derive(Deserialize)]
pub(crate) struct Row<'a> {
    pub(crate) order: &'a str,
    pub(crate) date: &'a str,
    pub(crate) email: &'a str,
    pub(crate) sku: &'a str,
    pub(crate) quantity: &'a str,
    pub(crate) unit_price: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) country: &'a str,
}

/// Reads a whole small table: one `T` for each line.
#[omegi::traced(args)]
pub(crate) fn table<T: DeserializeOwned>(name: &str) -> Result<Vec<T>, Error> {
    Reader::from_path(path(name))?.deserialize().collect()
}

/// The orders of a file: neighbouring records that have the same order id.
pub(crate) struct Orders<R> {
    reader: Reader<R>,
    columns: ByteRecord,
    ahead: Option<ByteRecord>,
}

#[omegi::traced]
impl Orders<File> {
    /// Opens a file under `examples/data/`.
    #[omegi::traced(args)]
    pub(crate) fn open(name: &str) -> Result<Self, Error> {
        // The reader is flexible: a short record fails its own order and does not stop the reading.
        let mut reader = ReaderBuilder::new().flexible(true).from_path(path(name))?;
        let columns = reader.byte_headers()?.clone();
        Ok(Self { reader, columns, ahead: None })
    }
}

#[omegi::traced]
impl<R: Read> Orders<R> {
    /// The records of the next order; none at the end of the file.
    pub(crate) fn read_order(&mut self) -> Result<Vec<ByteRecord>, Error> {
        let mut records = Vec::from_iter(self.ahead.take());
        while let Some(record) = self.read_record()? {
            if records.first().is_some_and(|first| first.get(0) != record.get(0)) {
                self.ahead = Some(record);
                break;
            }
            records.push(record);
        }
        Ok(records)
    }

    fn read_record(&mut self) -> Result<Option<ByteRecord>, Error> {
        let mut record = ByteRecord::new();
        Ok(self.reader.read_byte_record(&mut record)?.then_some(record))
    }

    /// The record's fields by their column's name.
    pub(crate) fn row<'a>(&'a self, record: &'a ByteRecord) -> Result<Row<'a>, Error> {
        record.deserialize(Some(&self.columns))
    }
}

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "examples", "data", name].iter().collect()
}

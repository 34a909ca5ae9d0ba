//! Writes rows to a database in memory, and reads them in order.

mod program;

use std::sync::Arc;

use program::Random;
use redb::backends::InMemoryBackend;
use redb::{Database, Error, ReadableDatabase, ReadableTable, TableDefinition};

const ROWS: TableDefinition<'static, u64, &'static str> = TableDefinition::new("rows");
const NAMES: TableDefinition<'static, &'static str, u64> = TableDefinition::new("names");

const PASSES: usize = 8;

fn main() {
    let database = Database::builder().create_with_backend(InMemoryBackend::new());
    let database = Arc::new(database.expect("memory is enough"));
    let batches = (0..100).map(|number| (database.clone(), batch(number))).collect();
    program::run(batches, PASSES, job);
}

type Batch = Vec<(u64, String)>;

fn job((database, batch): &(Arc<Database>, Batch)) -> u64 {
    write(database, batch).expect("memory does not fail");
    read(database, batch[0].0).expect("memory does not fail")
}

fn write(database: &Database, batch: &Batch) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    {
        let mut rows = transaction.open_table(ROWS)?;
        let mut names = transaction.open_table(NAMES)?;
        for (id, name) in batch {
            rows.insert(id, name.as_str())?;
            names.insert(name.as_str(), id)?;
        }
        for (id, _) in batch.iter().step_by(5) {
            rows.remove(id)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn read(database: &Database, first: u64) -> Result<u64, Error> {
    let transaction = database.begin_read()?;
    let rows = transaction.open_table(ROWS)?;
    let names = transaction.open_table(NAMES)?;
    let mut sum = 0u64;
    for row in rows.range(first..)?.take(300) {
        let (id, name) = row?;
        let found = names.get(name.value())?.map_or(0, |it| it.value());
        sum = sum.wrapping_mul(31).wrapping_add(id.value()).wrapping_add(found);
    }
    Ok(sum)
}

fn batch(number: u64) -> Batch {
    let mut random = Random::new(number);
    (0..100).map(|_| (random.below(100_000), random.words(3))).collect()
}

//! Writes and reads a database in memory.

use redb::backends::InMemoryBackend;
use redb::{
    Database, Durability, Error, MultimapTableDefinition, ReadableDatabase, ReadableMultimapTable,
    ReadableTable, ReadableTableMetadata, TableDefinition,
};

const NUMBERS: TableDefinition<u64, u64> = TableDefinition::new("numbers");
const TEXTS: TableDefinition<&str, &str> = TableDefinition::new("texts");
const BLOBS: TableDefinition<u64, &[u8]> = TableDefinition::new("blobs");
const GROUPS: MultimapTableDefinition<u64, u64> = MultimapTableDefinition::new("groups");

fn database() -> Result<Database, Error> {
    Ok(Database::builder().set_cache_size(1 << 20).create_with_backend(InMemoryBackend::new())?)
}

fn inserts(count: u64) -> Result<u64, Error> {
    let db = database()?;
    let write = db.begin_write()?;
    {
        let mut numbers = write.open_table(NUMBERS)?;
        for n in 0..count {
            numbers.insert(n, n * n)?;
        }
        numbers.remove(3)?;
        numbers.pop_first()?;
        numbers.pop_last()?;
    }
    write.commit()?;
    let read = db.begin_read()?;
    let numbers = read.open_table(NUMBERS)?;
    let third = numbers.get(4)?.map_or(0, |it| it.value());
    Ok(third + numbers.len()?)
}

fn ranges(count: u64) -> Result<u64, Error> {
    let db = filled(count)?;
    let read = db.begin_read()?;
    let numbers = read.open_table(NUMBERS)?;
    let mut sum = 0;
    for entry in numbers.range(2..count / 2)? {
        let (key, value) = entry?;
        sum += key.value() + value.value();
    }
    for entry in numbers.iter()?.rev() {
        sum += entry?.1.value();
    }
    let first = numbers.first()?.map_or(0, |it| it.0.value());
    let last = numbers.last()?.map_or(0, |it| it.0.value());
    let stats = numbers.stats()?;
    read.close()?;
    Ok(sum + first + last + u64::from(stats.tree_height()))
}

fn filled(count: u64) -> Result<Database, Error> {
    let db = database()?;
    let write = db.begin_write()?;
    {
        let mut numbers = write.open_table(NUMBERS)?;
        for n in 0..count {
            numbers.insert(n, n + 1)?;
        }
    }
    write.commit()?;
    Ok(db)
}

fn texts() -> Result<usize, Error> {
    let db = database()?;
    let write = db.begin_write()?;
    let length = {
        let mut texts = write.open_table(TEXTS)?;
        for n in 0..40 {
            texts.insert(format!("key {n}").as_str(), "x".repeat(n * 7).as_str())?;
        }
        let long = texts.get("key 30")?.map_or(0, |it| it.value().len());
        if let Some(mut it) = texts.get_mut("key 3")? {
            it.insert("changed")?;
        }
        long
    };
    write.commit()?;
    Ok(length)
}

fn blobs() -> Result<u64, Error> {
    let db = database()?;
    let write = db.begin_write()?;
    {
        let mut blobs = write.open_table(BLOBS)?;
        blobs.insert_reserve(1, 100)?.as_mut().fill(7);
        for n in 2..8 {
            blobs.insert(n, vec![1_u8; 3000 * n as usize].as_slice())?;
        }
    }
    write.commit()?;
    let write = db.begin_write()?;
    {
        let mut blobs = write.open_table(BLOBS)?;
        blobs.remove(5)?;
        blobs.retain(|key, _| key != 6)?;
    }
    let stats = write.stats()?;
    write.commit()?;
    Ok(stats.tree_height().into())
}

fn removals(count: u64) -> Result<u64, Error> {
    let db = filled(count)?;
    let write = db.begin_write()?;
    {
        let mut numbers = write.open_table(NUMBERS)?;
        for n in (0..count).step_by(3) {
            numbers.remove(n)?;
        }
        for entry in numbers.extract_if(|key, _| key % 5 == 0)? {
            entry?;
        }
        for entry in numbers.extract_from_if(10..20, |_, _| true)? {
            entry?;
        }
        numbers.retain_in(30..50, |key, _| key % 2 == 0)?;
    }
    write.commit()?;
    let write = db.begin_write()?;
    let was_there = write.delete_table(NUMBERS)?;
    write.commit()?;
    Ok(was_there.into())
}

fn groups() -> Result<u64, Error> {
    let db = database()?;
    let write = db.begin_write()?;
    {
        let mut groups = write.open_multimap_table(GROUPS)?;
        for n in 0..700 {
            groups.insert(n % 3, n)?;
        }
        groups.remove(1, 4)?;
        for value in groups.remove_all(2)? {
            value?;
        }
    }
    write.commit()?;
    let read = db.begin_read()?;
    let groups = read.open_multimap_table(GROUPS)?;
    let mut sum = groups.len()?;
    for value in groups.get(0)? {
        sum += value?.value();
    }
    for entry in groups.range(0..2)? {
        for value in entry?.1 {
            sum += value?.value();
        }
    }
    Ok(sum + groups.stats()?.stored_bytes() % 2)
}

fn savepoints() -> Result<u64, Error> {
    let db = filled(50)?;
    let write = db.begin_write()?;
    let kept = write.persistent_savepoint()?;
    write.commit()?;
    let write = db.begin_write()?;
    let ephemeral = write.ephemeral_savepoint()?;
    write.open_table(NUMBERS)?.insert(100, 1)?;
    write.commit()?;
    let mut write = db.begin_write()?;
    write.restore_savepoint(&ephemeral)?;
    write.commit()?;
    let mut write = db.begin_write()?;
    let savepoint = write.get_persistent_savepoint(kept)?;
    let count = write.list_persistent_savepoints()?.count();
    write.restore_savepoint(&savepoint)?;
    write.delete_persistent_savepoint(kept)?;
    write.commit()?;
    Ok(count as u64)
}

fn tables() -> Result<usize, Error> {
    let db = filled(5)?;
    let write = db.begin_write()?;
    write.rename_table(NUMBERS, TableDefinition::<u64, u64>::new("renamed"))?;
    write.open_multimap_table(GROUPS)?.insert(1, 2)?;
    write.rename_multimap_table(GROUPS, MultimapTableDefinition::<u64, u64>::new("others"))?;
    write.delete_multimap_table(MultimapTableDefinition::<u64, u64>::new("others"))?;
    let names = write.list_tables()?.count() + write.list_multimap_tables()?.count();
    write.commit()?;
    let read = db.begin_read()?;
    let missing = read.open_table(TEXTS).is_err();
    Ok(names + read.list_tables()?.count() + read.list_multimap_tables()?.count() + usize::from(missing))
}

fn transactions() -> Result<u64, Error> {
    let mut db = filled(20)?;
    let write = db.begin_write()?;
    write.open_table(NUMBERS)?.insert(1, 5)?;
    write.abort()?;
    let mut write = db.begin_write()?;
    write.set_durability(Durability::None)?;
    write.open_table(NUMBERS)?.insert(2, 7)?;
    write.commit()?;
    let mut write = db.begin_write()?;
    write.set_two_phase_commit(true);
    write.set_quick_repair(true);
    write.open_table(NUMBERS)?.insert(3, 7)?;
    write.commit()?;
    let whole = db.check_integrity()?;
    let compacted = db.compact()?;
    Ok(u64::from(whole) + u64::from(compacted))
}

fn files() -> Result<u64, Error> {
    let path = std::env::temp_dir().join(format!("faults-{}.redb", std::process::id()));
    let result = in_file(&path);
    let _ = std::fs::remove_file(path);
    result
}

fn in_file(path: &std::path::Path) -> Result<u64, Error> {
    let db = Database::create(path)?;
    let write = db.begin_write()?;
    write.open_table(NUMBERS)?.insert(1, 5)?;
    write.commit()?;
    db.close()?;
    let db = Database::open(path)?;
    let read = db.begin_read()?;
    let value = read.open_table(NUMBERS)?.get(1)?.map_or(0, |it| it.value());
    drop(read);
    db.close()?;
    Ok(value)
}

fn main() {
    fault::case("inserts", || inserts(60).map_err(|error| error.to_string()));
    fault::case("ranges", || ranges(60).map_err(|error| error.to_string()));
    fault::case("texts", || texts().map_err(|error| error.to_string()));
    fault::case("blobs", || blobs().map_err(|error| error.to_string()));
    fault::case("removals", || removals(120).map_err(|error| error.to_string()));
    fault::case("groups", || groups().map_err(|error| error.to_string()));
    fault::case("savepoints", || savepoints().map_err(|error| error.to_string()));
    fault::case("tables", || tables().map_err(|error| error.to_string()));
    fault::case("transactions", || transactions().map_err(|error| error.to_string()));
    fault::case("files", || files().map_err(|error| error.to_string()));
    fault::finish();
}

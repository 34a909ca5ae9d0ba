//! A function that may fail: the body becomes a closure, so that every exit is seen.

#[omegi::traced]
fn import(path: PathBuf, _strict: Strict, table: &mut Table) -> Result<usize, ImportError> {
    let text = fs::read_to_string(&path)?;
    for line in text.lines() {
        ensure!(!line.is_empty(), "line without text");
        table.add(parse(line)?);
    }
    Ok(table.len())
}

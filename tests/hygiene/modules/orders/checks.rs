use super::NoOrder;

mod limits {
    pub(super) mod upper;
}

pub(super) fn many(items: u32) -> Result<u32, NoOrder> {
    let items = self::limits::upper::below(items)?;
    Ok(items + 1)
}

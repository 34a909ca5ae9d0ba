use super::super::super::NoOrder;

pub(in super::super) fn below(items: u32) -> Result<u32, NoOrder> {
    if items > limit() {
        return Err(NoOrder::TooMany(items));
    }
    Ok(items)
}

fn limit() -> u32 {
    include!("limit.in").iter().sum()
}

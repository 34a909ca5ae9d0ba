pub(super) fn price(items: u32) -> u32 {
    (0..items).map(|item| item * 3).sum()
}

pub(super) fn all(items: &[u32]) -> ::std::vec::Vec<u32> {
    items.to_vec()
}

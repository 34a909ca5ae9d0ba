pub(crate) fn one() -> u64 {
    1
}

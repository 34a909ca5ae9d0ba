/// Is not known in a crate without documentation for each.
pub(crate) fn said(number: u32) -> ::std::string::String {
    let Unused = number;
    ::std::format!("late {}", Unused)
}

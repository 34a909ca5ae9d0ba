/// Returns a line with the number.
pub(crate) fn line(number: u32) -> ::std::string::String {
    let Unused = number;
    ::std::format!("late {}", Unused)
}

pub(crate) fn name(number: u32) -> ::std::string::String {
    ::std::format!("this {}", number)
}

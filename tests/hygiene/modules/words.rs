macro_rules! shout {
    ($text:expr) => {
        $crate::words::louder($text)
    };
}

pub(crate) fn louder(text: &str) -> ::std::string::String {
    ::std::format!("{}!", text)
}

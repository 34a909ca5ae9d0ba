//! The host and port of a URL or of a broker.

/// Returns whether `text` is the name or address of a host, with or without a port behind it.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').map(|text| text.split_once(']')) {
        Some(None) => return false,
        Some(Some((address, port))) => (address, port),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    !host.is_empty() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    !text.starts_with('+') && text.parse::<u16>().is_ok_and(|port| port != 0)
}

//! The status codes of gRPC.

use http::StatusCode;

/// The status code of a call (<https://grpc.github.io/grpc/core/md_doc_statuscodes.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(u8);

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl Code {
    const OK: Self = Self(0);
    pub(super) const UNKNOWN: Self = Self(2);
    const DEADLINE_EXCEEDED: Self = Self(4);
    const PERMISSION_DENIED: Self = Self(7);
    pub(super) const UNIMPLEMENTED: Self = Self(12);
    const INTERNAL: Self = Self(13);
    const UNAVAILABLE: Self = Self(14);
    const DATA_LOSS: Self = Self(15);
    const UNAUTHENTICATED: Self = Self(16);

    /// Parses the header or trailer `grpc-status`. Anything but a known code is UNKNOWN.
    pub(super) fn parse(text: &[u8]) -> Self {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        number.filter(|number| usize::from(*number) < NAMES.len()).map_or(Self::UNKNOWN, Self)
    }

    /// Returns the code of a response that has none, by its HTTP status
    /// (<https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>).
    pub(super) fn of_http(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::INTERNAL,
            401 => Self::UNAUTHENTICATED,
            403 => Self::PERMISSION_DENIED,
            404 => Self::UNIMPLEMENTED,
            429 | 502 | 503 | 504 => Self::UNAVAILABLE,
            _ => Self::UNKNOWN,
        }
    }

    /// Returns the name that the conventions write.
    pub(super) fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// Returns whether the code is a failure at the end of the client.
    pub(super) fn fails_client(self) -> bool {
        self != Self::OK
    }

    /// Returns whether the code is a failure of the server.
    pub(super) fn fails_server(self) -> bool {
        [
            Self::UNKNOWN,
            Self::DEADLINE_EXCEEDED,
            Self::UNIMPLEMENTED,
            Self::INTERNAL,
            Self::UNAVAILABLE,
            Self::DATA_LOSS,
        ]
        .contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_parsed_and_others_are_unknown() {
        for (text, name) in
            [("0", "OK"), ("5", "NOT_FOUND"), ("16", "UNAUTHENTICATED"), ("17", "UNKNOWN"), ("x", "UNKNOWN")]
        {
            assert_eq!(Code::parse(text.as_bytes()).name(), name);
        }
    }

    #[test]
    fn each_end_has_its_failures() {
        let failures = |fails: fn(Code) -> bool| {
            let all = (0..17).map(Code).filter(|code| fails(*code));
            all.map(|code| code.0).collect::<Vec<_>>()
        };
        assert_eq!(failures(Code::fails_server), [2, 4, 12, 13, 14, 15]);
        assert_eq!(failures(Code::fails_client), (1..17).collect::<Vec<_>>());
    }
}

//! Answers that speak of the size of a request. Status codes alone do not tell: gRPC's libraries
//! use different ones, and the OpenTelemetry Collector answers 400 to a body that is too large.

/// The words of a refused size, in lower case.
const TOO_LARGE: [&str; 5] =
    ["too large", "too big", "larger than", "length limit exceeded", "reached size limit"];

/// The words of any limit, which may be one of size.
const EXCEEDED: &str = "exceed";

/// The words that make a limit one of size.
const SIZES: [&str; 3] = ["size", "length", "bytes"];

/// Returns whether a message says that the request is too large. A limit of a rate is none of size.
pub(crate) fn speaks_of_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let mut words = message.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_rate = words.any(|word| matches!(word, "rate" | "ratelimit" | "ratelimited" | "quota"));
    !is_rate && (has(&TOO_LARGE) || (message.contains(EXCEEDED) && has(&SIZES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_servers_about_the_size_are_known() {
        for message in [
            // grpc-go, of the message and of the unpacked message
            "grpc: received message larger than max (5000000 vs. 4194304)",
            "grpc: received message after decompression larger than max (5000000 vs. 4194304)",
            // tonic, old and new
            "Error, message length too large: found 5242880 bytes, the limit is: 4194304 bytes",
            "Error, decoded message length too large: found 5242880 bytes, the limit is: 4194304 bytes",
            // grpc-java
            "gRPC message exceeds maximum size 4194304: 5000000",
            "Decompressed gRPC message exceeds maximum size 4194304",
            // Python, C++ and Node
            "Received message larger than max (5000000 vs. 4194304)",
            "SERVER: Received message larger than max (5000000 vs. 4194304)",
            // .NET
            "Received message exceeds the maximum configured message size.",
            // Go's http.MaxBytesReader, behind the Collector's OTLP receiver
            "http: request body too large",
            // hyper's and axum's, actix-web's, Spring's, nginx' page
            "length limit exceeded",
            "A payload reached size limit.",
            "Maximum upload size exceeded",
            "<html><head><title>413 Request Entity Too Large</title></head></html>",
        ] {
            assert!(speaks_of_size(message), "{message}");
        }
    }

    #[test]
    fn other_messages_are_not_about_the_size() {
        for message in [
            "",
            "bad span",
            "quota exceeded",
            "Request rate is too large",
            "RATE_LIMITED: ingestion rate limit (15000000 bytes) exceeded while adding 10 bytes",
            "LIVE_TRACES_EXCEEDED: max live traces exceeded for tenant",
            "context deadline exceeded",
            "the request took too long",
            "sending queue is full",
            "memory usage is too high",
        ] {
            assert!(!speaks_of_size(message), "{message}");
        }
    }
}

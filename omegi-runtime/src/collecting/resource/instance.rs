//! The id of this process among all processes of a service ([OpenTelemetry],
//! `service.instance.id`).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/#service

use crate::recording::ids::IdSource;

/// A random UUID ([RFC 9562, version 4](https://www.rfc-editor.org/rfc/rfc9562#section-5.4)), or
/// the UUID of a seed.
pub(crate) fn instance_id(seed: Option<u64>) -> String {
    let mut source = seed.map_or_else(IdSource::from_os, |seed| IdSource::seeded(seed, !seed));
    let drawn = source.trace_id().to_u128();
    let uuid = (drawn & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{uuid:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_random_uuids() {
        let id = instance_id(None);
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, instance_id(None));
        assert_eq!(instance_id(Some(7)), instance_id(Some(7)));
    }
}

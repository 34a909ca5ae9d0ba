//! Limits on the parts of one span.

use super::check;

#[test]
fn counts() {
    let pick = |settings: super::Settings| {
        let limits = settings.recording.limits;
        [limits.attributes, limits.events, limits.links, limits.event_attributes, limits.link_attributes]
    };
    let shared = ("OTEL_ATTRIBUTE_COUNT_LIMIT", "9");
    check(
        pick,
        &[
            (&[], [128; 5], &[]),
            (&[shared], [9, 128, 128, 128, 128], &[]),
            (&[shared, ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0")], [0, 128, 128, 128, 128], &[]),
            (
                &[
                    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "1"),
                    ("OTEL_SPAN_LINK_COUNT_LIMIT", "2"),
                    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "3"),
                    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "2147483647"),
                ],
                [128, 1, 2, 3, 2_147_483_647],
                &[],
            ),
            (
                &[shared, ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-1"), ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many")],
                [9, 128, 128, 128, 128],
                &[
                    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=\"-1\" is not a whole number (0, 1, 2 …); using \
                     OTEL_ATTRIBUTE_COUNT_LIMIT=\"9\"",
                    "OTEL_SPAN_EVENT_COUNT_LIMIT=\"many\" is not a whole number (0, 1, 2 …); using 128",
                ],
            ),
            (
                &[
                    ("OTEL_SPAN_LINK_COUNT_LIMIT", "x"),
                    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "x"),
                    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "2147483648"),
                ],
                [128; 5],
                &[
                    "OTEL_SPAN_LINK_COUNT_LIMIT=\"x\" is not a whole number (0, 1, 2 …); using 128",
                    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT=\"x\" is not a whole number (0, 1, 2 …); using 128",
                    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT=\"2147483648\" is not between 0 and 2147483647; \
                    using 128",
                ],
            ),
        ],
    );
}

//! Metrics in OTLP's protobuf.

use crate::exporting::envelope::OtlpMessage;
use crate::exporting::envelope::protobuf::{ITEM, attributes, message};
use crate::exporting::protobuf::ProtobufMessage;

use super::{Metric, MetricsData, Point};

impl OtlpMessage for MetricsData<'_> {
    fn to_protobuf(&self) -> Vec<u8> {
        message(self.resource, |scope| {
            self.metrics.iter().for_each(|it| scope.message(ITEM, |message| metric(message, it)));
        })
    }
}

fn metric(message: &mut ProtobufMessage<'_>, metric: &Metric) {
    message.text(1, metric.name);
    message.text(2, metric.description);
    message.text(3, metric.unit);
    message.message(7, |sum| {
        metric.points.iter().for_each(|it| sum.message(1, |message| point(message, it)));
        sum.varint(2, metric.temporality_number());
        sum.varint(3, u64::from(metric.is_monotonic));
    });
}

fn point(message: &mut ProtobufMessage<'_>, point: &Point) {
    message.fixed64(2, point.start_ns);
    message.fixed64(3, point.time_ns);
    // A field of a `oneof` is written even if it is zero.
    message.any_fixed64(6, point.signed().cast_unsigned());
    attributes(message, 7, &point.attributes);
}

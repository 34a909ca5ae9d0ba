"""Records python_reference.jsonl: the output of OpenTelemetry Python for the spans of the test in mod.rs.

    python3 -m venv venv && venv/bin/pip install opentelemetry-sdk==1.45.2
    venv/bin/python python_reference.py > python_reference.jsonl
"""

import sys

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

START_NS = 1_795_161_600_000_000_000  # 2026-11-20T08:00:00Z


class FixedIds(IdGenerator):
    span_id = 0x00F067AA0BA902B6

    def generate_span_id(self):
        self.span_id += 1
        return self.span_id

    def generate_trace_id(self):
        return 0x4BF92F3577B34DA6A3CE929D0E0E4736


# The exporter prints a span at its end. The lines are written in the order of their beginnings.
lines = {}
exporter = ConsoleSpanExporter(
    formatter=lambda span: lines.update({span.context.span_id: span.to_json(indent=None)}) or ""
)
provider = TracerProvider(
    resource=Resource({"service.name": "shop", "service.version": "1.2.3"}), id_generator=FixedIds()
)
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("omegi")

text = "q\"\\ \n\t\x1b é 😀 \x7f \u2028"
root = tracer.start_span(
    "orders::place",
    kind=SpanKind.SERVER,
    start_time=START_NS,
    attributes={
        "code.function.name": "shop::orders::place",
        "code.line.number": 17,
        "ok": True,
        "ratio": 0.5,
        "whole": 2.0,
        "text": text,
    },
)
inside = set_span_in_context(root)

find = tracer.start_span(
    "db::find",
    context=inside,
    start_time=START_NS + 1_234_567,
    links=[Link(SpanContext(0xA, 0xB, True, TraceFlags(1)), {"k": 1})],
)
message = 'no such item "x"'
find.add_event(
    "exception",
    {"exception.type": "shop::db::Error", "exception.message": message},
    timestamp=START_NS + 1_999_999,
)
find.set_status(Status(StatusCode.ERROR, message))
find.end(START_NS + 2_000_999)

empty = tracer.start_span("empty", context=inside, kind=SpanKind.CLIENT, start_time=START_NS + 3_000_000)
empty.set_status(Status(StatusCode.ERROR))
empty.end(START_NS + 3_000_001)

fine = tracer.start_span("fine", context=inside, start_time=START_NS + 3_000_000)
fine.set_status(Status(StatusCode.OK))
fine.end(START_NS + 3_000_001)

root.end(START_NS + 5_000_000)
sys.stdout.writelines(lines[span_id] + "\n" for span_id in sorted(lines))

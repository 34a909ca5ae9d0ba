"""Reads OTLP with libraries of other projects and prints each span on a line, for the tests beside this file.

    receiver.py grpc         prints its address, then the received spans
    receiver.py file PATH    prints the spans of a file of OTLP/JSON lines

The header `x-answer` of a request selects the answer to it.
"""

import sys

from google.protobuf import json_format
from opentelemetry.proto.trace.v1 import trace_pb2


def value(any_value):
    return getattr(any_value, any_value.WhichOneof("value"))


def attributes(of):
    return [f"{it.key}={value(it.value)}" for it in of.attributes]


def describe(data):
    for resource_spans in data.resource_spans:
        assert attributes(resource_spans.resource) == ["service.name=shop"]
        for scope_spans in resource_spans.scope_spans:
            assert scope_spans.scope.name == "omegi"
            for span in scope_spans.spans:
                kind = trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
                status = trace_pb2.Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_")
                words = [span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()]
                words += [span.name, kind, status]
                words += [span.status.message] if span.status.message else []
                words += attributes(span)
                for event in span.events:
                    words += [f"event={event.name}", *attributes(event)]
                words += [f"link={link.span_id.hex()}" for link in span.links]
                print(*words, flush=True)


def read(path):
    with open(path) as lines:
        for line in lines:
            data = json_format.Parse(hex_to_base64(line), trace_pb2.TracesData())
            describe(data)


def hex_to_base64(line):
    """Rewrites ids for protobuf's JSON, which has bytes in base64. OTLP writes ids as hex."""
    import base64
    import json

    def converted(item):
        if isinstance(item, list):
            return [converted(each) for each in item]
        if not isinstance(item, dict):
            return item
        ids = ("traceId", "spanId", "parentSpanId")
        return {
            key: base64.b64encode(bytes.fromhex(each)).decode() if key in ids else converted(each)
            for key, each in item.items()
        }

    return json.dumps(converted(json.loads(line)))


def serve():
    import concurrent.futures

    import grpc
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as messages
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as service

    class Receiver(service.TraceServiceServicer):
        def Export(self, request, context):
            answer = dict(context.invocation_metadata()).get("x-answer")
            if answer == "exhausted":
                context.set_trailing_metadata((("grpc-status-details-bin", EXHAUSTED),))
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
            describe(request)
            partial = messages.ExportTracePartialSuccess(rejected_spans=1, error_message="too old")
            rejected = partial if answer == "partial" else None
            return messages.ExportTraceServiceResponse(partial_success=rejected)

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    service.add_TraceServiceServicer_to_server(Receiver(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


# google.rpc.Status(code=8, message="full", details=[RetryInfo(retry_delay=0.7 s)])
_DELAY = b"\x0a\x06\x10\x80\xce\xe4\xcd\x02"
_URL = b"type.googleapis.com/google.rpc.RetryInfo"
_ANY = b"\x0a" + bytes([len(_URL)]) + _URL + b"\x12" + bytes([len(_DELAY)]) + _DELAY
EXHAUSTED = b"\x08\x08\x12\x04full\x1a" + bytes([len(_ANY)]) + _ANY

if __name__ == "__main__":
    serve() if sys.argv[1] == "grpc" else read(sys.argv[2])

"""A service made with OpenTelemetry's SDK for Python, for tests/frameworks/opentelemetry.rs.

Usage: opentelemetry_peer.py URL

Prints the free port on which it listens. It handles one request: it continues the trace that the
headers name in a SERVER span, asks URL in a CLIENT span whose context it writes into the headers,
and answers with the ids of both.
"""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind


class Service(BaseHTTPRequestHandler):
    tracer = TracerProvider().get_tracer("peer")

    def do_GET(self):
        with self.tracer.start_as_current_span("serve", extract(self.headers), SpanKind.SERVER) as served:
            with self.tracer.start_as_current_span("ask", kind=SpanKind.CLIENT) as asked:
                headers = {}
                inject(headers)
                urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers=headers)).read()
        self.send_response(200)
        self.end_headers()
        answer = {"parent": f"{served.parent.span_id:016x}", "served": ids(served), "asked": ids(asked)}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


def ids(span):
    context = span.get_span_context()
    return {
        "trace": f"{context.trace_id:032x}",
        "span": f"{context.span_id:016x}",
        "sampled": context.trace_flags.sampled,
    }


server = HTTPServer(("127.0.0.1", 0), Service)
print(server.server_port, flush=True)
server.handle_request()

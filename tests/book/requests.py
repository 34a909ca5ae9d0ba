"""Writes the path and the headers of each request to a file: `requests.py REQUESTS PORT`.

The server listens on a free port of this machine, and writes its number to the file PORT.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

requests, port = sys.argv[1:]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        lines = [f"POST {self.path}"]
        lines += [f"{name.lower()}: {value}" for name, value in self.headers.items()]
        with open(requests, "a") as file:
            file.write("\n".join(lines) + "\n")
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
open(requests, "a").close()
with open(port, "w") as file:
    file.write(str(server.server_port))
server.serve_forever()

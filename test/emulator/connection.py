"""A connection of a client, which stays open for more than one request.

werkzeug's own handler closes it after each answer, and waits for a moment before that.
"""

import io
import traceback

from werkzeug.serving import WSGIRequestHandler


class Connection(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave together.
    wbufsize = 1 << 16

    def run_wsgi(self):
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        body = self.read_body(environ)
        if body is None:
            # A client that went away in the middle has not sent a request.
            self.close_connection = True
            return
        environ["wsgi.input"] = io.BytesIO(body)
        status, headers, answer = self.answer(environ)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        names = {name.lower() for name, _ in headers}
        empty = self.command == "HEAD" or code in ("204", "304")
        if not empty and "content-length" not in names:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if not empty:
            self.wfile.write(answer)
        self.wfile.flush()

    def read_body(self, environ):
        """Reads all of it, so that the next request begins where it ends. None where the client has sent less."""
        if environ.get("wsgi.input_terminated"):
            return environ["wsgi.input"].read()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = self.rfile.read(length)
        return body if len(body) == length else None

    def answer(self, environ):
        started = []
        try:
            result = self.server.app(environ, lambda status, headers, exc_info=None: started.append((status, headers)))
            try:
                answer = b"".join(result)
            finally:
                if hasattr(result, "close"):
                    result.close()
            return (*started[-1], answer)
        except Exception:
            traceback.print_exc()
            return "500 Internal Server Error", [("Content-Type", "text/plain")], traceback.format_exc().encode()

    def log_request(self, *args):
        pass

"""Starts moto as a server, with what it gets wrong and the tests need right.

Usage: python emulator.py PORT

It ends when its standard input does, so it never outlives the tests, however those end.

- Requests are carried out one after the other: in moto's own server, two conditional writes of one key can both succeed.
- Keys may hold newlines.
"""

import io
import os
import sys
import threading

from moto.moto_server import werkzeug_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class AnyCharacter(werkzeug_app.RegexConverter):
    """A part of a path that may hold every character, newlines among them."""

    def __init__(self, url_map, *items):
        super().__init__(url_map, *items)
        if self.regex == ".+":
            self.regex = r"[\s\S]+"


# Before any backend is made: its routes are compiled once.
werkzeug_app.RegexConverter = AnyCharacter


class OneAtATime:
    """Takes in whole requests side by side, and hands them to the application one after the other."""

    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        length = environ.get("CONTENT_LENGTH")
        if length:
            body = environ["wsgi.input"].read(int(length))
            # A client that went away in the middle has not sent a request.
            if len(body) < int(length):
                start_response("400 Bad Request", [("Content-Length", "0")])
                return [b""]
            environ["wsgi.input"] = io.BytesIO(body)
        with self.lock:
            result = self.application(environ, start_response)
            try:
                return [b"".join(result)]
            finally:
                if hasattr(result, "close"):
                    result.close()


class Quiet(WSGIRequestHandler):
    def log_request(self, *args):
        pass


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
application = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
application.debug = True
run_simple(
    "127.0.0.1",
    int(sys.argv[1]),
    OneAtATime(application),
    threaded=True,
    request_handler=Quiet,
)

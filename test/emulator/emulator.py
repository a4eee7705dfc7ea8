"""Starts moto as a server, with what it gets wrong and the tests need right.

Usage: python emulator.py PORT [--lambda-url URL] [--insecure-http]
       python emulator.py --copies SOCKET

  --lambda-url URL   where the code of Lambda functions runs: see services/secretsmanager.py
  --insecure-http    aws:SecureTransport is false on plain HTTP, else it is true: the emulator speaks nothing else
  --copies SOCKET    serves nothing itself: see copies.py

It ends when its standard input does, so it never outlives the tests, however those end. What it changes about a service
is in services/, and is loaded with the service's first request: tests that need S3 alone wait for nothing else.

- Requests are carried out one after the other: in moto's own server, two conditional writes of one key can both succeed.
- Keys may hold newlines.
"""

import argparse
import gc
import json
import os
import sys
import threading

# Nothing is left behind in the source tree.
sys.dont_write_bytecode = True
# What is loaded from here on stays.
gc.disable()

from moto.moto_server import werkzeug_app
from werkzeug.serving import run_simple

import cloud_control
import control
import copies
import options
import services
import worked_out_once
from connection import Connection


class AnyCharacter(werkzeug_app.RegexConverter):
    """A part of a path that may hold every character, newlines among them."""

    def __init__(self, url_map, *items):
        super().__init__(url_map, *items)
        if self.regex == ".+":
            self.regex = r"[\s\S]+"


# Before any backend is made: its routes are compiled once.
werkzeug_app.RegexConverter = AnyCharacter
worked_out_once.install()


class OneAtATime:
    """Hands requests to the application one after the other."""

    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self.lock:
            result = self.application(environ, start_response)
            try:
                return [b"".join(result)]
            finally:
                if hasattr(result, "close"):
                    result.close()


class Control:
    """Answers what is asked of the emulator itself, and hands on the rest.

    GET /emulator/rotations              what became of each RotateSecret, the newest last
    GET /emulator/auth-tokens?group=ID   the AUTH tokens that a replication group of ElastiCache takes
    GET /emulator/types                  the types of resources that stacks may hold
    POST /emulator/builds                how builds of CodeBuild go: see services/codebuild/builds.py
    POST /emulator/options               {"lambdaUrl": …, "plainHttpIsSecure": …}
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/emulator/"):
            return self.application(environ, start_response)
        try:
            answer = control.answer(environ["REQUEST_METHOD"], path, environ)
            status = "200 OK" if answer is not None else "404 Not Found"
        except ValueError as error:
            answer, status = {"error": str(error)}, "400 Bad Request"
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def create_backend_app(service):
    services.prepare(service)
    return werkzeug_app.create_backend_app(service)


def serve(port):
    worked_out_once.keep()
    application = werkzeug_app.DomainDispatcherApplication(create_backend_app)
    application.debug = True
    run_simple(
        "127.0.0.1",
        port,
        Control(OneAtATime(cloud_control.CloudControl(application))),
        threaded=True,
        request_handler=Connection,
    )


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int, nargs="?")
parser.add_argument("--lambda-url")
parser.add_argument("--insecure-http", action="store_true")
parser.add_argument("--copies")
arguments = parser.parse_args()
options.lambda_url = arguments.lambda_url
options.plain_http_is_secure = not arguments.insecure_http

if arguments.copies is not None:
    serve(copies.wait_for_port(arguments.copies, create_backend_app))
elif arguments.port is not None:
    threading.Thread(target=end_with_input, daemon=True).start()
    serve(arguments.port)
else:
    parser.error("PORT or --copies SOCKET is missing")

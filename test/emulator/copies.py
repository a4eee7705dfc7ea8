"""Copies of an emulator that has loaded everything: each begins empty, as one of its own, and costs a fork.

Who connects to the socket sends a line of JSON, `{"port": 5000, "settings": {}}`, and gets an emulator at that port,
which ends when the connection does. The settings are variables of moto that it reads when it needs them. What the copy
prints goes to the connection. The original ends when its standard input does; its copies go on.
"""

import json
import os
import random
import select
import signal
import socket
import sys
import threading

from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random

import worked_out_once

# Loaded when the first copy is asked for. Others load with their first request, in each copy anew.
SERVICES = [
    "s3",
    "sts",
    "iam",
    "kms",
    "secretsmanager",
    "cloudformation",
    "codebuild",
    "logs",
    "cloudwatch",
    "events",
    "scheduler",
    "sns",
    "sqs",
    "ec2",
    "rds",
    "elasticache",
    "dynamodb",
    "lambda",
    "s3control",
    "ssm",
    "applicationautoscaling",
]


def wait_for_port(path, load):
    """Returns in copies alone, with the port that was asked for. No thread may run yet: a fork has only its own.

    :param load: loads a service
    """
    unloaded = list(SERVICES)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    # Copies that have ended are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 1):
            os._exit(0)
        if listener not in ready:
            continue
        connection, _ = listener.accept()
        while unloaded:
            service = unloaded.pop(0)
            load(service)
            worked_out_once.describe(service)
        if os.fork() == 0:
            listener.close()
            return become_copy(connection)
        connection.close()


def become_copy(connection):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(connection.fileno(), stream.fileno())
    # Else all copies would invent the same names.
    random.seed()
    mock_random.seed()
    asked = json.loads(connection.makefile("rb").readline())
    os.environ.update(asked["settings"])
    # The account that was made for its routes was made without the settings.
    iam_backends.clear()
    threading.Thread(target=end_with, args=(connection,), daemon=True).start()
    return asked["port"]


def end_with(connection):
    try:
        while connection.recv(1024):
            pass
    finally:
        os._exit(0)

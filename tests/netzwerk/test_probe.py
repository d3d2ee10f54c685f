"""The container's health check, against a web server that answers what it is told."""

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings

from netzwerk.probe import host
from tests.waiting import free_port

WELL = json.dumps({"status": "ok", "database": True})
LATE = json.dumps({"status": "error", "database": True, "oldest_due_mail_seconds": 900})
AWAY = json.dumps({"status": "error", "database": False})


@contextmanager
def answering(status: int, body: str):
    """Yield the port and the names under which it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers["Host"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def probe(port: int, **environment: str) -> tuple[int, str]:
    """Run it as the container does."""
    command = [sys.executable, "-I", "netzwerk/probe.py", f"http://127.0.0.1:{port}/healthz"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(("status", "body"), [(200, WELL), (503, LATE)])
def test_a_page_that_answers_and_reaches_the_database_is_well(status, body):
    with answering(status, body) as (port, asked):
        assert probe(port, BASE_URL="https://netzwerk.example") == (0, "")
    assert asked == ["netzwerk.example"]


@pytest.mark.parametrize(
    ("status", "body"), [(503, AWAY), (400, "Bad Request"), (200, "<html>"), (200, "[]"), (200, "{}"), (301, WELL)]
)
def test_everything_else_is_not_and_says_what(status, body):
    with answering(status, body) as (port, _):
        code, said = probe(port)
    assert (code, "Traceback" in said, bool(said.strip())) == (1, False, True)


def test_nor_is_a_page_that_is_not_there():
    code, said = probe(free_port())
    assert (code, said) == (1, "ConnectionRefusedError: [Errno 111] Connection refused\n")


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "127.0.0.1"),
        ({"BASE_URL": "https://netzwerk.example:8443/"}, "netzwerk.example"),
        ({"BASE_URL": "https://netzwerk.example", "ALLOWED_HOSTS": " .amt.example, b.example"}, "amt.example"),
        ({"BASE_URL": "https://netzwerk.example", "ALLOWED_HOSTS": "*"}, "netzwerk.example"),
    ],
)
def test_it_asks_under_a_name_of_the_site(environment, name):
    assert host(environment) == name

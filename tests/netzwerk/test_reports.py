"""What is reported to Sentry, as a real client sends it to a server that listens here."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings as project

from netzwerk import reports

TOKEN = "Ab3_-xY9" * 2 + "abcdef"
# Lines of code are sent, so what must not be seen comes from outside.
CODE = """
import logging, sys
from netzwerk.wsgi import application
import sentry_sdk
from django.db import connection
from django.test import RequestFactory

token, email = sys.argv[1:]

def broken(execute, sql, params, many, context):
    raise RuntimeError(f"{email} cannot open /einladung/{token}/: {params}")

logging.getLogger("meetings").warning("before that: %s", email)
browser = RequestFactory(headers={"Cookie": "csrftoken=" + "a" * 32, "Referer": f"http://testserver/abmelden/{token}/"})
typed = {"comment": token, "answer": email, "csrfmiddlewaretoken": "a" * 32}
asked = browser.post(f"/einladung/{token}/?q={token}", typed)
with connection.execute_wrapper(broken):
    application(asked.environ, lambda status, heads: print(status)).close()
logging.getLogger("mailroom").error("mail to %s was lost", email, extra={"recipient": email})
sentry_sdk.flush(10)
"""


@pytest.fixture
def server():
    """Takes what is sent to it; yields its address and what it got."""
    got: list[bytes] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Taking) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://key@127.0.0.1:{listening.server_port}/1", got
        listening.shutdown()
        thread.join()


def run(tmp_path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, "DEMO": "1"}
    given |= {"ALLOWED_HOSTS": "testserver", "DJANGO_SETTINGS_MODULE": "netzwerk.settings"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=project.BASE_DIR,
        env=given | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_error_behind_a_link_is_reported_without_link_and_person(tmp_path, server):
    dsn, got = server
    done = run(tmp_path, "-c", CODE, TOKEN, "gesa.ahrens@schule.example", SENTRY_DSN=dsn)
    assert done.stdout == "500 Internal Server Error\n", done.stderr
    sent = b"\n".join(got).decode()
    assert (TOKEN in sent, "gesa" in sent, '"vars"' in sent, "Referer" in sent) == (False, False, False, False)
    events = [json.loads(line) for one in got for line in one.decode().splitlines() if '"platform"' in line]
    error, lost = events
    assert error["exception"]["values"][-1]["type"] == "RuntimeError"
    assert error["exception"]["values"][-1]["value"].startswith("…@… cannot open /einladung/…/: ")
    assert error["request"] == {"method": "POST", "url": "http://testserver/einladung/…/"}
    assert "user" not in error
    assert lost["logentry"]["formatted" if "formatted" in lost["logentry"] else "message"] == "mail to …@… was lost"
    kinds = {json.loads(line).get("type") for one in got for line in one.decode().splitlines()[1::2]}
    assert kinds == {"event"}  # no sessions, traces or figures


def test_without_the_setting_nothing_is_loaded(tmp_path):
    code = "import django, sys; django.setup(); print([name for name in sys.modules if name.startswith('sentry')])"
    assert run(tmp_path, "-c", code).stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("https://key@sentry.example/1", True), ("https://sentry.example/1", False), ("quatsch", False), ("x://[", False)],
)
def test_what_can_be_sent_to(text, is_one):
    assert reports.is_dsn(text) == is_one

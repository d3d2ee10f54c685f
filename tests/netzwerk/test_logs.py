"""No personal data in logs, whoever writes them."""

import json
import logging
import logging.config
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from io import StringIO

import pytest
from django.conf import settings as project
from django.db import IntegrityError, connection, transaction
from django.test import Client

from netzwerk import logs
from netzwerk.logs import without_persons
from tests.factories import ContactFactory, InvitationFactory
from tests.waiting import PATIENCE, free_port, wait_for

NAME = "Ahrens\n(Gesa)"  # the line that failed is shown, too: no name in it
TOKEN = "Ab3_-xY9" * 2 + "abcdef"


@pytest.fixture(params=["plain", "json"])
def written(request):
    """Our configuration of the root logger, writing where the test can read; the former one comes back."""
    loggers = [logging.getLogger(name) for name in ("", "django", "django.security.DisallowedHost", "gunicorn.error")]
    before = [(one, one.handlers[:], one.filters[:], one.level, one.propagate) for one in loggers]
    logging.config.dictConfig(logs.configuration(level="INFO", shape=request.param))
    stream = StringIO()
    for handler in {*logging.getLogger().handlers, *logging.getLogger("gunicorn.error").handlers}:
        handler.setStream(stream)
    yield stream
    for one, handlers, filters, level, propagate in before:
        one.handlers, one.filters, one.propagate = handlers, filters, propagate
        one.setLevel(level)


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        (f"Not Found: /einladung/{TOKEN}/", "Not Found: /einladung/…/"),
        (f"GET /einladung/{TOKEN}/kalender.ics HTTP/1.1", "GET /einladung/…/kalender.ics HTTP/1.1"),
        (f"http://a.example/abmelden/{TOKEN}", "http://a.example/abmelden/…"),
        (f"/meins/{TOKEN}/ /termin/{TOKEN}/ /rueckmeldung/{TOKEN}/", "/meins/…/ /termin/…/ /rueckmeldung/…/"),
        (f"/konto/password/reset/key/1-{TOKEN}/", "/konto/password/reset/key/…/"),
        (f"/konto/confirm-email/Mg:1a:{TOKEN}/", "/konto/confirm-email/…/"),
        (f"/konto/login/?next=%2Feinladung%2F{TOKEN}%2F", "/konto/login/?…"),
        (f"next=%2Feinladung%2F{TOKEN}%2Fbeitreten", "next=%2Feinladung%2F…%2Fbeitreten"),
        (f"<WSGIRequest: GET '/einladung/{TOKEN}/?antwort=accepted'>", "<WSGIRequest: GET '/einladung/…/?…'>"),
        ("/einladung/ä%20b%C3%A4/", "/einladung/…/"),
        ("/einladung/vorschau/ /meins/anfordern/", "/einladung/vorschau/ /meins/anfordern/"),
        (f"params ('{TOKEN}', 7)", "params ('…', 7)"),
        ("test_a_name_of_22_letters ABCDEFGHIJKLMNOPQRSTU7", "test_a_name_of_22_letters ABCDEFGHIJKLMNOPQRSTU7"),
        ("/suche/?q=Gesa+Ahrens failed", "/suche/?… failed"),
        ("to <Gesa.Ahrens+x@schule.example>: refused", "to <…@…>: refused"),
        ("{'a': 'müller@schüle.example'}", "{'a': '…@…'}"),
        ("email=gesa%40schule.example&x", "email=…@…&x"),
        ("postgresql://netz:geheim@db.example/x", "postgresql://netz:…@…/x"),
        ("celery@4f2a ready. Really? a=b", "celery@4f2a ready. Really? a=b"),
        ("DETAIL:  Failing row contains (7, Gesa (Ahrens), 05).", "DETAIL:  Failing row contains …."),
        ("DETAIL:  Key (last_name)=(Ahrens) already exists.", "DETAIL:  Key (last_name)= … already exists."),
        ("KeyError: 'x' in /app/meetings/views/answers.py", "KeyError: 'x' in /app/meetings/views/answers.py"),
    ],
)
def test_the_rule(text, stays):
    assert without_persons(text) == stays


@pytest.mark.parametrize("piece", ["a", "a.", "/einladung/", "@", "%", "a@", "?a", "DETAIL:  Key "])
def test_a_long_text_takes_no_longer_than_reading_it(piece):
    start = time.process_time()
    without_persons(piece * (300_000 // len(piece)))
    assert time.process_time() - start < 3


def test_message_arguments_and_traceback_are_cleaned(written):
    try:
        raise RuntimeError(f"no room for gesa@schule.example at /einladung/{TOKEN}/")
    except RuntimeError:
        more = {"who": {"email": ["gesa@schule.example"]}}
        logging.getLogger("meetings").exception("failed: %s", f"/abmelden/{TOKEN}/", extra=more)
    text = written.getvalue()
    assert (TOKEN in text, "gesa" in text) == (False, False)
    assert "RuntimeError: no room for …@… at /einladung/…/" in text
    assert "failed: /abmelden/…/" in text


def test_what_django_logs_of_a_request_is_cleaned(db, written, client):
    client.get(f"/einladung/{TOKEN}/")
    client.get(f"/abmelden/{TOKEN}/")
    Client(enforce_csrf_checks=True).post(f"/einladung/{TOKEN}/", {"comment": "geheim"})
    text = written.getvalue()
    assert (TOKEN in text, "geheim" in text) == (False, False)
    assert "Not Found: /einladung/…/" in text
    assert "/abmelden/…/" in text
    assert "Forbidden" in text


def test_an_error_behind_a_link_is_told_without_the_link(db, written):
    invitation = InvitationFactory()
    link = f"/einladung/{invitation.token}/"

    def broken(execute, sql, params, many, context):
        raise RuntimeError(f"{invitation.email} cannot open {link}")

    with connection.execute_wrapper(broken):
        page = Client(raise_request_exception=False).get(link)
    text = written.getvalue()
    assert (page.status_code, "RuntimeError: …@… cannot open /einladung/…/" in text) == (500, True)
    assert (invitation.token in text, invitation.email in text) == (False, False)


def test_a_row_that_the_database_refused_is_not_shown(db, written):
    """PostgreSQL names its values; SQLite says nothing about them."""
    try:
        with transaction.atomic():
            ContactFactory(last_name=NAME, salutation=None)
    except IntegrityError:
        logging.getLogger("partners").exception("not saved")
    text = written.getvalue()
    assert ("IntegrityError" in text, "Ahrens" in text, "Gesa" in text) == (True, False, False)


def test_a_wrong_host_is_one_line(written):
    assert Client(SERVER_NAME="boese.example").get("/impressum/").status_code == 400
    lines = [line for line in written.getvalue().splitlines() if "DisallowedHost" in line]
    assert (len(lines), "WARNING" in lines[0], "Traceback" in written.getvalue()) == (1, True, False)


def test_json_is_an_object_a_line():
    record = logging.LogRecord("meetings", logging.ERROR, __file__, 1, "Grüße an %s", ("gesa@schule.example",), None)
    record.request = Client()  # Django adds it whole
    record.status_code = 500
    line = json.loads(logs.JsonFormatter().format(record))
    assert line.pop("time")
    assert line == {"level": "ERROR", "logger": "meetings", "message": "Grüße an …@…", "status_code": 500}


BROKEN_SITE = """
from netzwerk.wsgi import application as inner

def application(environ, start_response):
    raise RuntimeError("broken at " + environ["PATH_INFO"] + " for gesa@schule.example")
"""


def test_gunicorn_tells_of_an_error_that_escaped_without_the_address(tmp_path):
    """Also after it was told to reload, when it puts its own handler back."""
    (tmp_path / "broken.py").write_text(BROKEN_SITE)
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "ENV_FILE": os.devnull,
        "DEMO": "1",
        "PYTHONPATH": f"{tmp_path}:{project.BASE_DIR}",
    }
    command = [sys.executable, "-m", "gunicorn", "broken", "--bind", f"127.0.0.1:{port}", "--preload"]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            [*command, "--threads", "2", "--no-control-socket"], env=environment, cwd=tmp_path, stderr=said
        )
    try:
        for times in (1, 2):
            ask_until(tmp_path / "said", port, times)
            process.send_signal(signal.SIGHUP)
            wait_for("a reload is told", partial(is_told, tmp_path / "said", "Handling signal: hup", times))
    finally:
        process.terminate()
        process.wait(PATIENCE)
    text = (tmp_path / "said").read_text()
    assert "Error handling request GET /einladung/…/?…" in text
    assert (TOKEN in text, "gesa" in text, "Ahrens" in text) == (False, False, False)


def is_told(said, words: str, times: int) -> bool:
    return said.read_text().count(words) >= times


def ask_until(said, port: int, times: int) -> None:
    """Ask for the broken page until it has been told so many times."""

    def is_told_by_now() -> bool:
        if is_told(said, "RuntimeError: broken at /einladung/…/ for …@…", times):
            return True
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/einladung/{TOKEN}/?q=Ahrens", timeout=PATIENCE).close()
        except (urllib.error.URLError, ConnectionError) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
        return False

    wait_for("the fault is told", is_told_by_now)


def test_celery_leaves_our_logging_alone(tmp_path):
    """A task's logger would get a handler and a format of Celery's."""
    code = (
        "from netzwerk.celery import app; import django; django.setup(); app.log.setup(loglevel='INFO'); "
        "from celery.utils.log import get_task_logger; "
        f"get_task_logger('x').error('lost: %s for %s', '/einladung/{TOKEN}/', 'gesa@schule.example')"
    )
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, "DEMO": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.endswith("ERROR x: lost: /einladung/…/ for …@…\n")

"""`make demo`: one process that starts and stops web server, worker and beat."""

import fcntl
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from netzwerk.celery import app
from netzwerk.demo import today
from netzwerk.demo.logins import invitee_page, logins
from netzwerk.demo.processes import Crew, Stopped, stoppable
from team.models import User

START_LIMIT_SECONDS = 60
LOOK_AGAIN_SECONDS = 0.5


class Command(BaseCommand):
    """Command that sets up the data folder, starts the processes and waits for Ctrl-C or SIGTERM."""

    help = "Startet die Vorführung: Webseite, Worker und Zeitplan, alles in einem (am einfachsten mit: make demo)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="Port der Webseite")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Run until Ctrl-C or SIGTERM; exit 1 when a process ends by itself, 2 when it cannot start."""
        if not settings.DEMO:
            raise CommandError("Die Vorführung braucht DEMO=1. Am einfachsten: make demo", returncode=2)
        os.umask(0o077)  # personal data: other accounts on this machine must not read our files
        try:
            with stoppable(), only_one_demo():
                refuse_taken_port(port)
                prepare()
                self._run(port)
        except Stopped:
            self._say("Beendet. Alle Daten bleiben erhalten.")

    def _run(self, port: int) -> None:
        """Start the processes, print the logins once the page answers, and watch; end all when one ends.

        Raises CommandError when a process ends by itself, and Stopped on Ctrl-C or SIGTERM.
        """
        environment = {**os.environ, "DEMO": "1", "PORT": str(port), "DATA_DIR": str(settings.DATA_DIR)}
        with Crew(folder=settings.BASE_DIR, environment=environment, log_folder=settings.DATA_DIR / "log") as crew:
            for name, command in commands(port).items():
                crew.start(name, [sys.executable, "-m", *command])
            self._wait_for_page(crew, port)
            self._welcome(port)
            while not (child := crew.fallen()):
                time.sleep(LOOK_AGAIN_SECONDS)
            raise CommandError(
                f"Der Prozess „{child.name}“ ist unerwartet zu Ende. Alles wird beendet. "
                f"Seine letzten Zeilen ({child.log}):\n{child.last_words()}"
            )

    def _wait_for_page(self, crew: Crew, port: int) -> None:
        """Wait until /healthz is well. Raises CommandError when a process ends, or after 60 seconds."""
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while (answer := ask(f"http://127.0.0.1:{port}/healthz")) != "":
            if child := crew.fallen():
                raise CommandError(f"Der Prozess „{child.name}“ startet nicht:\n{child.last_words()}")
            if time.monotonic() > deadline:
                raise CommandError(f"Die Webseite meldet sich nicht: {answer}. Mehr steht in {crew.log_folder}.")
            time.sleep(0.1)

    def _welcome(self, port: int) -> None:
        self._say("")
        for login in logins():
            self._say(f"  Anmelden als {login.what:<13} {login.email}   Kennwort: {login.password}")
        if not logins():
            self._say("  Anmelden mit einem Konto, das Sie selbst angelegt haben.")
        if page := invitee_page():
            self._say(f"  Antworten als eingeladene Person   http://127.0.0.1:{port}{page}")
        self._say(f"  Protokolle der Prozesse: {settings.DATA_DIR / 'log'}    Beenden: Strg+C")
        self._say("")
        self._say(f"bereit: http://127.0.0.1:{port}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def commands(port: int) -> dict[str, list[str]]:
    """Return the commands to start by name, each as arguments for Python's -m."""
    celery = ["celery", "--app", "netzwerk", "--quiet"]
    return {
        "web": [
            *("gunicorn", "netzwerk.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "6"),
            *("--graceful-timeout", "3", "--no-control-socket"),
        ],
        "worker": [
            *(*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", str(settings.DATA_DIR / "beat")],
    }


def prepare() -> None:
    """Bring database, cache table and queue up to date; load the demo data if there is no account yet."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    with app.connection_for_write() as broker:  # before the processes start: they would race for kombu's files
        app.amqp.queues[app.conf.task_default_queue](broker.default_channel).declare()
    if not User.objects.exists():
        call_command("seed_demo", verbosity=0)
        today.write()


def refuse_taken_port(port: int) -> None:
    """Raise CommandError (exit 2) with a way out if another process listens on the port."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise CommandError(
                f"Port {port} ist nicht frei. Bitte einen anderen wählen, zum Beispiel: make demo PORT={port + 1}",
                returncode=2,
            ) from None


@contextmanager
def only_one_demo() -> Iterator[None]:
    """Hold the data folder's lock, which ends with the process. Raises CommandError (exit 2) if a demo holds it."""
    with (settings.DATA_DIR / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"In {settings.DATA_DIR} läuft schon eine Vorführung. Bitte diese erst beenden "
                "oder mit DATA_DIR=… einen anderen Ordner wählen.",
                returncode=2,
            ) from None
        yield


def ask(url: str) -> str:
    """Return "" if the address answers with success within five seconds, else the error and up to 500 bytes of it."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # nosec B310 # our own address
            return ""
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)

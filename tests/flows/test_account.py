"""Login against real processes."""

import os
import signal
from pathlib import Path

from tests.flows.site import LEAD, PASSWORD, Browser, Site
from tests.waiting import wait_for


def freeze(pid: int) -> None:
    """Stop a worker between two requests, when it holds no lock of the database."""

    def is_idle() -> bool:
        try:
            return not any("sqlite3" in str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir())
        except FileNotFoundError:  # closed while we looked
            return False

    wait_for("the worker is idle", is_idle)
    os.kill(pid, signal.SIGSTOP)


def test_failed_logins_are_counted_over_all_processes(tmp_path):
    """One worker hears five wrong passwords; the other, frozen until then, refuses the sixth try."""
    site = Site(tmp_path)
    with site.serving(workers=2) as (first, second):
        freeze(second)
        for _ in range(5):
            page = Browser(site.url).send("/konto/login/", login=LEAD, password="falsch")
            assert "E-Mail-Adresse oder Passwort stimmt nicht." in page
        os.kill(second, signal.SIGCONT)
        freeze(first)
        page = Browser(site.url).send("/konto/login/", login=LEAD.upper(), password=PASSWORD)
        assert "Das waren zu viele Versuche." in page
        os.kill(first, signal.SIGCONT)

"""Processes that are killed while they read the mailbox: every mail is applied once, none is lost (W8, W9)."""

import os
import signal
from contextlib import ExitStack, nullcontext
from random import Random

import pytest

from tests.flows.real_database import empty_postgres
from tests.flows.site import Site
from tests.imap_server import imap_server
from tests.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.postgresql

MAILS = 60
FETCH = """
from django.conf import settings
from django.core.management import call_command
settings.INBOX_HANDLERS = ["tests.mailroom.handlers.{handler}"]
{before}
call_command("fetch_mail", "--once")
"""
KILL = "import os, signal\ndef end(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
# Each moment: what the dying process runs instead of going on, and whether the mail was applied before.
MOMENTS = {
    "before_the_store": (KILL + "from mailroom.services import inbox; inbox.store = end", "count", 0),
    "after_the_store": (KILL + "from mailroom.services import inbox; inbox.apply = end", "count", 0),
    "in_the_apply": ("", "die", 0),
    "after_the_commit": (KILL + "from mailroom import mailboxes; mailboxes.{box}.done = end", "count", 1),
}


@pytest.fixture
def site(tmp_path):
    """A site on the database that the tests run on."""
    with ExitStack() as stack:
        database = empty_postgres() if "DATABASE_URL" in os.environ else nullcontext("")
        yield Site(tmp_path, database_url=stack.enter_context(database))


def mail(number: int) -> bytes:
    return f"From: p{number}@schule.example\r\nSubject: Mail {number}\r\n\r\nIch komme.\r\n".encode()


def applied(site: Site) -> list[int]:
    """How often each mail was applied, by the handler `count`."""
    rows = site.rows(
        "SELECT count(*) FROM mailroom_address WHERE key LIKE '%@applied.example' GROUP BY substr(key, 1, 36)"
    )
    return [count for (count,) in rows]


def states(site: Site) -> dict[str, int]:
    return dict(site.rows("SELECT state, count(*) FROM mailroom_inboxmail GROUP BY state"))


def fetch(site: Site, *, before: str = "", handler: str = "count", **environment: str) -> int:
    """Run one look into the mailbox in a process of its own; its exit code."""
    code = FETCH.format(handler=handler, before=before)
    process = site.start("shell", "--no-imports", "-c", code, **environment)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode in (0, -signal.SIGKILL), said
    return process.returncode


@pytest.mark.parametrize("moment", MOMENTS)
def test_w8_a_reader_that_is_killed_loses_nothing_and_applies_nothing_twice(site, moment):
    before, handler, count = MOMENTS[moment]
    new = site.folder / "inbox" / "new"
    new.mkdir(parents=True, exist_ok=True)
    (new / "1").write_bytes(mail(1))
    assert fetch(site, before=before.replace("{box}", "Maildir"), handler=handler) == -signal.SIGKILL
    assert ([path.name for path in new.iterdir()], sum(applied(site))) == (["1"], count)
    assert fetch(site) == 0
    assert (applied(site), states(site)) == ([1], {"applied": 1})
    processed = site.folder / "inbox" / ".Processed" / "cur"
    assert ([*new.iterdir()], [path.read_bytes() for path in processed.iterdir()]) == ([], [mail(1)])


def test_w9_a_mailbox_with_new_numbers_after_a_kill_is_read_once(site):
    kill = MOMENTS["after_the_commit"][0].replace("{box}", "Imap")
    with imap_server(mails={4: mail(4), 5: mail(5)}) as server:
        url = f"imap://amt:geheim@127.0.0.1:{server.port}/INBOX"
        assert fetch(site, before=kill, INBOX_URL=url) == -signal.SIGKILL
        assert (applied(site), list(server.mails)) == ([1], [4, 5])
        server.validity, server.mails = 8, {4: mail(5), 5: mail(4), 6: mail(6)}
        assert fetch(site, INBOX_URL=url) == 0
        assert (applied(site), states(site), server.mails) == ([1, 1, 1], {"applied": 3}, {})


def test_readers_killed_at_any_moment_and_two_at_once_apply_each_mail_once(site):
    chance = Random(5)
    new = site.folder / "inbox" / "new"
    new.mkdir(parents=True, exist_ok=True)
    for number in range(MAILS):
        (new / str(number)).write_bytes(mail(number))
    code = FETCH.format(handler="count", before="")
    for _ in range(3):
        until = min(MAILS, sum(applied(site)) + chance.randint(3, 12))
        processes = [site.start("shell", "--no-imports", "-c", code) for _ in range(2)]
        try:
            wait_for("some are applied", lambda until=until: sum(applied(site)) >= until)
        finally:
            for process in processes:
                process.kill()
                process.communicate()
    assert fetch(site) == 0
    assert (applied(site), states(site)) == ([1] * MAILS, {"applied": MAILS})
    processed = site.folder / "inbox" / ".Processed" / "cur"
    assert ([*new.iterdir()], {path.read_bytes() for path in processed.iterdir()}) == (
        [],
        {mail(number) for number in range(MAILS)},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_without_once_it_looks_again_until_it_is_asked_to_end(site, number):
    new = site.folder / "inbox" / "new"
    new.mkdir(parents=True, exist_ok=True)
    code = (
        "from django.core.management import call_command; from mailroom.management.commands import fetch_mail;"
        "fetch_mail.SLEEP_SECONDS = 0.1; call_command('fetch_mail')"
    )
    process = site.start("shell", "--no-imports", "-c", code)
    for count in (1, 2):  # the second comes after the first look
        (new / str(count)).write_bytes(mail(count))
        wait_for("it is read", lambda count=count: sum(states(site).values()) == count)
    wait_for("both are moved", lambda: not [*new.iterdir()])
    process.send_signal(number)
    said, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said.count("neu 1")) == (0, 2)

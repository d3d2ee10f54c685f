"""Stored once, read once, applied once; what cannot be applied waits for a person and stops nothing."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from common.models import Heartbeat
from mailroom import mailboxes, mime
from mailroom.enums import MailKind
from mailroom.models import Address, InboxMail
from mailroom.services import fetching, inbox
from mailroom.services.inbox import Outcome
from tests.imap_server import imap_server

pytestmark = pytest.mark.django_db
MAIL = (
    b"From: Lehrerin <lehrerin@schule.example>\r\nSubject: Gern\r\nMessage-ID: <1@schule.example>\r\n\r\nIch komme.\r\n"
)
State = InboxMail.State
seen: list[str] = []


def notes(mail, reading):
    """A handler that leaves a trace in the database, one for each time it is called."""
    seen.append(str(mail.pk))
    Address.objects.create(key=f"{len(seen)}-{reading.sender}")
    return Outcome(State.APPLIED, "Vermerkt.", about_url="/treffen/", about_label="Treffen")


def passes(mail, reading):
    """A handler whose business it is not."""


def stumbles(mail, reading):
    """A handler that fails after it has written."""
    seen.append(str(mail.pk))
    Address.objects.create(key="half")
    raise KeyError(reading.sender)


def locked_out(mail, reading):
    """A handler that the database refuses."""
    seen.append(str(mail.pk))
    raise DatabaseError("deadlock detected")


@pytest.fixture(autouse=True)
def _handlers(settings):
    seen.clear()
    settings.INBOX_HANDLERS = [f"{__name__}.passes", f"{__name__}.notes"]


def use(settings, *handlers):
    settings.INBOX_HANDLERS = [f"{__name__}.{handler.__name__}" for handler in handlers]


class TestStore:
    def test_the_same_bytes_are_kept_once(self):
        first = inbox.store(MAIL, place="INBOX/1/1")
        assert inbox.store(MAIL, place="INBOX/2/7") == first
        assert inbox.store(MAIL + b"more") != first
        assert (bytes(first.raw), first.size, first.state) == (MAIL, len(MAIL), State.NEW)

    def test_the_instant_is_the_mailboxs_and_never_in_the_future(self):
        an_hour_ago = timezone.now() - timedelta(hours=1)
        assert inbox.store(MAIL, received_at=an_hour_ago).received_at == an_hour_ago
        later = inbox.store(b"x", received_at=timezone.now() + timedelta(hours=1))
        assert later.received_at <= timezone.now()

    def test_two_large_mails_that_begin_alike_are_two(self):
        assert inbox.store(MAIL, size=10**8) != inbox.store(MAIL, size=10**8 + 1)
        assert inbox.store(MAIL, size=10**8) == inbox.store(MAIL, size=10**8)
        assert InboxMail.objects.count() == 2


class TestApply:
    def test_the_first_handler_whose_business_it_is_decides(self):
        mail = inbox.apply(inbox.store(MAIL))
        assert (mail.state, mail.outcome, mail.about_url) == (State.APPLIED, "Vermerkt.", "/treffen/")
        assert (mail.kind, mail.sender, mail.sender_name) == (MailKind.HUMAN, "lehrerin@schule.example", "Lehrerin")
        assert (mail.subject, mail.search_text) == ("Gern", mail.search_text)

    def test_twice_applies_once(self):
        mail = inbox.store(MAIL)
        inbox.apply(mail)
        assert inbox.apply(mail).state == State.APPLIED
        assert len(seen) == Address.objects.count() == 1

    def test_what_nobody_takes_waits_for_a_person(self, settings):
        use(settings, passes)
        mail = inbox.apply(inbox.store(MAIL))
        assert (mail.state, mail.outcome) == (State.WAITING, "Bitte lesen Sie diese Mail selbst.")

    def test_a_handler_that_stumbles_leaves_nothing_behind_and_the_mail_waits(self, settings):
        use(settings, stumbles)
        mail = inbox.apply(inbox.store(MAIL))
        assert mail.state == State.WAITING
        assert "ließ sich nicht von selbst übernehmen" in mail.outcome
        assert not Address.objects.exists()

    def test_a_database_that_refuses_is_asked_three_times(self, settings, caplog):
        use(settings, locked_out)
        mail = inbox.store(MAIL)
        for _ in range(2):
            assert inbox.apply(mail).state == State.NEW
        assert inbox.apply(mail).state == State.WAITING
        assert len(seen) == 3
        assert "lehrerin" not in caplog.text

    def test_a_mail_that_ended_three_readers_is_read_no_more(self):
        mail = inbox.store(MAIL)
        InboxMail.objects.update(attempts=3)
        assert inbox.apply(mail).state == State.WAITING
        assert seen == []

    def test_a_mail_that_is_too_large_waits_whatever_it_says(self):
        mail = inbox.apply(inbox.store(MAIL, size=mime.MAX_BYTES + 1))
        assert (mail.state, seen) == (State.WAITING, [])
        assert "zu groß" in mail.outcome

    def test_odd_heads_fit_into_their_columns(self):
        heads = b"From: \x00" + b"x" * 500 + b" <a@b.example>\r\nSubject: " + b"y" * 900 + b"\r\n\r\n"
        mail = inbox.apply(inbox.store(heads))
        assert len(mail.subject) == 500
        assert "\x00" not in mail.sender_name

    def test_what_was_left_behind_is_worked_off_oldest_first(self):
        now = timezone.now()
        newer = inbox.store(MAIL, received_at=now)
        older = inbox.store(MAIL + b"2", received_at=now - timedelta(minutes=1))
        assert inbox.work_off() == 2
        assert seen == [str(older.pk), str(newer.pk)]
        assert inbox.work_off() == 0


@pytest.fixture
def maildir(settings, tmp_path):
    settings.INBOX_URL = f"maildir:{tmp_path}"
    with mailboxes.mailbox(settings.INBOX_URL):
        return tmp_path


class TestFetch:
    def test_a_mail_is_applied_put_away_and_the_sign_of_life_is_there(self, maildir):
        (maildir / "new/1").write_bytes(MAIL)
        (maildir / "new/2").write_bytes(b"\x00\x01\x02")
        report = fetching.fetch()
        assert (report.applied + report.waiting, report.stuck) == (2, 0)
        assert (maildir / ".Processed/cur/1:2,").read_bytes() == MAIL
        assert Heartbeat.objects.of(Heartbeat.Kind.INBOX)
        assert fetching.fetch().found == 0

    def test_what_a_process_that_died_had_stored_is_applied_and_moves_when_it_is_found(self, maildir):
        """W8: the crash came before or after the commit; the mail is still in its place."""
        (maildir / "new/1").write_bytes(MAIL)
        inbox.store(MAIL)
        fetching.fetch()
        assert len(seen) == 1
        assert not list((maildir / "new").iterdir())

    def test_numbers_that_begin_anew_apply_nothing_twice(self, settings):
        """W9: the server counts its mails anew and gives old numbers to new mails."""
        with imap_server(capabilities="IMAP4rev1", is_full=True) as server:
            settings.INBOX_URL = f"imap://netzwerk:geheim@127.0.0.1:{server.port}/INBOX"
            server.put(MAIL)
            assert (fetching.fetch().applied, fetching.fetch().applied) == (1, 0)
            server.validity, server.folders["INBOX"] = 2, {1: MAIL + b"new", 2: MAIL}
            report = fetching.fetch()
        assert (report.applied, report.stuck) == (1, 2)
        assert len(seen) == InboxMail.objects.count() == 2

    def test_a_cut_connection_is_no_sign_of_life_and_the_next_run_goes_on(self, settings):
        with imap_server(cut_at=2) as server:
            settings.INBOX_URL = f"imap://netzwerk:geheim@127.0.0.1:{server.port}/INBOX"
            server.put(MAIL, MAIL + b"2")
            with pytest.raises(mailboxes.Unreachable):
                fetching.fetch()
            assert not Heartbeat.objects.of(Heartbeat.Kind.INBOX)
            server.cut_at = 0
            assert fetching.fetch().applied == 1
        assert len(seen) == 2
        assert server.folders["INBOX"] == {}

    def test_a_full_mailbox_is_told_and_the_mail_is_not_applied_again(self, settings, caplog):
        with imap_server(is_full=True) as server:
            settings.INBOX_URL = f"imap://netzwerk:geheim@127.0.0.1:{server.port}/INBOX"
            server.put(MAIL)
            assert str(fetching.fetch()) == "übernommen 1, wartet auf Sie 0, nicht verschoben 1"
            server.is_full = False
            assert str(fetching.fetch()) == "übernommen 0, wartet auf Sie 0"
        assert len(seen) == 1
        assert "lehrerin" not in caplog.text

    def test_a_mail_that_the_database_refuses_stays_where_it_is(self, maildir, settings):
        use(settings, locked_out)
        (maildir / "new/1").write_bytes(MAIL)
        assert fetching.fetch().postponed == 1
        assert (maildir / "new/1").exists()

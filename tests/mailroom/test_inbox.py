"""Storing and applying; what processes that are killed in between leave: tests/flows/test_inbox_killed.py."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from mailroom.models import Address, InboxMail
from mailroom.services import inbox

pytestmark = pytest.mark.django_db
HANDLERS = "tests.mailroom.handlers"


def raw(subject: str = "Zusage", *, sender: str = "Gesa Ahrens <ahrens@schule.example>") -> bytes:
    return f"From: {sender}\r\nTo: antwort@amt.example\r\nSubject: {subject}\r\n\r\nIch komme gern.\r\n".encode()


def stored(content: bytes | None = None) -> InboxMail:
    return inbox.store(
        raw() if content is None else content, place="INBOX 7 1", received_at=datetime(2026, 3, 3, tzinfo=UTC)
    )


def work_off() -> list[InboxMail]:
    return [inbox.apply(mail) for mail in inbox.left_over()]


@pytest.fixture
def handlers(settings):
    """Set INBOX_HANDLERS by short names."""

    def set_them(*names: str) -> None:
        settings.INBOX_HANDLERS = [f"{HANDLERS}.{name}" for name in names]

    return set_them


def test_the_same_bytes_are_one_row_wherever_they_lie():
    first = stored()
    again = inbox.store(raw(), place="INBOX 8 1", received_at=timezone.now())
    assert (again.pk, again.place, InboxMail.objects.count()) == (first.pk, "INBOX 7 1", 1)
    assert (bytes(again.raw), again.size, again.state) == (raw(), len(raw()), "new")


def test_no_mail_came_later_than_now():
    mail = inbox.store(raw(), place="", received_at=timezone.now() + timedelta(days=3))
    assert mail.received_at <= timezone.now()


def test_the_first_handler_that_wants_a_mail_gets_it(handlers):
    handlers("decline", "take", "count")
    mail = inbox.apply(stored())
    mail.refresh_from_db()
    assert (mail.state, mail.outcome, mail.about_url, mail.about_label) == (
        *("applied", "Übernommen.", "/treffen/"),
        "Netzwerktreffen",
    )
    assert (mail.kind, mail.sender, mail.sender_name, mail.subject, mail.attempts) == (
        *("human", "ahrens@schule.example", "Gesa Ahrens", "Zusage"),
        1,
    )
    assert list(InboxMail.objects.found_by("ahrens zusage")) == [mail]


def test_a_mail_is_applied_once(handlers):
    handlers("count")
    mail = stored()
    inbox.apply(mail)
    inbox.apply(mail)
    assert work_off() == []
    assert (Address.objects.count(), InboxMail.objects.get().attempts) == (1, 1)


def test_what_nobody_wants_waits_for_a_person(handlers):
    handlers("decline")
    mail = inbox.apply(stored())
    assert (mail.state, mail.outcome.startswith("Diese Mail hat das Programm nicht zuordnen")) == ("waiting", True)


def test_a_handler_that_fails_leaves_nothing_and_after_three_attempts_a_person_is_asked(handlers, caplog):
    handlers("stumble")
    stored(raw("stolpern"))
    stored(raw("gut"))
    assert [mail.state for mail in work_off()] == ["new", "applied"]
    assert Address.objects.filter(key="half@applied.example").count() == 0
    assert [mail.state for mail in work_off()] == ["new"]
    (mail,) = work_off()
    assert (mail.state, mail.attempts, mail.subject, inbox.has_failed(mail)) == ("waiting", 3, "stolpern", True)
    assert "ging dreimal etwas schief" in mail.outcome
    assert (caplog.text.count(f"incoming mail {mail.pk}"), "ValueError" in caplog.text) == (3, True)
    assert "ahrens" not in caplog.text


def test_a_mail_that_killed_its_process_three_times_is_not_tried_again(handlers):
    handlers("count")
    InboxMail.objects.filter(pk=stored().pk).update(attempts=3)
    (mail,) = work_off()
    assert (mail.state, Address.objects.count()) == ("waiting", 0)


def test_who_succeeds_at_the_third_attempt_and_waits_was_read(handlers):
    handlers("decline")
    InboxMail.objects.filter(pk=stored().pk).update(attempts=2)
    (mail,) = work_off()
    assert (mail.state, mail.attempts, inbox.has_failed(mail)) == ("waiting", 3, False)
    mail.refresh_from_db()
    assert not inbox.has_failed(mail)


def test_a_locked_database_uses_up_no_attempt(handlers, caplog):
    handlers("locked")
    mail = stored()
    for _ in range(4):
        assert [one.state for one in work_off()] == ["new"]
    assert InboxMail.objects.get().attempts == 0
    assert (caplog.text.count(f"incoming mail {mail.pk}"), "OperationalError" in caplog.text) == (4, True)


def test_what_the_database_refuses_for_more_than_a_day_waits_for_a_person(handlers):
    handlers("locked")
    InboxMail.objects.filter(pk=stored().pk).update(created_at=timezone.now() - timedelta(days=2))
    assert [work_off()[0].state for _ in range(3)] == ["new", "new", "waiting"]


def test_too_large_a_mail_is_cut_and_waits(handlers):
    handlers("count")
    large = raw() + b"x" * inbox.MOST_BYTES
    mail = inbox.apply(stored(large))
    assert (len(mail.raw), mail.size, mail.state) == (inbox.MOST_BYTES, len(large), "waiting")
    assert ("größer als 10 MB" in mail.outcome, mail.subject, Address.objects.count()) == (True, "Zusage", 0)
    assert inbox.store(large[: inbox.MOST_BYTES], place="", received_at=timezone.now(), size=len(large)).pk == mail.pk


def test_what_no_database_takes_is_left_out(handlers):
    handlers("odd")
    strange = b'From: "A\0B" <a@schule.example>\r\nSubject: =?utf-8?q?=00=ff?= ' + b"x" * 3000 + b"\r\n\r\nText\r\n"
    mail = inbox.apply(stored(strange))
    mail.refresh_from_db()
    assert (mail.state, mail.outcome, len(mail.about_label)) == ("applied", "Einszwei?", 300)
    assert (len(mail.subject) <= 500, "\0" in mail.subject + mail.sender_name) == (True, False)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff\xfe" * 50])
def test_rubbish_waits_and_is_called_unreadable_or_personal(handlers, content):
    handlers("decline")
    mail = inbox.apply(stored(content))
    assert (mail.state, mail.kind in ("unreadable", "human")) == ("waiting", True)

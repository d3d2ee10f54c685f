"""The command that reads the mailbox without Celery."""

import pytest
from django.core.management import CommandError, call_command

from mailroom import mailboxes, tasks
from mailroom.models import InboxMail
from tests.imap_server import imap_server

pytestmark = pytest.mark.django_db
MAIL = b"From: lehrerin@schule.example\r\nSubject: Gern\r\n\r\nIch komme.\r\n"


def test_once_reads_the_maildir_and_says_how_many(settings, tmp_path, capsys):
    settings.INBOX_URL, settings.INBOX_HANDLERS = f"maildir:{tmp_path}/inbox", []
    call_command("fetch_mail", once=True)
    assert capsys.readouterr().out == "übernommen 0, wartet auf Sie 0\n"
    (tmp_path / "inbox/new/1").write_bytes(MAIL)
    call_command("fetch_mail", once=True)
    assert capsys.readouterr().out == "übernommen 0, wartet auf Sie 1\n"


def test_a_wrong_password_is_told_in_german_and_without_it(settings):
    with imap_server() as server:
        settings.INBOX_URL = f"imap://netzwerk:falsch@127.0.0.1:{server.port}"
        with pytest.raises(CommandError, match=r"^Das Postfach auf 127\.0\.0\.1 nimmt unsere Anmeldung nicht an\.$"):
            call_command("fetch_mail", once=True)


def test_a_wrong_address_ends_the_command_also_without_once(settings):
    settings.INBOX_URL = "http://netzwerk:falsch@mail.example"
    with pytest.raises(CommandError, match="INBOX_URL beginnt weder"):
        call_command("fetch_mail")


def test_the_task_reads_once_and_logs_no_more_than_the_kind_of_trouble(settings, tmp_path, caplog):
    settings.INBOX_URL, settings.INBOX_HANDLERS = f"maildir:{tmp_path}", []
    with mailboxes.mailbox(settings.INBOX_URL):
        (tmp_path / "new/1").write_bytes(MAIL)
    tasks.fetch()
    assert InboxMail.objects.get().state == InboxMail.State.WAITING
    with imap_server() as server:
        settings.INBOX_URL = f"imap://netzwerk:falsch@127.0.0.1:{server.port}"
        tasks.fetch()
    assert "the mailbox cannot be read: MailboxLoginError" in caplog.text
    assert "falsch" not in caplog.text

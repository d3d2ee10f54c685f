"""Test mails sent and read without passwords: XOAUTH2 with tokens that end, are refused, or cannot be had."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mailroom import mailbox_types, oauth, smtp
from mailroom.models import OutboxMail
from mailroom.services import alarms, credentials, delivery, fetching, troubles
from tests.imap_server import imap_server
from tests.mail_server import mail_server, token_checker
from tests.token_server import CLIENT, MAILBOX, token_server

pytestmark = pytest.mark.django_db
State = OutboxMail.State


@pytest.fixture
def endpoint(settings, tmp_path):
    """A token endpoint, and settings that lead to it with a secret in a file."""
    with token_server() as server:
        file = tmp_path / "secret"
        file.write_text(server.secret)
        settings.MAIL_TOKEN_URL, settings.MAIL_CLIENT_ID = server.url, CLIENT
        settings.MAIL_CLIENT_SECRET_FILE = str(file)
        yield server


@pytest.fixture
def server(endpoint, settings):
    """A mail server that asks for tokens of the endpoint."""
    with token_checker(endpoint.accepts) as checker:
        settings.EMAIL_URL = f"smtp://antwort%40amt.example@127.0.0.1:{checker.port}/?auth=xoauth2"
        yield checker


def fates() -> list[tuple[str, int]]:
    """State and counted attempts of each mail."""
    return list(OutboxMail.objects.order_by("created_at").values_list("state", "attempts"))


def recipients(server) -> list[str]:
    return [to for _, tos, _ in server.received for to in tos]


def test_mails_leave_with_a_token(server, queued):
    mails = [queued(recipient=f"{name}@schule.example") for name in "abc"]
    assert delivery.deliver_due().sent == 3
    assert recipients(server) == [mail.recipient for mail in mails]
    assert server.logins == [MAILBOX]


def test_a_token_that_ends_in_the_middle_of_a_batch_is_renewed(server, endpoint, queued):
    """The server ends the session, too, as some do: each mail leaves once, and no attempt is counted for it."""
    mails = [queued(recipient=f"{number}@schule.example") for number in range(6)]
    end = server.handle_RCPT

    async def ends_after_three(smtp_server, session, envelope, address, options):
        if len(server.received) == 3 and endpoint.asked == 1:
            endpoint.revoke_all()
            return "530 5.7.57 Client not authenticated to send mail"
        return await end(smtp_server, session, envelope, address, options)

    server.handle_RCPT = ends_after_three
    assert delivery.deliver_due().sent == 6
    assert recipients(server) == [mail.recipient for mail in mails]
    assert (endpoint.asked, server.logins, fates()) == (2, [MAILBOX] * 2, [(State.SENT, 1)] * 6)
    assert alarms.text() == ""


def test_a_secret_that_is_changed_counts_without_a_restart(server, endpoint, settings, queued):
    queued()
    delivery.deliver_due()
    endpoint.secret = "neu"
    endpoint.revoke_all()
    server.accepts = endpoint.accepts
    queued()
    assert (delivery.deliver_due().is_stopped, fates()[-1]) == (True, (State.QUEUED, 0))
    assert alarms.text().startswith("Das Geheimnis der App stimmt nicht.")
    with open(settings.MAIL_CLIENT_SECRET_FILE, "w") as file:
        file.write("neu")
    assert (alarms.text(), alarms.is_pausing()) == ("", False)  # a corrected secret is tried at once
    assert (delivery.deliver_due().sent, len(server.received)) == (1, 2)


def test_a_token_endpoint_that_is_away_for_ten_minutes(server, endpoint, queued):
    """Nothing is lost, nothing goes twice, no attempt is counted, and there is one alarm."""
    mails = [queued(recipient=f"{number}@schule.example") for number in range(3)]
    endpoint.is_away = True
    told = set()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(60):
            delivery.deliver_all()
            told.add(alarms.text())
            clock.shift(timedelta(seconds=10))
        assert told == {"Der Anmeldedienst 127.0.0.1 antwortet gerade nicht. Wir versuchen es von selbst weiter."}
        assert (endpoint.asked, fates()) == (2, [(State.QUEUED, 0)] * 3)
        endpoint.is_away = False
        clock.shift(timedelta(minutes=5))
        delivery.deliver_all()
    assert (recipients(server), alarms.text()) == ([mail.recipient for mail in mails], "")


@pytest.mark.parametrize(
    ("refusal", "roles", "sentence"),
    [
        ("535 5.7.3 Authentication unsuccessful", ("SMTP.SendAsApp",), "Die App darf nicht an dieses Postfach."),
        ("535 5.7.3 Authentication unsuccessful", ("Mail.Send",), "Der App fehlt die Berechtigung SMTP.SendAsApp"),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
            ("SMTP.SendAsApp",),
            "Für dieses Postfach ist das Senden über SMTP abgeschaltet.",
        ),
    ],
)
def test_a_login_refused_for_good_stops_the_queue_once(server, endpoint, queued, refusal, roles, sentence):
    server.accepts, server.refusal, endpoint.roles = (lambda token: False), refusal, roles
    queued(), queued()
    assert delivery.deliver_due().is_stopped
    assert alarms.text().startswith(sentence)
    assert alarms.text().endswith(f"Der Mailserver sagt: {refusal}")
    for _ in range(3):
        delivery.deliver_all()
    assert (len(server.logins), endpoint.asked, fates()) == (2, 2, [(State.QUEUED, 0)] * 2)  # once renewed, then quiet


def test_a_server_without_token_logins_says_so(endpoint, settings, queued):
    queued()
    with mail_server(needs_login=True) as other:
        settings.EMAIL_URL = f"smtp://antwort%40amt.example@127.0.0.1:{other.port}/?auth=xoauth2"
        delivery.deliver_due()
    assert alarms.text() == "Dieser Mailserver bietet die Anmeldung ohne Kennwort (XOAUTH2) nicht an."


def test_a_server_that_takes_no_more_pauses_the_outbox_for_a_minute(server, queued):
    """Exchange's answer to more than 30 mails a minute says nothing about the mail: no attempt is counted."""
    queued(), queued()
    server.replies["."] = "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        delivery.deliver_all()
        assert (len(server.received), fates()) == (1, [(State.QUEUED, 0)] * 2)
        assert alarms.text().startswith("Der Mailserver nimmt gerade keine weiteren Mails an.")
        assert "MAIL_RATE=25" in alarms.text()
        server.replies.clear()
        delivery.deliver_all()
        assert len(server.received) == 1
        clock.shift(timedelta(minutes=1))
        delivery.deliver_all()
    assert (fates(), alarms.text()) == ([(State.SENT, 1)] * 2, "")


@pytest.mark.parametrize("stage", ["MAIL", "."])
def test_a_sender_that_exchange_does_not_allow_is_our_trouble(server, queued, stage):
    queued()
    server.replies[stage] = "554 5.2.252 SendAsDenied; antwort@amt.example not allowed to send as netzwerk@amt.example"
    assert delivery.deliver_due().is_stopped
    assert (fates(), alarms.text()[:52]) == (
        [(State.QUEUED, 0)],
        "Das Postfach darf unter dieser Absenderadresse nicht",
    )


def test_a_server_that_takes_no_passwords_any_more_says_what_to_do(settings, queued):
    queued()
    with mail_server() as other:
        other.replies = {
            "EHLO": "250-mail.example\r\n250 AUTH PLAIN LOGIN",
            "AUTH": "535 5.7.139 Authentication unsuccessful, basic authentication is disabled",
        }
        settings.EMAIL_URL = f"smtp://amt:geheim@127.0.0.1:{other.port}"
        delivery.deliver_due()
    assert alarms.text().startswith("Dieser Mailserver nimmt keine Kennwörter mehr an.")


# --- The mailbox -----------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(endpoint, settings):
    """A mailbox with one mail that asks for tokens of the endpoint."""
    with imap_server(
        mails={1: b"From: a@schule.example\r\nSubject: Frage\r\n\r\nda\r\n"}, tokens=endpoint.accepts
    ) as script:
        settings.INBOX_URL = f"imap://antwort%40amt.example@127.0.0.1:{script.port}/INBOX?auth=xoauth2"
        yield script


def test_the_mailbox_is_read_with_a_token_that_is_renewed_once(mailbox, endpoint):
    assert fetching.fetch().new == 1
    endpoint.revoke_all()
    assert fetching.fetch().new == 0
    assert endpoint.asked == 2


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (("IMAP.AccessAsApp",), "Die App darf nicht an dieses Postfach."),
        (("SMTP.SendAsApp",), "Der App fehlt die Berechtigung IMAP.AccessAsApp"),
    ],
)
def test_a_mailbox_that_refuses_the_token_says_what_to_do(mailbox, endpoint, roles, sentence):
    mailbox.tokens, endpoint.roles = (lambda token: False), roles
    with pytest.raises(mailbox_types.Unreachable):
        fetching.fetch()
    assert troubles.text().startswith(sentence)
    assert endpoint.asked == 2


def test_exchange_says_only_at_the_folder_that_the_app_has_no_rights(mailbox):
    mailbox.refuses["SELECT"] = "BAD User is authenticated but not connected."
    with pytest.raises(mailbox_types.Unreachable, match="Die App darf nicht an dieses Postfach"):
        fetching.fetch()


def test_a_mailbox_without_a_token_is_left_for_the_next_run(mailbox, endpoint):
    endpoint.is_away = True
    with pytest.raises(mailbox_types.Unreachable, match="Der Anmeldedienst"):
        fetching.fetch()
    endpoint.is_away = False
    assert fetching.fetch().new == 1


# --- Settings --------------------------------------------------------------------------------------------

READY = oauth.Client(token_url="https://a.example/t", client_id="a", secret="x")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (
            "smtp://post%40amt.example:geheim@mail.example/?tls=starttls&auth=xoauth2",
            "Zu auth=xoauth2 gehört in EMAIL_URL",
        ),
        ("smtp://mail.example/?tls=starttls&auth=xoauth2", "Zu auth=xoauth2 gehört in EMAIL_URL"),
        ("smtp://post%40amt.example@mail.example/?auth=xoauth2", "Mit dieser EMAIL_URL ginge das Kennwort unverschl"),
        ("smtp://mail.example/?auth=plain", "In EMAIL_URL steht hinter dem Fragezeichen"),
    ],
)
def test_an_email_url_that_cannot_be_meant(url, text):
    with pytest.raises(smtp.Misconfigured) as caught:
        smtp.transport(url, base_url="", client=READY)
    assert caught.value.text.startswith(text)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("imaps://post%40amt.example:geheim@mail.example/INBOX?auth=xoauth2", "Zu auth=xoauth2 gehört in INBOX_URL"),
        ("imaps://post%40amt.example@mail.example/INBOX?auth=plain", "In INBOX_URL steht hinter dem Ordner"),
        ("imap://post%40amt.example@mail.example/INBOX?auth=xoauth2", "Mit dieser INBOX_URL ginge das Kennwort"),
    ],
)
def test_an_inbox_url_that_cannot_be_meant(url, text):
    with pytest.raises(mailbox_types.Misconfigured) as caught:
        credentials.mailbox(url, client=READY)
    assert caught.value.text.startswith(text)


def test_a_relay_of_our_own_may_be_named(settings):
    """A sidecar that logs in for us takes the password unencrypted, in the same network of containers."""
    settings.EMAIL_URL, settings.INBOX_URL = "smtp://a:b@mailproxy:1587", "imap://a:b@mailproxy:1143/INBOX"
    for look, error in (
        (credentials.outgoing, smtp.Misconfigured),
        (credentials.incoming, mailbox_types.Misconfigured),
    ):
        settings.MAIL_PLAIN_HOSTS = []
        with pytest.raises(error, match=r"unverschlüsselt|no answer"):
            look()
        settings.MAIL_PLAIN_HOSTS = ["mailproxy"]
        look()

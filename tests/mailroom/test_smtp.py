import socket
import ssl
import threading
from contextlib import contextmanager

import pytest

from mailroom import smtp, smtp_login
from tests.mail_server import mail_server
from tests.waiting import PATIENCE

BASE = "https://netzwerk.example"


RAW = b"Subject: Hallo\r\n\r\n.Punkt\r\n"


def send(url: str, recipient: str = "a@schule.example") -> str:
    with smtp.transport(url, base_url=BASE) as transport:
        transport.offer("netzwerk@amt.example", recipient, size=len(RAW), envid="1f")
        return transport.hand_over(RAW)


def test_a_line_that_begins_with_a_dot_arrives():
    with mail_server() as server:
        assert send(f"smtp://127.0.0.1:{server.port}") == "250 2.0.0 queued as 4F7"
    assert server.messages[0].get_content().replace("\r\n", "\n") == ".Punkt\n"
    assert server.names == ["netzwerk.example"]


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://netzwerk.example/", "netzwerk.example"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_name_in_ehlo(base_url, name):
    assert smtp._own_name(base_url) == name


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption", "user", "password"),
    [
        ("smtp://mail.example", "mail.example", 25, "none", "", ""),
        ("smtp://mail.example/?tls=starttls", "mail.example", 587, "starttls", "", ""),
        ("smtp://a%40b:p%3Aw@mail.example:2525/?tls=starttls", "mail.example", 2525, "starttls", "a@b", "p:w"),
        ("smtps://a:b@mail.example", "mail.example", 465, "implicit", "a", "b"),
        ("smtp://a:b@localhost:25", "localhost", 25, "none", "a", "b"),
        ("smtp://a:b@[::1]", "::1", 25, "none", "a", "b"),
    ],
)
def test_the_parts_of_email_url(url, host, port, encryption, user, password):
    found = smtp.transport(url, base_url=BASE).server
    assert (found.host, found.port, found.encryption, found.user, found.password) == (
        host,
        port,
        encryption,
        user,
        password,
    )


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("", "EMAIL_URL beginnt weder"),
        ("mail.example", "EMAIL_URL beginnt weder"),
        ("http://mail.example", "EMAIL_URL beginnt weder"),
        ("smtp://", "EMAIL_URL nennt keinen Mailserver."),
        ("smtp://mail.example:abc", "EMAIL_URL ist keine Adresse"),
        ("smtp://mail.example:99999", "EMAIL_URL ist keine Adresse"),
        ("smtp://[x", "EMAIL_URL ist keine Adresse"),
        ("smtp://mail.example/?tls=ja", "In EMAIL_URL steht hinter dem Fragezeichen etwas anderes"),
        ("smtp://mail.example/?starttls", "In EMAIL_URL steht hinter dem Fragezeichen etwas anderes"),
        ("smtp://a:b@mail.example:587", "Mit dieser EMAIL_URL ginge das Kennwort unverschlüsselt über das Netz."),
        ("smtp://a:b@mail.example/?tls=none", "Mit dieser EMAIL_URL ginge das Kennwort unverschlüsselt über das Netz."),
    ],
)
def test_an_email_url_that_is_none(url, text):
    with pytest.raises(smtp.Misconfigured) as caught:
        smtp.transport(url, base_url=BASE)
    assert caught.value.text.startswith(text)


@contextmanager
def one_answer(*lines: bytes, heard: list[bytes] | None = None):
    """A server that says these lines, one after each line that it hears (and notes), and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as said:
                for line in lines:
                    connection.sendall(line)
                    heard_now = said.readline()
                    if heard is not None:
                        heard.append(heard_now)

        thread = threading.Thread(target=talk)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(timeout=PATIENCE)


GREETED = [b"220 hi\r\n", b"250 ok\r\n"]
ACCEPTED = [*GREETED, b"250 ok\r\n", b"250 ok\r\n"]


@pytest.mark.parametrize(
    ("lines", "expected", "text"),
    [
        ([b"421 4.3.2 too busy\r\n"], smtp.Postponed, "421 4.3.2 too busy"),
        ([b"554 5.7.1 you are listed\r\n"], smtp.Misconfigured, "554 5.7.1 you are listed"),
        ([], smtp.Postponed, "Der Mailserver hat die Verbindung beendet"),
        ([b"220 hello\r\n"], smtp.Postponed, "Der Mailserver hat die Verbindung beendet"),
        ([b"220 hi\r\n", b"250 ok\r\n"], smtp.Postponed, "Die Verbindung zum Mailserver brach ab"),
        ([b"220 hi\r\n", b"250 ok\r\n", b"rubbish\r\n"], smtp.Postponed, ""),
        ([*GREETED, b"250 ok\r\n"], smtp.Postponed, "Die Verbindung"),
        ([*GREETED, b"250 ok\r\n", b"451 later\r\n"], smtp.Postponed, "451 later"),
        ([*GREETED, b"550 5.7.1 sender not allowed\r\n"], smtp.Misconfigured, "550 5.7.1 sender not allowed"),
        ([*GREETED, b"552 5.3.4 too large\r\n"], smtp.Refused, "552 5.3.4 too large"),
        ([*ACCEPTED, b"550 no\r\n"], smtp.Refused, "550 no"),
        ([*ACCEPTED, b"451 later\r\n"], smtp.Postponed, "451 later"),
        ([*ACCEPTED], smtp.Unanswered, "Die Verbindung brach ab, bevor der Mailserver bestätigt hat"),
        ([*ACCEPTED, b"354 go\r\n"], smtp.Unanswered, "Die Verbindung brach ab, bevor der Mailserver bestätigt hat"),
        ([b"220 hi\r\n", b"250 ok\r\n", b"530 5.7.0 Must issue STARTTLS first\r\n"], smtp.Misconfigured, "530"),
    ],
)
def test_a_server_that_behaves_badly(lines, expected, text):
    with one_answer(*lines) as url, pytest.raises(expected) as caught:
        send(url)
    assert caught.value.text.startswith(text)


def test_who_wants_reports_about_delivery_is_told_what_to_name_the_mail():
    """RFC 3461: our name for the mail, headers only, failures and delays only; other characters as +XX."""
    heard: list[bytes] = []
    answers = [b"220 hi\r\n", b"250-mail.example\r\n250-SIZE 100000\r\n250 DSN\r\n", b"250 ok\r\n", b"250 ok\r\n"]
    with one_answer(*answers, heard=heard) as url, pytest.raises(smtp.Unanswered):
        send(url, "a+b@schule.example")
    assert heard[1:3] == [
        b"mail FROM:<netzwerk@amt.example> SIZE=%d RET=HDRS ENVID=1f\r\n" % len(RAW),
        b"rcpt TO:<a+b@schule.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@schule.example\r\n",
    ]


def test_what_is_withdrawn_is_not_sent_and_the_next_mail_goes_over_the_same_connection():
    with mail_server() as server, smtp.transport(f"smtp://127.0.0.1:{server.port}", base_url=BASE) as transport:
        transport.offer("netzwerk@amt.example", "a@schule.example", size=len(RAW), envid="1")
        transport.withdraw()
        transport.offer("netzwerk@amt.example", "b@schule.example", size=len(RAW), envid="2")
        transport.hand_over(RAW)
    assert [to for _, to, _ in server.received] == [["b@schule.example"]]
    assert len(server.names) == 1


def test_an_address_that_the_server_cannot_spell_is_refused_and_the_next_mail_goes():
    with mail_server() as server, smtp.transport(f"smtp://127.0.0.1:{server.port}", base_url=BASE) as transport:
        with pytest.raises(smtp.Refused):
            transport.offer("netzwerk@amt.example", "jörg@schule.example", size=len(RAW), envid="1")
        transport.offer("netzwerk@amt.example", "b@schule.example", size=len(RAW), envid="2")
        transport.hand_over(RAW)
    assert len(server.received) == 1


def test_nobody_is_asked_twice_whether_he_is_there():
    with mail_server() as gone:
        url = f"smtp://127.0.0.1:{gone.port}"
    with smtp.transport(url, base_url=BASE) as transport:
        errors = []
        for _ in range(2):
            with pytest.raises(smtp.Postponed) as caught:
                transport.offer("netzwerk@amt.example", "a@schule.example", size=0, envid="1f")
            errors.append(caught.value)
    assert errors[0] is errors[1]


@pytest.mark.program("openssl")
def test_starttls_and_login(certificate, monkeypatch):
    context, file = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setattr(smtp_login, "_trusted", ssl.create_default_context)  # read anew, and not kept for the others
    with mail_server(certificate=context, needs_login=True) as server:
        send(f"smtp://amt:ge%3Aheim%2F%40@127.0.0.1:{server.port}/?tls=starttls")
    assert len(server.received) == 1


@pytest.mark.program("openssl")
def test_a_certificate_that_nobody_vouches_for_stops_the_queue(certificate):
    context, _ = certificate
    with mail_server(certificate=context) as server, pytest.raises(smtp.Misconfigured, match="no answer") as caught:
        send(f"smtp://127.0.0.1:{server.port}/?tls=starttls")
    assert "certificate verify failed" in caught.value.text

"""What leaves is what was meant, however fast it is written."""

import email
from email import policy
from email.message import EmailMessage

import pytest

from mailroom import wire


def sent(message: EmailMessage) -> EmailMessage:
    raw = wire.as_bytes(message)
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    return email.message_from_bytes(raw, policy=policy.default)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Subject", "Hallo"),
        ("Subject", "Grüße aus Melle " * 12 + "Ende"),
        ("Subject", "a" * 70 + " " + "b" * 200 + " c"),
        ("Subject", "two  blanks   and more"),
        ("Subject", "😀 " * 40 + "!"),
        ("List-Unsubscribe", "<https://netzwerk.example/abmelden/" + "x" * 120 + "/>"),
        ("To", "Käte Größe <groesse@schule.example>"),
        ("To", '"Müller; Co, GmbH" <post@firma.example>'),
        ("To", "Ein sehr langer Name der in kein einziges kodiertes Wort mehr passt – größer <a@amt.example>"),
        ("From", "Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>"),
        ("Reply-To", "netzwerk+a-0123456789abcdef0123456789abcdef@servicestelle-schule-wirtschaft.example"),
    ],
)
def test_a_header_arrives_as_it_was_written(name, text):
    message = EmailMessage(policy=wire.WIRE)
    message[name] = text
    message.set_content("Text")
    assert str(sent(message)[name]) == text
    assert max(len(line) for line in wire.as_bytes(message).split(b"\r\n")) <= 998


@pytest.mark.parametrize("text", ["a\nBcc: b@amt.example", "a\r\n\r\nb", "a\rb"])
def test_no_line_break_gets_into_a_header(text):
    message = EmailMessage(policy=wire.WIRE)
    with pytest.raises(ValueError, match="linefeed"):
        message["Subject"] = text


def test_a_line_break_that_was_encoded_does_not_become_one():
    message = EmailMessage(policy=wire.WIRE)
    message["Subject"] = "=?utf-8?q?Hallo=0D=0ABcc:_b=40amt.example?="
    message.set_content("Text")
    assert sent(message)["Bcc"] is None


def test_a_mail_pasted_into_a_mail_does_not_end_a_part():
    first = EmailMessage(policy=wire.WIRE)
    first.set_content("eins")
    first.add_alternative("<p>eins</p>", subtype="html")
    pasted = wire.as_bytes(first).decode()
    second = EmailMessage(policy=wire.WIRE)
    second.set_content(pasted)
    second.add_alternative("<p>zwei</p>", subtype="html")
    arrived = sent(second)
    assert [part.get_content_type() for part in arrived.iter_parts()] == ["text/plain", "text/html"]
    assert arrived.get_body(("plain",)).get_content().replace("\r\n", "\n") == pasted.replace("\r\n", "\n")

"""What leaves is what was meant, however fast it is written."""

import email
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def form() -> wire.Form:
    """Text, HTML and a file, for many."""
    message = EmailMessage(policy=wire.WIRE)
    message["Subject"] = "Grüße aus Melle"
    message.set_content("", cte="quoted-printable")
    message.add_alternative("", subtype="html", cte="quoted-printable")
    message.add_attachment(b"", maintype="application", subtype="ics", filename="invite.ics", cte="base64")
    return wire.Form(message)


def copied(to: Address, text: str, ics: bytes) -> EmailMessage:
    copy = wire.Copy(form(), "Grüße aus Melle", (("To", to),), (text.encode(), text.encode(), ics))
    raw = copy.as_bytes(("Message-ID", "<1@amt.example>"))
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert str(copy.as_message()["Subject"]) == "Grüße aus Melle"
    return email.message_from_bytes(raw, policy=policy.default)


LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e"))
)


@given(lines=LINES, ics=st.binary(max_size=300))
def test_a_copy_of_a_form_has_what_was_put_in(lines, ics):
    """RFC 2045 sections 6.7 and 6.8: whatever stands in the text, blanks at its line ends too."""
    text = "".join(f"{line}\r\n" for line in [*lines, "--=_x", "=3D äöü \t", ".", "From here"])
    arrived = copied(Address("Gesa Ahrens", "ahrens", "schule.example"), text, ics)
    plain, html, file = (part for part in arrived.walk() if not part.is_multipart())
    assert [part.get_payload(decode=True) for part in (plain, html, file)] == [text.encode(), text.encode(), ics]
    assert (plain.get_content(), file.get_filename()) == (text, "invite.ics")
    assert [arrived["Subject"], arrived["Message-ID"]] == ["Grüße aus Melle", "<1@amt.example>"]


@pytest.mark.parametrize(
    "name",
    [
        "Gesa Ahrens",
        "Käte Größe",
        'Müller; Co, "GmbH"',
        "Meyer, Anna",
        "Dr.",
        "",
        "=?utf-8?q?Hallo=0D=0ABcc:_b=40amt.example?=",
        "Ein sehr langer Name der in kein einziges kodiertes Wort mehr passt – größer als alle",
        "😀",
    ],
)
def test_a_copy_goes_to_whom_it_names(name):
    arrived = copied(Address(name, "ahrens", "schule.example"), "Text", b"x")
    (to,) = arrived["To"].addresses
    wanted = "" if name.startswith("=?") else name  # what was encoded already is no name
    assert to.addr_spec == "ahrens@schule.example"
    assert not wanted or to.display_name == wanted
    assert arrived["Bcc"] is None

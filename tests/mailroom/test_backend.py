import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail

from mailroom.models import OutboxMail

pytestmark = pytest.mark.django_db


def test_one_row_per_recipient_and_nobody_sees_the_others():
    EmailMessage("Hallo", "Text", to=["a@amt.example"], cc=["b@amt.example"], bcc=["c@amt.example"]).send()
    mails = OutboxMail.objects.order_by("recipient")
    assert [mail.recipient for mail in mails] == ["a@amt.example", "b@amt.example", "c@amt.example"]
    for mail in mails:
        assert [str(mail.message["To"]), mail.message["Cc"], mail.message["Bcc"]] == [mail.recipient, None, None]


def test_a_row_says_what_the_mail_says():
    sent = send_mail("Schöne Grüße", "Guten Tag, Frau Größe", None, ["Käte Größe <groesse@amt.example>"])
    assert sent == 1
    mail = OutboxMail.objects.get()
    assert mail.kind == OutboxMail.Kind.ACCOUNT
    assert mail.state == OutboxMail.State.QUEUED
    assert mail.subject == "Schöne Grüße"
    assert mail.recipient == "groesse@amt.example"
    assert str(mail.message["To"]) == "Käte Größe <groesse@amt.example>"
    assert str(mail.message["From"]) == "Servicestelle Schule–Wirtschaft <netzwerk@servicestelle.example>"
    assert mail.envelope_from == f"netzwerk+b-{mail.pk.hex}@servicestelle.example"
    assert mail.text == "Guten Tag, Frau Größe\n"
    assert mail.html == ""
    assert mail.message["Auto-Submitted"] == "auto-generated"


def test_the_bytes_need_no_8bit_server_and_short_lines():
    send_mail("Ä" * 200, "ü" * 2000, None, ["a@amt.example"])
    raw = bytes(OutboxMail.objects.get().raw)
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_alternatives_reply_to_headers_and_attachments_arrive():
    mail = EmailMultiAlternatives(
        "Liste",
        "Text",
        to=["a@amt.example"],
        reply_to=["Büro <buero@amt.example>"],
        headers={"X-Kind": "list", "Message-ID": "<foreign@elsewhere.example>"},
    )
    mail.attach_alternative("<p>Text</p>", "text/html")
    mail.attach("liste.csv", "a;b\r\n", "text/csv")
    mail.send()
    row = OutboxMail.objects.get()
    assert row.html == "<p>Text</p>\n"
    assert row.message["Reply-To"] == "Büro <buero@amt.example>"
    assert row.message["X-Kind"] == "list"
    assert row.message["Message-ID"] == row.message_id
    assert row.message_id.endswith("@servicestelle.example>")
    (attachment,) = row.message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("liste.csv", "text/csv")


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Hallo\nBcc: opfer@amt.example"},
        {"subject": "Hallo\r\n\r\nText"},
        {"to": ["a@amt.example\nBcc: opfer@amt.example"]},
        {"to": ['"Name\r\nBcc: opfer@amt.example" <a@amt.example>']},
        {"to": ["a@amt.example, opfer@amt.example"]},
        {"to": ["nobody"]},
        {"from_email": "Amt\nBcc: opfer@amt.example <a@amt.example>"},
        {"reply_to": ["a@amt.example\nBcc: opfer@amt.example"]},
        {"headers": {"X-Kind": "list\nBcc: opfer@amt.example"}},
    ],
)
def test_no_header_can_be_smuggled_in(fields):
    with pytest.raises(ValueError, match=r"envelope|linefeed|newline"):
        EmailMessage(**{"subject": "Hallo", "body": "Text", "to": ["a@amt.example"], **fields}).send()
    assert not OutboxMail.objects.exists()


def test_all_or_none_of_one_call():
    good, bad = (EmailMessage("Hallo", "Text", to=[address]) for address in ("a@amt.example", "keine"))
    with pytest.raises(ValueError, match="envelope"):
        good.get_connection().send_messages([good, bad])
    assert not OutboxMail.objects.exists()


def test_a_domain_with_umlauts_goes_out_in_ascii():
    send_mail("Hallo", "Text", None, ["post@ämter.example"])
    mail = OutboxMail.objects.get()
    assert mail.recipient == "post@xn--mter-koa.example"
    assert str(mail.message["To"]) == "post@xn--mter-koa.example"

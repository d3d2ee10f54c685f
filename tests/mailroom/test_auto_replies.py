"""What machines answer, and until when somebody is away."""

from datetime import date

import pytest

from mailroom import auto_replies, mime
from mailroom.auto_replies import AutoReply

AUTOMATIC = "Auto-Submitted: auto-replied\n"


def read(headers: str = "", subject: str = "Abwesend", text: str = "", body: str = "") -> AutoReply | None:
    head = f"From: a@schule.example\nDate: Tue, 02 Mar 2027 10:00:00 +0100\nSubject: {subject}\n{headers}"
    raw = body or f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    return auto_replies.read(mime.opened((head + raw).encode()))


@pytest.mark.parametrize(
    "headers",
    [
        AUTOMATIC,
        "Auto-Submitted: auto-generated; x=1\n",
        "Auto-Submitted: (our (own) note) auto-replied (vacation)\n",
        "X-Autoreply: yes\n",
        "Precedence: auto_reply\n",
        "Return-Path: <>\n",
        "X-Autoresponder: Will not send another autoreply for 86400 seconds\n",
        "X-Apple-Action: VACATION\n",
    ],
)
def test_a_machine_wrote_it(headers: str) -> None:
    assert read(headers) is not None


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ("", "Abwesenheit in der nächsten Woche"),  # a person may write that
        ("Auto-Submitted: no\n", "Abwesend"),
        ("Auto-Submitted: no (a person)\n", "Abwesend"),
        ("Precedence: bulk\n", "Rundbrief"),
        ("X-Auto-Response-Suppress: All\n", "Abwesend am 10. März, Vertretung kommt"),
        (
            "X-Auto-Response-Suppress: All\nPrecedence: bulk\nList-Id: <kollegium.schule.example>\n",
            "Abwesend am 10. März",
        ),
        ("X-Auto-Response-Suppress: All\n", "Ich bin nicht dabei"),
        ("X-Auto-Response-Suppress: All\n", "Es ist nichts zu tun"),
        ("Precedence: bulk\n", "Abwesend"),
        ("Return-Path: <>\n", "Frage zum Treffen"),
    ],
)
def test_a_person_may_have_written_it(headers: str, subject: str) -> None:
    assert read(headers, subject) is None


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Ich bin bis einschließlich 12.03.2027 nicht im Büro.", date(2027, 3, 12)),
        ("Ich bin vom 1.3. bis zum 12. März im Urlaub.", date(2027, 3, 12)),
        ("Urlaub bis Freitag, den 12.3.", date(2027, 3, 12)),
        ("Ich bin nicht im Haus und ab dem 15.3. wieder für Sie da.", date(2027, 3, 14)),
        ("I am out of office until March 12.", date(2027, 3, 12)),
        ("I am out of the office until 12 March 2027", date(2027, 3, 12)),
        ("Out of office through 2027-03-12", date(2027, 3, 12)),
        ("Ich bin im Urlaub bis 5.1.", date(2028, 1, 5)),
        ("Ich bin im Urlaub bis 31.2.2027.", None),
        ("Ich bin im Urlaub bis 12.3.2031.", None),
        ("Ich bin im Urlaub bis auf Weiteres.", None),
        ("Ich bin im Urlaub. Das Treffen am 12.3. fällt aus.", None),
        (
            "Montags bis donnerstags 7.30 bis 13.15 Uhr da, im Urlaub bis einschließlich 6. April 2027.",
            date(2027, 4, 6),
        ),
        ("Nicht im Büro. Telefon heute bis 10.10 Uhr.", None),
        ("Nicht im Büro. Telefon heute bis 12.30 Uhr. Ich bin bis 12.3. weg.", date(2027, 3, 12)),
        ("Nicht im Büro heute bis 10:30.", None),
        ("Ich bin vom 8.–15.3. nicht im Haus.", date(2027, 3, 15)),
        ("Urlaub 8.3. - 15.3.2027", date(2027, 3, 15)),
        ("Urlaub 28.12.2027–5.1.2028", date(2028, 1, 5)),
        ("Ich bin nicht im Haus, wieder da ab 15.3.", date(2027, 3, 14)),
        ("Abwesend, wieder im Büro bin ich am 15. März.", date(2027, 3, 14)),
        ("Ich bin im Urlaub.\n\n> Bitte antworten Sie bis 5. März 2027.", None),
        ("Ich bin im Urlaub.\n\nAm 1. März 2027 schrieb Servicestelle:\nBitte antworten bis zum 5. März.", None),
        ("Ich bin im Urlaub.\n-----Ursprüngliche Nachricht-----\nSie sehen das Treffen bis 5.3.2027.", None),
        ("Ich bin im Urlaub.\nVon: netzwerk@servicestelle.example\nBis 5. März 2027 geht das.", None),
        ("Ich bin im Urlaub. Bitte antworten Sie bis 5. März 2027. Ich bin bis 12.3. weg.", date(2027, 3, 12)),
    ],
)
def test_until_when(text: str, until: date | None) -> None:
    assert read(AUTOMATIC, "Automatische Antwort", text) == AutoReply(True, until)


@pytest.mark.parametrize(
    "disposition", ["automatic-action/MDN-sent-automatically; deleted", "manual-action; displayed"]
)
def test_a_read_receipt_is_automatic_and_no_absence(disposition: str) -> None:
    """RFC 8098; the subject would say otherwise."""
    body = (
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=m\n\n--m\n\nIm Urlaub\n"
        f"--m\nContent-Type: message/disposition-notification\n\nDisposition: {disposition}\n\n--m--\n"
    )
    assert read("Return-Path: <>\n", "Ungelesen gelöscht: Einladung", body=body) == AutoReply()


def test_a_note_of_icloud_is_an_absence_whatever_it_says() -> None:
    assert read("X-Apple-Action: VACATION\n", "Aw: Einladung", "Bis 12.3. erreichen Sie Frau Kern.") == AutoReply(
        True, date(2027, 3, 12)
    )


def test_a_receipt_is_no_absence() -> None:
    assert read(AUTOMATIC, "Ihre Anfrage ist da", "Wir melden uns bis 12.3.2027.") == AutoReply(False, None)

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
        "X-Auto-Response-Suppress: All\n",
        "Precedence: bulk\n",
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
    ],
)
def test_until_when(text: str, until: date | None) -> None:
    assert read(AUTOMATIC, "Automatische Antwort", text) == AutoReply(True, until)


def test_a_receipt_is_no_absence() -> None:
    assert read(AUTOMATIC, "Ihre Anfrage ist da", "Wir melden uns bis 12.3.2027.") == AutoReply(False, None)

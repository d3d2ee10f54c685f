"""Every answer of a mail server, by class and stage of the talk: what becomes of the mail.

RFC 5321 section 4.2: a client that gets a code it does not know goes by the first digit. What is about this mail is
final (5xx) or tried again (4xx); what is about us (login, encryption, sender) is an alarm and uses up no attempt.
"""

from itertools import product

import pytest

from mailroom import smtp
from mailroom.models import OutboxMail
from mailroom.services import alarms, delivery
from tests.mail_server import Server, mail_server

BASE = "https://netzwerk.example"
RAW = b"Subject: Hallo\r\n\r\nGuten Tag\r\n"
State = OutboxMail.State

TAKEN = ("200 ok", "250 2.1.5 ok", "251 will forward", "252 cannot verify", "299 hm")
TEMPORARY = (
    *("400 no", "421 4.3.2 closing", "430 hm", "432 4.7.12 new password", "450 4.2.1 busy", "451 4.3.0 error"),
    *("452 4.2.2 full", "454 4.7.0 not now", "455 4.5.4 parameters", "471 4.7.1 grey", "499 hm"),
)
LOGIN = ("530 5.7.0 log in", "534 5.7.9 too weak", "535 5.7.8 wrong", "538 5.7.11 encrypt")
FINAL = (
    *("500 5.5.2 what", "501 5.1.3 syntax", "502 5.5.1 no", "503 5.5.1 order", "504 5.5.4 parameter", "510 hm"),
    *("521 5.3.2 no mail", "541 hm", "550 5.1.1 unknown", "551 5.1.6 moved", "552 5.3.4 too large", "553 5.1.3 name"),
    *("554 5.7.1 spam", "555 5.5.4 parameters", "556 5.1.10 null MX", "571 5.7.1 no", "599 hm", "550 no status"),
)
NONSENSE = ("rubbish", "25", "100 hm", "354 go on", "399 hm", "600 hm", "999 hm")

# What offering and handing over raise; None: the mail was taken.
Outcome = type[smtp.NotSent] | None


def _all(replies: tuple[str, ...], outcome: Outcome) -> dict[str, Outcome]:
    return dict.fromkeys(replies, outcome)


_OURS = _all(TEMPORARY, smtp.Postponed) | _all((*LOGIN, *FINAL), smtp.Misconfigured)
_MAILS = _all(TEMPORARY, smtp.Postponed) | _all(LOGIN, smtp.Misconfigured) | _all(FINAL, smtp.Refused)
_ODD = _all(NONSENSE, smtp.Postponed)
# By stage what each reply makes of the mail.
EXPECTED: dict[str, dict[str, Outcome]] = {
    "greeting": _OURS | _ODD,
    "EHLO": _OURS | _ODD,  # HELO is answered alike
    "STARTTLS": _OURS | _ODD,
    # RFC 4954 section 4: 503 says that we are logged in already.
    "AUTH": _OURS | _ODD | {"354 go on": smtp.Postponed, "503 5.5.1 order": None},
    # Our own sender: only its size (RFC 1870 section 6.1) is a matter of this mail.
    "MAIL": _all(TAKEN, None) | _OURS | _ODD | {"552 5.3.4 too large": smtp.Refused},
    "RCPT": _all(TAKEN, None) | _MAILS | _ODD,
    # No byte has left, so whatever is not a refusal is tried again; „354“ is what a mail server says.
    "DATA": _all(TAKEN, smtp.Postponed) | _MAILS | {one: smtp.Postponed for one in NONSENSE if one != "354 go on"},
    # The bytes have left: what is no answer leaves open whether they arrived (section 4.5.3.2.6).
    ".": _all(TAKEN, None) | _MAILS | _all(NONSENSE, smtp.Unanswered),
    "QUIT": _all((*TAKEN, *TEMPORARY, *LOGIN, *FINAL, *NONSENSE), None),
}
# What has to be offered so that the stage is reached.
OFFERS = {"STARTTLS": "250-mail.example\r\n250 STARTTLS", "AUTH": "250-mail.example\r\n250 AUTH PLAIN LOGIN"}
CASES = [(stage, reply) for stage, replies in EXPECTED.items() for reply in replies]


@pytest.fixture(scope="module")
def shared_server():
    """One server for the whole table."""
    with mail_server() as server:
        yield server


@pytest.fixture
def scripted(shared_server):
    """The server, as it is when nothing is asked of it."""
    for kept in (shared_server.replies, shared_server.answers, shared_server.received):
        kept.clear()
    return shared_server


def _says(server: Server, stage: str, reply: str) -> str:
    """Let it answer so at that stage; returns the EMAIL_URL that leads there."""
    server.replies.clear()
    server.replies[stage] = reply
    if stage == "EHLO":
        server.replies["HELO"] = reply
    if stage in OFFERS:
        server.replies["EHLO"] = OFFERS[stage]
    user = "amt:geheim@" if stage == "AUTH" else ""
    return f"smtp://{user}127.0.0.1:{server.port}/{'?tls=starttls' if stage == 'STARTTLS' else ''}"


def _sent(url: str) -> Outcome:
    try:
        with smtp.transport(url, base_url=BASE) as transport:
            transport.offer("netzwerk@amt.example", "a@schule.example", size=len(RAW), envid="1f")
            transport.hand_over(RAW)
    except smtp.NotSent as error:
        return type(error)
    return None


def test_every_class_of_answers_at_every_stage(scripted):
    wrong = {}
    for stage, reply in CASES:
        scripted.received.clear()
        outcome = _sent(_says(scripted, stage, reply))
        if outcome != EXPECTED[stage][reply]:
            wrong[stage, reply] = outcome
        elif (outcome is None) and len(scripted.received) != 1:
            wrong[stage, reply] = "counts as sent and did not arrive"
    assert wrong == {}


@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "451 hm", "500 what", "rubbish", "250 ok"])
def test_after_a_refused_mail_the_next_one_goes_whatever_the_reset_is_answered(scripted, reply):
    url = _says(scripted, "RSET", reply)
    scripted.answers["weg@schule.example"] = "550 5.1.1 unknown"
    with smtp.transport(url, base_url=BASE) as transport:
        with pytest.raises(smtp.Refused):
            transport.offer("netzwerk@amt.example", "weg@schule.example", size=len(RAW), envid="1")
        transport.offer("netzwerk@amt.example", "b@schule.example", size=len(RAW), envid="2")
        transport.hand_over(RAW)
    assert [to for _, to, _ in scripted.received] == [["b@schule.example"]]


# What the row says then: state, attempts counted, whether the outbox stands still.
FATES = {
    None: (State.SENT, 1, False),
    smtp.Postponed: (State.RETRY, 1, False),
    smtp.Refused: (State.FAILED, 1, False),
    smtp.Unanswered: (State.UNCERTAIN, 1, False),
    smtp.Misconfigured: (State.QUEUED, 0, True),
}
_OF_EACH_CLASS = ("250 2.1.5 ok", "450 4.2.1 busy", "421 4.3.2 closing", "535 5.7.8 wrong", "550 5.1.1 unknown", "25")


def test_every_class_of_answers_settles_the_row(scripted, queued, settings):
    wrong = {}
    for stage, reply in product(EXPECTED, _OF_EACH_CLASS):
        if reply not in EXPECTED[stage]:
            continue
        settings.EMAIL_URL = _says(scripted, stage, reply)
        OutboxMail.objects.all().delete()
        mail = queued()
        report = delivery.deliver_due()
        mail.refresh_from_db()
        found = (mail.state, mail.attempts, bool(alarms.text()))
        if found != FATES[EXPECTED[stage][reply]] or report.is_stopped != found[2]:
            wrong[stage, reply] = found
        elif mail.state == State.FAILED and mail.last_error != reply:
            wrong[stage, reply] = mail.last_error
        alarms.clear()
    assert wrong == {}

"""Whole mails, from their bytes to the invitation: our own invitation answered as calendar programs do."""

import email
import uuid
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest
import time_machine
from icalendar import Calendar

from mailroom import reader
from mailroom.models import InboxMail, OutboxMail
from meetings.enums import MailingKind, ReplyKind
from meetings.mails import Letter
from meetings.models import Proposal
from meetings.services.inviting import invite
from meetings.services.returns import resolve
from tests.factories import MeetingFactory
from tests.meetings.incoming import RECEIVED, arrive, standing
from tests.meetings.said import event_of, ics_of, mails_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(settings):
    settings.INBOX_ADDRESS = "antwort@servicestelle.example"
    settings.INBOX_PLUS_ADDRESSING = True
    with time_machine.travel(RECEIVED - timedelta(hours=1)) as clock:
        yield clock


@pytest.fixture
def invitation(partner, coordinator, django_capture_on_commit_callbacks):
    """A real invitation, with the mail that she got."""
    meeting = MeetingFactory()
    with django_capture_on_commit_callbacks(execute=True):
        invite.invite(meeting, [partner], by=coordinator)
    OutboxMail.objects.update(state=OutboxMail.State.SENT, sent_at=RECEIVED - timedelta(minutes=50))
    return meeting.invitations.select_related("meeting", "contact").get()


def answer_of(invitation, partstat, *, method="REPLY", name="", **values) -> str:
    """What her program makes of the object that she got: the same UID and organizer, her answer, its own stamp."""
    asked = event_of(mails_of(invitation)[-1])
    organizer, attendee = str(asked["ORGANIZER"]), values.pop("ATTENDEE", f"mailto:{invitation.email}")
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Irgendein Kalender//DE", f"METHOD:{method}", "BEGIN:VEVENT"),
        *(f"UID:{asked['UID']}", f"SEQUENCE:{asked['SEQUENCE']}", f"DTSTAMP:{RECEIVED:%Y%m%dT%H%M%SZ}"),
        *(f"ORGANIZER:{organizer}", f'ATTENDEE;CN="{name}";PARTSTAT={partstat}:{attendee}'),
        *(f"{key}:{value}" for key, value in values.items()),
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


def mail_with(invitation, *parts: EmailMessage, sender="", to="") -> bytes:
    """A mail of hers to the organizer of the object, with these parts below a text."""
    message = EmailMessage(policy=policy.SMTP)
    organizer = str(event_of(mails_of(invitation)[0])["ORGANIZER"]).removeprefix("mailto:")
    message["From"], message["To"] = sender or invitation.email, to or organizer
    message["Subject"], message["Message-ID"] = "Zugesagt: Netzwerktreffen", f"<{uuid.uuid4()}@schule.example>"
    message["Date"] = email.utils.format_datetime(RECEIVED)
    message.set_content("Antwort aus dem Kalender\r\n")
    message.make_mixed()
    for part in parts:
        message.attach(part)
    return message.as_bytes()


def calendar_part(text: str, *, content_type="text/calendar", cte="base64", **options) -> EmailMessage:
    part = EmailMessage(policy=policy.SMTP)
    main, sub = content_type.split("/")
    if main == "text":
        part.set_content(text, subtype=sub, cte=cte, **options)
    else:
        part.set_content(text.encode(), maintype=main, subtype=sub, cte=cte, **options)
    return part


def comes(raw: bytes):
    with time_machine.travel(RECEIVED + timedelta(minutes=1)):
        return arrive(reader.read(raw))[1]


def test_an_answer_to_the_mail_that_she_got(invitation):
    text = answer_of(invitation, "ACCEPTED", COMMENT="Bis dann")
    outcome = comes(mail_with(invitation, calendar_part(text, params={"method": "REPLY"})))
    assert standing(invitation) == ("accepted", "in_person", "Bis dann", "calendar")
    assert (outcome.state, outcome.about_label) == ("applied", str(invitation))


def test_case_2_apple_as_an_attachment_without_method(invitation):
    text = answer_of(invitation, "TENTATIVE")
    comes(mail_with(invitation, calendar_part(text, cte="quoted-printable", filename="iCal-20261102.ics")))
    assert standing(invitation)[0] == "tentative"


def test_case_3_gmail_inline_and_as_invite_ics(invitation):
    text = answer_of(invitation, "DECLINED")
    inline = calendar_part(text, params={"method": "REPLY"})
    attached = calendar_part(text, content_type="application/ics", filename="invite.ics")
    comes(mail_with(invitation, inline, attached))
    assert (standing(invitation)[0], invitation.responses.count()) == ("declined", 1)


@pytest.mark.parametrize("sender", ["", "wer@fremd.example"])
def test_case_10_to_the_plain_address_the_uid_finds_it(invitation, sender):
    raw = mail_with(
        invitation,
        calendar_part(answer_of(invitation, "ACCEPTED"), params={"method": "REPLY"}),
        sender=sender,
        to="antwort@servicestelle.example",
    )
    comes(raw)
    assert standing(invitation)[0] == ("" if sender else "accepted")
    assert [one.kind for one in Proposal.objects.all()] == (["unproven"] if sender else [])


def test_case_9_and_the_guest_gets_an_invitation_of_her_own(
    invitation, coordinator, django_capture_on_commit_callbacks
):
    text = answer_of(invitation, "ACCEPTED", ATTENDEE="mailto:jo@betrieb.example", name="Jo Feld")
    comes(mail_with(invitation, calendar_part(text, params={"method": "REPLY"}), sender="jo@betrieb.example"))
    assert standing(invitation)[0] == ""
    with django_capture_on_commit_callbacks(execute=True):
        resolve.add_guest(Proposal.objects.get(), by=coordinator)
    hers = invitation.meeting.invitations.get(contact__email="jo@betrieb.example")
    (mail,) = mails_of(hers)
    assert event_of(mail)["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event_of(mail)["UID"] != event_of(mails_of(invitation)[0])["UID"]


def test_case_12_a_proposal_is_declined_in_her_calendar(invitation, coordinator):
    times = {"DTSTART": "20310206T140000Z", "DTEND": "20310206T160000Z"}
    text = answer_of(invitation, "TENTATIVE", method="COUNTER", **times)
    comes(mail_with(invitation, calendar_part(text, params={"method": "COUNTER"})))
    resolve.decline(Proposal.objects.get(), by=coordinator)
    said = Calendar.from_ical(ics_of(mails_of(invitation)[-1]))
    assert (said["METHOD"], standing(invitation)[0]) == ("DECLINECOUNTER", "")


def test_case_13_without_an_object_nothing_is_guessed(invitation):
    outcome = comes(mail_with(invitation))
    assert (outcome.state, standing(invitation)[0], outcome.about_label) == ("waiting", "", str(invitation))


def test_case_14_an_absence_is_not_ours(invitation):
    message = email.message_from_bytes(mail_with(invitation), policy=policy.SMTP)
    message["Auto-Submitted"] = "auto-replied"
    assert (comes(message.as_bytes()), standing(invitation)[0], InboxMail.objects.count()) == (None, "", 1)


def test_an_answer_that_a_machine_sent_counts_and_hears_nothing(invitation):
    invitation.meeting.capacity_in_person = 0
    invitation.meeting.save()
    raw = mail_with(invitation, calendar_part(answer_of(invitation, "ACCEPTED"), params={"method": "REPLY"}))
    message = email.message_from_bytes(raw, policy=policy.SMTP)
    message["Auto-Submitted"] = "auto-generated"
    comes(message.as_bytes())
    assert ([one.kind for one in Proposal.objects.all()], len(mails_of(invitation))) == (["full"], 1)


@pytest.mark.parametrize("kind", [*MailingKind, *ReplyKind])
def test_no_mail_that_another_such_system_sends_us_is_answered(invitation, kind):
    """Two of them that invite one another would never stop otherwise (RFC 3834 section 2)."""
    copy = Letter(invitation.meeting, kind=kind).copy(invitation, stop_token="s" * 22, stamp=RECEIVED)
    message = copy.as_message()
    for name, value in (("To", str(message["Reply-To"])), ("From", invitation.email)):
        del message[name]
        message[name] = value
    comes(message.as_bytes())
    assert len(mails_of(invitation)) == 1


def test_a_machine_that_answers_everything_gets_one_mail_a_day(invitation):
    """It is none of the polite ones: its mails have no header that says what they are."""
    for _ in range(5):
        raw = mail_with(
            invitation,
            calendar_part(answer_of(invitation, "NEEDS-ACTION", method="REFRESH"), params={"method": "REFRESH"}),
        )
        comes(raw)
        OutboxMail.objects.update(state=OutboxMail.State.SENT)
    assert len(mails_of(invitation)) == 2

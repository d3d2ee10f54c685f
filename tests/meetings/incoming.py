"""Mails as the reader hands them on, built by hand, and what `meetings.inbound` makes of them."""

import uuid
from datetime import UTC, datetime, timedelta

from django.db import transaction

from mailroom.enums import MailKind
from mailroom.itip import Attendee, Scheduling
from mailroom.models import InboxMail
from mailroom.reader import Reading
from mailroom.services.inbox import Outcome
from meetings import inbound
from meetings.models import Invitation

RECEIVED = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def at(clock: str) -> datetime:
    """That time of the day on which everything is received (UTC)."""
    hour, minute = clock.split(":")
    return RECEIVED.replace(hour=int(hour), minute=int(minute))


def arrive(reading: Reading, *, received_at: datetime = RECEIVED) -> tuple[InboxMail, Outcome | None]:
    """Store the mail and work it off as the mailroom does."""
    mail = InboxMail.objects.create(digest=uuid.uuid4().hex * 2, raw=b"", received_at=received_at, kind=reading.kind)
    with transaction.atomic():
        outcome = inbound.handle(InboxMail.objects.select_for_update().get(pk=mail.pk), reading)
    if outcome:
        mail.state, mail.outcome = outcome.state, outcome.sentence
        mail.about_url, mail.about_label = outcome.about_url, outcome.about_label
        mail.save()
    return mail, outcome


def scheduling(invitation: Invitation, partstat: str | None = "ACCEPTED", **changed) -> Scheduling:
    """Her calendar's object, one ATTENDEE; `changed` are other fields."""
    fields = {
        "method": "REPLY",
        "uid": str(invitation.uid),
        "sequence": invitation.sequence,
        "dtstamp": RECEIVED - timedelta(minutes=1),
        "attendees": (Attendee(invitation.email, name=invitation.contact.full_name, partstat=partstat),),
    }
    return Scheduling(**{**fields, **changed})


def reading(invitation: Invitation, *schedulings: Scheduling, **changed) -> Reading:
    """A mail of hers to the address that only she was given."""
    fields = {"kind": MailKind.REPLY, "tag": invitation.tag, "sender": invitation.email, "verdict": "pass"}
    return Reading(**{**fields, **changed}, schedulings=schedulings)


def says(invitation: Invitation, partstat: str | None = "ACCEPTED", *, clock: str = "11:59", **mail) -> Outcome:
    """She answers in her calendar at that time; `mail` are other fields of the mail."""
    _, outcome = arrive(reading(invitation, scheduling(invitation, partstat, dtstamp=at(clock)), **mail))
    assert outcome is not None
    return outcome


def standing(invitation: Invitation) -> tuple[str, str, str, str]:
    """Answer, mode, message and way as they stand now."""
    fresh = Invitation.objects.get(pk=invitation.pk)
    return (fresh.answer, fresh.mode, fresh.comment, fresh.answered_via)

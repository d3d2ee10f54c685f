"""Meetings whose invitations have left."""

from datetime import timedelta

from mailroom.models import OutboxMail
from meetings.models import Meeting
from meetings.services.inviting import invite
from tests.factories import ContactFactory, MeetingFactory, MembershipFactory


def invited(user, *, weeks: int = 0, number: int = 2, **fields) -> Meeting:
    """A meeting, that many weeks after 5 February 2031 unless told; the invitations of that many people have left."""
    meeting = MeetingFactory(**fields)
    meeting.starts_at += timedelta(weeks=weeks)
    meeting.ends_at += timedelta(weeks=weeks)
    meeting.save()
    people = [ContactFactory() for _ in range(number)]
    for person in people:
        MembershipFactory(organisation=person.organisation, network=meeting.networks.first())
    act = invite.invite(meeting, people, by=user)
    OutboxMail.objects.filter(act=act.pk).update(state=OutboxMail.State.SENT)
    return Meeting.objects.get(pk=meeting.pk)

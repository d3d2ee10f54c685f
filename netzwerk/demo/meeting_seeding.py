"""Write the invented meetings: compute them outside and write 20 meetings per short transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from holidays import country_holidays

from mailroom.models import Address
from meetings.enums import Via
from meetings.models import AgendaItem, CallNote, ChecklistItem, Invitation, Meeting, Message, Response
from netzwerk.demo import mails
from netzwerk.demo.meetings import invent, key
from netzwerk.demo.sketches import Circle, Guest, Host, Made
from partners.models import Contact, Membership, Organisation
from regions.models import Network, SchoolHoliday
from team.models import Activity, ActivityTarget

_MEETINGS_AT_ONCE = 20
_UNREAD = timedelta(days=5)
_BATCH = 500  # rows in one INSERT
Row = TypeVar("Row")


@dataclass(frozen=True)
class SeededMeetings:
    """Numbers of added rows."""

    meetings: int
    invitations: int


def seed_meetings(meetings: int, seed: int) -> SeededMeetings:
    """Add the missing ones of the seed's first `meetings` meetings; existing ones stay unchanged.

    After an interruption between two batches, a second call adds the rest, dated around its own day.
    """
    there = set(Meeting.objects.values_list("pk", flat=True))
    missing = [number for number in range(meetings) if key(seed, number) not in there]
    if not missing:
        return SeededMeetings(0, 0)
    circles, is_free, today = _circles(), _free_days(), timezone.localdate()
    invented = (invent(seed, number, circles, today=today, is_free=is_free) for number in missing)
    count = 0
    while batch := list(islice(invented, _MEETINGS_AT_ONCE)):
        with transaction.atomic():
            _write(batch)
        mails.write([made.meeting.pk for made in batch])
        count += sum(len(made.invitations) for made in batch)
    return SeededMeetings(len(missing), count)


def _circles() -> list[Circle]:
    """Return the networks with their invitable contacts (current, reachable, willing) and host companies."""
    closed = Address.objects.filter(state__in=[Address.State.HARD, Address.State.STOPPED]).values("key")
    people = Contact.objects.open().filter(gets_invitations=True).exclude(email="").exclude(email_folded__in=closed)
    companies = Organisation.objects.filter(kind=Organisation.Kind.COMPANY)
    circles = []
    for network in Network.objects.select_related("coordinator").order_by("pk"):
        guests = people.in_network(network).order_by("pk").values_list("pk", "email")
        members = Membership.objects.current().filter(network=network, contact=None).exclude(kind=Membership.Kind.GUEST)
        hosts = companies.filter(pk__in=members.values("organisation")).order_by("pk")
        coordinator = network.coordinator
        circles.append(
            Circle(
                pk=network.pk,
                name=network.name,
                coordinator_pk=coordinator.pk if coordinator else None,
                coordinator=str(coordinator or ""),
                guests=tuple(Guest(*row) for row in guests),
                hosts=tuple(Host(*row) for row in hosts.values_list("pk", "name")),
            )
        )
    return circles


def _free_days() -> Callable[[date], bool]:
    """Return a function that says whether a day is outside school and public holidays of Lower Saxony."""
    periods = list(SchoolHoliday.objects.values_list("first_on", "last_on"))
    public = country_holidays("DE", subdiv="NI", language="de")
    return lambda day: day not in public and not any(first <= day <= last for first, last in periods)


def _write(batch: list[Made]) -> None:
    """Insert the meetings with all their rows, dated back, and the activities about them."""
    Meeting.objects.bulk_create([made.meeting for made in batch])
    through = Meeting.networks.through
    through.objects.bulk_create(
        through(meeting_id=made.meeting.pk, network_id=network_pk) for made in batch for network_pk in made.network_pks
    )
    AgendaItem.objects.bulk_create(_all(made.agenda for made in batch), batch_size=_BATCH)
    ChecklistItem.objects.bulk_create(_all(made.checklist for made in batch), batch_size=_BATCH)
    Invitation.objects.bulk_create(_all(made.invitations for made in batch), batch_size=_BATCH)
    Response.objects.bulk_create(_all(made.responses for made in batch), batch_size=_BATCH)
    CallNote.objects.bulk_create(_all(made.calls for made in batch), batch_size=_BATCH)
    Message.objects.bulk_create(_all(map(_messages, batch)), batch_size=_BATCH)
    _date_back(batch)
    _tell(batch)


def _messages(made: Made) -> list[Message]:
    """Return what the invitees of one meeting wrote; what they wrote in the last days before one ahead is open."""
    now = timezone.now()
    return [
        Message(
            invitation=one.invitation,
            text=one.comment,
            via=one.via,
            at=one.at,
            settled_at=None if made.meeting.ends_at > now and one.at > now - _UNREAD else one.at + timedelta(hours=20),
        )
        for one in made.responses
        if one.comment and one.via != Via.TEAM
    ]


def _all(lists: Iterable[list[Row]]) -> list[Row]:
    return [row for rows in lists for row in rows]


def _date_back(batch: list[Made]) -> None:
    """Set the creation times to the invented past; `auto_now_add` has set them to now."""
    for made in batch:
        begun = made.told[0][0]
        Meeting.objects.filter(pk=made.meeting.pk).update(created_at=begun, updated_at=begun)
        if made.asked_at:
            Invitation.objects.filter(meeting=made.meeting).update(created_at=made.asked_at)


def _tell(batch: list[Made]) -> None:
    sentences = [(made, Activity(at=at, by_id=by, sentence=said[:500])) for made in batch for at, by, said in made.told]
    Activity.objects.bulk_create([activity for _, activity in sentences])
    ActivityTarget.objects.bulk_create(
        ActivityTarget(activity=activity, kind="meetings.meeting", key=str(made.meeting.pk))
        for made, activity in sentences
    )

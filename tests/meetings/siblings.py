"""A meeting with everybody that an act may meet, and every kind of act, for tables over all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import reduce
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from mailroom.enums import MailKind
from mailroom.models import Act, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import start, stop, write
from meetings.enums import BulkKind, MailingKind, ReplyKind
from meetings.models import BulkAct, ChecklistItem, Invitation, Meeting, Proposal
from meetings.services.answers import calls, record
from meetings.services.bulk import carry_out
from meetings.services.bulk.order import Order
from meetings.services.changes import cancel, changes, withdraw
from meetings.services.inviting import invite, remind
from meetings.services.planning import meetings
from meetings.services.returns import notices, resolve
from meetings.services.sending import dispatch
from partners.models import ImportJob
from team.models import User
from tests.conventions.addresses import ADDRESSES
from tests.factories import (
    ContactFactory,
    InboxMailFactory,
    InvitationFactory,
    MailFactory,
    MeetingFactory,
    MembershipFactory,
)
from tests.meetings.incoming import arrive, reading, scheduling
from tests.tables import undone

AT = datetime(2031, 1, 20, 9, 0, tzinfo=UTC)  # the meeting is on 5 February
ANSWERS = (("accepted", "in_person"), ("accepted", "online"), ("tentative", ""), ("declined", ""), ("", ""))


def build(coordinator: User, lead: User, *, mark: str = "") -> SimpleNamespace:
    """A meeting with one person of each answer who stays, and one of each whose invitation may be taken back.

    Every invitation has left; beside it what the addresses of pages are about. With another `mark` it can be built once
    more in the same database.
    """
    meeting = MeetingFactory(
        format="hybrid", capacity_in_person=4, capacity_online=4, place="Rathaus", responsible=lead
    )
    network = meeting.networks.get()
    stay = [_invited(meeting, *said, name=f"Bleibt{number}{mark}") for number, said in enumerate(ANSWERS)]
    gone = [_invited(meeting, *said, name=f"Weggenommen{number}{mark}") for number, said in enumerate(ANSWERS)]
    Invitation.objects.filter(pk__in=[one.pk for one in (*stay[:1], *gone[:1])]).update(joined_at=AT)
    return SimpleNamespace(
        mark=mark,
        meeting=meeting,
        stay=stay,
        gone=gone,
        coordinator=coordinator,
        lead=lead,
        network=network,
        invitation=stay[4],
        contact=stay[4].contact,
        organisation=stay[4].contact.organisation,
        membership=stay[4].contact.organisation.memberships.get(),
        proposal=Proposal.objects.create(invitation=stay[4], kind="guest", at=AT, email="gast@partner.example"),
        import_job=ImportJob.objects.create(by=coordinator, file_name="partner.csv", content=b""),
        checklist_item=ChecklistItem.objects.create(meeting=meeting, title="Raum klären"),
        act=_released(meeting, coordinator),
        bulk_act=_released_bulk(coordinator),
        mail=OutboxMail.objects.in_lane(stay[4].lane).get(),
        inbox_mail=InboxMailFactory(),
        page="impressum",
        preview="vorschau",
    )


def _released(meeting: Meeting, by: User) -> Act:
    """A reminder to nobody, whose window has passed."""
    act = dispatch.start_act(meeting, [], kind=MailingKind.REMINDER, by=by)
    Act.objects.filter(pk=act.pk).update(state="released")
    return Act.objects.get(pk=act.pk)


def _released_bulk(by: User) -> BulkAct:
    """A decision about no meeting, whose window has passed."""
    decision = BulkAct(kind=BulkKind.CANCEL)
    decision.act = start.start_many(writer=carry_out.WRITER, about=decision, by=by, about_label=str(decision))
    decision.save()
    Act.objects.filter(pk=decision.pk).update(state="released")
    return BulkAct.objects.select_related("act").get(pk=decision.pk)


def _invited(meeting: Meeting, answer: str, mode: str, *, name: str) -> Invitation:
    contact = ContactFactory(
        last_name=name, email=f"{name.lower()}@partner.example", organisation__name=f"Betrieb {name}"
    )
    MembershipFactory(organisation=contact.organisation)
    row = InvitationFactory(meeting=meeting, contact=contact, answer=answer, mode=mode, mail_version=1)
    if answer:
        Invitation.objects.filter(pk=row.pk).update(answered_at=AT, answered_via="link", comment=f"Gruß {name}")
    MailFactory(kind="invitation", lane=row.lane, version=1, state="sent", sent_at=AT, recipient=row.email)
    return Invitation.objects.get(pk=row.pk)


def addresses(world: SimpleNamespace) -> Iterator[tuple[str, str]]:
    """Every address of a page that the team or an invitee may see and that this world has rows for."""
    for name, line in ADDRESSES.items():
        if line.coordinator != 200 or name.startswith(("account", "mfa", "usersessions", "admin:", "team:")):
            continue
        if any(not hasattr(world, path.partition(".")[0]) for path in line.arguments.values()):
            continue
        kwargs = {key: reduce(getattr, path.split("."), world) for key, path in line.arguments.items()}
        yield name, reverse(name, kwargs=kwargs)
    for name, url in (("meetings:meetings", "/treffen/"), ("meetings:meeting", world.meeting.get_absolute_url())):
        yield f"{name} as a file", f"{url}?format=csv"


@contextmanager
def as_if(world: SimpleNamespace, how: str) -> Iterator[None]:
    """The same world where those who may go are „invited“, „withdrawn“ or were „never“ invited."""
    rows = Invitation.objects.filter(pk__in=[one.pk for one in world.gone])
    with undone():
        if how == "withdrawn":
            rows.update(withdrawn_at=AT - timedelta(minutes=1))
        elif how == "never":
            OutboxMail.objects.filter(lane__in=[one.lane for one in world.gone]).delete()
            rows.delete()
        cache.clear()
        yield


def orders(meeting: Meeting, colleague: Any) -> dict[BulkKind, Order]:
    """One order of every kind but taking back, which needs an earlier act."""
    days = {meeting.pk: meeting.starts_on + timedelta(weeks=4)}
    links = {meeting.pk: "https://raum.example/neu"}
    kinds = [kind for kind in BulkKind if kind != BulkKind.TAKE_BACK]
    return {kind: Order(kind=kind, days=days, links=links, colleague=colleague) for kind in kinds}


def moved(world: SimpleNamespace) -> Meeting:
    """The meeting after a change that nobody has been told of."""
    row = Meeting.objects.get(pk=world.meeting.pk)
    row.place, row.starts_at, row.ends_at = "Aula", row.starts_at + timedelta(days=1), row.ends_at + timedelta(days=1)
    row.version += 1
    meetings.change(row, networks=list(row.networks.all()), fields=["Ort"], by=world.coordinator)
    return Meeting.objects.get(pk=row.pk)


def _renewed(world: SimpleNamespace) -> None:
    """The meeting changes while a mail to each waits: what waits is written anew."""
    OutboxMail.objects.filter(kind="invitation").update(act=world.act, state="queued")
    OutboxMail.objects.filter(lane__in=[one.lane for one in world.gone]).update(state="sending")
    moved(world)
    write.write_due()


def _reply(kind: ReplyKind) -> Callable[[SimpleNamespace], None]:
    def act(world: SimpleNamespace) -> None:
        """Whatever makes such a mail go, from everybody."""
        for one in (*world.stay, *world.gone):
            row = Invitation.objects.select_related("meeting", "contact__organisation").get(pk=one.pk)
            REPLIES[kind](world, row)

    return act


def _full(world: SimpleNamespace, row: Invitation) -> None:
    Meeting.objects.filter(pk=world.meeting.pk).update(capacity_in_person=0, capacity_online=0)
    arrive(reading(row, scheduling(row, dtstamp=AT)), received_at=AT)


def _held_online(world: SimpleNamespace, row: Invitation) -> None:
    Meeting.objects.filter(pk=world.meeting.pk).update(format="hybrid", capacity_in_person=0, capacity_online=None)
    arrive(reading(row, scheduling(row, dtstamp=AT)), received_at=AT)


def _again(world: SimpleNamespace, row: Invitation) -> None:
    OutboxMail.objects.in_lane(row.lane).update(state="failed")
    notices.send_once_more(row, by=world.coordinator)


def _declined(world: SimpleNamespace, row: Invitation) -> None:
    proposal = Proposal.objects.create(invitation=row, kind="time", at=AT, starts_at=AT + timedelta(days=20))
    resolve.decline(proposal, by=world.coordinator)


REPLIES: dict[ReplyKind, Callable[[SimpleNamespace, Invitation], object]] = {
    ReplyKind.FULL: _full,
    ReplyKind.ONLINE: _held_online,
    ReplyKind.REFRESH: lambda world, row: arrive(
        reading(row, scheduling(row, method="REFRESH", dtstamp=AT), kind=MailKind.REFRESH), received_at=AT
    ),
    ReplyKind.AGAIN: _again,
    ReplyKind.DECLINECOUNTER: _declined,
}


def _everybody(world: SimpleNamespace) -> list[Any]:
    return [one.pk for one in (*world.stay, *world.gone)]


def _told(world: SimpleNamespace) -> None:
    changes.tell(moved(world), _everybody(world), by=world.coordinator)


def _called_off(world: SimpleNamespace) -> None:
    cancel.cancel(world.meeting, by=world.coordinator)


def _reinstated(world: SimpleNamespace) -> None:
    _called_off(world)
    OutboxMail.objects.update(state="sent")
    cancel.reinstate(world.meeting, by=world.coordinator)


def _withdrawn(world: SimpleNamespace) -> None:
    withdraw.withdraw(world.stay[0], by=world.coordinator)
    for one in world.gone:
        with pytest.raises(withdraw.NotWithdrawable):
            withdraw.withdraw(one, by=world.coordinator)


def _bulk(kind: BulkKind) -> Callable[[SimpleNamespace], None]:
    return lambda world: carry_out.carry_out([world.meeting], _order(world, kind), by=world.coordinator) and None


def _order(world: SimpleNamespace, kind: BulkKind) -> Order:
    meeting = Meeting.objects.get(pk=world.meeting.pk)
    return orders(meeting, world.coordinator)[kind]


def _taken_back(world: SimpleNamespace) -> None:
    act = carry_out.carry_out([world.meeting], _order(world, BulkKind.CANCEL), by=world.coordinator)
    OutboxMail.objects.update(state="sent")
    Act.objects.filter(pk=act.pk).update(leaves_at=AT - timedelta(minutes=1))
    carry_out.take_back(BulkAct.objects.get(pk=act.pk), by=world.coordinator)


ACTS: dict[object, Callable[[SimpleNamespace], object]] = {
    MailingKind.INVITATION: lambda world: invite.invite(world.meeting, [ContactFactory()], by=world.coordinator),
    MailingKind.REMINDER: lambda world: remind.remind(world.meeting, _everybody(world), by=world.coordinator),
    MailingKind.UPDATE: _told,
    MailingKind.CANCELLATION: _called_off,
    MailingKind.WITHDRAWAL: _withdrawn,
    "an update that says that it takes place after all": _reinstated,
    "what waits, written anew": _renewed,
    **{kind: _bulk(kind) for kind in BulkKind if kind != BulkKind.TAKE_BACK},
    BulkKind.TAKE_BACK: _taken_back,
    **{kind: _reply(kind) for kind in ReplyKind},
}
WITHOUT_MAIL = {BulkKind.HAND_OVER}


# --- What else the team or an invitee does


def _question(world: SimpleNamespace, kind: str, **fields: Any) -> Proposal:
    """Something that came by mail from somebody and waits for the team."""
    given = {
        "email": f"jo.feld{world.mark}@betrieb.example",
        "name": "Jo Feld",
        "answer": "accepted",
        "at": AT,
        **fields,
    }
    return Proposal.objects.create(invitation=world.stay[3], kind=kind, mail=world.inbox_mail, **given)


def _stopped(kind: MailingKind) -> "Other":
    def decided(world: SimpleNamespace) -> Act:
        before, act = SENDING[kind]
        act(world, before(world))
        return Act.objects.about(world.meeting).exclude(pk=world.act.pk).get()

    return decided, lambda world, act: stop.stop_act(act, by=world.coordinator)


def _carried_out(world: SimpleNamespace) -> BulkAct:
    return carry_out.carry_out([world.meeting], _order(world, BulkKind.POSTPONE), by=world.coordinator)


def _failed(world: SimpleNamespace) -> OutboxMail:
    OutboxMail.objects.in_lane(world.stay[4].lane).update(state="failed")
    return OutboxMail.objects.get(lane=world.stay[4].lane)


def _seldom_heard(world: SimpleNamespace) -> Invitation:
    _failed(world)
    return Invitation.objects.select_related("meeting", "contact__organisation").get(pk=world.stay[4].pk)


# What comes before, and the act on what that returns.
Other = tuple[Callable[[SimpleNamespace], Any], Callable[[SimpleNamespace, Any], object]]
_FORMER = {"starts_at": AT + timedelta(days=20, hours=5)}
OTHERS: dict[str, Other] = {
    "an answer": (
        lambda world: Invitation.objects.get(pk=world.stay[4].pk),
        lambda world, row: record.record(row, "accepted", via="link", mode="online", comment="Gern"),
    ),
    "a call": (lambda world: world.stay[4], lambda world, row: calls.note(row, "not_reached", by=world.coordinator)),
    "keeping silent": (moved, lambda world, meeting: changes.keep_silent(meeting, by=world.coordinator)),
    "changing the meeting": (lambda world: None, lambda world, _: moved(world)),
    "confirming": (
        lambda world: _question(world, "address"),
        lambda world, one: resolve.confirm(one, by=world.coordinator),
    ),
    "exceeding": (
        lambda world: _question(world, "full"),
        lambda world, one: resolve.exceed(one, by=world.coordinator),
    ),
    "a substitute": (
        lambda world: _question(world, "substitute"),
        lambda world, one: resolve.accept_substitute(one, by=world.coordinator),
    ),
    "a guest": (
        lambda world: _question(world, "guest"),
        lambda world, one: resolve.add_guest(one, by=world.coordinator),
    ),
    "another time": (
        lambda world: _question(world, "time", **_FORMER),
        lambda world, one: resolve.take_over_time(one, by=world.coordinator),
    ),
    "no other time": (
        lambda world: _question(world, "time", **_FORMER),
        lambda world, one: resolve.decline(one, by=world.coordinator),
    ),
    "the date once more": (_seldom_heard, lambda world, row: notices.send_once_more(row, by=world.coordinator)),
    "sending again": (_failed, lambda world, mail: outbox.send_again(mail, by=world.coordinator)),
    "stopping a bulk act": (_carried_out, lambda world, decision: stop.stop_act(decision.act, by=world.coordinator)),
    **{f"stopping: {kind}": _stopped(kind) for kind in MailingKind},
}


def _nothing(world: SimpleNamespace) -> Meeting:
    return Meeting.objects.get(pk=world.meeting.pk)


def _off(world: SimpleNamespace) -> Meeting:
    _called_off(world)
    OutboxMail.objects.update(state="sent")
    return Meeting.objects.get(pk=world.meeting.pk)


def _over(world: SimpleNamespace) -> BulkAct:
    """A bulk act whose window has passed."""
    act = carry_out.carry_out([world.meeting], _order(world, BulkKind.CANCEL), by=world.coordinator)
    OutboxMail.objects.update(state="sent")
    Act.objects.filter(pk=act.pk).update(leaves_at=AT - timedelta(minutes=1))
    return BulkAct.objects.get(pk=act.pk)


def _in_bulk(kind: BulkKind) -> Other:
    return _nothing, lambda world, meeting: carry_out.carry_out([meeting], _order(world, kind), by=world.coordinator)


# Every act of sending, apart from what comes before it.
SENDING: dict[object, Other] = {
    MailingKind.INVITATION: (
        lambda world: ContactFactory(),
        lambda world, contact: invite.invite(world.meeting, [contact], by=world.coordinator),
    ),
    MailingKind.REMINDER: (
        _nothing,
        lambda world, meeting: remind.remind(meeting, _everybody(world), by=world.coordinator),
    ),
    MailingKind.UPDATE: (
        moved,
        lambda world, meeting: changes.tell(meeting, _everybody(world), by=world.coordinator),
    ),
    MailingKind.CANCELLATION: (_nothing, lambda world, meeting: cancel.cancel(meeting, by=world.coordinator)),
    MailingKind.WITHDRAWAL: (_nothing, lambda world, _: withdraw.withdraw(world.stay[0], by=world.coordinator)),
    "taking place after all": (_off, lambda world, meeting: cancel.reinstate(meeting, by=world.coordinator)),
    **{kind: _in_bulk(kind) for kind in BulkKind if kind != BulkKind.TAKE_BACK},
    BulkKind.TAKE_BACK: (_over, lambda world, act: carry_out.take_back(act, by=world.coordinator)),
}

"""Collect urgent tasks: failures, decisions for a person, and missing preparation; each with a link."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from common.models import Heartbeat
from common.templatetags.ui import day, instant
from mailroom.models import Act, InboxMail, OutboxMail
from mailroom.services import alarms, bounces, credentials
from mailroom.services.fetching import INBOX_LIMIT
from meetings.models import BulkAct, Invitation, Meeting, Proposal
from meetings.services.changes import changes
from meetings.services.planning import preparation
from partners.models import ImportJob
from regions.models import Network

SOON = timedelta(days=28)
_STUCK = timedelta(minutes=15)  # an act that is not written by then is stuck
_KEPT = timedelta(days=14)  # older acts with unwritten mails are not shown
_LOOKED_AT = 50  # rows of each kind at most
_COUNTED = 1_000  # lost mails at most; further ones are not counted
_LOST = (
    ("back", "Eine Mail an {} kam zurück.", "Mails kamen zurück."),
    (
        OutboxMail.State.FAILED,
        "Eine Mail an {} konnte nicht zugestellt werden.",
        "Mails konnten nicht zugestellt werden.",
    ),
    (
        OutboxMail.State.UNCERTAIN,
        "Bei einer Mail an {} ist ungewiss, ob sie ankam.",
        "Mails sind vielleicht nicht angekommen.",
    ),
)


@dataclass(frozen=True)
class Task:
    """One task. `level` is a level of `ui/state.html`; `networks` are those of the meeting, if it is about one."""

    text: str
    url: str
    label: str
    level: str = "warning"
    networks: tuple[Network, ...] = ()


def tasks() -> list[Task]:
    """Return all tasks, failures first: at most 50 of most kinds, the same for every member.

    The number of queries does not depend on the number of tasks.
    """
    return [*_broken(), *_lost_mails(), *_unwritten_mails(), *_decisions(), *_untold(), *_unprepared()]


def _broken() -> Iterator[Task]:
    """Yield failures of the programme itself.

    The outbox has an alarm, the secret or certificate for it ends within 30 days, other servers refuse ours, the inbox
    was not read for 30 minutes (`INBOX_LIMIT`), or the mails of a decision about many meetings are not written after 15
    minutes.
    """
    if alarm := alarms.text():
        yield Task(f"Der Postausgang steht: {alarm}", reverse("mailroom:outbox"), "Postausgang", "danger")
    if ending := credentials.ending():
        text = f"{ending} Danach geht keine Mail mehr hinaus. Bitte geben Sie der Technik Bescheid."
        yield Task(text, reverse("mailroom:outbox"), "Postausgang", "danger" if ending.is_over else "warning")
    if refused := bounces.refused_as_sender():
        text = "Andere Mailserver nehmen Mails von uns nicht an"
        number = "eine kam" if refused == 1 else f"{refused} kamen"
        text = f"{text}: {number} in den letzten 7 Tagen zurück. Bitte geben Sie der Technik Bescheid."
        yield Task(text, f"{reverse('mailroom:outbox')}?state=trouble", "Postausgang", "danger")
    sign = Heartbeat.objects.of(Heartbeat.Kind.INBOX)
    if sign and timezone.now() - sign.at > INBOX_LIMIT:
        text = f"Das Postfach wurde seit {instant(sign.at)} nicht gelesen. Antworten bleiben liegen."
        yield Task(text, reverse("mailroom:inbox"), "Posteingang", "danger")
    late = timezone.now() - _STUCK
    for act in BulkAct.objects.filter(act__state=Act.State.RENDERING, created_at__lt=late)[:_LOOKED_AT]:
        yield Task(f"Die Sammelaktion „{act}“ bleibt liegen.", act.get_absolute_url(), "ansehen", "danger")


def _lost_mails() -> Iterator[Task]:
    """Yield one task each for unsettled mails that came back, failed or are finally uncertain; one mail is named.

    `unsettled` covers the last 30 days. At most 1,000 mails are counted.
    """
    unsettled = OutboxMail.objects.unsettled().order_by()
    rows = list(unsettled.values_list("pk", "recipient", "returned", "state")[: _COUNTED + 1])
    at_least = "Mehr als " if len(rows) > _COUNTED else ""
    lost: dict[str, list[tuple[UUID, str]]] = {"back": [], OutboxMail.State.FAILED: [], OutboxMail.State.UNCERTAIN: []}
    for pk, recipient, returned, state in rows[:_COUNTED]:
        lost["back" if returned in OutboxMail.CAME_BACK else state].append((pk, recipient))
    for name, one, many in _LOST:
        if len(lost[name]) == 1:
            pk, recipient = lost[name][0]
            yield Task(one.format(recipient), reverse("mailroom:outbox_mail", args=[pk]), "ansehen", "danger")
        elif number := len(lost[name]):
            url = f"{reverse('mailroom:outbox')}?state=unsettled"
            yield Task(f"{at_least}{number} {many}", url, "ansehen", "danger")


def _unwritten_mails() -> Iterator[Task]:
    """Yield a task for each act of the last 14 days that could not write every mail, or is not written in 15 minutes.

    Stopped acts do not count. Parts of a decision about many meetings count only for unwritten mails.
    """
    now = timezone.now()
    recent = Act.objects.not_stopped().exclude(kind=Act.Kind.MANY).filter(created_at__gte=now - _KEPT)
    problems = Count("items", filter=~Q(items__problem=""))
    stuck = Q(state=Act.State.RENDERING, parent=None, created_at__lt=now - _STUCK)
    acts = list(recent.annotate(problems=problems).filter(Q(problems__gt=0) | stuck)[:_LOOKED_AT])
    meetings = _meetings_of(acts)
    for act in acts:
        meeting = meetings.get(act.about_key)
        what = f"{act.get_kind_display()} zu {_named(meeting) if meeting else f'„{act.about_label}“'}"
        number, where = act.problems, _networks(meeting) if meeting else ()
        text = f"{what}: {_count(number, 'Mail', 'Mails')} nicht geschrieben." if number else f"{what} bleibt liegen."
        yield Task(text, act.get_absolute_url(), "ansehen", "danger", where)


def _meetings_of(acts: Iterable[Act]) -> dict[str, Meeting]:
    """Return by key as text the meetings that these acts are about; two queries."""
    keys = [act.about_key for act in acts if act.about_kind == Meeting._meta.label_lower]
    found = Meeting.objects.filter(pk__in=keys).prefetch_related("networks") if keys else []
    return {str(meeting.pk): meeting for meeting in found}


def _decisions() -> Iterator[Task]:
    """Yield the decisions for a person: incoming mails, meetings with open proposals, imported lists in preview.

    A mail with an open proposal counts only as that.
    """
    mails = InboxMail.objects.waiting().exclude(Exists(Proposal.objects.filter(mail=OuterRef("pk"), settled_at=None)))
    if number := mails.count():
        text = "Eine Mail kann nur ein Mensch lesen." if number == 1 else f"{number} Mails kann nur ein Mensch lesen."
        yield Task(text, f"{reverse('mailroom:inbox')}?state=waiting", "Posteingang")
    open_proposals = Q(invitations__proposals__isnull=False, invitations__proposals__settled_at=None)
    meetings = Meeting.objects.annotate(questions=Count("invitations__proposals", filter=open_proposals))
    for meeting in meetings.filter(questions__gt=0).prefetch_related("networks")[:_LOOKED_AT]:
        number = meeting.questions
        said = "Eine Antwort ist" if number == 1 else f"{number} Antworten sind"
        text = f"{said} ungeklärt: {_named(meeting)}."
        yield Task(text, f"{meeting.get_absolute_url()}#zu-klaeren", "klären", networks=_networks(meeting))
    for job in ImportJob.objects.filter(state=ImportJob.State.PREVIEW).without_content()[:_LOOKED_AT]:
        text = f"Die Liste „{job.file_name}“ ist gelesen und noch nicht übernommen."
        yield Task(text, job.get_absolute_url(), "entscheiden")


def _untold() -> Iterator[Task]:
    """Yield a task for each planned meeting with an undecided change of which invitees do not know yet; at most 50."""
    for meeting in changes.undecided_meetings():
        text = f"{_named(meeting)} wurde geändert, die Eingeladenen wissen es noch nicht."
        yield Task(text, reverse("meetings:tell", args=[meeting.pk]), "mitteilen")


def _unprepared() -> Iterator[Task]:
    """Yield up to two tasks for each meeting within `SOON` (28 days), also a draft: missing details, nobody invited."""
    soon = Meeting.objects.upcoming().filter(starts_at__lte=timezone.now() + SOON)
    invited = Exists(Invitation.objects.valid().filter(meeting=OuterRef("pk")))
    rows = soon.annotate(has_invited=invited).select_related("host").prefetch_related("networks", "agenda_items")
    for meeting in rows[:_LOOKED_AT]:
        missing, networks = preparation.missing(meeting), _networks(meeting)
        if missing:
            what = ", ".join(one.text for one in missing)
            yield Task(f"{_named(meeting)}: Es fehlt {what}.", missing[0].url, "ergänzen", networks=networks)
        if not meeting.has_invited:
            url = reverse("meetings:invite", args=[meeting.pk])
            yield Task(f"{_named(meeting)}: Noch ist niemand eingeladen.", url, "einladen", networks=networks)


def _named(meeting: Meeting) -> str:
    """Return the title with the local day: „Netzwerktreffen am Mi., 3. Februar 2027“."""
    return f"{meeting.title} am {day(meeting.starts_at)}"


def _networks(meeting: Meeting) -> tuple[Network, ...]:
    return tuple(meeting.networks.all())


def _count(number: int, one: str, many: str) -> str:
    """Return „eine Mail ist“ or „3 Mails sind“."""
    return f"eine {one} ist" if number == 1 else f"{number} {many} sind"

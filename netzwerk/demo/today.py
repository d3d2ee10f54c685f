"""Demo data that gives the page „Heute“ something to show."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mailroom.models import OutboxMail
from meetings.enums import State
from meetings.models import ChecklistItem, Meeting
from partners.models import Contact
from team.models import Activity, User
from team.services import activity

_ENDS_AFTER = 60  # minutes: later agenda items of the next meeting are deleted, so that its agenda is incomplete
_ERROR = "550 5.1.1 Empfänger unbekannt"


def write() -> None:
    """Make one mail fail, leave an agenda incomplete and let each member act, so that the other has news."""
    ahead = list(Meeting.objects.upcoming().filter(state=State.PLANNED, starts_at__gt=timezone.now())[:3])
    if not ahead:
        return
    with transaction.atomic():
        _write(ahead)


def _write(ahead: list[Meeting]) -> None:
    ahead[0].agenda_items.filter(offset_minutes__gt=_ENDS_AFTER).delete()
    silent = [invitation.lane for meeting in ahead for invitation in meeting.invitations.unanswered()]
    lost = OutboxMail.objects.filter(lane__in=silent, state=OutboxMail.State.SENT, returned="")
    if newest := lost.order_by("-created_at", "pk").values_list("pk", flat=True).first():
        OutboxMail.objects.filter(pk=newest).update(
            state=OutboxMail.State.FAILED, sent_at=None, last_code=550, last_error=_ERROR, smtp_reply=_ERROR
        )
    _tell(ahead)


def _tell(ahead: list[Meeting]) -> None:
    """Let two members finish a step of each meeting's checklist, and record that they changed contacts, hours ago."""
    now = timezone.now()
    people = list(Contact.objects.open().select_related("organisation").order_by("pk")[:4])
    for number, user in enumerate(User.objects.active().order_by("pk")[:2]):
        title = ("Gastgeber bestätigt den Termin", "Raum, Technik und Imbiss klären")[number]
        for step, item in enumerate(
            ChecklistItem.objects.filter(meeting__in=ahead, title=title).select_related("meeting")
        ):
            at = now - timedelta(hours=2 + number, minutes=7 * step)
            ChecklistItem.objects.filter(pk=item.pk).update(done_at=at, done_by=user)
            sentence = f"hat „{item}“ für {item.meeting} als erledigt vermerkt"
            _set_time(at, activity.record(sentence, by=user, about=[item.meeting]))
        for step, person in enumerate(people[2 * number : 2 * number + 2]):
            sentence = f"hat {person} ({person.organisation}) geändert: Telefon"
            done = activity.record(sentence, by=user, about=[person, person.organisation])
            _set_time(now - timedelta(hours=4 + number, minutes=11 * step), done)


def _set_time(at: datetime, done: Activity) -> None:
    Activity.objects.filter(pk=done.pk).update(at=at)

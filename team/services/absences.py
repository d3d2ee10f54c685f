"""Absences and deputies. The deputy is looked up on each use, so an absence begins and ends by itself."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from common.templatetags.ui import day
from team.models import Absence, User
from team.services import activity

_AT_MOST_AHEAD = timedelta(days=2 * 365)


class NotPossible(ValueError):
    """The absence is not possible; `problems` has the German reason by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def running() -> dict[int, Absence]:
    """Return the running absences by the key of the absent member, with both members. One query.

    An absence whose deputy is locked out is missing, as in `in_charge`.
    """
    return {absence.away_id: absence for absence in Absence.objects.running().select_related("away", "deputy")}


def in_charge(user: User | None) -> User | None:
    """Return the deputy while the user is away, else the user; None for None.

    The deputy counts only while they may log in. One query, and only if an absence is known (`may_be_away`).
    """
    if user is None or not user.may_be_away:
        return user
    absence = Absence.objects.running().filter(away=user).select_related("deputy").first()
    return absence.deputy if absence else user


def problems(*, away: User, deputy: User, first_on: date, last_on: date) -> dict[str, str]:
    """Return the German reasons against this absence by field; empty when there are none.

    It must begin today or later (local date), end within two years, and cross neither an absence of one of the two nor
    one in which the absent member stands in. Read-only; up to three queries.
    """
    found = {}
    far = timezone.localdate() + _AT_MOST_AHEAD
    if first_on < timezone.localdate():
        found["first_on"] = "Dieser Tag ist vorbei. Bitte beginnen Sie frühestens heute."
    if max(first_on, last_on) > far:
        found["first_on" if first_on > far else "last_on"] = "Bitte prüfen Sie das Jahr."
    elif last_on < first_on:
        found["last_on"] = "Der letzte Tag liegt vor dem ersten."
    if deputy == away:
        found["deputy"] = "Bitte wählen Sie jemand anderen als Vertretung."
    if found:
        return found
    meanwhile = Absence.objects.not_over().between(*_span(first_on, last_on)).select_related("away")
    if other := meanwhile.filter(away=away).first():
        found["first_on"] = f"Für diese Zeit ist schon eine Abwesenheit eingetragen ({days(other)})."
    elif other := meanwhile.filter(deputy=away).first():
        found["first_on"] = f"{away} vertritt in dieser Zeit {other.away} ({days(other)})."
    if other := meanwhile.filter(away=deputy).first():
        found["deputy"] = f"{deputy} ist in dieser Zeit auch nicht da ({days(other)})."
    return found


@transaction.atomic
def begin(*, away: User, deputy: User, first_on: date, last_on: date, by: User) -> Absence:
    """Create an absence of `away` with `deputy` and record it in the log, under a lock on both members.

    One that begins today begins now, not at midnight. Updates the stored end of their last absence. Raise NotPossible.
    """
    list(
        User.objects.select_for_update().filter(pk__in=[away.pk, deputy.pk]).order_by("pk")
    )  # concurrent calls take turns
    if found := problems(away=away, deputy=deputy, first_on=first_on, last_on=last_on):
        raise NotPossible(found)
    starts_at, ends_at = _span(first_on, last_on)
    starts_at = max(starts_at, timezone.now())  # acts of earlier today were the member's own
    absence = Absence.objects.create(
        away=away, deputy=deputy, first_on=first_on, last_on=last_on, starts_at=starts_at, ends_at=ends_at
    )
    _update_away_until(away)
    who = "sich" if away == by else str(away)
    sentence = f"hat {who} {days(absence)} abwesend gemeldet; Vertretung: {deputy}"
    activity.record(sentence, by=by, about=[away, deputy])
    return absence


@transaction.atomic
def end(absence: Absence, *, by: User) -> None:
    """End a running absence now or delete a planned one, and record it in the log, under a lock on the member.

    One that is over or gone stays unchanged.
    """
    User.objects.select_for_update().get(pk=absence.away_id)
    found = Absence.objects.not_over().select_related("away", "deputy").filter(pk=absence.pk).first()
    if found is None:
        return
    if found.is_running:
        Absence.objects.filter(pk=found.pk).update(ends_at=timezone.now())
        own = f"ist wieder da; {found.deputy} hat so lange vertreten"
        sentence = own if found.away == by else f"hat die Abwesenheit von {found.away} beendet"
    else:
        found.delete()
        whose = "die eigene Abwesenheit" if found.away == by else f"die Abwesenheit von {found.away}"
        sentence = f"hat {whose} {days(found)} zurückgenommen"
    _update_away_until(found.away)
    activity.record(sentence, by=by, about=[found.away, found.deputy])


def coming(user: User) -> Absence | None:
    """Return the member's next absence that has not begun, with the deputy, or None.

    One query, and only if an absence is known (`may_be_away`).
    """
    if not user.may_be_away:
        return None
    ahead = Absence.objects.not_over().filter(away=user, starts_at__gt=timezone.now())
    return ahead.select_related("deputy").first()


def unread(user: User) -> Absence | None:
    """Return the member's last absence that is over and whose summary they have not read, or None. One query."""
    over = Absence.objects.filter(away=user, is_summary_seen=False, ends_at__lte=timezone.now())
    return over.select_related("deputy").order_by("-ends_at").first()


def note_summary_seen(user: User) -> None:
    """Record that the member has read the summaries of all absences that are over."""
    Absence.objects.filter(away=user, is_summary_seen=False, ends_at__lte=timezone.now()).update(is_summary_seen=True)


def _update_away_until(user: User) -> None:
    """Store at the user when their last absence ends, None without any."""
    until = Absence.objects.filter(away=user).aggregate(last=Max("ends_at"))["last"]
    User.objects.filter(pk=user.pk).update(away_until=until)


def _span(first_on: date, last_on: date) -> tuple[datetime, datetime]:
    """Return the local midnight before the first day and the one after the last."""
    first, last = (datetime.combine(one, time.min) for one in (first_on, last_on + timedelta(days=1)))
    return timezone.make_aware(first), timezone.make_aware(last)


def days(absence: Absence) -> str:
    """Return „am Mi., 3. Februar 2027“ or „von … bis …“."""
    if absence.first_on == absence.last_on:
        return f"am {day(absence.first_on)}"
    return f"von {day(absence.first_on)} bis {day(absence.last_on)}"

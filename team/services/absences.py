"""Who is away, and who stands in for her: looked up whenever somebody is named, so it begins and ends by itself."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from common.templatetags.ui import day
from team.models import Absence, User
from team.services import activity

_AT_MOST_AHEAD = timedelta(days=2 * 365)


class NotPossible(ValueError):
    """What was typed cannot be; `problems` says in German at which field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def running() -> dict[int, Absence]:
    """By key of who is away what runs now, with both people; one query."""
    return {absence.away_id: absence for absence in Absence.objects.running().select_related("away", "deputy")}


def in_charge(user: User | None) -> User | None:
    """Whom to ask instead of her while she is away, else herself; one query, and only where an absence is known."""
    if user is None or not user.may_be_away:
        return user
    absence = Absence.objects.running().filter(away=user).select_related("deputy").first()
    return absence.deputy if absence else user


def problems(*, away: User, deputy: User, first_on: date, last_on: date) -> dict[str, str]:
    """What speaks against this absence, in German by field; empty when nothing does."""
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
    """Let `deputy` stand in for `away` on these days. Raises NotPossible."""
    list(User.objects.select_for_update().filter(pk__in=[away.pk, deputy.pk]).order_by("pk"))  # one after the other
    if found := problems(away=away, deputy=deputy, first_on=first_on, last_on=last_on):
        raise NotPossible(found)
    starts_at, ends_at = _span(first_on, last_on)
    starts_at = max(starts_at, timezone.now())  # what happened earlier today she did herself
    absence = Absence.objects.create(
        away=away, deputy=deputy, first_on=first_on, last_on=last_on, starts_at=starts_at, ends_at=ends_at
    )
    _note_until(away)
    who = "sich" if away == by else str(away)
    sentence = f"hat {who} {days(absence)} abwesend gemeldet; Vertretung: {deputy}"
    activity.record(sentence, by=by, about=[away, deputy])
    return absence


@transaction.atomic
def end(absence: Absence, *, by: User) -> None:
    """She is back, or does not go after all; pressed twice it counts once."""
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
    _note_until(found.away)
    activity.record(sentence, by=by, about=[found.away, found.deputy])


def coming(user: User) -> Absence | None:
    """Her next absence that has not begun; one query, and only where an absence is known."""
    if not user.may_be_away:
        return None
    ahead = Absence.objects.not_over().filter(away=user, starts_at__gt=timezone.now())
    return ahead.select_related("deputy").first()


def unread(user: User) -> Absence | None:
    """Her last absence that is over and of which she has not read yet what happened meanwhile; one query."""
    over = Absence.objects.filter(away=user, is_summary_seen=False, ends_at__lte=timezone.now())
    return over.select_related("deputy").order_by("-ends_at").first()


def note_summary_seen(user: User) -> None:
    """She has read what happened while she was away."""
    Absence.objects.filter(away=user, is_summary_seen=False, ends_at__lte=timezone.now()).update(is_summary_seen=True)


def _note_until(user: User) -> None:
    until = Absence.objects.filter(away=user).aggregate(last=Max("ends_at"))["last"]
    User.objects.filter(pk=user.pk).update(away_until=until)


def _span(first_on: date, last_on: date) -> tuple[datetime, datetime]:
    """From the local midnight before the first day to the one after the last."""
    first, last = (datetime.combine(one, time.min) for one in (first_on, last_on + timedelta(days=1)))
    return timezone.make_aware(first), timezone.make_aware(last)


def days(absence: Absence) -> str:
    """„am Mi., 3. Februar 2027“ or „von … bis …“."""
    if absence.first_on == absence.last_on:
        return f"am {day(absence.first_on)}"
    return f"von {day(absence.first_on)} bis {day(absence.last_on)}"

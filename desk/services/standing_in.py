"""Absences and deputies on the page „Heute“: who is away, who deputises, what happened meanwhile."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from desk.services import news
from meetings.models import Meeting, Response
from regions.models import Network
from team.models import Absence, User
from team.services import absences, activity


@dataclass(frozen=True)
class Deputised:
    """An absence in which the member is the deputy, with the number of upcoming meetings and of networks."""

    absence: Absence
    meetings: int
    networks: int


@dataclass(frozen=True)
class Summary:
    """Acts of others on a member's meetings and networks during their absence; `answers` counts invitees' answers.

    At most the newest 200 acts are shown. Answers noted by the team do not count, those that were refused do.
    """

    absence: Absence
    people: Sequence[news.By]
    answers: int


@dataclass(frozen=True)
class StandingIn:
    """The section as one member sees it: `away` is their own running absence, `coming` their next one."""

    away: Absence | None
    coming: Absence | None
    deputised: Sequence[Deputised]
    summary: Summary | None


def of(user: User) -> StandingIn:
    """Return the section for this member. Needs a few more queries while they deputise or have an unread summary."""
    running = absences.running()
    theirs = [absence for absence in running.values() if absence.deputy == user]
    unread = absences.unread(user)
    return StandingIn(
        away=running.get(user.pk),
        coming=absences.coming(user),
        deputised=_deputised(theirs) if theirs else (),
        summary=_summary(unread, user) if unread else None,
    )


def _deputised(running: Sequence[Absence]) -> list[Deputised]:
    """Return each absence with the numbers of upcoming meetings and of networks of the absent member; two queries."""
    keys = [absence.away_id for absence in running]
    ahead = Meeting.objects.upcoming().filter(responsible__in=keys).order_by()
    meetings = Counter(ahead.values_list("responsible", flat=True))
    networks = Counter(Network.objects.filter(coordinator__in=keys).order_by().values_list("coordinator", flat=True))
    return [Deputised(one, meetings[one.away_id], networks[one.away_id]) for one in running]


def _summary(absence: Absence, user: User) -> Summary:
    """Return what happened in the absence on the meetings and networks that are the member's now.

    Meetings that were over before the absence do not count.
    """
    since, until = absence.starts_at, min(absence.ends_at, timezone.now())
    meetings = Meeting.objects.filter(responsible=user, ends_at__gte=since).order_by().values_list("pk", flat=True)
    networks = Network.objects.filter(coordinator=user).order_by().values_list("pk", flat=True)
    rows = {"meetings.meeting": list(map(str, meetings)), "regions.network": list(map(str, networks))}
    found = activity.about(rows, since=since, until=until, besides=user)[: news.LOOKED_AT]
    given = Response.objects.filter(invitation__meeting__responsible=user, recorded_at__gte=since)
    answers = given.filter(recorded_at__lt=until, by=None).count()
    return Summary(absence, news.grouped(found), answers)

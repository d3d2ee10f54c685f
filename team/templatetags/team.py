"""What every page of the team may ask about its members."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.formats import date_format

from team.models import Absence, Activity, User
from team.services import absences, telling

register = template.Library()


@register.simple_tag(takes_context=True)
def told(context: dict[str, Any], activities: Iterable[Activity]) -> list[telling.Told]:
    """The activities in words, with links to what they are about besides this page."""
    request = context.get("request")
    return telling.told(activities, page=request.path if request else "")


@register.simple_tag(takes_context=True)
def in_charge(context: dict[str, Any], user: User | None) -> str:
    """Her name, while she is away „Jens Winter (für Katja Sommer bis 5. Dezember)“; "" for nobody."""
    if user is None:
        return ""
    absence = _running(context).get(user.pk) if user.may_be_away else None
    return f"{absence.deputy} (für {user} bis {date_format(absence.last_on, 'j. F')})" if absence else str(user)


def _running(context: dict[str, Any]) -> dict[int, Absence]:
    """What runs now, asked for once for a page."""
    found: dict[int, Absence] = context["request"].__dict__.setdefault("running_absences", {})
    if not found:
        found.update(absences.running())
    return found

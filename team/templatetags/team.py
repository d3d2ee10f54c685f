"""Template tags about members and their activities."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.templatetags.ui import day
from team.models import Absence, Activity, User
from team.services import absences, telling

register = template.Library()


@register.simple_tag(takes_context=True)
def told(context: dict[str, Any], activities: Iterable[Activity]) -> list[telling.Told]:
    """Return the activities as entries with links, without links to the row of the current page."""
    request = context.get("request")
    return telling.entries(activities, page=request.path if request else "")


@register.simple_tag(takes_context=True)
def in_charge(context: dict[str, Any], user: User | None) -> str:
    """Return the member's name, while away „Jens Winter (für Katja Sommer bis 5. Dezember)“; "" for nobody.

    Queries the running absences only if an absence of the member is known, and keeps them on the request.
    """
    if user is None:
        return ""
    absence = _running(context).get(user.pk) if user.may_be_away else None
    return f"{absence.deputy} (für {user} bis {date_format(absence.last_on, 'j. F')})" if absence else str(user)


@register.filter
def linked(pieces: Iterable[telling.Piece]) -> SafeString:
    """Join the pieces of a sentence; those with an address are links."""
    return format_html_join("", "{}", ((_linked(piece),) for piece in pieces))


def _linked(piece: telling.Piece) -> str:
    return format_html('<a href="{}">{}</a>', piece.url, piece.text) if piece.url else piece.text


@register.filter
def away_days(absence: Absence) -> str:
    """Return „am Do., 3. Dezember 2026“ or „von Do., 3. Dezember 2026 bis Sa., 5. Dezember 2026“."""
    if absence.first_on == absence.last_on:
        return f"am {day(absence.first_on)}"
    return f"von {day(absence.first_on)} bis {day(absence.last_on)}"


@register.inclusion_tag("ui/state.html")
def access_state(member: User) -> dict[str, str]:
    """Show whether the member may log in, or has no password yet."""
    if not member.is_active:
        return {"level": "muted", "text": "gesperrt"}
    if not member.has_usable_password():
        return {"level": "warning", "text": "noch ohne Passwort"}
    return {"level": "good", "text": "offen"}


@register.inclusion_tag("ui/state.html")
def second_factor_state(member: User) -> dict[str, str]:
    """Show whether the member has a second factor; needs `has_second_factor` (`with_second_factor`)."""
    if member.has_second_factor:  # type: ignore[attr-defined] # annotated
        return {"level": "good", "text": "eingerichtet"}
    return {"level": "warning", "text": "fehlt"}


def _running(context: dict[str, Any]) -> dict[int, Absence]:
    """Return the running absences by absent member, cached on the request unless there are none."""
    found: dict[int, Absence] = context["request"].__dict__.setdefault("running_absences", {})
    if not found:
        found.update(absences.running())
    return found

"""What every page of the team may ask about its members."""

from collections.abc import Iterable
from typing import Any

from django import template

from team.models import Activity
from team.services import telling

register = template.Library()


@register.simple_tag(takes_context=True)
def told(context: dict[str, Any], activities: Iterable[Activity]) -> list[telling.Told]:
    """The activities in words, with links to what they are about besides this page."""
    request = context.get("request")
    return telling.told(activities, page=request.path if request else "")

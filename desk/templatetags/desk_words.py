"""Template filters that put search results into words."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from desk.services.search import Group

register = template.Library()


@register.filter
def way_to_list(group: Group, plural: str) -> str:
    """Return the words of the link to the list: „Alle 13 Personen“, without the number where not all were counted.

    When the page shows all rows: „In der Liste der Personen“.
    """
    if not group.has_more:
        return f"In der Liste der {plural}"
    return f"Alle {plural}" if group.counted else f"Alle {intcomma(group.total)} {plural}"

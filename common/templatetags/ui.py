"""Template tags and filters without domain words."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Page
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from common import markdown as markdown_renderer
from common.folding import places_of

register = template.Library()

_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
_AROUND = 60  # characters of an excerpt before and after the match
_WEEKDAYS = ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.")


@register.filter
def markdown(text: str) -> SafeString:
    """Return the Markdown as safe HTML."""
    return markdown_renderer.render(text or "")


@register.filter
def breakable(text: str) -> SafeString:
    """Return the text with a line break allowed after each slash; browsers would break the next word instead."""
    return format_html_join(SafeString("/<wbr>"), "{}", ((part,) for part in text.split("/")))


@register.filter
def alert_level(level: str) -> str:
    """Return the stylesheet's name of a level: Django's error is danger, debug and "" are info, others stay."""
    return {"error": "danger", "debug": "info"}.get(level, level) or "info"


@register.filter
def one_line(text: str) -> str:
    """Return a sentence of several lines, as templates of plain-text mails have them, on one line and stripped."""
    return re.sub(r"\s*\n\s*", " ", text.strip())


@register.filter
def day(value: date | datetime | None) -> str:
    """Return „Mi., 3. Februar 2027“ (the local day of an instant), or nothing for none."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return _written_out(value)


@lru_cache(maxsize=2_000)
def _written_out(value: date) -> str:
    """Return the day as „Mi., 3. Februar 2027“, cached: lists repeat days, and formatting takes ten times a lookup."""
    return f"{_WEEKDAYS[value.weekday()]}, {date_format(value, 'j. F Y')}"


@register.filter
def short_day(value: datetime) -> str:
    """Return „Mi., 03.02.2027“, the local day, for the subject of a mail, which phones cut after some 40 characters."""
    local = timezone.localtime(value)
    return f"{_WEEKDAYS[local.weekday()]}, {local:%d.%m.%Y}"


@register.filter
def instant(value: datetime | None) -> str:
    """Return „Mi., 3. Februar 2027, 15:00 Uhr“ in local time, or nothing for none."""
    return f"{day(value)}, {timezone.localtime(value):%H:%M} Uhr" if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Return „heute, 14:05 Uhr“ or „gestern, 14:05 Uhr“ in local time, for other days the date; nothing for none."""
    if not value:
        return ""
    age = (timezone.localdate() - timezone.localdate(value)).days
    near = {0: "heute", 1: "gestern"}.get(age, "")
    return f"{near}, {_clock(value)} Uhr" if near else instant(value)


def _clock(value: datetime) -> str:
    """Return „15:00“, with „Sommerzeit“ or „Winterzeit“ in the hour that occurs twice."""
    local = timezone.localtime(value)
    is_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{local:%H:%M} ({'Winterzeit' if local.fold else 'Sommerzeit'})" if is_twice else f"{local:%H:%M}"


@register.filter
def clock_period(starts_at: datetime, ends_at: datetime) -> str:
    """Return „15:00–17:30 Uhr“ in local time."""
    return f"{_clock(starts_at)}–{_clock(ends_at)} Uhr"


@register.filter
def period(starts_at: datetime, ends_at: datetime) -> str:
    """Return „Mi., 3. Februar 2027, 15:00–17:30 Uhr“ in local time, with both dates where they differ."""
    if timezone.localdate(starts_at) == timezone.localdate(ends_at):
        return f"{day(starts_at)}, {clock_period(starts_at, ends_at)}"
    return f"{day(starts_at)}, {_clock(starts_at)} Uhr, bis {day(ends_at)}, {_clock(ends_at)} Uhr"


_DAY_OR_CLOCK = re.compile(r"\w\w\., \d+\. \w+ \d{4},?|\d\d:\d\d(–\d\d:\d\d)? Uhr")


_FIRST_NUMBER = re.compile(r"[,;]| oder ")


@register.filter
def unbroken(words: str) -> SafeString:
    """Return the words as HTML that keeps each day and each time on one line, so that no „2027“ begins the next."""
    parts = re.sub(_DAY_OR_CLOCK, lambda found: f'<span class="nowrap">{found[0]}</span>', escape(words))
    return mark_safe(parts)  # noqa: S308  # nosec B308 B703 # escaped above


@register.filter
def tel_link(text: str) -> SafeString:
    """Return the text with its first telephone number as a link; what follows the number, such as a PIN, stays text."""
    number = _FIRST_NUMBER.split(text, maxsplit=1)[0]
    if not (address := tel(number)):
        return conditional_escape(text)
    return format_html('<a href="{}">{}</a>{}', address, number, text[len(number) :])


@register.filter
def tel(number: str) -> str:
    """Return a telephone number as a link's address (RFC 3966), or nothing for text without digits.

    If the field holds several numbers, the first counts.
    """
    first = _FIRST_NUMBER.split(number.replace("(0)", ""), maxsplit=1)[0].strip()
    digits = "".join(char for char in first if char in "0123456789")
    return f"tel:{'+' if first.startswith('+') else ''}{digits}" if digits else ""


@register.filter
def mark(text: object, words: Sequence[str]) -> SafeString:
    """Return the text as safe HTML with all matches of a search's folded words marked, in any spelling."""
    plain = unicodedata.normalize("NFC", str(text or ""))
    parts, done = [], 0
    for begin, end in places_of(words, plain):
        parts += [escape(plain[done:begin]), "<mark>", escape(plain[begin:end]), "</mark>"]
        done = end
    return mark_safe("".join([*parts, escape(plain[done:])]))  # noqa: S308  # nosec B308 B703 # each part is escaped


@register.filter
def excerpt(text: str, words: Sequence[str]) -> SafeString:
    """Return some words of a long text around the first match of a search's folded words, marked; nothing without one.

    Line breaks become blanks; what is left out before and after is an ellipsis.
    """
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    places = places_of(words, plain)
    if not places:
        return SafeString("")
    first, last = places[0]
    begin, end = max(first - _AROUND, 0), last + _AROUND
    if begin:
        begin = plain.find(" ", begin, first) + 1 or first
    if end < len(plain):
        end = max(plain.rfind(" ", last, end), last)
    return mark(f"{'… ' if begin else ''}{plain[begin:end]}{' …' if end < len(plain) else ''}", words)


@register.filter
def phone(number: str, digits: str = "") -> SafeString:
    """Return a telephone number as a link to call it, marked as a whole if it holds the digits of the search.

    A number without digits is no link; `digits` of "" mark nothing.
    """
    is_found = digits and digits in "".join(char for char in number if char.isdigit())
    shown = format_html("<mark>{}</mark>" if is_found else "{}", number)
    address = tel(number)
    return format_html('<a href="{}">{}</a>', address, shown) if address else shown


@register.filter
def up_to(number: int, counted: int | None) -> str:
    """Return the number with thousands separators, or „mehr als …“ if it exceeds the count limit (None: no limit)."""
    return intcomma(number) if counted is None or number <= counted else f"mehr als {intcomma(counted)}"


@register.filter
def device(user_agent: str) -> str:
    """Return „Firefox unter Windows“ for a user agent, „unbekanntes Gerät“ for an unknown one.

    The first name that matches counts.
    """
    browser = next((name for sign, name in _BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), "")
    return " unter ".join(name for name in (browser, system) if name) or "unbekanntes Gerät"


@register.simple_tag(takes_context=True)
def sort_link(context: dict[str, Any], name: str, label: str) -> dict[str, Any]:
    """Return the state of a sortable column for ui/sort.html: its link's address and its current direction."""
    query = context["request"].GET.copy()
    current = query.get("sort") or context.get("default_sort", "")
    direction = {name: "ascending", f"-{name}": "descending"}.get(current, "none")
    query["sort"] = f"-{name}" if direction == "ascending" else name
    query.pop("page", None)
    return {"url": f"?{query.urlencode()}", "direction": direction, "label": label}


@register.inclusion_tag("ui/nav_link.html", takes_context=True)
def nav_link(context: dict[str, Any], url: str, label: str, below: str = "") -> dict[str, str]:
    """Return one entry of a navigation, marked as the current page or the current area (`below`: its path prefix)."""
    path = context["request"].path
    area = below or url
    current = "page" if path == url else "true" if area != "/" and path.startswith(area) else ""
    return {"url": url, "label": label, "current": current}


@register.simple_tag
def page_numbers(page: Page) -> list[int]:
    """Return the page numbers that a pager shows: both ends and the current page's neighbours; 0 is a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else 0 for number in numbers]

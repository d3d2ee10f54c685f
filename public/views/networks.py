"""Public pages of the networks: no login, no script, the same bytes for every visitor."""

from email.utils import parseaddr
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from common.context_processors import office
from meetings import calendar as calendars
from meetings.services.planning import programme
from regions.models import Municipality, Network
from regions.services import maps

_KEPT_SECONDS = 300  # how long caches may keep a page without asking again


@require_safe
@login_not_required
def networks(request: HttpRequest) -> HttpResponseBase:
    """Show the active networks on one map and as a list."""
    active = list(Network.objects.active())
    municipalities = list(Municipality.objects.all())
    rows = [(network, [one for one in municipalities if one.network_id == network.pk]) for network in active]
    return _page(request, "networks", {"rows": rows, "map": maps.of_all(active, municipalities)})


@require_safe
@login_not_required
def network(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show one active network (404 for others): description, next public meetings, map, contact."""
    found = get_object_or_404(Network.objects.active().select_related("coordinator"), slug=slug)
    municipalities = list(Municipality.objects.all())
    address = f"{settings.BASE_URL}{reverse('public:calendar', args=[slug])}"
    context = {
        "network": found,
        "meetings": programme.coming(found),
        "map": maps.of_network(found, municipalities),
        "calendar_url": address,
        "webcal_url": f"webcal:{address.partition(':')[2]}",  # known to calendar programs, registered with IANA
        "office_email": parseaddr(settings.MAIL_FROM)[1],
    }
    return _page(request, "network", context)


@require_safe
@login_not_required
def calendar(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return an active network's public meetings as a calendar to subscribe to; 304 if the client has it."""
    network = get_object_or_404(Network.objects.active(), slug=slug)
    meetings = programme.in_calendar(network)
    page = reverse("public:network", args=[slug])
    ics = calendars.feed(network, meetings, page=page, address=request.path)
    response = HttpResponse(ics, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{slug}.ics"'
    changed_at = int(programme.changed_at(network, meetings).timestamp())
    response["Last-Modified"] = http_date(changed_at)
    return _unless_known(request, response, changed_at)


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponseBase:
    """Render a public page without the team's context processors, which read the user; 304 if the client has it."""
    html = render_to_string(f"public/{name}.html", {**office(request), **context})
    return _unless_known(request, HttpResponse(html))


def _unless_known(request: HttpRequest, response: HttpResponse, changed_at: int | None = None) -> HttpResponseBase:
    """Return the response, or 304 for a client that has it (RFC 9110 section 13); the ETag is the content's hash.

    `changed_at` is the time of Last-Modified in seconds since 1970, None without one. Caches may keep the page for five
    minutes.
    """
    response["ETag"] = f'"{sha256(response.content).hexdigest()}"'
    patch_cache_control(response, public=True, max_age=_KEPT_SECONDS)
    known = get_conditional_response(request, response["ETag"], changed_at, response)
    return known or response

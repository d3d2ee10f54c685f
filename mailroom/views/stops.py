"""The stop link in every invitation: looking asks, a POST stops. No login, no script, no cookie needed."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.context_processors import office
from mailroom.models import Address
from mailroom.services import addresses
from mailroom.services.contents import PREVIEW
from team import limits

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@csrf_exempt  # RFC 8058 section 3.1: the mail program posts without cookies; the token says who it is
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, stop (any POST, as RFC 8058 one-click has it) or take it back (POST `undo`). Never redirects.

    A link that exists is never limited: mail programs press once, and people must always be able to stop.
    """
    address = None
    if token != PREVIEW:
        address = Address.objects.filter(stop_token=token).first() if _TOKEN.fullmatch(token) else None
        if not address:
            return limits.unknown_link(request)
        if request.method == "POST":
            (addresses.resume if "undo" in request.POST else addresses.stop)(address)
            address.refresh_from_db()
    context = {
        **office(request),
        "address": address,
        "is_stopped": address is not None and address.is_stopped,
        "is_done": request.method == "POST",
    }
    response = HttpResponse(render_to_string("mailroom/stop.html", context))
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response

"""Page behind the stop link of the invitations: GET asks, POST stops. It needs no login, script or cookie."""

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


@csrf_exempt  # RFC 8058 section 3.1: mail programs post without cookies; the token identifies the recipient
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Show the question (GET), stop (any POST, RFC 8058 one-click) or resume (POST `undo`). Never redirects.

    Only unknown tokens are rate-limited: the owner of an address must always be able to stop.
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

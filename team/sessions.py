"""How long somebody stays logged in, three days without a visit, two weeks in all (docs/security.md says why);
and on which devices."""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

BEGAN = "began_at"
SEEN = "seen_at"
DEVICE = "device"  # what was last entered among the devices
REMEMBERED_EVERY = 15 * 60  # seconds: not every page writes


def begin(request: HttpRequest, **kwargs: Any) -> None:
    """Called by Django when somebody has logged in."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def device_of(request: HttpRequest) -> str:
    """What tells this device from another one: its session's key (a new password gives it another), address, browser.

    Whoever uses a session from elsewhere is so entered with the first page.
    """
    address, browser = get_adapter().get_client_ip(request), request.META.get("HTTP_USER_AGENT", "")
    return salted_hmac(DEVICE, f"{request.session.session_key} {address} {browser}").hexdigest()


class SessionLifetimeMiddleware:
    """Log out who was away for too long or has been logged in for too long; public pages look at no session.

    Whoever stays is entered among her devices, with the time of her last visit to a quarter of an hour.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> None:
        """Called by Django before the view, and before it is asked who may see it."""
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return
        now = int(time.time())
        began, seen = (request.session.get(name, 0) for name in (BEGAN, SEEN))
        if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
            logout(request)
            messages.info(request, "Sie waren länger nicht hier. Bitte melden Sie sich neu an.")
        elif now - seen > REMEMBERED_EVERY or request.session.get(DEVICE) != device_of(request):
            UserSession.objects.create_from_request(request)
            request.session[SEEN], request.session[DEVICE] = now, device_of(request)

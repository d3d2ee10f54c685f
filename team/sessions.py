"""End sessions after three days without a visit or two weeks in all, and record members' devices.

docs/security.md gives the reasons.
"""

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
DEVICE = "device"  # the device that was last recorded
REMEMBERED_EVERY = 15 * 60  # seconds: most requests write nothing


def begin(request: HttpRequest, **kwargs: Any) -> None:
    """Store the start of the session, which is also the last visit. Django calls this after each login."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def device_of(request: HttpRequest) -> str:
    """Return a hash of the session's key (a new password changes it), the client's address and the browser.

    So a session that is used from elsewhere counts as another device with its first page.
    """
    address, browser = get_adapter().get_client_ip(request), request.META.get("HTTP_USER_AGENT", "")
    return salted_hmac(DEVICE, f"{request.session.session_key} {address} {browser}").hexdigest()


class SessionLifetimeMiddleware:
    """Log out members who were away or logged in for too long; public pages read no session.

    For the others, record the device, and the time of the last visit to a quarter of an hour.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> None:
        """Log out a member whose session is too old, with a message; else record device and visit if due.

        A session is too old after SESSION_IDLE_SECONDS without a visit, or SESSION_COOKIE_AGE after the login. Device
        and visit are recorded on another device, or a quarter of an hour after the last time. Django calls this before
        the view and the login check, which then redirects. Does nothing for public pages and without a login.
        """
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

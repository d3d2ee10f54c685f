"""Middleware that handles every request and response."""

from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

_UNUSED = (  # features that Chromium knows by name; it complains about others in the console
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation"),
    *("gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "serial", "usb"),
)
PERMISSIONS_POLICY = ", ".join(f"{name}=()" for name in _UNUSED)


class SecurityHeadsMiddleware:
    """Add security headers that Django does not set: permissions policy, resource policy, cache control.

    A response that used the session of a logged-in user is not stored anywhere, unless the view says otherwise; other
    responses keep the cache headers of their views.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's response with the headers; headers that the view has set stay."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)  # W3C Permissions Policy
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")  # Fetch standard
        session = getattr(request, "session", None)
        if session is not None and session.accessed and SESSION_KEY in session:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp's middleware; it builds the policy of the settings once instead of for each response."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header, unless the view set one. The library handles views with a policy of their own."""
        if self.get_policy_parts(request, response) == PolicyParts() and not getattr(response, "_csp_exempt", False):
            response.headers.setdefault(HEADER, self._usual)
            return response
        return super().process_response(request, response)

    @cached_property
    def _usual(self) -> str:
        return build_policy()


class UnanswerableMiddleware:
    """Answer 400 when the database refuses a value of the address: a NUL in a text, a number beyond 64 bits.

    Covers only GET and HEAD with a query string: there the value can only come from the address. Forms check what they
    write.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Raise BadRequest for a view's DataError (PostgreSQL) or OverflowError (SQLite). Django calls this."""
        if request.method in ("GET", "HEAD") and request.GET and isinstance(exception, DataError | OverflowError):
            raise BadRequest("a value in the address that no database can compare") from exception

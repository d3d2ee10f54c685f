"""Middleware: what every request and every response goes through."""

from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

_UNUSED = (  # what Chromium knows by name; it complains about others in the console
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation"),
    *("gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "serial", "usb"),
)
PERMISSIONS_POLICY = ", ".join(f"{name}=()" for name in _UNUSED)


class SecurityHeadsMiddleware:
    """Heads that Django does not set: unused features of browsers off, nothing for other sites, nothing kept.

    What was made for somebody who is logged in is stored nowhere, unless the view says otherwise; other pages keep
    what their views say.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)  # W3C Permissions Policy
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")  # Fetch standard
        session = getattr(request, "session", None)
        if session is not None and session.accessed and SESSION_KEY in session:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp's; the policy of the settings, which nearly every page has, is written once and not for each page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header, unless the view brought one. What a page wants of its own is the library's matter."""
        if self.get_policy_parts(request, response) == PolicyParts() and not getattr(response, "_csp_exempt", False):
            response.headers.setdefault(HEADER, self._usual)
            return response
        return super().process_response(request, response)

    @cached_property
    def _usual(self) -> str:
        return build_policy()


class UnanswerableMiddleware:
    """Turn what a database says about such a value into 400: a NUL in a text, a number beyond 64 bits.

    Only for reading: there the value can have come from nowhere but the address. Forms check what they write.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Called by Django for what a view raised; DataError is PostgreSQL's word, OverflowError SQLite's."""
        if request.method in ("GET", "HEAD") and request.GET and isinstance(exception, DataError | OverflowError):
            raise BadRequest("a value in the address that no database can compare") from exception

"""Middleware: what every request and every response goes through."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse


class PermissionsPolicyMiddleware:
    """Switch off browser features that no page here uses (W3C Permissions Policy)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


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

"""Middleware of the team's pages."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from team.services import second_factor

# The views to set up a second factor, and to log out.
_WAY = frozenset({"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout"})


class SecondFactorMiddleware:
    """With REQUIRE_MFA, show members without a second factor only the pages to set one up.

    Runs after LoginRequiredMiddleware and, like it, skips public pages before it reads the session. The set-up pages
    read `request.needs_second_factor` and leave out the menu.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Redirect a member without a second factor to the set-up page, unless they are on their way (`_WAY`).

        These are the pages to set one up, to confirm who they are and to log out; they get
        `request.needs_second_factor`. Django calls this before each view; one query for a member.
        """
        if not settings.REQUIRE_MFA or not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated or second_factor.is_there(request.user):
            return None
        if request.resolver_match.view_name in _WAY:
            request.needs_second_factor = True
            return None
        return HttpResponseClientRedirect(reverse("mfa_index")) if request.htmx else redirect("mfa_index")

"""German error pages. Those for 400, 403, 404 and 500 need no database, no session and no context processor."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from common.context_processors import office

NOT_SENT_BACK = "password"  # part of the name of every password field


def _page(request: HttpRequest, status: int) -> HttpResponse:
    """Return the page of the template `<status>.html`. All visitors get the same bytes for one status."""
    return HttpResponse(render_to_string(f"{status}.html", office(request)), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for 400: the request cannot be read, for instance because the form is too large."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for 403: the user lacks the permission."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for 404, the same bytes for every address and visitor."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for 500, which says that the error is ours and what to do."""
    return _page(request, 500)


def _from_elsewhere(request: HttpRequest) -> bool:
    """Return whether the Origin header names another site."""
    origin = request.headers.get("Origin")
    return origin is not None and origin not in {
        f"{request.scheme}://{request.get_host()}",
        *settings.CSRF_TRUSTED_ORIGINS,
    }


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return 403 with everything that was typed, except passwords and files, and one button that posts it again.

    A form from another site is shown without the button, which would complete a forged request.
    """
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and NOT_SENT_BACK not in name.lower()
        for value in values
    ]
    context = {
        "typed": typed,
        "from_elsewhere": _from_elsewhere(request),
        "left_out_password": any(NOT_SENT_BACK in name.lower() for name in request.POST),
        "left_out_files": bool(request.FILES),
    }
    return render(request, "403_csrf.html", context, status=403)

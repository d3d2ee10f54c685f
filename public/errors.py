"""German error pages. Those for 400, 403, 404 and 500 need no database, no session and no context processor."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from common.context_processors import office

NOT_SENT_BACK = "password"  # part of the name of every password field


def _page(request: HttpRequest, status: int) -> HttpResponse:
    """Depends on the status and on nothing in the request, so that two visitors get the same bytes."""
    return HttpResponse(render_to_string(f"{status}.html", office(request)), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what arrived cannot be read, for instance too large a form."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: what this person may not do."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same page, byte for byte, whatever was asked for and by whom."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: says that it is our fault and what to do."""
    return _page(request, 500)


def _from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says that another site sent this form."""
    origin = request.headers.get("Origin")
    return origin is not None and origin not in {
        f"{request.scheme}://{request.get_host()}",
        *settings.CSRF_TRUSTED_ORIGINS,
    }


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with everything that was typed (passwords and files excepted) and one button that posts it again.

    What another site sent is shown but not offered for sending: that button would complete a forged request.
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

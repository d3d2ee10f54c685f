"""Pages for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from public.models import SiteText


@login_not_required
def site_text(request: HttpRequest, page: str) -> HttpResponse:
    """Imprint, privacy or accessibility, as the team wrote it."""
    return render(request, "public/site_text.html", {"text": get_object_or_404(SiteText, page=page)})

"""Month calendar next to a date field."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meetings.forms.dates.months import MonthForm


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """Return the month as a part of a form's page for htmx, else as a full page, which opens in another tab."""
    name = "meetings/dates/month.html" if request.headers.get("HX-Request") else "meetings/dates/month_page.html"
    return render(request, name, {"panel": MonthForm(request.GET).panel()})

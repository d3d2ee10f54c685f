"""The small month that is looked at while a date is chosen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meetings.forms.dates.months import MonthForm


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """A part of a form's page; without script a page of its own, in another tab, so that nothing typed is lost."""
    name = "meetings/dates/month.html" if request.headers.get("HX-Request") else "meetings/dates/month_page.html"
    return render(request, name, {"panel": MonthForm(request.GET).panel()})

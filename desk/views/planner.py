"""The planner: the year as a drawing, as a table and as a list by month."""

from datetime import datetime, time

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.filters import PlannerFilter
from desk.services import planner, year_days, year_months, years
from meetings.models import Meeting
from regions.models import Network


@require_safe
def year(request: HttpRequest) -> HttpResponse:
    """Show the meetings of a school year or calendar year (`jahr`), narrowed by the filters in the address."""
    today = timezone.localdate()
    shown = years.of_text(request.GET.get("jahr", ""), today)
    networks = list(Network.objects.all())
    filters = PlannerFilter(request.GET, queryset=_meetings_of(shown, request), networks=networks)
    meetings, known = list(filters.qs), year_days.of_year(shown)
    lanes = [filters.chosen] if filters.chosen else planner.lanes_of(networks, meetings)
    context = {
        "filter": filters,
        "year": shown,
        "other_year": shown.other(today),
        "current_year": years.of_day(today, is_school_year=shown.is_school_year),
        "planner": planner.build(shown, known, lanes, meetings, today),
        "months": year_months.of_year(shown, known, meetings),
        "meetings": meetings,
        "unknown": known.unknown,
        "entered": year_days.entered_years(),
    }
    return render(request, "desk/planner.html", context)


def _meetings_of(shown: years.Year, request: HttpRequest) -> QuerySet[Meeting]:
    """Return the visible meetings that begin in the year (local days), by start, with host and networks."""
    first, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in (shown.first, shown.next_first))
    found = Meeting.objects.visible_to(request.user).filter(starts_at__gte=first, starts_at__lt=end)
    return found.select_related("host").prefetch_related("networks").order_by("starts_at", "pk")

"""Team pages that draw on several apps: home, search, networks."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from common.lists import ROWS_PER_PAGE
from desk import counts
from desk.services import search as search_service
from desk.services import today
from mailroom.models import Act
from meetings.models import Meeting
from meetings.services.planning import overview
from partners.models import Contact, Membership, Organisation
from regions.models import Municipality, Network
from regions.services import maps
from team.models import User
from team.services import activity

_NEXT = 5

ACTS = 10  # newest letters to a network; the outbox lists all of them


def home(request: HttpRequest) -> HttpResponse:
    """Show urgent tasks, upcoming meetings and the acts of others; `?mehr=` shows all lines of one section."""
    page = today.page(cast(User, request.user), whole=request.GET.get("mehr", ""))
    return render(request, "desk/home.html", {"today": page, "counts": counts.overview()})


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Record that the member has read the acts of others up to `until`, the page's instant; redirect to the page.

    A missing or unreadable instant records nothing.
    """
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until and timezone.is_aware(until):
        activity.note_seen(cast(User, request.user), until=until)
    return redirect("desk:home")


def _shown(meetings: QuerySet[Meeting]) -> list[Meeting]:
    """Return the first five meetings with host, networks and the numbers of answers (`numbers`)."""
    return overview.attach_numbers(meetings.select_related("host").prefetch_related("networks")[:_NEXT])


class NetworkList(ListView):
    """List all networks, inactive ones too, with the number of their members and municipalities."""

    template_name = "desk/networks.html"
    context_object_name = "networks"

    def get_queryset(self) -> list[Network]:  # type: ignore[override]
        return counts.networks_with_members()


class NetworkDetail(DetailView):
    """Show one network: its map, current members, meetings, letters and log."""

    template_name = "desk/network.html"
    context_object_name = "network"
    model = Network

    def get_queryset(self) -> QuerySet[Network]:
        return Network.objects.select_related("coordinator")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the network's next and last five meetings, a page of its members, numbers, map, log and letters."""
        current = Membership.objects.current().filter(network=self.object)
        members = current.select_related("organisation__municipality", "contact").order_by(
            "organisation__sort_key", "pk"
        )
        kinds = dict(Organisation.objects.in_network(self.object).order_by().values_list("kind").annotate(Count("pk")))
        meetings = Meeting.objects.visible_to(self.request.user).in_network(self.object)
        return super().get_context_data(
            next_meetings=_shown(meetings.upcoming()),
            last_meetings=_shown(meetings.past().order_by("-starts_at", "-pk")),
            page_obj=Paginator(members, ROWS_PER_PAGE).get_page(self.request.GET.get("page")),
            member_count=sum(kinds.values()),
            kinds=[(label, kinds.get(code, 0)) for code, label in counts.KINDS],
            people_count=Contact.objects.open().in_network(self.object).count(),
            map=maps.of_network(self.object, Municipality.objects.all()),
            activities=activity.timeline(self.object),
            acts=Act.objects.about(self.object).select_related("by")[:ACTS],
            **kwargs,
        )


def search(request: HttpRequest) -> HttpResponse:
    """Show the people, organisations, meetings and mails that hold every word of `q`."""
    query = request.GET.get("q", "").strip()
    found = search_service.find(query, user=request.user)
    return render(request, "desk/search.html", {"found": found, "search_words": query})

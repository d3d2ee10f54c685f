"""Page that plans many meetings at once, e.g. the half-year of one network or of several."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.generic import TemplateView

from meetings.forms.dates.months import panel_for, with_suggestion
from meetings.forms.planning.plans import PlanForm, PlanFormSet
from meetings.forms.planning.rows import HOSTS_LIST
from meetings.services.dates import hosts
from meetings.services.planning import plans
from meetings.services.planning.targets import AlreadyThere
from meetings.views.pages import to_drafts
from regions.models import Network

_LOOKS = {"check", "use_suggestion"}  # buttons that save nothing


class PlanMany(TemplateView):
    """Form in two steps: the plan, which the URL carries, then a row for each meeting; one button writes the drafts."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form for the plan (422 with errors), or with `rows` the rows of a valid plan."""
        if "pattern" not in request.GET:
            return self._show_plan(PlanForm(initial=self._suggested()))
        plan = PlanForm(request.GET)
        if "rows" in request.GET and plan.is_valid():
            return self._show_rows(PlanFormSet(plan=plan))
        return self._show_plan(plan, status=422 if plan.errors else 200)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create a draft for each ticked row, show the errors (422), or only check the dates."""
        plan = PlanForm(_without_inactive(request.GET))
        if not plan.is_valid():
            return self._show_plan(plan, status=422)
        is_checking = bool(_LOOKS & set(request.POST))
        formset = PlanFormSet(with_suggestion(request.POST), plan=plan, is_checking=is_checking)
        is_valid = formset.is_valid()
        if is_checking:
            return self._show_rows(formset)
        if is_valid:
            try:
                return to_drafts(request, plans.create(plan.common, formset.targets, by=request.user))  # type: ignore[arg-type]
            except AlreadyThere as error:
                formset.refuse(error.told)
        return self._show_rows(formset, status=422)

    def _suggested(self) -> dict[str, Any]:
        """Return the first values of the plan: the URL's active networks, and the user as responsible."""
        slugs = [slug for slug in self.request.GET.getlist("netzwerk") if "\0" not in slug]
        networks = list(Network.objects.active().filter(slug__in=slugs))
        return {"networks": networks, "responsible": self.request.user.pk}

    def _show_plan(self, form: PlanForm, status: int = 200) -> HttpResponse:
        """Return the first step, the form of the plan."""
        self.template_name = "meetings/planning/plan_many.html"
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def _show_rows(self, formset: Any, status: int = 200) -> HttpResponse:
        """Return the second step: the rows with hints about their dates. Its back link carries the plan."""
        self.template_name = "meetings/planning/plan_rows.html"
        formset.look_beside()
        first = (formset.chosen or formset.forms)[0]
        asked = self.request.GET.copy()
        asked.pop("rows", None)
        context = {
            "formset": formset,
            "panel": panel_for(first["day"], networks=[network.pk for network in first.row.networks]),
            "back_url": f"{reverse('meetings:plan_many')}?{asked.urlencode()}",
            "rows_url": self.request.get_full_path(),
            "hosts_list": HOSTS_LIST,
            "suggestions": hosts.suggestions(),
            "has_checked": True,
        }
        return self.render_to_response(self.get_context_data(**context), status=status)


def _without_inactive(asked: QueryDict) -> QueryDict:
    """Return the plan's data without networks that are inactive now, so that the typed rows of the others stay."""
    active = {str(key) for key in Network.objects.active().values_list("pk", flat=True)}
    kept = asked.copy()
    kept.setlist("networks", [key for key in asked.getlist("networks") if key in active])
    return kept

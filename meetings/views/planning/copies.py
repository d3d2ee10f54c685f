"""Page that copies a meeting to other networks or to another day."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.generic import TemplateView

from meetings.forms.dates.months import panel_for, with_suggestion
from meetings.forms.planning.copies import TargetFormSet
from meetings.forms.planning.rows import HOSTS_LIST
from meetings.services.dates import hosts
from meetings.services.planning import copies
from meetings.services.planning.targets import AlreadyThere
from meetings.views.pages import MeetingOf, to_drafts


class Copy(MeetingOf, TemplateView):
    """Form with one row per target; „Termine prüfen“ shows the rows again with hints and saves nothing."""

    template_name = "meetings/planning/copy.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rows, the names suggested for hosts, and the small month of the first ticked row."""
        kwargs.setdefault("formset", TargetFormSet(meeting=self.meeting))
        first = (kwargs["formset"].chosen or kwargs["formset"].forms)[0]
        shown = {"meeting": self.meeting, "hosts_list": HOSTS_LIST, "suggestions": hosts.suggestions()}
        panel = panel_for(first["day"], networks=[network.pk for network in first.row.networks])
        return super().get_context_data(**shown, panel=panel, rows_url=self.request.path, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Create the copies as drafts of the ticked rows, show the errors (422), or only check the dates."""
        is_checking = bool({"check", "use_suggestion"} & set(request.POST))
        formset = TargetFormSet(with_suggestion(request.POST), meeting=self.meeting, is_checking=is_checking)
        is_valid = formset.is_valid()
        if is_checking:
            return self.render_to_response(self.get_context_data(formset=formset, has_checked=True))
        if is_valid:
            try:
                made = copies.copy(self.meeting, formset.targets, by=request.user)  # type: ignore[arg-type]
            except AlreadyThere as error:
                formset.refuse(error.told)
            else:
                return to_drafts(request, made, one="Die Kopie ist als Entwurf angelegt.")
        return self.render_to_response(self.get_context_data(formset=formset, has_checked=True), status=422)

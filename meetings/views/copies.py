"""Copy a meeting to other networks or to another day."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView

from meetings.enums import State
from meetings.forms.copies import HOSTS_LIST, TargetFormSet
from meetings.models import Meeting
from meetings.services import copies, hosts
from meetings.views.pages import MeetingOf


class Copy(MeetingOf, TemplateView):
    """One row per network; „Termine prüfen“ shows them again with their hints and saves nothing."""

    template_name = "meetings/copy.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("formset", TargetFormSet(meeting=self.meeting))
        suggestions = hosts.suggestions()
        return super().get_context_data(meeting=self.meeting, hosts_list=HOSTS_LIST, suggestions=suggestions, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Copy, ask about what is wrong, or only look at the dates."""
        is_checking = "check" in request.POST
        formset = TargetFormSet(request.POST, meeting=self.meeting, is_checking=is_checking)
        is_valid = formset.is_valid()
        if is_checking:
            return self.render_to_response(self.get_context_data(formset=formset, has_checked=True))
        if is_valid:
            try:
                made = copies.copy(self.meeting, formset.targets, by=request.user)  # type: ignore[arg-type]
            except copies.AlreadyThere as error:
                formset.refuse(error.told)
            else:
                return self._onward(made)
        return self.render_to_response(self.get_context_data(formset=formset, has_checked=True), status=422)

    def _onward(self, made: list[Meeting]) -> HttpResponseRedirect:
        """To the copy; of several to the list of drafts on their days."""
        if len(made) == 1:
            messages.success(self.request, "Die Kopie ist als Entwurf angelegt.")
            return redirect(made[0])
        messages.success(self.request, f"{len(made)} Entwürfe angelegt.")
        days = sorted(meeting.starts_on for meeting in made)
        query = QueryDict(mutable=True)
        query.update({"since": days[0].isoformat(), "until": days[-1].isoformat(), "state": State.DRAFT})
        return redirect(f"{reverse('meetings:meetings')}?{query.urlencode()}")

"""Pages of the public texts, the form to edit them, and the style page."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import UpdateView

from common.locking import LockedFormMixin
from public.forms import SiteTextForm
from public.models import SiteText
from public.services import site_texts
from public.specimens import specimens


@login_not_required
def site_text(request: HttpRequest, page: str) -> HttpResponse:
    """Show the imprint, the privacy or the accessibility statement to everybody; 404 when there is no such text."""
    return render(request, "public/site_text.html", {"text": get_object_or_404(SiteText, page=page)})


class SiteTextUpdate(LockedFormMixin, UpdateView):
    """Edit a public text; „Vorschau“ shows it without saving."""

    model = SiteText
    form_class = SiteTextForm
    slug_field = slug_url_kwarg = "page"
    template_name = "public/site_text_form.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save the text (422 with errors or a conflict), or with `preview` show the typed text without saving."""
        if "preview" not in request.POST:
            return super().post(request, *args, **kwargs)
        self.object = self.get_object()
        return self.render_to_response(self.get_context_data(preview=request.POST.get("body", "")))

    def act(self, form: SiteTextForm) -> SiteText:
        """Save the text through the service, which logs, and return it."""
        return site_texts.rewrite(form.save(commit=False), by=self.request.user)


def style(request: HttpRequest) -> HttpResponse:
    """Show all shared components on one page, for developers. Only team members see it."""
    return render(request, "public/style.html", specimens())

"""Inviting on one page: who, what, send. Nothing is saved before „An N Personen senden“."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from meetings.forms.invite import InviteForm, Selection
from meetings.models import Meeting
from meetings.services import invitations, previews, recipients
from meetings.services.recipients import Candidate
from meetings.views.pages import MeetingPage

_SALT = "meetings.invite.word"
_UNFIT = "Die Mail an diese Person lässt sich nicht schreiben. Bitte prüfen Sie ihre Adresse."


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    candidate: Candidate
    is_ticked: bool


class Invite(MeetingPage, TemplateView):
    """The page; every button but the last one shows it again with all that was chosen and typed."""

    template_name = "meetings/invite.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says."""
        form, selection = InviteForm(request.POST, meeting=self.meeting), Selection.of(request.POST)
        act = request.POST.get("do", "")
        if not form.is_valid() or invitations.why_not(self.meeting):
            return self._page(form, selection, status=422)
        if act == "send":
            return self._send(form, selection)
        if act == "test":
            self._test(form, selection)
        return self._page(form, selection, shows_preview=act in ("preview", "test"))

    def _page(
        self, form: InviteForm, selection: Selection, *, status: int = 200, shows_preview: bool = False
    ) -> HttpResponse:
        context = self.get_context_data(form=form, selection=selection, shows_preview=shows_preview)
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or InviteForm(meeting=self.meeting)
        selection = kwargs.pop("selection", None) or Selection()
        people = recipients.candidates(self.meeting, form.wanted, guests=selection.guests)
        rows = [Row(one, one.is_mailable and one.contact.pk not in selection.left_out) for one in people]
        return super().get_context_data(
            form=form,
            selection=selection,
            rows=rows,
            ticked=sum(row.is_ticked for row in rows),
            mailable=[row.candidate for row in rows if row.candidate.is_mailable],
            shown=",".join(str(row.candidate.contact.pk) for row in rows if row.candidate.is_mailable),
            left_out=",".join(map(str, sorted(selection.left_out))),
            guests=",".join(map(str, selection.guests)),
            found=recipients.found(self.meeting, form.data.get("guest_words", "")) if form.is_valid() else [],
            why_not=invitations.why_not(self.meeting),
            **self._preview(form, people, shows=kwargs.pop("shows_preview", False)),
            **kwargs,
        )

    def _preview(self, form: InviteForm, people: list[Candidate], *, shows: bool) -> dict[str, Any]:
        person = self._person(people)
        if not shows or not person or not form.is_valid():
            return {"person": person}
        word = form.cleaned_data["word"]
        try:
            preview = previews.preview(self.meeting, person.contact, person.network, word=word)
        except ValueError:
            return {"person": person, "obstacle": _UNFIT}
        return {"person": person, "preview": preview, "signed_word": _sealed(word)}

    def _person(self, people: list[Candidate]) -> Candidate | None:
        """For whom the preview is: whom she chose, else the first who gets a mail."""
        wanted = self.request.POST.get("preview_for", "")
        mailable = [one for one in people if one.is_mailable]
        return next((one for one in mailable if str(one.contact.pk) == wanted), mailable[0] if mailable else None)

    def _test(self, form: InviteForm, selection: Selection) -> None:
        people = recipients.candidates(self.meeting, form.wanted, guests=selection.guests)
        person, user = self._person(people), self.request.user
        if not person:
            messages.error(self.request, "Für eine Probe fehlt eine Person, die eine Mail bekommt.")
            return
        try:
            word = form.cleaned_data["word"]
            previews.send_test(self.meeting, person.contact, person.network, word=word, to=user)  # type: ignore[arg-type]
        except ValueError:
            messages.error(self.request, _UNFIT)
        else:
            messages.success(self.request, f"Eine Probe mit der Mail an {person.contact} ist an Sie unterwegs.")

    def _send(self, form: InviteForm, selection: Selection) -> HttpResponse:
        people = [one.contact for one in recipients.chosen(self.meeting, selection.ticked)]
        try:
            word = form.cleaned_data["word"]
            mailing = invitations.invite(self.meeting, people, by=self.request.user, word=word)  # type: ignore[arg-type]
        except invitations.NobodyLeft:
            form.add_error(None, "Es ist niemand ausgewählt, der noch eine Einladung bekommen kann.")
        except invitations.NotInvitable as error:
            form.add_error(None, str(error))
        else:
            return redirect(mailing)
        return self._page(form, selection, status=422)


def _sealed(word: str) -> str:
    return signing.dumps(word, salt=_SALT, compress=True)


@csp(  # type: ignore[arg-type]
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:"],
        "frame-ancestors": [SELF],
        "sandbox": True,
    }
)
@xframe_options_sameorigin
@never_cache
@require_safe
def invite_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The HTML part of one person's invitation, for the frame on the page: nothing in it runs or leads away."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("host", "responsible"), pk=pk)
    key = request.GET.get("person", "")
    keys = [int(key)] if key.isascii() and key.isdigit() and len(key) < 16 else []
    person = next(iter(recipients.chosen(meeting, keys)), None)
    try:
        word = signing.loads(request.GET.get("word", ""), salt=_SALT)
        if not person:
            raise Http404
        html = previews.preview(meeting, person.contact, person.network, word=word).html
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    return HttpResponse(html)

"""Mailing to many on one page: who, what, send. What inviting and reminding share.

Nothing is saved before the last button; every other one shows the page again with all that was chosen and typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from meetings.enums import MailingKind
from meetings.forms.invite import Selection, WordForm
from meetings.models import Meeting
from meetings.services import previews
from meetings.services.previews import Recipient
from meetings.views.pages import MeetingPage

_SALT = "meetings.invite.word"
_UNFIT = "Die Mail an diese Person lässt sich nicht schreiben. Bitte prüfen Sie ihre Adresse."
_FRAMED = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    candidate: Recipient
    is_ticked: bool


class ComposePage(MeetingPage, TemplateView):
    """The page. Subclasses say which mail it is, who may get it, and what sending means.

    `frame` names the address of the HTML part of one person's mail. Context, beside a MeetingPage's: `form`, `rows`,
    `decision`, `ticked` and `unticked` (how many), `mailable`, `why_not`, `person` (of the preview), `preview` or
    `obstacle`.
    """

    kind: MailingKind
    frame = ""
    decision = "Senden"  # what the third step is called

    def form_of(self, data: Any = None) -> WordForm:
        """The form, filled with what was sent."""
        return WordForm(data)

    def people(self, form: Any, selection: Selection) -> Sequence[Recipient]:
        """Everybody who stands on the page."""
        raise TypeError(f"{type(self).__name__} does not say who stands there")

    def is_ticked(self, one: Recipient, selection: Selection) -> bool:
        """Whether a mail goes to this person, as the page stands."""
        return one.is_mailable and one.contact.pk not in selection.left_out

    def why_not(self) -> str:
        """Say in German why nobody can be mailed at all, "" when one can."""
        raise TypeError(f"{type(self).__name__} does not say when one may send")

    def send(self, form: Any, selection: Selection) -> HttpResponse:
        """Decide, and lead to the act."""
        raise TypeError(f"{type(self).__name__} does not say what sending means")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says."""
        form, selection = self.form_of(request.POST), Selection.of(request.POST)
        act = request.POST.get("do", "")
        if not form.is_valid() or self.why_not():
            return self.page(form, selection, status=422)
        if act == "send":
            return self.send(form, selection)
        if act == "test":
            self._test(form, selection)
        return self.page(form, selection, shows_preview=act in ("preview", "test"))

    def page(
        self, form: WordForm, selection: Selection, *, status: int = 200, shows_preview: bool = False
    ) -> HttpResponse:
        """Show the page again."""
        context = self.get_context_data(form=form, selection=selection, shows_preview=shows_preview)
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or self.form_of()
        selection = kwargs.pop("selection", None) or Selection()
        people = self.people(form, selection)
        rows = [Row(one, self.is_ticked(one, selection)) for one in people]
        ticked = sum(row.is_ticked for row in rows)
        return super().get_context_data(
            form=form,
            rows=rows,
            ticked=ticked,
            unticked=len(rows) - ticked,
            mailable=[row.candidate for row in rows if row.candidate.is_mailable],
            shown=",".join(str(row.candidate.contact.pk) for row in rows if row.candidate.is_mailable),
            left_out=",".join(map(str, sorted(selection.left_out))),
            guests=",".join(map(str, selection.guests)),
            why_not=self.why_not(),
            decision=self.decision,
            **self._preview(form, people, shows=kwargs.pop("shows_preview", False)),
            **kwargs,
        )

    def _preview(self, form: WordForm, people: Sequence[Recipient], *, shows: bool) -> dict[str, Any]:
        person = self._person(people)
        if not shows or not person or not form.is_valid():
            return {"person": person}
        word = form.cleaned_data["word"]
        try:
            preview = previews.preview(self.meeting, person, kind=self.kind, word=word)
        except ValueError:
            return {"person": person, "obstacle": _UNFIT}
        sealed = signing.dumps(word, salt=_SALT, compress=True)
        frame_url = reverse(self.frame, args=[self.meeting.pk], query={"person": person.contact.pk, "word": sealed})
        return {"person": person, "preview": preview, "frame_url": frame_url}

    def _person(self, people: Sequence[Recipient]) -> Recipient | None:
        """For whom the preview is: whom she chose, else the first who gets a mail."""
        wanted = self.request.POST.get("preview_for", "")
        mailable = [one for one in people if one.is_mailable]
        return next((one for one in mailable if str(one.contact.pk) == wanted), mailable[0] if mailable else None)

    def _test(self, form: WordForm, selection: Selection) -> None:
        person, user = self._person(self.people(form, selection)), self.request.user
        if not person:
            messages.error(self.request, "Für eine Probe fehlt eine Person, die eine Mail bekommt.")
            return
        try:
            word = form.cleaned_data["word"]
            previews.send_test(self.meeting, person, kind=self.kind, word=word, to=user)  # type: ignore[arg-type]
        except ValueError:
            messages.error(self.request, _UNFIT)
        else:
            messages.success(self.request, f"Eine Probe mit der Mail an {person.contact} ist an Sie unterwegs.")


def framed(view: Callable[[HttpRequest, UUID], HttpResponse]) -> Any:
    """For an address that a sandboxed frame shows: only looked at, and nothing in it runs or leads away."""
    return csp(_FRAMED)(xframe_options_sameorigin(never_cache(require_safe(view))))  # type: ignore[arg-type]


def html_part(
    request: HttpRequest, pk: UUID, *, kind: MailingKind, find: Callable[[Meeting, int], Recipient | None]
) -> HttpResponse:
    """The HTML part of one person's mail; `find` knows her by the key of her contact. 404 for whom it does not."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user).select_related("host", "responsible"), pk=pk)
    key = request.GET.get("person", "")
    person = find(meeting, int(key)) if key.isascii() and key.isdigit() and len(key) < 16 else None
    try:
        word = signing.loads(request.GET.get("word", ""), salt=_SALT)
        if not person:
            raise Http404
        return HttpResponse(previews.preview(meeting, person, kind=kind, word=word).html)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error

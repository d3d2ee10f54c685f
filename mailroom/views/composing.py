"""Base of the pages for mailing to many: recipients, content, sending. Nothing is saved before the last button.

Every other button shows the page again with everything that was ticked and typed. So does stopping the act afterwards.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import messages
from django.core import signing
from django.core.cache import cache
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from mailroom.forms import Selection, composed_data, composed_on
from mailroom.models import Act
from mailroom.services.previews import Preview
from team.models import User

_SALT = "mailroom.composing"
_IN_CACHE = "~"
_LONGEST = 1500  # characters in the URL of a frame; a server accepts 4,094 in all
_SECONDS = 3600
_UNFIT = "Die Mail an diese Person lässt sich nicht schreiben. Bitte prüfen Sie ihre Adresse."
_FRAMED = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


class Person(Protocol):
    """The row behind a recipient."""

    @property
    def pk(self) -> int:
        """Primary key by which ticks name the person."""


class Recipient(Protocol):
    """Person listed on the page as a possible recipient."""

    @property
    def contact(self) -> Any:
        """The person, a `Person`."""

    @property
    def is_mailable(self) -> bool:
        """Whether a mail can go to this person."""


@dataclass(frozen=True)
class Row:
    """Row of the table of recipients."""

    candidate: Recipient
    is_ticked: bool


class ComposePage(TemplateView):
    """Page for mailing to many. Subclasses define the recipients, the mail and the effect of sending.

    `frame` is the URL name of the HTML part of one person's mail. Context: `form`, `rows`, `decision`, `ticked` and
    `unticked` (numbers), `mailable`, `why_not`, `outcome`, `send_label`, `about_label`, `about_url`,
    `person` (of the preview), `preview` or `obstacle`.
    """

    frame = ""
    decision = "Senden"  # heading of the third step
    back_label = "Zurück"

    @property
    def about(self) -> tuple[str, str]:
        """Label and URL of the thing that the mail is about."""
        raise TypeError(f"{type(self).__name__} does not say what it is about")

    def form_of(self, data: Any = None) -> Form:
        """Return the form, bound to the posted data if given."""
        raise TypeError(f"{type(self).__name__} does not say what is typed")

    def people(self, form: Any, selection: Selection) -> Sequence[Recipient]:
        """Return the people listed on the page."""
        raise TypeError(f"{type(self).__name__} does not say who stands there")

    def why_not(self) -> str:
        """Return in German why no mail can be sent at all, "" when mails can be sent."""
        raise TypeError(f"{type(self).__name__} does not say when one may send")

    def preview_of(self, person: Any, typed: dict[str, Any]) -> Preview:
        """Return this person's mail with the typed values (`kept_in_address`).

        Raises ValueError when the mail cannot be built.
        """
        raise TypeError(f"{type(self).__name__} does not say what its mails look like")

    def send_test(self, person: Any, typed: dict[str, Any], *, to: User) -> object:
        """Send this person's mail to a team member. Raises ValueError when the mail cannot be built."""
        raise TypeError(f"{type(self).__name__} does not say what its mails look like")

    def send(self, form: Any, selection: Selection) -> HttpResponse:
        """Take the decision to send, and redirect to the act."""
        raise TypeError(f"{type(self).__name__} does not say what sending means")

    def frame_arguments(self) -> list[Any]:
        """Return the URL arguments of the frame."""
        return list(self.kwargs.values())

    def kept_in_address(self, form: Any) -> dict[str, Any]:
        """Return the typed values that the URL of the preview carries."""
        return {"word": form.cleaned_data["word"]}

    def is_ticked(self, one: Any, selection: Selection) -> bool:
        """Return whether this person is ticked: mailable and not left out."""
        return one.is_mailable and one.contact.pk not in selection.left_out

    # --- The page itself

    @property
    def composed(self) -> dict[str, Any]:
        """The page's path and posted data, to be stored at the act."""
        return composed_on(self.request)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page; with `?sendung=` filled as it was when that act was sent from this page.

        Then only those are ticked who were ticked for the act: people added since were not part of the decision.
        """
        data = composed_before(request)
        if data is None:
            return super().get(request, *args, **kwargs)
        form, selection = self.form_of(data), Selection.of(data)
        everybody = {one.contact.pk for one in self.people(form, selection)}
        selection.left_out |= everybody - selection.ticked  # people added since then were not part of the decision
        return self.page(form, selection)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send, send a test, or show the page again, as the pressed button (`do`) says.

        Shows the page with status 422, and sends nothing, for an invalid form or when `why_not` says why.
        """
        form, selection = self.form_of(request.POST), Selection.of(request.POST)
        act = request.POST.get("do", "")
        if not form.is_valid() or self.why_not():
            return self.page(form, selection, status=422)
        if act == "send":
            return self.send(form, selection)
        if act == "test":
            self._send_test(form, selection)
        return self.page(form, selection, shows_preview=act in ("preview", "test"))

    def page(self, form: Form, selection: Selection, *, status: int = 200, shows_preview: bool = False) -> HttpResponse:
        """Return the page with this form and selection, with the preview if asked for."""
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
            about_label=self.about[0],
            about_url=self.about[1],
            back_label=self.back_label,
            send_label=_send_label(ticked),
            outcome=_outcome(ticked, len(rows) - ticked),
            **self._preview(form, people, shows=kwargs.pop("shows_preview", False)),
            **kwargs,
        )

    def _preview(self, form: Form, people: Sequence[Recipient], *, shows: bool) -> dict[str, Any]:
        """Return the context of the preview: its person or None and, with `shows`, their mail or the obstacle."""
        person = self._person(people)
        if not shows or not person or not form.is_valid():
            return {"person": person}
        typed = self.kept_in_address(form)
        try:
            preview = self.preview_of(person, typed)
        except ValueError:
            return {"person": person, "obstacle": _UNFIT}
        query = {"person": person.contact.pk, "typed": _seal(typed)}
        return {
            "person": person,
            "preview": preview,
            "frame_url": reverse(self.frame, args=self.frame_arguments(), query=query),
        }

    def _person(self, people: Sequence[Recipient]) -> Recipient | None:
        """Return the person whose mail the preview shows: the chosen one, else the first mailable one, else None."""
        wanted = self.request.POST.get("preview_for", "")
        mailable = [one for one in people if one.is_mailable]
        return next((one for one in mailable if str(one.contact.pk) == wanted), mailable[0] if mailable else None)

    def _send_test(self, form: Form, selection: Selection) -> None:
        """Send the mail of the preview's person to the user as a test, and show a message about that or the error."""
        person = self._person(self.people(form, selection))
        if not person:
            messages.error(self.request, "Für eine Probe fehlt eine Person, die eine Mail bekommt.")
            return
        try:
            self.send_test(person, self.kept_in_address(form), to=self.request.user)  # type: ignore[arg-type]
        except ValueError:
            messages.error(self.request, _UNFIT)
        else:
            messages.success(self.request, f"Eine Probe mit der Mail an {person.contact} ist an Sie unterwegs.")


def _send_label(number: int) -> str:
    if not number:
        return "An die Angekreuzten senden"
    return f"An {number} {'Person' if number == 1 else 'Personen'} senden"


def _outcome(mailed: int, others: int) -> str:
    """Return in German how many people get a mail and how many do not."""
    who = "1 Person bekommt" if mailed == 1 else f"{mailed} Personen bekommen"
    return f"{who} eine Mail, {others} nicht." if others else f"{who} eine Mail."


def _seal(typed: dict[str, Any]) -> str:
    """Return the typed values, signed, for the URL of the frame.

    More than 1500 characters are stored in the cache for an hour, and their key is returned.
    """
    sealed = signing.dumps(typed, salt=_SALT, compress=True)
    if len(sealed) <= _LONGEST:
        return sealed
    key = secrets.token_urlsafe(16)
    cache.set(f"{_SALT}.{key}", sealed, _SECONDS)
    return f"{_IN_CACHE}{key}"


def _unseal(sealed: str) -> dict[str, Any]:
    """Return the values that `_seal` has signed. Raises BadSignature, also when the cache has dropped them."""
    if sealed.startswith(_IN_CACHE):
        sealed = cache.get(f"{_SALT}.{sealed.removeprefix(_IN_CACHE)[:40]}", "")
    found: dict[str, Any] = signing.loads(sealed, salt=_SALT)
    return found


def composed_before(request: HttpRequest) -> QueryDict | None:
    """Return the stored form data of the act that `?sendung=` names; None unless it was composed on this page."""
    try:
        key = UUID(request.GET.get("sendung", ""))
    except ValueError:
        return None
    act = Act.objects.filter(pk=key).first()
    return composed_data(act.composed, url=request.path) if act else None


def framed(view: Callable[..., HttpResponse]) -> Any:
    """Decorate a view for a sandboxed frame: GET and HEAD only, not cached, no scripts, framed by our site only."""
    return csp(_FRAMED)(xframe_options_sameorigin(never_cache(require_safe(view))))


def html_part(
    request: HttpRequest, *, find: Callable[[int], Any], preview: Callable[[Any, dict[str, Any]], Preview]
) -> HttpResponse:
    """Return the HTML part of the mail that `preview` makes for one person with the signed values of the address.

    `find` returns the person by primary key, None for an unknown one.
    Raises Http404 for an unknown person, a broken signature or a mail that cannot be built.
    """
    key = request.GET.get("person", "")
    person = find(int(key)) if key.isascii() and key.isdigit() and len(key) < 16 else None
    try:
        typed = _unseal(request.GET.get("typed", ""))
        if not person:
            raise Http404
        return HttpResponse(preview(person, typed).html)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error

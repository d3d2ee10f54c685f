"""Pages behind an invitee's link. They need no login and no script; GET never changes anything."""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common import markdown
from common.context_processors import office
from mailroom.marks import Marks
from mailroom.services.contents import PREVIEW
from meetings import calendar
from meetings.enums import Answer, Mode, Via
from meetings.forms.answers.invitee import AnswerForm, QuestionForm
from meetings.models import Invitation
from meetings.services.answers import invitee, messages, record
from team import limits
from team.services import absences

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_View = Callable[[HttpRequest, Invitation], HttpResponse]


def _by_token(view: _View) -> Callable[..., HttpResponse]:
    """Decorate a view of an invitation that a token in the URL opens. Guards the boundary to anonymous visitors.

    The token of previews opens a page that records nothing. No page may be indexed or stored. An unknown or withdrawn
    token gets the same 404 from every such view, and 429 after too many (`limits.unknown_link`). The referrer policy
    stays "same-origin": with "no-referrer" browsers send `Origin: null` with the form (Fetch standard, "append a
    request Origin header") and no CSRF check can pass; no foreign site sees the token either way.
    """

    @wraps(view)
    def with_invitation(request: HttpRequest, token: str) -> HttpResponse:
        if token == PREVIEW:
            response = _page("answer_preview", request, {})
        elif invitation := invitee.by_token(token) if _TOKEN.fullmatch(token) else None:
            response = view(request, invitation)
        else:
            response = limits.unknown_link(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"  # RFC 9111 section 5.2.2.5: stored nowhere
        return response

    return login_not_required(with_invitation)


def _page(name: str, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page without the context processors of the team's pages, which read session, messages and user.

    `name` is a template of `meetings/answers`. The response sets the CSRF cookie.
    """
    given = {**office(request), "csrf_token": get_token(request), **context}
    return HttpResponse(render_to_string(f"meetings/answers/{name}.html", given), status=status)


_MARKS = Marks(("greeting", "email", "token", "stop_token", "csrf_token"))


def _render(shown: invitee.Shown, **more: Any) -> str:
    """Return the answer page with marks in the places of the invitee's own words and tokens."""
    text = markdown.render(shown.about.text) if shown.about.text else ""
    context = {"shown": shown, "text": text, "comment": shown.comment, **office(), **_MARKS.by_name, **more}
    return render_to_string("meetings/answers/answer.html", context)


_render_cached = lru_cache(maxsize=256)(_render)  # the key is everything that the page shows


def _answer_page(request: HttpRequest, invitation: Invitation, status: int = 200, **more: Any) -> HttpResponse:
    """Return the invitee's answer page, from the cache unless `more` is given.

    `more` may hold `form` (typed values that were not recorded), `refusal` (the name of the reason), `minutes` (to wait
    after too many tries), and `wants_in` (the invitee asked for the online room). `wish` replaces `?antwort=`.
    """
    stop_token, wish = invitee.stop_token(invitation), more.pop("wish", request.GET.get("antwort", ""))
    shown = invitee.page(invitation, wish=wish, has_stop=bool(stop_token))
    has_asked = request.GET.get("danke") == "nachricht"
    thanks = "danke" in request.GET and bool(shown.answer) and not has_asked
    asks_again = bool(more) or shown.is_former or wish not in ("", shown.answer)
    if "form" in more:
        more["comment"] = more["form"].data.get("comment", "")
    page = (_render if more else _render_cached)(
        shown, thanks=thanks, has_asked=has_asked, asks_again=asks_again, **more
    )
    words = {
        "greeting": invitation.contact.greeting,
        "email": invitation.email,
        "token": invitation.token,
        "stop_token": stop_token,
        "csrf_token": get_token(request),
    }
    return HttpResponse(_MARKS.filled_html(page, words), status=status)


def _too_often(
    request: HttpRequest, invitation: Invitation, form: AnswerForm | QuestionForm, seconds: int
) -> HttpResponse:
    """Return the invitee's page with status 429 and the typed values, to be sent again after `seconds`."""
    wish = form.data.get("answer") or (Answer.ACCEPTED if form.data.get("mode") else "")
    wait = {"refusal": "TooOften", "minutes": limits.minutes(seconds)}
    page = _answer_page(request, invitation, form=form, wish=wish, status=429, **wait)
    page["Retry-After"] = str(seconds)
    return page


def _ask(invitation: Invitation, form: QuestionForm) -> HttpResponse:
    """Store the message alone, unless the same was sent before, and redirect to the page, which says thanks."""
    messages.note(invitation, record.clean(form.cleaned_data["comment"]), via=Via.LINK)
    return HttpResponseRedirect(f"{invitation.get_absolute_url()}?danke=nachricht", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@_by_token
def answer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Show the meeting to the invitee; a POST records the answer, or a message alone (`ask`), and redirects back.

    Otherwise a POST shows the typed values again: 422 for an invalid answer or one without a mode, 409 for one that
    does not count, 429 after too many tries. 404 for a withdrawn invitation.
    """
    if request.method != "POST":
        return _answer_page(request, invitation)
    form = QuestionForm(request.POST) if "ask" in request.POST else AnswerForm(request.POST)
    if seconds := limits.seconds_to_wait(limits.POSTS, invitation.token):
        return _too_often(request, invitation, form, seconds)
    if not form.is_valid():
        return _answer_page(request, invitation, form=form, status=422)
    if isinstance(form, QuestionForm):
        return _ask(invitation, form)
    try:
        record.record(invitation, via=Via.LINK, **form.cleaned_data)
    except record.ModeMissing:
        form.add_error(None, "Kommen Sie vor Ort oder sind Sie online dabei? Bitte tippen Sie auf eines von beiden.")
        return _answer_page(request, invitation, form=form, status=422)
    except record.Withdrawn:
        raise Http404 from None
    except record.NotRecorded as refusal:
        return _answer_page(request, invitation, form=form, refusal=type(refusal).__name__, status=409)
    return HttpResponseRedirect(f"{invitation.get_absolute_url()}?danke", status=303)


@require_safe
@_by_token
def answer_calendar(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Return the invitation's current calendar object as a download. It asks for no answer (METHOD:PUBLISH)."""
    meeting = invitation.meeting
    agenda, asked = list(meeting.agenda_items.all()), absences.in_charge(meeting.responsible)
    ics = calendar.publish(invitation, stamp=timezone.now(), agenda=agenda, asked=asked)
    response = HttpResponse(ics, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@_by_token
def join(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Show when the online room opens, or a button into it; a POST records that the invitee joined and redirects.

    An invitee who has not accepted online, or whose meeting is cancelled, gets the answer page instead. A POST while
    the room is closed records nothing; 429 after too many tries.
    """
    meeting = invitation.meeting
    if invitation.answer != Answer.ACCEPTED or invitation.mode != Mode.ONLINE or meeting.is_cancelled:
        return _answer_page(request, invitation, wants_in=True)
    is_open = invitee.is_door_open(meeting)
    if request.method == "POST" and is_open:
        if seconds := limits.seconds_to_wait(limits.POSTS, invitation.token):
            return limits.too_many(request, seconds)
        record.note_joined(invitation)
        return HttpResponseRedirect(meeting.online_link, status=303)
    room = urlsplit(meeting.online_link)
    context = {"invitation": invitation, "meeting": meeting, "opens_at": invitee.door_opens_at(meeting)}
    page = _page(
        "join", request, {**context, "stage": invitee.stage(meeting), "is_open": is_open, "room": room.hostname}
    )
    if is_open:
        # Chromium also applies form-action to every redirect after the form, and rooms redirect to further hosts.
        page._csp_update = {"form-action": [f"{room.scheme}:"]}  # type: ignore[attr-defined]
    return page

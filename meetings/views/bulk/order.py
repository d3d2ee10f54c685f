"""Pages that change many meetings at once: choose the meetings, preview the effect, decide."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.db.models import QuerySet
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.generic import TemplateView

from mailroom.views.composing import framed
from meetings.enums import BulkKind, MailingKind
from meetings.filters import MeetingFilter
from meetings.forms.bulk.order import AT_MOST, BulkForm
from meetings.forms.dates.months import MonthForm
from meetings.models import Meeting
from meetings.services.bulk import carry_out, preview
from meetings.services.bulk.order import Order, fingerprint
from meetings.services.bulk.preview import Line, Sample
from team.models import User

_SALT = "desk.bulk.mail"
_CHANGED = "Seit der letzten Anzeige ist etwas anders geworden. Bitte sehen Sie noch einmal, was jetzt geschieht."
_UNFIT = "Die Mail an eine der Personen lässt sich nicht schreiben. Bitte prüfen Sie die Adressen."


class BulkCreate(TemplateView):
    """Form in two steps: filters and ticks choose the meetings, the preview shows the effect; its last button decides.

    Every button sends all values, so that nothing that was ticked or typed is lost between the steps.
    """

    template_name = "meetings/bulk/choose.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the first step.

        `chosen` are the ticked meetings; None ticks the meetings that the active filters find.
        """
        data = kwargs.pop("data", self.request.POST or self.request.GET)
        chosen = kwargs.pop("chosen", None)
        found = MeetingFilter(data, queryset=_meetings(self.request), request=self.request)
        listed = list(found.qs[: AT_MOST + 1])
        has_more, listed = len(listed) > AT_MOST, listed[:AT_MOST]
        if chosen is None:
            chosen = listed if found.is_active else []
        ticked = {meeting.pk for meeting in chosen}
        beside = [meeting for meeting in chosen if meeting not in listed]
        listed.sort(key=lambda one: (one.starts_at, one.pk))
        context = {"filter": found, "meetings": [*beside, *listed], "ticked": ticked, "beside": len(beside)}
        context |= {"form": kwargs.pop("form", None) or BulkForm(), "has_more": has_more, "at_most": AT_MOST}
        context |= {"filtered": _filters(data), "kept": _kept(self.request, but=())}
        return super().get_context_data(**context, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a step again or carry the order out, as the pressed button (`do`) says; 422 for an invalid form."""
        do, chosen = request.POST.get("do", ""), _chosen(request)
        if do in ("choose", "filter", "all"):
            return self._choose_again(do, chosen)
        form = BulkForm(request.POST, meetings=chosen)
        is_valid, is_at_preview = form.is_valid(), "seen" in request.POST
        if form.is_lost or not (is_valid or is_at_preview or form.has_error_of_one):
            return self.render_to_response(self.get_context_data(form=form, chosen=chosen), status=422)
        if not is_valid or do != "send":
            return self._show_preview(form, status=200 if is_valid else 422)
        return self._decide(form, chosen)

    def _choose_again(self, do: str, chosen: list[Meeting]) -> HttpResponse:
        """Return the first step; filters that have changed replace the ticks by the meetings found."""
        typed = self.request.POST
        is_anew = do == "filter" and _filters(typed) not in ("", typed.get("filtered", ""))
        data = QueryDict() if do == "all" else typed
        context = self.get_context_data(
            form=BulkForm(initial=typed.dict()), chosen=None if is_anew else chosen, data=data
        )
        return self.render_to_response(context)

    def _show_preview(self, form: BulkForm, status: int = 200) -> HttpResponse:
        """Return the second step: the effect on each meeting and a sample of each kind of mail. The kind is valid."""
        order = form.order()
        lines = preview.lines(form.meetings, order)
        rows, words = _rows(form, lines), _words(form)
        shown = [field.html_name for field in (*words, *(row["field"] for row in rows if row["field"]))]
        context: dict[str, Any] = {"form": form, "order": order, "rows": rows, "words": words}
        context |= {"total": preview.total(lines), "changed": sum(line.is_changed for line in lines)}
        context |= {"seen": fingerprint(form.meetings, order), "filtered": _filters(self.request.POST)}
        context["kept"] = _kept(self.request, but=shown) + _kept_filters(self.request)
        if order.kind == BulkKind.POSTPONE:
            days = [row["value"] for row in rows if row["field"]]
            context["panel"] = MonthForm({"tag": days[0] if days else None}).panel()
        try:
            samples = preview.samples(lines, order)
            context["samples"] = [{"sample": one, "frame_url": _frame_url(one, order)} for one in samples]
        except ValueError:
            context["obstacle"] = _UNFIT
        return render(self.request, "meetings/bulk/preview.html", context, status=status)

    def _decide(self, form: BulkForm, chosen: Sequence[Meeting]) -> HttpResponse:
        """Carry the order out if its fingerprint is the one that was shown, else show the preview again (422)."""
        order = form.order()
        if self.request.POST.get("seen") != fingerprint(chosen, order):
            form.add_error(None, _CHANGED)
            return self._show_preview(form, status=422)
        try:
            return redirect(carry_out.carry_out(chosen, order, by=self.request.user))  # type: ignore[arg-type]
        except carry_out.NothingToDo:
            form.add_error(None, "Keines dieser Treffen lässt sich so ändern. Warum, steht bei jedem.")
            return self._show_preview(form, status=422)


def _meetings(request: HttpRequest) -> QuerySet[Meeting]:
    """Return all meetings that this team member may see, by start, with the rows that the pages read."""
    visible = Meeting.objects.visible_to(request.user).select_related("host", "responsible")
    return visible.prefetch_related("networks").order_by("starts_at", "pk")


def _chosen(request: HttpRequest) -> list[Meeting]:
    """Return the ticked meetings that this team member may see; ignore invalid keys."""
    keys = set()
    for text in request.POST.getlist("meeting"):
        try:
            keys.add(UUID(text))
        except ValueError:
            continue
    return list(_meetings(request).filter(pk__in=keys))


def _filters(data: Any) -> str:
    """Return the filters that have a value as a query string, to tell whether they were changed; "" without one."""
    names = (name for name in MeetingFilter.base_filters if data.get(name))
    return urlencode([(name, data.get(name)) for name in names])


def _kept_filters(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and values of the posted filters that have a value, to be sent as hidden fields."""
    return [(name, value) for name in MeetingFilter.base_filters if (value := request.POST.get(name, ""))]


def _kept(request: HttpRequest, *, but: Collection[str]) -> list[tuple[str, str]]:
    """Return the values typed for single meetings or networks, except those in `but`, to be sent as hidden fields."""
    return [
        (name, value)
        for name in request.POST
        if (value := request.POST.get(name, "")) and name.startswith(("day-", "link-", "word-")) and name not in but
    ]


def _words(form: BulkForm) -> list[BoundField]:
    """Return the fields for a word to one network, when there are several networks or one field has a word."""
    fields = [form[f"word-{network.pk}"] for network in form.networks]
    return fields if len(fields) > 1 or any(field.value() for field in fields) else []


def _rows(form: BulkForm, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return each line with its field and value: the effective value, or the typed one when it is invalid.

    The field is None for a meeting that is over or called off, and for kinds without a value per meeting.
    """
    rows = []
    for line in lines:
        meeting, field, value = line.meeting, None, None
        if form.cleaned_data["kind"] == BulkKind.POSTPONE:
            field, value = form[f"day-{meeting.pk}"], str(form.day_of(meeting) or "")
        elif form.cleaned_data["kind"] == BulkKind.ONLINE:
            field, value = form[f"link-{meeting.pk}"], form.link_of(meeting) or meeting.online_link
        if meeting.is_past or meeting.is_cancelled:
            field = None
        rows.append({"line": line, "field": field, "value": field.value() if field and field.errors else value})
    return rows


# --- The HTML part of a mail that would leave, for a frame


def _frame_url(sample: Sample, order: Order) -> str:
    """Return the URL of the sample's HTML part; it carries the order for this meeting, signed against forgery."""
    meeting = sample.meeting
    day, colleague = order.days.get(meeting.pk), order.colleague
    sealed = {
        "order": str(order.kind),
        "mail": str(sample.kind),
        "contact": sample.person.contact.pk,
        "word": order.word_for(meeting),
        "day": day.toordinal() if day else None,
        "link": order.links.get(meeting.pk, ""),
        "colleague": colleague.pk if colleague else None,
    }
    query = {"mail": signing.dumps(sealed, salt=_SALT, compress=True)}
    return reverse("meetings:bulk_mail", args=[meeting.pk], query=query)


@framed
def bulk_mail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the HTML part of one recipient's mail as it would leave.

    Raises Http404 for a broken signature, or when the order sends this recipient no such mail any more.
    """
    meeting = get_object_or_404(_meetings(request), pk=pk)
    try:
        sealed = signing.loads(request.GET.get("mail", ""), salt=_SALT)
        sample = preview.sample(meeting, sealed["contact"], MailingKind(sealed["mail"]), _opened(meeting, sealed))
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    if sample is None:
        raise Http404
    return HttpResponse(sample.preview.html)


def _opened(meeting: Meeting, sealed: dict[str, Any]) -> Order:
    """Return the order for this meeting that `_frame_url` sealed."""
    day = date.fromordinal(sealed["day"]) if sealed["day"] else None
    return Order(
        kind=BulkKind(sealed["order"]),
        word=sealed["word"],
        days={meeting.pk: day} if day else {},
        links={meeting.pk: sealed["link"]} if sealed["link"] else {},
        colleague=User.objects.filter(pk=sealed["colleague"]).first() if sealed["colleague"] else None,
    )

"""Forms for a meeting and for the hints about its date."""

from datetime import datetime, time
from typing import Any

from crispy_forms.layout import HTML, Column, Div, Fieldset, Row
from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from common.locking import VersionedForm, plain
from meetings.forms.dates.times import CLOCKS, TIME_FIELDS, TimeInput, TimesMixin, fold_field
from meetings.models import Meeting
from meetings.services.dates import hints, hosts, local_time
from meetings.services.planning import meetings
from partners.forms.fields import DayInput, SuggestionInput, helper, name_blank_choice
from regions.models import Network
from team.models import User

START, END = time(15, 0), time(17, 30)
_HINTED = "[name=day],[name=start_time],[name=end_time],[name=networks],[name=answer_deadline_on],[name=meeting]"
_BIGGEST_ROOM = 10_000


def network_mark(network: Network) -> SafeString:
    """Return the label of a network's checkbox as HTML: its mark and its name."""
    mark = render_to_string("ui/network_mark.html", {"network": network, "label": network.name})
    return mark_safe(mark.strip())  # noqa: S308  # nosec B308 B703 # the template escapes


class WhenForm(forms.Form):
    """Values that the hints are about: date, times, deadline and networks, as far as they are typed."""

    day = forms.DateField(required=False)
    start_time = forms.TimeField(required=False)
    end_time = forms.TimeField(required=False)
    answer_deadline_on = forms.DateField(required=False)
    networks = forms.ModelMultipleChoiceField(Network.objects.all(), required=False)
    meeting = forms.UUIDField(required=False)

    def hints(self) -> list[hints.Hint]:
        """Return the hints about the readable values; empty without a day."""
        self.is_valid()
        typed = self.cleaned_data
        if not typed.get("day"):
            return []
        return hints.about_typed(
            typed["day"],
            clock=self._begin_and_end(),
            networks=typed.get("networks") or (),
            deadline=typed.get("answer_deadline_on"),
            but=typed.get("meeting"),
        )

    def _begin_and_end(self) -> tuple[datetime, datetime] | None:
        """Return the typed times of the valid `day` as instants (UTC); adds no error.

        None when one is missing, is skipped by summer time, or they are in the wrong order. A clock time that the night
        has twice means the first of the two.
        """
        typed = self.cleaned_data
        if not typed.get("start_time") or not typed.get("end_time"):
            return None
        try:
            starts_at, ends_at = (
                local_time.instant(typed["day"], typed[name], 0) for name in ("start_time", "end_time")
            )
        except local_time.NoSuchTime:
            return None
        return (starts_at, ends_at) if starts_at < ends_at else None


class MeetingForm(TimesMixin, VersionedForm):
    """Form of a meeting. Day and clock times are local; the form asks about ambiguous times of a clock change."""

    checked_fields = ("starts_at", "ends_at")

    networks = forms.ModelMultipleChoiceField(
        Network.objects.active(),
        label="Netzwerke",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte wählen Sie mindestens ein Netzwerk."},
    )
    day = forms.DateField(label="Tag", widget=DayInput())
    start_time = forms.TimeField(label="Beginn", widget=TimeInput())
    end_time = forms.TimeField(label="Ende", widget=TimeInput())
    start_fold = fold_field("Beginn in")
    end_fold = fold_field("Ende in")
    host_name = forms.CharField(
        label="Gastgeber",
        required=False,
        max_length=320,
        help_text="Eine Einrichtung, so wie sie unter Partner steht; gibt es sie mehrmals, mit Komma und Ort.",
    )
    capacity_in_person = forms.IntegerField(
        label="Plätze vor Ort", required=False, min_value=1, max_value=_BIGGEST_ROOM, help_text="Leer: ohne Grenze."
    )
    capacity_online = forms.IntegerField(
        label="Plätze online", required=False, min_value=1, max_value=_BIGGEST_ROOM, help_text="Leer: ohne Grenze."
    )

    class Meta:
        model = Meeting
        fields = [
            "networks", "kind", "title", "theme", "format", "answer_deadline_on", "place", "online_link", "dial_in",
            "capacity_in_person", "capacity_online", "text", "responsible", "is_public",
        ]  # fmt: skip
        widgets = {"answer_deadline_on": DayInput(), "text": forms.Textarea(attrs={"rows": 8})}
        labels = {"is_public": "Auf der öffentlichen Seite des Netzwerks zeigen", "place": "Raum oder Anschrift"}
        help_texts = {
            "title": "Leer gelassen, heißt es nach dem Netzwerk.",
            "theme": "Freiwillig, zum Beispiel: Praktika im Handwerk.",
            "answer_deadline_on": "Der letzte Tag zum Antworten. Üblich ist eine Woche vorher.",
            "is_public": "",
            "place": "Der Raum beim Gastgeber; seine Anschrift kommt von selbst dazu. Treffen Sie sich woanders: die "
            "Anschrift mit Postleitzahl.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill day, times and host of a stored meeting; its inactive networks and responsible user stay choices."""
        super().__init__(*args, **kwargs)
        self.has_times = False  # both instants are known
        self.fields["title"].required = False
        self.fields["day"].widget.attrs["data-month-field"] = ""
        self.fields["host_name"].widget = SuggestionInput(hosts.suggestions())
        networks: Any = self.fields["networks"]
        networks.label_from_instance = network_mark
        responsible: Any = self.fields["responsible"]
        # Present values stay choices even when the user has left or the network is inactive; else saving would remove
        # them.
        responsible.queryset = User.objects.active() | User.objects.filter(pk=self.instance.responsible_id)
        responsible.required, responsible.empty_label = False, "noch niemand"
        if not self.instance._state.adding:
            networks.queryset = (Network.objects.active() | Network.objects.filter(meetings=self.instance)).distinct()
            self.initial.update(self._row_initial(self.instance))
        else:
            self.initial = {"start_time": START, "end_time": END, **self.initial}
        for name in ("kind", "format"):
            name_blank_choice(self.fields[name], "bitte wählen")

    # --- Times

    def clean(self) -> dict[str, Any]:
        """Set the meeting's times from the typed ones, and the suggested title when none is typed."""
        self._set_times(self.cleaned_data)
        if not self.cleaned_data.get("title") and self.cleaned_data.get("networks") and self.cleaned_data.get("kind"):
            self.cleaned_data["title"] = meetings.suggested_title(
                self.cleaned_data["kind"], list(self.cleaned_data["networks"])
            )
        return super().clean()

    def _set_times(self, cleaned: dict[str, Any]) -> None:
        """Set begin and end on the instance if both typed times are known (`has_times`), else add the errors."""
        instants = self.instants(cleaned)
        self.has_times = instants is not None
        if instants:
            self.instance.starts_at, self.instance.ends_at = instants

    def keep_errors_of_times(self) -> None:
        """Delete errors of other fields than the times, for a check of the date; keep all when there is a conflict."""
        if not self.conflicts:
            for name in set(self.errors) - set(TIME_FIELDS):
                del self.errors[name]

    def _get_validation_exclusions(self) -> set[str]:
        """Return the excluded fields, with begin and end unless both are known: else their order cannot be checked."""
        unknown = set() if self.has_times else {"starts_at", "ends_at"}
        return super()._get_validation_exclusions() | unknown

    # --- Host

    def clean_host_name(self) -> str:
        """Set the instance's host from the typed name (None for "") and return its label. Raises ValidationError."""
        typed: str = self.cleaned_data["host_name"].strip()
        try:
            self.instance.host = hosts.find(typed, now=self.instance.host) if typed else None
        except hosts.NotFound as error:
            raise forms.ValidationError(str(error)) from None
        return hosts.label(self.instance.host)

    # --- Two people at once

    def _row_initial(self, row: Meeting) -> dict[str, Any]:
        """Return the values of day, local times and host, which are fields of the form and not of the model."""
        starts_at, ends_at = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        folds = (local_time.fold_of(row.starts_at), local_time.fold_of(row.ends_at))
        start_fold, end_fold = ("" if fold is None else str(fold) for fold in folds)
        return {
            "day": starts_at.date(),
            "start_time": starts_at.time(),
            "end_time": ends_at.time(),
            "start_fold": start_fold,
            "end_fold": end_fold,
            "host_name": hosts.label(row.host),
        }

    def _row_values(self, row: Any) -> dict[str, str]:
        """Return the row's values for the comparison, with day, times and host as the form shows them."""
        own = {name: plain(value) for name, value in self._row_initial(row).items()} if row.starts_at else {}
        return {**super()._row_values(row), **own}

    def _shown(self, name: str, value: str) -> str:
        """Return a value as a person reads it: networks by name, days and times formatted."""
        field = self.fields[name]
        if value and name == "networks":
            return ", ".join(str(network) for network in Network.objects.filter(pk__in=value.split(",")))
        if value and isinstance(field, forms.DateField | forms.TimeField):
            typed: Any = field.to_python(value)
            return f"{typed:%H:%M}" if isinstance(typed, time) else date_format(typed, "j. F Y")
        return super()._shown(name, value)

    # --- Page

    @property
    def helper(self) -> Any:
        """Crispy layout of the fields; the questions about ambiguous times depend on the typed values."""
        hinted = {"hx_get": reverse("meetings:date_hints"), "hx_trigger": "input delay:400ms, change"}
        swapped = {"hx_include": _HINTED, "hx_target": "#hinweise", "hx_sync": "this:replace"}
        return helper(
            "opened_with" if "opened_with" in self.fields else None,
            HTML('{% include "meetings/planning/default_button.html" %}'),
            Div(
                Div(
                    Div(
                        Fieldset("Wer und wann", *self._when(), css_class="meeting-when"),
                        **hinted,
                        **swapped,
                    ),
                    HTML('<div id="hinweise" aria-live="polite">{% include "meetings/dates/date_hints.html" %}</div>'),
                ),
                Div(HTML('{% include "meetings/dates/month_box.html" %}'), css_class="with-month-side"),
                css_class="with-month-row",
            ),
            Div(
                Fieldset("Wo", *_where()),
                Fieldset(
                    "Einladung",
                    "text",
                    HTML('{% include "ui/markdown_help.html" %}'),
                    Row(Column("responsible", css_class="col-md-6")),
                    "is_public",
                ),
                css_class="with-month-fields",
            ),
        )

    def _when(self) -> list[Any]:
        folds = [fold for name, fold in CLOCKS if self.asks_fold(name)]
        return [
            "networks",
            Row(Column("kind", css_class="col-md-4"), Column("format", css_class="col-md-4")),
            Row(Column("title", css_class="col-md-6"), Column("theme", css_class="col-md-6")),
            Row(
                Column("day", css_class="col-md-4"),
                Column("start_time", css_class="col-6 col-md-4"),
                Column("end_time", css_class="col-6 col-md-4"),
            ),
            *([Row(*(Column(fold, css_class="col-md-6") for fold in folds))] if folds else []),
            Row(Column("answer_deadline_on", css_class="col-md-8")),
        ]


def _where() -> list[Any]:
    return [
        Row(Column("host_name", css_class="col-md-6"), Column("place", css_class="col-md-6")),
        Row(Column("capacity_in_person", css_class="col-6 col-md-3")),
        HTML('<p class="form-text">Nur für Treffen, an denen man online teilnehmen kann:</p>'),
        Row(
            Column("online_link", css_class="col-md-5"),
            Column("dial_in", css_class="col-md-4"),
            Column("capacity_online", css_class="col-6 col-md-3"),
        ),
    ]

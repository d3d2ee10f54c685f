"""Rows for meetings to create: a tick, day and times, host and place, with hints about the date."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError

from meetings.forms.dates.times import CLOCKS, TIME_FIELDS, TimeInput, TimesMixin, fold_field
from meetings.forms.planning.meetings import WhenForm
from meetings.models import Meeting
from meetings.services.dates import hints, hosts
from meetings.services.planning.targets import Target
from partners.forms.fields import DayInput
from partners.models import Organisation
from regions.models import Network

HOSTS_LIST = "gastgeber"  # the list of suggestions that all rows share
_GONE = (
    "Ein angekreuztes Netzwerk ruht inzwischen und steht nicht mehr in der Liste. Bitte prüfen Sie die anderen Zeilen."
)
_NONE = "Bitte kreuzen Sie mindestens eine Zeile an."


class Row(Protocol):
    """Networks of one row; `key` is the prefix of its field names."""

    @property
    def key(self) -> str: ...

    @property
    def networks(self) -> tuple[Network, ...]: ...

    @property
    def label(self) -> str: ...


class RowForm(TimesMixin, forms.Form):
    """One row. An unticked row is ignored, whatever it contains."""

    chosen = forms.BooleanField(label="Ankreuzen", required=False)
    day = forms.DateField(
        label="Tag",
        widget=DayInput(),
        error_messages={"required": "Bitte wählen Sie den Tag, oder nehmen Sie das Häkchen weg."},
    )
    start_time = forms.TimeField(label="Beginn", widget=TimeInput())
    end_time = forms.TimeField(label="Ende", widget=TimeInput())
    start_fold = fold_field("Beginn in")
    end_fold = fold_field("Ende in")
    host_name = forms.CharField(label="Gastgeber", required=False, max_length=320)
    place = forms.CharField(label="Raum oder Anschrift", required=False, max_length=300)

    host_now: Organisation | None = None  # the organisation that an unchanged label means
    title = ""  # the meeting's title, if the page shows it

    def __init__(self, *args: Any, row: Any, is_checking: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "empty_permitted": True, "use_required_attribute": False})
        self.row, self.is_checking = row, is_checking
        self.target: Target | None = None
        self.fields["chosen"].widget.attrs["class"] = "form-check-input"
        for name in ("day", "start_time", "end_time", "host_name", "place"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["day"].widget.attrs["data-month-field"] = ""
        self.fields["host_name"].widget.attrs |= {"list": HOSTS_LIST, "autocomplete": "off"}

    def deadline_for(self, day: date) -> date | None:
        """Return the answer deadline of a meeting on that local day; None by default."""
        return None

    @property
    def is_chosen(self) -> bool:
        """Whether the row is ticked."""
        return bool(self["chosen"].value())

    def has_changed(self) -> bool:
        """Return whether the row is validated: it is ticked, or the dates are being checked and it has a day."""
        return self.is_chosen or (self.is_checking and bool(self["day"].value()))

    def clean_host_name(self) -> Any:
        """Return the organisation that the typed name means, None without a name. Raises ValidationError."""
        typed: str = self.cleaned_data["host_name"].strip()
        try:
            return hosts.find(typed, now=self.host_now) if typed else None
        except hosts.NotFound as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        """Set `target` from the typed values when times and order are valid, whatever the other fields.

        While only dates are checked, errors of other fields are dropped.
        """
        cleaned = self.cleaned_data
        instants = self.instants(cleaned)
        if instants and self._are_in_order(*instants):
            host, place = cleaned.get("host_name"), cleaned.get("place", "")
            self.target = Target(self.row.networks, *instants, host=host, place=place)
        if self.is_checking:
            self._keep_errors_of_times()
        return cleaned

    def _are_in_order(self, starts_at: Any, ends_at: Any) -> bool:
        """Return whether the end is after the start; if not, add an error to `end_time`."""
        try:
            Meeting(starts_at=starts_at, ends_at=ends_at).validate_constraints()
        except ValidationError as error:
            self.add_error("end_time", error.messages)
        return "end_time" not in self.errors

    def _keep_errors_of_times(self) -> None:
        """Delete errors of other fields than the times, and errors about missing values."""
        for name in list(self.errors):
            if name not in TIME_FIELDS or self.has_error(name, "required"):
                del self.errors[name]

    @property
    def when(self) -> list[Any]:
        """Fields of the day and its times, for the page."""
        return [self[name] for name in ("day", "start_time", "end_time")]

    @property
    def where(self) -> list[Any]:
        """Fields of host and place, for the page."""
        return [self[name] for name in ("host_name", "place")]

    @property
    def folds(self) -> list[Any]:
        """Fields that ask which of two equal clock times is meant, for the times that are ambiguous."""
        return [self[fold] for name, fold in CLOCKS if self.asks_fold(name)]

    @property
    def typed_day(self) -> date | None:
        """Typed day, None when it is missing or unreadable; it may be outside the calendar."""
        try:
            day: date | None = self.fields["day"].clean(self["day"].value())
        except ValidationError:
            return None
        return day

    @property
    def hints(self) -> list[hints.Hint]:
        """Hints about the readable values of the row; empty without a day."""
        if not (day := self.typed_day):
            return []
        typed = {name: self[name].value() for name in ("start_time", "end_time")}
        networks = [network.pk for network in self.row.networks]
        when = {**typed, "day": day, "networks": networks, "answer_deadline_on": self.deadline_for(day)}
        return WhenForm(when).hints()


class BaseRowFormSet(forms.BaseFormSet):
    """Formset of all rows. The server decides which rows exist (`rows`), not the posted data."""

    default_error_messages = {
        "missing_management_form": "Das Formular ist unvollständig angekommen. Bitte laden Sie die Seite neu."
    }

    def __init__(
        self, data: Any, *, rows: Sequence[Row], initial: Any, is_checking: bool, form_kwargs: Any = None
    ) -> None:
        self.rows, self.is_checking = rows, is_checking
        super().__init__(data, initial=initial, form_kwargs={**(form_kwargs or {}), "is_checking": is_checking})

    def total_form_count(self) -> int:
        return len(self.rows)

    def initial_form_count(self) -> int:
        return len(self.rows)

    def add_prefix(self, index: Any) -> str:
        """Return the row's key instead of its index, since networks may come or go while the page is open."""
        return self.rows[index].key

    def get_form_kwargs(self, index: Any) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "row": self.rows[index]}

    def clean(self) -> None:
        """Check that at least one row is ticked and that every ticked row still exists; not while dates are checked."""
        if self.is_checking:
            return
        known = {form.add_prefix("chosen") for form in self.forms}
        if any(name.endswith("-chosen") and name not in known for name in self.data):
            raise ValidationError(_GONE)
        if not any(form.is_chosen for form in self.forms):
            raise ValidationError(_NONE)

    @property
    def chosen(self) -> list[Any]:
        """Forms of the ticked rows."""
        return [form for form in self.forms if form.is_chosen]

    @property
    def targets(self) -> list[Target]:
        """Targets of the drafts to create, of a valid form."""
        return [form.target for form in self.chosen if form.target]

    def refuse(self, told: Mapping[int, str]) -> None:
        """Add errors to the rows of this valid form; `told` maps the index among the targets to the German error."""
        for index, form in enumerate(self.chosen):
            if index in told:
                form.add_error("chosen", told[index])

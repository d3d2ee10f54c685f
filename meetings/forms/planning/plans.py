"""Forms for planning many meetings at once: the plan, and then a row for each meeting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from meetings.enums import Format, Kind
from meetings.forms.dates.times import TimeInput
from meetings.forms.planning.meetings import END, START, network_mark
from meetings.forms.planning.rows import BaseRowFormSet, RowForm
from meetings.services.dates import hints, suggestions
from meetings.services.planning.plans import Common
from partners.forms.fields import DayInput, helper
from regions.models import Network
from regions.services import days
from team.models import User

AT_MOST = 40  # meetings planned at once
_HALF_YEAR, _LONGEST = timedelta(weeks=26), timedelta(days=2 * 366)
_QUARTER, _HALF = 3, 6  # months
_NONE_FREE = "In diesem Zeitraum ist kein Tag mehr frei. Bitte wählen Sie selbst."
_PATTERNS = [
    ("1", "ein Termin im Zeitraum"),
    ("2", "zwei Termine im Zeitraum"),
    ("3", "drei Termine im Zeitraum"),
    ("4", "vier Termine im Zeitraum"),
    ("quarter", "ein Termin je Quartal"),
    ("half", "ein Termin je Halbjahr"),
]


class PlanForm(forms.Form):
    """Form of the plan: networks, number of meetings, period, and the values that all meetings share."""

    networks = forms.ModelMultipleChoiceField(
        Network.objects.active(),
        label="Netzwerke",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte wählen Sie mindestens ein Netzwerk."},
    )
    pattern = forms.ChoiceField(label="Je Netzwerk", choices=_PATTERNS)
    first_on = forms.DateField(label="Frühestens am", widget=DayInput())
    last_on = forms.DateField(label="Spätestens am", widget=DayInput())
    kind = forms.ChoiceField(label="Art", choices=Kind.choices)
    format = forms.ChoiceField(label="Format", choices=Format.choices)
    theme = forms.CharField(label="Schwerpunktthema", required=False, max_length=200, help_text="Freiwillig.")
    start_time = forms.TimeField(label="Beginn", widget=TimeInput())
    end_time = forms.TimeField(label="Ende", widget=TimeInput())
    responsible = forms.ModelChoiceField(
        User.objects.active(), label="Zuständig", required=False, empty_label="noch niemand"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Suggest the usual times and the 26 weeks that begin three weeks from today."""
        super().__init__(*args, **{**kwargs, "use_required_attribute": False})
        networks: Any = self.fields["networks"]
        networks.label_from_instance = network_mark
        first = timezone.localdate() + suggestions.AHEAD
        usual = {"start_time": START, "end_time": END, "first_on": first, "last_on": first + _HALF_YEAR}
        self.initial = {**usual, **self.initial}

    def clean(self) -> dict[str, Any]:
        """Check the period (days.FIRST to days.LAST, at most two years), the times, and the number of meetings.

        There may be AT_MOST: the networks times the parts of the period. No day is proposed here, and nothing is read
        from the calendar.
        """
        cleaned: dict[str, Any] = self.cleaned_data
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        for name in ("first_on", "last_on"):
            if cleaned.get(name) and not days.FIRST <= cleaned[name] <= days.LAST:
                self.add_error(name, "Bitte prüfen Sie das Jahr.")
        if first and last and last < first:
            self.add_error("last_on", "Der letzte Tag liegt vor dem ersten.")
        elif first and last and last - first > _LONGEST:
            self.add_error("last_on", "Bitte planen Sie höchstens zwei Jahre auf einmal.")
        if cleaned.get("start_time") and cleaned.get("end_time") and cleaned["end_time"] <= cleaned["start_time"]:
            self.add_error("end_time", "Das Ende muss nach dem Beginn liegen.")
        if not self.errors and len(self.rows()) > AT_MOST:
            self.add_error("pattern", f"Das wären mehr als {AT_MOST} Termine. Bitte planen Sie weniger auf einmal.")
        return cleaned

    @property
    def helper(self) -> Any:
        """Crispy helper without a form tag of its own."""
        return helper(*self.fields)

    @property
    def common(self) -> Common:
        """Values that the meetings share, of a valid form."""
        said = self.cleaned_data
        return Common(said["kind"], said["format"], theme=said["theme"], responsible=said["responsible"])

    def rows(self) -> list["Row"]:
        """Return the rows of the meetings in the order of their periods, of a valid form."""
        said, found = self.cleaned_data, []
        for number, (first, last) in enumerate(periods(said["pattern"], said["first_on"], said["last_on"]), start=1):
            found += [Row(network, number, first, last) for network in said["networks"]]
        return found


def periods(pattern: str, first: date, last: date) -> list[tuple[date, date]]:
    """Return the first and last day for each meeting of a network.

    A number as `pattern` gives the whole period that many times; "quarter" and "half" give the quarters or halves of
    the calendar year, cut to the period.
    """
    if pattern.isdigit():
        return [(first, last)] * int(pattern)
    months = _QUARTER if pattern == "quarter" else _HALF
    found, begins = [], first
    while begins <= last:
        rest = months - (begins.month - 1) % months
        following = (begins.replace(day=1) + timedelta(days=31 * rest)).replace(day=1)
        found.append((begins, min(following - timedelta(days=1), last)))
        begins = following
    return found


@dataclass(frozen=True)
class Row:
    """One meeting of a network: its number from 1, and its first and last possible day."""

    network: Network
    number: int
    first: date
    last: date

    @property
    def key(self) -> str:
        """Prefix of the row's field names."""
        return f"netz{self.network.pk}-{self.number}"

    @property
    def networks(self) -> tuple[Network, ...]:
        """Networks of the meeting."""
        return (self.network,)

    @property
    def label(self) -> str:
        """German label, e.g. „Bramsche, 2. Termin“."""
        return f"{self.network.short_name}, {self.number}. Termin"


class PlanRowForm(RowForm):
    """Row of one planned meeting."""

    beside: tuple[tuple[str, date], ...] = ()  # labels and days of the other rows that are ticked
    shown_title = ""

    def deadline_for(self, day: date) -> date:
        return day - hints.DEADLINE_BEFORE

    @property
    def hints(self) -> list[hints.Hint]:
        """Hints about the date, also about other rows on the same day and about a period without a free day."""
        if not (day := self.typed_day):
            is_open = not self.is_bound and not self["day"].value()
            return (
                [hints.Hint("In diesem Zeitraum ist kein Tag mehr frei. Bitte wählen Sie selbst.")] if is_open else []
            )
        same = [label for label, other in self.beside if other == day]
        return [*super().hints, *(hints.Hint(f"Am selben Tag hier in der Liste: {label}.") for label in same)]


class BasePlanFormSet(BaseRowFormSet):
    """Formset with a row for each meeting, with suggested days when the page is opened."""

    def __init__(self, data: Any = None, *, plan: PlanForm, is_checking: bool = False) -> None:
        """Make the rows of a valid plan; days are suggested only without posted data."""
        rows = plan.rows()
        initial = _initial(plan, rows) if data is None else None
        super().__init__(data, rows=rows, initial=initial, is_checking=is_checking)

    def look_beside(self) -> None:
        """Set the days of the other ticked rows on each row (`beside`), for its hints."""
        on = [(form.row.label, form.typed_day) for form in self.forms if form.is_chosen]
        for form in self.forms:
            form.beside = tuple((label, day) for label, day in on if day and label != form.row.label)


def _initial(plan: PlanForm, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows' first values: ticked, with a suggested free day each (None without one) and the plan's times."""
    times = {name: plan.cleaned_data[name] for name in ("start_time", "end_time")}
    found = suggestions.spread([([row.network.pk], row.first, row.last) for row in rows])
    return [{"chosen": True, "day": one.day if one else None, **times} for one in found]


PlanFormSet: Any = forms.formset_factory(PlanRowForm, formset=BasePlanFormSet, extra=0)

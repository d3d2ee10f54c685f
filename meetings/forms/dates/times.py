"""Fields for a local day and two clock times. In the nights of a clock change, nothing is guessed."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.formats import date_format

from meetings.services.dates import local_time
from regions.services import days

FOLDS = (("0", "Sommerzeit (zum ersten Mal)"), ("1", "Winterzeit (zum zweiten Mal)"))
CLOCKS = (("start_time", "start_fold"), ("end_time", "end_fold"))
TIME_FIELDS = ("day", *(name for clock in CLOCKS for name in clock))


class TimeInput(forms.TimeInput):
    """Input for a clock time with the browser's own picker."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def fold_field(label: str) -> forms.ChoiceField:
    """Return a field that asks which of two equal clock times is meant (in the night that clocks are set back)."""
    return forms.ChoiceField(label=label, choices=FOLDS, widget=forms.RadioSelect, required=False)


class TimesMixin(forms.BaseForm):
    """Mixin for a form with the fields `day`, `start_time`, `end_time`, `start_fold` and `end_fold`."""

    def clean_day(self) -> date:
        """Return the day. Raises ValidationError outside days.FIRST to days.LAST, which is a typing error."""
        day: date = self.cleaned_data["day"]
        if not days.FIRST <= day <= days.LAST:
            raise forms.ValidationError("Bitte prüfen Sie das Jahr.")
        return day

    def instants(self, cleaned: dict[str, Any]) -> tuple[datetime, datetime] | None:
        """Return begin and end (UTC) of the typed values, in unchecked order.

        Returns None when a value is missing, does not exist or is ambiguous; the last two add errors to the fields.
        """
        day, found = cleaned.get("day"), []
        for name, fold_name in CLOCKS:
            clock, fold = cleaned.get(name), cleaned.get(fold_name)
            if day is None or clock is None:
                continue
            if not local_time.is_twice(day, clock):
                cleaned[fold_name] = fold = ""
            try:
                found.append(local_time.instant(day, clock, int(fold) if fold else None))
            except local_time.NoSuchTime:
                self.add_error(name, _no_such_time(day, clock))
            except local_time.TwiceThatNight:
                self.add_error(fold_name, _twice(day, clock))
        return (found[0], found[1]) if len(found) == len(CLOCKS) else None

    def asks_fold(self, name: str) -> bool:
        """Return whether the clock time in field `name` is ambiguous, so that the page has to ask which is meant."""
        try:
            day, clock = (self.fields[part].clean(self[part].value()) for part in ("day", name))
        except forms.ValidationError:
            return False
        return local_time.is_twice(day, clock)


def _no_such_time(day: date, clock: time) -> str:
    return (
        f"In der Nacht zum {date_format(day, 'j. F Y')} werden die Uhren vorgestellt: {clock:%H:%M} Uhr gibt es nicht. "
        "Bitte wählen Sie eine andere Uhrzeit."
    )


def _twice(day: date, clock: time) -> str:
    return (
        f"In der Nacht zum {date_format(day, 'j. F Y')} werden die Uhren zurückgestellt: {clock:%H:%M} Uhr gibt es "
        "zweimal. Welche meinen Sie?"
    )

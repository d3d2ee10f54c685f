"""Forms for the agenda and the checklist of a meeting."""

from datetime import time
from typing import Any

from django import forms
from django.core import signing
from django.utils import timezone

from common.locking import Conflict, VersionedForm
from meetings.enums import AgendaKind
from meetings.forms.dates.times import TimeInput
from meetings.models import AgendaItem, ChecklistItem, Meeting
from meetings.services.planning import agenda

MOST_POINTS = 60
_SALT = "meetings.agenda"
_NAMES = ("at", "title", "speaker", "kind")


class PointForm(forms.Form):
    """One agenda item; an empty row does not count."""

    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    at = forms.TimeField(label="Uhrzeit", widget=TimeInput())
    title = forms.CharField(label="Titel", max_length=200)
    speaker = forms.CharField(label="Wer", max_length=200, required=False)
    kind = forms.ChoiceField(label="Art", choices=AgendaKind.choices, initial=AgendaKind.TALK)

    def __init__(self, *args: Any, meeting: Meeting, offsets: dict[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        self.offsets = offsets
        for name in _NAMES:
            self.fields[name].widget.attrs["class"] = "form-select" if name == "kind" else "form-control"
        self.use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        """Add `offset_minutes`, from the meeting's start to the typed time; an error for a time outside the meeting."""
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("at") is not None:
            now = self.offsets.get(cleaned.get("item") or 0)
            try:
                cleaned["offset_minutes"] = agenda.offset_of(self.meeting, cleaned["at"], now=now)
            except agenda.OutsideMeeting:
                self.add_error("at", self._outside())
        return cleaned

    def _outside(self) -> str:
        """Return the German error that names the local begin and end of the meeting."""
        begin, end = (timezone.localtime(at) for at in (self.meeting.starts_at, self.meeting.ends_at))
        return f"Das Treffen geht von {begin:%H:%M} bis {end:%H:%M} Uhr. Bitte wählen Sie eine Zeit dazwischen."

    def has_changed(self) -> bool:
        """Return whether the row counts: it is stored, or has a time, title or speaker. A kind alone does not count."""
        return bool(self["item"].value()) or any(str(self[name].value() or "").strip() for name in _NAMES[:-1])


def _row(item: AgendaItem) -> dict[str, Any]:
    """Return the stored item as the values of its form row, with its local clock time."""
    at = timezone.localtime(item.starts_at).time().replace(tzinfo=None)
    return {"item": item.pk, "at": at, "title": item.title, "speaker": item.speaker, "kind": item.kind}


def _words(row: dict[str, Any]) -> list[str]:
    """Return the compared values of a row as text, in the order of _NAMES."""
    at = row.get("at")
    clock = f"{at:%H:%M}" if isinstance(at, time) else str(at or "")[:5]
    return [clock, *(str(row.get(name) or "").strip() for name in _NAMES[1:])]


def _shown(words: list[str] | None) -> str:
    """Return the row's values (`_words`) in one German line; „gelöscht“ for a deleted row (None)."""
    if words is None:
        return "gelöscht"
    clock, title, speaker, kind = words
    named = dict(AgendaKind.choices).get(kind, kind)
    return ", ".join(part for part in (clock, title, speaker, str(named)) if part)


class AgendaForm(forms.BaseFormSet):
    """The whole agenda, sealed with the values that the form was opened with.

    When the agenda was changed since then, the rows are compared one by one as `common.locking` compares fields:
    changes of the other person alone are taken over, changes of both are shown, and the typed values stay. Both kinds
    stand in `conflicts` and make the form invalid once, so that they are seen. `more` is the number of empty rows to
    add to the posted ones.
    """

    def __init__(self, data: Any = None, *, meeting: Meeting, more: int = 0) -> None:
        """Read the stored rows, merge what others changed since into the posted data, and seal the rows anew."""
        self.meeting = meeting
        self.conflicts: list[Conflict] = []
        items = list(meeting.agenda_items.all())
        for item in items:
            item.meeting = meeting
        self.rows = {item.pk: _row(item) for item in items}
        offsets = {item.pk: item.offset_minutes for item in items}
        if data is not None:
            data = self._merge(data)
            if more:
                data["form-TOTAL_FORMS"] = str(_count(data) + more)
        self.seal = signing.dumps(self._current(), salt=_SALT)
        super().__init__(data, initial=list(self.rows.values()), form_kwargs={"meeting": meeting, "offsets": offsets})

    def _current(self) -> dict[str, list[str]]:
        """Return the compared values of the stored rows by key as text."""
        return {str(pk): _words(row) for pk, row in self.rows.items()}

    def get_default_prefix(self) -> str:  # type: ignore[override]
        return "form"

    # --- Two people at once

    def _merge(self, posted: Any) -> Any:
        """Return the posted data with the rows that another person added or changed since; fill `conflicts`.

        With a missing or broken seal the stored rows count as those that the form was opened with.
        """
        data = posted.copy()
        try:
            base = signing.loads(data.get("opened_with", ""), salt=_SALT)
        except signing.BadSignature:
            base = self._current()
        current = self._current()
        if base == current:
            return data
        mine = {str(data.get(f"form-{i}-item", "")): i for i in range(_count(data))}
        for pk, theirs in current.items():
            if pk not in mine and pk not in base:
                self._append(data, pk, theirs)
        for pk, index in mine.items():
            if pk in base and current.get(pk) != base[pk]:
                self._compare(data, index, base[pk], current.get(pk))
        return data

    def _append(self, data: Any, pk: str, theirs: list[str]) -> None:
        """Add the other person's new row to the data, as a conflict to be seen."""
        index = _count(data)
        self._write(data, index, theirs)
        data[f"form-{index}-item"] = pk
        data["form-TOTAL_FORMS"] = str(index + 1)
        self.conflicts.append(Conflict("neuer Punkt", _shown(theirs), "–", both_changed=False))

    def _compare(self, data: Any, index: int, base: list[str], theirs: list[str] | None) -> None:
        """Note that the other person changed this row, or deleted it (None); take it over if only they changed it.

        Nothing is noted for a row that both have deleted.
        """
        mine = _words({name: data.get(f"form-{index}-{name}") for name in _NAMES})
        removed_here = bool(data.get(f"form-{index}-DELETE"))
        both_changed = removed_here or mine != base
        if theirs is None and removed_here:
            return
        shown = _shown(None if removed_here else mine)
        self.conflicts.append(Conflict(base[1], _shown(theirs), shown, both_changed=both_changed))
        if not both_changed and theirs is not None:
            self._write(data, index, theirs)
        elif not both_changed:
            data[f"form-{index}-DELETE"] = "on"

    def _write(self, data: Any, index: int, words: list[str]) -> None:
        """Replace the typed values of a row in the posted data by these. Stores nothing."""
        for name, value in zip(_NAMES, words, strict=True):
            data[f"form-{index}-{name}"] = value

    # --- What comes of it

    def is_valid(self) -> bool:
        """Return whether all rows are valid and no change of another person is left to be seen."""
        return super().is_valid() and not self.conflicts

    @property
    def points(self) -> list[agenda.Point]:
        """Agenda items to store, of a valid form."""
        return [
            agenda.Point(typed["item"], typed["offset_minutes"], typed["title"], typed["speaker"], typed["kind"])
            for typed in (form.cleaned_data for form in self.forms if form not in self.deleted_forms)
            if typed.get("title")
        ]

    @property
    def removed(self) -> list[int]:
        """Primary keys of the agenda items to delete, of a valid form."""
        return [form.cleaned_data["item"] for form in self.deleted_forms if form.cleaned_data.get("item")]


def _count(data: Any) -> int:
    """Return the number of posted rows, at most MOST_POINTS (60); 0 when it is not a number of up to 3 digits."""
    text = data.get("form-TOTAL_FORMS", "")
    return min(int(text), MOST_POINTS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


AgendaFormSet: Any = forms.formset_factory(
    PointForm, formset=AgendaForm, extra=1, can_delete=True, max_num=MOST_POINTS, absolute_max=MOST_POINTS + 1
)


class ChecklistItemForm(VersionedForm):
    """Form for one step of the checklist. A tick set meanwhile is no conflict, since the form has no tick."""

    days_before = forms.IntegerField(
        label="Tage vorher",
        min_value=-365,
        max_value=730,
        initial=7,
        help_text="Eine Zahl mit Minus davor: so viele Tage danach.",
    )

    class Meta:
        model = ChecklistItem
        fields = ["title", "days_before"]

"""Form of a decision about many meetings at once."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from mailroom.forms import WordForm
from meetings.enums import BulkKind
from meetings.models import Meeting
from meetings.services.bulk.order import Order
from partners.forms.fields import DayInput
from regions.models import Network
from regions.services import days
from team.models import User

AT_MOST = 200  # meetings in one decision
KINDS = [choice for choice in BulkKind.choices if choice[0] != BulkKind.TAKE_BACK]
_WEEKS = range(-52, 105)
_LINK_LENGTH = 500  # characters; the limit of `Meeting.online_link`
# Fields that count for one kind only, by name prefix. The values of the other kinds' fields are kept and ignored.
_ONLY_FOR = {
    "weeks": BulkKind.POSTPONE,
    "day-": BulkKind.POSTPONE,
    "link": BulkKind.ONLINE,
    "colleague": BulkKind.HAND_OVER,
}
_OF_ONE = ("day-", "link-", "word-")  # fields of one meeting or network
_is_address = URLValidator(schemes=["https", "http"])


class BulkForm(WordForm):
    """Form of the decision: its kind and values, optional days and rooms per meeting, optional words per network.

    The preview fills in the days and rooms that follow from `weeks` and `link_pattern`. `shown_weeks` and
    `shown_link_pattern` say from which values it did so: a value that follows from them was not typed for the meeting.
    """

    field_order = ("kind", "weeks", "link_pattern", "colleague")

    kind = forms.ChoiceField(
        label="Was soll geschehen?",
        choices=KINDS,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "required": "Bitte wählen Sie, was mit diesen Treffen geschehen soll.",
            "invalid_choice": "Bitte wählen Sie, was mit diesen Treffen geschehen soll.",
        },
    )
    weeks = forms.IntegerField(
        label="Um so viele Wochen",
        required=False,
        min_value=_WEEKS[0],
        max_value=_WEEKS[-1],
        help_text="Die Uhrzeit bleibt. In der Vorschau können Sie jedem Treffen einen eigenen Tag geben.",
    )
    link_pattern = forms.CharField(
        label="Online-Raum",
        required=False,
        max_length=400,
        help_text="{netzwerk} und {datum} werden je Treffen ersetzt. Eigene Räume tragen Sie in der Vorschau ein. "
        "Leer heißt: Jedes Treffen behält seinen Raum.",
    )
    colleague = forms.ModelChoiceField(
        User.objects.active(), label="An wen", required=False, empty_label="bitte wählen"
    )
    shown_weeks = forms.CharField(required=False, widget=forms.HiddenInput)
    shown_link_pattern = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, meetings: Sequence[Meeting] = (), initial: Any = None) -> None:
        """Add a day and a room for each meeting (at most 200), and a word for each of their networks."""
        super().__init__(data, initial=initial)
        self.meetings = meetings
        self.networks: list[Network] = sorted(
            {network for meeting in meetings for network in meeting.networks.all()}, key=lambda one: one.pk
        )
        for meeting in meetings[:AT_MOST]:
            self.fields[f"day-{meeting.pk}"] = forms.DateField(
                label=f"Neuer Tag für {meeting.title}", required=False, widget=DayInput()
            )
            self.fields[f"link-{meeting.pk}"] = forms.CharField(
                label=f"Online-Raum für {meeting.title}", required=False, max_length=_LINK_LENGTH
            )
        for network in self.networks:
            self.fields[f"word-{network.pk}"] = forms.CharField(
                label=f"Nur für {network}",
                required=False,
                max_length=self.fields["word"].max_length,  # type: ignore[attr-defined]
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        """Check the number of meetings (1 to 200) and the kind's values; errors of other kinds' fields are dropped."""
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        for name in [name for name in self.errors if kind and _belongs_elsewhere(name, kind)]:
            del self.errors[name]
        if not self.meetings:
            raise ValidationError("Bitte wählen Sie mindestens ein Treffen.")
        if len(self.meetings) > AT_MOST:
            raise ValidationError(f"Das sind zu viele. Bitte wählen Sie höchstens {AT_MOST} Treffen auf einmal.")
        if kind == BulkKind.POSTPONE:
            self._clean_days(cleaned)
        elif kind == BulkKind.ONLINE:
            self._clean_links(cleaned)
        elif kind == BulkKind.HAND_OVER and not cleaned.get("colleague"):
            self._add_problem("colleague", "Bitte wählen Sie, wer die Treffen übernimmt.")
        return cleaned

    def _add_problem(self, name: str, problem: str) -> None:
        """Add the error to the field unless it has one."""
        if name not in self.errors:
            self.add_error(name, problem)

    def _clean_days(self, cleaned: dict[str, Any]) -> None:
        """Check that there are weeks or a day of its own for some meeting, and that each new day is in the calendar."""
        if not cleaned.get("weeks") and not any(cleaned.get(f"day-{meeting.pk}") for meeting in self.meetings):
            self._add_problem("weeks", "Bitte geben Sie an, um wie viele Wochen.")
        for meeting in self.meetings:
            own = self._own_day(meeting)
            if (day := own or self.day_of(meeting)) and not days.FIRST <= day <= days.LAST:
                self._add_problem(f"day-{meeting.pk}" if own else "weeks", "Bitte prüfen Sie das Jahr.")

    def _clean_links(self, cleaned: dict[str, Any]) -> None:
        """Add an error for each invalid room, to the meeting's own field or, where it follows from it, the pattern."""
        for meeting in self.meetings:
            name = f"link-{meeting.pk}" if self._own_link(meeting) else "link_pattern"
            if problem := _link_problem(self.link_of(meeting)):
                self._add_problem(name, problem)

    @property
    def has_error_of_one(self) -> bool:
        """Whether a field of a single meeting or network has an error; only the preview shows these fields."""
        return any(name.startswith(_OF_ONE) for name in self.errors)

    @property
    def is_lost(self) -> bool:
        """Whether the kind of decision or the choice of meetings is invalid, so that there is nothing to preview."""
        return bool(self.non_field_errors()) or "kind" in self.errors

    # --- What it orders

    def _shown_day(self, meeting: Meeting) -> date | None:
        """Return the day that the preview filled in (`shown_weeks`); the present day if it is empty or unreadable.

        None for weeks outside -52 to 104 (_WEEKS).
        """
        text = self.cleaned_data.get("shown_weeks", "")
        weeks = int(text) if len(text) < 5 and text.removeprefix("-").isdecimal() else 0
        return meeting.starts_on + timedelta(weeks=weeks) if weeks in _WEEKS else None

    def _own_day(self, meeting: Meeting) -> date | None:
        """Return the day typed for this meeting alone; None when it follows from `weeks`."""
        typed: date | None = self.cleaned_data.get(f"day-{meeting.pk}")
        follows = self.cleaned_data.get("weeks") and typed == self._shown_day(meeting)
        return None if follows else typed

    def day_of(self, meeting: Meeting) -> date | None:
        """Return the new day of this meeting: the one typed for it, else `weeks` later; None without both."""
        weeks = self.cleaned_data.get("weeks")
        return self._own_day(meeting) or (meeting.starts_on + timedelta(weeks=weeks) if weeks else None)

    def _own_link(self, meeting: Meeting) -> str:
        """Return the room typed for this meeting alone; "" when it follows from `link_pattern`."""
        typed = str(self.cleaned_data.get(f"link-{meeting.pk}", ""))
        shown = _filled(self.cleaned_data.get("shown_link_pattern", ""), meeting) or meeting.online_link
        return "" if self.cleaned_data.get("link_pattern") and typed == shown else typed

    def link_of(self, meeting: Meeting) -> str:
        """Return the room of this meeting: its own, else by the pattern; "" keeps the present room."""
        return _filled(self._own_link(meeting) or self.cleaned_data.get("link_pattern", ""), meeting)

    def order(self) -> Order:
        """Return the order; of an invalid form, its readable values. The kind has to be valid."""
        cleaned = self.cleaned_data
        is_moved, is_online = cleaned["kind"] == BulkKind.POSTPONE, cleaned["kind"] == BulkKind.ONLINE
        new_days: dict[uuid.UUID, date] = {}
        for meeting in self.meetings if is_moved else ():
            if (day := self.day_of(meeting)) and days.FIRST <= day <= days.LAST:
                new_days[meeting.pk] = day
        return Order(
            kind=BulkKind(cleaned["kind"]),
            word=cleaned.get("word", ""),
            words={network.pk: cleaned.get(f"word-{network.pk}", "") for network in self.networks},
            days=new_days,
            links={one.pk: link for one in self.meetings if (link := self.link_of(one))} if is_online else {},
            colleague=cleaned.get("colleague"),
        )


def _belongs_elsewhere(name: str, kind: str) -> bool:
    """Return whether this field counts only for other kinds of decision."""
    return any(name.startswith(start) and kind != only for start, only in _ONLY_FOR.items())


def _filled(pattern: str, meeting: Meeting) -> str:
    """Return the pattern with the first network's slug and the local day of the meeting filled in. Reads `networks`."""
    slug = next((network.slug for network in meeting.networks.all()), "")
    return pattern.strip().replace("{netzwerk}", slug).replace("{datum}", f"{meeting.starts_on:%Y-%m-%d}")


def _link_problem(link: str) -> str:
    """Return in German what is wrong with the URL of a room, "" for a valid or empty one."""
    if "{" in link or "}" in link:
        return "In geschweiften Klammern können nur {netzwerk} und {datum} stehen."
    if len(link) > _LINK_LENGTH:
        return f"Die Adresse ist zu lang: höchstens {_LINK_LENGTH} Zeichen."
    try:
        if link:
            _is_address(link)
    except ValidationError:
        return "Das ist keine Adresse eines Raums. Sie beginnt mit https://"
    return ""

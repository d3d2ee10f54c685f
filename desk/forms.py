"""What is decided about many meetings at once."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from meetings.enums import BulkKind
from meetings.models import Meeting
from meetings.services.orders import Order
from partners.forms.fields import DayInput
from regions.models import Network
from regions.services import days
from team.models import User

KINDS = [choice for choice in BulkKind.choices if choice[0] != BulkKind.TAKE_BACK]
_WORD_LENGTH = 1000
_is_address = URLValidator(schemes=["https", "http"])


class BulkForm(forms.Form):
    """The act with what it needs; a new day, a room for each meeting and a word for each network where one is typed."""

    kind = forms.ChoiceField(
        label="Was soll geschehen?",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie, was mit diesen Treffen geschehen soll."},
    )
    weeks = forms.IntegerField(
        label="Um so viele Wochen",
        required=False,
        min_value=-52,
        max_value=104,
        help_text="Der neue Tag lässt sich danach für jedes Treffen ändern. Die Uhrzeit bleibt.",
    )
    link_pattern = forms.CharField(
        label="Online-Raum",
        required=False,
        max_length=400,
        help_text="Für alle; {netzwerk} und {datum} werden je Treffen ersetzt. Eigene Räume tragen Sie danach ein.",
    )
    colleague = forms.ModelChoiceField(
        User.objects.active(), label="An wen", required=False, empty_label="bitte wählen"
    )
    word = forms.CharField(
        label="Persönliches Wort",
        required=False,
        max_length=_WORD_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Freiwillig. Steht in jeder Mail.",
    )

    def __init__(self, data: Any = None, *, meetings: Sequence[Meeting] = ()) -> None:
        super().__init__(data)
        self.meetings = meetings
        self.networks: list[Network] = sorted(
            {network for meeting in meetings for network in meeting.networks.all()}, key=lambda one: one.pk
        )
        for meeting in meetings:
            self.fields[f"day-{meeting.pk}"] = forms.DateField(
                label=f"Neuer Tag: {meeting.title}", required=False, widget=DayInput()
            )
            self.fields[f"link-{meeting.pk}"] = forms.CharField(
                label=f"Online-Raum: {meeting.title}", required=False, max_length=500
            )
        for network in self.networks:
            self.fields[f"word-{network.pk}"] = forms.CharField(
                label=f"Nur für {network}",
                required=False,
                max_length=_WORD_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind == BulkKind.POSTPONE:
            self._clean_days(cleaned)
        elif kind == BulkKind.ONLINE:
            self._clean_links(cleaned)
        elif kind == BulkKind.HAND_OVER and not cleaned.get("colleague"):
            self.add_error("colleague", "Bitte wählen Sie, wer die Treffen übernimmt.")
        return cleaned

    def _clean_days(self, cleaned: dict[str, Any]) -> None:
        weeks = cleaned.get("weeks")
        typed = [meeting for meeting in self.meetings if cleaned.get(f"day-{meeting.pk}")]
        if not weeks and not typed:
            self.add_error("weeks", "Bitte geben Sie an, um wie viele Wochen, oder gleich den neuen Tag.")
        for meeting in typed:
            if not days.FIRST <= cleaned[f"day-{meeting.pk}"] <= days.LAST:
                self.add_error(f"day-{meeting.pk}", "Bitte prüfen Sie das Jahr.")

    def _clean_links(self, cleaned: dict[str, Any]) -> None:
        for name in ("link_pattern", *(f"link-{meeting.pk}" for meeting in self.meetings)):
            if not cleaned.get(name):
                continue
            try:
                for meeting in self.meetings:
                    _is_address(_filled(cleaned[name], meeting))
            except ValidationError:
                self.add_error(name, "Das ist keine Adresse eines Raums. Sie beginnt mit https://")

    # --- What it orders

    def day_of(self, meeting: Meeting) -> date | None:
        """The new day of this meeting: the one typed for it, else so many weeks later."""
        cleaned = self.cleaned_data
        own: date | None = cleaned.get(f"day-{meeting.pk}")
        weeks = cleaned.get("weeks")
        return own or (meeting.starts_on + timedelta(weeks=weeks) if weeks else None)

    def link_of(self, meeting: Meeting) -> str:
        """The room of this meeting: its own, else by the pattern; "" keeps the one it has."""
        cleaned = self.cleaned_data
        return _filled(cleaned.get(f"link-{meeting.pk}") or cleaned.get("link_pattern") or "", meeting)

    def order(self) -> Order:
        """What is to be done, for a valid form."""
        cleaned = self.cleaned_data
        is_moved, is_online = cleaned["kind"] == BulkKind.POSTPONE, cleaned["kind"] == BulkKind.ONLINE
        new_days: dict[uuid.UUID, date] = {}
        for meeting in self.meetings if is_moved else ():
            if day := self.day_of(meeting):
                new_days[meeting.pk] = day
        return Order(
            kind=BulkKind(cleaned["kind"]),
            word=cleaned["word"],
            words={network.pk: cleaned[f"word-{network.pk}"] for network in self.networks},
            days=new_days,
            links={one.pk: link for one in self.meetings if (link := self.link_of(one))} if is_online else {},
            colleague=cleaned.get("colleague"),
        )


def _filled(pattern: str, meeting: Meeting) -> str:
    """The pattern with what stands for this meeting; other braces stay. Reads `networks`."""
    slug = next(iter(meeting.networks.all())).slug if meeting.networks.all() else ""
    return pattern.strip().replace("{netzwerk}", slug).replace("{datum}", f"{meeting.starts_on:%Y-%m-%d}")

"""The facts of a meeting that invitees are told, and the differences between two states."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.utils import timezone

from common.templatetags.ui import period
from meetings.enums import Format, State

if TYPE_CHECKING:
    from meetings.models.meetings import Meeting


@dataclass(frozen=True)
class Difference:
    """One difference: its label, the old and the new value, in German."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Facts:
    """The facts of a meeting that invitees are told: title, times, format, place, and whether it is called off.

    The address of the online room is not included: each invitee has a personal link, which does not change.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    format: str
    location: str
    is_cancelled: bool

    @classmethod
    def of(cls, meeting: "Meeting") -> Self:
        """Return the current facts of the meeting. Reads `host`."""
        return cls(
            meeting.title,
            meeting.starts_at,
            meeting.ends_at,
            meeting.format,
            meeting.location,
            meeting.state == State.CANCELLED,
        )

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """Return the facts that `as_json` serialised."""
        times = {name: datetime.fromisoformat(stored[name]) for name in ("starts_at", "ends_at")}
        return cls(**{**stored, **times})

    def as_json(self) -> dict[str, Any]:
        """Return the facts as JSON values to store."""
        return {**vars(self), "starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat()}

    def has_moved(self, after: "Facts") -> bool:
        """Return whether earlier answers have to be asked for again: times, place, format or cancellation differ.

        The first place of a meeting whose invitees knew that it follows is no reason to ask again. RFC 5546 section
        2.1.4: SEQUENCE rises when times change, and when a change may affect answers.
        """
        is_elsewhere = self.location != after.location and not self.place_follows
        return is_elsewhere or self._asked_about() != after._asked_about()

    def _asked_about(self) -> tuple[object, ...]:
        """Return the facts, besides the place, whose change asks invitees for a new answer."""
        return self.starts_at, self.ends_at, self.format, self.is_cancelled

    @property
    def place_follows(self) -> bool:
        """Whether people meet in person (also in a hybrid meeting) at a place that is not known yet."""
        return self.format != Format.ONLINE and not self.location

    def differences(self, after: "Facts") -> list[Difference]:
        """Return the differences to the facts `after`, the most important first."""
        rows = [
            ("Das Treffen", _whether(self.is_cancelled), _whether(after.is_cancelled)),
            ("Termin", period(self.starts_at, self.ends_at), period(after.starts_at, after.ends_at)),
            ("Format", str(Format(self.format).label), str(Format(after.format).label)),
            ("Ort", _place(self), _place(after)),
            ("Titel", self.title, after.title),
        ]
        return [Difference(*row) for row in rows if row[1] != row[2]]

    def _days(self) -> tuple[date, date]:
        return timezone.localdate(self.starts_at), timezone.localdate(self.ends_at)

    def headline(self, after: "Facts") -> str:
        """Return the main difference in a few German words for the subject of an update; "" without one.

        A cancellation has a mail of its own and gets no word here. Days are local ones.
        """
        if self.is_cancelled and not after.is_cancelled:
            return "Findet doch statt"
        if (self.starts_at, self.ends_at) != (after.starts_at, after.ends_at):
            return "Neuer Termin" if self._days() != after._days() else "Neue Uhrzeit"
        if self.format != after.format:
            return {Format.ONLINE: "Jetzt online", Format.IN_PERSON: "Jetzt vor Ort"}.get(
                Format(after.format), "Jetzt auch online" if self.format == Format.IN_PERSON else "Jetzt auch vor Ort"
            )
        if self.location != after.location:
            return "Der Ort steht fest" if self.place_follows else "Neuer Ort"
        return "Neuer Titel" if self.title != after.title else ""


def _place(facts: Facts) -> str:
    return facts.location or ("Ort folgt" if facts.place_follows else "kein Ort")


def _whether(is_cancelled: bool) -> str:
    return "abgesagt" if is_cancelled else "findet statt"

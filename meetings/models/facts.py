"""What invitees are told about a meeting, and what is different when it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from common.templatetags.ui import period
from meetings.enums import Format, State

if TYPE_CHECKING:
    from meetings.models.meetings import Meeting


@dataclass(frozen=True)
class Difference:
    """One thing that is different: its name, what it was and what it is, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Facts:
    """When, where, in which way and under which title a meeting is, and whether it is called off.

    The room's own address is not among them: everybody has her own way in, which stays.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    format: str
    location: str
    is_cancelled: bool

    @classmethod
    def of(cls, meeting: "Meeting") -> Self:
        """As they are now. Reads `host`."""
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
        """What `as_json` made."""
        times = {name: datetime.fromisoformat(stored[name]) for name in ("starts_at", "ends_at")}
        return cls(**{**stored, **times})

    def as_json(self) -> dict[str, Any]:
        """To be stored."""
        return {**vars(self), "starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat()}

    def has_moved(self, after: "Facts") -> bool:
        """Whether an answer given before has to be asked for anew: another time, place or way of taking part.

        RFC 5546 section 2.1.4: SEQUENCE rises with the time, and where a change jeopardises what was answered.
        """
        return self._asked_about() != after._asked_about()

    def _asked_about(self) -> tuple[object, ...]:
        return self.starts_at, self.ends_at, self.format, self.location, self.is_cancelled

    def differences(self, after: "Facts") -> list[Difference]:
        """What is different, the weightiest first; empty when nothing is."""
        rows = [
            ("Das Treffen", _whether(self.is_cancelled), _whether(after.is_cancelled)),
            ("Termin", period(self.starts_at, self.ends_at), period(after.starts_at, after.ends_at)),
            ("Format", str(Format(self.format).label), str(Format(after.format).label)),
            ("Ort", self.location or "kein Ort", after.location or "kein Ort"),
            ("Titel", self.title, after.title),
        ]
        return [Difference(*row) for row in rows if row[1] != row[2]]

    def headline(self, after: "Facts") -> str:
        """What is new, in two or three words for a subject; "" when nothing is."""
        if self.is_cancelled and not after.is_cancelled:
            return "Findet doch statt"
        if (self.starts_at, self.ends_at) != (after.starts_at, after.ends_at):
            return "Neuer Termin"
        if self.format != after.format:
            return {Format.ONLINE: "Jetzt online", Format.IN_PERSON: "Jetzt vor Ort"}.get(
                Format(after.format), "Jetzt auch online" if self.format == Format.IN_PERSON else "Jetzt auch vor Ort"
            )
        if self.location != after.location:
            return "Neuer Ort"
        return "Neuer Titel" if self.title != after.title else ""


def _whether(is_cancelled: bool) -> str:
    return "abgesagt" if is_cancelled else "findet statt"

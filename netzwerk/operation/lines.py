"""One line of the page „Betrieb“: a finding, its level and advice."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

logger = logging.getLogger(__name__)


class Level(Enum):
    """Level of a line: the name of its mark and the word beside the mark."""

    GOOD = "good", "gut"
    OPEN = "muted", "offen"
    WARNING = "warning", "beachten"
    DANGER = "danger", "Störung"

    @property
    def mark(self) -> str:
        """Name of the mark for `ui/state.html`."""
        return self.value[0]

    @property
    def word(self) -> str:
        """German word beside the mark."""
        return self.value[1]


@dataclass(frozen=True)
class Line:
    """A finding in one sentence; `advice` says what to do, `link` is the text of a link to `url`."""

    label: str
    level: Level
    sentence: str
    advice: str = ""
    url: str = ""
    link: str = ""


def measured(label: str, look: Callable[[], Line]) -> Line:
    """Return the line that `look` makes, or a warning line if it raises: the page must work when parts are broken."""
    try:
        return look()
    except Exception as error:
        logger.warning("%s could not be measured", label, exc_info=True)
        sentence = f"Das ließ sich gerade nicht feststellen ({type(error).__name__})."
        return Line(label, Level.WARNING, sentence, "Mehr steht im Protokoll der Webseite. Bitte der Technik sagen.")


def duration(age: timedelta) -> str:
    """Return an age in German words after „vor“ or „seit“: „4 Minuten“, „3 Stunden“, „2 Tagen“."""
    seconds = max(0, int(age.total_seconds()))
    for size, one, many in (
        (86400, "einem Tag", "Tagen"),
        (3600, "einer Stunde", "Stunden"),
        (60, "einer Minute", "Minuten"),
    ):
        if number := seconds // size:
            return one if number == 1 else f"{number} {many}"
    return "weniger als einer Minute"


def amount(size: float) -> str:
    """Return a number of bytes in decimal units with a comma: „3,4 MB“, „120 GB“."""
    units = ["Byte", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        del units[0]
    digits = 0 if units[0] == "Byte" or size >= 100 else 1
    return f"{size:.{digits}f} {units[0]}".replace(".", ",")

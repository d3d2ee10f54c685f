"""What is written down about errors: never who it was, and no link that lets somebody in.

One rule (`without_persons`) for the log and for what goes to Sentry (netzwerk/reports.py). It is applied to the text of
a whole line, so that message, arguments and traceback all pass it. Knows neither Django nor settings.
"""

import logging
import re
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as _JsonFormatter

_SLASH = r"(?:/|%2F)"
_LINKS = "|".join(
    [
        r"(?:einladung|abmelden|meins|termin|rueckmeldung)",
        rf"konto{_SLASH}(?:password{_SLASH}reset{_SLASH}key|confirm-email)",
    ]
)
_END = r"[^/\s\"'<>?#&%\\]"
_LINK = rf"({_SLASH}(?:{_LINKS}){_SLASH})(?!vorschau\b|anfordern\b)(?:{_END}|%(?!2F))+"
# A token without its path, as in the parameters of a query; one in forty has no digit and passes.
_BARE = r"(?<![\w-])(?=[\w-]{0,21}\d)(?=[\w-]{0,21}[A-Z])(?=[\w-]{0,21}[a-z])[A-Za-z0-9_-]{22}(?![\w-])"
_SEARCH = r"(?<=[/\w-])\?(?=[^\s\"'<>?=]{0,60}=)[^\s\"'<>]+"  # what was searched for, in an address
_ADDRESS = r"[^\s<>()\[\]{},;:\"'\\@/=?&|]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+"
# What PostgreSQL names when a constraint refuses a row.
_ROW = r"(DETAIL:\s+(?:Failing row contains|Key [^=]{0,200}=))\s*\(.*?\)(?=\.?\s*(?:$|\n)| \w)"
# What goes → what stays. Each begins at a fixed word or is bounded: a long text takes no longer than reading it.
_RULES = [
    (re.compile(_LINK, re.IGNORECASE), r"\1…"),
    (re.compile(_BARE), "…"),
    (re.compile(_SEARCH), "?…"),
    (re.compile(_ADDRESS), "…@…"),
    (re.compile(_ROW, re.DOTALL), r"\1 …"),
]


def without_persons(text: str) -> str:
    """The text without links that let somebody in, mail addresses, searches, and rows that a database refused."""
    for pattern, stays in _RULES:
        text = pattern.sub(stays, text)
    return text


def cleaned(value: Any) -> Any:
    """The same for what becomes JSON: every text in it, and the text of what is no JSON."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {without_persons(str(name)): cleaned(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(one) for one in value]
    return without_persons(str(value))


class PlainFormatter(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, traceback included."""
        return without_persons(super().format(record))


class JsonFormatter(_JsonFormatter):
    """An object a line, for programs that collect logs."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, "request"],  # Django adds it whole
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Called with all that becomes the line, traceback included."""
        made: dict[str, Any] = cleaned(log_data)
        return made


class WithoutPersons(logging.Filter):
    """For a logger that others give handlers to: gunicorn gives its own one anew each time it is told to reload."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Make the record's text final; nothing is left out."""
        record.msg, record.args = without_persons(record.getMessage()), None
        if record.exc_info:
            record.exc_text = without_persons(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


class OneLine(logging.Filter):
    """For what strangers cause at will: a warning without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Calm the record down; nothing is left out."""
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True


def configuration(*, level: str, shape: str) -> dict[str, object]:
    """For logging.config.dictConfig; `shape` is plain or json."""
    formatter = {"plain": "PlainFormatter", "json": "JsonFormatter"}[shape]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"netzwerk.logs.{formatter}"}},
        "filters": {
            "without_persons": {"()": "netzwerk.logs.WithoutPersons"},
            "one_line": {"()": "netzwerk.logs.OneLine"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "django.security.DisallowedHost": {"filters": ["one_line"]},
            # Taken over from gunicorn, which writes down the whole address of a request that failed.
            "gunicorn.error": {"handlers": ["console"], "propagate": False, "filters": ["without_persons"]},
            "gunicorn.access": {"handlers": [], "propagate": False, "filters": ["without_persons"]},
        },
    }

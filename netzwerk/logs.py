"""Configure logging so that no line holds personal data or a link that gives access.

The log and the reports to Sentry (netzwerk/reports.py) share one rule, `without_persons`. It is applied to the text of
a whole line, so that it covers message, arguments and traceback. This module imports neither Django nor the settings.
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
# A token without its path, as in query parameters; one in forty has no digit and is not found.
_BARE = r"(?<![\w-])(?=[\w-]{0,21}\d)(?=[\w-]{0,21}[A-Z])(?=[\w-]{0,21}[a-z])[A-Za-z0-9_-]{22}(?![\w-])"
_SEARCH = r"(?<=[/\w-])\?(?=[^\s\"'<>?=]{0,60}=)[^\s\"'<>]+"  # the query string of an address: it holds search words
_ADDRESS = r"[^\s<>()\[\]{},;:\"'\\@/=?&|]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+"
# The values that PostgreSQL quotes when a constraint refuses a row.
_ROW = r"(DETAIL:\s+(?:Failing row contains|Key [^=]{0,200}=))\s*\(.*?\)(?=\.?\s*(?:$|\n)| \w)"
# Pattern → replacement. Each begins at a fixed word or is bounded, so that the time is linear in the text's length.
_RULES = [
    (re.compile(_LINK, re.IGNORECASE), r"\1…"),
    (re.compile(_BARE), "…"),
    (re.compile(_SEARCH), "?…"),
    (re.compile(_ADDRESS), "…@…"),
    (re.compile(_ROW, re.DOTALL), r"\1 …"),
]


def without_persons(text: str) -> str:
    """Return the text without links that give access, mail addresses, query strings and rows refused by a database."""
    for pattern, stays in _RULES:
        text = pattern.sub(stays, text)
    return text


def anonymise(value: Any) -> Any:
    """Return the value for JSON with `without_persons` applied to every text; other objects become text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {without_persons(str(name)): anonymise(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [anonymise(one) for one in value]
    return without_persons(str(value))


class PlainFormatter(logging.Formatter):
    """Formatter that makes a plain line for people."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line with its traceback, without personal data."""
        return without_persons(super().format(record))


class JsonFormatter(_JsonFormatter):
    """Formatter that makes a JSON object per line, for programs that collect logs."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, "request"],  # Django adds the whole request
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Remove personal data from all fields of the line, traceback included. The base class calls it."""
        made: dict[str, Any] = anonymise(log_data)
        return made


class WithoutPersons(logging.Filter):
    """Filter for loggers whose handlers others set: gunicorn adds its own again whenever it reloads."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Format the record's text and traceback without personal data; drop no record."""
        record.msg, record.args = without_persons(record.getMessage()), None
        if record.exc_info:
            record.exc_text = without_persons(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


class OneLine(logging.Filter):
    """Filter for errors that strangers can cause at will: makes them warnings without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lower the record to a warning and remove its traceback; drop no record."""
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True


def configuration(*, level: str, shape: str) -> dict[str, object]:
    """Return the dict for logging.config.dictConfig; `shape` is plain or json."""
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
            # Replaces gunicorn's handlers: gunicorn logs the whole address of a request that failed.
            "gunicorn.error": {"handlers": ["console"], "propagate": False, "filters": ["without_persons"]},
            "gunicorn.access": {"handlers": [], "propagate": False, "filters": ["without_persons"]},
        },
    }

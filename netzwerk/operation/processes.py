"""Lines about beat, worker and broker."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from common.models import Heartbeat
from common.templatetags.ui import instant
from netzwerk.health import broker_is_writable
from netzwerk.operation.lines import Level, Line, duration

QUIET = timedelta(minutes=3)  # beat publishes a task every ten seconds; its heartbeat is written once a minute
SILENT = timedelta(minutes=10)
_BROKERS = {"redis": "Redis", "rediss": "Redis", "filesystem": "Der Ordner in DATA_DIR"}


def beat(label: str) -> Line:
    """Return a line with the time since beat's last heartbeat."""
    advice = "Ohne Zeitplan bleibt liegen, was beim ersten Mal nicht ging. Bitte den Prozess „beat“ neu starten."
    return _sign(label, Heartbeat.objects.of(Heartbeat.Kind.BEAT), "Der Zeitplan", advice)


def worker(label: str) -> Line:
    """Return a line with the time since a worker last finished a task."""
    advice = "Ohne Worker geht keine Mail hinaus. Bitte den Prozess „worker“ neu starten; verloren geht nichts."
    return _sign(label, Heartbeat.objects.of(Heartbeat.Kind.WORKER), "Ein Worker", advice)


def _sign(label: str, sign: Heartbeat | None, who: str, advice: str) -> Line:
    """Return a line with the heartbeat's age: a warning after three minutes, a danger after ten or without any."""
    if sign is None:
        return Line(label, Level.DANGER, f"{who} hat sich noch nie gemeldet.", advice)
    age = timezone.now() - sign.at
    sentence = f"{who} hat sich zuletzt vor {duration(age)} gemeldet ({instant(sign.at)})."
    if age <= QUIET:
        return Line(label, Level.GOOD, sentence)
    return Line(label, Level.DANGER if age > SILENT else Level.WARNING, sentence, advice)


def broker(label: str) -> Line:
    """Return a line that says whether the broker accepts tasks now, and which broker it is."""
    scheme = urlsplit(settings.CELERY_BROKER_URL).scheme
    way = _BROKERS.get(scheme, scheme)
    if broker_is_writable():
        return Line(label, Level.GOOD, f"{way} nimmt Aufträge an die Worker an.")
    advice = "Bitte Redis neu starten oder den Ordner prüfen. Was verloren ging, findet der Zeitplan in der Datenbank."
    return Line(label, Level.DANGER, f"{way} nimmt keine Aufträge an die Worker an.", advice)

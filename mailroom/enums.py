"""Kinds of incoming mail."""

from django.db.models import TextChoices


class MailKind(TextChoices):
    """Kind of an incoming mail. The first seven are METHODs of RFC 5546."""

    REPLY = "reply", "Antwort aus dem Kalender"
    COUNTER = "counter", "Terminvorschlag"
    REFRESH = "refresh", "Bitte um den Termin"
    REQUEST = "request", "fremde Einladung"
    CANCEL = "cancel", "fremde Absage"
    DECLINECOUNTER = "declinecounter", "abgelehnter Vorschlag"
    PUBLISH = "publish", "veröffentlichter Termin"
    BOUNCE = "bounce", "unzustellbar oder verzögert"
    AUTO_REPLY = "auto_reply", "automatische Antwort"
    HUMAN = "human", "persönliche Mail"
    UNREADABLE = "unreadable", "nicht lesbar"

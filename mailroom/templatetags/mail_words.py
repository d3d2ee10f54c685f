"""Template tags that describe the state of an outgoing or incoming mail in German."""

from django import template

from common.templatetags.ui import instant
from mailroom.models import InboxMail, OutboxMail

register = template.Library()

_State = OutboxMail.State
_LEVELS = {_State.SENT: "good", _State.FAILED: "danger", _State.RETRY: "warning", _State.UNCERTAIN: "warning"}
_INBOX_LEVELS = {
    InboxMail.State.WAITING: "warning",
    InboxMail.State.NEW: "info",
    InboxMail.State.APPLIED: "good",
}
_FATES = {
    _State.CLAIMED: "ist als Nächstes an der Reihe",
    _State.SENDING: "wird gerade übergeben",
    _State.CANCELLED: "wurde angehalten und ging nicht hinaus",
}
_UNKNOWN = (
    "Ob sie angekommen ist, ist nicht bekannt: Der Mailserver hat die Übergabe nicht bestätigt. Bitte fragen Sie nach, "
    "bevor Sie sie noch einmal senden"
)
_ONCE_MORE = "Die Verbindung brach ab, bevor der Mailserver bestätigt hat. Dieselbe Mail geht noch einmal, ab {instant}"
_AT_HOME = "bleibt im Haus und gilt als gesendet, weil kein Mailserver eingerichtet ist"


@register.inclusion_tag("ui/state.html")
def mail_state(mail: OutboxMail) -> dict[str, str]:
    """Show the state of an outgoing mail; a delivery report about it takes precedence."""
    if mail.returned:
        return {"level": "danger" if mail.has_come_back else "warning", "text": mail.get_returned_display()}
    if mail.state == _State.QUEUED and mail.last_error:
        return {"level": "warning", "text": "neuer Versuch"}
    return {"level": _LEVELS.get(_State(mail.state), "info"), "text": mail.get_state_display()}


@register.inclusion_tag("ui/state.html")
def inbox_state(mail: InboxMail) -> dict[str, str]:
    """Show the state of an incoming mail."""
    return {"level": _INBOX_LEVELS.get(InboxMail.State(mail.state), "muted"), "text": mail.get_state_display()}


@register.simple_tag
def mail_fate(mail: OutboxMail) -> str:
    """Return a German sentence on the outgoing mail's fate, or on its next step and when (Berlin time)."""
    if mail.returned:
        told = instant(mail.returned_at)
        delayed = mail.returned == OutboxMail.Returned.DELAYED
        reason = mail.returned_reason
        return f"Ein Mailserver meldet: {reason} ({told})" if delayed else f"{reason} (gemeldet {told})"
    if mail.state == _State.QUEUED:
        return _of_waiting(mail)
    if mail.state == _State.RETRY:
        return f"kam nicht durch, nächster Versuch: {instant(mail.next_attempt_at)}"
    if mail.state == _State.UNCERTAIN:
        return _UNKNOWN if mail.is_over else _ONCE_MORE.format(instant=instant(mail.next_attempt_at))
    return _FATES.get(_State(mail.state)) or _of_ended(mail)


def _of_waiting(mail: OutboxMail) -> str:
    """Return the sentence about a queued mail: held, to be tried again, or about to leave."""
    if not mail.not_before:
        return "wartet, bis alle Mails der Sendung geschrieben sind"
    if mail.last_error:
        return f"kam nicht durch, nächster Versuch: {instant(mail.leaves_at)}"
    return f"geht ab {instant(mail.leaves_at)} auf den Weg"


def _of_ended(mail: OutboxMail) -> str:
    """Return the sentence about a sent, failed or superseded mail."""
    if mail.state == _State.SENT:
        return "vom Mailserver angenommen" if mail.smtp_reply else _AT_HOME
    if mail.state == _State.FAILED:
        return mail.last_error or "ist nicht angekommen"
    return (
        mail.last_error
        if mail.is_sequel and mail.last_error
        else "ging nicht hinaus, weil eine neuere Mail sie ersetzt"
    )

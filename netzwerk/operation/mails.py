"""Lines about outgoing mails, the mail server and the mailbox."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from common.models import Heartbeat
from common.templatetags.ui import instant
from mailroom import smtp
from mailroom.models import HANDED_OVER_AT_MOST, OutboxMail
from mailroom.services import alarms, bounces, credentials, troubles
from mailroom.services.fetching import INBOX_LIMIT
from netzwerk.health import OLDEST_DUE_LIMIT, oldest_due
from netzwerk.operation.lines import Level, Line, duration

LATE = timedelta(minutes=3)
RECENT = timedelta(days=7)
_ENCRYPTIONS = {"implicit": "verschlüsselt", "starttls": "verschlüsselt (STARTTLS)", "none": "unverschlüsselt"}


def queue(label: str) -> Line:
    """Return a line with the time that the oldest due mail has been waiting.

    It is a warning after three minutes and a danger after ten.
    """
    oldest = oldest_due()
    if oldest is None:
        return Line(label, Level.GOOD, "Keine Mail ist fällig.")
    age = timezone.now() - oldest
    sentence = f"Die älteste fällige Mail wartet seit {duration(age)}."
    if age <= LATE:
        return Line(label, Level.GOOD, sentence)
    rate = f"Hinaus gehen höchstens {settings.MAIL_RATE} in der Minute (MAIL_RATE). " if settings.MAIL_RATE else ""
    advice = f"{rate}Sehen Sie unten nach, ob Zeitplan und Worker laufen und ob der Mailserver sich beschwert."
    level = Level.DANGER if age > OLDEST_DUE_LIMIT else Level.WARNING
    return Line(label, level, sentence, advice, f"{reverse('mailroom:outbox')}?state=open", "Wartende Mails ansehen")


def fates(label: str) -> Line:
    """Return a line with the number of waiting mails and of the failed, returned and finally uncertain ones.

    Of the latter it counts those written in the last 7 days; any makes it a warning.
    """
    waiting = OutboxMail.objects.waiting().count()
    is_over = Q(state=OutboxMail.State.UNCERTAIN, unanswered__gte=HANDED_OVER_AT_MOST)
    lost = OutboxMail.objects.filter(created_at__gte=timezone.now() - RECENT)
    came_back = Q(returned__in=OutboxMail.CAME_BACK)
    failed = lost.filter(Q(state=OutboxMail.State.FAILED) | is_over | came_back).count()
    wait = f"{waiting or 'Keine'} {'Mail wartet' if waiting <= 1 else 'Mails warten'} darauf, hinauszugehen."
    if not failed:
        return Line(label, Level.GOOD, f"{wait} Von denen der letzten 7 Tage ist keine gescheitert.")
    count = "ist eine" if failed == 1 else f"sind {failed}"
    sentence = f"{wait} Von denen der letzten 7 Tage {count} gescheitert oder ungewiss geblieben."
    advice = "Bei jeder steht der Grund; oft stimmt eine Adresse nicht."
    return Line(
        label, Level.WARNING, sentence, advice, f"{reverse('mailroom:outbox')}?state=trouble", "Diese Mails ansehen"
    )


def alarm(label: str) -> Line:
    """Return a line with the alarm of the outbox, else with the number of mails that were refused because of us."""
    text = alarms.text()
    if not text and (refused := bounces.refused_as_sender()):
        number = "Eine Mail kam" if refused == 1 else f"{refused} Mails kamen"
        sentence = f"{number} in den letzten 7 Tagen zurück, weil andere Mailserver unseren oder den Absender ablehnen."
        advice = "Bitte SPF, DKIM, DMARC und den Namen des Mailservers prüfen (docs/operations.md)."
        where = f"{reverse('mailroom:outbox')}?state=trouble"
        return Line(label, Level.WARNING, sentence, advice, where, "Diese Mails ansehen")
    if not text:
        return Line(label, Level.GOOD, "Der Mailserver hat sich nicht beschwert.")
    advice = (
        "Ist das behoben, geht von selbst hinaus, was wartet. Nach einer Änderung der Einstellungen bitte neu starten."
    )
    return Line(
        label, Level.DANGER, f"Der Postausgang steht: {text}", advice, reverse("mailroom:outbox"), "Zum Postausgang"
    )


def transport(label: str) -> Line:
    """Return a line with the mail server that the settings name, without user name and password.

    No mail server is a warning outside the demo, and so is a remote one without encryption.
    """
    found = credentials.outgoing()
    if not isinstance(found, smtp.SmtpTransport):
        sentence = "Keine Mail verlässt das Haus: Alle bleiben im Postausgang lesbar."
        if settings.DEMO:
            return Line(label, Level.GOOD, f"{sentence} In der Vorführung ist das so gemeint.")
        return Line(label, Level.WARNING, sentence, "Sollen Mails ankommen, gehört der Mailserver in EMAIL_URL.")
    server = found.server
    login = ", Anmeldung ohne Kennwort" if server.client else ""
    sentence = f"Mails gehen über {server.host}, Port {server.port}, {_ENCRYPTIONS[server.encryption]}{login}."
    if server.encryption == "none" and not found.is_near:
        return Line(label, Level.WARNING, sentence, "Bitte in EMAIL_URL smtps:// oder ?tls=starttls schreiben.")
    return Line(label, Level.GOOD, sentence)


def login(label: str) -> Line:
    """Return a line with the end of the secret or certificate for mail servers: a warning from 30 days before."""
    if not credentials.uses_tokens():
        return Line(label, Level.GOOD, "Die Anmeldung am Mailserver läuft nicht ab.")
    last_day = credentials.last_day()
    if last_day is None:
        sentence = "Bis wann die Anmeldung am Mailserver gilt, ist nicht bekannt."
        return Line(label, Level.OPEN, sentence, "Bitte als MAIL_SECRET_ENDS eintragen, wann das Geheimnis abläuft.")
    ending = credentials.ending()
    if ending is None:
        return Line(label, Level.GOOD, f"Die Anmeldung am Mailserver gilt bis zum {last_day:%d.%m.%Y}.")
    level = Level.DANGER if ending.is_over else Level.WARNING
    return Line(label, level, str(ending), "Bitte rechtzeitig ein neues anlegen und eintragen (docs/operations.md).")


def inbox(label: str) -> Line:
    """Return a line with the time of the last successful reading of the mailbox.

    It is a danger after INBOX_LIMIT (30 minutes), a warning after three minutes if an error is noted since.
    """
    sign = Heartbeat.objects.of(Heartbeat.Kind.INBOX)
    if sign is None:
        why = troubles.text() or "Bitte INBOX_URL prüfen."
        return Line(label, Level.OPEN, f"Das Postfach wurde noch nie gelesen: {why}")
    sentence = f"Das Postfach wurde zuletzt vor {_age(sign.at)} gelesen ({instant(sign.at)})."
    age = timezone.now() - sign.at
    why = troubles.text() if age > LATE else ""
    if age <= INBOX_LIMIT and not why:
        return Line(label, Level.GOOD, sentence)
    level = Level.DANGER if age > INBOX_LIMIT else Level.WARNING
    to_check = "das Postfach" if why else "Worker und Postfach"  # no trouble noted: no worker has tried
    return Line(label, level, f"{sentence} {why}".strip(), f"Antworten bleiben liegen. Bitte {to_check} prüfen.")


def _age(at: datetime) -> str:
    return duration(timezone.now() - at)

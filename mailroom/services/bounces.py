"""What comes back: the fate of the mail that it names, and the state of the address.

A report changes something only when it names one of our mails by what only mail servers know (the row's id, in our
envelope address or as ENVID) and speaks of the address that this mail went to. Everything else waits for a person: a
Message-ID stands in every mail that quotes ours.
"""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.folding import email_key
from mailroom import reader
from mailroom.bounces import Bounce, Verdict, is_about_the_mail
from mailroom.enums import MailKind
from mailroom.mime import storable
from mailroom.models import HANDED_OVER_AT_MOST, Address, InboxMail, OutboxMail
from mailroom.reader import Reading
from mailroom.services import addresses
from mailroom.services.inbox import Outcome
from team.services import activity

if TYPE_CHECKING:
    from mailroom.models import OutboxQuerySet

_Returned = OutboxMail.Returned
_State = OutboxMail.State
_REASONS = {
    "1.1": "Diese Adresse gibt es dort nicht",
    "1.2": "Diese Domain gibt es nicht",
    "1.3": "Die Adresse ist falsch geschrieben",
    "1.6": "Das Postfach ist umgezogen, ohne dass eine neue Adresse bekannt ist",
    "1.10": "Diese Domain nimmt keine Mails an",
    "2.1": "Das Postfach ist abgeschaltet oder gesperrt",
    "2.2": "Das Postfach ist voll",
    "2.3": "Die Mail war für das Postfach zu groß",
    "3.4": "Die Mail war für den Mailserver zu groß",
    "4.7": "Der Mailserver dort hat sie zu lange nicht angenommen",
    "4": "Der Mailserver dort war nicht zu erreichen",
    "7": "Der Mailserver dort lehnt unsere Mails ab",
}


def handle(mail: InboxMail, reading: Reading) -> Outcome | None:
    """Apply a report; None where the mail is none. For the transaction that holds the row's lock."""
    bounce = reading.bounce
    if bounce is None:
        return None
    sent = _named(bounce, reading.tag)
    whom = ", ".join(bounce.recipients[:3]) or "unbekannt"
    if sent is None:
        text = f"Ein Mailserver meldet etwas zu einer Mail an {whom}, nennt aber keine, die von hier ging."
        return Outcome(InboxMail.State.WAITING, f"{text} Deshalb wurde nichts geändert.")
    if not _is_trusted(bounce, reading.tag):
        text = f"Der Bericht nennt von der Mail an {sent.recipient} nur die Message-ID, die auch andere kennen können."
        return _about(sent, f"{text} Deshalb wurde nichts geändert.", state=InboxMail.State.WAITING)
    key = email_key(sent.recipient)
    if bounce.recipients and key not in {email_key(one) for one in bounce.recipients}:
        text = f"Der Bericht nennt eine Mail an {sent.recipient}, spricht aber von {whom}. Es wurde nichts geändert."
        return _about(sent, text, state=InboxMail.State.WAITING)
    verdict = _verdict_on(key, bounce)
    if verdict.action == "delayed":
        return _delayed(sent, verdict)
    if verdict.action != "failed":
        return _arrived(sent, mail, verdict)
    is_hard = _is_hard(bounce, verdict, reading)
    return _failed(sent, mail, reason(verdict.status, is_hard=is_hard), is_hard=is_hard)


def concerned(mail: InboxMail) -> set[str]:
    """Whose mail it probably is, by folded addresses: who sent it, or of whom a report speaks; one query at most."""
    reading = reader.read(bytes(mail.raw)) if mail.kind == MailKind.BOUNCE else None
    if reading is None or reading.bounce is None:
        return {email_key(mail.sender)} - {""}
    told = [*reading.bounce.recipients, *_meant(reading.bounce, reading.tag).values_list("recipient", flat=True)]
    return {storable(email_key(one)) for one in told} - {""}


def reason(status: str | None, *, is_hard: bool) -> str:
    """A status code in German, with the code."""
    known = ""
    if status:
        rest = status.partition(".")[2]
        known = _REASONS.get(rest) or _REASONS.get(rest.partition(".")[0], "")
    text = known or ("Diese Adresse ist nicht zu erreichen" if is_hard else "Der Mailserver dort nahm sie nicht an")
    return f"{text} ({status})" if status else text


def _named(bounce: Bounce, tag: str | None) -> OutboxMail | None:
    """The mail that the report names, locked; only one that a mail server can know of."""
    return _meant(bounce, tag).select_for_update().first()


def _meant(bounce: Bounce, tag: str | None) -> "OutboxQuerySet":
    left = OutboxMail.objects.may_have_left().defer("raw")
    if key := bounce.outbox_id or _key(tag):
        return left.filter(pk=key)
    return left.filter(message_id=bounce.message_id) if bounce.message_id else left.none()


def _is_trusted(bounce: Bounce, tag: str | None) -> bool:
    """Whether it names our mail by more than its Message-ID, or our mail system can give it no more than that."""
    if bounce.outbox_id or _key(tag):
        return True
    return not settings.INBOX_PLUS_ADDRESSING and bool(bounce.recipients)


def _key(tag: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=tag.removeprefix("b-")) if tag and tag.startswith("b-") else None
    except ValueError:
        return None


def _verdict_on(key: str, bounce: Bounce) -> Verdict:
    """What the report says of this address; the whole report where it does not tell addresses apart."""
    own = [verdict for verdict in bounce.verdicts if email_key(verdict.recipient) == key]
    return own[0] if own else Verdict("", bounce.action, bounce.status, bounce.diagnostic)


def _is_hard(bounce: Bounce, verdict: Verdict, reading: Reading) -> bool:
    """Whether the address is of no use. A report in mere words is believed only where it gives no other reason."""
    if verdict.recipient:
        return verdict.permanent
    return bounce.permanent and (bool(bounce.status) or not is_about_the_mail(reading.text))


def _delayed(sent: OutboxMail, verdict: Verdict) -> Outcome:
    text = f"noch nicht angekommen, der Mailserver versucht es weiter{f' ({verdict.status})' if verdict.status else ''}"
    _note(sent, _Returned.DELAYED, text)
    return _about(sent, f"Die Mail an {sent.recipient} ist {text}.")


def _arrived(sent: OutboxMail, mail: InboxMail, verdict: Verdict) -> Outcome:
    OutboxMail.objects.filter(pk=sent.pk, returned=_Returned.DELAYED).update(returned="", returned_reason="")
    if verdict.action == "delivered":  # else it has only gone on
        addresses.works_again(sent.recipient, at=sent.sent_at or mail.received_at)
    return _about(sent, f"Ein Mailserver bestätigt die Mail an {sent.recipient}.")


def _failed(sent: OutboxMail, mail: InboxMail, why: str, *, is_hard: bool) -> Outcome:
    """It did not arrive; a hard one marks the address, too."""
    _note(sent, _Returned.HARD if is_hard else _Returned.SOFT, why)
    address, is_marked = _mark(sent, why, is_hard=is_hard)
    end = "Weitere Mails gehen nicht mehr dorthin" if is_hard and is_marked else "Die Adresse bleibt in Gebrauch"
    activity.record(f"Kam zurück: „{sent.subject}“ an {sent.recipient}. {why}", by=None, about=[sent, mail, address])
    return _about(sent, f"Die Mail an {sent.recipient} kam zurück: {why}. {end}.")


def _note(sent: OutboxMail, returned: str, why: str) -> None:
    """Write it at the mail, whatever a worker still does with it; what is graver stays.

    A report proves that the mail has left: one of which nobody knew does not go a second time.
    """
    now = timezone.now()
    row = OutboxMail.objects.filter(pk=sent.pk)
    graver = {_Returned.DELAYED: OutboxMail.CAME_BACK, _Returned.SOFT: (_Returned.HARD,)}.get(_Returned(returned), ())
    row.exclude(returned__in=graver).update(returned=returned, returned_at=now, returned_reason=why[:300])
    row.filter(state=_State.UNCERTAIN).update(
        state=_State.SENT, sent_at=sent.sent_at or now, unanswered=HANDED_OVER_AT_MOST, updated_at=now
    )


def _mark(sent: OutboxMail, why: str, *, is_hard: bool) -> tuple[Address, bool]:
    """Write it at the address, and whether it stands there now.

    A broken address stays broken, and a stop of its owner is kept beside it. A disturbance of the moment does not
    hide the stop. What had left before somebody released the address says nothing about it any more.
    """
    address, is_new = Address.objects.get_or_create(key=email_key(sent.recipient))
    better = [Address.State.OK, Address.State.SOFT] + [Address.State.STOPPED] * is_hard
    worse = Address.objects.filter(pk=address.pk, state__in=better)
    if sent.sent_at and not is_new:
        is_released = Q(state=Address.State.OK) | Q(state=Address.State.STOPPED, stopped_at__lt=F("since"))
        worse = worse.exclude(is_released, since__gt=sent.sent_at)
    state, now = Address.State.HARD if is_hard else Address.State.SOFT, timezone.now()
    stopped_at = Case(When(state=Address.State.STOPPED, then=Coalesce("stopped_at", "since")), default=F("stopped_at"))
    is_marked = worse.update(state=state, reason=why[:300], since=now, stopped_at=stopped_at, updated_at=now)
    return address, bool(is_marked) or address.state == Address.State.HARD


def _about(sent: OutboxMail, sentence: str, *, state: str = InboxMail.State.APPLIED) -> Outcome:
    return Outcome(state, sentence, sent.get_absolute_url(), sent.subject[:300])

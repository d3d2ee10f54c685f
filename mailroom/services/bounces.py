"""Inbox handler for delivery reports: updates the mail that a report names and the state of its address.

A report changes something only when it names one of our mails by a value that only mail servers know (the row's id, in
our envelope address or as ENVID) and is about the address that this mail went to. Every other report waits for a
person, since a Message-ID also stands in every mail that quotes ours.
"""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.folding import email_key
from mailroom import reader
from mailroom.bounces import Bounce, Verdict, is_about_the_mail, is_about_us
from mailroom.enums import MailKind
from mailroom.mail_text import storable
from mailroom.models import HANDED_OVER_AT_MOST, Address, InboxMail, OutboxMail
from mailroom.reader import Reading
from mailroom.services import addresses
from mailroom.services.inbox import Outcome
from team.services import activity

if TYPE_CHECKING:
    from mailroom.models import OutboxQuerySet

_Returned = OutboxMail.Returned
_State = OutboxMail.State
OUR_TROUBLE = "Der Mailserver dort nimmt unseren Mailserver oder unseren Absender nicht an"
_RECENT = timedelta(days=7)
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
    """Apply a delivery report to the outgoing mail and its address; return None when the mail is not a report.

    A report that names no mail of ours, is not trusted or speaks of other recipients changes nothing and waits for a
    person. Runs in the transaction that holds the incoming mail's lock, and locks the outgoing mail.
    """
    bounce = reading.bounce
    if bounce is None:
        return None
    sent = _lock_named(bounce, reading.tag)
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
        return _note_delay(sent, verdict)
    if verdict.action != "failed":
        return _note_arrival(sent, mail, verdict)
    is_hard = _is_hard(bounce, verdict, reading)
    if not is_hard and is_about_us(verdict.diagnostic or reading.text):
        return _note_our_trouble(sent, mail, verdict.status)
    return _note_failure(sent, mail, reason(verdict.status, is_hard=is_hard), is_hard=is_hard)


def refused_as_sender() -> int:
    """Return the number of mails of the last 7 days that came back since another server refuses ours or our sender."""
    recent = OutboxMail.objects.filter(returned_at__gte=timezone.now() - _RECENT)
    return recent.filter(returned_reason__startswith=OUR_TROUBLE).count()


def concerned(mail: InboxMail) -> set[str]:
    """Return the folded addresses that the mail concerns; takes one query at most.

    For a report these are the recipients that it names and the recipient of our mail that it names; else the sender.
    """
    reading = reader.read(bytes(mail.raw)) if mail.kind == MailKind.BOUNCE else None
    if reading is None or reading.bounce is None:
        return {email_key(mail.sender)} - {""}
    told = [*reading.bounce.recipients, *_meant(reading.bounce, reading.tag).values_list("recipient", flat=True)]
    return {storable(email_key(one)) for one in told} - {""}


def reason(status: str | None, *, is_hard: bool) -> str:
    """Return the meaning of an RFC 3463 status code in German, followed by the code.

    Without a known code, a general sentence; `is_hard` says whether it is about the address or about the mail.
    """
    known = ""
    if status:
        rest = status.partition(".")[2]
        if is_hard and rest == "4.1":  # Exchange Online says so for an unknown address
            rest = "1.1"
        known = _REASONS.get(rest) or _REASONS.get(rest.partition(".")[0], "")
    text = known or ("Diese Adresse ist nicht zu erreichen" if is_hard else "Der Mailserver dort nahm sie nicht an")
    return f"{text} ({status})" if status else text


def _lock_named(bounce: Bounce, tag: str | None) -> OutboxMail | None:
    """Return the outgoing mail that the report names, locked; None when no such mail may have left."""
    return _meant(bounce, tag).select_for_update().first()


def _meant(bounce: Bounce, tag: str | None) -> "OutboxQuerySet":
    """Return the mails that may have left and that the report names by id, else by Message-ID."""
    left = OutboxMail.objects.may_have_left().defer("raw")
    if key := bounce.outbox_id or _key(tag):
        return left.filter(pk=key)
    return left.filter(message_id=bounce.message_id) if bounce.message_id else left.none()


def _is_trusted(bounce: Bounce, tag: str | None) -> bool:
    """Return whether the report names our mail by its id.

    Without plus addressing a report may carry no id, so there a report that names recipients is trusted, too.
    """
    if bounce.outbox_id or _key(tag):
        return True
    return not settings.INBOX_PLUS_ADDRESSING and bool(bounce.recipients)


def _key(tag: str | None) -> uuid.UUID | None:
    """Return the outbox row's id in the tag `b-<id>` of our envelope address; None for another tag or none."""
    try:
        return uuid.UUID(hex=tag.removeprefix("b-")) if tag and tag.startswith("b-") else None
    except ValueError:
        return None


def _verdict_on(key: str, bounce: Bounce) -> Verdict:
    """Return the report's verdict on this folded address, else that of the whole report, without a recipient."""
    own = [verdict for verdict in bounce.verdicts if email_key(verdict.recipient) == key]
    return own[0] if own else Verdict("", bounce.action, bounce.status, bounce.diagnostic)


def _is_hard(bounce: Bounce, verdict: Verdict, reading: Reading) -> bool:
    """Return whether the address itself is unusable.

    A verdict with a recipient of its own decides. Else, as for a report in prose, the whole report has to be permanent
    and to have a status code, or a text that names no reason in the mail or the moment.
    """
    if verdict.recipient:
        return verdict.permanent
    return bounce.permanent and (bool(bounce.status) or not is_about_the_mail(reading.text))


def _note_delay(sent: OutboxMail, verdict: Verdict) -> Outcome:
    text = f"noch nicht angekommen, der Mailserver versucht es weiter{f' ({verdict.status})' if verdict.status else ''}"
    _note_at_mail(sent, _Returned.DELAYED, text)
    return _about(sent, f"Die Mail an {sent.recipient} ist {text}.")


def _note_arrival(sent: OutboxMail, mail: InboxMail, verdict: Verdict) -> Outcome:
    """Remove a noted delay from the mail; if it was delivered, clear a temporary disturbance of its address, too."""
    OutboxMail.objects.filter(pk=sent.pk, returned=_Returned.DELAYED).update(returned="", returned_reason="")
    if verdict.action == "delivered":  # "relayed" and "expanded" do not confirm the arrival
        addresses.clear_disturbance(sent.recipient, at=sent.sent_at or mail.received_at)
    return _about(sent, f"Ein Mailserver bestätigt die Mail an {sent.recipient}.")


def _note_failure(sent: OutboxMail, mail: InboxMail, why: str, *, is_hard: bool) -> Outcome:
    """Record that the mail did not arrive, at the mail and at its address, and record the activity, by nobody."""
    _note_at_mail(sent, _Returned.HARD if is_hard else _Returned.SOFT, why)
    address, is_marked = _mark_address(sent, why, is_hard=is_hard)
    end = "Weitere Mails gehen nicht mehr dorthin" if is_hard and is_marked else "Die Adresse bleibt in Gebrauch"
    activity.record(f"Kam zurück: „{sent.subject}“ an {sent.recipient}. {why}", by=None, about=[sent, mail, address])
    return _about(sent, f"Die Mail an {sent.recipient} kam zurück: {why}. {end}.")


def _note_our_trouble(sent: OutboxMail, mail: InboxMail, status: str | None) -> Outcome:
    """Record that another server refuses us, at the mail alone: the address is not at fault."""
    why = f"{OUR_TROUBLE}{f' ({status})' if status else ''}"
    _note_at_mail(sent, _Returned.SOFT, why)
    activity.record(f"Kam zurück: „{sent.subject}“ an {sent.recipient}. {why}", by=None, about=[sent, mail])
    return _about(sent, f"Die Mail an {sent.recipient} kam zurück: {why}. Die Adresse bleibt in Gebrauch.")


def _note_at_mail(sent: OutboxMail, returned: str, why: str) -> None:
    """Store the report at the mail, in whatever state it is; hard outweighs soft, and soft outweighs delayed.

    A report proves that the mail has left, so an uncertain mail becomes sent and does not leave a second time. A mail
    that somebody has settled is open again, unless the same or a graver report was already there.
    """
    now = timezone.now()
    row = OutboxMail.objects.filter(pk=sent.pk)
    graver = {_Returned.DELAYED: OutboxMail.CAME_BACK, _Returned.SOFT: (_Returned.HARD,)}.get(_Returned(returned), ())
    row.exclude(returned__in=[*graver, returned]).update(settled_at=None, settled_by=None)
    row.exclude(returned__in=graver).update(returned=returned, returned_at=now, returned_reason=why[:300])
    row.filter(state=_State.UNCERTAIN).update(
        state=_State.SENT, sent_at=sent.sent_at or now, unanswered=HANDED_OVER_AT_MOST, updated_at=now
    )


def _mark_address(sent: OutboxMail, why: str, *, is_hard: bool) -> tuple[Address, bool]:
    """Mark the address as undeliverable (hard) or disturbed; create its row if it is missing.

    Return the row as it was before, and whether this marked it or it was undeliverable already. An undeliverable
    address stays so, and a stop by its owner is kept beside it. A disturbance does not replace a stop. A report about a
    mail that had left before the address was released does not count.
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

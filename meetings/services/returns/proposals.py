"""Recording of proposals: contents of mails that a person has to decide. `resolve` decides them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.folding import email_key
from mailroom.models import InboxMail, OutboxMail
from mailroom.services import settling
from meetings.enums import ProposalKind, State
from meetings.models import Invitation, Proposal
from meetings.services.answers.record import clean

_BECOMES_SUBSTITUTE = (ProposalKind.SUBSTITUTE, ProposalKind.GUEST, ProposalKind.ADDRESS)


@transaction.atomic
def note(
    invitation: Invitation, kind: ProposalKind, *, mail: InboxMail | None, at: datetime, **said: Any
) -> Proposal | None:
    """Create a proposal or update the sender's open one, and return it; None if the same or a newer one was decided.

    Only proposals of the same invitation, kind and address (`email` in `said`) count. `said` holds fields of
    `Proposal`. In an update the newer values win, empty ones keep the old, and the mail that the new one replaces is
    settled. A delegation also updates an open proposal of kind guest or address: the substitute may have answered
    before it arrived.
    """
    said["email"], said["name"] = clean(said.get("email", ""))[:320], clean(said.get("name", ""))[:200]
    kinds = _BECOMES_SUBSTITUTE if kind == ProposalKind.SUBSTITUTE else (kind,)
    hers = Proposal.objects.filter(invitation=invitation, email_folded=email_key(said["email"]))
    if hers.filter(kind=kind, at__gte=at).exclude(settled_at=None).exists():
        return None
    found = hers.filter(kind__in=kinds, settled_at=None).select_for_update(of=("self",)).order_by("created_at").first()
    if found is None:
        return Proposal.objects.create(invitation=invitation, kind=kind, mail=mail, at=at, **said)
    _update(found, kind, mail=mail, at=at, said=said)
    return found


def knew_the_newest(invitation: Invitation, at: datetime) -> bool:
    """Return whether the invitation's newest mail was sent by that instant; False if it waits, failed or is stopped."""
    sent = OutboxMail.objects.in_lane(invitation.lane).exclude(sent_at=None).order_by("-version", "-created_at")
    newest = sent.values_list("sent_at", "version").first()
    if newest is None or newest[0] is None:
        return False
    return newest[0] <= at and newest[1] == invitation.mail_version


def probable(sender: str) -> QuerySet[Invitation]:
    """Return the valid invitations of contacts with this address to planned meetings that are not over, the next first.

    The contacts' current addresses count; none for an empty address.
    """
    rows = Invitation.objects.valid().filter(meeting__state=State.PLANNED, meeting__ends_at__gt=timezone.now())
    rows = rows.filter(contact__email_folded=email_key(sender)).exclude(contact__email_folded="")
    return rows.select_related("contact__organisation", "contact__former", "meeting").order_by(
        "meeting__starts_at", "pk"
    )


def _update(proposal: Proposal, kind: str, *, mail: InboxMail | None, at: datetime, said: Any) -> None:
    """Update and save the proposal: newer values replace, older ones fill empty fields; its former mail is settled."""
    for name, value in said.items():
        if value not in ("", None) and (at >= proposal.at or not getattr(proposal, name)):
            setattr(proposal, name, value)
    before, proposal.mail = proposal.mail_id, mail or proposal.mail
    proposal.kind, proposal.at = kind, max(at, proposal.at)
    proposal.save()
    if before and before != proposal.mail_id:
        settling.mark(InboxMail.objects.waiting().filter(pk=before), at=timezone.now())

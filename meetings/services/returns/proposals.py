"""What came by mail and a person has to decide: noted once, decided with one press, each in one transaction."""

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
    """Note that this waits for a decision; None when the same, or something newer, was decided before.

    `said` are fields of `Proposal`. An open one of the same sender is brought up to date: what is newer counts, what it
    leaves open stays. A substitute who has answered before the delegation came is one already noted as a guest.
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
    """Whether the newest mail to her that has left had done so by that instant."""
    sent = OutboxMail.objects.in_lane(invitation.lane).exclude(sent_at=None).order_by("-version", "-created_at")
    newest = sent.values_list("sent_at", "version").first()
    if newest is None or newest[0] is None:
        return False
    return newest[0] <= at and newest[1] == invitation.mail_version


def probable(sender: str) -> QuerySet[Invitation]:
    """The invitations that somebody with this address may write about: valid, to what is still ahead, next first."""
    rows = Invitation.objects.valid().filter(meeting__state=State.PLANNED, meeting__ends_at__gt=timezone.now())
    rows = rows.filter(contact__email_folded=email_key(sender)).exclude(contact__email_folded="")
    return rows.select_related("contact__organisation", "contact__former", "meeting").order_by(
        "meeting__starts_at", "pk"
    )


def _update(proposal: Proposal, kind: str, *, mail: InboxMail | None, at: datetime, said: Any) -> None:
    """The newer word counts; an older one fills what is empty."""
    for name, value in said.items():
        if value not in ("", None) and (at >= proposal.at or not getattr(proposal, name)):
            setattr(proposal, name, value)
    before, proposal.mail = proposal.mail_id, mail or proposal.mail
    proposal.kind, proposal.at = kind, max(at, proposal.at)
    proposal.save()
    if before and before != proposal.mail_id:
        settling.mark(InboxMail.objects.waiting().filter(pk=before), at=timezone.now())

"""Write memberships in networks, with a sentence in the log."""

from collections.abc import Sequence

from django.db import models, transaction

from partners.models import Membership
from team.models import User
from team.services import activity


@transaction.atomic
def add(membership: Membership, *, by: User) -> Membership:
    """Save a new membership and record it in the log."""
    membership.save()
    activity.record(f"hat {_who(membership)} in „{membership.network}“ aufgenommen", by=by, about=_about(membership))
    return membership


@transaction.atomic
def change(membership: Membership, *, fields: Sequence[str], by: User) -> Membership:
    """Save a changed membership, whose `version` the caller has increased, and record it in the log.

    `fields` are the labels of the changed fields. Without any, nothing is saved or recorded.
    """
    if fields:
        membership.save()
        activity.record(
            f"hat die Mitgliedschaft von {_who(membership)} in „{membership.network}“ geändert: {', '.join(fields)}",
            by=by,
            about=_about(membership),
        )
    return membership


def _who(membership: Membership) -> str:
    who = f"{membership.contact} ({membership.organisation})" if membership.contact else str(membership.organisation)
    return f"{who} als {membership.get_kind_display()}"


def _about(membership: Membership) -> list[models.Model]:
    rows: list[models.Model] = [membership.organisation, membership.network]
    return [*rows, membership.contact] if membership.contact else rows

"""The access rules. All members see and do everything; the lead also manages members and watches operation."""

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from team.models import User


@rules.predicate
def is_team_member(user: "User") -> bool:
    """Return whether the user is logged in and active."""
    return user.is_authenticated and user.is_active


@rules.predicate
def is_lead(user: "User") -> bool:
    """Return whether the user is a member who also manages members."""
    return is_team_member(user) and user.is_lead


rules.add_perm("team.manage_members", is_lead)
rules.add_perm("team.watch_operation", is_lead)

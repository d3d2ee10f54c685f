"""Log in by e-mail address, and answer Django's permission checks with the predicates of `team.rules`."""

from django.contrib.auth.backends import ModelBackend
from django.db import models

from team.models import User
from team.rules import is_lead, is_team_member

_LEAD_ONLY = {
    "team.view_user",
    "team.add_user",
    "team.change_user",
    "team.delete_user",
    "team.manage_members",
    "team.watch_operation",
}


class TeamBackend(ModelBackend):
    """Finds the member by the folded address (`User.objects.get_by_natural_key`) and checks the password.

    Only the address in the member's row counts; allauth's own backend would also accept a former one.
    """

    def has_perm(self, user_obj: User, perm: str, obj: models.Model | None = None) -> bool:  # type: ignore[override]
        """Return whether the user has the permission: a member has all, except those for the lead only (`_LEAD_ONLY`).

        These are to see and write users, to manage members and to watch operation.
        """
        return is_lead(user_obj) if perm in _LEAD_ONLY else is_team_member(user_obj)

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:  # type: ignore[override]
        """Return whether the user may see an app in the admin: every member may see all."""
        return is_team_member(user_obj)

"""Logging in by e-mail address, and the predicates of `team.rules` as Django's permissions."""

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
    """Finds the member by the folded address (`User.objects.get_by_natural_key`) and checks her password.

    Only the address in her row counts; allauth's own backend would also take a former one.
    """

    def has_perm(self, user_obj: User, perm: str, obj: models.Model | None = None) -> bool:  # type: ignore[override]
        """Everything for a member; managing members and watching the operation for the lead."""
        return is_lead(user_obj) if perm in _LEAD_ONLY else is_team_member(user_obj)

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:  # type: ignore[override]
        """Every app of the admin is open to members."""
        return is_team_member(user_obj)

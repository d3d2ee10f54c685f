"""Turns the predicates of `team.rules` into Django's permissions, for views, templates and the admin."""

from django.contrib.auth.backends import BaseBackend
from django.db import models

from team.models import User
from team.rules import is_lead, is_team_member

_LEAD_ONLY = {"team.add_user", "team.change_user", "team.delete_user", "team.manage_members"}


class TeamBackend(BaseBackend):
    """Permissions only; logging in is allauth's."""

    def has_perm(self, user_obj: User, perm: str, obj: models.Model | None = None) -> bool:  # type: ignore[override]
        """Everything for a member, managing members for the lead."""
        return is_lead(user_obj) if perm in _LEAD_ONLY else is_team_member(user_obj)

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:
        """Every app of the admin is open to members."""
        return is_team_member(user_obj)

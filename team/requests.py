"""Types of requests."""

from django.http import HttpRequest

from team.models import User


class TeamRequest(HttpRequest):
    """A request that LoginRequiredMiddleware let through: its user is a member. For annotations only."""

    user: User

"""Types of requests."""

from django.http import HttpRequest

from team.models import User


class TeamRequest(HttpRequest):
    """A request that LoginRequiredMiddleware let through: somebody of the team sent it. For annotations only."""

    user: User

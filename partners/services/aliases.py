"""What is remembered about the words of partner lists."""

from django.db import transaction

from partners.models import HeadingAlias, NetworkAlias
from team.models import User
from team.services import activity


@transaction.atomic
def forget(alias: HeadingAlias | NetworkAlias, *, by: User) -> None:
    """Forget what a heading or a network's name in a list means; the next preview asks again."""
    word = alias.label if isinstance(alias, NetworkAlias) else alias.key
    activity.record(f"hat vergessen lassen, was „{word}“ in Listen bedeutet", by=by)
    alias.delete()

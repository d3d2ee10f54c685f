"""Delete the remembered meanings of words in partner lists."""

from django.db import transaction

from partners.models import HeadingAlias, NetworkAlias
from team.models import User
from team.services import activity


@transaction.atomic
def forget(alias: HeadingAlias | NetworkAlias, *, by: User) -> None:
    """Delete the meaning of a heading or network name, so that the next preview asks again; record it in the log."""
    word = alias.label if isinstance(alias, NetworkAlias) else alias.key
    activity.record(f"hat vergessen lassen, was „{word}“ in Listen bedeutet", by=by)
    alias.delete()

"""Delete the remembered meanings of words in partner lists."""

from django.db import transaction

from partners.models import HeadingAlias, NetworkAlias
from team.models import User
from team.services import activity


@transaction.atomic
def forget(alias: HeadingAlias | NetworkAlias, *, by: User) -> None:
    """Delete the remembered meaning of a heading or network name; record it in the log. Lists planned later ask again.

    Not so a heading in the list for which it was answered (`ImportJob.mapping`). Existing previews do not change.
    """
    word = alias.label if isinstance(alias, NetworkAlias) else alias.key
    activity.record(f"hat vergessen lassen, was „{word}“ in Listen bedeutet", by=by)
    alias.delete()

"""Check and reset a member's second factor."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from team import mails
from team.models import FACTORS, User
from team.services import activity, members


def is_there(user: User) -> bool:
    """Return whether the member has an app or a passkey. Recovery codes alone do not count."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


@transaction.atomic
def reset(user: User) -> bool:
    """Remove app, passkeys and recovery codes, log the member out everywhere and tell them by mail.

    Return whether there was anything to remove; if not, nothing happens. Only a command calls this, so access to
    the server decides who may do it. Locks the member's row.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    removed, _ = Authenticator.objects.filter(user=row).delete()
    if not removed:
        return False
    members.end_sessions(row)
    activity.record(f"hat den zweiten Faktor von {row} zurückgesetzt", by=None, about=[row])
    mails.second_factor_reset(row).send()
    return True

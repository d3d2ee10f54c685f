"""The second factor: who has one, and the way back when it is lost."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from team import mails
from team.models import FACTORS, User
from team.services import activity, members


def is_there(user: User) -> bool:
    """Whether she has an app or a passkey. Recovery codes alone do not count: they are for when it is lost."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


@transaction.atomic
def reset(user: User) -> bool:
    """Take app, passkeys and recovery codes away, log her out everywhere and tell her by mail.

    Whether there was anything to take; without, nothing happens. Who may ask for that is decided by who may start
    commands on the server.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    removed, _ = Authenticator.objects.filter(user=row).delete()
    if not removed:
        return False
    members.end_sessions(row)
    activity.record(f"hat den zweiten Faktor von {row} zurückgesetzt", by=None, about=[row])
    mails.second_factor_reset(row).send()
    return True

"""What a person does with an incoming mail."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from mailroom import mime
from mailroom.models import InboxMail
from team.models import User
from team.services import activity

_State = InboxMail.State


@transaction.atomic
def settle(mail: InboxMail, *, by: User) -> None:
    """It needs nobody any more. Harmless twice; one that was not read yet is read first."""
    now = timezone.now()
    open_ones = InboxMail.objects.filter(pk=mail.pk).exclude(state__in=[_State.NEW, _State.SETTLED])
    if open_ones.update(state=_State.SETTLED, settled_at=now, settled_by=by, updated_at=now):
        activity.record(f"hat die Mail „{mail.subject}“ als erledigt abgelegt", by=by, about=[mail])


@transaction.atomic
def reopen(mail: InboxMail, *, by: User) -> None:
    """It waits for somebody again."""
    settled = InboxMail.objects.filter(pk=mail.pk, state__in=[_State.SETTLED, _State.APPLIED])
    if settled.update(state=_State.WAITING, settled_at=None, settled_by=None, updated_at=timezone.now()):
        activity.record(f"hat die Mail „{mail.subject}“ wieder geöffnet", by=by, about=[mail])


@transaction.atomic
def assign(mail: InboxMail, *, sentence: str, url: str, label: str, about: Iterable[Model], by: User) -> None:
    """Say whom the mail is from or about; where it led nowhere yet, it leads there now."""
    InboxMail.objects.filter(pk=mail.pk, about_url="").update(
        about_url=url[:300], about_label=label[:300], updated_at=timezone.now()
    )
    activity.record(sentence, by=by, about=[mail, *about])


def text_of(mail: InboxMail) -> str:
    """What a person would read, as plain text; "" where there is nothing."""
    return mime.opened(bytes(mail.raw)).text

"""Actions of a team member on a mail: settle and reopen an incoming one, assign it, settle a lost outgoing one."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from mailroom import mime
from mailroom.models import InboxMail, OutboxMail
from team.models import User
from team.services import activity

_State = InboxMail.State


def mark(mails: QuerySet[InboxMail], *, at: datetime, by: User | None = None) -> int:
    """Mark these mails as settled, with time and user; return how many. Records no activity.

    The caller selects the mails by state. `by` is None when no team member settles them.
    """
    return mails.update(state=_State.SETTLED, settled_at=at, settled_by=by, updated_at=at)


@transaction.atomic
def settle(mail: InboxMail, *, by: User) -> None:
    """Settle the mail and record the activity. Does nothing to a mail that is settled or still new (not applied)."""
    open_ones = InboxMail.objects.filter(pk=mail.pk).exclude(state__in=[_State.NEW, _State.SETTLED])
    if mark(open_ones, at=timezone.now(), by=by):
        activity.record(f"hat die Mail „{mail.subject}“ als erledigt abgelegt", by=by, about=[mail])


@transaction.atomic
def settle_lost(mail: OutboxMail, *, by: User) -> None:
    """Take a lost mail (`OutboxQuerySet.unsettled`) off the tasks, and record the activity; else do nothing.

    It comes back to them when it is sent again and lost once more.
    """
    now = timezone.now()
    lost = OutboxMail.objects.filter(pk__in=OutboxMail.objects.unsettled().filter(pk=mail.pk).values("pk"))
    if lost.update(settled_at=now, settled_by=by, updated_at=now):
        activity.record(f"hat die Mail „{mail.subject}“ an {mail.recipient} als erledigt abgelegt", by=by, about=[mail])


@transaction.atomic
def reopen(mail: InboxMail, *, by: User) -> None:
    """Let a settled or applied mail wait for a person again, and record the activity; else do nothing."""
    settled = InboxMail.objects.filter(pk=mail.pk, state__in=[_State.SETTLED, _State.APPLIED])
    if settled.update(state=_State.WAITING, settled_at=None, settled_by=None, updated_at=timezone.now()):
        activity.record(f"hat die Mail „{mail.subject}“ wieder geöffnet", by=by, about=[mail])


@transaction.atomic
def assign(mail: InboxMail, *, sentence: str, url: str, label: str, about: Iterable[Model], by: User) -> None:
    """Assign the mail to the thing at `url`, named `label`, and record `sentence` as the activity about it.

    A mail whose label already begins with `label` keeps label and URL, since they say more. The activity is recorded
    in both cases, about the mail and the rows in `about`.
    """
    if not mail.about_label.startswith(label):
        mail.about_url, mail.about_label = url[:300], label[:300]
        mail.save(update_fields=["about_url", "about_label", "search_text", "updated_at"])
    activity.record(sentence, by=by, about=[mail, *about])


def text_of(mail: InboxMail) -> str:
    """Return the mail's readable text as plain text, "" when there is none."""
    return mime.opened(bytes(mail.raw)).text

"""Start of an act: the decision stores rows in one short transaction; the mails are written after it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from mailroom.models import Act, ActItem
from mailroom.services import addresses
from team.models import User

logger = logging.getLogger(__name__)

AT_ONCE = 200  # mails; a larger act is written by the workers, not in the request


@dataclass(frozen=True)
class Recipient:
    """Recipient of an act's mail: a key that the writer understands, the address, the lane in the outbox."""

    key: str
    email: str
    lane: str = ""


def start_act(
    recipients: Sequence[Recipient],
    *,
    writer: str,
    kind: Act.Kind,
    about: models.Model,
    by: User,
    about_label: str = "",
    word: str = "",
    parent: Act | None = None,
    **row: Any,
) -> Act:
    """Create the act with one item per recipient; writes no mail. Called inside the decision's transaction.

    An act of more than AT_ONCE (200) mails is left to the workers, which are nudged on commit; for a smaller one the
    caller calls `write.write_small` after the commit. An act with a `parent` is released together with the parent's
    other parts; without one, the recipients' missing stop tokens are created here. An `about_label` of "" is
    `str(about)`. `row` may hold the act's `undo_record`, `content`, `composed` and `id`.
    """
    act = Act.objects.create(
        writer=writer,
        kind=kind,
        by=by,
        word=word,
        total=len(recipients),
        parent=parent,
        **_about(about, about_label),
        **row,
    )
    ActItem.objects.bulk_create(ActItem(act=act, recipient=one.key, lane=one.lane) for one in recipients)
    if parent is None:  # for parts, the caller has created the tokens beforehand
        addresses.stop_tokens(one.email for one in recipients)
    if act.total > AT_ONCE:
        transaction.on_commit(nudge)
    return act


def start_many(*, writer: str, about: models.Model, by: User, about_label: str = "", word: str = "") -> Act:
    """Create an act that holds others: acts started with it as their `parent` share its window.

    It gets the primary key (a UUID) of `about`, which need not be saved yet. When no part is started, the caller calls
    `release_without_mails` in the same transaction.
    """
    kind = Act.Kind.MANY
    return Act.objects.create(id=about.pk, writer=writer, kind=kind, by=by, word=word, **_about(about, about_label))


def release_without_mails(act: Act) -> None:
    """Release and save a new act without mails; it can be stopped for MAIL_GRACE_SECONDS, and nothing is sent after.

    Called in the transaction that created the act, so it takes no lock.
    """
    act.state, act.leaves_at = Act.State.RELEASED, timezone.now() + timedelta(seconds=settings.MAIL_GRACE_SECONDS)
    act.save(update_fields=["state", "leaves_at", "updated_at"])


def _about(row: models.Model, label: str) -> dict[str, str]:
    """Return the columns `about_…` of an act about this row; a label of "" is `str(row)`."""
    return {
        "about_kind": row._meta.label_lower,
        "about_key": str(row.pk),
        "about_url": row.get_absolute_url()[:300],  # type: ignore[attr-defined]
        "about_label": (label or str(row))[:300],
    }


def nudge() -> None:
    """Ask two workers to write mails. When the broker is unreachable, beat's next run finds the items."""
    try:
        for _ in range(2):
            current_app.send_task("mailroom.write")
    except (OperationalError, ChannelError, OSError) as error:
        logger.warning("broker away, the mails wait for the next look: %s", type(error).__name__)

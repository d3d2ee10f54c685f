"""An act begins: the decision is one short transaction of rows; its mails are written after it."""

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

AT_ONCE = 200  # mails up to which an act is written while the person who decided waits


@dataclass(frozen=True)
class Recipient:
    """Somebody who is to get a mail: a key that the writer understands, the lane in the outbox, the address."""

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
    """Note that each of these wants a mail; nothing is written yet. Call it inside the decision's transaction.

    A large act is left to the workers, who are nudged on commit; a small one to `write.write_small`. With a `parent` it
    is released with the parent's other parts. `row`: `undo_record`, `content` and `composed` of the act, or
    an `id` of the caller's.
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
    if parent is None:  # else the decision about many has seen to it before it began
        addresses.stop_tokens(one.email for one in recipients)
    if act.total > AT_ONCE:
        transaction.on_commit(nudge)
    return act


def start_many(*, writer: str, about: models.Model, by: User, about_label: str = "", word: str = "") -> Act:
    """Begin an act that holds others: those started with it as their `parent` share its window.

    It gets the key (a UUID) of `about`, which need not be saved yet. Call `release_without_mails` in the same
    transaction where no part was started.
    """
    kind = Act.Kind.MANY
    return Act.objects.create(id=about.pk, writer=writer, kind=kind, by=by, word=word, **_about(about, about_label))


def release_without_mails(act: Act) -> None:
    """Open the window to stop of an act that has nothing to write."""
    act.state, act.leaves_at = Act.State.RELEASED, timezone.now() + timedelta(seconds=settings.MAIL_GRACE_SECONDS)
    act.save(update_fields=["state", "leaves_at", "updated_at"])


def _about(row: models.Model, label: str) -> dict[str, str]:
    return {
        "about_kind": row._meta.label_lower,
        "about_key": str(row.pk),
        "about_url": row.get_absolute_url()[:300],  # type: ignore[attr-defined]
        "about_label": (label or str(row))[:300],
    }


def nudge() -> None:
    """Ask two workers to write; when the broker is away, beat's next look finds the items."""
    try:
        for _ in range(2):
            current_app.send_task("mailroom.write")
    except (OperationalError, ChannelError, OSError) as error:
        logger.warning("broker away, the mails wait for the next look: %s", type(error).__name__)

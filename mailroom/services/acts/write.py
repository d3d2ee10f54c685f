"""Writing the mails of acts in batches, in the request or by workers.

A batch claims a hundred items by a conditional UPDATE with a lease, builds their mails outside of any transaction and
then stores them in a short one. A process that dies loses its lease and nothing else.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import disk, outbox
from mailroom.services.acts import start, writers
from mailroom.services.acts.writers import Outcome, Writer

BATCH = 100  # items in one claim
LEASE = timedelta(minutes=5)


def write_due() -> int:
    """Write the unwritten mails of all acts; return how many items were claimed.

    Named in OUTBOX_SOURCES. Commits do not wait for the disk: items lost in a crash of the database are written again,
    and no mail of an act leaves before all of them are on the disk.
    """
    done = 0
    with disk.lazy_commits():
        while count := write_batch():
            done += count
    return done


def write_small(act: Act) -> None:
    """Write the mails of an act of at most AT_ONCE (200) mails now; leave a larger one to the workers.

    Called after the decision's commit. Reads a small act's row again into `act`.
    """
    if act.total <= start.AT_ONCE:
        while write_batch(act):
            pass
        act.refresh_from_db()


def write_parts(act: Act) -> None:
    """Write the mails of an act's parts now if they are at most AT_ONCE (200) together, else nudge the workers.

    Called after the decision's commit.
    """
    waiting = ActItem.objects.filter(act__parent=act, rendered_at=None).count()
    if waiting > start.AT_ONCE:
        start.nudge()
        return
    for part in Act.objects.filter(parent=act):
        write_small(part)
    act.refresh_from_db()


def write_batch(act: Act | None = None) -> int:
    """Claim up to BATCH (100) items (of this act, if given) and write their mails; return how many were claimed.

    Releases an act after its last item.
    """
    worker = uuid.uuid4().hex
    items = claim(worker, act)
    by_act: dict[uuid.UUID, list[ActItem]] = {}
    for item in items:
        by_act.setdefault(item.act_id, []).append(item)
    for act_items in by_act.values():
        writer = writers.writer_of(act_items[0].act)
        store(act_items[0].act, writer, writer.render(act_items), worker)
    return len(items)


def claim(worker: str, act: Act | None = None) -> list[ActItem]:
    """Claim up to BATCH free items for this worker until LEASE (5 minutes) ends; return them, none if none is free.

    The conditional UPDATE decides between workers, on PostgreSQL and SQLite alike.
    """
    now = timezone.now()
    is_free = Q(rendered_at=None) & (Q(claimed_until=None) | Q(claimed_until__lt=now))
    waiting = ActItem.objects.filter(is_free, act__state=Act.State.RENDERING)
    if act:
        waiting = waiting.filter(act=act)
    while keys := list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        ActItem.objects.filter(is_free, pk__in=keys).update(claimed_by=worker, claimed_until=now + LEASE)
        mine = ActItem.objects.filter(pk__in=keys, claimed_by=worker).order_by("pk")
        if found := list(mine.prefetch_related("act")):
            return found  # else another worker was faster: try the next keys
    return []


@transaction.atomic
def store(act: Act, writer: Writer, rendered: Mapping[int, OutboxMail | str], worker: str) -> None:
    """Insert the mails of the items that are still claimed by this worker; release the act after its last item.

    `rendered` has by item key the mail, or in German why there is none, as this `writer` built it. Takes the lock of
    the writer's rows and then of the act, so that the writer can react to changes since the mails were built. Does
    nothing for an act that is stopped or released. When the writer wants the mails built again, the items become free.
    """
    writer.lock()
    if Act.objects.select_for_update(no_key=True).get(pk=act.pk).state != Act.State.RENDERING:
        return
    ours = ActItem.objects.filter(pk__in=rendered, claimed_by=worker, rendered_at=None)
    items = list(ours)
    outcomes = writer.record_written(items, rendered)
    if outcomes is None:
        ours.update(claimed_by="", claimed_until=None)
        return
    outbox.insert([outcome.mail for outcome in outcomes.values() if outcome.mail])
    _note_written(items, outcomes)
    if not ActItem.objects.filter(act=act, rendered_at=None).exists():
        release_written_act(act)


def _note_written(items: Sequence[ActItem], outcomes: Mapping[int, Outcome]) -> None:
    """Mark the items as written, each with the writer's memo and its problem, cut to 300 characters."""
    alike: dict[tuple[int | None, str], list[int]] = {}
    for item in items:
        outcome = outcomes[item.pk]
        alike.setdefault((outcome.memo, outcome.problem[:300]), []).append(item.pk)
    for (memo, problem), keys in alike.items():  # mostly one group: faster than a bulk_update with a CASE per row
        ActItem.objects.filter(pk__in=keys).update(
            rendered_at=timezone.now(), claimed_until=None, memo=memo, problem=problem
        )


def release_written_act(act: Act) -> None:
    """Release the act's mails, which opens the window to stop. Called when the last mail of the act is written.

    The parts of one parent are released together, with the parent, once the last part is written. Each act is released
    once: the process whose UPDATE changes the act's row releases its mails. The commit waits for the disk.
    """
    if act.parent_id and not _lock_and_check_all_written(act.parent_id):
        return
    disk.make_commit_wait()
    leaves_at = timezone.now() + timedelta(seconds=settings.MAIL_GRACE_SECONDS)
    found = Act.objects.filter(parent=act.parent_id) if act.parent_id else Act.objects.filter(pk=act.pk)
    for one in found.rendering():
        if _open_window(one.pk, leaves_at):
            outbox.release_act(one, not_before=leaves_at)
    if act.parent_id:
        _open_window(act.parent_id, leaves_at)


def _open_window(act: uuid.UUID, leaves_at: object) -> int:
    """Mark the act as released, with its window open until `leaves_at`; return 0 if it was released or stopped."""
    mine = Act.objects.filter(pk=act).rendering()
    return mine.update(state=Act.State.RELEASED, leaves_at=leaves_at, updated_at=timezone.now())


def _lock_and_check_all_written(parent: uuid.UUID) -> bool:
    """Lock the parent and return whether all items of its parts are written.

    Under the lock, the second of two workers that finish at the same time sees the items of both.
    """
    Act.objects.select_for_update(no_key=True).get(pk=parent)
    return not ActItem.objects.filter(act__parent=parent, rendered_at=None).exists()

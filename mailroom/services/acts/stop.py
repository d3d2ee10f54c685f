"""Stop of an act: no further mail of it leaves, and its writer undoes the decision."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import writers
from team.models import User

_BEGUN = (OutboxMail.State.SENDING, OutboxMail.State.SENT, OutboxMail.State.UNCERTAIN)


class NotStoppable(ValueError):
    """The act cannot be stopped any more; the German sentence says why."""


@dataclass(frozen=True)
class Stopped:
    """Result of a stop: `left` mails had begun to leave before, `kept` mails never leave."""

    left: int
    kept: int
    sentence: str = ""  # the writer's own, instead of the usual one

    def __str__(self) -> str:
        if self.sentence:
            return self.sentence
        if not self.left:
            return "Keine Mail dieser Sendung geht hinaus."
        if not self.kept:
            return "Alle Mails waren schon unterwegs."
        gone = "1 Mail war schon unterwegs" if self.left == 1 else f"{self.left} Mails waren schon unterwegs"
        return f"{gone}, {self.kept} {'geht' if self.kept == 1 else 'gehen'} nicht hinaus."


def stopped(total: int, fates: dict[str, int]) -> Stopped:
    """Return the result of a stop of an act with `total` wanted mails; `fates` is the number of mails by state.

    Mails that are sent, being sent or uncertain had begun to leave.
    """
    left = sum(fates.get(state, 0) for state in _BEGUN)
    return Stopped(left=left, kept=total - left)


@transaction.atomic
def stop_act(act: Act, *, by: User) -> Stopped:
    """Stop the act and its parts: no further mail leaves, and the writer undoes the decision.

    Also stops the acts whose mails have replaced mails of this act since something changed meanwhile. Stores the
    writer's sentence as `outcome`; the writer records the activity. Locks the writer's rows first, then the act. Raises
    NotStoppable with a German sentence for the user; then nothing is stopped.
    """
    reverter = writers.reverter_of(act)
    reverter.lock()
    act = Act.objects.select_for_update(no_key=True).get(pk=act.pk)
    terms = reverter.terms()
    if problem := _why_not_stoppable(act) or terms.problem:
        raise NotStoppable(problem)
    for renewed in _renewed(act):
        stop_act(renewed, by=by)
    for part in Act.objects.select_for_update(no_key=True).filter(parent=act).not_stopped():
        its = writers.reverter_of(part)
        _take_back(part, its, its.terms(), by=by)
    if sentence := _take_back(act, reverter, terms, by=by):
        act.outcome = sentence
        act.save(update_fields=["outcome"])
    counted = stopped(act.total, outbox.fates(act))
    return Stopped(counted.left, counted.kept, sentence)


def _take_back(act: Act, reverter: writers.Reverter, terms: writers.Terms, *, by: User) -> str:
    """Stop the act's own mails and let its writer undo the decision; return the writer's sentence, "" for the usual.

    Restores what the act had superseded if the terms say so. Called in the transaction of the stop, under its locks.
    Raises NotStoppable when the writer allows no partial stop and one of the mails may have left.
    """
    act.state, act.stopped_at = Act.State.STOPPED, timezone.now()
    act.save(update_fields=["state", "stopped_at", "updated_at"])
    outbox.cancel_act(act, gives_back=terms.gives_back)
    if terms.too_late and OutboxMail.objects.filter(act=act).may_have_left().exists():
        raise NotStoppable(terms.too_late)
    return reverter.undo(by=by)


def _why_not_stoppable(act: Act) -> str:
    """Return in German why the act cannot be stopped any more, "" when it can."""
    whole = "Sammelaktion" if act.holds_others else "Sendung"
    if act.is_stopped:
        return f"Diese {whole} ist schon angehalten."
    if act.parent_id:
        return "Diese Sendung gehört zu einer Sammelaktion und lässt sich nur mit ihr anhalten."
    if act.can_be_stopped:
        return ""
    if act.holds_others:
        return "Die Mails sind schon auf dem Weg. Sie können die Sammelaktion aber zurücknehmen."
    return "Die Mails sind schon auf dem Weg und lassen sich nicht mehr anhalten."


def _renewed(act: Act) -> list[Act]:
    """Return the acts of the same kind and subject that superseded mails of this act, unless they are stopped."""
    mails = OutboxMail.objects.filter(act=act, state=OutboxMail.State.SUPERSEDED)
    newer = Act.objects.filter(pk__in=mails.values("superseded_by_act"), kind=act.kind)
    return list(newer.filter(about_kind=act.about_kind, about_key=act.about_key).not_stopped())

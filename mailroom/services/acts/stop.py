"""Stopping an act while nothing of it has left, or the rest of it when something has."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import writers
from team.models import User

_BEGUN = (OutboxMail.State.SENDING, OutboxMail.State.SENT, OutboxMail.State.UNCERTAIN)


class NotStoppable(ValueError):
    """The act was stopped before, or its mails are on their way; the sentence says which."""


@dataclass(frozen=True)
class Stopped:
    """What stopping an act achieved: mails that had begun to leave before, and those that never will."""

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
    """Count what stopping has achieved: `total` mails were wanted, `fates` is how many there are by state."""
    left = sum(fates.get(state, 0) for state in _BEGUN)
    return Stopped(left=left, kept=total - left)


@transaction.atomic
def stop_act(act: Act, *, by: User) -> Stopped:
    """Stop the act and its parts: no further mail leaves, and the writer undoes what the decision did.

    What took the place of its mails, since something changed meanwhile, is stopped with it. Raises NotStoppable with a
    sentence for the person.
    """
    reverter = writers.reverter_of(act)
    reverter.lock()
    act = Act.objects.select_for_update(no_key=True).get(pk=act.pk)
    terms = reverter.terms()
    if problem := _why_it_stands(act) or terms.problem:
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
    """Stop the act's own mails and let its writer undo the rest. In the caller's transaction, under its locks."""
    act.state, act.stopped_at = Act.State.STOPPED, timezone.now()
    act.save(update_fields=["state", "stopped_at", "updated_at"])
    outbox.cancel(act, gives_back=terms.gives_back)
    if terms.too_late and OutboxMail.objects.filter(act=act).may_have_left().exists():
        raise NotStoppable(terms.too_late)
    return reverter.undo(by=by)


def _why_it_stands(act: Act) -> str:
    """Say in German why the act cannot be stopped any more, "" when it can."""
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
    """The acts that say anew what this one said, since something changed before its mails had left."""
    mails = OutboxMail.objects.filter(act=act, state=OutboxMail.State.SUPERSEDED)
    newer = Act.objects.filter(pk__in=mails.values("superseded_by_act"), kind=act.kind)
    return list(newer.filter(about_kind=act.about_kind, about_key=act.about_key).not_stopped())

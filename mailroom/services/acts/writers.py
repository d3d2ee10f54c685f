"""Writers of the mails of acts, plugged in by name: ACT_WRITERS in the settings says which class a name stands for.

The mailroom claims, stores, releases and stops; a writer knows what a mail says, to whom, and what its decision has
changed elsewhere. One instance serves one act, and either one batch of mails or one stop.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from mailroom.models import Act, ActItem, OutboxMail
from team.models import User


class Outcome(NamedTuple):
    """What became of one item: its mail, or in German why there is none; `memo` is stored at the item for `undo`."""

    mail: OutboxMail | None = None
    problem: str = ""
    memo: int | None = None


class Terms(NamedTuple):
    """On which terms an act can be stopped.

    `problem` says in German why it stands, "" when it can be stopped. `gives_back`: what its mails had superseded may
    leave again. `too_late` is said, and nothing is stopped, when one of its mails may have left; "" stops the rest.
    """

    problem: str = ""
    gives_back: bool = False
    too_late: str = ""


class Named(NamedTuple):
    """How the team calls a recipient, and the address of the person's page."""

    name: str
    url: str = ""


class Reverter(Protocol):
    """What stopping an act needs of its floor. An act that only holds others has no more than this."""

    def __init__(self, act: Act) -> None:
        """Keep the act. Reads nothing."""

    def lock(self) -> None:
        """Lock the rows that the decision changed, always in one order. First in a transaction, before the act itself.

        The lock of an act that holds others covers theirs: it is not asked of each.
        """

    def terms(self) -> Terms:
        """Say on which terms the act can be stopped. Under the locks of `lock` and of the act; writes nothing."""

    def undo(self, *, by: User) -> str:
        """Undo what the decision did, and record it; returns a German sentence about that, "" for the usual one.

        In the transaction of the stop, under its locks. The mails are stopped already, and so are the act's parts.
        """


class Writer(Reverter, Protocol):
    """What writing the mails of an act needs besides."""

    def render(self, items: Sequence[ActItem]) -> Mapping[int, OutboxMail | str]:
        """By key of the item the prepared row (`outbox.prepare`, held), or in German why there is none.

        Outside any transaction, with no lock held. May remember in the instance what the mails were built from.
        """

    def settle(
        self, items: Sequence[ActItem], rendered: Mapping[int, OutboxMail | str]
    ) -> Mapping[int, Outcome] | None:
        """Say what becomes of these items after what has happened since `render`, and note at the recipients what they
        are told; None when the mails have to be built anew.

        In the transaction that inserts the mails, under the locks of `lock` and of the act. Only reads what is needed
        and writes; `items` are those that are still ours.
        """

    def named(self, items: Sequence[ActItem]) -> Mapping[int, Named]:
        """By key of the item how its recipient is called; one that is gone is left out."""


def reverter_of(act: Act) -> Reverter:
    """Return what can stop the act."""
    found: Reverter = import_string(settings.ACT_WRITERS[act.writer])(act)
    return found


def writer_of(act: Act) -> Writer:
    """Return what writes the mails of the act, which has some."""
    found: Writer = import_string(settings.ACT_WRITERS[act.writer])(act)
    return found

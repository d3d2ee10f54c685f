"""Protocols of the writers of acts. ACT_WRITERS in the settings maps a writer's name to its class.

The mailroom claims, stores, releases and stops. A writer knows the content and recipients of the mails and what the
decision has changed elsewhere. One instance serves one act, and either one batch of mails or one stop.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from mailroom.models import Act, ActItem, OutboxMail
from team.models import User


class Outcome(NamedTuple):
    """Outcome of one item: its mail, or in German why there is none. `memo` is stored at the item for `undo`."""

    mail: OutboxMail | None = None
    problem: str = ""
    memo: int | None = None


class Terms(NamedTuple):
    """Terms on which an act can be stopped.

    `problem` says in German why it cannot be stopped, "" when it can. `gives_back`: mails that the act had superseded
    may leave again. `too_late` refuses the stop, with this sentence, when one of the act's mails may have left; with ""
    the rest is stopped.
    """

    problem: str = ""
    gives_back: bool = False
    too_late: str = ""


class Named(NamedTuple):
    """Name of a recipient as the team sees it, and the URL of the recipient's page."""

    name: str
    url: str = ""


class Reverter(Protocol):
    """Undoes an act's decision when the act is stopped. An act that only holds others needs no full Writer."""

    def __init__(self, act: Act) -> None:
        """Keep the act. Runs no query."""

    def lock(self) -> None:
        """Lock the rows that the decision changed, always in the same order.

        Called first in the transaction, before the act itself is locked. For an act that holds others this covers its
        parts: it is not called for each part.
        """

    def terms(self) -> Terms:
        """Return the terms on which the act can be stopped. Called under the locks of `lock` and the act; read-only."""

    def undo(self, *, by: User) -> str:
        """Undo the decision and record the activity; return a German sentence about that, "" for the default one.

        Called in the transaction of the stop, under its locks, after the mails and the act's parts are stopped.
        """


class Writer(Reverter, Protocol):
    """Writes the mails of an act, and undoes its decision when it is stopped."""

    def render(self, items: Sequence[ActItem]) -> Mapping[int, OutboxMail | str]:
        """Return by item key the prepared, held row (`outbox.prepare`), or in German why there is none.

        Called outside any transaction, without locks. May keep in the instance the data that the mails were built from.
        """

    def record_written(
        self, items: Sequence[ActItem], rendered: Mapping[int, OutboxMail | str]
    ) -> Mapping[int, Outcome] | None:
        """Return the outcome by item key after the changes since `render`, and note at the recipients what their mails
        tell them; return None when the mails have to be built again.

        Called in the transaction that inserts the mails, under the locks of `lock` and the act, so it has to be short.
        `items` are those that this worker still holds.
        """

    def named(self, items: Sequence[ActItem]) -> Mapping[int, Named]:
        """Return the name of each item's recipient by item key; deleted recipients are left out."""


def reverter_of(act: Act) -> Reverter:
    """Return a reverter for the act: the class that ACT_WRITERS names for `act.writer`."""
    found: Reverter = import_string(settings.ACT_WRITERS[act.writer])(act)
    return found


def writer_of(act: Act) -> Writer:
    """Return a writer for the act, which has mails of its own: the class that ACT_WRITERS names for `act.writer`."""
    found: Writer = import_string(settings.ACT_WRITERS[act.writer])(act)
    return found

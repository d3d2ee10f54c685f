"""Helpers for tests of acts of sending about meetings."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse

from mailroom.models import Act, ActItem
from mailroom.services.acts import write, writers
from meetings.models import Invitation


def invitations_of(items: Iterable[ActItem]) -> list[Invitation]:
    """Return the invitations of these items, in their order."""
    found = {one.lane: one for one in Invitation.objects.select_related("contact")}
    return [found[item.lane] for item in items]


def last_names(items: Iterable[ActItem] | None = None) -> list[str]:
    """Return the last names of the contacts of these items, or of all items."""
    return [one.contact.last_name for one in invitations_of(ActItem.objects.all() if items is None else items)]


def stop_url(act: Act) -> str:
    return reverse("mailroom:act_stop", args=[act.pk])


@dataclass
class Batch:
    """Items that a worker has claimed, with their rendered mails; nothing is stored yet."""

    act: Act
    items: list[ActItem]
    worker: str
    writer: writers.Writer = field(init=False)

    def __post_init__(self) -> None:
        self.writer = writers.writer_of(self.items[0].act)
        self.rendered = self.writer.render(self.items)

    def store(self) -> None:
        write.store(self.act, self.writer, self.rendered, self.worker)


def batch(act: Act, worker: str) -> Batch:
    """Claim the items of the act and render their mails, as a worker does."""
    return Batch(act, write.claim(worker, act), worker)

"""Letters to the members of a network, without a meeting. ACT_WRITERS names their writer."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from common.folding import email_key
from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import addresses, outbox, previews
from mailroom.services.acts import start, write
from mailroom.services.acts.start import Recipient
from mailroom.services.acts.writers import Named, Outcome, Terms
from mailroom.services.previews import Preview
from partners.mails import NetworkLetter
from partners.models import Contact
from partners.services.reachable import UNFIT, fits_envelope, same_person, why_not_mailed
from regions.models import Network
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

WRITER = "partners.letters"  # in ACT_WRITERS
_LEFT = "Hat diese Funktion nicht mehr oder keine Adresse."


class NobodyLeft(ValueError):
    """None of the chosen members can be mailed."""


@dataclass(frozen=True)
class Member:
    """A contact in a network; `reason` says in German why no letter can go to them, "" when one can."""

    contact: Contact
    reason: str = ""

    @property
    def is_mailable(self) -> bool:
        """Whether this contact can get a letter."""
        return not self.reason


def members(network: Network) -> list[Member]:
    """Return a Member for each person who belongs to the network today, by name, mailable or not. Two queries.

    Of two posts of one person (`same_person`) only the first is returned.
    """
    rows = Contact.objects.open().in_network(network).select_related("organisation").order_by("sort_key", "pk")
    people = list({same_person(one): one for one in reversed(list(rows))}.values())[::-1]
    known = addresses.states(one.email_folded for one in people)
    return [Member(one, _why_not(one, known.get(one.email_folded))) for one in people]


def _why_not(contact: Contact, address: Any) -> str:
    """Return in German why no letter can go to the contact, or "". `address` None: unknown, so in order."""
    return why_not_mailed(contact, address) or ("" if fits_envelope(contact.email) else UNFIT)


def preview(network: Network, contact: Contact, *, subject: str, text: str) -> Preview:
    """Return the letter to this contact, taken apart for the page; its links lead to a preview.

    Raise ValueError for an address that no envelope can carry.
    """
    letter = NetworkLetter(network, subject=subject, text=text, is_preview=True)
    return previews.preview_of(letter.copy(contact).as_message(), recipient=contact.email)


def send_test(network: Network, contact: Contact, *, subject: str, text: str, to: User) -> OutboxMail:
    """Queue the letter that this contact would get as a test mail („Probe: …“) to a member of the team.

    It leaves at once, without the time to stop it, and its personal links lead to a preview. Raise ValueError for an
    address that no envelope can carry.
    """
    letter = NetworkLetter(network, subject=subject, text=text, is_preview=True)
    mail = letter.copy(contact).as_message()
    return previews.send_test(mail, to=to, about_url=network.get_absolute_url(), about_label=network.name)


def send(
    network: Network,
    keys: Collection[int],
    *,
    key: UUID,
    subject: str,
    text: str,
    by: User,
    composed: dict[str, Any] | None = None,
) -> Act:
    """Write to these members (keys of contacts) and return the act. `text` is Markdown.

    `key` identifies the letter: a second press sends nothing and returns the act of the first. `composed` is the page's
    path and posted data, kept so that the page can be filled again. Keys of contacts who are no members or cannot be
    mailed are ignored. When this returns, the mails of a small act are written, those of a large one are left to the
    workers; they leave MAIL_GRACE_SECONDS after the last one is written. Raise NobodyLeft when no member remains.
    """
    act = _decide(network, set(keys), key=key, subject=subject, text=text, by=by, composed=composed)
    write.write_small(act)
    return act


@transaction.atomic
def _decide(
    network: Network, keys: set[int], *, key: UUID, subject: str, text: str, by: User, composed: dict[str, Any] | None
) -> Act:
    """Start the act for the mailable members among `keys`, without mails, and record it in the log.

    Locks the network's row, so concurrent presses take turns; the second returns the act of the first. Raise
    NobodyLeft.
    """
    network = Network.objects.select_for_update(no_key=True).get(pk=network.pk)
    if sent := Act.objects.filter(pk=key).first():
        return sent
    people = [one.contact for one in members(network) if one.is_mailable and one.contact.pk in keys]
    if not people:
        raise NobodyLeft
    act = start.start_act(
        [Recipient(str(one.pk), one.email) for one in people],
        id=key,
        writer=WRITER,
        kind=Act.Kind.LETTER,
        about=network,
        about_label=network.name,
        by=by,
        content={"subject": subject, "text": text},
        composed=composed,
    )
    whom = str(people[0]) if len(people) == 1 else f"{len(people)} Personen"
    sentence = f"hat {whom} im Netzwerk {network} „{subject}“ geschrieben"
    organisations = {one.organisation_id: one.organisation for one in people}
    activity.record(sentence, by=by, about=[network, *organisations.values(), *people])
    return act


class Writer:
    """The writer of one act's letters (`mailroom.services.acts.writers.Writer`).

    `recipient` of an item is the key of a contact; `about_key` of the act is the key of the network.
    """

    def __init__(self, act: Act) -> None:
        self.act = act

    def _people(self, items: Sequence[ActItem]) -> dict[str, Contact]:
        rows = Contact.objects.open().exclude(email="").filter(pk__in=[int(item.recipient) for item in items])
        return {str(one.pk): one for one in rows.select_related("organisation")}

    def render(self, items: Sequence[ActItem]) -> dict[int, OutboxMail | str]:
        """Return by item key the unsaved outbox row (held until the act is released), or a German sentence why not.

        None goes to somebody who has left the post or has no address since the decision. Writes only missing addresses
        and tokens of stop links; opens no transaction.
        """
        network = Network.objects.select_related("coordinator").get(pk=self.act.about_key)
        letter = NetworkLetter(network, **self.act.content)
        people = self._people(items)
        tokens = addresses.stop_tokens(one.email for one in people.values())
        return {
            item.pk: self._mail(network, letter, one, tokens[email_key(one.email)])
            if (one := people.get(item.recipient))
            else _LEFT
            for item in items
        }

    def _mail(self, network: Network, letter: NetworkLetter, contact: Contact, stop_token: str) -> OutboxMail | str:
        """Return the prepared, held mail, or in German why it cannot be built.

        Its key keeps a contact from getting a second copy.
        """
        try:
            return outbox.prepare(
                letter.copy(contact, stop_token=stop_token),
                kind=OutboxMail.Kind.LETTER,
                recipient=contact.email,
                key=f"letter:{self.act.pk}:{contact.pk}",
                act=self.act,
                is_held=True,
                about_url=network.get_absolute_url(),
                about_label=network.name,
            )
        except ValueError as error:
            logger.warning("letter to contact %s cannot be built: %s", contact.pk, error)
            return "An diese Adresse lässt sich keine Mail schreiben."

    def lock(self) -> None:
        """Do nothing: a letter changes no row of ours."""

    def record_written(self, items: Sequence[ActItem], rendered: Mapping[int, OutboxMail | str]) -> dict[int, Outcome]:
        """Return by item key the mail, or why there is none; write nothing.

        Delivery itself checks for addresses that were stopped or became undeliverable since.
        """
        found = {item.pk: rendered[item.pk] for item in items}
        return {pk: Outcome(problem=mail) if isinstance(mail, str) else Outcome(mail) for pk, mail in found.items()}

    def named(self, items: Sequence[ActItem]) -> dict[int, Named]:
        """Return for each item the contact's name and page; items of deleted contacts are left out."""
        rows = Contact.objects.filter(pk__in=[int(item.recipient) for item in items]).select_related("organisation")
        people = {str(one.pk): one for one in rows}
        return {
            item.pk: Named(f"{one.full_name}, {one.organisation.name}", one.get_absolute_url())
            for item in items
            if (one := people.get(item.recipient))
        }

    def terms(self) -> Terms:
        """Return the default terms: nothing speaks against a stop, and nothing superseded is given back."""
        return Terms()

    def undo(self, *, by: User) -> str:
        """Record in the log that the letter was stopped; there is nothing else to undo.

        Return "": the page shows its default sentence.
        """
        network = Network.objects.get(pk=self.act.about_key)
        sentence = f"hat die Rundmail „{self.act.content['subject']}“ an das Netzwerk {network} angehalten"
        activity.record(sentence, by=by, about=[network])
        return ""

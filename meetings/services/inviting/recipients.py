"""The people who can be invited to a meeting, each once, with the reason when one gets no mail."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from mailroom.models import Address
from mailroom.services import addresses
from meetings.models import Invitation, Meeting
from meetings.services.sending import delivery_status
from partners.models import Contact, Membership
from partners.services.reachable import BROKEN as BROKEN
from partners.services.reachable import NO_ADDRESS as NO_ADDRESS
from partners.services.reachable import NOT_WANTED as NOT_WANTED
from partners.services.reachable import STOPPED as STOPPED
from partners.services.reachable import UNFIT as UNFIT
from partners.services.reachable import fits_envelope, why_not_mailed
from regions.models import Municipality, Network

INVITED = "schon eingeladen"
FAILED = "letzte Mail kam nicht an"
WITHDRAWN = "Einladung war zurückgenommen"


@dataclass(frozen=True)
class Wanted:
    """The filters of the list; an empty value does not filter. `role` is the stored role."""

    q: str = ""
    kind: str = ""
    role: str = ""
    municipality: Municipality | None = None
    network: Network | None = None


@dataclass(frozen=True)
class Candidate:
    """One person; `reason` says in German why they cannot be invited, "" when they can. Guests have no network.

    `invitation` is set for a person who can be invited again in the same row, since no mail has reached them or the
    invitation was withdrawn. `hint` then says so in German; it is "" when there was no failed mail.
    """

    contact: Contact
    network: Network | None
    reason: str = ""
    hint: str = ""
    invitation: Invitation | None = None

    @property
    def is_mailable(self) -> bool:
        """Whether the person can be invited now."""
        return not self.reason

    @property
    def was_withdrawn(self) -> bool:
        """Whether the invitation was withdrawn, so that inviting the person again has to be meant."""
        return self.invitation is not None and self.invitation.withdrawn_at is not None


@dataclass(frozen=True)
class _Invited:
    """A stored invitation, whether it can be used to invite the person again, and the German hint about it."""

    row: Invitation
    may_again: bool
    hint: str = ""


_EVERYBODY = Wanted()


def candidates(meeting: Meeting, wanted: Wanted = _EVERYBODY, *, guests: Collection[int] = ()) -> list[Candidate]:
    """Return the open contacts of the meeting's networks that the filters match, and the guests, sorted by name.

    Those who cannot be invited are in the list, with the reason. `guests` are keys of contacts; the filters do not
    apply to them. A person in two networks is listed with the first; two posts with the same mailbox and name are
    listed once. At most seven queries.
    """
    return _judged(meeting, _narrowed(_contacts(), wanted), network=wanted.network, guests=guests)


def chosen(meeting: Meeting, keys: Collection[int]) -> list[Candidate]:
    """Return the candidates for these contacts (keys): with their network of the meeting, else as guests.

    Those who cannot be invited are included, with the reason; contacts whose post has ended are not.
    """
    return _judged(meeting, _contacts().filter(pk__in=keys), network=None, guests=keys)


def found(meeting: Meeting, words: str, *, limit: int = 10) -> list[Contact]:
    """Return possible guests: the first open contacts that these words match; none for no words.

    Those of all networks are searched. Contacts with an invitation are left out unless they can be invited again.
    Whether a mail can go to the others is not checked.
    """
    if not words.strip():
        return []
    invited = [one.row.contact_id for one in _invited(meeting) if not one.may_again]
    return list(_contacts().found_by(words).exclude(pk__in=invited)[:limit])


def roles(meeting: Meeting) -> list[str]:
    """Return the roles of the open contacts of the meeting's networks, sorted."""
    people = Contact.objects.open().filter(_in(meeting.networks.all())).exclude(role="")
    return sorted(set(people.order_by().values_list("role", flat=True).distinct()), key=str.casefold)


def _contacts() -> Any:
    """Return the contacts whose post has not ended, by name, with organisation and municipality."""
    return Contact.objects.open().select_related("organisation__municipality").order_by("sort_key", "pk")


def _narrowed(people: Any, wanted: Wanted) -> QuerySet[Contact]:
    """Apply the filters except the network, which `_judged` applies."""
    if wanted.q:
        people = people.found_by(wanted.q)
    if wanted.kind:
        people = people.filter(organisation__kind=wanted.kind)
    if wanted.role:
        people = people.filter(role=wanted.role)
    if wanted.municipality:
        people = people.filter(organisation__municipality=wanted.municipality)
    return people


def _in(networks: Iterable[Network]) -> Q:
    """Return a condition for contacts in these networks by a membership in force today, their organisation's or own.

    An own one counts only while they hold the post; by the organisation's, ended posts match, too: filter by `open()`.
    """
    current = Membership.objects.current().filter(network__in=networks)
    return Q(organisation__in=current.filter(contact=None).values("organisation")) | Q(
        pk__in=current.exclude(contact=None).values("contact")
    )


def _judged(
    meeting: Meeting, people: QuerySet[Contact], *, network: Network | None, guests: Collection[int]
) -> list[Candidate]:
    """Return a candidate for each of the people in the meeting's networks (or in `network` alone) and for the guests.

    They are sorted by name. `guests` are keys of open contacts, which need not be among the people. Of two posts of one
    person the first is kept.
    """
    own = list(meeting.networks.order_by("pk"))
    networks = [one for one in own if network is None or one == network]
    members = list(people.filter(_in(networks)))
    listed = {contact.pk for contact in members}
    members += [contact for contact in _contacts().filter(pk__in=guests) if contact.pk not in listed]
    paths = _paths(own)
    invited = _by_person(meeting)
    known = addresses.states(contact.email_folded for contact in members)
    members.sort(key=lambda contact: (contact.sort_key, contact.pk))
    once = {_person(one.pk, one.email_folded, one.match_key): one for one in reversed(members)}
    return [
        _candidate(
            contact,
            paths.get(("contact", contact.pk)) or paths.get(("organisation", contact.organisation_id)),
            known.get(contact.email_folded),
            invited.get(person),
        )
        for person, contact in reversed(once.items())
    ]


def _candidate(
    contact: Contact, network: Network | None, address: Address | None, invited: list[_Invited] | None
) -> Candidate:
    """Return the candidate; `invited` are the person's invitations by any of their posts, None without one.

    They can be invited again only if each of these invitations can be used again.
    """
    if not invited:
        return Candidate(contact, network, why_not_mailed(contact, address))
    if not all(one.may_again for one in invited):
        return Candidate(contact, network, INVITED)
    # The row of this contact comes before one of their other posts, so that no two rows name one contact.
    own = min(invited, key=lambda one: one.row.contact_id != contact.pk)
    reason = why_not_mailed(contact, address) or ("" if fits_envelope(contact.email) else UNFIT)
    return Candidate(contact, network, reason, own.hint, own.row)


def _invited(meeting: Meeting) -> list[_Invited]:
    """Return the invitations of a meeting, each with whether the person can be invited again; at most three queries.

    That holds for withdrawn invitations, and for people whom no mail has reached. People who answered or were called
    know of the meeting, whatever happened to the mail.
    """
    rows = Invitation.objects.filter(meeting=meeting).select_related("contact")
    unheard = Invitation.objects.filter(meeting=meeting, answer="", responses=None, call_notes=None).valid()
    found = list(rows.annotate(is_unheard=Q(pk__in=unheard.values("pk"))))
    mails = delivery_status.mails_to(one for one in found if one.is_unheard)
    return [_as_invited(one, mails.get(one.pk)) for one in found]


def _as_invited(row: Any, mails: delivery_status.Mails | None) -> _Invited:
    """Return the invitation, with whether it may be used again and the German hint about it. Reads the clock.

    It may after a withdrawal, or when a mail failed or could not be written and none has left or waits. `mails` is
    None for people who answered or were called, and for withdrawn invitations.
    """
    if row.withdrawn_at is not None and row.withdrawn_at <= timezone.now():
        return _Invited(row, may_again=True, hint=WITHDRAWN)
    if mails is None or not mails.never_arrived:
        return _Invited(row, may_again=False)
    return _Invited(row, may_again=True, hint=FAILED if mails.has_failed else "")


def _by_person(meeting: Meeting) -> dict[tuple[int | str, str], list[_Invited]]:
    """Return the meeting's invitations, withdrawn ones too, by person (`_person`), who may have several posts."""
    found: dict[tuple[int | str, str], list[_Invited]] = defaultdict(list)
    for one in _invited(meeting):
        contact = one.row.contact
        found[_person(contact.pk, contact.email_folded, contact.match_key)].append(one)
    return found


def _person(pk: int, email_folded: str, match_key: str) -> tuple[int | str, str]:
    """Return the key of a person: mailbox and name. Without a mailbox each contact is a person of its own."""
    return email_folded or pk, match_key


def _paths(networks: list[Network]) -> dict[tuple[str, int], Network]:
    """Return the first of the networks by ('contact' or 'organisation', key), from current memberships."""
    by_pk = {network.pk: network for network in networks}
    rows = Membership.objects.current().filter(network__in=networks).order_by("-network_id")
    return {
        ("contact", contact) if contact else ("organisation", organisation): by_pk[network]
        for organisation, contact, network in rows.values_list("organisation", "contact", "network")
    }

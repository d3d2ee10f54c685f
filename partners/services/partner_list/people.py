"""Find a row's person in the database or in an earlier row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from common.folding import email_key, fold, match_key
from partners.models import Contact, Organisation
from partners.services.partner_list.catalogue import Catalogue
from partners.services.partner_list.cells import has_lost_letters, same_name
from partners.services.partner_list.comparing import differences, offer
from partners.services.partner_list.entries import Doubt, Entry
from partners.services.partner_list.organisations import Group


@dataclass(slots=True)
class Stored:
    """The contact of a row; or a candidate, with the doubt; or only the doubt that they have left a post.

    All is empty when the database has nobody like that.
    """

    contact: Contact | None = None
    candidate: Contact | None = None
    doubt: Doubt | None = None
    reason: str = ""


@dataclass(slots=True)
class Twin:
    """The earlier rows about the same person, in order; or one that may be, with the doubt.

    It is empty when no earlier row is about them.
    """

    entries: list[Entry] = field(default_factory=list)
    doubt: Doubt | None = None
    reason: str = ""


class Stock:
    """The contacts in the database."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def find(self, entry: Entry, group: Group) -> Stored:
        """Find the row's contact by address first, then by name at the same organisation.

        The same person elsewhere, another name with the address (unless it is a shared mailbox) and another address at
        the same name are candidates with a doubt. Of several who fit the one is taken from whom the row differs least.
        """
        homes = [one.pk for one in (group.known, group.similar) if isinstance(one, Organisation)]
        by_email = self._by_email(entry)
        same = [contact for contact in by_email if is_same_person(entry, contact)]
        here = [contact for contact in same if contact.organisation_id in homes]
        if here:
            return Stored(contact=_closest(entry, here))
        if same:
            return self._elsewhere(entry, same[0])
        if by_email and not entry.is_shared and not all(contact.is_shared_mailbox for contact in by_email):
            return self._other_name(by_email[0])
        named = [contact for home in homes for contact in self.catalogue.person(home, entry.full_name)]
        without_address = [contact for contact in named if not contact.email]
        if named and entry.email and not without_address:
            return self._other_address(_closest(entry, named))
        if named:
            return Stored(contact=_closest(entry, without_address if entry.email else named))
        return self._left(entry, homes)

    def _left(self, entry: Entry, homes: list[int]) -> Stored:
        """Return a doubt when a former contact matches by address or name, else an empty result."""
        by_email = [one for key in map(email_key, entry.addresses.usable) for one in self._former_by_email(entry, key)]
        found = by_email + [one for home in homes for one in self.catalogue.former_person(home, entry.full_name)]
        if not found:
            return Stored()
        last = max(found, key=lambda one: (one.ended_on or date.min, one.pk))
        home = self.catalogue.organisations[last.organisation_id].name
        reason = f"{last.full_name} war bei „{home}“, bis {last.ended_on:%d.%m.%Y}: Wieder aufnehmen?"
        return Stored(doubt=Doubt.LEFT_POST, reason=reason)

    def _former_by_email(self, entry: Entry, key: str) -> list[Contact]:
        return [one for one in self.catalogue.left_by_email.get(key, []) if is_same_person(entry, one)]

    def _by_email(self, entry: Entry) -> list[Contact]:
        found = [
            contact
            for address in entry.addresses.usable
            for contact in self.catalogue.by_email.get(email_key(address), [])
        ]
        return list({contact.pk: contact for contact in found}.values())

    def _elsewhere(self, entry: Entry, contact: Contact) -> Stored:
        """Return the doubt about a contact with the same address and name at another organisation."""
        home = self.catalogue.organisations[contact.organisation_id].name
        reason = f"{contact.full_name} ({contact.email}) gibt es schon, aber bei „{home}“: Ist es dieselbe Person?"
        return Stored(candidate=contact, doubt=Doubt.OTHER_ORGANISATION, reason=reason)

    def _other_name(self, contact: Contact) -> Stored:
        """Return the doubt about a contact with the same address and another name."""
        home = self.catalogue.organisations[contact.organisation_id].name
        reason = (
            f"Die Adresse {contact.email} gehört schon zu {contact.full_name} („{home}“): Ist es ein Sammelpostfach?"
        )
        return Stored(candidate=contact, doubt=Doubt.OTHER_NAME, reason=reason)

    def _other_address(self, contact: Contact) -> Stored:
        """Return the doubt about a contact with the same name and organisation and another address."""
        reason = f"{contact.full_name} gibt es hier schon, mit der Adresse {contact.email}: Ist es dieselbe Person?"
        return Stored(candidate=contact, doubt=Doubt.OTHER_ADDRESS, reason=reason)


class Namesakes:
    """The rows of one organisation by name, so that a row is not compared with every other."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Entry]] = {}
        self._with_holes: list[Entry] = []  # names with lost letters fit more than one key

    def add(self, entry: Entry) -> None:
        """Add a row."""
        if has_lost_letters(entry.full_name):
            self._with_holes.append(entry)
        else:
            self._by_key.setdefault(match_key(entry.full_name), []).append(entry)

    def of(self, entry: Entry) -> list[Entry]:
        """Return the added rows that may name the same person."""
        if has_lost_letters(entry.full_name):
            near = [one for rows in self._by_key.values() for one in rows]
        else:
            near = self._by_key.get(match_key(entry.full_name), [])
        return [one for one in (*near, *self._with_holes) if same_name(entry.full_name, one.full_name)]


class File:
    """The people of the rows that were read so far."""

    def __init__(self) -> None:
        self._by_email: dict[str, list[tuple[Entry, Group]]] = {}
        self._of_group: dict[int, Namesakes] = {}

    def add(self, entry: Entry, group: Group) -> Twin:
        """Add a row, and return the rows added before that are, or may be, about the same person."""
        keys = {email_key(address) for address in entry.addresses.usable}
        by_email = [pair for key in keys for pair in self._by_email.get(key, [])]
        of_group = self._of_group.setdefault(id(group), Namesakes())
        twin = self._twin(entry, group, by_email, of_group)
        for key in keys:
            self._by_email.setdefault(key, []).append((entry, group))
        of_group.add(entry)
        return twin

    def _twin(self, entry: Entry, group: Group, by_email: list[tuple[Entry, Group]], of_group: "Namesakes") -> Twin:
        """Return the added rows about the same person: of the same organisation, by address or by name.

        Without any, return a row that may be, with a doubt: the same address and person elsewhere, else the same
        address with another name, unless one of the two rows says that the mailbox is shared.
        """
        same = [earlier for earlier, home in by_email if home is group and is_same_person(entry, earlier)]
        same += of_group.of(entry)
        if same:
            return Twin(sorted(set(same), key=lambda earlier: earlier.position))
        for earlier, home in by_email:
            if is_same_person(entry, earlier):
                reason = f"{earlier.where} nennt dieselbe Person bei „{home.name}“: Ist es dieselbe Person?"
                return Twin([earlier], Doubt.OTHER_ORGANISATION, reason)
        for earlier, _ in by_email:
            if not (entry.is_shared or earlier.is_shared):
                reason = f"{earlier.where} nennt dieselbe Adresse für {earlier.full_name}: Ist es ein Sammelpostfach?"
                return Twin([earlier], Doubt.OTHER_NAME, reason)
        return Twin()


def is_same_person(entry: Entry, other: Contact | Entry) -> bool:
    """Return whether two names may be one person's, given that they share an address.

    A missing or abbreviated first name does not make them different.
    """
    if same_name(entry.full_name, other.full_name):
        return True
    if not same_name(entry.last_name, other.last_name):
        return False
    left, right = fold(entry.first_name), fold(other.first_name)
    return not left or not right or (min(len(left), len(right)) == 1 and left[0] == right[0])


def _closest(entry: Entry, contacts: Iterable[Contact]) -> Contact:
    """Return the contact from which the row differs in the fewest fields."""
    said = offer(entry)
    return min(contacts, key=lambda contact: (len(differences(said, contact)), contact.pk))

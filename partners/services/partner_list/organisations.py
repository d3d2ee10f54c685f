"""Assign rows to organisations: group the rows of the file, and find each group in the database."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from common.folding import match_key
from partners.models import Organisation
from partners.services.partner_list import kinds
from partners.services.partner_list.catalogue import Catalogue
from partners.services.partner_list.cells import has_lost_letters, lost_letters_key, same_name
from partners.services.partner_list.entries import BEAT, Doubt, Entry
from partners.services.partner_list.places import Location

LIKENESS = 92  # of 100; names that are less alike differ in more than a typing error
_LOOK_BACK = 5  # number of organisations above that a row without one may belong to
_FREE_MAIL = {"gmx.de", "gmx.net", "web.de", "t-online.de", "gmail.com", "outlook.de", "outlook.com", "hotmail.de"}


@dataclass(slots=True, eq=False)
class Group:
    """The rows of one organisation in the file; `known` is the same organisation in the database.

    Where none is known, `similar` is one with almost the same name at the same place, stored or in the file. `key` is
    `lost_letters_key` of the name; `domains` are the mail domains of the rows.
    """

    name: str
    key: str
    location: Location
    entries: list[Entry] = field(default_factory=list)
    domains: set[str] = field(default_factory=set)
    known: Organisation | None = None
    similar: "Organisation | Group | None" = None

    @property
    def position(self) -> int:
        """The position of the group's first row."""
        return self.entries[0].position

    @property
    def people(self) -> list[Entry]:
        """The rows that name a person."""
        return [entry for entry in self.entries if entry.last_name and not entry.refusal]

    @property
    def bare(self) -> list[Entry]:
        """The rows that concern the organisation alone."""
        return [entry for entry in self.entries if entry.is_organisation_only and not entry.refusal]


class Grouping:
    """Assigns each row to its organisation: by name and place, else by the rows above."""

    def __init__(self, catalogue: Catalogue, beat: Callable[[], None] = lambda: None) -> None:
        self.catalogue = catalogue
        self.beat = beat
        self.groups: list[Group] = []
        self.of_entry: dict[int, Group] = {}
        self._by_key: dict[str, list[Group]] = {}
        self._names_at: dict[str, tuple[list[str], list[Organisation | Group]]] = {}
        for organisation in catalogue.organisations.values():
            self._remember_name(organisation, catalogue.locations[organisation.pk])

    def assign(self, entries: Iterable[Entry]) -> None:
        """Fill `groups` and `of_entry`, and refuse rows that belong to no organisation. Call it once.

        Rows whose organisation is only assumed get a doubt.
        """
        rows = [entry for entry in entries if not entry.refusal]
        named = [entry for entry in rows if entry.organisation]
        located = [entry for entry in named if self._location(entry)]
        for entry in located:
            self._join(entry, self._find(entry.organisation, self._location(entry)))
        for entry in named:
            if not self._location(entry):
                self._join_without_place(entry)
        _Carrier(self).run(entries)
        for group in self.groups:
            group.entries.sort(key=lambda entry: entry.position)

    def put(self, entry: Entry, group: Group) -> None:
        """Add a row to the group, and its mail domain to the group's."""
        group.entries.append(entry)
        self.of_entry[entry.position] = group
        if len(self.of_entry) % BEAT == 0:
            self.beat()
        domain = domain_of(entry)
        if domain:
            group.domains.add(domain)

    def location(self, entry: Entry) -> Location:
        """Return the location that the row gives for its organisation."""
        return self._location(entry)

    def _location(self, entry: Entry) -> Location:
        return self.catalogue.places.location(entry.postcode, entry.place)

    def _find(self, name: str, location: Location) -> Group | None:
        """Return the group of this name at this place, or None."""
        groups = self._by_key.get(lost_letters_key(name), [])
        return next((group for group in groups if group.location.is_same(location)), None)

    def _join(self, entry: Entry, group: Group | None, *, known: Organisation | None = None) -> None:
        """Add a row to the group. Without one, begin a group with the name and place of the row.

        Its organisation in the database is `known`, or is looked for; when there is none, a similar one is.
        """
        if group is None:
            location = self._location(entry)
            group = Group(entry.organisation, lost_letters_key(entry.organisation), location)
            group.known = known or self._known(entry.organisation, location)
            if group.known is None:
                group.similar = self._similar(group)
                self._remember_name(group, location)
            self.groups.append(group)
            self._by_key.setdefault(group.key, []).append(group)
        self.put(entry, group)

    def _join_without_place(self, entry: Entry) -> None:
        """Assign a row without a place to the organisation of its name.

        Of several the nearest above is assumed, with a doubt; else the first one below, else the first in the database.
        """
        groups = self._by_key.get(lost_letters_key(entry.organisation), [])
        taken = {group.known.pk for group in groups if group.known}
        others = [one for one in self.catalogue.by_key.get(match_key(entry.organisation), []) if one.pk not in taken]
        above = [group for group in groups if group.position < entry.position]
        group = next(iter(above[::-1] or groups), None)
        known = others[0] if others and group is None else None
        if len(groups) + len(others) > 1:
            place = _place_as_written(group) if group else known and known.place
            which = f"die in {place}" if place else "die ohne Ort"
            entry.doubts[Doubt.WHICH_ORGANISATION] = (
                f"„{entry.organisation}“ gibt es mehrmals, und die Zeile nennt keinen Ort: "
                f"Gemeint ist vermutlich {which}; so übernehmen?"
            )
        self._join(entry, group, known=known)

    def _known(self, name: str, location: Location) -> Organisation | None:
        """Return the stored organisation of this name at this place, or None; lost letters match any.

        Otherwise, return the only one of this name if it or the row has no place, and no group has it yet.
        """
        places = self.catalogue.locations
        same = self.catalogue.by_key.get(match_key(name), [])
        here = [one for one in same if places[one.pk].is_same(location)]
        if not here:
            unclear = self.catalogue.near(location) if has_lost_letters(name) else self.catalogue.with_lost_letters
            here = [one for one in unclear if places[one.pk].is_same(location) and same_name(one.name, name)]
        if not here and len(same) == 1 and not (places[same[0].pk] and location):
            taken = any(group.known is same[0] for group in self._by_key.get(lost_letters_key(name), []))
            return None if taken else same[0]
        return max(here, key=lambda one: places[one.pk].postcode == location.postcode, default=None)

    def _similar(self, group: Group) -> "Organisation | Group | None":
        """Return an organisation at the same place whose name differs only by a typing error or the legal form.

        It is stored or a group of the file; None when there is none.
        """
        key = kinds.without_legal_form(match_key(group.name))
        for place in (group.location.place, group.location.postcode):
            names, owners = self._names_at.get(place, ([], []))
            for _, _, index in process.extract(key, names, scorer=fuzz.ratio, score_cutoff=LIKENESS, limit=3):
                if _could_be_same(group.name, owners[index].name):
                    return owners[index]
        return None

    def _remember_name(self, owner: "Organisation | Group", location: Location) -> None:
        """Keep the name by place and by postcode, for `_similar`."""
        key = kinds.without_legal_form(match_key(owner.name))
        for place in {location.place, location.postcode} - {""}:
            names, owners = self._names_at.setdefault(place, ([], []))
            names.append(key)
            owners.append(owner)


def _place_as_written(group: Group) -> str:
    return next((entry.place or entry.postcode for entry in group.entries if entry.place or entry.postcode), "")


def _could_be_same(left: str, right: str) -> bool:
    """Return whether two names agree in numbers and school type.

    „BBS 1“ is not „BBS 2“, and „Oberschule X“ is not „Förderschule X“.
    """
    numbers = re.findall(r"\d+", left) == re.findall(r"\d+", right)
    return numbers and kinds.school_type(left) == kinds.school_type(right)


def domain_of(entry: Entry) -> str:
    """Return the domain of a row's address, or "" for a public mail provider's and without an address."""
    domain = entry.email.rpartition("@")[2]
    return "" if domain in _FREE_MAIL else domain


class _Carrier:
    """Assigns rows without an organisation to the one above, as long as nothing contradicts."""

    def __init__(self, grouping: Grouping) -> None:
        self.grouping = grouping
        self.current: Group | None = None
        self.assumed = ""  # the reason when the current group is only assumed
        self.recent: list[Group] = []

    def run(self, entries: Iterable[Entry]) -> None:
        """Assign each row without an organisation, in the order of the file; refuse those above the first one.

        Rows with one must have their group already. Refused rows are passed over, and count as a gap.
        """
        last_number = 0
        for entry in entries:
            if entry.refusal:
                continue
            if entry.organisation:
                self._set(self.grouping.of_entry[entry.position])
            elif self.current is None:
                entry.refusal = "Keine Einrichtung: weder in dieser Zeile noch in einer darüber"
            else:
                self._carry(entry, gap=entry.number - last_number != 1)
            last_number = entry.number

    def _set(self, group: Group, assumed: str = "") -> None:
        """Make this the current group and the first of `recent`, which holds the last five.

        `assumed` is the German reason why it is only assumed, "" when a row names it.
        """
        self.current, self.assumed = group, assumed
        if group in self.recent:
            self.recent.remove(group)
        self.recent = [group, *self.recent][:_LOOK_BACK]

    def _carry(self, entry: Entry, *, gap: bool) -> None:
        """Assign the row to the current group, or to a recent one that fits its place or mail domain better.

        Another group, or a row after a `gap` that neither place nor domain confirms, gives this row and those that
        follow it a doubt. A row whose place fits no recent group is refused.
        """
        above = self.current
        if above is None:
            return
        location = self.grouping.location(entry)
        domain = domain_of(entry)
        here = [group for group in self.recent if not location or group.location.is_same(location)]
        by_domain = next((group for group in here if domain and domain in group.domains), None)
        fits = above in here or not above.location
        target = by_domain if by_domain and (not fits or domain not in above.domains) else above if fits else None
        target = target or (here[0] if here else None)
        if target is None:
            entry.refusal = (
                f"Keine Einrichtung: Darüber steht „{above.name}“, aber an einem anderen Ort als {entry.postcode} "
                f"{entry.place}".strip()
            )
            return
        if target is not above:
            self._set(
                target,
                f"Die Zeile nennt keine Einrichtung, und „{above.name}“ darüber passt nicht zu Ort oder Adresse: "
                f"Übernehmen bei „{target.name}“?",
            )
        elif gap and not (location and above.location) and by_domain is None:
            self.assumed = f"Die Zeile nennt keine Einrichtung und steht abgesetzt: Übernehmen bei „{above.name}“?"
        if self.assumed:
            entry.doubts[Doubt.CARRIED] = self.assumed
        self.grouping.put(entry, target)

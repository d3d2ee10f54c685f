"""Invented partners: number i of a seed is always the same organisation with the same people.

This module neither reads nor writes the database, so that a large demo is computed outside any transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from common.folding import fold
from mailroom.models import Address
from netzwerk.demo import words
from partners.models import Contact, Membership, Organisation

Kind = Organisation.Kind
TODAY = date(2026, 11, 2)  # fixed, so that the same seed always gives the same days
_STEMS = len(words.PLACE_FRONTS) * len(words.PLACE_ENDS)
_STRIDE = 1013  # a prime that does not divide _STEMS: every stem comes once before any repeats
_ROUNDS = ("", "-Nord", "-Süd", "-Ost", "-West", "-Mitte", "-Ober", "-Unter", "-Neu", "-Alt")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_SCHOOL_ROLES = Contact.ROLES[:7]
_COMPANY_ROLES = Contact.ROLES[7:13]
_ACTOR_ROLES = ("Teamleitung", "Projektleitung", "Einrichtungsleitung")
_ROLES_OF_ACTORS = {
    Organisation.ActorKind.MUNICIPALITY: ("Bürgermeister/in", "Wirtschaftsförderung", "Wirtschaftsförderung"),
    Organisation.ActorKind.ECONOMIC_DEVELOPMENT: ("Wirtschaftsförderung", "Geschäftsführung"),
    Organisation.ActorKind.EMPLOYMENT_AGENCY: ("Berufsberatung", "Teamleitung"),
    Organisation.ActorKind.JOBCENTER: ("Teamleitung", "Berufsberatung"),
}
_LARGE_TOWNS = ("Bramsche", "Georgsmarienhütte", "Melle", "Wallenhorst")
_PROVIDERS = {  # kind of actor → its name before the invented place
    Organisation.ActorKind.EDUCATION_PROVIDER: "Bildungswerk",
    Organisation.ActorKind.ECONOMIC_DEVELOPMENT: "Wirtschaftsförderung",
    Organisation.ActorKind.DISTRICT_CRAFTS: "Kreishandwerkerschaft",
    Organisation.ActorKind.FOUNDATION: "Stiftung",
    Organisation.ActorKind.JOBCENTER: "Jobcenter",
    Organisation.ActorKind.EMPLOYMENT_AGENCY: "Agentur für Arbeit",
    Organisation.ActorKind.EMPLOYERS: "Arbeitgeberverband",
    Organisation.ActorKind.UNIVERSITY: "Hochschule",
    Organisation.ActorKind.EDUCATION_OFFICE: "Bildungsbüro",
    Organisation.ActorKind.REGIONAL_MANAGEMENT: "Regionalmanagement",
    Organisation.ActorKind.PARENTS: "Elternrat",
    Organisation.ActorKind.OTHER: "Ausbildungsverein",
}


@dataclass
class Person:
    """One contact with its address state and membership, not saved yet."""

    contact: Contact
    came_from_previous: bool = False  # the same person left the organisation with the previous number
    leaves_for_next: bool = False
    address_state: str = ""
    own_membership: Membership | None = None


@dataclass
class Partner:
    """One organisation with its people and memberships, not saved yet."""

    organisation: Organisation
    people: list[Person] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """A municipality as the generator needs it."""

    pk: int
    name: str
    postcodes: tuple[str, ...]
    network_pk: int


def _stem(seed: int, number: int) -> str:
    """Return the invented place name of organisation `number`, unique within a seed."""
    lap, step = divmod(number, _STEMS)
    front, end = divmod((step * _STRIDE + seed * 7) % _STEMS, len(words.PLACE_ENDS))
    suffix = _ROUNDS[lap] if lap < len(_ROUNDS) else f"-{lap}"
    return f"{words.PLACE_FRONTS[front]}{words.PLACE_ENDS[end]}{suffix}"


def _moves(seed: int, number: int) -> bool:
    """Return whether a person moved from organisation `number - 1` to `number`."""
    return number > 0 and Random(f"{seed}/move/{number}").random() < 0.05


def _name(rng: Random) -> tuple[str, str, str]:
    """Return a random salutation, first name and last name."""
    is_woman = rng.random() < 0.52
    first = rng.choice(words.WOMEN if is_woman else words.MEN)
    if rng.random() < 0.25:
        last = rng.choice(words.COMMON_SURNAMES)
    else:
        last = rng.choice(words.SURNAME_FRONTS) + rng.choice(words.SURNAME_ENDS)
    salutation = Contact.Salutation.MS if is_woman else Contact.Salutation.MR
    return ("" if rng.random() < 0.05 else salutation), first, last


def _ascii(text: str) -> str:
    return fold(text.translate(_UMLAUTS)).replace(" ", "-")


def _phone(rng: Random) -> str:
    """Return a number that the Federal Network Agency reserves for fiction (040 66969 000 to 999), or ""."""
    return f"040 66969 {rng.randrange(1000):03}" if rng.random() < 0.85 else ""


def _school(rng: Random, stem: str) -> dict[str, Any]:
    kind = rng.choice(list(Organisation.SchoolType))
    authorities = list(Organisation.SchoolAuthority)
    label = "BBS" if kind == Organisation.SchoolType.BBS else str(kind.label)
    return {
        "name": f"{label} {stem}",
        "school_type": kind,
        "school_authority": rng.choices(authorities, (4, 5, 1))[0],
    }


def _company(rng: Random, stem: str) -> dict[str, Any]:
    sector = rng.choice(list(words.TRADES))
    form = rng.choice(words.LEGAL_FORMS)
    return {"name": f"{rng.choice(words.TRADES[sector])} {stem} {form}".strip(), "sector": sector}


def _actor(rng: Random, stem: str) -> dict[str, Any]:
    kind = rng.choice(list(_PROVIDERS))
    return {"name": f"{_PROVIDERS[kind]} {stem}", "actor_kind": kind}


def _town_hall(place: Place) -> dict[str, Any]:
    what = "Stadt" if place.name in words.TOWNS else "Gemeinde"
    return {"name": f"{what} {place.name}", "actor_kind": Organisation.ActorKind.MUNICIPALITY}


def _organisation(rng: Random, stem: str, place: Place, is_town_hall: bool) -> Organisation:
    """Return a town hall or an organisation of one of the three kinds."""
    if is_town_hall:
        kind, own = Kind.LABOUR_MARKET_ACTOR, _town_hall(place)
    else:
        kind = rng.choices([Kind.SCHOOL, Kind.COMPANY, Kind.LABOUR_MARKET_ACTOR], (35, 50, 15))[0]
        own = {Kind.SCHOOL: _school, Kind.COMPANY: _company, Kind.LABOUR_MARKET_ACTOR: _actor}[kind](rng, stem)
    is_outside = rng.random() < 0.08 and not is_town_hall
    where: dict[str, Any] = {"municipality_id": place.pk, "place": place.name, "postcode": rng.choice(place.postcodes)}
    if is_outside:
        where = {"is_outside_district": True, "place": "Osnabrück", "postcode": rng.choice(("49074", "49080", "49090"))}
    return Organisation(
        kind=kind,
        street=f"{rng.choice(words.STREETS)} {rng.randrange(1, 90)}",
        phone=_phone(rng),
        website=f"https://www.{_ascii(own['name'])[:50]}.example" if rng.random() < 0.4 else "",
        note=rng.choice(words.ORGANISATION_NOTES) if rng.random() < 0.15 else "",
        **own,
        **where,
    )


def _roles(organisation: Organisation) -> Sequence[str]:
    if organisation.actor_kind:
        return _ROLES_OF_ACTORS.get(Organisation.ActorKind(organisation.actor_kind), _ACTOR_ROLES)
    return _SCHOOL_ROLES if organisation.kind == Kind.SCHOOL else _COMPANY_ROLES


def _contact(rng: Random, organisation: Organisation, name: tuple[str, str, str]) -> Contact:
    salutation, first, last = name
    email = f"{_ascii(first)}.{_ascii(last)}@{_ascii(organisation.name)[:55].strip('-')}.example"
    return Contact(
        salutation=salutation,
        title=rng.choice(("Dr.", "Dr.", "Prof. Dr.", "Dipl.-Ing.")) if rng.random() < 0.06 else "",
        first_name=first,
        last_name=last,
        role=rng.choice(_roles(organisation)),
        email="" if rng.random() < 0.08 else email,
        source=Contact.Source.ORGANISATION,
        phone=_phone(rng),
        gets_invitations=rng.random() > 0.06,
        note=rng.choice(words.CONTACT_NOTES) if rng.random() < 0.08 else "",
    )


def _office(organisation: Organisation) -> Contact:
    """Return the shared mailbox of an organisation."""
    return Contact(
        last_name="Sekretariat",
        role="Sekretariat",
        email=f"info@{_ascii(organisation.name)[:55].strip('-')}.example",
        is_shared_mailbox=True,
        source=Contact.Source.PUBLIC,
    )


def _people(rng: Random, organisation: Organisation, seed: int, number: int) -> list[Person]:
    """Return one to five people, perhaps a shared mailbox, and who came from the previous or left for the next one.

    Of people with the same full name only the first is kept.
    """
    people: list[Person] = []
    if _moves(seed, number):
        arrival = _contact(rng, organisation, _name(Random(f"{seed}/who/{number}")))
        people.append(Person(arrival, came_from_previous=True))
    if _moves(seed, number + 1):
        leaver = _contact(rng, organisation, _name(Random(f"{seed}/who/{number + 1}")))
        leaver.ended_on = TODAY - timedelta(days=Random(f"{seed}/when/{number + 1}").randrange(30, 600))
        people.append(Person(leaver, leaves_for_next=True))
    for _ in range(rng.choices((1, 2, 3, 4, 5), (40, 30, 15, 10, 5))[0]):
        contact = _contact(rng, organisation, _name(rng))
        if rng.random() < 0.04:
            contact.ended_on = TODAY - timedelta(days=rng.randrange(30, 900))
        people.append(Person(contact))
    if rng.random() < 0.12:
        people.append(Person(_office(organisation)))
    seen: set[str] = set()
    return [
        person
        for person in people
        if person.contact.full_name not in seen and not seen.add(person.contact.full_name)  # type: ignore[func-returns-value]
    ]


def _add_memberships(rng: Random, partner: Partner, network_pk: int, network_pks: list[int]) -> None:
    """Add random memberships: mostly one in the place's network, a few in others, one of them for a person alone."""
    kinds = Membership.Kind
    start = date(rng.randrange(2018, 2026), rng.choice((2, 8)), 1)
    if rng.random() < 0.92:
        is_host = partner.organisation.kind == Kind.COMPANY and rng.random() < 0.2
        kind = kinds.HOST if is_host else kinds.MEMBER
        partner.memberships.append(Membership(network_id=network_pk, kind=kind, starts_on=start))
    others = [pk for pk in network_pks if pk != network_pk]
    if rng.random() < 0.1:
        partner.memberships.append(Membership(network_id=rng.choice(others), kind=kinds.GUEST, starts_on=start))
    if rng.random() < 0.06:
        partner.memberships.append(
            Membership(
                network_id=rng.choice(others),
                kind=kinds.MEMBER,
                starts_on=start,
                ends_on=start + timedelta(days=rng.randrange(200, 900)),
            )
        )
    if rng.random() < 0.08:
        partner.people[-1].own_membership = Membership(network_id=rng.choice(others), kind=kinds.GUEST, starts_on=start)


def partner(seed: int, number: int, places: list[Place]) -> Partner:
    """Return organisation `number` (from 0) of the seed. `places` are the municipalities in a fixed order.

    Every twelfth one is a town hall until each place has one.
    """
    rng = Random(f"{seed}/{number}")
    turn, is_other = divmod(number, 12)
    is_town_hall = not is_other and turn < len(places)
    weights = [6 if place.name in _LARGE_TOWNS else 1 for place in places]
    place = places[(turn * 5) % len(places)] if is_town_hall else rng.choices(places, weights)[0]
    organisation = _organisation(rng, _stem(seed, number), place, is_town_hall)
    made = Partner(organisation, _people(rng, organisation, seed, number))
    _add_memberships(rng, made, place.network_pk, sorted({place.network_pk for place in places}))
    states = (Address.State.SOFT, Address.State.HARD, Address.State.STOPPED)
    for person in made.people:
        if rng.random() < 0.03 and person.contact.email:
            person.address_state = rng.choice(states)
    return made

"""Write the invented partners: compute them outside and write 500 organisations per short transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db import transaction

from common.folding import email_key
from mailroom.models import Address
from netzwerk.demo.logins import create_people
from netzwerk.demo.partners import Partner, Person, Place, partner
from netzwerk.demo.words import NETWORK_DESCRIPTION
from partners.models import Contact, Membership, Organisation
from regions.models import Municipality, Network
from team.models import Activity, User
from team.services.activity import record

BATCH = 500
_REASONS = {
    Address.State.SOFT: "Postfach voll",
    Address.State.HARD: "Empfänger unbekannt",
    Address.State.STOPPED: "über den Abmelde-Link",
}
_MOMENT = datetime(2026, 10, 30, 14, 25, tzinfo=UTC)


class ForeignDataError(Exception):
    """The database holds organisations, but none of this seed."""


@dataclass(frozen=True)
class Seeded:
    """Numbers of added rows."""

    organisations: int
    contacts: int


def seed_partners(contacts: int, seed: int) -> Seeded:
    """Add partners of this seed until it has `contacts` contacts; existing rows stay unchanged.

    The first batch also creates the two members and makes one of them the coordinator of each network. After an
    interruption between two batches, a second call continues where the first one stopped.
    Raises ForeignDataError if there are organisations, but none of this seed.
    """
    places = _places()
    partners = _up_to(contacts, (partner(seed, number, places) for number in range(contacts)))
    is_first = not Organisation.objects.exists()
    former: Contact | None = None
    if not is_first:
        partners, former = _what_is_missing(list(partners))
    organisations = people = 0
    while batch := list(islice(partners, BATCH)):
        with transaction.atomic():
            former = _write(batch, former)
            if is_first:
                _set_up_office([made.organisation for made in batch])
                is_first = False
        organisations += len(batch)
        people += sum(len(made.people) for made in batch)
    return Seeded(organisations, people)


def _places() -> list[Place]:
    rows = Municipality.objects.filter(network__isnull=False).order_by("name")
    return [Place(row.pk, row.name, tuple(row.postcodes.split()), row.network_id or 0) for row in rows]


def _up_to(contacts: int, partners: Iterator[Partner]) -> Iterator[Partner]:
    """Yield partners with `contacts` contacts in total; the last partner is cut to fit."""
    for made in partners:
        if contacts <= 0:
            return
        del made.people[contacts:]
        contacts -= len(made.people)
        yield made


def _what_is_missing(partners: list[Partner]) -> tuple[Iterator[Partner], Contact | None]:
    """Return the partners after the last existing organisation of this seed, and that one if it lacks people.

    Return also the contact that left that organisation for the next one. Raises ForeignDataError.
    """
    there = dict(Organisation.objects.order_by("-pk").values_list("name", "pk"))
    last = max((n for n, made in enumerate(partners) if made.organisation.name in there), default=None)
    if last is None:
        raise ForeignDataError
    made = partners[last]
    made.organisation.pk = there[made.organisation.name]
    known = {(row.first_name, row.last_name): row for row in Contact.objects.filter(organisation=made.organisation.pk)}
    leavers = [known.get(_names(person)) for person in made.people if person.leaves_for_next]
    made.people = [person for person in made.people if _names(person) not in known]
    made.memberships = []
    rest = [made, *partners[last + 1 :]] if made.people else partners[last + 1 :]
    return iter(rest), next(iter(leavers), None)


def _names(person: Person) -> tuple[str, str]:
    return person.contact.first_name, person.contact.last_name


def _write(batch: list[Partner], former: Contact | None) -> Contact | None:
    """Write one batch. `former` and the result: the contact that left the batch's predecessor or last organisation."""
    Organisation.objects.bulk_create([made.organisation for made in batch if not made.organisation.pk])
    people = [(made, person) for made in batch for person in made.people]
    for made, person in people:
        person.contact.organisation = made.organisation
    Contact.objects.bulk_create([person.contact for _, person in people], batch_size=BATCH)
    movers = []
    for _, person in people:
        if person.came_from_previous and former:
            person.contact.former, former = former, None
            movers.append(person.contact)
        if person.leaves_for_next:
            former = person.contact
    Contact.objects.bulk_update(movers, ["former"])
    Membership.objects.bulk_create(_memberships(batch), batch_size=BATCH)
    Address.objects.bulk_create([_address(person) for _, person in people if person.address_state])
    return former


def _memberships(batch: list[Partner]) -> Iterator[Membership]:
    for made in batch:
        for membership in made.memberships:
            membership.organisation = made.organisation
            yield membership
        for person in made.people:
            if person.own_membership:
                person.own_membership.organisation = made.organisation
                person.own_membership.contact = person.contact
                yield person.own_membership


def _address(person: Person) -> Address:
    state = Address.State(person.address_state)
    return Address(key=email_key(person.contact.email), state=state, reason=_REASONS[state], since=_MOMENT)


def _set_up_office(organisations: list[Organisation]) -> None:
    """Create the two members, make them coordinators of the networks and write the first log entries."""
    users = create_people()
    for number, network in enumerate(Network.objects.filter(coordinator__isnull=True).order_by("pk")):
        network.coordinator = users[number % len(users)]
        network.description = network.description or NETWORK_DESCRIPTION
        network.save(update_fields=["coordinator", "description", "updated_at"])
    _tell(users, organisations)


def _tell(users: list[User], organisations: list[Organisation]) -> None:
    """Record an activity about each of the first 24 organisations, dated to workdays before _MOMENT."""
    sentences = (
        "hat „{}“ angelegt",
        "hat die Anschrift von „{}“ geändert",
        "hat mit „{}“ telefoniert und die Ansprechpersonen bestätigt",
        "hat „{}“ in das Netzwerk aufgenommen",
    )
    weekdays = [day for back in range(20) if (day := _MOMENT - timedelta(days=back)).weekday() < 5]
    for number, organisation in enumerate(organisations[:24]):  # three entries a day, backwards
        sentence = sentences[number % len(sentences)].format(organisation.name)
        written = record(sentence, by=users[number % len(users)], about=[organisation])
        at = weekdays[number // 3] - timedelta(minutes=95 * (number % 3))
        Activity.objects.filter(pk=written.pk).update(at=at)

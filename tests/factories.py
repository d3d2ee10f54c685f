"""Makes rows for tests; every value that a test is about is given by the test itself."""

import factory
from factory.django import DjangoModelFactory

from partners.models import Contact, Membership, Organisation
from regions.models import Municipality, Network
from team.models import User


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"mitglied{n}@servicestelle.example")
    first_name = "Kim"
    last_name = factory.Sequence(lambda n: f"Mitglied{n}")
    password = factory.django.Password("ein-langes-Kennwort-7")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    kind = Organisation.Kind.COMPANY
    name = factory.Sequence(lambda n: f"Werkstatt {n} GmbH")
    place = "Melle"
    postcode = "49324"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    first_name = "Toni"
    last_name = factory.Sequence(lambda n: f"Person{n}")
    email = factory.Sequence(lambda n: f"person{n}@partner.example")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    network = factory.LazyFunction(lambda: Network.objects.get(slug="melle-bissendorf"))


def municipality(name: str) -> Municipality:
    """One of the seeded municipalities."""
    return Municipality.objects.get(name=name)

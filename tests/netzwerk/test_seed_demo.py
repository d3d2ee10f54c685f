"""Invented data: the same for the same seed, topped up without repeating, and shaped like an office's."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailroom.models import Address, InboxMail, OutboxMail
from partners.models import Contact, Membership, Organisation
from regions.models import Network
from team.models import Activity, User
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


def seed(*, meetings: int = 0, **options) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, meetings=meetings, **options)
    return out.getvalue()


def people() -> list[tuple]:
    """What the data say, without keys and without the moment of writing."""
    columns = (
        "organisation__name",
        "organisation__place",
        "first_name",
        "last_name",
        "role",
        "email",
        "phone",
        "ended_on",
    )
    memberships = ("organisation__name", "contact__last_name", "network__slug", "kind", "starts_on", "ends_on")
    return [
        *sorted(map(repr, Contact.objects.values_list(*columns, "former__organisation__name"))),
        *sorted(map(repr, Membership.objects.values_list(*memberships))),
        *sorted(map(repr, Address.objects.values_list("key", "state", "since"))),
    ]


def forget() -> None:
    for model in (Membership, Contact, Organisation, Address, User):
        model.objects.all().delete()


def test_the_same_seed_gives_the_same_data_and_another_seed_others():
    seed(partners=120, seed=7)
    first = people()
    forget()
    seed(partners=120, seed=7)
    assert people() == first
    forget()
    seed(partners=120, seed=8)
    assert Contact.objects.count() == 120
    assert people() != first


@pytest.mark.parametrize("few", [1, 2, 3, 40, 41, 42, 43, 44, 45, 46, 47, 88])
def test_a_second_call_adds_what_is_missing(few):
    """Wherever the first call stopped, in the middle of an organisation too."""
    seed(partners=90)
    at_once = people()
    forget()
    seed(partners=few)
    assert Contact.objects.count() == few
    assert f"{90 - few} Personen" in seed(partners=90)
    assert people() == at_once


def test_a_second_call_with_the_same_number_changes_nothing():
    seed(partners=60)
    before = people()
    assert "0 Personen an 0 Einrichtungen" in seed(partners=60)
    assert people() == before


def test_it_does_not_mix_with_the_partners_of_an_office():
    OrganisationFactory()
    with pytest.raises(CommandError, match="nicht aus --seed 1 stammen"):
        seed(partners=10)
    assert Contact.objects.count() == 0


def test_the_default_has_the_shape_of_an_office():
    seed()
    kinds = {kind: Organisation.objects.filter(kind=kind).count() for kind in Organisation.Kind.values}
    assert Contact.objects.count() == 300
    assert 120 <= Organisation.objects.count() <= 170
    assert min(kinds.values()) >= 20
    assert Contact.objects.filter(email="").exists()
    assert Contact.objects.filter(is_shared_mailbox=True).exists()
    assert Contact.objects.filter(former__isnull=False, former__ended_on__isnull=False).exists()
    assert Organisation.objects.filter(is_outside_district=True).exists()
    assert Membership.objects.filter(contact__isnull=False).exists()
    assert set(Membership.objects.values_list("kind", flat=True)) == set(Membership.Kind.values)
    assert Membership.objects.filter(ends_on__isnull=False).exists()
    assert set(Address.objects.values_list("state", flat=True)) <= {"soft", "hard", "stopped"}
    assert Activity.objects.count() == 24


def test_two_people_share_the_networks_and_can_log_in(stranger):
    said = seed(partners=10)
    password = said.rsplit("Kennwort ", 1)[1].strip()
    shares = {user.email: user.networks.count() for user in User.objects.all()}
    assert shares == {"sommer@servicestelle.example": 4, "winter@servicestelle.example": 3}
    assert Network.objects.filter(coordinator__isnull=True).count() == 0
    assert User.objects.get(is_lead=True).email == "winter@servicestelle.example"
    for email in shares:
        assert stranger.login(username=email, password=password)


def test_who_changed_posts_is_one_person():
    seed(partners=300)
    for contact in Contact.objects.filter(former__isnull=False).select_related("former"):
        assert (contact.full_name, contact.ended_on) == (contact.former.full_name, None)
        assert contact.organisation_id != contact.former.organisation_id


def test_every_row_keeps_the_rules_that_a_form_would_ask_for():
    seed(partners=200)
    for model in (Organisation, Contact, Membership):
        for row in model.objects.all():
            row.full_clean(validate_unique=False, validate_constraints=True)


def test_mails_have_come_in_and_come_once():
    call_command("seed_demo", partners=40, meetings=2, verbosity=0)
    call_command("seed_demo", partners=40, meetings=2, verbosity=0)
    assert sorted(InboxMail.objects.values_list("kind", "state")) == [
        ("auto_reply", "applied"),
        ("bounce", "applied"),
        ("human", "settled"),
        ("human", "waiting"),
    ]
    assert OutboxMail.objects.get(returned="soft").has_come_back

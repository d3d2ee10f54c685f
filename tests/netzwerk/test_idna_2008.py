"""Addresses folded by IDNA 2003 get their own key, and the team hears whose mails went to somebody else."""

import importlib

import pytest
from django.apps import apps

from mailroom.models import Address
from partners.models import Contact
from team.models import Activity
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
FORMER, KEY = "info@gross-bau.example", "info@xn--gro-bau-2va.example"


def migrate() -> None:
    importlib.import_module("partners.migrations.0004_idna_2008").fold_again(apps, None)


@pytest.fixture
def contact(db):
    """A contact as the version before stored it, beside the owner of the address that it was taken for."""
    row = ContactFactory(email="info@groß-bau.example")
    Contact.objects.filter(pk=row.pk).update(email_folded=FORMER, is_shared_mailbox=True)
    ContactFactory(email=FORMER)
    ContactFactory(email="post@schule.example")
    return row


def test_two_domains_are_two_addresses(contact):
    migrate()
    contact.refresh_from_db()
    assert contact.email_folded == KEY
    (told,) = Activity.objects.all()
    assert told.sentence.startswith(
        "info@groß-bau.example: Mails an diese Adresse gingen bisher an info@gross-bau.example."
    )
    assert list(told.targets.values_list("kind", "key")) == [("partners.contact", str(contact.pk))]
    migrate()
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("fields", [{"state": "stopped"}, {"state": "hard", "stopped_at": "2026-05-04T08:00:00Z"}])
def test_a_stop_counts_for_both_and_a_broken_address_for_its_own(contact, fields):
    Address.objects.create(key=FORMER, reason="Grund", **fields)
    migrate()
    assert Address.objects.get(key=KEY).state == "stopped"
    assert Address.objects.get(key=FORMER).state == fields["state"]


def test_a_broken_address_breaks_no_other(contact):
    Address.objects.create(key=FORMER, state="hard")
    migrate()
    assert not Address.objects.filter(key=KEY).exists()


def test_a_mailbox_that_two_turn_out_to_share_is_marked(contact):
    ContactFactory(email=KEY)
    Contact.objects.filter(pk=contact.pk).update(is_shared_mailbox=False, ended_on=None, email_folded="anders")
    migrate()
    contact.refresh_from_db()
    assert (contact.email_folded, contact.is_shared_mailbox) == (KEY, True)

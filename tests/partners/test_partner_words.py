"""Sentences about the state of a contact, an organisation and a row of an import."""

from datetime import date

import pytest

from partners.models import Contact, ImportRow, Organisation
from partners.templatetags import partner_words
from regions.models import Municipality

MAIL = "a@b.example"


@pytest.mark.parametrize(
    ("given", "address_state", "shown"),
    [
        ({"email": MAIL, "ended_on": date(2001, 1, 1)}, "unzustellbar", ("muted", "früher")),
        ({}, "unzustellbar", ("muted", "ohne E-Mail")),
        ({"email": MAIL}, "unzustellbar", ("warning", "unzustellbar")),
        ({"email": MAIL, "gets_invitations": True}, "", ("good", "ja")),
        ({"email": MAIL, "gets_invitations": False}, "", ("muted", "nein")),
    ],
)
def test_whether_invitations_go_to_a_contact(given, address_state, shown):
    contact = Contact(**given)
    contact.address_state = address_state
    assert tuple(partner_words.mail_state(contact).values()) == shown


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("new", ("good", "neu")),
        ("changed", ("good", "geändert")),
        ("unchanged", ("muted", "unverändert")),
        ("doubtful", ("warning", "zweifelhaft")),
        ("refused", ("danger", "abgelehnt")),
    ],
)
def test_what_a_row_does(outcome, shown):
    assert tuple(partner_words.row_outcome(ImportRow(outcome=outcome)).values()) == shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"is_outside_district": True}, "außerhalb des Landkreises"),
        ({"municipality": Municipality(name="Melle")}, "Melle"),
        ({}, "noch nicht zugeordnet"),
    ],
)
def test_where_an_organisation_is(given, words):
    assert partner_words.municipality_words(Organisation(**given)) == words

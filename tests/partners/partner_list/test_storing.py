"""Decisions of the team when the list is planned anew."""

import pytest

from partners.services import imports
from tests.factories import ContactFactory, OrganisationFactory
from tests.partners.partner_list.jobs import applied, read, worked
from tests.partners.partner_list.lists import person

pytestmark = pytest.mark.django_db


def test_a_decision_does_not_outlive_what_it_was_about():
    """Taken for an unknown network; then a column turns out to be the address, which belongs to somebody."""
    tanja = ContactFactory(first_name="Tanja", last_name="Albers", email="tanja@ahrens.example")
    row = {**person(Netzwerk="NK", E_Mail=""), "Merkmal": "tanja@ahrens.example"}
    job = read(row, without=["E-Mail"])
    imports.decide(job.rows.all(), "take", by=None)
    imports.map_headings(job, {"Merkmal": "email"}, by=None)
    row = worked(job).rows.get()
    assert (row.doubts, row.decision, row.decided_by) == (["unknown_network", "other_name"], "", None)
    applied(job)
    tanja.refresh_from_db()
    assert not tanja.is_shared_mailbox


def test_a_decision_to_merge_falls_with_the_person_to_merge_with():
    home = OrganisationFactory(name="Tischlerei Ahrens GmbH", place="Melle", postcode="49324")
    tanja = ContactFactory(organisation=home, first_name="Tanja", last_name="Albers", email="gesa@ahrens.example")
    job = read({**person(), "Merkmal": "blau"})
    imports.decide(job.rows.all(), "merge", by=None)
    tanja.email = ""
    tanja.save()
    ContactFactory(first_name="Kurt", last_name="Celik", email="gesa@ahrens.example")
    imports.map_headings(job, {"Merkmal": "ignore"}, by=None)
    row = worked(job).rows.get()
    assert (row.doubts, row.candidate.first_name, row.decision) == (["other_name"], "Kurt", "")


@pytest.mark.parametrize("decision", ["take", "leave_out"])
def test_a_decision_about_as_many_doubts_or_fewer_stays(decision):
    ContactFactory(first_name="Tanja", last_name="Albers", email="gesa@ahrens.example")
    job = read(person(Netzwerk="NK"))
    imports.decide(job.rows.all(), decision, by=None)
    imports.answer_networks(job, {"NK": []}, by=None)
    row = worked(job).rows.get()
    assert (row.doubts, row.decision) == (["other_name"], decision)

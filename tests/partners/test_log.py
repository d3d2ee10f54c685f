"""What is decided about partners stands in the log of every row that it is about, and of no other."""

from collections.abc import Callable

import pytest
from django.db.models import Model
from django.utils import timezone

from partners.services import contacts, memberships, organisations
from regions.models import Network
from team.models import Activity
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def _contact(**fields):
    return ContactFactory.build(organisation=OrganisationFactory(), **fields)


def _moved(by):
    former, new = ContactFactory(), _contact()
    contacts.move(former, new, on=timezone.localdate(), by=by)
    return [former, new, former.organisation, new.organisation]


def _ended(by):
    one = contacts.end(ContactFactory(), on=timezone.localdate(), by=by)
    return [one, one.organisation]


def _added(by):
    one = contacts.add(_contact(), by=by)
    return [one, one.organisation]


def _changed(by):
    one = contacts.change(ContactFactory(), fields=["Telefon"], by=by)
    return [one, one.organisation]


def _joined(by):
    network = Network.objects.get(slug="bramsche")
    one = memberships.add(MembershipFactory.build(organisation=OrganisationFactory(), network=network), by=by)
    return [one.organisation, network]


def _membership_of_one_changed(by):
    contact = ContactFactory()
    one = MembershipFactory(organisation=contact.organisation, contact=contact)
    memberships.change(one, fields=["Art"], by=by)
    return [one.organisation, one.network, contact]


# What is done; it returns the rows that it is about.
ACTS: dict[str, Callable[..., list[Model]]] = {
    "a person": _added,
    "a person is changed": _changed,
    "a post ends": _ended,
    "a change of jobs": _moved,
    "an organisation": lambda by: [organisations.add(OrganisationFactory.build(), by=by)],
    "an organisation is changed": lambda by: [organisations.change(OrganisationFactory(), fields=["Ort"], by=by)],
    "a membership": _joined,
    "one person's membership is changed": _membership_of_one_changed,
}


@pytest.mark.parametrize("name", ACTS)
def test_it_stands_at_everything_that_it_is_about(name, coordinator):
    about = ACTS[name](by=coordinator)
    (activity,) = Activity.objects.all()
    found = {(target.kind, target.key) for target in activity.targets.all()}
    assert found == {(row._meta.label_lower, str(row.pk)) for row in about}
    assert activity.by == coordinator

"""What a list gives out, the import reads again."""

import pytest
from django.core.management import call_command

from partners.models import Contact, Membership, Organisation
from partners.services import imports


def _read_in(name, content, user):
    job = imports.upload(name, content, by=user)
    while imports.work(worker="test"):
        pass
    return job


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("url", ["/partner/", "/partner/personen/"])
def test_reading_an_export_again_changes_nothing(team, coordinator, url, kind):
    call_command("seed_demo", partners=120, meetings=0, verbosity=0)
    content = team.get(url, {"format": kind}).content
    job = _read_in(f"liste.{kind}", content, coordinator)
    summary = imports.summary(job)
    assert {outcome: count for outcome, count in summary.items() if count} == {"unchanged": sum(summary.values())}


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_read_into_an_empty_office_gives_the_same_partners(team, coordinator, kind):
    call_command("seed_demo", partners=120, meetings=0, verbosity=0)
    content = team.get("/partner/", {"format": kind}).content
    before = _state()
    Membership.objects.all().delete()
    Contact.objects.update(former=None)
    Contact.objects.all().delete()
    Organisation.objects.all().delete()
    job = _read_in(f"liste.{kind}", content, coordinator)
    imports.decide(job.rows.undecided(), "take", by=coordinator)
    imports.apply(job, by=coordinator)
    while imports.work(worker="test"):
        pass
    assert _state() == before


def _state():
    """Everything that the list carries."""
    networks: dict[tuple[int, int | None], set[str]] = {}
    for membership in Membership.objects.current().select_related("network"):
        networks.setdefault((membership.organisation_id, membership.contact_id), set()).add(membership.network.slug)
    people = set()
    for contact in Contact.objects.open().select_related("organisation__municipality"):
        home = contact.organisation
        of_all, own = (networks.get((home.pk, whom), set()) for whom in (None, contact.pk))
        person = (contact.formal_name, contact.role, contact.email, contact.phone, contact.note)
        people.add((home.name, *person, contact.gets_invitations, frozenset(of_all | own)))
    organisations = {
        (one.name, one.kind, one.speciality, one.school_authority, one.street, one.postcode, one.location)
        for one in Organisation.objects.select_related("municipality")
    }
    return people, organisations

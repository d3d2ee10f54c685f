"""What is written is what the preview showed, or nothing."""

import pytest
from django.db import DataError

from partners.models import Contact, Membership, Organisation
from partners.services import imports
from partners.services.partner_list import write
from team.models import Activity, ActivityTarget
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory, municipality
from tests.partners.partner_list.jobs import applied, read, results
from tests.partners.partner_list.lists import nobody, person

pytestmark = pytest.mark.django_db


def _networks(**conditions):
    return sorted(Membership.objects.filter(**conditions).values_list("network__slug", flat=True))


@pytest.fixture
def gesa():
    home = OrganisationFactory(name="Tischlerei Ahrens GmbH", street="Bergstraße 3", place="Melle", postcode="49324")
    MembershipFactory(organisation=home)
    return ContactFactory(
        organisation=home, first_name="Gesa", last_name="Ahrens", email="gesa@ahrens.example", role="Chefin"
    )


def test_a_new_person_at_a_new_organisation(coordinator):
    job = applied(read(person(Netzwerk="Melle, SOL", Bemerkung="mag Holz", Branche="Holz")), by=coordinator)
    assert results(job) == {2: "created"}
    contact = Contact.objects.select_related("organisation").get()
    home = contact.organisation
    assert (home.name, home.kind, home.sector, home.street) == (
        "Tischlerei Ahrens GmbH",
        "company",
        "Holz",
        "Bergstraße 3",
    )
    assert (home.postcode, home.place, home.municipality) == ("49324", "Melle", municipality("Melle"))
    assert (home.match_key, home.sort_key) == ("tischlerei ahrens gmbh", "tischlerei00ahrens00gmbh")
    assert (contact.formal_name, contact.role, contact.note) == ("Frau Gesa Ahrens", "Geschäftsführung", "mag Holz")
    assert (contact.email_folded, contact.match_key) == ("gesa@ahrens.example", "gesa ahrens")
    assert _networks(contact=None) == ["melle-bissendorf", "suedliches-osnabruecker-land"]
    assert _networks(contact__isnull=False) == []
    assert list(job.rows.values_list("contact", flat=True)) == [contact.pk]


def test_networks_of_all_and_of_some():
    applied(
        read(
            person(Netzwerk="Melle, SOL"),
            person(Netzwerk="Melle", Name="B", E_Mail="b@ahrens.example"),
            person(Netzwerk="Melle, Bramsche", Name="C", E_Mail="c@ahrens.example"),
        )
    )
    assert _networks(contact=None) == ["melle-bissendorf"]
    assert _networks(contact__last_name="Ahrens") == ["suedliches-osnabruecker-land"]
    assert _networks(contact__last_name="B") == []
    assert _networks(contact__last_name="C") == ["bramsche"]


def test_changes_of_a_person_and_her_organisation(gesa, coordinator):
    job = applied(
        read(person(Funktion="Meisterin", Straße="Talweg 1", Netzwerk="Melle, SOL", Bemerkung="neu")), by=coordinator
    )
    assert results(job) == {2: "updated"}
    before = gesa.version
    gesa.refresh_from_db()
    assert (gesa.role, gesa.note, gesa.version) == ("Meisterin", "neu", before + 1)
    assert (gesa.organisation.street, gesa.organisation.version) == ("Talweg 1", 2)
    assert _networks(contact=gesa) == ["suedliches-osnabruecker-land"]
    assert gesa.search_text.startswith("gesa ahrens meisterin")


def test_the_log_says_who_read_in_whom(gesa, coordinator):
    rows = [person(Funktion="Meisterin"), person(Vorname="Dirk", Name="Böhmer", E_Mail="dirk@ahrens.example")]
    applied(read(*rows), by=coordinator)
    about = ActivityTarget.objects.filter(kind="partners.contact", key=str(gesa.pk)).values("activity")
    activity = Activity.objects.get(pk__in=about)
    assert activity.sentence == (
        "hat Tischlerei Ahrens GmbH aus „liste.csv“ eingelesen: neu Dirk Böhmer; geändert Gesa Ahrens"
    )
    assert activity.by == coordinator
    assert Activity.objects.first().sentence == (
        "hat die Liste „liste.csv“ eingelesen: neu 1, geändert 1, unverändert 0, offen 0"
    )


def test_doubtful_and_refused_rows_are_not_written():
    job = applied(read(person(Netzwerk="NK"), person(Name="", Vorname=""), person(Name="C", E_Mail="c@x.example")))
    assert results(job) == {2: "open", 3: "refused", 4: "created"}
    assert Contact.objects.count() == 1


def test_a_clear_row_can_be_left_out():
    job = read(person(), person(Name="B", E_Mail="b@ahrens.example"))
    imports.decide(job.rows.filter(number=2), "leave_out", by=None)
    assert results(applied(job)) == {2: "left_out", 3: "created"}


# --- Decisions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "stored"),
    [
        ({"E_Mail": "gesa@ahrens"}, ("", True, "Adresse in der Liste: gesa@ahrens")),
        (
            {"E_Mail": "gesa@a.example; info@a.example"},
            ("gesa@a.example", True, "Weitere Adresse: info@a.example"),
        ),
        ({"Bemerkung": "bitte nur per Telefon"}, ("gesa@ahrens.example", False, "bitte nur per Telefon")),
        ({"Netzwerk": "NK"}, ("gesa@ahrens.example", True, "")),
    ],
)
def test_take(cells, stored):
    applied(read(person(**cells)), decision="take")
    contact = Contact.objects.get()
    assert (contact.email, contact.gets_invitations, contact.note) == stored


def test_take_a_shared_mailbox(gesa):
    applied(read(person(Vorname="Dirk", Name="Böhmer")), decision="take")
    assert list(Contact.objects.order_by("last_name").values_list("last_name", "is_shared_mailbox")) == [
        ("Ahrens", True),
        ("Böhmer", True),
    ]


def test_one_more_at_a_shared_mailbox_shares_it_too(gesa):
    Contact.objects.update(is_shared_mailbox=True)
    applied(read(person(Vorname="Dirk", Name="Böhmer")))
    assert Contact.objects.get(last_name="Böhmer").is_shared_mailbox


def test_merge_with_whom_the_address_belongs_to(gesa):
    applied(read(person(Vorname="Dirk", Name="Böhmer")), decision="merge")
    gesa.refresh_from_db()
    assert (Contact.objects.count(), gesa.full_name, gesa.role) == (1, "Dirk Böhmer", "Geschäftsführung")


@pytest.mark.parametrize(("decision", "people"), [("take", 2), ("merge", 1)])
def test_a_near_double_in_the_file(decision, people):
    job = applied(read(person(), person(Funktion="Meisterin", Bemerkung="neu", Netzwerk="SOL")), decision=decision)
    assert Contact.objects.count() == people
    last = Contact.objects.order_by("pk").last()
    assert (last.role, last.note) == ("Meisterin", "neu")
    assert "suedliches-osnabruecker-land" in _networks(contact=last)
    assert results(job) == {2: "created", 3: "created" if people == 2 else "updated"}


def test_a_near_double_of_a_row_that_changes_somebody(gesa):
    """The row before changes what the preview showed as stored: the merge still is what was decided."""
    rows = [person(Funktion="Meisterin", Telefon="05422 1"), person(Funktion="Chefin", Telefon="05422 2")]
    job = applied(read(*rows), decision="merge")
    gesa.refresh_from_db()
    assert (gesa.role, gesa.phone) == ("Chefin", "05422 2")
    assert results(job) == {2: "updated", 3: "updated"}


def test_merging_with_a_row_that_is_left_out_is_no_merging():
    job = read(person(Netzwerk="NK"), person(Funktion="Meisterin"))
    imports.decide(job.rows.filter(number=2), "leave_out", by=None)
    job = applied(job, decision="merge")
    assert results(job) == {2: "left_out", 3: "conflict"}
    assert "nicht übernommen" in job.rows.get(number=3).result_text


def test_a_name_that_is_almost_the_same(gesa):
    Organisation.objects.update(name="Tischlerei Ahrens AG")
    for organisation in Organisation.objects.all():
        organisation.save()
    rows = [person(Vorname="Dirk", Name="Böhmer", E_Mail="dirk@ahrens.example")]
    assert read(*rows).rows.get().doubts == ["similar_organisation"]
    applied(read(*rows), decision="merge")
    assert list(Organisation.objects.values_list("name", flat=True)) == ["Tischlerei Ahrens AG"]
    applied(read(person(Vorname="Jan", Name="Kamp", E_Mail="jan@ahrens.example")), decision="take")
    assert Organisation.objects.count() == 2


def test_an_organisation_alone_is_made_with_its_networks():
    job = applied(read(nobody(Einrichtung="OBS Melle", Ort="Melle", Netzwerk="Melle")))
    assert results(job) == {2: "created"}
    assert (Organisation.objects.get().name, _networks(contact=None)) == ("OBS Melle", ["melle-bissendorf"])
    again = applied(read(nobody(Einrichtung="OBS Melle", Ort="Melle", Netzwerk="Melle, SOL", Straße="Am Kolk 1")))
    assert results(again) == {2: "updated"}
    assert (Organisation.objects.get().street, len(_networks(contact=None))) == ("Am Kolk 1", 2)


# --- The database has moved on since the preview ----------------------------------------------------------


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(gesa):
    job = read(person(Funktion="Meisterin"))
    Contact.objects.update(role="Inhaberin")
    job = applied(job)
    gesa.refresh_from_db()
    assert (gesa.role, results(job)) == ("Inhaberin", {2: "conflict"})
    assert "jemand anderes geändert: Funktion" in job.rows.get().result_text


def test_what_somebody_else_changed_to_the_same_is_no_conflict(gesa):
    job = read(person(Funktion="Meisterin"))
    Contact.objects.update(role="Meisterin", phone="05422 1234", salutation="ms")
    assert results(applied(job)) == {2: "unchanged"}


def test_somebody_else_added_the_person_meanwhile():
    job = read(person(), person(Name="B", E_Mail="b@ahrens.example"))
    ContactFactory(email="GESA@ahrens.example", first_name="Gesa", last_name="Ahrens")
    job = applied(job)
    assert results(job) == {2: "conflict", 3: "created"}
    assert "gehört inzwischen zu Gesa Ahrens" in job.rows.get(number=2).result_text


def test_two_lists_with_the_same_people_read_before_either_is_applied():
    """Also those without an address, whom no constraint of the database keeps apart."""
    rows = [person(), person(Vorname="Dirk", Name="Böhmer", E_Mail="")]
    first, second = read(*rows), read(*rows)
    assert results(applied(first)) == {2: "created", 3: "created"}
    second = applied(second)
    assert results(second) == {2: "conflict", 3: "conflict"}
    assert second.rows.get(number=3).result_text.startswith("Dirk Böhmer gibt es inzwischen schon")
    assert (Contact.objects.count(), Organisation.objects.count()) == (2, 1)


def test_somebody_else_added_the_organisation_meanwhile():
    job = read(person())
    home = OrganisationFactory(name="TISCHLEREI AHRENS GmbH", place="Melle", postcode="49324")
    applied(job)
    assert Contact.objects.get().organisation == home


@pytest.mark.parametrize("deed", ["ended", "deleted", "without organisation"])
def test_who_is_gone_meanwhile(gesa, deed):
    job = read(person(Funktion="Meisterin"), person(Name="B", E_Mail="b@ahrens.example"))
    if deed == "ended":
        Contact.objects.update(ended_on="2026-01-01")
    else:
        gesa.delete()
    if deed == "without organisation":
        Organisation.objects.all().delete()
    job = applied(job)
    expected = "conflict" if deed == "without organisation" else "created"
    assert results(job) == {2: "conflict", 3: expected}


def test_what_changed_at_the_organisation_meanwhile_stays(gesa):
    job = read(person(Straße="Talweg 1", Funktion="Meisterin"))
    Organisation.objects.update(street="Am Kolk 7")
    job = applied(job)
    row = job.rows.get()
    assert (row.result, row.result_text) == (
        "updated",
        "An der Einrichtung inzwischen geändert und so geblieben: Straße",
    )
    assert Organisation.objects.get().street == "Am Kolk 7"


def test_what_the_database_itself_refuses_is_set_apart(monkeypatch):
    """Somebody is quicker by milliseconds: after the check, before the write."""
    monkeypatch.setattr(write._Chunk, "_check_address", lambda *args, **kwargs: None)
    job = read(person(), person(Name="B", E_Mail="b@ahrens.example"), person(Name="C", E_Mail="c@ahrens.example"))
    ContactFactory(email="b@ahrens.example")
    job = applied(job)
    assert results(job) == {2: "created", 3: "conflict", 4: "created"}
    assert Contact.objects.count() == 3
    assert Organisation.objects.filter(name="Tischlerei Ahrens GmbH").count() == 1


def test_a_membership_that_begins_later_is_not_doubled(gesa):
    Membership.objects.update(starts_on="2099-01-01")
    applied(read(person(Funktion="Meisterin")))
    assert Membership.objects.count() == 1
    Membership.objects.update(starts_on=None, ends_on="2020-01-01")
    applied(read(person(Funktion="Meisterin")))
    assert _networks(contact=gesa) == ["melle-bissendorf"]


def test_a_value_that_the_database_has_no_room_for_is_not_blamed_on_others(monkeypatch):
    save = write._Chunk.save

    def narrow(chunk):
        if any(contact.last_name == "Lang" for contact in chunk.new_contacts):
            raise DataError("value too long for type character varying(100)")
        save(chunk)

    monkeypatch.setattr(write._Chunk, "save", narrow)
    job = applied(read(person(), person(Name="Lang", E_Mail="lang@ahrens.example")))
    assert results(job) == {2: "created", 3: "conflict"}
    assert job.rows.get(number=3).result_text.startswith("Die Datenbank nimmt einen Wert dieser Zeile nicht an")

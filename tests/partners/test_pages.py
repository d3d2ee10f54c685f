"""Pages and forms: what is typed, what is told, two people at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import Contact, Membership, Organisation
from regions.models import Network
from team.models import Activity
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory, municipality


@pytest.fixture
def school(db):
    return OrganisationFactory(name="Oberschule Lärchenhof", kind="school", school_type="oberschule", place="Melle")


def _form_data(response):
    """What a browser would send back unchanged."""
    form = response.context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in data.items() if value is not False}


def test_new_organisation(team):
    response = team.post(
        "/partner/einrichtung/neu/",
        {"kind": "company", "name": "Böhmer Logistik KG", "sector": "Logistik", "school_type": "igs", "place": "Melle"},
    )
    company = Organisation.objects.get()
    assert response.url == f"/partner/einrichtung/{company.pk}/"
    assert (company.name, company.sector, company.school_type) == ("Böhmer Logistik KG", "Logistik", "")
    assert Activity.objects.get().sentence == "hat die Einrichtung Böhmer Logistik KG angelegt"
    assert "Böhmer Logistik KG" in team.get(response.url).content.decode()


def test_inside_and_outside_at_once_is_told_at_the_field_and_keeps_what_was_typed(team, db):
    data = {"kind": "school", "name": "IGS Neu", "municipality": municipality("Melle").pk, "is_outside_district": "on"}
    response = team.post("/partner/einrichtung/neu/", data)
    assert response.status_code == 422
    assert "is_outside_district" in response.context["form"].errors
    assert 'value="IGS Neu"' in response.content.decode()
    assert Organisation.objects.count() == 0


def test_new_person_and_the_same_address_again(team, school):
    url = f"/partner/einrichtung/{school.pk}/person/"
    data = {"first_name": "Gesa", "last_name": "Ahrens", "email": "gesa@laerchenhof.example", "gets_invitations": "on"}
    assert team.post(url, data).status_code == 302
    again = team.post(url, {**data, "last_name": "Andere", "email": "GESA@Laerchenhof.Example"})
    assert again.status_code == 422
    assert "gehört schon zu einer anderen Person" in again.context["form"].errors["email"][0]
    assert 'value="Andere"' in again.content.decode()
    shared = team.post(url, {**data, "last_name": "Andere", "is_shared_mailbox": "on"})
    assert shared.status_code == 302
    assert Contact.objects.count() == 2


@pytest.fixture
def ahrens(school):
    """Somebody who is about to change jobs."""
    return ContactFactory(organisation=school, first_name="Gesa", last_name="Ahrens", role="Lehrkraft")


def _move(ahrens, to, **changes):
    """What the form about a change of jobs sends."""
    return {
        "organisation_name": to, "moved_on": timezone.localdate().isoformat(), "first_name": "Gesa",
        "last_name": "Ahrens", "role": "Schulleitung", "email": ahrens.email, "gets_invitations": "on", **changes,
    }  # fmt: skip


def test_who_changes_jobs_keeps_her_history_and_her_address(team, school, ahrens):
    new_school = OrganisationFactory(name="IGS Buchenkamp", kind="school")
    response = team.post(f"/partner/person/{ahrens.pk}/wechsel/", _move(ahrens, "igs buchenkamp"))
    new = Contact.objects.get(former=ahrens)
    ahrens.refresh_from_db()
    assert response.url == f"/partner/person/{new.pk}/"
    assert (new.organisation, new.role, new.email) == (new_school, "Schulleitung", ahrens.email)
    assert (ahrens.is_open, ahrens.ended_on) == (False, timezone.localdate())
    assert "Oberschule Lärchenhof" in team.get(response.url).content.decode()
    assert "IGS Buchenkamp" in team.get(f"/partner/person/{ahrens.pk}/").content.decode()


def test_move_to_an_organisation_that_is_not_there_keeps_everything(team, ahrens):
    response = team.post(f"/partner/person/{ahrens.pk}/wechsel/", _move(ahrens, "Gibt es nicht"))
    assert response.status_code == 422
    assert "Bitte zuerst dort anlegen" in response.context["form"].errors["organisation_name"][0]
    assert 'value="Gibt es nicht"' in response.content.decode()
    assert [person.is_open for person in Contact.objects.all()] == [True]


def test_of_two_organisations_of_one_name_the_place_tells_which(team, ahrens):
    OrganisationFactory(name="KGS Lindenhof", kind="school", place="Menslage")
    wanted = OrganisationFactory(name="KGS Lindenhof", kind="school", municipality=municipality("Bad Laer"))
    url = f"/partner/person/{ahrens.pk}/wechsel/"
    asked = team.post(url, _move(ahrens, "KGS Lindenhof")).context["form"].errors["organisation_name"][0]
    assert "„KGS Lindenhof, Menslage“ oder „KGS Lindenhof, Bad Laer“" in asked
    assert team.post(url, _move(ahrens, "KGS Lindenhof, Bad Laer")).status_code == 302
    assert Contact.objects.get(former=ahrens).organisation == wanted


def test_a_move_in_the_future_waits_for_its_day(team, school, ahrens):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    response = team.post(f"/partner/person/{ahrens.pk}/wechsel/", _move(ahrens, school.name, moved_on=tomorrow))
    assert "liegt in der Zukunft" in response.context["form"].errors["moved_on"][0]


def test_who_leaves_in_summer_is_invited_until_then(team, ahrens):
    ahrens.ended_on = timezone.localdate() + timedelta(days=1)
    ahrens.save()
    assert list(Contact.objects.open()) == [ahrens]
    assert "nicht mehr in dieser Funktion" in team.get(f"/partner/person/{ahrens.pk}/").content.decode()
    ahrens.ended_on = timezone.localdate()
    ahrens.save()
    assert list(Contact.objects.open()) == []
    assert list(Contact.objects.ended()) == [ahrens]


def test_ending_the_membership_of_somebody_who_has_left_keeps_it_hers(team, school, ahrens):
    membership = MembershipFactory(organisation=school, contact=ahrens)
    Contact.objects.update(ended_on=timezone.localdate())
    url = f"/partner/mitgliedschaft/{membership.pk}/"
    today = timezone.localdate().isoformat()
    assert team.post(url, {**_form_data(team.get(url)), "ends_on": today}).status_code == 302
    membership.refresh_from_db()
    assert (membership.contact, membership.ends_on) == (ahrens, timezone.localdate())


def test_nobody_stays_in_a_network_through_somebody_who_has_left(school, ahrens):
    network = MembershipFactory(organisation=school, contact=ahrens).network
    assert list(Organisation.objects.in_network(network)) == [school]
    Contact.objects.update(ended_on=timezone.localdate())
    assert list(Organisation.objects.in_network(network)) == []


def test_membership_for_all_or_for_one_and_not_twice(team, school):
    person = ContactFactory(organisation=school)
    ContactFactory()
    url = f"/partner/einrichtung/{school.pk}/netzwerk/"
    network = Network.objects.get(slug="bramsche")
    data = {"network": network.pk, "kind": "member", "contact": ""}
    assert list(team.get(url).context["form"].fields["contact"].queryset) == [person]
    assert team.post(url, data).status_code == 302
    assert team.post(url, {**data, "contact": person.pk}).status_code == 302
    twice = team.post(url, data)
    assert (twice.status_code, twice.context["form"].non_field_errors()) == (
        422,
        ["Diese Mitgliedschaft gibt es schon."],
    )
    assert Membership.objects.count() == 2


def test_membership_ends_before_it_begins(team, school):
    membership = MembershipFactory(organisation=school)
    page = team.get(f"/partner/mitgliedschaft/{membership.pk}/")
    data = {**_form_data(page), "starts_on": "2027-02-03", "ends_on": "2027-02-02"}
    response = team.post(f"/partner/mitgliedschaft/{membership.pk}/", data)
    assert response.context["form"].errors["ends_on"] == ["Das Ende liegt vor dem Anfang."]


def test_two_people_edit_one_organisation_and_nobody_loses_anything(client_for, coordinator, lead, school):
    url = f"/partner/einrichtung/{school.pk}/aendern/"
    hers, his = client_for(coordinator), client_for(lead)
    her_page, his_page = _form_data(hers.get(url)), _form_data(his.get(url))
    assert his.post(url, {**his_page, "place": "Bad Iburg", "phone": "05401 2"}).status_code == 302

    second = hers.post(url, {**her_page, "phone": "05401 1", "note": "Neuer Anbau"})
    assert second.status_code == 422
    conflicts = {c.label: (c.theirs, c.mine, c.both_changed) for c in second.context["form"].conflicts}
    assert conflicts == {"Telefon": ("05401 2", "05401 1", True), "Ort": ("Bad Iburg", "Melle", False)}
    merged = _form_data(second)
    assert (merged["place"], merged["phone"], merged["note"]) == ("Bad Iburg", "05401 1", "Neuer Anbau")
    school.refresh_from_db()
    assert (school.place, school.phone, school.note) == ("Bad Iburg", "05401 2", "")

    assert hers.post(url, merged).status_code == 302
    school.refresh_from_db()
    assert (school.place, school.phone, school.note, school.version) == ("Bad Iburg", "05401 1", "Neuer Anbau", 3)


def test_saving_is_confirmed_and_without_a_change_writes_no_sentence(team, school):
    url = f"/partner/einrichtung/{school.pk}/aendern/"
    page = team.post(url, _form_data(team.get(url)), follow=True)
    assert [str(message) for message in page.context["messages"]] == ["Gespeichert."]
    assert Activity.objects.count() == 0


def test_the_log_names_what_was_changed(team, school):
    url = f"/partner/einrichtung/{school.pk}/aendern/"
    team.post(url, {**_form_data(team.get(url)), "place": "Bramsche", "website": "https://laerchenhof.example"})
    assert Activity.objects.get().sentence == "hat Oberschule Lärchenhof geändert: Ort, Internetseite"


def test_a_forged_hidden_field_is_refused(team, school):
    url = f"/partner/einrichtung/{school.pk}/aendern/"
    response = team.post(url, {**_form_data(team.get(url)), "opened_with": "gefälscht", "place": "Bramsche"})
    assert response.status_code == 422
    assert "laden Sie die Seite neu" in response.content.decode()


def test_what_is_typed_is_shown_as_text(team):
    company = OrganisationFactory(name="<script>alert(1)</script>", note="<b>x</b>")
    page = team.get(f"/partner/einrichtung/{company.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_part_of_a_name_is_met_with_a_question(team, ahrens):
    OrganisationFactory(name="Haustechnik Eberstrift e. K.", place="Melle")
    response = team.post(f"/partner/person/{ahrens.pk}/wechsel/", _move(ahrens, "Eberstrift"))
    error = response.context["form"].errors["organisation_name"][0]
    assert error == "So heißt keine Einrichtung. Meinten Sie „Haustechnik Eberstrift e. K., Melle“?"

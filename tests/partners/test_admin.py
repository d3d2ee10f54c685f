import pytest
from django.urls import reverse

from partners.models import Contact, HeadingAlias, ImportJob, Membership, NetworkAlias, Organisation
from regions.models import Network
from team.models import Activity
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory


def change_url(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def typed(page, **changes) -> dict:
    """What the browser would send back, inlines included, with some fields changed."""
    data = {}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for name, field in form.fields.items():
            value = form[name].value()
            if value is not None and value is not False:
                data[form.add_prefix(name)] = field.prepare_value(value)
    return {**data, **changes}


@pytest.mark.parametrize("query", ["Müller", "mueller", "MULLER", "oberschule mull"])
@pytest.mark.parametrize("label", ["organisation", "contact", "membership"])
def test_the_search_folds_as_our_lists_do(team, query, label):
    organisation = OrganisationFactory(name="Oberschule Müller")
    ContactFactory(organisation=organisation, last_name="Ahrens")
    MembershipFactory(organisation=organisation)
    ContactFactory(organisation=MembershipFactory().organisation)
    page = team.get(f"/verwaltung/partners/{label}/", {"q": query})
    assert page.context["cl"].result_count == 1


def test_a_change_counts_the_version_and_stands_in_the_log(team, coordinator):
    organisation = OrganisationFactory(name="Alt GmbH")
    url = change_url(organisation)
    page = team.post(url, typed(team.get(url), name="Neu GmbH"), follow=True)
    assert page.redirect_chain
    organisation.refresh_from_db()
    assert (organisation.name, organisation.version) == ("Neu GmbH", 2)
    activity = Activity.objects.get()
    assert (activity.sentence, activity.by) == ("hat Neu GmbH geändert: Name", coordinator)


def test_saving_without_a_change_is_no_change(team):
    organisation = OrganisationFactory()
    MembershipFactory(organisation=organisation)
    url = change_url(organisation)
    team.post(url, typed(team.get(url)))
    organisation.refresh_from_db()
    assert organisation.version == 1
    assert Membership.objects.get().version == 1
    assert not Activity.objects.exists()


def test_two_people_in_the_admin_overwrite_nothing(team, lead_client):
    organisation = OrganisationFactory(name="Alt GmbH", phone="1")
    url = change_url(organisation)
    opened = team.get(url)
    lead_client.post(url, typed(lead_client.get(url), name="Neu GmbH"))
    page = team.post(url, typed(opened, phone="2"))
    assert page.status_code == 200
    assert "Inzwischen hat jemand anderes gespeichert." in page.text
    assert "Name: jetzt „Neu GmbH“" in page.text
    organisation.refresh_from_db()
    assert (organisation.name, organisation.phone) == ("Neu GmbH", "1")
    team.post(url, typed(page))
    organisation.refresh_from_db()
    assert (organisation.name, organisation.phone) == ("Neu GmbH", "2")


def test_a_form_open_on_the_page_notices_a_change_in_the_admin(team, lead_client):
    contact = ContactFactory(phone="1")
    url = reverse("partners:contact_update", args=[contact.pk])
    form = team.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    admin_url = change_url(contact)
    lead_client.post(admin_url, typed(lead_client.get(admin_url), role="Lehrkraft"))
    page = team.post(url, {**data, "phone": "2"})
    assert page.status_code == 422
    assert "Jemand anderes hat inzwischen gespeichert" in page.text


def test_people_of_an_organisation_are_links(team):
    contact = ContactFactory(first_name="Gesa", last_name="<Ahrens>")
    page = team.get(change_url(contact.organisation))
    assert f'<a href="/partner/person/{contact.pk}/">Gesa &lt;Ahrens&gt;</a>' in page.text


def test_memberships_in_the_row_of_an_organisation_are_only_looked_at(team):
    membership = MembershipFactory()
    url = change_url(membership.organisation)
    page = team.get(url)
    assert change_url(membership) in page.text
    team.post(url, typed(page, **{"memberships-0-kind": "host", "memberships-0-DELETE": "on"}))
    membership.refresh_from_db()
    assert (membership.kind, membership.version) == ("member", 1)


def test_a_membership_is_never_for_somebody_elses_people(team):
    membership, other = MembershipFactory(), ContactFactory()
    url = change_url(membership)
    page = team.post(url, typed(team.get(url), contact=other.pk))
    assert "gehört zu einer anderen Einrichtung" in page.text
    membership.refresh_from_db()
    assert membership.contact is None


def test_rules_of_a_row_are_told_in_german(team):
    organisation = OrganisationFactory(kind=Organisation.Kind.COMPANY)
    url = change_url(organisation)
    page = team.post(url, typed(team.get(url), school_type="gymnasium"))
    assert "Schulform und Schulträger gehören nur zu einer Schule." in page.text


def test_new_rows_through_the_services(team):
    team.post(
        "/verwaltung/partners/organisation/add/",
        {
            "name": "Neu GmbH",
            "kind": "company",
            **{f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
            **{f"contacts-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")},
        },
    )
    organisation = Organisation.objects.get()
    team.post("/verwaltung/partners/contact/add/", {"organisation": organisation.pk, "last_name": "Ahrens"})
    contact = Contact.objects.get()
    network = Network.objects.get(slug="bramsche")
    team.post(
        "/verwaltung/partners/membership/add/",
        {"organisation": organisation.pk, "contact": contact.pk, "network": network.pk, "kind": "guest"},
    )
    assert Membership.objects.get().contact == contact
    assert list(Activity.objects.order_by("pk").values_list("sentence", flat=True)) == [
        "hat die Einrichtung Neu GmbH angelegt",
        "hat Ahrens bei Neu GmbH angelegt",
        "hat Ahrens (Neu GmbH) als Gast in „Netzwerk Bramsche“ aufgenommen",
    ]


def test_what_is_an_act_cannot_be_done_here(team):
    contact = ContactFactory()
    other = OrganisationFactory()
    url = change_url(contact)
    team.post(url, typed(team.get(url), ended_on="2027-02-03", organisation=other.pk, last_name="Neu"))
    contact.refresh_from_db()
    assert (contact.last_name, contact.ended_on, contact.organisation == other) == ("Neu", None, False)
    assert team.post(reverse("admin:partners_contact_delete", args=[contact.pk]), {"post": "yes"}).status_code == 403


def test_imports_are_looked_at_and_never_loaded_whole(team, coordinator, django_assert_max_num_queries):
    job = ImportJob.objects.create(by=coordinator, file_name="liste.csv", content=b"streng geheim")
    with django_assert_max_num_queries(20) as queries:
        page = team.get(change_url(job))
    assert page.status_code == 200
    assert "streng geheim" not in page.text
    assert [query["sql"] for query in queries if '"content"' in query["sql"]] == []
    assert team.post(change_url(job), {"file_name": "x"}).status_code == 403


def test_a_remembered_answer_is_forgotten_and_stands_in_the_log(team, coordinator):
    heading = HeadingAlias.objects.create(key="strasse", field="street")
    page = team.get("/verwaltung/partners/headingalias/")
    assert ("Straße und Hausnummer" in page.text, ">street<" in page.text) == (True, False)
    page = team.get(change_url(heading))
    assert ("Straße und Hausnummer" in page.text, "match_key" in page.text) == (True, False)
    team.post(reverse("admin:partners_headingalias_delete", args=[heading.pk]), {"post": "yes"})
    alias = NetworkAlias.objects.create(key="nk", label="NK")
    ticked = {"action": "delete_selected", "_selected_action": [alias.pk], "post": "yes"}
    team.post("/verwaltung/partners/networkalias/", ticked)
    assert not HeadingAlias.objects.exists()
    assert not NetworkAlias.objects.exists()
    assert list(Activity.objects.order_by("pk").values_list("sentence", "by")) == [
        ("hat vergessen lassen, was „strasse“ in Listen bedeutet", coordinator.pk),
        ("hat vergessen lassen, was „NK“ in Listen bedeutet", coordinator.pk),
    ]


def test_a_remembered_network_name_is_not_overwritten(team):
    alias = NetworkAlias.objects.create(key="nk", label="NK")
    network = Network.objects.get(slug="nordkreis")
    assert team.post(change_url(alias), {"networks": [network.pk]}).status_code == 403
    assert not alias.networks.exists()


@pytest.mark.parametrize("factory", [OrganisationFactory, MembershipFactory])
def test_organisations_and_memberships_are_not_deleted(team, factory):
    row = factory()
    label = f"partners_{row._meta.model_name}"
    assert team.post(reverse(f"admin:{label}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    team.post(reverse(f"admin:{label}_changelist"), ticked)
    assert type(row).objects.filter(pk=row.pk).exists()

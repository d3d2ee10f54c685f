"""What is there over all apps, and where it is found."""

from datetime import UTC, datetime, timedelta

import pytest

from regions.models import Municipality, Network
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, MembershipFactory, OrganisationFactory


def test_home_says_what_to_do_first_and_then_what_is_there(team):
    assert "Beginnen Sie mit Ihrer Partnerliste" in team.get("/").content.decode()
    ContactFactory(organisation=OrganisationFactory(kind="school"))
    ContactFactory(organisation=OrganisationFactory(kind="company"))
    response = team.get("/")
    assert response.context["counts"] == {"schools": 1, "companies": 1, "actors": 0, "people": 2}
    assert "Beginnen Sie" not in response.content.decode()


def test_strangers_see_the_login(stranger, db):
    assert stranger.get("/").url == "/konto/login/?next=/"


def test_network_pages_count_each_organisation_once(team, db):
    network = Network.objects.get(slug="bramsche")
    member = OrganisationFactory(name="Böhmer Logistik")
    MembershipFactory(organisation=member, network=network)
    MembershipFactory(organisation=member, network=network, kind="host")
    one = ContactFactory(organisation=OrganisationFactory(kind="school"))
    MembershipFactory(organisation=one.organisation, contact=one, network=network)
    ContactFactory(organisation=one.organisation)
    ContactFactory(organisation=member)
    listed = {row.slug: row.member_count for row in team.get("/netzwerke/").context["networks"]}
    assert listed["bramsche"] == 2
    assert sum(listed.values()) == 2
    page = team.get("/netzwerke/bramsche/")
    assert (page.context["member_count"], page.context["people_count"]) == (2, 2)
    assert page.context["kinds"] == [("Schulen", 1), ("Betriebe", 1), ("Arbeitsmarktakteure", 0)]


def test_a_large_network_has_pages_and_loses_nobody(team, db):
    network = Network.objects.get(slug="bramsche")
    for _ in range(53):
        MembershipFactory(network=network)
    first, second = (team.get("/netzwerke/bramsche/", {"page": page}).context["page_obj"] for page in (1, 2))
    assert (len(first), len(second)) == (50, 3)
    assert not set(first) & set(second)


def test_a_network_that_does_not_exist(team, db):
    assert team.get("/netzwerke/gibt-es-nicht/").status_code == 404


@pytest.mark.parametrize("query", ["'", "%", '"><script>', "\x00", "a" * 5000, " " * 9, "😀"])
def test_odd_queries_are_no_error(team, db, query):
    assert team.get("/suche/", {"q": query}).status_code == 200
    assert team.get("/partner/", {"q": query}).status_code == 200


def test_network_takes_over_a_municipality(team, db):
    url = "/netzwerke/bramsche/aendern/"
    form = team.get(url).context["form"]
    data = {name: form[name].value() for name in ("name", "short_name", "mark", "opened_with")}
    rieste, bramsche = Municipality.objects.get(name="Rieste"), Municipality.objects.get(name="Bramsche")
    response = team.post(url, {**data, "is_active": "on", "municipalities": [rieste.pk, bramsche.pk]})
    assert response.url == "/netzwerke/bramsche/"
    network = Network.objects.get(slug="bramsche")
    assert [str(row) for row in network.municipalities.all()] == ["Bramsche", "Rieste"]
    assert network.version == 2


def test_two_people_change_the_municipalities_of_one_network(client_for, coordinator, lead, db):
    url = "/netzwerke/bramsche/aendern/"
    hers, his = client_for(coordinator), client_for(lead)
    rieste, bramsche = Municipality.objects.get(name="Rieste"), Municipality.objects.get(name="Bramsche")

    def data(response):
        form = response.context["form"]
        return {
            **{name: form[name].value() for name in ("name", "short_name", "mark", "opened_with")},
            "is_active": "on",
            "municipalities": form["municipalities"].value(),
        }

    her_data, his_data = data(hers.get(url)), data(his.get(url))
    assert his.post(url, {**his_data, "municipalities": [rieste.pk, bramsche.pk]}).status_code == 302
    second = hers.post(url, {**her_data, "name": "Netzwerk Bramsche und Umgebung"})
    assert [(c.label, c.theirs) for c in second.context["form"].conflicts] == [("Gemeinden", "Bramsche, Rieste")]
    assert hers.post(url, data(second)).status_code == 302
    network = Network.objects.get(slug="bramsche")
    assert network.name == "Netzwerk Bramsche und Umgebung"
    assert network.municipalities.count() == 2


def test_a_network_that_lost_a_municipality_tells_who_had_it_open(client_for, coordinator, lead, db):
    hers, his = client_for(coordinator), client_for(lead)
    rieste = Municipality.objects.get(name="Rieste")

    def data(response, *municipalities):
        form = response.context["form"]
        names = ("name", "short_name", "mark", "opened_with")
        chosen = municipalities or form["municipalities"].value()
        return {**{name: form[name].value() for name in names}, "is_active": "on", "municipalities": chosen}

    of_nordkreis, of_bramsche = "/netzwerke/nordkreis/aendern/", "/netzwerke/bramsche/aendern/"
    opened = data(hers.get(of_nordkreis))
    assert rieste.pk in opened["municipalities"]
    assert his.post(of_bramsche, data(his.get(of_bramsche), rieste.pk)).status_code == 302
    second = hers.post(of_nordkreis, {**opened, "description": "Neu"})
    assert second.status_code == 422
    assert hers.post(of_nordkreis, {**data(second), "description": "Neu"}).status_code == 302
    rieste.refresh_from_db()
    assert rieste.network == Network.objects.get(slug="bramsche")


def test_a_coordinator_who_has_left_stays_until_somebody_else_is_chosen(team, lead):
    Network.objects.filter(slug="bramsche").update(coordinator=lead)
    lead.is_active = False
    lead.save()
    form = team.get("/netzwerke/bramsche/aendern/").context["form"]
    assert lead in form.fields["coordinator"].queryset


def test_home_and_network_show_the_next_meetings_with_their_numbers(team, db):
    meeting = MeetingFactory(title="Netzwerktreffen Bramsche", networks=["bramsche"])
    InvitationFactory(meeting=meeting, answer="accepted")
    InvitationFactory(meeting=meeting)
    InvitationFactory.create_batch(2, meeting=meeting, answer="tentative")
    MeetingFactory(title="Anderswo", networks=["nordkreis"], starts_at=meeting.starts_at + timedelta(days=1))
    MeetingFactory(title="Fällt aus", networks=["bramsche"], state="cancelled")
    old = MeetingFactory(title="Im Vorjahr", networks=["bramsche"], starts_at=datetime(2025, 2, 5, 15, 0, tzinfo=UTC))
    home = team.get("/")
    assert [row.meeting.title for row in home.context["today"].meetings] == ["Netzwerktreffen Bramsche", "Anderswo"]
    assert "<b>1 Zusage</b> · 1 offen" in home.content.decode()
    page = team.get("/netzwerke/bramsche/")
    assert (page.context["next_meetings"], page.context["last_meetings"]) == ([meeting], [old])
    assert '<a class="btn btn-primary" href="/treffen/neu/?netzwerk=bramsche">' in page.content.decode()

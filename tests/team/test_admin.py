import re

import pytest
from django.db import connection
from django.urls import reverse

from team.models import Activity, User
from team.services import activity
from tests.factories import UserFactory


def change_url(user: User) -> str:
    return reverse("admin:team_user_change", args=[user.pk])


def typed(page, **changes) -> dict:
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**data, **changes}.items() if value not in (None, False)}


def test_the_lead_changes_flags_through_the_service(lead_client, lead, coordinator):
    url = change_url(coordinator)
    page = lead_client.post(url, typed(lead_client.get(url), is_lead="on", is_active=False), follow=True)
    assert page.redirect_chain
    coordinator.refresh_from_db()
    assert (coordinator.is_lead, coordinator.is_active, coordinator.version) == (True, False, 2)
    assert sorted(Activity.objects.values_list("sentence", flat=True)) == [
        "hat Katja Sommer die Leitung gegeben",
        "hat den Zugang von Katja Sommer gesperrt",
    ]


@pytest.mark.parametrize("flag", ["is_lead", "is_active"])
def test_the_last_lead_stays_here_too(lead_client, lead, flag):
    page = lead_client.post(change_url(lead), typed(lead_client.get(change_url(lead)), **{flag: False}))
    assert page.status_code == 200
    assert "Das ist die einzige aktive Leitung." in page.text
    lead.refresh_from_db()
    assert getattr(lead, flag)


def test_two_leads_who_step_down_at_once_leave_one(lead_client, lead):
    """The form of the second still saw the first as a lead; the service, which asks under a lock, does not."""
    other = UserFactory(is_lead=True)
    fields = typed(lead_client.get(change_url(lead)), is_lead=False)
    asked = []

    def step_down(execute, sql, params, many, context):
        if re.match(r'SELECT "team_user"."id"[^,]* FROM .*"is_lead"', sql) and not asked:
            asked.append(sql)
            User.objects.filter(pk=other.pk).update(is_lead=False)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(step_down):
        page = lead_client.post(change_url(lead), fields, follow=True)
    assert len(asked) == 1
    assert f"{lead} ist die einzige aktive Leitung." in page.text
    lead.refresh_from_db()
    assert lead.is_lead


def test_a_coordinator_sees_no_members_here(team, coordinator):
    assert "/verwaltung/team/user/" not in team.get("/verwaltung/").text
    assert team.post(change_url(coordinator), {"email": coordinator.email, "is_lead": "on"}).status_code == 403
    coordinator.refresh_from_db()
    assert not coordinator.is_lead


def test_members_are_neither_made_nor_deleted_here(lead_client, coordinator):
    assert lead_client.post("/verwaltung/team/user/add/", {"email": "neu@amt.example"}).status_code == 403
    assert (
        lead_client.post(reverse("admin:team_user_delete", args=[coordinator.pk]), {"post": "yes"}).status_code == 403
    )
    assert User.objects.count() == 2


def test_the_log_is_only_looked_at(lead_client, coordinator):
    entry = activity.record("hat etwas getan", by=coordinator)
    url = reverse("admin:team_activity_change", args=[entry.pk])
    assert "hat etwas getan" in lead_client.get(url).text
    assert lead_client.post(url, {"sentence": "hat nichts getan"}).status_code == 403


def test_what_nobody_needs_is_not_offered(lead_client):
    page = lead_client.get("/verwaltung/")
    assert {app["name"]: [model["name"] for model in app["models"]] for app in page.context["app_list"]} == {
        "Netzwerke": ["Gemeinden", "Netzwerke", "Schulferien"],
        "Öffentliche Seiten": ["Öffentliche Texte"],
        "Partner": [
            "Eingelesene Listen",
            "Einrichtungen",
            "Mitgliedschaften",
            "Netzwerknamen in Listen",
            "Personen",
            "Spaltenüberschriften",
            "Zeilen",
        ],
        "Post": ["Adressen", "Eingegangene Mails", "Postausgang", "Sendungen"],
        "Team": ["Teammitglieder", "Verlauf"],
        "Treffen": ["Einladungen", "Rückmeldungen", "Treffen"],
    }

"""Away: who stands in, everywhere and only for so long."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from team.models import Absence, Activity
from team.services import absences
from tests.factories import UserFactory

URL = "/team/abwesenheit/"


def today(days: int = 0) -> date:
    return timezone.localdate() + timedelta(days=days)


def away(who, deputy, first: int = 0, last: int = 4) -> Absence:
    return absences.begin(away=who, deputy=deputy, first_on=today(first), last_on=today(last), by=who)


def over(absence: Absence) -> None:
    """As if it had run out by itself a moment ago."""
    Absence.objects.filter(pk=absence.pk).update(ends_at=timezone.now())


def typed(who, deputy, first: int = 0, last: int = 4) -> dict[str, object]:
    return {"away": who.pk, "deputy": deputy.pk, "first_on": today(first), "last_on": today(last)}


def test_while_it_runs_the_deputy_is_in_charge_and_then_no_more(coordinator, lead):
    assert absences.in_charge(coordinator) == coordinator
    absence = away(coordinator, lead)
    coordinator.refresh_from_db()
    assert absences.in_charge(coordinator) == lead
    assert absences.running() == {coordinator.pk: absence}
    over(absence)
    assert absences.in_charge(coordinator) == coordinator
    assert absences.running() == {}


def test_it_lasts_from_midnight_to_midnight_of_the_office():
    assert absences._span(date(2031, 3, 29), date(2031, 3, 30)) == (
        datetime(2031, 3, 28, 23, tzinfo=UTC),
        datetime(2031, 3, 30, 22, tzinfo=UTC),  # the clocks went forward
    )


def test_before_its_first_day_nothing_changes(coordinator, lead):
    away(coordinator, lead, first=1)
    coordinator.refresh_from_db()
    assert absences.in_charge(coordinator) == coordinator


def test_a_deputy_who_was_locked_out_stands_in_for_nobody(coordinator, lead):
    away(coordinator, lead)
    coordinator.refresh_from_db()
    lead.is_active = False
    lead.save()
    assert absences.in_charge(coordinator) == coordinator


def test_who_is_never_away_costs_no_query(coordinator, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert absences.in_charge(coordinator) == coordinator
        assert absences.in_charge(None) is None


def test_both_steps_stand_in_the_log(coordinator, lead):
    absence = away(coordinator, lead, 0, 0)
    absences.end(absence, by=coordinator)
    absences.end(absence, by=coordinator)
    planned = away(coordinator, lead, 2, 2)
    absences.end(planned, by=lead)
    day = absences.days(absence)
    later = absences.days(planned)
    assert [str(entry) for entry in Activity.objects.order_by("pk")] == [
        f"hat sich {day} abwesend gemeldet; Vertretung: Jens Winter",
        "ist wieder da; Jens Winter hat so lange vertreten",
        f"hat sich {later} abwesend gemeldet; Vertretung: Jens Winter",
        f"hat die Abwesenheit von Katja Sommer {later} zurückgenommen",
    ]
    coordinator.refresh_from_db()
    assert not coordinator.may_be_away
    assert Absence.objects.count() == 1  # what never began leaves no row


@pytest.mark.parametrize(
    ("first", "last", "field", "problem"),
    [
        (-1, 2, "first_on", "Dieser Tag ist vorbei"),
        (3, 2, "last_on", "liegt vor dem ersten"),
        (12, 20, "first_on", "schon eine Abwesenheit eingetragen"),
        (8, 10, "first_on", "schon eine Abwesenheit eingetragen"),
        (31, 31, "deputy", "Jens Winter ist in dieser Zeit auch nicht da"),
        (41, 49, "first_on", "Katja Sommer vertritt in dieser Zeit Kim Dritte"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(team, coordinator, lead, first, last, field, problem):
    third = UserFactory(last_name="Dritte")
    away(coordinator, lead, 10, 12)
    away(lead, third, 30, 31)
    away(third, coordinator, 40, 41)
    before = Absence.objects.count()
    page = team.post(URL, typed(coordinator, lead, first, last))
    assert page.status_code == 422
    assert problem in str(page.context["form"].errors[field])
    assert Absence.objects.count() == before


def test_nobody_stands_in_for_herself(team, coordinator):
    page = team.post(URL, typed(coordinator, coordinator))
    assert page.context["form"].errors == {"deputy": ["Bitte wählen Sie jemand anderen als Vertretung."]}


@pytest.mark.parametrize("first_on", ["", "morgen", "31.02.2031", "9999-12-31"])
def test_odd_days_are_no_error_page(team, coordinator, lead, first_on):
    data = {**typed(coordinator, lead), "first_on": first_on, "last_on": "9999-12-31"}
    assert team.post(URL, data).status_code == 422


def test_the_day_after_one_may_report_anew(coordinator, lead):
    absences.end(away(coordinator, lead), by=coordinator)
    assert away(coordinator, lead).is_running


def test_the_service_asks_again(coordinator, lead):
    away(coordinator, lead)
    with pytest.raises(absences.NotPossible) as refused:
        away(coordinator, lead)
    assert list(refused.value.problems) == ["first_on"]


def test_of_two_members_the_other_is_preselected(team, coordinator, lead):
    form = team.get(URL).context["form"]
    assert (form["away"].value(), form["deputy"].value()) == (coordinator.pk, lead.pk)
    for_him = team.get(URL, {"fuer": lead.pk}).context["form"]
    assert (for_him["away"].value(), for_him["deputy"].value()) == (lead.pk, coordinator.pk)
    UserFactory()
    assert team.get(URL).context["form"]["deputy"].value() is None
    assert team.get(URL, {"fuer": "x"}).status_code == 200


def test_away_and_back_over_the_pages(team, client_for, coordinator, lead):
    assert team.post(URL, typed(coordinator, lead)).url == URL
    page = team.get("/").content.decode()
    assert "Jens Winter vertritt Sie." in page
    assert "Sie vertreten Katja Sommer bis" in client_for(lead).get("/").content.decode()
    absence = Absence.objects.get()
    assert f'action="/team/abwesenheit/{absence.pk}/beenden/"' in page
    assert team.post(f"{URL}{absence.pk}/beenden/").url == "/"
    assert absences.running() == {}
    assert "Während Ihrer Abwesenheit" in team.get("/").content.decode()
    assert team.post(f"{URL}gesehen/").url == "/"
    assert "Während Ihrer Abwesenheit" not in team.get("/").content.decode()


def test_one_to_come_is_told_with_its_first_day_and_withdrawn(team, coordinator, lead):
    told = team.post(URL, typed(coordinator, lead, 3, 5), follow=True).content.decode()
    absence = Absence.objects.get()
    days = absences.days(absence)
    assert days.startswith("von ")
    assert f"Jens Winter vertritt Katja Sommer {days}." in told
    line = f'Sie sind {days} <a href="{URL}">abwesend gemeldet</a>; Jens Winter vertritt Sie dann.'
    assert line in team.get("/").content.decode()
    withdrawn = team.post(f"{URL}{absence.pk}/beenden/", follow=True).content.decode()
    assert "Die Abwesenheit ist zurückgenommen." in withdrawn
    assert "Sie haben alles wieder" not in withdrawn
    assert line not in team.get("/").content.decode()


def test_of_a_day_that_has_begun_it_covers_the_rest(coordinator, lead):
    before = timezone.now()
    absence = away(coordinator, lead)
    assert before <= absence.starts_at <= timezone.now()
    assert absence.first_on == today()
    assert absence.is_running

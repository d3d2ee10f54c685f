"""The pages on which many dates are planned: for whom and how many, then each of them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.forms.planning.plans import periods
from meetings.models import Meeting
from regions.models import Network
from team.models import Activity
from tests.factories import MeetingFactory, OrganisationFactory
from tests.meetings.formsets import as_it_stands

BERLIN = ZoneInfo("Europe/Berlin")
URL = "/treffen/mehrere/"


@pytest.fixture(autouse=True)
def _today(db):
    with time_machine.travel(datetime(2026, 11, 26, 12, 0, tzinfo=BERLIN), tick=False):
        yield


def key(slug: str) -> int:
    return Network.objects.get(slug=slug).pk


def asked(*slugs: str, **changes) -> str:
    """The address of the second step."""
    said = QueryDict(mutable=True)
    said.update({"pattern": "2", "first_on": "2027-01-11", "last_on": "2027-06-30", "kind": "network"})
    said.update({"format": "in_person", "theme": "Praktika", "start_time": "15:00", "end_time": "17:30", "rows": "1"})
    said.setlist("networks", [str(key(slug)) for slug in slugs or ("bramsche", "nordkreis")])
    for name, value in changes.items():
        said.setlist(name, [value] if value else [])
    return f"{URL}?{said.urlencode()}"


def sent_back(response, **rows: dict) -> dict:
    """What the browser sends: the page as it stands, with these rows (key with _ for -) typed into."""
    return as_it_stands(response, {row.replace("_", "-"): typed for row, typed in rows.items()})


# --- For whom and how many


def test_the_list_and_the_page_of_a_network_lead_there(team):
    assert f'href="{URL}">Halbjahr planen</a>' in team.get("/treffen/").content.decode()
    page = team.get(reverse("desk:network", args=["bramsche"])).content.decode()
    assert f'href="{URL}?netzwerk=bramsche">Halbjahr planen</a>' in page
    form = team.get(URL, {"netzwerk": "bramsche"}).context["form"]
    assert form["networks"].value() == [key("bramsche")]
    assert (form["first_on"].value(), form["last_on"].value()) == (date(2026, 12, 17), date(2027, 6, 17))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"networks": None}, "Bitte wählen Sie mindestens ein Netzwerk."),
        ({"last_on": "2027-01-10"}, "Der letzte Tag liegt vor dem ersten."),
        ({"last_on": "2029-06-30"}, "Bitte planen Sie höchstens zwei Jahre auf einmal."),
        ({"first_on": "0027-01-10"}, "Bitte prüfen Sie das Jahr."),
        ({"end_time": "15:00"}, "Das Ende muss nach dem Beginn liegen."),
        ({"pattern": "9"}, "9 ist keine gültige Auswahl"),
    ],
)
def test_what_is_wrong_is_said_and_everything_typed_stays(team, changes, told):
    response = team.get(asked(**changes))
    assert response.status_code == 422
    assert told in response.content.decode()
    assert 'value="Praktika"' in response.content.decode()


def test_not_more_than_one_looks_through(team):
    slugs = Network.objects.values_list("slug", flat=True)
    response = team.get(asked(*slugs, pattern="quarter", last_on="2028-12-31"))
    assert "Das wären mehr als 40 Termine." in response.content.decode()


def test_quarters_and_halves_are_those_of_the_calendar():
    first, last = date(2026, 12, 17), date(2027, 8, 10)
    assert periods("quarter", first, last) == [
        (first, date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), date(2027, 6, 30)),
        (date(2027, 7, 1), last),
    ]
    assert periods("half", date(2027, 1, 31), last) == [
        (date(2027, 1, 31), date(2027, 6, 30)),
        (date(2027, 7, 1), last),
    ]
    assert periods("2", first, last) == [(first, last)] * 2


# --- Each of them


def test_each_date_has_a_row_with_a_free_day_of_its_own(team):
    response = team.get(asked())
    rows = [(form.row.label, form["day"].value(), form.is_chosen) for form in response.context["formset"]]
    assert rows == [
        ("Bramsche, 1. Termin", date(2027, 2, 3), True),
        ("Nordkreis, 1. Termin", date(2027, 3, 17), True),
        ("Bramsche, 2. Termin", date(2027, 4, 28), True),
        ("Nordkreis, 2. Termin", date(2027, 6, 9), True),
    ]
    page = response.content.decode()
    assert page.count("Gegen diesen Termin spricht nichts, was wir wissen.") == 4
    assert "Februar 2027" in page.split('id="monat"')[1]


def test_where_no_day_is_free_it_is_said(team):
    page = team.get(asked("bramsche", pattern="1", first_on="2027-02-01", last_on="2027-02-02")).content.decode()
    assert "In diesem Zeitraum ist kein Tag mehr frei. Bitte wählen Sie selbst." in page


def test_the_drafts_are_written_with_what_they_have_in_common_and_a_sentence_each(team, coordinator):
    OrganisationFactory(name="Hof Lohkamp", place="Bramsche")
    url, bramsche = asked(), f"netz{key('bramsche')}"
    typed = {f"{bramsche}_1": {"host_name": "hof lohkamp", "place": "Scheune", "start_time": "14:00"}}
    typed |= {f"{bramsche}_2": {"chosen": ""}}
    response = team.post(url, sent_back(team.get(url), **typed), follow=True)
    assert "3 Entwürfe angelegt." in response.content.decode()
    assert {row.pk for row in response.context["page_obj"]} == {row.pk for row in Meeting.objects.all()}
    first, *others = Meeting.objects.order_by("starts_at")
    assert (first.starts_at, first.ends_at) == (
        datetime(2027, 2, 3, 13, 0, tzinfo=UTC),
        datetime(2027, 2, 3, 16, 30, tzinfo=UTC),
    )
    assert (first.title, first.host.name, first.place) == ("Netzwerktreffen Bramsche", "Hof Lohkamp", "Scheune")
    assert (first.theme, first.state, first.answer_deadline_on) == ("Praktika", "draft", date(2027, 1, 27))
    assert first.checklist_items.count() == 7
    assert [[one.slug for one in row.networks.all()] for row in others] == [["nordkreis"], ["nordkreis"]]
    told = Activity.objects.filter(sentence__contains="angelegt")
    assert [one.by for one in told] == [coordinator] * 3


def test_pressed_twice_nothing_is_doubled(team):
    url = asked()
    data = sent_back(team.get(url))
    assert team.post(url, data).status_code == 302
    again = team.post(url, data)
    assert again.status_code == 422
    assert "am 3. Februar 2027 um 15:00 Uhr gibt es schon." in again.content.decode()
    assert Meeting.objects.count() == 4


def test_of_two_rows_that_are_the_same_meeting_the_second_is_told(team):
    url, bramsche = asked("bramsche"), f"netz{key('bramsche')}"
    data = sent_back(team.get(url), **{f"{bramsche}_2": {"day": "2027-02-24"}, f"{bramsche}_1": {"day": "2027-02-24"}})
    response = team.post(url, data)
    assert "am 24. Februar 2027 um 15:00 Uhr entstünde zweimal." in response.content.decode()
    assert Meeting.objects.count() == 0


def test_what_is_wrong_stands_at_the_field_and_in_the_summary_and_nothing_is_lost(team):
    url, bramsche = asked("bramsche"), f"netz{key('bramsche')}"
    typed = {"day": "", "host_name": "Gibt es nicht", "place": "Scheune"}
    response = team.post(url, sent_back(team.get(url), **{f"{bramsche}_1": typed}))
    page = response.content.decode()
    assert response.status_code == 422
    assert f'<a href="#id_{bramsche}-1-day">Bramsche, 1. Termin, Tag</a>' in page
    assert f'id="id_{bramsche}-1-day_error"' in page
    assert 'value="Gibt es nicht"' in page
    assert 'value="Scheune"' in page
    assert Meeting.objects.count() == 0


def test_looking_at_the_dates_saves_nothing_and_tells_of_the_other_rows(team):
    url, bramsche = asked("bramsche", "nordkreis", pattern="1"), f"netz{key('bramsche')}"
    data = sent_back(team.get(url))
    nordkreis_day = data[f"netz{key('nordkreis')}-1-day"]
    response = team.post(url, {**data, f"{bramsche}-1-day": nordkreis_day, "check": "1"})
    assert response.status_code == 200
    assert "Am selben Tag hier in der Liste: Nordkreis, 1. Termin." in response.content.decode()
    assert Meeting.objects.count() == 0


def test_a_suggested_day_is_put_into_its_row_and_saves_nothing(team):
    url, field = asked("bramsche"), f"netz{key('bramsche')}-1-day"
    data = {**sent_back(team.get(url)), "use_suggestion": f"{field}=2027-01-13"}
    response = team.post(url, data)
    assert response.status_code == 200
    assert response.context["formset"].forms[0]["day"].value() == "2027-01-13"
    assert Meeting.objects.count() == 0


def test_a_network_that_rests_meanwhile_is_told_and_the_others_stay(team):
    url = asked()
    data = sent_back(team.get(url), **{f"netz{key('nordkreis')}_1": {"place": "Aula"}})
    Network.objects.filter(slug="bramsche").update(is_active=False)
    response = team.post(url, data)
    assert response.status_code == 422
    assert "Ein angekreuztes Netzwerk ruht inzwischen" in response.content.decode()
    assert 'value="Aula"' in response.content.decode()
    assert Meeting.objects.count() == 0


def test_nothing_ticked_is_told(team):
    url = asked("bramsche", pattern="1")
    response = team.post(url, sent_back(team.get(url), **{f"netz{key('bramsche')}_1": {"chosen": ""}}))
    assert "Bitte kreuzen Sie mindestens eine Zeile an." in response.content.decode()


def test_the_queries_do_not_grow_with_the_meetings(team):
    url, taken = asked("bramsche", "nordkreis", pattern="1"), []
    team.get(url)
    for number in (3, 30):
        for index in range(number):
            MeetingFactory(starts_at=datetime(2027, 1, 11 + index % 15, 15, 0, tzinfo=BERLIN), networks=["bramsche"])
        with CaptureQueriesContext(connection) as queries:
            assert team.get(url).status_code == 200
        taken.append(len(queries))
    assert taken == [28, 28]

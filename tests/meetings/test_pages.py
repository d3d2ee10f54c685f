"""What every page of a meeting shows."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from common.templatetags.ui import period
from tests.factories import MeetingFactory


@pytest.mark.parametrize("name", ["meeting", "agenda", "agenda_edit", "checklist", "history"])
def test_the_head_stands_on_every_page(team, name):
    meeting = MeetingFactory(title="Netzwerktreffen Nordkreis")
    page = team.get(reverse(f"meetings:{name}", args=[meeting.pk]))
    assert page.status_code == 200
    head = re.sub("<[^>]+>", "", page.content.decode())
    assert "Mi., 5. Februar 2031, 15:00–17:30 Uhr" in head
    assert page.context["tab"] == name.removesuffix("_edit")


def test_a_meeting_that_is_not_there_is_not_found(team, db):
    assert team.get("/treffen/7b9a4c1e-0000-4000-8000-000000000000/").status_code == 404
    assert team.get("/treffen/nicht-so/").status_code == 404


def test_a_period_says_both_days_where_there_are_two_and_which_of_two_equal_hours():
    day = period(datetime(2027, 2, 3, 14, 0, tzinfo=UTC), datetime(2027, 2, 3, 16, 30, tzinfo=UTC))
    assert day == "Mi., 3. Februar 2027, 15:00–17:30 Uhr"
    two_days = period(datetime(2027, 2, 3, 14, 0, tzinfo=UTC), datetime(2027, 2, 4, 11, 0, tzinfo=UTC))
    assert two_days == "Mi., 3. Februar 2027, 15:00 Uhr, bis Do., 4. Februar 2027, 12:00 Uhr"
    night = period(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert night == "So., 25. Oktober 2026, 02:30 (Sommerzeit)–02:30 (Winterzeit) Uhr"


def test_hints_stand_on_the_saved_meeting_too(team, db):
    meeting = MeetingFactory(starts_at=datetime(2031, 12, 25, 14, 0, tzinfo=UTC))
    page = team.get(meeting.get_absolute_url()).content.decode()
    assert "Feiertag in Niedersachsen: Erster Weihnachtstag." in page


@pytest.mark.parametrize("name", ["meeting", "agenda", "agenda_edit", "checklist", "history"])
def test_a_meeting_that_is_called_off_says_so_and_invites_nobody(team, name):
    meeting = MeetingFactory(state="cancelled")
    page = team.get(reverse(f"meetings:{name}", args=[meeting.pk])).content.decode()
    assert "Dieses Treffen ist abgesagt." in page
    assert '<span class="state state-danger">abgesagt</span>' in page
    assert ">Einladen</a>" not in page.split('id="liste"')[0]

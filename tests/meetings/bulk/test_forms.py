"""What the form makes of what was typed."""

from datetime import date, timedelta

import pytest

from meetings.enums import BulkKind
from meetings.forms.bulk.order import BulkForm
from meetings.models import Meeting
from meetings.services.bulk.order import fingerprint
from tests.factories import MeetingFactory


@pytest.fixture
def meetings(db) -> list[Meeting]:
    return [MeetingFactory(), MeetingFactory(networks=["bramsche"], online_link="https://alt.example/")]


def bound(meetings, **data) -> BulkForm:
    form = BulkForm(data, meetings=meetings)
    form.is_valid()
    return form


def test_a_day_that_follows_from_the_weeks_is_not_typed_for_the_meeting(meetings):
    first, second = meetings
    shown = {f"day-{one.pk}": f"{one.starts_on + timedelta(weeks=2)}" for one in meetings}
    form = bound(meetings, kind="postpone", weeks="3", shown_weeks="2", **{**shown, f"day-{second.pk}": "2031-03-01"})
    assert form.order().days == {first.pk: first.starts_on + timedelta(weeks=3), second.pk: date(2031, 3, 1)}


def test_without_weeks_every_day_counts_as_it_stands(meetings):
    shown = {f"day-{one.pk}": f"{one.starts_on + timedelta(weeks=2)}" for one in meetings}
    form = bound(meetings, kind="postpone", weeks="", shown_weeks="2", **shown)
    assert form.errors == {}
    assert set(form.order().days.values()) == {meetings[0].starts_on + timedelta(weeks=2)}


@pytest.mark.parametrize("shown", ["", "²", "-", "--2", "2.5", "99999999", "53000", "x"])
def test_odd_hidden_fields_count_for_nothing(meetings, shown):
    typed = {f"day-{meetings[0].pk}": "2031-03-05"}
    form = bound(meetings, kind="postpone", weeks="3", shown_weeks=shown, **typed)
    assert form.order().days[meetings[0].pk] == date(2031, 3, 5)


def test_a_new_day_beyond_the_years_that_are_looked_at(meetings):
    late = MeetingFactory(starts_at=meetings[0].starts_at.replace(year=2098))
    form = bound([late], kind="postpone", weeks="104")
    assert form.errors == {"weeks": ["Bitte prüfen Sie das Jahr."]}
    assert form.order().days == {}


def test_what_belongs_to_another_act_is_not_read(meetings):
    key = meetings[0].pk
    odd = {"weeks": "x", "link_pattern": "x", "colleague": "x", f"day-{key}": "x", f"link-{key}": "x"}
    form = bound(meetings, kind="cancel", **odd)
    assert form.errors == {}
    assert (form.order().kind, form.order().days, form.order().links) == (BulkKind.CANCEL, {}, {})


def test_rooms(meetings):
    first, second = meetings
    pattern = "https://raum.example/{netzwerk}/{datum}"
    form = bound(meetings, kind="online", link_pattern=pattern)
    assert form.order().links == {
        first.pk: "https://raum.example/melle-bissendorf/2031-02-05",
        second.pk: "https://raum.example/bramsche/2031-02-05",
    }
    typed = {f"link-{second.pk}": "https://alt.example/", f"link-{first.pk}": ""}
    assert bound(meetings, kind="online", **typed).order().links == {second.pk: "https://alt.example/"}
    form = bound(meetings, kind="online", **{f"link-{second.pk}": "https://eigen.example/{datum}"})
    assert form.order().links == {second.pk: "https://eigen.example/2031-02-05"}


def test_the_fingerprint_is_of_what_would_happen(meetings, lead):
    def of(**data) -> str:
        return fingerprint(meetings, bound(meetings, **data).order())

    assert of(kind="cancel") == of(kind="cancel", word="Ein Wort", weeks="3", colleague=str(lead.pk))
    orders = [
        {"kind": "cancel"},
        {"kind": "in_person"},
        {"kind": "postpone", "weeks": "1"},
        {"kind": "postpone", "weeks": "2"},
        {"kind": "online"},
        {"kind": "online", "link_pattern": "https://raum.example/"},
        {"kind": "hand_over", "colleague": str(lead.pk)},
    ]
    assert len({of(**order) for order in orders}) == len(orders)
    before = of(kind="cancel")
    assert fingerprint(meetings[:1], bound(meetings, kind="cancel").order()) != before
    meetings[0].version += 1
    assert of(kind="cancel") != before

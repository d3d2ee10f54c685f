"""What happens to a meeting, what it lacks and what comes next."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from meetings.models import AgendaItem, Meeting
from meetings.services.planning import meetings, preparation
from regions.models import Network
from team.models import Activity
from tests.factories import InvitationFactory, MeetingFactory, OrganisationFactory


def named(*slugs: str) -> list[Network]:
    return list(Network.objects.filter(slug__in=slugs))


def test_a_title_is_suggested_by_kind_and_networks(db):
    assert meetings.suggested_title("network", named("melle-bissendorf")) == "Netzwerktreffen Melle/Bissendorf"
    assert (
        meetings.suggested_title("theme", named("bramsche", "nordkreis")) == "Themennachmittag Bramsche und Nordkreis"
    )


def test_a_draft_is_planned_once(team, coordinator):
    meeting = MeetingFactory(state="draft")
    url = f"/treffen/{meeting.pk}/planen/"
    assert team.post(url).url == f"/treffen/{meeting.pk}/"
    team.post(url)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.version, Activity.objects.count()) == ("planned", 2, 1)
    Meeting.objects.update(state="cancelled")
    team.post(url)
    meeting.refresh_from_db()
    assert meeting.state == "cancelled"


def lacks(meeting) -> list[str]:
    return [thing.text for thing in preparation.missing(Meeting.objects.get(pk=meeting.pk))]


def test_what_a_meeting_lacks(db):
    meeting = MeetingFactory(format="hybrid", place="", responsible=None)
    assert lacks(meeting) == ["Gastgeber oder Ort", "Online-Raum", "Worum es geht", "Zuständige Person", "Ablauf"]
    meeting.format = "online"
    meeting.online_link, meeting.text = "https://raum.example/a", "Willkommen"
    meeting.save()
    AgendaItem.objects.create(meeting=meeting, offset_minutes=30, title="Vortrag")
    assert lacks(meeting) == ["Zuständige Person", "Ablauf ab 16:30"]
    AgendaItem.objects.create(meeting=meeting, offset_minutes=90, title="Austausch")
    assert lacks(meeting) == ["Zuständige Person"]
    AgendaItem.objects.create(meeting=meeting, offset_minutes=150, title="Ausklang")
    assert lacks(meeting) == ["Zuständige Person", "Ablauf bis zum Ende (ein Punkt liegt dahinter)"]


def test_a_host_is_a_place(db):
    meeting = MeetingFactory(host=OrganisationFactory(), text="Willkommen")
    assert lacks(meeting) == ["Ablauf"]


@pytest.mark.parametrize("changes", [{"state": "cancelled"}, {"starts_at": timezone.now() - timedelta(days=9)}])
def test_what_is_over_or_called_off_lacks_nothing_and_nothing_comes_next(db, changes):
    meeting = MeetingFactory(responsible=None, **changes)
    assert (preparation.missing(meeting), preparation.next_steps(meeting)) == ([], [])


def test_what_comes_next(db):
    meeting = MeetingFactory(answer_deadline_on=date(2031, 1, 29))
    assert [step.text for step in preparation.next_steps(meeting)] == ["Noch ist niemand eingeladen."]
    InvitationFactory(meeting=meeting, answer="accepted")
    InvitationFactory(meeting=meeting)
    steps = [(step.on, step.text) for step in preparation.next_steps(meeting)]
    assert steps == [(date(2031, 1, 29), "Anmeldeschluss"), (None, "1 ohne Antwort")]

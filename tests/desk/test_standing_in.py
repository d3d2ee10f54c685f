"""While somebody is away her deputy is named, and afterwards she reads what happened."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.mails import Letter
from meetings.models import Response
from meetings.services.answers import invitee
from regions.models import Network
from team.models import Activity
from team.services import absences, activity
from tests.factories import InvitationFactory, MeetingFactory
from tests.team.test_absences import away, over


def _page(client, url):
    return client.get(url).content.decode()


def test_the_team_sees_who_is_in_charge_now(team, client_for, coordinator, lead):
    meeting = MeetingFactory(responsible=coordinator)
    Network.objects.filter(slug="bramsche").update(coordinator=coordinator)
    urls = (f"/treffen/{meeting.pk}/", "/netzwerke/", "/netzwerke/bramsche/", "/", "/sammelaktionen/neu/")
    assert not any("Jens Winter (für" in _page(team, url) for url in urls)
    absence = away(coordinator, lead)
    words = f"Jens Winter (für Katja Sommer bis {absence.last_on.day}."
    assert [url for url in urls if words not in _page(team, url)] == []
    over(absence)
    assert not any("Jens Winter (für" in _page(team, url) for url in urls)


def test_partners_read_whom_to_ask_now(stranger, coordinator, lead):
    lead.phone = "05422 5550"
    lead.save()
    invitation = InvitationFactory(meeting=MeetingFactory(responsible=coordinator))
    url = f"/einladung/{invitation.token}/"
    assert "Katja Sommer" in _page(stranger, url)
    with CaptureQueriesContext(connection) as usual:
        stranger.get(url)
    absence = away(coordinator, lead)
    with CaptureQueriesContext(connection) as meanwhile:
        page = _page(stranger, url)
    assert "Jens Winter" in page
    assert "05422 5550" in page
    assert "Katja Sommer" not in page
    assert len(meanwhile) == len(usual)
    over(absence)
    assert "Katja Sommer" in _page(stranger, url)


def test_a_deputy_who_was_locked_out_is_not_named_to_partners(coordinator, lead):
    invitation = InvitationFactory(meeting=MeetingFactory(responsible=coordinator))
    away(coordinator, lead)
    lead.is_active = False
    lead.save()
    assert invitee.by_token(invitation.token).meeting.responsible == coordinator


def test_mails_name_the_deputy(coordinator, lead):
    invitation = InvitationFactory(meeting=MeetingFactory(responsible=coordinator))

    def text() -> str:
        letter = Letter(type(invitation.meeting).objects.get(pk=invitation.meeting_id), kind="invitation")
        copied = letter.copy(invitation, stop_token="ab", stamp=timezone.now())
        return b"".join(copied.contents).decode()

    assert "Fragen? Katja Sommer" in text()
    away(coordinator, lead)
    assert "Fragen? Jens Winter" in text()
    assert "Katja Sommer" not in text()


def test_the_deputy_finds_what_is_hers_for_now(client_for, coordinator, lead):
    hers, his = MeetingFactory(responsible=coordinator), MeetingFactory(responsible=lead)
    MeetingFactory()
    Network.objects.filter(slug="bramsche").update(coordinator=coordinator)
    absence = away(coordinator, lead)
    browser = client_for(lead)
    found = browser.get("/treffen/", {"responsible": lead.pk}).context["page_obj"].object_list
    assert {meeting.pk for meeting in found} == {hers.pk, his.pk}
    (deputised,) = browser.get("/").context["today"].standing_in.deputised
    assert (deputised.absence, deputised.meetings, deputised.networks) == (absence, 1, 1)
    over(absence)
    found = browser.get("/treffen/", {"responsible": lead.pk}).context["page_obj"].object_list
    assert [meeting.pk for meeting in found] == [his.pk]


def test_coming_back_she_reads_what_happened_to_what_is_hers(team, coordinator, lead):
    hers = MeetingFactory(title="Ihr Treffen", responsible=coordinator)
    other = MeetingFactory(title="Sein Treffen", responsible=lead)
    network = Network.objects.get(slug="bramsche")
    Network.objects.filter(pk=network.pk).update(coordinator=coordinator)
    before = activity.record(f"hat {hers} angelegt", by=lead, about=[hers])
    Activity.objects.filter(pk=before.pk).update(at=timezone.now() - timedelta(days=2))
    activity.record(f"hat {hers} kopiert", by=lead, about=[hers])  # today, and she was still here
    absence = away(coordinator, lead)
    for meeting in (hers, other):
        activity.record(f"hat {meeting} verlegt", by=lead, about=[meeting])
    activity.record(f"hat {network} geändert: Beschreibung", by=lead, about=[network])
    activity.record(f"hat {hers} geändert: Text", by=coordinator, about=[hers])
    for by in (None, lead):
        Response.objects.create(
            invitation=InvitationFactory(meeting=hers), answer="accepted", via="link", at=timezone.now(), by=by
        )
    assert team.get("/").context["today"].standing_in.summary is None  # not back yet
    absences.end(absence, by=coordinator)
    activity.record(f"hat {hers} umbenannt", by=lead, about=[hers])
    summary = team.get("/").context["today"].standing_in.summary
    lines = [line.told for by in summary.people for line in by.lines]
    assert ["".join(piece.text for piece in told.pieces) for told in lines] == [
        f"hat {network} geändert: Beschreibung",
        "hat Ihr Treffen verlegt",
    ]
    assert [piece.url for piece in lines[1].links] == [hers.get_absolute_url()]
    assert summary.answers == 1

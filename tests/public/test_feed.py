"""The address of a network's calendar: what is in it, and who has to load it again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from django.utils import timezone
from icalendar import Calendar

from meetings.enums import Format
from meetings.models import Meeting
from meetings.services.changes import cancel
from meetings.services.inviting import invite
from meetings.services.planning import meetings
from regions.models import Network
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory, MembershipFactory, OrganisationFactory

URL = "/kalender/melle-bissendorf.ics"


@pytest.fixture
def network(db) -> Network:
    """Not changed for long."""
    Network.objects.update(updated_at=datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone()))
    return Network.objects.get(slug="melle-bissendorf")


@pytest.fixture
def meeting(network) -> Meeting:
    """Public, planned, at a host; written long ago."""
    made = MeetingFactory(is_public=True, host=OrganisationFactory())
    _age()
    return made


def _age(**by) -> None:
    """Let everything have been written an hour ago."""
    ago = timezone.now() - timedelta(**by or {"hours": 1})
    Meeting.objects.update(updated_at=ago)
    for meeting in Meeting.objects.exclude(host=None):
        type(meeting.host).objects.filter(pk=meeting.host_id).update(updated_at=ago)


def _uids(browser, url=URL) -> list[str]:
    return [str(event["UID"]) for event in Calendar.from_ical(browser.get(url).content).walk("VEVENT")]


def test_it_is_a_calendar_that_caches_may_keep_for_a_while(stranger, meeting):
    response = stranger.get(URL)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=300"
    assert not response.cookies
    assert _uids(stranger) == [str(meeting.uid)]
    head = stranger.head(URL)
    same = ("ETag", "Last-Modified", "Content-Type", "Content-Length")
    assert (head.content, [head[name] for name in same]) == (b"", [response[name] for name in same])


def test_the_team_gets_the_same_bytes(stranger, team, meeting):
    own, everybodys = team.get(URL), stranger.get(URL)
    assert (own.content, own["Cache-Control"]) == (everybodys.content, everybodys["Cache-Control"])


def test_only_what_is_public_and_no_draft(stranger, meeting):
    year = timezone.localdate().year
    known = {
        "called off": MeetingFactory(is_public=True, state="cancelled", facts_version=1),
        "with others": MeetingFactory(is_public=True, networks=["bramsche", "melle-bissendorf"]),
        "last year": MeetingFactory(is_public=True, starts_at=_on(year - 1)),
    }
    MeetingFactory()
    MeetingFactory(is_public=True, state="draft")
    MeetingFactory(is_public=True, state="cancelled")  # while it was a draft
    MeetingFactory(is_public=True, networks=["bramsche"])
    MeetingFactory(is_public=True, starts_at=_on(year - 1) - timedelta(days=1))
    assert sorted(_uids(stranger)) == sorted(str(one.uid) for one in [meeting, *known.values()])
    by_uid = {str(one["UID"]): str(one["STATUS"]) for one in Calendar.from_ical(stranger.get(URL).content).events}
    assert by_uid[str(known["called off"].uid)] == "CANCELLED"


def _on(year: int) -> datetime:
    """The first minute of a local year."""
    return datetime(year, 1, 1, tzinfo=timezone.get_default_timezone())


def test_the_order_is_that_of_the_dates_and_the_same_on_both_databases(stranger, network):
    made = [MeetingFactory(is_public=True, title=title) for title in ("Zebra", "äpfel", "Apfel")]
    early = MeetingFactory(is_public=True, starts_at=made[0].starts_at - timedelta(days=1))
    assert _uids(stranger) == [str(one.uid) for one in [early, *sorted(made, key=lambda one: one.pk)]]


def test_a_draft_that_is_called_off_was_never_told_of(stranger, coordinator, network):
    draft, planned = (MeetingFactory(is_public=True, state=state) for state in ("draft", "planned"))
    for one in (draft, planned):
        cancel.cancel(one, by=coordinator)
    assert _uids(stranger) == [str(planned.uid)]
    cancel.reinstate(draft, by=coordinator)
    cancel.cancel(draft, by=coordinator)
    assert sorted(_uids(stranger)) == sorted([str(planned.uid), str(draft.uid)])


def test_the_uid_stays_whatever_changes_and_sequence_rises(stranger, coordinator, meeting):
    meeting.starts_at += timedelta(days=7)
    meeting.ends_at += timedelta(days=7)
    meeting.title = "Verlegt"
    meetings.change(meeting, networks=list(meeting.networks.all()), fields=["Beginn"], by=coordinator)
    cancel.cancel(meeting, by=coordinator)
    (event,) = Calendar.from_ical(stranger.get(URL).content).walk("VEVENT")
    assert (str(event["UID"]), event["SEQUENCE"], event["SUMMARY"]) == (str(meeting.uid), 2, "Verlegt")


def test_nothing_of_an_invitation_is_in_it(stranger, meeting, coordinator):
    invitation = InvitationFactory(meeting=meeting, answer="accepted")
    Meeting.objects.update(
        format=Format.HYBRID, online_link="https://raum.example/x", dial_in="0541", text="Liebe Gäste"
    )
    said = stranger.get(URL).content.replace(b"\r\n ", b"").decode()
    secret = [
        invitation.token, invitation.tag, str(invitation.uid), str(invitation.pk), str(meeting.pk), invitation.email,
        invitation.contact.last_name, coordinator.email, meeting.responsible.last_name, "raum.example", "0541",
        "Liebe Gäste", "ATTENDEE", "CONFERENCE", "/einladung/",
    ]  # fmt: skip
    assert [words for words in secret if words in said] == []
    assert "auch online dabei" in said


@pytest.mark.parametrize("slug", ["nirgends", "ruht"])
def test_no_such_network_is_404(stranger, db, slug):
    Network.objects.create(slug="ruht", name="Ruht", short_name="Ruht", is_active=False)
    assert stranger.get(f"/kalender/{slug}.ics").status_code == 404


def test_it_takes_the_same_queries_with_few_and_many(stranger, network, django_assert_num_queries):
    for number in (1, 20):
        for _ in range(number):
            MeetingFactory(is_public=True, host=OrganisationFactory())
        with django_assert_num_queries(3):
            stranger.get(URL)


# --- Who has it already


def _again(browser, response, *names) -> int:
    heads = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
    return browser.get(URL, headers={heads[name]: response[name] for name in names}).status_code


@pytest.mark.parametrize("names", [["ETag"], ["Last-Modified"], ["ETag", "Last-Modified"]])
def test_who_has_it_gets_304(stranger, meeting, names):
    response = stranger.get(URL)
    assert response["ETag"].startswith('"')
    again = stranger.get(URL, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])
    assert again["Cache-Control"] == response["Cache-Control"]
    assert _again(stranger, response, *names) == 304


def test_the_etag_counts_before_the_date(stranger, meeting):
    response = stranger.get(URL)
    heads = {"If-None-Match": '"other"', "If-Modified-Since": response["Last-Modified"]}
    assert stranger.get(URL, headers=heads).status_code == 200


def _hide(meeting, by):
    meeting.is_public = False
    meetings.change(meeting, networks=list(meeting.networks.all()), fields=["öffentlich"], by=by)


def _leave(meeting, by):
    meetings.change(meeting, networks=[Network.objects.get(slug="bramsche")], fields=["Netzwerke"], by=by)


def _call_off(meeting, by):
    cancel.cancel(meeting, by=by)


def _move_host(meeting, by):
    meeting.host.street = "Neue Straße 1"
    meeting.host.save()


def _rename(meeting, by):
    network = Network.objects.get(slug="melle-bissendorf")
    network.name = "Netzwerk Melle"
    network.save()


def _plan(meeting, by):
    meetings.plan(Meeting.objects.get(state="draft"), by=by)


def _invite(meeting, by):
    """A draft to which people are invited is planned from then on."""
    network = Network.objects.get(slug="melle-bissendorf")
    contact = ContactFactory()
    MembershipFactory(organisation=contact.organisation, network=network)
    invite.invite(Meeting.objects.get(state="draft"), [contact], by=by)


@pytest.mark.parametrize("act", [_hide, _leave, _call_off, _move_host, _rename, _plan, _invite])
def test_every_change_moves_etag_and_date(stranger, coordinator, meeting, act):
    MeetingFactory(is_public=True, state="draft")
    _age()
    before = stranger.get(URL)
    act(Meeting.objects.get(pk=meeting.pk), coordinator)
    after = stranger.get(URL)
    assert after.content != before.content
    assert after["ETag"] != before["ETag"]
    dates = [parsedate_to_datetime(response["Last-Modified"]) for response in (before, after)]
    assert dates[0] < dates[1]
    assert [_again(stranger, before, name) for name in ("ETag", "Last-Modified")] == [200, 200]


def test_what_is_hidden_again_vanishes(stranger, coordinator, meeting):
    _hide(Meeting.objects.get(pk=meeting.pk), coordinator)
    assert _uids(stranger) == []


def test_the_year_that_leaves_the_calendar_moves_the_date(stranger, network):
    """Without any meeting nothing is newer than New Year."""
    new_year = _on(timezone.localdate().year)
    assert stranger.get(URL)["Last-Modified"] == format_datetime(new_year.astimezone(UTC), usegmt=True)

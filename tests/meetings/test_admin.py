"""Meetings in Django's admin: through the service, in the log, two people at once."""

from team.models import Activity
from tests.factories import InvitationFactory, MeetingFactory


def typed(page, **changes) -> dict:
    """What the browser would send back, with some fields changed."""
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**data, **changes}.items() if value not in (None, False)}


def test_two_people_at_one_meeting_overwrite_nothing(team, lead_client):
    meeting = MeetingFactory()
    url = f"/verwaltung/meetings/meeting/{meeting.pk}/change/"
    opened = team.get(url)
    lead_client.post(url, typed(lead_client.get(url), place="Aula"))
    page = team.post(url, typed(opened, theme="Praktika"))
    assert "Inzwischen hat jemand anderes gespeichert." in page.text
    assert team.post(url, typed(page)).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.place, meeting.theme, meeting.version, meeting.networks.count()) == ("Aula", "Praktika", 3, 1)
    assert Activity.objects.count() == 2


def test_an_invitees_link_stands_nowhere(team):
    invitation = InvitationFactory()
    for url in ("/verwaltung/meetings/invitation/", f"/verwaltung/meetings/invitation/{invitation.pk}/change/"):
        page = team.get(url).content.decode()
        assert invitation.contact.last_name in page
        assert (invitation.token in page, invitation.tag in page, "/r/" in page) == (False, False, False)

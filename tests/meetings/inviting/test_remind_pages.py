"""Reminding on one page."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services.acts import start, write
from meetings.enums import State
from tests.acts import last_names, stop_url
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory()


@pytest.fixture
def people(meeting):
    """Three who were invited three weeks ago and have not answered."""
    found = []
    for name in ("Ahrens", "Böhmer", "Celik"):
        row = InvitationFactory(meeting=meeting, contact=ContactFactory(last_name=name), mail_version=1)
        sent_at = timezone.now() - timedelta(days=21)
        MailFactory(kind="invitation", lane=row.lane, version=1, state="sent", sent_at=sent_at)
        found.append(row.contact)
    return found


@pytest.fixture
def url(meeting):
    return reverse("meetings:remind", args=[meeting.pk])


def typed(people, *, ticked, **more):
    """What the browser sends when these stood on the page."""
    return {"shown": ",".join(str(one.pk) for one in people), "person": [one.pk for one in ticked], **more}


def ticked(page):
    return [row.candidate.contact.last_name for row in page.context["rows"] if row.is_ticked]


def test_the_meeting_leads_there_and_the_page_says_who_and_why_not(team, meeting, people, url):
    assert f'href="{url}">Erinnern</a>' in team.get(meeting.get_absolute_url()).content.decode()
    InvitationFactory(meeting=meeting, contact__email="", contact__last_name="Ohne")
    InvitationFactory(meeting=meeting, answer="accepted", contact__last_name="Zugesagt")
    lane = meeting.invitations.get(contact=people[0]).lane
    sent_at = timezone.now() - timedelta(days=2)
    MailFactory(kind="reminder", lane=lane, version=2, state="sent", sent_at=sent_at)
    page = team.get(url)
    html = page.content.decode()
    assert ticked(page) == ["Ahrens", "Böhmer", "Celik"]
    for words in (
        "4 Personen sind ohne Antwort, 3 ausgewählt.",
        "keine E-Mail-Adresse",
        "zuletzt erinnert am",
        "3 Personen bekommen eine Mail, 1 nicht.",
        "An 3 Personen senden",
    ):
        assert words in html
    assert html.count("zuletzt erinnert am") == 1
    assert "Zugesagt" not in html


def test_the_buttons_keep_what_was_chosen_and_save_nothing(team, coordinator, people, url):
    data = typed(people, ticked=people[1:], word="Bis bald!", preview_for=people[2].pk)
    for button in ("preview", "test"):
        page = team.post(url, {**data, "do": button})
        assert (page.status_code, page.context["form"]["word"].value()) == (200, "Bis bald!")
        assert (ticked(page), page.context["person"].contact) == (["Böhmer", "Celik"], people[2])
    (mail,) = OutboxMail.objects.filter(kind="test")
    assert (mail.recipient, mail.subject.startswith("Probe: Kommen Sie?")) == (coordinator.email, True)
    assert (Act.objects.count(), OutboxMail.objects.filter(kind="reminder").count()) == (0, 0)


def test_the_preview_is_the_reminder_of_this_person(team, stranger, meeting, people, url):
    page = team.post(url, typed(people, ticked=people, word="Bis bald!", preview_for=people[1].pk, do="preview"))
    preview, html = page.context["preview"], page.content.decode()
    assert preview.subject.startswith("Kommen Sie? ")
    for words in (people[1].greeting, "Bis bald!", "noch keine Antwort von Ihnen", "/einladung/vorschau/"):
        assert words in preview.text
    assert dict(preview.calendar)["Titel"] == meeting.title
    invitation = meeting.invitations.get(contact=people[1])
    for secret in (invitation.token, invitation.tag):
        assert secret not in html
    (source,) = re.findall(r'<iframe[^>]* src="([^"]+)"', html)
    frame = team.get(source.replace("&amp;", "&"))
    assert "noch keine Antwort von Ihnen" in frame.content.decode()
    assert ("Bis bald!" in frame.content.decode(), "sandbox" in frame["Content-Security-Policy"]) == (True, True)
    assert stranger.get(source.replace("&amp;", "&")).status_code == 302
    view = reverse("meetings:remind_view", args=[meeting.pk])
    for odd in ("", "?person=x&typed=y", f"?person={people[0].pk}&typed=gef%C3%A4lscht", f"?person={'9' * 30}&typed=y"):
        assert team.get(view + odd).status_code == 404
    foreign = ContactFactory()
    assert team.get(re.sub(r"person=\d+", f"person={foreign.pk}", source).replace("&amp;", "&")).status_code == 404


def test_sending_reminds_whoever_was_ticked_and_leads_to_the_act(team, meeting, people, url):
    done = team.post(url, typed(people, ticked=people[:2], word="Bis bald!", do="send"))
    mailing = Act.objects.get()
    assert (done.status_code, done.url) == (302, mailing.get_absolute_url())
    assert (last_names(), mailing.word) == (["Ahrens", "Böhmer"], "Bis bald!")
    assert "Erinnerung an 2 Personen" in team.get(done.url).content.decode()
    again = team.post(url, typed(people, ticked=people[:2], word="Bis bald!", do="send"))
    assert (again.status_code, Act.objects.count()) == (422, 1)
    html = again.content.decode()
    assert ("niemand ausgewählt" in html, "wartet noch im Postausgang" in html) == (True, True)
    assert again.context["form"]["word"].value() == "Bis bald!"


def test_stopping_leaves_everybody_invited(team, meeting, people, url):
    sent = team.post(url, typed(people, ticked=people, do="send"))
    mailing = Act.objects.get()
    page = team.post(stop_url(mailing), follow=True)
    assert "Angehalten. Keine Mail dieser Sendung geht hinaus." in page.content.decode()
    assert (sent.url, meeting.invitations.count()) == (mailing.get_absolute_url(), 3)
    assert ticked(team.get(url)) == ["Ahrens", "Böhmer", "Celik"]
    rows = team.get(meeting.get_absolute_url()).context["page_obj"]
    assert [row.fate.text for row in rows] == ["gesendet"] * 3


def test_where_nobody_can_be_reminded_the_page_says_so(team):
    over = MeetingFactory(starts_at=timezone.now() - timedelta(days=3))
    late = MeetingFactory(answer_deadline_on=timezone.localdate() - timedelta(days=1))
    off, bare = MeetingFactory(state=State.CANCELLED), MeetingFactory()
    for meeting in (over, late, off):
        InvitationFactory(meeting=meeting)
    for meeting, word in ((over, "vorbei"), (late, "Anmeldeschluss"), (off, "abgesagt"), (bare, "niemand eingeladen")):
        url = reverse("meetings:remind", args=[meeting.pk])
        page = team.get(url)
        assert (page.status_code, word in page.content.decode(), b'value="send"' in page.content) == (200, True, False)
        assert team.post(url, {"do": "send"}).status_code == 422
    assert Act.objects.count() == 0


def test_odd_input_is_no_error(team, people, url):
    for odd in ({"person": ["x", "9" * 40, "²", "\x00"]}, {"word": "a" * 1001}, {"word": "\x00"}, {}):
        assert team.post(url, {"do": "send", **odd}).status_code == 422
    assert Act.objects.count() == 0


def test_many_people_cost_no_more_queries(team, meeting, people, url, django_assert_num_queries):
    team.get(url)
    with django_assert_num_queries(17):
        team.get(url)
    for _ in range(20):
        InvitationFactory(meeting=meeting)
    with django_assert_num_queries(17):
        team.get(url)


def test_the_act_says_who_answered_meanwhile(team, meeting, people, url, monkeypatch):
    monkeypatch.setattr(start, "AT_ONCE", 0)
    sent = team.post(url, typed(people, ticked=people[:1], do="send"))
    meeting.invitations.update(answer="declined")
    write.write_due()
    assert "Hat inzwischen geantwortet." in team.get(sent.url).content.decode()

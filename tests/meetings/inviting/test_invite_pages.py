"""Inviting on one page, the act's page and the meeting's mail."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from meetings.enums import State
from meetings.models import Invitation
from meetings.services.inviting import invite
from tests.acts import stop_url
from tests.factories import ContactFactory, MeetingFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory()


@pytest.fixture
def people():
    organisation = MembershipFactory().organisation
    return [ContactFactory(organisation=organisation, last_name=name) for name in ("Ahrens", "Böhmer", "Celik")]


@pytest.fixture
def url(meeting):
    return reverse("meetings:invite", args=[meeting.pk])


def typed(people, *, ticked, **more):
    """What the browser sends when these stood on the page."""
    return {"shown": ",".join(str(one.pk) for one in people), "person": [one.pk for one in ticked], **more}


def ticked(page):
    return [row.candidate.contact.last_name for row in page.context["rows"] if row.is_ticked]


def test_all_who_can_be_mailed_are_ticked_and_the_others_say_why(team, people, url):
    ContactFactory(organisation=people[0].organisation, last_name="Ohne", email="")
    page = team.get(url)
    assert ticked(page) == ["Ahrens", "Böhmer", "Celik"]
    html = page.content.decode()
    assert ("keine E-Mail-Adresse" in html, "An 3 Personen senden" in html) == (True, True)


def test_every_button_keeps_what_was_chosen_and_saves_nothing(team, people, url):
    guest = ContactFactory(last_name="Gast")
    data = typed(people, ticked=people[1:], word="Bis bald!", preview_for=people[2].pk)
    for button in ({"do": "filter"}, {"do": "preview"}, {"do": "guest", "guest_words": "Gast"}, {"add": guest.pk}):
        page = team.post(url, {**data, **button})
        assert (page.status_code, page.context["form"]["word"].value()) == (200, "Bis bald!")
        assert ticked(page) == ["Böhmer", "Celik", *(["Gast"] if "add" in button else [])]
        if "guest_words" in button:
            assert page.context["found"] == [guest]
    narrowed = team.post(url, {**data, "do": "filter", "q": "celik"})
    assert ticked(narrowed) == ["Celik"]
    wide = team.post(url, {"shown": str(people[2].pk), "person": people[2].pk, "left_out": str(people[0].pk)})
    assert ticked(wide) == ["Böhmer", "Celik"]
    assert (Invitation.objects.count(), OutboxMail.objects.count()) == (0, 0)


def test_the_preview_shows_what_this_person_gets(team, stranger, people, url):
    page = team.post(url, typed(people, ticked=people, word="Bis bald!", preview_for=people[1].pk, do="preview"))
    preview = page.context["preview"]
    assert (people[1].greeting in preview.text, "Bis bald!" in preview.text) == (True, True)
    assert page.context["person"].contact == people[1]
    (source,) = re.findall(r'<iframe[^>]* src="([^"]+)"', page.content.decode())
    frame = team.get(source.replace("&amp;", "&"))
    assert ("Bis bald!" in frame.content.decode(), "sandbox" in frame["Content-Security-Policy"]) == (True, True)
    assert stranger.get(source.replace("&amp;", "&")).status_code == 302
    for odd in ("", "?person=1", "?person=x&word=y", f"?person={people[0].pk}&word=gef%C3%A4lscht"):
        assert team.get(reverse("meetings:invite_view", args=[page.context["meeting"].pk]) + odd).status_code == 404
    assert Invitation.objects.count() == 0


def test_a_test_mail_goes_to_whoever_asked_for_it(team, coordinator, people, url):
    page = team.post(url, typed(people, ticked=people, word="Bis bald!", do="test"))
    mail = OutboxMail.objects.get()
    assert (page.status_code, mail.kind, mail.recipient) == (200, "test", coordinator.email)
    assert (mail.subject.startswith("Probe: "), mail.not_before <= timezone.now()) == (True, True)
    assert Invitation.objects.count() == 0


def test_sending_invites_whoever_was_ticked_and_leads_to_the_act(team, people, url, meeting):
    done = team.post(url, typed(people, ticked=people[:2], word="Bis bald!", do="send"))
    mailing = Act.objects.get()
    assert (done.status_code, done.url) == (302, mailing.get_absolute_url())
    assert list(meeting.invitations.values_list("contact__last_name", flat=True)) == ["Ahrens", "Böhmer"]
    again = team.post(url, typed(people, ticked=people[:2], do="send"))
    assert (again.status_code, Invitation.objects.count()) == (422, 2)
    assert "niemand ausgewählt" in again.content.decode()


def test_who_ticked_nobody_can_tick_somebody_and_send(team, people, url):
    answer = team.post(url, typed(people, ticked=[], do="send"))
    assert answer.status_code == 422
    assert "Bitte kreuzen Sie jemanden an." in answer.text
    assert '<button class="btn btn-primary" name="do" value="send">An die Angekreuzten senden</button>' in answer.text


def test_a_line_break_counts_once_in_the_word(team, people, url):
    word = "\r\n".join(["x" * 4] * 200)  # 999 characters
    assert team.post(url, typed(people, ticked=people[:1], word=word, do="send")).status_code == 302
    assert Act.objects.get().word == word.replace("\r\n", "\n")
    too_long = team.post(url, typed(people, ticked=people[1:], word=word + "yy", do="send"))
    assert (too_long.status_code, too_long.text.count('<a href="#id_word">')) == (422, 1)


def test_odd_input_is_no_error(team, people, url):
    for odd in (
        {"do": "send", "person": ["x", "9" * 40, "-1", "²", "\x00"]},
        {"do": "filter", "kind": "x", "network": "9" * 30, "municipality": "\x00"},
        {"do": "preview", "word": "\x00", "preview_for": "x"},
        {"do": "send", "word": "a" * 1001},
    ):
        assert team.post(url, odd).status_code == 422
    assert Invitation.objects.count() == 0


def test_what_is_over_or_called_off_invites_nobody(team, people):
    over = MeetingFactory(starts_at=timezone.now() - timedelta(days=3))
    for meeting, word in ((over, "vorbei"), (MeetingFactory(state=State.CANCELLED), "abgesagt")):
        url = reverse("meetings:invite", args=[meeting.pk])
        page = team.get(url)
        assert (page.status_code, word in page.content.decode(), b'value="send"' in page.content) == (200, True, False)
        assert team.post(url, typed(people, ticked=people, do="send")).status_code == 422
    assert Invitation.objects.count() == 0


def test_the_act_counts_down_can_be_stopped_once_and_says_what_became_of_it(team, coordinator, meeting, people):
    mailing = invite.invite(meeting, people, by=coordinator, word="Bis bald!")
    page = team.get(mailing.get_absolute_url())
    html = page.content.decode()
    assert 0 < page.context["progress"].seconds_left <= 60
    assert ("Anhalten" in html, "Bis bald!" in html, "Aktualisieren" in html) == (True, True, True)
    live = team.get(mailing.get_absolute_url(), headers={"HX-Request": "true"})
    assert (live.content.strip()[:17], b"<html" in live.content) == (b'<div id="sendung"', False)
    for word in ("Keine Mail dieser Sendung geht hinaus.", "schon angehalten"):
        assert word in team.post(stop_url(mailing), follow=True).content.decode()
    page = team.get(mailing.get_absolute_url())
    assert (page.context["progress"].by_state, page.context["progress"].is_busy) == ([("angehalten", 3)], False)
    other = reverse("meetings:mailing", args=[MeetingFactory().pk, mailing.pk])
    assert team.get(other).status_code == 404
    former = team.get(reverse("meetings:mailing", args=[meeting.pk, mailing.pk]))
    assert (former.status_code, former.url) == (302, mailing.get_absolute_url())


def test_the_post_of_a_meeting_shows_acts_and_every_mail(team, coordinator, meeting, people):
    mailing = invite.invite(meeting, people, by=coordinator)
    page = team.get(reverse("meetings:post", args=[meeting.pk]))
    html = page.content.decode()
    assert (list(page.context["acts"]), len(page.context["page_obj"].object_list)) == ([mailing], 3)
    assert all(mail.get_absolute_url() in html for mail in OutboxMail.objects.all())


def test_what_had_begun_to_leave_when_it_was_stopped_is_said(team, coordinator, meeting, people):
    mailing = invite.invite(meeting, people, by=coordinator)
    OutboxMail.objects.filter(pk=OutboxMail.objects.first().pk).update(state="sent", sent_at=timezone.now())
    page = team.post(stop_url(mailing), follow=True)
    html = page.content.decode()
    assert "Angehalten. 1 Mail war schon unterwegs, 2 gehen nicht hinaus." in html
    assert "Diese Sendung ist angehalten. 1 Mail war schon unterwegs, 2 gehen nicht hinaus." in html


def test_step_three_says_how_many_get_no_mail(team, people, url):
    assert "3 Personen bekommen eine Mail. " in team.get(url).content.decode()
    ContactFactory(organisation=people[0].organisation, last_name="Ohne", email="")
    assert "3 Personen bekommen eine Mail, 1 nicht. " in team.get(url).content.decode()
    unticked = team.post(url, typed(people, ticked=people[:1], do="filter"))
    assert "1 Person bekommt eine Mail, 3 nicht. " in unticked.content.decode()


@pytest.mark.parametrize(
    ("form", "place", "asks"), [("in_person", "", True), ("online", "", False), ("hybrid", "X", False)]
)
def test_without_a_place_the_page_asks_whether_it_follows(team, people, form, place, asks):
    url = reverse("meetings:invite", args=[MeetingFactory(format=form, host=None, place=place).pk])
    data = typed(people, ticked=people[:2], word="Bis bald!")
    assert (
        team.post(url, {**data, "do": "preview"}).status_code,
        "place_follows" in team.get(url).context["form"].fields,
    ) == (200, asks)
    page = team.post(url, {**data, "do": "send"})
    assert page.status_code == (422 if asks else 302)
    if asks:
        assert (ticked(page), page.context["form"]["word"].value()) == (["Ahrens", "Böhmer"], "Bis bald!")
        assert "oder kreuzen Sie an, dass er folgt" in page.content.decode()
        assert team.post(url, {**data, "do": "send", "place_follows": "on"}).status_code == 302
        said = {mail.text.partition("Wo: ")[2].partition("\n")[0] for mail in OutboxMail.objects.all()}
        assert said == {"Der Ort folgt. Sie bekommen eine Mail, sobald er feststeht."}

"""Telling invitees what has changed, on one page."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from meetings.enums import Decision, State
from meetings.models import Change, Meeting
from meetings.services.planning import meetings
from tests.acts import last_names
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory

pytestmark = pytest.mark.django_db
_ANSWERS = {"Ahrens": "accepted", "Böhmer": "declined", "Celik": ""}


@pytest.fixture
def people():
    """Three who were invited to the Rathaus, each with another answer; their mails have left."""
    meeting = MeetingFactory(place="Rathaus")
    found = []
    for name, answer in _ANSWERS.items():
        row = InvitationFactory(
            meeting=meeting, contact=ContactFactory(last_name=name), mail_version=1, answer=answer, mode=""
        )
        MailFactory(kind="invitation", lane=row.lane, version=1, state="sent", sent_at=timezone.now())
        found.append(row.contact)
    return found


@pytest.fixture
def moved(people, coordinator):
    """Their meeting, a week later and in the Bürgerhaus; nobody has been told."""
    meeting = Meeting.objects.get()
    meeting.place = "Bürgerhaus"
    meeting.starts_at += timedelta(days=7)
    meeting.ends_at += timedelta(days=7)
    return meetings.change(meeting, networks=list(meeting.networks.all()), fields=["Beginn"], by=coordinator)


@pytest.fixture
def url(moved):
    return reverse("meetings:tell", args=[moved.pk])


def typed(people, *, ticked, **more):
    """What the browser sends when these stood on the page."""
    return {"shown": ",".join(str(one.pk) for one in people), "person": [one.pk for one in ticked], **more}


def ticked(page):
    return [row.candidate.contact.last_name for row in page.context["rows"] if row.is_ticked]


def test_who_saves_a_change_is_asked_whether_it_is_told(team, people, coordinator):
    meeting = Meeting.objects.get()
    form = team.get(reverse("meetings:meeting_update", args=[meeting.pk])).context["form"]
    sent = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}
    saved = team.post(reverse("meetings:meeting_update", args=[meeting.pk]), {**sent, "place": "Bürgerhaus"})
    assert saved.url == reverse("meetings:tell", args=[meeting.pk])
    page = team.get(saved.url)
    html = page.content.decode()
    assert ticked(page) == ["Ahrens", "Böhmer", "Celik"]
    for words in ("Die Eingeladenen wissen noch nichts davon", "<s>Rathaus</s>", "neu: Bürgerhaus", "An 3 Personen"):
        assert words in html


def test_the_meeting_says_on_every_page_that_a_decision_is_open(team, moved, url):
    for name in ("meeting", "agenda", "checklist", "history"):
        page = team.get(reverse(f"meetings:{name}", args=[moved.pk]))
        html = page.content.decode()
        assert "Die Eingeladenen wissen noch nichts von: Termin <b>Mi., 12. Februar 2031" in html
        assert f'<a href="{url}">Mitteilen</a>' in html
        first = page.context["next_steps"][0]
        assert (first.text, first.links) == (
            "Änderung noch nicht mitgeteilt (Termin, Ort)",
            ((url, "Mitteilen"),),
        )
    team.post(reverse("meetings:keep_silent", args=[moved.pk]), {"facts_version": moved.facts_version})
    after = team.get(moved.get_absolute_url())
    assert ("wissen noch nichts" in after.content.decode(), after.context["untold"]) == (False, [])


def test_all_are_told_and_the_act_is_shown(team, moved, people, url):
    done = team.post(url, typed(people, ticked=people, word="Wir ziehen um.", do="send"))
    mailing = Act.objects.get()
    assert (done.status_code, done.url, mailing.word) == (302, mailing.get_absolute_url(), "Wir ziehen um.")
    assert last_names() == ["Ahrens", "Böhmer", "Celik"]
    assert "Änderung an 3 Personen" in team.get(done.url).content.decode()
    again = team.post(url, typed(people, ticked=people, do="send"))
    assert (again.status_code, Act.objects.count()) == (422, 1)
    assert "Es gibt nichts mitzuteilen" in again.content.decode()


def test_one_button_leaves_out_who_does_not_come(team, people, url):
    assert "Ohne Absagen (1)<" in team.get(url).content.decode()
    page = team.post(url, typed(people, ticked=people, word="Bis bald!", do="but_declined"))
    assert (ticked(page), Act.objects.count()) == (["Ahrens", "Celik"], 0)
    assert (page.context["form"]["word"].value(), "Ohne Absagen" in page.content.decode()) == ("Bis bald!", False)
    team.post(url, typed(people, ticked=[people[0], people[2]], do="send"))
    assert last_names() == ["Ahrens", "Celik"]
    assert ticked(team.get(url)) == ["Böhmer"]  # she may be told later


def test_nobody_is_told_by_one_button(team, moved, url):
    silent = reverse("meetings:keep_silent", args=[moved.pk])
    assert f'<form id="niemandem" method="post" action="{silent}">' in team.get(url).content.decode()
    assert team.get(silent).status_code == 405
    page = team.post(silent, {"facts_version": moved.facts_version - 1}, follow=True)
    assert "inzwischen noch einmal geändert" in page.content.decode()
    assert Change.objects.get().decision == Decision.OPEN
    page = team.post(silent, {"facts_version": moved.facts_version}, follow=True)
    assert "Von dieser Änderung erfährt niemand" in page.content.decode()
    assert (Change.objects.get().decision, OutboxMail.objects.filter(kind="update").count()) == (Decision.SILENT, 0)


def test_what_was_kept_silent_can_still_be_told(team, moved, url):
    team.post(reverse("meetings:keep_silent", args=[moved.pk]), {"facts_version": moved.facts_version})
    page = team.get(reverse("meetings:post", args=[moved.pk])).content.decode()
    assert "kennen das Treffen noch anders" in page
    assert f'href="{url}">Doch noch mitteilen</a>' in page


def test_enter_in_a_field_decides_nothing(team, moved, url):
    """The first button of a form is what Enter presses."""
    html = team.get(url).content.decode()
    form = html[re.search(r'<form method="post"[^>]* novalidate>', html).start() :]
    first = re.search(r"<button(?![^>]*form=)[^>]*>", form).group()
    assert 'value="but_declined"' in first or 'value="preview"' in first


def test_the_preview_is_what_this_person_gets(team, stranger, moved, people, url):
    page = team.post(url, typed(people, ticked=people, word="Wir ziehen um.", preview_for=people[0].pk, do="preview"))
    preview, html = page.context["preview"], page.content.decode()
    assert preview.subject.startswith("Neuer Termin: ")
    for words in (people[0].greeting, "Wir ziehen um.", "bisher: Rathaus", "NEU:    Bürgerhaus", "hatten Sie zugesagt"):
        assert words in preview.text
    assert "Bürgerhaus" in dict(preview.calendar)["Wo"]
    assert dict(preview.calendar)["Wann"].startswith("Mi., 12. Februar 2031")
    (source,) = (found.replace("&amp;", "&") for found in re.findall(r'<iframe[^>]* src="([^"]+)"', html))
    frame = team.get(source)
    assert ("<s>Rathaus</s>" in frame.content.decode(), "sandbox" in frame["Content-Security-Policy"]) == (True, True)
    assert stranger.get(source).status_code == 302
    foreign = re.sub(r"person=\d+", f"person={ContactFactory().pk}", source)
    assert team.get(foreign).status_code == 404
    assert (Act.objects.count(), OutboxMail.objects.exclude(kind="invitation").count()) == (0, 0)


def test_a_test_mail_goes_to_her_who_asks_and_decides_nothing(team, coordinator, people, url):
    page = team.post(url, typed(people, ticked=people, word="Hallo", do="test"))
    mail = OutboxMail.objects.get(kind="test")
    assert (mail.recipient, mail.subject.startswith("Probe: Neuer Termin")) == (coordinator.email, True)
    assert (page.status_code, Act.objects.count(), Change.objects.get().decision) == (200, 0, Decision.OPEN)


def test_where_there_is_nothing_to_tell_the_page_says_so(team, people):
    over = MeetingFactory(starts_at=timezone.now() - timedelta(days=3))
    off, draft = MeetingFactory(state=State.CANCELLED), MeetingFactory(state=State.DRAFT)
    known = people[0].invitations.get().meeting
    for one, word in ((known, "Es gibt nichts mitzuteilen"), (over, "vorbei"), (off, "abgesagt"), (draft, "Entwurf")):
        url = reverse("meetings:tell", args=[one.pk])
        page = team.get(url)
        assert (page.status_code, word in page.content.decode(), b'value="send"' in page.content) == (200, True, False)
        assert team.post(url, {"do": "send"}).status_code == 422
    assert Act.objects.count() == 0


def test_strangers_and_odd_input_change_nothing(team, stranger, moved, people, url):
    silent = reverse("meetings:keep_silent", args=[moved.pk])
    for address in (url, silent):
        assert stranger.post(address, typed(people, ticked=people, do="send")).status_code == 302
    for odd in ({"person": ["x", "9" * 40, "²", "\x00"]}, {"word": "a" * 1001}, {"word": "\x00"}, {}):
        assert team.post(url, {"do": "send", **odd}).status_code == 422
    assert (Act.objects.count(), Change.objects.get().decision) == (0, Decision.OPEN)


def test_many_people_cost_no_more_queries(team, moved, url, django_assert_num_queries):
    team.get(url)
    with django_assert_num_queries(15):
        team.get(url)
    for _ in range(20):
        row = InvitationFactory(meeting=moved)
        MailFactory(kind="invitation", lane=row.lane, version=1, state="sent", sent_at=timezone.now())
    with django_assert_num_queries(15):
        assert len(team.get(url).context["rows"]) == 23

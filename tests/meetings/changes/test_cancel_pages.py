"""Calling a meeting off on one page, and letting it take place after all."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from meetings.enums import MailingKind, State
from meetings.models import Meeting
from meetings.services.changes import cancel
from meetings.services.inviting import invite
from tests.acts import last_names, stop_url
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return MeetingFactory(place="Rathaus")


@pytest.fixture
def people(meeting):
    """Two who were invited and one without a mail."""
    found = []
    for name, answer, version in (("Ahrens", "accepted", 1), ("Böhmer", "tentative", 1), ("Celik", "", 0)):
        contact = ContactFactory(last_name=name)
        row = InvitationFactory(meeting=meeting, contact=contact, mail_version=version, answer=answer)
        if version:
            MailFactory(kind="invitation", lane=row.lane, version=1, state="sent", sent_at=timezone.now())
        found.append(contact)
    return found


@pytest.fixture
def url(meeting):
    return reverse("meetings:cancel", args=[meeting.pk])


def state():
    return Meeting.objects.get().state


def sent(url, people, **more):
    """What the browser sends: the page has no ticks."""
    return {"shown": ",".join(str(one.pk) for one in people[:2]), **more}


def test_the_meeting_leads_there_and_the_page_says_first_whom_it_concerns(team, meeting, people, url):
    assert f'href="{url}">Absagen</a>' in team.get(meeting.get_absolute_url()).content.decode()
    html = team.get(url).content.decode()
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)
    assert facts == [
        ("Eingeladen", "3"),
        ("Zusagen", "1"),
        ("Vielleicht", "1"),
        ("Bekommen eine Mail", "2"),
        ("Ohne Mail", "1"),
    ]
    assert (html.count(cancel.UNHEARD), 'type="checkbox"' in html) == (1, False)
    assert "Absagen und 2 Personen benachrichtigen" in html
    assert state() == State.PLANNED


def test_the_preview_is_a_cancellation_and_leaves_the_meeting_as_it_is(team, stranger, meeting, people, url):
    data = sent(url, people, word="Leider krank.", preview_for=people[1].pk, do="preview")
    page = team.post(url, data)
    preview, html = page.context["preview"], page.content.decode()
    assert preview.subject.startswith("Abgesagt: ")
    for words in (people[1].greeting, "Leider krank.", "Es findet nicht statt"):
        assert words in preview.text
    assert dict(preview.calendar)["Was geschieht"] == "Der Eintrag wird aus dem Kalender entfernt."
    assert "Absagen und 2 Personen benachrichtigen" in html
    (source,) = (found.replace("&amp;", "&") for found in re.findall(r'<iframe[^>]* src="([^"]+)"', html))
    frame = team.get(source)
    assert ("Es findet nicht statt" in frame.content.decode(), frame.status_code) == (True, 200)
    assert stranger.get(source).status_code == 302
    for foreign in (ContactFactory().pk, people[2].pk):  # a stranger, and who gets no mail
        assert team.get(re.sub(r"person=\d+", f"person={foreign}", source)).status_code == 404
    assert (state(), Act.objects.count(), OutboxMail.objects.exclude(kind="invitation").count()) == (
        "planned",
        0,
        0,
    )


def test_the_test_mail_holds_a_cancel(team, coordinator, meeting, people, url):
    team.post(url, sent(url, people, word="", do="test"))
    mail = OutboxMail.objects.get(kind="test")
    assert (mail.recipient, mail.subject.startswith("Probe: Abgesagt")) == (coordinator.email, True)
    (part,) = (one for one in mail.message.walk() if one.get_content_type() == "text/calendar")
    text = part.get_content()
    text = text if isinstance(text, str) else text.decode()
    for line in ("METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"):
        assert line in text
    assert state() == State.PLANNED


def test_calling_off_leads_to_the_act_and_stopping_puts_everything_back(team, meeting, people, url):
    done = team.post(url, sent(url, people, word="Leider krank.", do="send"))
    mailing = Act.objects.get()
    assert (done.url, mailing.kind, mailing.word) == (mailing.get_absolute_url(), "cancellation", "Leider krank.")
    assert (last_names(), state()) == (["Ahrens", "Böhmer"], State.CANCELLED)
    assert "Absage an 2 Personen" in team.get(done.url).content.decode()
    page = team.get(reverse("meetings:post", args=[meeting.pk])).content.decode()
    for words in (
        "Dieses Treffen ist abgesagt.",
        'Zusagen <span class="tally-number">1</span>',
        "Findet doch statt",
    ):
        assert words in page
    assert "zum alten Termin" not in page
    team.post(stop_url(mailing))
    now = Meeting.objects.get()
    assert (now.state, now.sequence) == (State.PLANNED, 0)
    assert {mail.state for mail in OutboxMail.objects.filter(act=mailing.pk)} == {"cancelled"}
    assert team.get(meeting.get_absolute_url()).context["tally"].accepted == 1


def test_where_nobody_knows_of_it_one_button_is_enough(team, meeting, url):
    for before, words in (
        (State.PLANNED, "Noch ist niemand eingeladen"),
        (State.DRAFT, "Dieses Treffen ist ein Entwurf"),
    ):
        Meeting.objects.update(state=before)
        html = team.get(url).content.decode()
        assert (words in html, "Treffen absagen</button>" in html, 'name="word"' in html) == (True, True, False)
        done = team.post(url, {"do": "send"}, follow=True)
        assert (state(), done.redirect_chain[-1][0]) == (State.CANCELLED, meeting.get_absolute_url())
        assert "Es gab niemanden, der davon wissen muss." in done.content.decode()
    assert Act.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "values", "word"),
    [
        ("cancel", {"state": State.CANCELLED}, "schon abgesagt"),
        ("cancel", {"starts_at": timezone.now() - timedelta(days=3)}, "vorbei"),
        ("reinstate", {}, "nicht abgesagt"),
        ("reinstate", {"state": State.CANCELLED, "starts_at": timezone.now() - timedelta(days=3)}, "vorbei"),
    ],
)
def test_where_it_makes_no_sense_the_page_says_so(team, name, values, word):
    meeting = MeetingFactory(**values)
    url = reverse(f"meetings:{name}", args=[meeting.pk])
    page = team.get(url)
    assert (page.status_code, word in page.content.decode(), b'value="send"' in page.content) == (200, True, False)
    assert (team.post(url, {"do": "send"}).status_code, state()) == (422, meeting.state)


def test_strangers_and_odd_input_change_nothing(team, stranger, people, url):
    assert stranger.post(url, {"do": "send"}).status_code == 302
    for odd in ({"word": "a" * 1001}, {"word": "\x00"}):
        assert team.post(url, {"do": "send", **odd}).status_code == 422
    assert team.post(url, {"do": "x"}).status_code == 200
    assert state() == State.PLANNED


def test_many_people_cost_no_more_queries(team, meeting, people, url, django_assert_num_queries):
    team.get(url)
    with django_assert_num_queries(14):
        team.get(url)
    for _ in range(20):
        InvitationFactory(meeting=meeting)
    with django_assert_num_queries(14):
        assert len(team.get(url).context["rows"]) == 23


# --- after all


@pytest.fixture
def called_off(meeting, coordinator):
    """One has heard of it and of its end, the invitation of the other waited when it was called off."""
    heard, waits = ContactFactory(last_name="Ahrens"), ContactFactory(last_name="Böhmer")
    for person in (heard, waits):
        MembershipFactory(organisation=person.organisation)
    invite.invite(meeting, [heard, waits], by=coordinator)
    lane = meeting.invitations.get(contact=heard).lane
    OutboxMail.objects.in_lane(lane).update(state="sent")
    gone = cancel.cancel(meeting, by=coordinator)
    OutboxMail.objects.filter(act=gone.pk).update(state="sent")
    meeting.invitations.filter(contact=heard).update(answer="accepted", mode="in_person")
    return Meeting.objects.get()


def test_it_takes_place_after_all(team, called_off):
    url = reverse("meetings:reinstate", args=[called_off.pk])
    assert f'href="{url}">Findet doch statt</a>' in team.get(called_off.get_absolute_url()).content.decode()
    page = team.post(url, {"do": "preview"})
    preview, html = page.context["preview"], page.content.decode()
    assert preview.subject.startswith("Findet doch statt: ")
    for words in ("bisher: abgesagt", "NEU:    findet statt", "hatten Sie zugesagt. Bitte antworten Sie"):
        assert words in preview.text
    for words in ("Dazu bekommt 1 Person die Einladung", "1 Person benachrichtigen"):
        assert words in html
    (source,) = (found.replace("&amp;", "&") for found in re.findall(r'<iframe[^>]* src="([^"]+)"', html))
    assert "findet statt" in team.get(source).content.decode()
    assert state() == State.CANCELLED
    done = team.post(url, {"do": "send", "word": "Zum Glück."})
    update, invitation = (
        Act.objects.get(kind=kind, stopped_at=None, word="Zum Glück.") for kind in ("update", "invitation")
    )
    assert (done.url, state(), update.kind) == (update.get_absolute_url(), State.PLANNED, MailingKind.UPDATE)
    names = [name for one in (update, invitation) for name in last_names(one.items.all())]
    assert names == ["Ahrens", "Böhmer"]
    tally = team.get(called_off.get_absolute_url()).context["tally"]
    assert (tally.accepted, tally.former) == (0, 1)

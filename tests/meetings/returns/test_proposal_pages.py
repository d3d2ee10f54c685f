"""„Zu klären“ on the page of the meeting and of the mail: what stands there, and one press for each."""

import re
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from mailroom.enums import MailKind
from mailroom.models import InboxMail
from mailroom.reader import Reading
from meetings import panels
from meetings.enums import ProposalKind
from meetings.models import Meeting, Proposal
from meetings.services.answers import record
from meetings.services.returns import resolve
from tests.conventions.markup import problems_of_page
from tests.factories import ContactFactory, InvitationFactory, MailFactory
from tests.meetings.incoming import arrive, reading, scheduling, standing

pytestmark = pytest.mark.django_db

OTHER = "jo.feld@betrieb.example"


@pytest.fixture
def mail(db):
    return InboxMail.objects.create(digest="a" * 64, raw=b"", state="waiting", sender=OTHER)


@pytest.fixture
def proposed(invitation, mail):
    def make(kind, **fields):
        given = {"email": OTHER, "name": "Jo Feld", "answer": "accepted", "at": invitation.created_at, **fields}
        return Proposal.objects.create(invitation=invitation, kind=kind, mail=mail, **given)

    return make


def buttons(page: str) -> list[tuple[str, str]]:
    """Value and words of the buttons about proposals, without those for screen readers alone."""
    found = re.findall(r'name="act" value="(\w+)">(.*?)<span class="visually-hidden">', page)
    return [(act, words) for act, words in found]


@pytest.mark.parametrize(
    ("kind", "sentence", "offered"),
    [
        (
            *("guest", "hat mit der Einladung von"),
            ["Als Gast einladen", "Das ist Gesa Ahrens selbst", "Nicht übernehmen"],
        ),
        (
            *("address", "hat mit der Einladung von"),
            ["Das ist Gesa Ahrens selbst", "Als Gast einladen", "Nicht übernehmen"],
        ),
        ("on_behalf", "hat im Auftrag von", ["Übernehmen", "Nicht übernehmen"]),
        ("unproven", "Ob das stimmt, ist nicht sicher.", ["Übernehmen", "Nicht übernehmen"]),
        (
            *("substitute", "die Vertretung hat geantwortet: zugesagt"),
            ["Vertretung annehmen", "Nicht übernehmen"],
        ),
        ("time", "schlägt vor: keinen Termin", ["Ablehnen"]),
        ("full", "Zusage ohne freien Platz", ["Trotzdem übernehmen", "Nicht übernehmen"]),
        ("late", "Antwort nach dem Anmeldeschluss", ["Trotzdem übernehmen", "Nicht übernehmen"]),
    ],
)
def test_every_kind_says_what_it_is_and_offers_what_fits(team, invitation, proposed, kind, sentence, offered):
    proposed(kind, comment="Bis bald")
    page = team.get(invitation.meeting.get_absolute_url()).content.decode()
    assert [words for _, words in buttons(page)] == offered
    assert [act for act, _ in buttons(page) if act not in resolve.ACTS[ProposalKind(kind)]] == []
    assert problems_of_page(page) == []
    for text in ("Zu klären", sentence, ProposalKind(kind).label, "„Bis bald“"):
        assert text in page


def test_nothing_to_settle_says_nothing(team, invitation, proposed):
    proposed("guest", settled_at=invitation.created_at)
    assert "Zu klären" not in team.get(invitation.meeting.get_absolute_url()).content.decode()


def press(client, proposal, act, **typed):
    meeting = proposal.invitation.meeting
    return client.post(f"/treffen/{meeting.pk}/klaeren/{proposal.pk}/", {"act": act, **typed}, follow=True)


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def test_one_press_lets_the_answer_count(team, invitation, proposed, coordinator):
    page = press(team, proposed("address"), "confirm")
    assert (standing(invitation)[0], said(page)) == ("accepted", ["Gesa Ahrens: zugesagt, übernommen."])
    assert page.redirect_chain == [(invitation.meeting.get_absolute_url(), 302)]
    assert Proposal.objects.get().settled_by == coordinator


def test_the_lead_may_as_well_and_a_stranger_may_not(stranger, lead_client, invitation, proposed):
    proposal = proposed("address")
    url = f"/treffen/{invitation.meeting_id}/klaeren/{proposal.pk}/"
    answer = stranger.post(url, {"act": "confirm"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/konto/login/")
    assert Proposal.objects.open().count() == 1
    press(lead_client, proposal, "confirm")
    assert standing(invitation)[0] == "accepted"


@pytest.mark.parametrize("act", ["", "take_over", "exceed", "\0"])
def test_what_does_not_fit_is_refused(team, invitation, proposed, act):
    page = press(team, proposed("guest"), act)
    assert (said(page), Proposal.objects.open().count()) == (["Das lässt sich hier nicht tun."], 1)


def test_one_of_another_meeting_is_not_found(team, proposed):
    proposal, other = proposed("guest"), InvitationFactory()
    answer = team.post(f"/treffen/{other.meeting_id}/klaeren/{proposal.pk}/", {"act": "confirm"})
    assert answer.status_code == 404


def test_a_guest_who_is_not_known_comes_with_the_typed_name(team, invitation, proposed):
    page = team.get(invitation.meeting.get_absolute_url()).content.decode()
    assert "first_name" not in page
    proposal = proposed("guest")
    page = team.get(invitation.meeting.get_absolute_url()).content.decode()
    assert ('name="first_name" value="Jo"' in page, 'name="last_name" value="Feld"' in page) == (True, True)
    press(team, proposal, "guest", first_name="Jo", last_name="Feld-Acker\0")
    assert Meeting.objects.get().invitations.get(contact__email=OTHER).contact.full_name == "Jo Feld-Acker"


def test_who_is_known_needs_no_name(team, invitation, proposed):
    known = ContactFactory(email=OTHER, last_name="Bekannt")
    proposed("guest")
    page = team.get(invitation.meeting.get_absolute_url()).content.decode()
    assert (f'Bekannt: <a href="{known.get_absolute_url()}">Toni Bekannt</a>' in page, "first_name" in page) == (
        *(True, False),
    )


@pytest.mark.parametrize("act", ["guest", "substitute"])
def test_a_missing_name_is_asked_for_and_what_was_typed_stays(team, invitation, proposed, act):
    proposal = proposed(act, name="")
    page = press(team, proposal, act, first_name="Johanna <Jo>", last_name=" ", next="/post/")
    html = page.content.decode()
    assert (page.redirect_chain, problems_of_page(html)) == ([], [])
    assert page.context["form"].errors == {"last_name": ["Bitte tragen Sie ein, wie die Person heißt."]}
    assert ('value="Johanna &lt;Jo&gt;"' in html, 'name="next" value="/post/"' in html) == (True, True)
    assert f'name="act" value="{act}"' in html
    assert Proposal.objects.open().count() == 1
    press(team, proposal, act, first_name="Johanna", last_name="Feld")
    assert invitation.meeting.invitations.get(contact__email=OTHER).contact.full_name == "Johanna Feld"


def test_a_name_that_is_too_long_is_told_at_its_field(team, proposed):
    page = press(team, proposed("guest"), "guest", first_name="J" * 101, last_name="Feld")
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["first_name"])


def test_a_taken_over_time_leads_to_whom_to_tell(team, invitation, proposed):
    meeting = invitation.meeting
    proposal = proposed("time", starts_at=meeting.starts_at + timedelta(days=7))
    page = team.get(meeting.get_absolute_url()).content.decode()
    assert [words for _, words in buttons(page)] == ["Termin übernehmen", "Ablehnen"]
    page = press(team, proposal, "take_over")
    assert said(page) == ["Das Treffen ist verlegt. Die Eingeladenen wissen es noch nicht."]
    assert page.redirect_chain == [(meeting.get_absolute_url(), 302)]  # no mail has reached anybody: nobody to tell
    MailFactory(lane=invitation.lane, state="sent")
    page = press(team, proposed("time", email="", starts_at=meeting.starts_at + timedelta(days=9)), "take_over")
    assert page.redirect_chain == [(f"/treffen/{meeting.pk}/mitteilen/", 302)]


@pytest.mark.parametrize(
    ("page", "goes_to"),
    [("/post/", "/post/"), ("https://boese.example/", None), ("//boese.example/", None), ("/\\boese.example", None)],
)
def test_back_to_the_page_with_the_button_and_nowhere_else(team, invitation, proposed, page, goes_to):
    url = f"/treffen/{invitation.meeting_id}/klaeren/{proposed('guest').pk}/"
    answer = team.post(url, {"act": "decline", "next": page})
    assert answer["Location"] == (goes_to or invitation.meeting.get_absolute_url())


# --- The page of a mail


def panel_of(mail) -> str:
    request = RequestFactory().get("/post/")
    return render_to_string(
        "meetings/returns/mail_panel.html", {"panel": panels.for_mail(mail), "request": request}, request
    )


def test_the_page_of_a_mail_shows_the_same(invitation, proposed, mail, django_assert_num_queries):
    proposed("guest")
    with django_assert_num_queries(2):
        found = panels.for_mail(mail)
    assert (found["template"], found["invitation"]) == ("meetings/returns/mail_panel.html", invitation)
    html = panel_of(mail)
    assert [act for act, _ in buttons(html)] == ["guest", "confirm", "decline"]
    assert ("Gesa Ahrens</a>" in html, invitation.meeting.get_absolute_url() in html) == (True, True)


def test_on_the_page_of_the_mail_and_back_to_it(team, invitation, proposed, mail, settings):
    settings.INBOX_PANELS = ["meetings.panels"]
    proposal, url = proposed("guest"), mail.get_absolute_url()
    page = team.get(url).content.decode()
    assert ([act for act, _ in buttons(page)], problems_of_page(page)) == (["guest", "confirm", "decline"], [])
    assert f'name="next" value="{url}"' in page
    assert f'href="{url}">Mail ansehen' in team.get(invitation.meeting.get_absolute_url()).content.decode()
    assert press(team, proposal, "decline", next=url).redirect_chain == [(url, 302)]


def test_what_was_decided_stands_there(invitation, proposed, mail, coordinator):
    resolve.decline(proposed("guest"), by=coordinator)
    html = panel_of(mail)
    assert (buttons(html), "Gast über eine weitergeleitete Einladung: abgelehnt am" in html) == ([], True)


def test_an_applied_mail_shows_the_invitation(invitation):
    mail, _ = arrive(reading(invitation, scheduling(invitation)))
    html = panel_of(mail)
    assert panels.for_mail(mail)["invitation"] == invitation
    assert f'href="/treffen/{invitation.meeting_id}/einladungen/{invitation.pk}/"' in html


def test_what_somebody_wrote_herself_is_noted_with_one_press(team, invitation):
    mail, _ = arrive(Reading(kind=MailKind.HUMAN, sender=invitation.email))
    html = panel_of(mail)
    assert re.findall(r'name="said" value="(.+?)">', html) == ["accepted:in_person", "tentative", "declined"]
    url = f"/treffen/{invitation.meeting_id}/einladungen/{invitation.pk}/"
    assert f'action="{url}"' in html
    answer = team.post(url, {"said": "tentative", "next": "/post/"})
    assert (answer["Location"], standing(invitation)[0]) == ("/post/", "tentative")


def test_where_several_may_be_meant_each_is_offered(invitation, django_assert_num_queries):
    second = InvitationFactory(contact=invitation.contact)
    InvitationFactory(contact=invitation.contact, withdrawn_at=invitation.created_at)
    mail, _ = arrive(Reading(kind=MailKind.HUMAN, sender=invitation.email))
    mail.sender = invitation.email
    with django_assert_num_queries(2):
        assert {one.pk for one in panels.for_mail(mail)["perhaps"]} == {invitation.pk, second.pk}
    html = panel_of(mail)
    assert html.count(">Antwort notieren<") == 2


@pytest.mark.parametrize("url", ["", "/", "/gibt-es-nicht/", "/treffen/"])
def test_a_mail_about_something_else_shows_nothing(mail, url):
    mail.about_url = url
    assert (panels.for_mail(mail)["invitation"], panel_of(mail).strip()) == (None, "")


# --- History


def test_the_history_says_the_way_and_what_does_not_count(team, invitation):
    arrive(reading(invitation, scheduling(invitation)))
    Meeting.objects.update(sequence=1, capacity_in_person=0)
    with pytest.raises(record.Full):
        record.record(InvitationFactory(meeting=invitation.meeting), "accepted", via="calendar")
    url = f"/treffen/{invitation.meeting_id}/einladungen/%s/"
    page = team.get(url % invitation.pk).content.decode()
    assert ("zugesagt, vor Ort (vor der letzten Änderung)" in page, "· Kalender" in page) == (True, True)
    other = invitation.meeting.invitations.exclude(pk=invitation.pk).get()
    page = team.get(url % other.pk).content.decode()
    assert "(zählt nicht: kein Platz mehr)" in page

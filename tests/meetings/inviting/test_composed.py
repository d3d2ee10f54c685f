"""What was ticked and typed survives „Anhalten“: the page is there again, and the second sending reaches the same."""

import re

import pytest
from django.urls import reverse

from mailroom.models import Act, OutboxMail
from meetings.models import Invitation, Meeting
from tests.acts import last_names, stop_url
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory, MembershipFactory

pytestmark = pytest.mark.django_db
NAMES = ("Ahrens", "Böhmer", "Celik", "Dreyer")


@pytest.fixture
def meeting():
    return MeetingFactory(place="Rathaus")


@pytest.fixture
def people():
    organisation = MembershipFactory().organisation
    return [ContactFactory(organisation=organisation, last_name=name, role="Lehrkraft") for name in NAMES]


@pytest.fixture
def guest():
    return ContactFactory(last_name="Gast")


def ticked(page) -> list[str]:
    return [row.candidate.contact.last_name for row in page.context["rows"] if row.is_ticked]


def as_it_stands(page, **more) -> dict:
    """What a browser sends when nobody touches the page."""
    context = page.context
    kept = {"shown": context["shown"], "left_out": context["left_out"], "guest": context["guests"]}
    typed = {name: context["form"][name].value() or "" for name in context["form"].fields}
    return {**typed, **kept, "person": [row.candidate.contact.pk for row in context["rows"] if row.is_ticked], **more}


def send_and_stop(team, url, data):
    """Send, stop, and come back to the page."""
    team.post(url, {**data, "do": "send"})
    act = Act.objects.latest("created_at")
    page = team.post(stop_url(act), follow=True)
    assert page.redirect_chain == [(f"{url}?sendung={act.pk}", 302)]
    assert "Angehalten. Keine Mail dieser Sendung geht hinaus." in page.text
    assert f'href="{url}?sendung={act.pk}">Noch einmal bearbeiten<' in team.get(act.get_absolute_url()).text
    return act, page


def test_inviting_twice_reaches_the_same_people_and_nobody_who_was_left_out(team, meeting, people, guest):
    url = reverse("meetings:invite", args=[meeting.pk])
    data = as_it_stands(team.post(url, {**as_it_stands(team.get(url)), "add": guest.pk}), word="Bis bald!")
    data["role"] = "Lehrkraft"
    data["person"] = [people[0].pk, people[3].pk, guest.pk]  # two are left out
    act, page = send_and_stop(team, url, data)
    assert (ticked(page), page.context["form"]["word"].value()) == (["Ahrens", "Dreyer", "Gast"], "Bis bald!")
    assert (page.context["form"]["role"].value(), page.context["guests"]) == ("Lehrkraft", str(guest.pk))
    ContactFactory(organisation=people[0].organisation, last_name="Ehlers", role="Lehrkraft")  # came meanwhile
    page = team.get(f"{url}?sendung={act.pk}")
    assert [row.candidate.contact.last_name for row in page.context["rows"]] == [*NAMES, "Ehlers", "Gast"]
    team.post(url, as_it_stands(page, do="send"))
    again = Act.objects.latest("created_at")
    assert again != act
    assert last_names(again.items.all()) == ["Ahrens", "Dreyer", "Gast"]
    mails = OutboxMail.objects.filter(act=again)
    assert {("Bis bald!" in mail.text, mail.state) for mail in mails} == {(True, "queued")}
    assert set(Invitation.objects.values_list("contact__last_name", flat=True)) == {"Ahrens", "Dreyer", "Gast"}


def heard(meeting, people) -> list[Invitation]:
    rows = [InvitationFactory(meeting=meeting, contact=one, mail_version=1) for one in people]
    for row in rows:
        MailFactory(kind="invitation", lane=row.lane, version=1, state="sent")
    return rows


@pytest.mark.parametrize("name", ["remind", "tell"])
def test_reminding_and_telling_keep_who_was_left_out(team, meeting, people, name):
    heard(meeting, people)
    if name == "tell":
        form = team.get(reverse("meetings:meeting_update", args=[meeting.pk])).context["form"]
        sent = {field: value for field in form.fields if (value := form[field].value()) not in (None, False)}
        team.post(reverse("meetings:meeting_update", args=[meeting.pk]), {**sent, "place": "Bürgerhaus"})
    url = reverse(f"meetings:{name}", args=[meeting.pk])
    data = as_it_stands(team.get(url), word="Bis bald!")
    data["person"] = [people[1].pk, people[2].pk]
    act, page = send_and_stop(team, url, data)
    assert (ticked(page), page.context["form"]["word"].value()) == (["Böhmer", "Celik"], "Bis bald!")
    team.post(url, as_it_stands(page, do="send"))
    again = Act.objects.latest("created_at")
    assert (again != act, last_names(again.items.all())) == (True, ["Böhmer", "Celik"])


@pytest.mark.parametrize("name", ["cancel", "reinstate"])
def test_calling_off_and_taking_place_keep_the_word(team, meeting, people, name):
    heard(meeting, people)
    if name == "reinstate":
        team.post(reverse("meetings:cancel", args=[meeting.pk]), {"do": "send"})
        OutboxMail.objects.update(state="sent")
    state = Meeting.objects.get().state
    url = reverse(f"meetings:{name}", args=[meeting.pk])
    _, page = send_and_stop(team, url, as_it_stands(team.get(url), word="Leider krank."))
    assert (page.context["form"]["word"].value(), page.context["ticked"]) == ("Leider krank.", 4)
    assert Meeting.objects.get().state == state


def test_taking_one_person_off_the_list_keeps_the_word(team, meeting, people):
    (row, *_) = heard(meeting, people)
    url = reverse("meetings:withdraw", args=[meeting.pk, row.pk])
    _, page = send_and_stop(team, url, {"word": "Ein Versehen."})
    assert re.search(r"<textarea[^>]*>\s*Ein Versehen.</textarea>", page.text)
    assert (page.status_code, Invitation.objects.get(pk=row.pk).withdrawn_at) == (200, None)


def test_an_act_of_another_page_changes_nothing(team, meeting, people):
    url = reverse("meetings:invite", args=[meeting.pk])
    data = as_it_stands(team.get(url), word="Bis bald!")
    data["person"] = [people[0].pk]
    act, _ = send_and_stop(team, url, data)
    other = reverse("meetings:invite", args=[MeetingFactory().pk])
    for odd in (str(act.pk), "x", "", "\x00"):
        page = team.get(other, {"sendung": odd})
        assert (ticked(page), page.context["form"]["word"].value()) == (list(NAMES), None)


def test_an_act_that_is_written_anew_keeps_its_page(team, meeting, people):
    url = reverse("meetings:invite", args=[meeting.pk])
    data = as_it_stands(team.get(url), word="Bis bald!", do="send")
    team.post(url, data)
    form = team.get(reverse("meetings:meeting_update", args=[meeting.pk])).context["form"]
    sent = {field: value for field in form.fields if (value := form[field].value()) not in (None, False)}
    team.post(reverse("meetings:meeting_update", args=[meeting.pk]), {**sent, "place": "Bürgerhaus"})
    first, second = Act.objects.order_by("created_at")
    assert (first.composed, first.composed["url"]) == (second.composed, url)

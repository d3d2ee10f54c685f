"""A letter to the members of a network, without a meeting: from the page to each mail, and stopped in between."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import Act, Address, OutboxMail
from mailroom.services import addresses, delivery
from mailroom.services.acts import start, write
from partners.models import Contact
from partners.services import letters
from regions.models import Network
from team.services import activity
from tests.acts import stop_url
from tests.conventions.markup import problems_of_page
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert(1)</script> [Klick](javascript:alert(1)) <img src=x onerror="alert(1)"> **fett**'


@pytest.fixture
def network():
    return Network.objects.get(slug="bramsche")


@pytest.fixture
def people(network):
    """Three who can be mailed, by name."""
    organisation = OrganisationFactory()
    MembershipFactory(organisation=organisation, network=network)
    return [ContactFactory(organisation=organisation, last_name=name) for name in ("Ahrens", "Böhmer", "Celik")]


@pytest.fixture
def url(network):
    return reverse("partners:letter", args=[network.slug])


def typed(page, **more) -> dict:
    """What a browser sends when this page stands there."""
    form, rows = page.context["form"], page.context["rows"]
    ticked = [row.candidate.contact.pk for row in rows if row.is_ticked]
    sent = {"key": str(form["key"].value()), "subject": "Neues aus dem Netzwerk", "text": "Ein **Gruß**."}
    kept = {name: page.context[name] for name in ("shown", "left_out")}
    return {**sent, **kept, "person": ticked, **more}


def ticked(page) -> list[str]:
    return [row.candidate.contact.last_name for row in page.context["rows"] if row.is_ticked]


def test_the_network_leads_there_and_who_gets_nothing_is_said(team, network, people, url):
    assert f'href="{url}">Schreiben<' in team.get(network.get_absolute_url()).text
    Address.objects.create(key=people[1].email_folded, state=Address.State.STOPPED)
    Address.objects.create(key=people[2].email_folded, state=Address.State.HARD)
    ContactFactory(organisation=people[0].organisation, last_name="Dreyer", gets_invitations=False)
    ContactFactory(organisation=people[0].organisation, last_name="Ehlers", ended_on=timezone.localdate())
    page = team.get(url)
    assert [(one.candidate.contact.last_name, one.candidate.reason) for one in page.context["rows"]] == [
        ("Ahrens", ""),
        ("Böhmer", "möchte keine Einladungen"),
        ("Celik", "Adresse unzustellbar"),
        ("Dreyer", "bekommt keine Einladungen"),
    ]
    assert ("An 1 Person senden" in page.text, problems_of_page(page.text)) == (True, [])


def test_somebody_with_two_posts_stands_there_once(network, people):
    Contact.objects.filter(pk=people[0].pk).update(is_shared_mailbox=True)
    shared = {"email": people[0].email, "is_shared_mailbox": True}
    ContactFactory(organisation=people[0].organisation, last_name="Ahrens", **shared)
    assert [one.contact.last_name for one in letters.members(network)] == ["Ahrens", "Böhmer", "Celik"]
    ContactFactory(organisation=people[0].organisation, last_name="Aden", **shared)  # another one reads it, too
    assert [one.contact.last_name for one in letters.members(network)] == ["Aden", "Ahrens", "Böhmer", "Celik"]


def test_the_preview_is_the_mail_and_nothing_hostile_runs(team, people, url):
    page = team.post(url, typed(team.get(url), subject=HOSTILE, text=HOSTILE * 40, do="preview"))
    assert (page.status_code, page.context["person"].contact) == (200, people[0])
    source = re.search(r'<iframe class="mail-frame" src="([^"]+)"', page.text).group(1).replace("&amp;", "&")
    frame = team.get(source)
    html = frame.content.decode()
    assert (len(source) < 2000, "sandbox" in frame["Content-Security-Policy"]) == (True, True)
    assert "<strong>fett</strong>" in html
    for part in (html, page.text):
        assert "<script>alert" not in part
        assert "<img" not in part
        assert 'href="javascript' not in part
    assert not Act.objects.exists()
    for odd in ("", "?person=x&typed=y", f"?person={people[0].pk}&typed=~x", f"?person={people[0].pk}&typed=gef"):
        assert team.get(reverse("partners:letter_view", args=["bramsche"]) + odd).status_code == 404


def test_a_test_goes_to_oneself_alone(team, coordinator, people, url):
    page = team.post(url, typed(team.get(url), do="test"))
    mail = OutboxMail.objects.get()
    assert (mail.kind, mail.recipient, mail.subject) == ("test", coordinator.email, "Probe: Neues aus dem Netzwerk")
    assert ("/abmelden/vorschau/" in mail.text, page.context["preview"] is not None) == (True, True)


def test_everybody_who_is_ticked_gets_one_mail_and_a_second_press_sends_none(team, network, people, url):
    sent = typed(team.get(url))
    sent["person"] = [people[0].pk, people[2].pk]
    done = team.post(url, {**sent, "do": "send"})
    act = Act.objects.get()
    assert (done.url, act.kind, act.state, act.total) == (act.get_absolute_url(), "letter", Act.State.RELEASED, 2)
    assert team.post(url, {**sent, "do": "send"}).url == act.get_absolute_url()
    mails = list(OutboxMail.objects.order_by("recipient"))
    assert {mail.recipient for mail in mails} == {people[0].email, people[2].email}
    for mail in mails:
        token = addresses.stop_token(mail.recipient)
        link = f"/abmelden/{token}/"
        assert (mail.kind, mail.act, mail.not_before) == ("letter", act, act.leaves_at)
        assert mail.message["List-Unsubscribe"].endswith(f"{link}>")
        assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert (link in mail.text, link in mail.html, len(token)) == (True, True, 22)
        assert ("Ein Gruß." in mail.text, "<strong>Gruß</strong>" in mail.html) == (True, True)
        assert mail.message.get_content_type() == "multipart/alternative"
    sentence = "hat 2 Personen im Netzwerk Bramsche „Neues aus dem Netzwerk“ geschrieben"
    for row in (network, people[0], people[0].organisation):
        assert activity.timeline(row)[0].sentence.replace(str(network), "Bramsche") == sentence
    assert not activity.timeline(people[1]).exists()
    assert act.get_absolute_url() in team.get(network.get_absolute_url()).text
    page = team.get(act.get_absolute_url())
    assert ("Rundmail „Neues aus dem Netzwerk“ an 2 Personen" in page.text, problems_of_page(page.text)) == (True, [])


def test_hostile_words_are_harmless_in_the_mail(coordinator, network, people):
    subject = f"{HOSTILE} Bcc: x@boese.example"
    letters.send(network, [people[0].pk], key=uuid4(), subject=subject, text=HOSTILE, by=coordinator)
    mail = OutboxMail.objects.get()
    assert (mail.message["Bcc"], mail.message["Subject"]) == (None, subject)
    for part in ("<script>alert", "<img", 'href="javascript'):
        assert part not in mail.html
    assert "{{" not in mail.text


def test_stopped_the_page_is_there_again_as_it_was_and_is_another_letter(team, people, url):
    sent = typed(team.get(url), subject="Erstes", text="Zeile\r\nzwei")
    sent["person"] = [people[1].pk]
    team.post(url, {**sent, "do": "send"})
    act = Act.objects.get()
    page = team.post(stop_url(act), follow=True)
    assert page.redirect_chain == [(f"{url}?sendung={act.pk}", 302)]
    assert "Angehalten. Keine Mail dieser Sendung geht hinaus." in page.text
    form = page.context["form"]
    assert (ticked(page), form["subject"].value(), form["text"].value()) == (["Böhmer"], "Erstes", "Zeile\r\nzwei")
    assert set(OutboxMail.objects.values_list("state", flat=True)) == {"cancelled"}
    again = typed(page, subject=form["subject"].value(), text=form["text"].value())
    assert again["key"] != sent["key"]
    assert team.post(url, {**again, "do": "send"}).status_code == 302
    assert list(OutboxMail.objects.filter(state="queued").values_list("recipient", flat=True)) == [people[1].email]


def test_a_large_one_is_written_by_workers_and_says_who_is_left_out(coordinator, network, people, monkeypatch, team):
    monkeypatch.setattr(start, "AT_ONCE", 0)
    keys = [one.pk for one in people]
    act = letters.send(network, keys, key=uuid4(), subject="Neues", text="Text", by=coordinator)
    assert (act.state, OutboxMail.objects.count()) == (Act.State.RENDERING, 0)
    Contact.objects.filter(pk=people[0].pk).update(ended_on=timezone.localdate())
    assert write.write_due() == 3
    page = team.get(act.get_absolute_url()).text
    assert f"{people[0].full_name}, {people[0].organisation.name}</a>: Hat diese Funktion nicht mehr" in page
    assert OutboxMail.objects.count() == 2


def test_whoever_stops_before_it_leaves_gets_none(coordinator, network, people, settings):
    settings.MAIL_GRACE_SECONDS = 0
    letters.send(network, [people[0].pk], key=uuid4(), subject="Neues", text="Text", by=coordinator)
    addresses.stop(Address.objects.get(key=people[0].email_folded))
    delivery.deliver_all()
    assert OutboxMail.objects.get().state == OutboxMail.State.FAILED


def test_nobody_and_nothing_typed_is_said(team, people, url):
    page = team.get(url)
    nobody = team.post(url, {**typed(page), "person": [], "do": "send"})
    assert (nobody.status_code, "Bitte kreuzen Sie jemanden an." in nobody.text) == (422, True)
    bare = team.post(url, {**typed(page, subject=" ", text=""), "do": "send"})
    assert (bare.status_code, bare.text.count('href="#id_subject"'), bare.text.count('href="#id_text"')) == (422, 1, 1)
    for odd in ({"key": "x"}, {"person": ["x", "9" * 40]}, {"subject": "\x00"}, {"subject": "x" * 201}):
        assert team.post(url, {**typed(page), "do": "send", **odd}).status_code == 422
    assert not Act.objects.exists()


def test_an_empty_network_says_so(team, url):
    page = team.get(url)
    assert ("gehört noch niemand" in page.text, b'value="send"' in page.content) == (True, False)


def test_many_members_cost_no_more_queries(team, people, url, django_assert_num_queries):
    team.get(url)
    with django_assert_num_queries(5):
        team.get(url)
    for _ in range(20):
        ContactFactory(organisation=people[0].organisation)
    with django_assert_num_queries(5):
        team.get(url)

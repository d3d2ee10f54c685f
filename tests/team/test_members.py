"""The service; the pages are in test_views.py."""

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from mailroom.models import OutboxMail
from team.models import Activity, User
from team.services import members
from tests.factories import UserFactory


def sentences() -> list[str]:
    return list(Activity.objects.order_by("pk").values_list("sentence", flat=True))


def test_who_is_invited_has_no_password_and_a_mail(lead):
    user = members.invite("Kim.Neu@amt.example", by=lead, first_name="Kim", last_name="Neu", phone="0541 1")
    user = User.objects.get(pk=user.pk)
    assert (user.email, user.get_full_name(), user.phone, user.is_lead) == (
        "Kim.Neu@amt.example",
        "Kim Neu",
        "0541 1",
        False,
    )
    assert not user.has_usable_password()
    assert OutboxMail.objects.get().recipient == "Kim.Neu@amt.example"
    assert sentences() == ["hat Kim Neu ins Team eingeladen"]
    assert Activity.objects.get().by == lead


def test_nobody_is_made_when_the_mail_cannot_be(lead, settings):
    settings.MAIL_FROM = "no address"
    with pytest.raises(ValueError, match="envelope"):
        members.invite("kim@amt.example", by=lead)
    assert not User.objects.filter(email="kim@amt.example").exists()


def test_a_new_link_ends_the_former_one(lead, client):
    user = members.invite("kim@amt.example", by=lead)
    members.send_link(user, by=lead)
    newest, oldest = (link_in(mail) for mail in OutboxMail.objects.all())
    assert "gilt nicht mehr" in client.get(oldest, follow=True).text
    assert "Neues Passwort festlegen" in client.get(newest, follow=True).text


def link_in(mail: OutboxMail) -> str:
    """The path of the link that sets the password."""
    (line,) = (line for line in mail.text.splitlines() if "/password/reset/key/" in line)
    return line.removeprefix("http://127.0.0.1:8000")


def test_who_has_a_password_or_is_locked_out_gets_no_link(lead):
    with pytest.raises(members.NotAllowed, match="hat schon ein Passwort"):
        members.send_link(UserFactory(), by=lead)
    with pytest.raises(members.NotAllowed, match="gesperrt"):
        members.send_link(UserFactory(password=None, is_active=False), by=lead)
    assert not OutboxMail.objects.exists()


def test_who_is_locked_out_is_logged_out_everywhere(lead, coordinator, client_for):
    browsers = [client_for(coordinator), client_for(coordinator)]
    assert [browser.get("/").status_code for browser in browsers] == [200, 200]
    assert UserSession.objects.filter(user=coordinator).count() == 2
    members.deactivate(coordinator, by=lead)
    assert not UserSession.objects.filter(user=coordinator).exists()
    assert not Session.objects.exists()
    members.reactivate(coordinator, by=lead)
    assert [browser.get("/").status_code for browser in browsers] == [302, 302]
    assert sentences() == [
        "hat den Zugang von Katja Sommer gesperrt",
        "hat den Zugang von Katja Sommer wieder freigegeben",
    ]


@pytest.mark.parametrize("flag", ["is_lead", "is_active"])
def test_the_last_active_lead_stays(lead, flag):
    UserFactory(is_lead=True, is_active=False)
    setattr(lead, flag, False)
    with pytest.raises(members.NotAllowed, match="Jens Winter ist die einzige aktive Leitung"):
        members.change(lead, by=lead)
    lead.refresh_from_db()
    assert (lead.is_lead, lead.is_active) == (True, True)
    assert sentences() == []


def test_one_of_two_leads_may_go(lead):
    other = UserFactory(is_lead=True)
    members.deactivate(lead, by=other)
    lead.refresh_from_db()
    assert not lead.is_active


def test_a_change_says_what_was_changed(lead, coordinator):
    coordinator.last_name, coordinator.phone, coordinator.is_lead = "Winter-Sommer", "0541 2", True
    members.change(coordinator, by=lead)
    coordinator.refresh_from_db()
    assert coordinator.sort_key == "winter00sommer00katja"
    assert sentences() == [
        "hat Katja Winter-Sommer die Leitung gegeben",
        "hat die Angaben zu Katja Winter-Sommer geändert: Nachname, Telefon",
    ]


def test_nothing_changed_is_no_news(lead, coordinator):
    members.change(coordinator, by=lead)
    assert sentences() == []


def test_a_change_leaves_a_password_alone_that_was_set_meanwhile(lead, coordinator):
    stale = User.objects.get(pk=coordinator.pk)
    coordinator.set_password("ein-neues-Kennwort-8")
    coordinator.save()
    stale.phone = "0541 3"
    members.change(stale, by=lead)
    coordinator.refresh_from_db()
    assert (coordinator.phone, coordinator.check_password("ein-neues-Kennwort-8")) == ("0541 3", True)


def test_a_new_address_ends_what_was_sent_to_the_old_one(lead, client):
    user = members.invite("falsch@amt.example", by=lead)
    user.email = "richtig@amt.example"
    members.change(user, by=lead)
    newest, oldest = OutboxMail.objects.all()
    assert (oldest.recipient, newest.recipient) == ("falsch@amt.example", "richtig@amt.example")
    assert "gilt nicht mehr" in client.get(link_in(oldest), follow=True).text
    assert "Neues Passwort festlegen" in client.get(link_in(newest), follow=True).text
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["richtig@amt.example"]

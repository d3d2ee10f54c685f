"""A person's address: what is wrong with it, what it may be, and inviting her again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.models import Address, OutboxMail
from meetings.models import Invitation
from meetings.services.inviting import invite
from partners.models import Contact
from partners.services.corrections import suggestion
from team.models import Activity
from tests.factories import ContactFactory, MailFactory, MeetingFactory, MembershipFactory

pytestmark = pytest.mark.django_db
WHY = "Diese Adresse gibt es dort nicht (5.1.1)"


@pytest.mark.parametrize(
    ("domain", "colleagues", "meant"),
    [
        ("gmial.com", [], "gmail.com"),
        ("web.dd", [], "web.de"),
        ("schuel-melle.example", ["schule-melle.example"], "schule-melle.example"),
        ("alt.example", ["neuer-name.example", "neuer-name.example"], "neuer-name.example"),
        ("alt.example", ["eins.example", "zwei.example"], ""),
        ("schule.example", ["schule.example"], ""),
        ("gmail.com", ["schule.example"], ""),
        ("alt.example", ["gmx.de"], ""),
    ],
)
def test_what_it_may_have_been_meant_to_be(domain, colleagues, meant):
    known = [f"person{number}@{one}" for number, one in enumerate(colleagues)]
    assert suggestion(f"kaethe@{domain}", known) == (f"kaethe@{meant}" if meant else "")
    assert suggestion(domain, known) == ""


@pytest.fixture
def broken():
    """Somebody whose domain has a slip."""
    organisation = MembershipFactory().organisation
    ContactFactory(organisation=organisation, email="kollege@schule-melle.example")
    contact = ContactFactory(organisation=organisation, last_name="Größe", email="groesse@schuel-melle.example")
    Address.objects.create(key=contact.email_folded, state="hard", reason=WHY)
    return contact


def test_her_page_says_what_is_wrong_and_what_may_be_meant(team, broken):
    page = team.get(broken.get_absolute_url()).text
    assert WHY in page
    assert "groesse@schule-melle.example" in page
    assert "An diese Adresse kommt nichts an" in page


def test_no_word_where_all_is_well(team, partner):
    page = team.get(partner.get_absolute_url()).text
    assert "Adresse freigeben" not in page


def test_the_suggestion_is_taken_over_with_one_click(team, broken):
    url = f"{broken.get_absolute_url()}adresse/uebernehmen/"
    team.post(url, {"email": "groesse@schule-melle.example"})
    broken.refresh_from_db()
    assert broken.email == "groesse@schule-melle.example"
    assert "E-Mail" in Activity.objects.first().sentence
    assert "Adresse freigeben" not in team.get(broken.get_absolute_url()).text


def test_nothing_but_the_suggestion_is_taken_over(team, broken):
    team.post(f"{broken.get_absolute_url()}adresse/uebernehmen/", {"email": "fremd@anderswo.example"})
    broken.refresh_from_db()
    assert broken.email == "groesse@schuel-melle.example"


def test_a_broken_address_is_suggested_to_nobody(team, broken):
    Address.objects.create(key="groesse@schule-melle.example", state="hard")
    assert "Diese Adresse übernehmen" not in team.get(broken.get_absolute_url()).text


def test_the_address_of_somebody_else_is_suggested_to_nobody(team, broken):
    ContactFactory(email="groesse@schule-melle.example")
    page = team.post(
        f"{broken.get_absolute_url()}adresse/uebernehmen/", {"email": "groesse@schule-melle.example"}, follow=True
    )
    assert "hat sich inzwischen geändert" in page.text
    assert "Diese Adresse übernehmen" not in page.text


def test_released(team, broken):
    team.post(f"{broken.get_absolute_url()}adresse/freigeben/")
    assert Address.objects.get(key=broken.email_folded).state == "ok"
    assert "freigegeben" in team.get(broken.get_absolute_url()).text


def test_an_absence_is_shown_until_its_end(team, partner):
    today = timezone.localdate()
    address = Address.objects.create(key=partner.email_folded, absent_until=today, absence_text="Bin <b>weg</b>")
    assert "Bin &lt;b&gt;weg&lt;/b&gt;" in team.get(partner.get_absolute_url()).text
    Address.objects.filter(pk=address.pk).update(absent_until=today - timedelta(days=1))
    assert "Abwesend bis" not in team.get(partner.get_absolute_url()).text


def test_whom_the_invitation_did_not_reach_is_invited_under_her_new_address(team, coordinator, broken):
    Address.objects.all().delete()
    meeting = MeetingFactory()
    invite.invite(meeting, [broken], by=coordinator)
    OutboxMail.objects.update(state="sent", sent_at=timezone.now(), returned="hard", returned_reason=WHY)
    Address.objects.update(state="hard", reason=WHY)
    assert "Erneut einladen" not in team.get(broken.get_absolute_url()).text
    team.post(f"{broken.get_absolute_url()}adresse/uebernehmen/", {"email": "groesse@schule-melle.example"})
    assert "Erneut einladen" in team.get(broken.get_absolute_url()).text
    url = f"/treffen/{meeting.pk}/einladen/{broken.pk}/"
    team.post(url)
    team.post(url)
    assert Invitation.objects.get().email == "groesse@schule-melle.example"
    new = OutboxMail.objects.exclude(returned="hard").get()
    assert (new.recipient, new.lane) == ("groesse@schule-melle.example", Invitation.objects.get().lane)
    assert "Erneut einladen" not in team.get(broken.get_absolute_url()).text


def test_the_page_of_a_letter_names_who_has_the_address_and_leads_to_it(team, broken):
    Contact.objects.filter(pk=broken.pk).update(phone="05422 1234")
    mail = MailFactory(kind="letter", recipient="Groesse@schuel-melle.example", state="sent", returned="hard")
    page = team.get(mail.get_absolute_url()).text
    for shown in (
        "An wen",
        "Größe",
        "05422 1234",
        f"{broken.get_absolute_url()}aendern/",
        "An diese Adresse kommt nichts an",
    ):
        assert shown in page
    assert "Erneut senden</button>" not in page

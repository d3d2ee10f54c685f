"""The inbox as the team sees it."""

import pytest
from django.utils import timezone

from mailroom.models import InboxMail
from mailroom.services import inbox
from team.models import Activity
from tests.factories import ContactFactory, InboxMailFactory, MailFactory
from tests.mailroom import test_bounces as incoming

LIST = "/post/eingang/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mail():
    raw = b"From: jutta@firma.example\r\nSubject: Frage\r\n\r\n<script>alert(1)</script> Geht es online?\r\n"
    return InboxMailFactory(raw=raw, size=len(raw), outcome="Eine persönliche Mail.")


def subjects(page) -> list[str]:
    return [mail.subject for mail in page.context["page_obj"]]


def test_an_empty_inbox_says_what_will_stand_here(team):
    page = team.get(LIST)
    assert "Noch keine Mail" in page.text
    assert "wartet" not in page.text.split("<main")[1].split("<form")[0]


def test_filters_stay_in_the_address(team):
    InboxMailFactory(subject="Erste", state="waiting", kind="human")
    InboxMailFactory(subject="Zweite", state="applied", kind="reply", sender="mueller@schule.example", sender_name="")
    assert set(subjects(team.get(LIST))) == {"Erste", "Zweite"}
    assert subjects(team.get(LIST, {"state": "waiting"})) == ["Erste"]
    assert subjects(team.get(LIST, {"kind": "reply"})) == ["Zweite"]
    assert subjects(team.get(LIST, {"q": "müller"})) == ["Zweite"]
    assert "Nichts gefunden" in team.get(LIST, {"q": "niemand"}).text


def test_how_many_wait_stands_on_both_pages_of_the_post(team, mail):
    for url in (LIST, "/post/ausgang/"):
        assert "Eingang (1 wartet)" in team.get(url).text


def test_fifty_rows_a_page(team):
    for number in range(51):
        InboxMailFactory(subject=f"Mail {number}")
    assert len(subjects(team.get(LIST))) == 50


def test_what_strangers_wrote_is_text(team, mail):
    page = team.get(mail.get_absolute_url()).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Geht es online?" in page
    assert "<script>alert(1)" not in page
    assert "Eine persönliche Mail." in page
    assert 'href="mailto:jutta@firma.example?subject=Re%3A%20Frage"' in page


def test_the_bytes_are_a_file_that_no_browser_opens(team, mail):
    page = team.get(f"{mail.get_absolute_url()}mail.eml")
    assert page.content == mail.raw
    assert page["Content-Disposition"].startswith("attachment;")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Content-Type"] == "application/octet-stream"


def test_settled_and_open_again(team, coordinator, mail):
    team.post(f"{mail.get_absolute_url()}erledigt/")
    team.post(f"{mail.get_absolute_url()}erledigt/")
    mail.refresh_from_db()
    assert (mail.state, mail.settled_by) == ("settled", coordinator)
    assert Activity.objects.count() == 1
    assert "von Katja Sommer" in team.get(mail.get_absolute_url()).text
    team.post(f"{mail.get_absolute_url()}offen/")
    mail.refresh_from_db()
    assert (mail.state, mail.settled_by, mail.settled_at) == ("waiting", None, None)


def test_what_was_not_read_yet_is_not_settled(team):
    mail = InboxMailFactory(state="new")
    team.post(f"{mail.get_absolute_url()}erledigt/")
    assert InboxMail.objects.get().state == "new"


def test_the_page_names_who_has_the_address_and_assigns_others(team, mail, partner):
    owner = ContactFactory(email="Jutta@Firma.example", last_name="Beispiel")
    assert owner.get_absolute_url() in team.get(mail.get_absolute_url()).text
    search = f"/partner/zuordnen/{mail.pk}/"
    assert "Ahrens" in team.get(search, {"q": "ahrens"}).text
    assert "Niemand passt dazu" in team.get(search, {"q": "xyz"}).text
    team.post(f"{search}{partner.pk}/")
    mail.refresh_from_db()
    assert mail.about_url == partner.get_absolute_url()
    assert "hat die Mail „Frage“" in team.get(partner.get_absolute_url()).text
    assert "hat die Mail „Frage“" in team.get(mail.get_absolute_url()).text


def test_a_report_names_whose_address_it_is_about(team, partner):
    raw = incoming.report(incoming.fields(partner.email))
    mail = InboxMailFactory(kind="bounce", sender="mailer-daemon@schule.example", raw=raw)
    page = team.get(mail.get_absolute_url()).text
    assert ("Um wen es geht" in page, partner.get_absolute_url() in page) == (True, True)


def test_a_report_with_no_more_than_our_message_id_names_the_person_and_the_mail(team, partner):
    sent = MailFactory(recipient=partner.email, state="sent", sent_at=timezone.now())
    raw = incoming.report("Action: failed\nStatus: 5.1.1", returned=f"Message-ID: {sent.message_id}\n")
    mail = inbox.apply(inbox.store(raw, place="", received_at=timezone.now()))
    page = team.get(mail.get_absolute_url()).text
    assert (mail.kind, mail.state) == ("bounce", "waiting")
    assert (partner.get_absolute_url() in page, sent.get_absolute_url() in page) == (True, True)


def test_who_is_assigned_takes_the_place_of_a_wrong_guess_and_leaves_a_better_one(team, partner):
    other = ContactFactory()
    mail = InboxMailFactory(about_url="/treffen/", about_label=f"{other} – Netzwerktreffen")
    team.post(f"/partner/zuordnen/{mail.pk}/{other.pk}/")
    mail.refresh_from_db()
    assert mail.about_url == "/treffen/"
    team.post(f"/partner/zuordnen/{mail.pk}/{partner.pk}/")
    mail.refresh_from_db()
    assert (mail.about_url, mail.about_label) == (partner.get_absolute_url(), str(partner))
    assert list(InboxMail.objects.found_by(partner.last_name)) == [mail]


def test_case_13_a_mail_without_a_calendar_part_shows_its_subject_and_decides_nothing(team):
    mail = InboxMailFactory(subject="Accepted: Treffen", raw=b"Subject: Accepted: Treffen\r\n\r\n")
    page = team.get(mail.get_absolute_url()).text
    assert "persönliche Mail" in page
    assert "Kein lesbarer Text." in page
    assert mail.received_at <= timezone.now()

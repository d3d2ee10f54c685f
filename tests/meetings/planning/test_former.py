"""Answers to the former date: they keep their seat, count apart, and are asked for anew."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from mailroom.models import OutboxMail
from meetings.enums import Format, State
from meetings.models import Invitation, Meeting
from meetings.services.answers import attendees, calls, counts, record
from meetings.services.answers.counts import Part
from meetings.services.changes import changes
from meetings.services.inviting import remind
from meetings.services.planning import meetings, overview
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(coordinator):
    """Moved by a week after four had answered; then one accepted anew, another for the first time. One is silent."""
    made = MeetingFactory(format=Format.HYBRID, capacity_in_person=3)
    rows = {name: add(made, name) for name in ("Ahrens", "Böhmer", "Celik", "Deters", "Ebert", "Fink")}
    for name, answer, mode in (
        ("Ahrens", "accepted", "in_person"),
        ("Böhmer", "accepted", "in_person"),
        ("Celik", "accepted", "online"),
        ("Deters", "declined", ""),
    ):
        record.record(rows[name], answer, mode=mode, via="link")
    made.starts_at += timedelta(days=7)
    made.ends_at += timedelta(days=7)
    meetings.change(made, networks=list(made.networks.all()), fields=["Beginn"], by=coordinator)
    for name in ("Ahrens", "Ebert"):
        record.record(rows[name], "accepted", mode="in_person", via="link")
    return Meeting.objects.get(pk=made.pk)


def add(meeting, name):
    contact = ContactFactory(last_name=name, organisation=OrganisationFactory(name=f"Firma {name}"))
    row = InvitationFactory(meeting=meeting, contact=contact, mail_version=1)
    sent_at = timezone.now() - timedelta(days=5)
    MailFactory(kind="invitation", lane=row.lane, version=1, state="sent", sent_at=sent_at)
    return row


def row(name):
    return Invitation.objects.select_related("meeting").get(contact__last_name=name)


def names(rows):
    return [one.contact.last_name for one in rows]


def test_they_are_counted_apart_in_one_query(meeting, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = counts.tally(meeting)
    assert (found.accepted, found.former, found.tentative, found.declined, found.open) == (2, 2, 0, 1, 1)
    assert (found.total, found.tentative_from, found.declined_from) == (6, 4, 4)
    assert found.kinds[1] == Part("Betriebe", 2)
    assert found.modes == (Part("vor Ort", 2, 3, former=1), Part("online", 0, None, former=1))
    assert [part.taken for part in found.modes] == [3, 1]
    with django_assert_num_queries(1):
        (listed,) = overview.attach_numbers([meeting])
    assert (listed.numbers.accepted, listed.numbers.former, listed.numbers.total) == (2, 2, 6)


def test_the_pages_say_so(team, meeting):
    html = team.get(meeting.get_absolute_url()).content.decode()
    for words in (
        '<b>Zusagen <span class="tally-number">2</span></b> · 2 zum alten Termin',
        "vor Ort 2, mit alten Zusagen belegt 3 von 3 Plätzen <b>(voll)</b> · online 0 + 1 zum alten Termin",
        "1 ohne Antwort, 3 mit Antwort zum alten Termin",
        'd="M2 0h2v.2h-2zM2 .4h2v.2h-2zM2 .8h2v.2h-2z"',
    ):
        assert words in html
    assert html.count('<br><span class="secondary">zum alten Termin</span>') == 3
    listed = team.get(reverse("meetings:meetings")).content.decode()
    assert '2 <span class="secondary">+ 2 zum alten Termin</span>' in listed
    assert "2 Zusagen</b> (2 weitere zum alten Termin)" in team.get("/").content.decode()


def test_the_files_have_a_column_of_their_own(team, meeting):
    def cells(url):
        text = team.get(url, {"format": "csv"}).content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    (listed,) = cells(reverse("meetings:meetings"))
    assert (listed["Zusagen"], listed["Zusagen zum alten Termin"], listed["Absagen"]) == ("2", "2", "1")
    found = {one["Name"]: (one["Antwort"], one["Hinweis"]) for one in cells(meeting.get_absolute_url())}
    assert found["Böhmer, Toni"] == ("zugesagt", "zum alten Termin")
    assert (found["Ahrens, Toni"], found["Fink, Toni"]) == (("zugesagt", ""), ("offen", ""))


def test_the_list_can_be_narrowed_to_them(team, meeting):
    for asked, found in (("former", ["Böhmer", "Celik", "Deters"]), ("accepted", ["Ahrens", "Ebert"])):
        page = team.get(meeting.get_absolute_url(), {"answer": asked})
        assert names(one.invitation for one in page.context["page_obj"]) == found


def test_the_pages_of_partners_mark_them(team, meeting):
    contact = row("Böhmer").contact
    for url in (contact.get_absolute_url(), contact.organisation.get_absolute_url()):
        assert '<span class="secondary">zum alten Termin</span>' in team.get(url).content.decode()


def test_a_seat_is_kept_until_they_answer_anew_and_no_organisation_is_named(meeting):
    found = attendees.coming(meeting, besides=row("Fink"))
    assert (found.organisations, found.taken) == (["Firma Ahrens", "Firma Ebert"], {"in_person": 3, "online": 1})
    with pytest.raises(record.Full):
        record.record(row("Fink"), "accepted", mode="in_person", via="link")
    record.record(row("Böhmer"), "declined", via="link")
    record.record(row("Fink"), "accepted", mode="in_person", via="link")
    assert counts.tally(meeting).modes[0] == Part("vor Ort", 3, 3)


def test_they_are_called_and_reminded_with_a_note(team, meeting, coordinator):
    assert names(calls.to_call(meeting)) == ["Böhmer", "Celik", "Deters", "Fink"]
    html = team.get(reverse("meetings:calls", args=[meeting.pk])).content.decode()
    assert (html.count(">zum alten Termin</span>"), "oder nur zum alten Termin" in html) == (3, True)
    silent = remind.silent(meeting)
    assert [(one.contact.last_name, one.note) for one in silent] == [
        ("Böhmer", remind.FORMER),
        ("Celik", remind.FORMER),
        ("Deters", remind.FORMER),
        ("Fink", ""),
    ]
    assert remind.FORMER in team.get(reverse("meetings:remind", args=[meeting.pk])).content.decode()
    mailing = remind.remind(meeting, [row("Böhmer").pk, row("Fink").pk], by=coordinator)
    texts = {mail.lane: mail.text for mail in OutboxMail.objects.filter(act=mailing.pk)}
    assert "geantwortet, bevor es sich geändert hat" in texts[row("Böhmer").lane]
    assert "noch keine Antwort von Ihnen" in texts[row("Fink").lane]


def test_an_answer_given_meanwhile_takes_the_reminder_back(meeting, coordinator):
    mailing = remind.remind(meeting, [row("Böhmer").pk], by=coordinator)
    record.record(row("Böhmer"), "accepted", mode="in_person", via="link")
    assert OutboxMail.objects.get(act=mailing.pk).state == OutboxMail.State.CANCELLED
    assert "Böhmer" not in names(one.invitation for one in remind.silent(meeting))


def test_her_page_asks_anew_and_says_what_is_different(stranger, meeting, django_assert_num_queries):
    url = row("Böhmer").get_absolute_url()
    with django_assert_num_queries(5):
        html = stranger.get(url).content.decode()
    for words in (
        "Dieses Treffen hat sich geändert",
        "Sie hatten zum alten Termin zugesagt.",
        "<s>Mi., 5. Februar 2031, 15:00–17:30 Uhr</s>",
        "neu: Mi., 12. Februar 2031, 15:00–17:30 Uhr",
        "Kommen Sie?",
        "Ja, vor Ort",  # her own seat, though all are taken
    ):
        assert words in html
    assert ("Ihre Antwort:" in html, "Antwort ändern" in html) == (False, False)
    assert "Sie hatten zum alten Termin abgesagt." in stranger.get(row("Deters").get_absolute_url()).content.decode()
    assert stranger.post(url, {"mode": "in_person"}).status_code == 303
    after = stranger.get(url).content.decode()
    assert ("zum alten Termin" in after, "Ihre Antwort: Sie kommen" in after) == (False, True)
    assert not row("Böhmer").is_answer_former


def test_the_calendar_entry_holds_the_new_date(stranger, meeting, django_assert_num_queries):
    url = reverse("meetings:answer_calendar", args=[row("Böhmer").token])
    with django_assert_num_queries(3):  # invitation, agenda, whom to ask
        assert b"DTSTART;TZID=Europe/Berlin:20310212T150000" in stranger.get(url).content


def test_after_the_last_day_who_is_asked_anew_may_still_answer(stranger, meeting):
    Meeting.objects.update(answer_deadline_on=timezone.localdate() - timedelta(days=1))
    html = stranger.get(row("Böhmer").get_absolute_url()).content.decode()
    assert ("hat sich geändert" in html, "Anmeldeschluss ist vorbei" in html, "Kommen Sie?" in html) == (
        True,
        False,
        True,
    )


def test_what_came_back_to_the_old_date_says_that_it_stays(stranger, meeting, coordinator):
    meeting.starts_at -= timedelta(days=7)
    meeting.ends_at -= timedelta(days=7)
    changes.tell(meeting, [row("Böhmer").pk], by=coordinator)
    OutboxMail.objects.in_lane(row("Böhmer").lane).update(state=OutboxMail.State.SENT)
    meetings.change(meeting, networks=list(meeting.networks.all()), fields=["Beginn"], by=coordinator)
    html = stranger.get(row("Böhmer").get_absolute_url()).content.decode()
    assert ("Es bleibt bei diesem Termin" in html, "Kommen Sie?" in html) == (True, True)


def test_a_meeting_that_was_called_off_asks_for_nothing(stranger, team, meeting):
    Meeting.objects.update(state=State.CANCELLED)
    found = counts.tally(Meeting.objects.get())
    assert (found.accepted, found.former, row("Böhmer").is_answer_former) == (4, 0, False)
    html = stranger.get(row("Böhmer").get_absolute_url()).content.decode()
    assert ("Dieses Treffen ist abgesagt" in html, "alten Termin" in html) == (True, False)

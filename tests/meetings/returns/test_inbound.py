"""Answers out of calendars: found by tag or UID, one clock with all other ways, nothing but answer and comment."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from mailroom.enums import MailKind
from mailroom.itip import Attendee
from mailroom.models import OutboxMail
from mailroom.reader import Reading
from meetings.enums import Decision
from meetings.models import Change, Invitation, Meeting, Proposal, Response
from meetings.services.answers import record
from tests.factories import InvitationFactory, MailFactory, MeetingFactory
from tests.meetings.incoming import RECEIVED, arrive, at, reading, says, scheduling, standing
from tests.meetings.said import mails_of

GMAIL, GOOGLEMAIL = "gmail.com", "googlemail.com"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("when_received")]


def moved(invitation, sequence=1, decision=Decision.TOLD):
    """The meeting has moved since, and somebody has decided whether she is told."""
    meeting = invitation.meeting
    Meeting.objects.filter(pk=meeting.pk).update(sequence=sequence)
    Change.objects.create(meeting=meeting, number=sequence, before={}, sequence_before=0, decision=decision)
    meeting.refresh_from_db()


@pytest.mark.parametrize(
    ("partstat", "stored", "word"),
    [
        ("ACCEPTED", ("accepted", "in_person", "", "calendar"), "zugesagt, vor Ort"),
        ("TENTATIVE", ("tentative", "", "", "calendar"), "vielleicht"),
        ("DECLINED", ("declined", "", "", "calendar"), "abgesagt"),
    ],
)
def test_an_answer_stands_on_the_invitation(invitation, partstat, stored, word):
    outcome = says(invitation, partstat)
    assert standing(invitation) == stored
    assert (outcome.state, outcome.sentence) == ("applied", f"Toni Ahrens: {word}.".replace("Toni", "Gesa"))
    page = f"/treffen/{invitation.meeting_id}/einladungen/{invitation.pk}/"
    assert (outcome.about_url, outcome.about_label) == (page, str(invitation))
    (response,) = invitation.responses.all()
    assert (response.via, response.at, response.sequence, response.by) == ("calendar", at("11:59"), 0, None)


def test_the_comment_is_hers_and_none_keeps_what_she_said_before(invitation):
    arrive(reading(invitation, scheduling(invitation, comment=" Komme später.\x00 ", dtstamp=at("10:00"))))
    assert standing(invitation) == ("accepted", "in_person", "Komme später.", "calendar")
    says(invitation, "TENTATIVE")
    assert standing(invitation) == ("tentative", "", "Komme später.", "calendar")


def test_case_3_the_same_object_twice_in_a_mail_is_one_answer(invitation):
    one = scheduling(invitation)
    arrive(reading(invitation, one, one))
    assert invitation.responses.count() == 1
    _, again = arrive(reading(invitation, one))
    assert (invitation.responses.count(), again.state) == (1, "applied")
    assert again.sentence == "Gesa Ahrens: Diese Antwort war schon eingetragen."


def test_case_4_an_answer_to_the_former_date_is_kept_as_former(invitation):
    moved(invitation)
    _, outcome = arrive(reading(invitation, scheduling(invitation, sequence=0)))
    fresh = Invitation.objects.select_related("meeting").get(pk=invitation.pk)
    assert (fresh.answer, fresh.answered_sequence, fresh.is_answer_former) == ("accepted", 0, True)
    assert outcome.sentence.endswith("Das galt noch dem alten Termin, deshalb bleibt die Frage offen.")
    assert Invitation.objects.awaited().get() == fresh


def test_case_4_it_takes_no_place_of_an_answer_to_the_new_date(invitation):
    moved(invitation)
    says(invitation, "DECLINED", clock="10:00")
    _, outcome = arrive(reading(invitation, scheduling(invitation, sequence=0)))
    assert standing(invitation) == ("declined", "", "", "calendar")
    assert [one.answer for one in invitation.responses.all()] == ["accepted", "declined"]
    assert outcome.sentence.endswith("Es gibt schon eine neuere Antwort, die weiter gilt.")


def test_case_5_out_of_order_the_later_one_stays(invitation):
    says(invitation, "ACCEPTED", clock="10:05")
    outcome = says(invitation, "DECLINED", clock="10:00")
    assert standing(invitation) == ("accepted", "in_person", "", "calendar")
    assert outcome.sentence == "Gesa Ahrens: abgesagt. Es gibt schon eine neuere Antwort, die weiter gilt."
    says(invitation, "TENTATIVE", clock="10:05")
    assert standing(invitation) == ("tentative", "", "", "calendar")


@pytest.mark.parametrize("words", [("ACCEPTED", "DECLINED", "ACCEPTED"), ("DECLINED", "ACCEPTED", "DECLINED")])
def test_case_5_in_the_same_second_the_last_one_received_holds(invitation, words):
    for word in words:
        says(invitation, word, clock="11:00")
    assert standing(invitation)[0] == words[-1].lower()
    says(invitation, words[-1], clock="11:00")
    assert invitation.responses.count() == 3


def test_the_same_answer_with_a_word_keeps_the_word(invitation):
    says(invitation, clock="11:00")
    arrive(reading(invitation, scheduling(invitation, comment="Ich komme später", dtstamp=at("11:00"))))
    assert standing(invitation)[2] == "Ich komme später"


@pytest.mark.parametrize("stamp", [None, RECEIVED + timedelta(days=3)])
def test_case_5_without_a_stamp_or_with_one_of_the_future_the_receipt_counts(invitation, stamp):
    arrive(reading(invitation, scheduling(invitation, dtstamp=stamp)))
    assert invitation.responses.get().at == RECEIVED


def test_case_6_one_clock_with_the_page_behind_the_link(invitation):
    record.record(invitation, "declined", via="link", at=at("10:10"))
    says(invitation, "ACCEPTED", clock="10:05")
    assert standing(invitation) == ("declined", "", "", "link")
    assert [one.answer for one in invitation.responses.all()] == ["declined", "accepted"]


def test_case_17_only_answer_and_comment_are_taken(invitation):
    before = Meeting.objects.values().get(pk=invitation.meeting_id)
    wrong = {"starts_at": at("08:00"), "ends_at": at("09:00"), "organizer": "boese@fremd.example"}
    arrive(reading(invitation, scheduling(invitation, **wrong)))
    assert Meeting.objects.values().get(pk=invitation.meeting_id) == before
    assert standing(invitation) == ("accepted", "in_person", "", "calendar")


def test_case_18_an_unknown_occurrence_is_no_answer(invitation):
    _, outcome = arrive(reading(invitation, scheduling(invitation, recurrence_id=at("08:00"))))
    assert (outcome.state, standing(invitation)[0]) == ("waiting", "")
    arrive(reading(invitation, scheduling(invitation, recurrence_id=invitation.meeting.starts_at)))
    assert standing(invitation)[0] == "accepted"


def test_the_own_count_of_her_object_is_taken_off(invitation):
    Invitation.objects.filter(pk=invitation.pk).update(extra_sequence=2)
    moved(invitation)
    invitation.refresh_from_db()
    arrive(reading(invitation, scheduling(invitation, sequence=3, dtstamp=at("10:00"))))
    assert invitation.responses.get().sequence == 1
    arrive(reading(invitation, scheduling(invitation, "DECLINED", sequence=2)))
    assert [one.sequence for one in invitation.responses.all()] == [0, 1]


@pytest.mark.parametrize(("sent", "known"), [("11:00", 1), ("11:58", 0), (None, 0)])
def test_without_a_sequence_she_knew_what_had_left_before(invitation, sent, known):
    moved(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(mail_version=1)
    invitation.refresh_from_db()
    if sent:
        MailFactory(lane=invitation.lane, version=1, state=OutboxMail.State.SENT, sent_at=at(sent))
    arrive(reading(invitation, scheduling(invitation, sequence=None, dtstamp=at("11:30"))))
    assert invitation.responses.get().sequence == known


def test_what_was_told_to_nobody_makes_no_answer_former(invitation):
    moved(invitation, decision=Decision.SILENT)
    arrive(reading(invitation, scheduling(invitation, sequence=0)))
    assert invitation.responses.get().sequence == 1


def test_a_sequence_from_nowhere_is_ours_at_most(invitation):
    arrive(reading(invitation, scheduling(invitation, sequence=999)))
    assert invitation.responses.get().sequence == 0


# --- Hybrid: a calendar does not say which way


@pytest.mark.parametrize(
    ("former", "seats", "mode"),
    [(None, None, "in_person"), ("online", None, "online"), (None, 0, "online"), ("in_person", None, "in_person")],
)
def test_the_way_of_an_acceptance(partner, former, seats, mode):
    invitation = InvitationFactory(contact=partner, meeting=MeetingFactory(format="hybrid", capacity_in_person=seats))
    if former:
        record.record(invitation, "accepted", via="link", mode=former, at=at("09:00"))
        record.record(invitation, "declined", via="link", at=at("09:30"))
    outcome = says(invitation)
    assert standing(invitation)[:2] == ("accepted", mode)
    assert "(Kalender sagen nicht, auf welchem Weg)" in outcome.sentence


def test_whoever_said_yes_in_a_calendar_when_the_room_was_full_is_asked(partner):
    """They would drive there. The online seat is held, the team hears of it, and nobody is asked twice a day."""
    invitation = InvitationFactory(contact=partner, meeting=MeetingFactory(format="hybrid", capacity_in_person=0))
    outcome = says(invitation)
    assert (outcome.state, standing(invitation)[:2]) == ("waiting", ("accepted", "online"))
    assert outcome.sentence.endswith(
        "Vor Ort ist alles belegt, deshalb ist ein Platz online gehalten. Eine Mail fragt nach."
    )
    (mail,) = mails_of(invitation)
    assert "freigehalten" in mail.text
    OutboxMail.objects.update(state=OutboxMail.State.SENT)
    record.record(invitation, "declined", via="link", at=at("11:31"))
    record.record(invitation, "accepted", via="link", mode="online", at=at("11:32"))
    arrive(reading(invitation, scheduling(invitation, dtstamp=at("11:40"))))
    assert len(mails_of(invitation)) == 1  # now they have chosen it themselves


def test_a_machine_is_not_asked_back(partner):
    invitation = InvitationFactory(contact=partner, meeting=MeetingFactory(format="hybrid", capacity_in_person=0))
    _, outcome = arrive(reading(invitation, scheduling(invitation), refuses_answers=True))
    assert (outcome.sentence.endswith("Bitte fragen Sie nach."), mails_of(invitation)) == (True, [])


# --- Which invitation


def test_the_uid_finds_it_where_the_tag_is_lost(invitation):
    arrive(reading(invitation, scheduling(invitation, uid=str(invitation.uid).upper()), tag=None))
    assert standing(invitation)[0] == "accepted"


def test_the_tag_finds_it_where_the_object_has_no_uid(invitation):
    arrive(reading(invitation, scheduling(invitation, uid=None), tag=invitation.tag.upper()))
    assert standing(invitation)[0] == "accepted"


@pytest.mark.parametrize("uid", ["040000008200E00074C5B7101A82E008", "7d0f8c1e-6f7b-4a53-9d53-1f4f0a1c2b3d"])
def test_a_foreign_object_at_her_tag_is_not_applied(invitation, uid):
    _, outcome = arrive(reading(invitation, scheduling(invitation, uid=uid)))
    assert (outcome.state, standing(invitation)[0]) == ("waiting", "")
    assert outcome.about_url == f"/treffen/{invitation.meeting_id}/einladungen/{invitation.pk}/"
    assert outcome.sentence.startswith(
        f"Der Kalendereintrag darin ist nicht unserer. Die Mail kam an die Adresse von {invitation.contact}"
    )


def test_a_calendars_mail_that_nothing_leads_to_waits(invitation):
    _, outcome = arrive(reading(invitation, scheduling(invitation, uid="fremd"), tag=None))
    assert (outcome.state, outcome.about_url) == ("waiting", "")
    assert outcome.sentence == "Diese Mail aus einem Kalender gehört zu keiner Einladung von uns."


def test_a_mailbox_that_is_named_twice_answers_once(invitation):
    asked = Attendee(invitation.email.upper(), partstat="NEEDS-ACTION")
    other = Attendee("lohse@schule.example", partstat="NEEDS-ACTION")
    said = Attendee(invitation.email, partstat="DECLINED")
    arrive(reading(invitation, scheduling(invitation, attendees=(asked, other, said))))
    assert standing(invitation)[0] == "declined"


def test_an_answer_from_the_other_name_of_the_same_mailbox(invitation):
    Invitation.objects.filter(pk=invitation.pk).update(email=f"gesa.ahrens@{GOOGLEMAIL}")
    gmail = Attendee(f"Gesa.Ahrens@{GMAIL}", partstat="ACCEPTED")
    told = reading(invitation, scheduling(invitation, attendees=(gmail,)), sender=f"gesa.ahrens@{GMAIL}")
    _, outcome = arrive(told)
    assert (outcome.state, standing(invitation)[0]) == ("applied", "accepted")


@pytest.mark.parametrize(
    ("comment", "text", "guests", "kept"),
    [
        ("", "Ich komme zehn Minuten später.\n\n> Ihre Einladung", 0, "Ich komme zehn Minuten später."),
        ("Gern", "Ich komme später.", 0, "Gern"),
        ("", "", 1, "Bringt 1 weitere Person mit."),
        ("Gern", "", 2, "Gern\nBringt 2 weitere Personen mit."),
        ("", "Gesa Ahrens hat die Einladung angenommen.\nWann: Mittwoch\nhttps://kalender.example/1", 0, ""),
    ],
)
def test_what_the_invitee_wrote_reaches_the_team(invitation, comment, text, guests, kept):
    one = Attendee(invitation.email, partstat="ACCEPTED", guests=guests)
    arrive(reading(invitation, scheduling(invitation, attendees=(one,), comment=comment), text=text))
    assert Response.objects.get(invitation=invitation).comment == kept


@pytest.mark.parametrize("partstat", ["NEEDS-ACTION", "X-VIELLEICHT", None])
def test_without_an_answer_nothing_is_guessed(invitation, partstat):
    assert (says(invitation, partstat).state, standing(invitation)[0]) == ("waiting", "")


def test_case_15_without_an_attendee_nothing_is_guessed(invitation):
    _, outcome = arrive(reading(invitation, scheduling(invitation, attendees=())))
    assert (outcome.state, standing(invitation)[0]) == ("waiting", "")


def test_no_object_at_all(invitation):
    assert arrive(reading(invitation))[1].state == "waiting"


@pytest.mark.parametrize("kind", [MailKind.REQUEST, MailKind.BOUNCE, MailKind.AUTO_REPLY, MailKind.UNREADABLE])
def test_other_mails_are_not_ours(invitation, kind):
    assert arrive(reading(invitation, scheduling(invitation), kind=kind))[1] is None


# --- Refused


@pytest.mark.parametrize(
    ("state", "changed", "end"),
    [
        ("applied", {"state": "cancelled"}, "Das Treffen findet nicht statt, deshalb zählt das nicht."),
        ("applied", {"starts_at": at("10:00")}, "Das Treffen hatte schon begonnen, deshalb zählt das nicht."),
    ],
)
def test_an_answer_that_cannot_count(invitation, state, changed, end):
    Meeting.objects.filter(pk=invitation.meeting_id).update(**changed)
    outcome = says(invitation)
    assert (outcome.state, outcome.sentence) == (state, f"Gesa Ahrens: zugesagt. {end}")
    assert standing(invitation) == ("", "", "", "")


def test_withdrawn_waits_for_the_team(invitation):
    Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=at("08:00"))
    outcome = says(invitation)
    assert (outcome.state, standing(invitation)[0]) == ("waiting", "")
    assert outcome.sentence.endswith("Die Einladung ist zurückgenommen, deshalb zählt das nicht.")


def test_late_waits_for_the_team_and_stands_in_the_history(invitation):
    Meeting.objects.filter(pk=invitation.meeting_id).update(answer_deadline_on="2026-11-01")
    outcome = says(invitation)
    proposal = Proposal.objects.get()
    assert (outcome.state, proposal.kind, proposal.answer) == ("waiting", "late", "accepted")
    assert (standing(invitation)[0], invitation.responses.get().refusal) == ("", "late")


def test_in_time_but_read_late_is_in_time(invitation):
    Meeting.objects.filter(pk=invitation.meeting_id).update(answer_deadline_on="2026-11-02")
    message = reading(invitation, scheduling(invitation))
    with time_machine.travel(RECEIVED + timedelta(days=3)):
        arrive(message, received_at=RECEIVED + timedelta(days=3))
    assert standing(invitation)[0] == "accepted"


# --- Somebody wrote herself


def written(sender="", tag=None):
    return arrive(Reading(kind=MailKind.HUMAN, tag=tag, sender=sender, subject="Accepted: Treffen"))[1]


def test_case_13_a_mail_without_an_object_changes_nothing_and_shows_the_meeting(invitation):
    outcome = written(tag=invitation.tag)
    assert (outcome.state, outcome.about_label, standing(invitation)[0]) == ("waiting", str(invitation), "")
    assert written(sender=invitation.email.upper()) == outcome


def test_of_two_open_invitations_none_is_guessed_and_both_are_named(invitation):
    later = MeetingFactory(title="Fachtag", starts_at=invitation.meeting.starts_at + timedelta(days=1))
    second = InvitationFactory(contact=invitation.contact, meeting=later)
    outcome = written(sender=invitation.email)
    assert (outcome.state, outcome.about_url) == ("waiting", "")
    assert "„Netzwerktreffen Melle/Bissendorf“ am 5. Februar oder „Fachtag“ am 6. Februar" in outcome.sentence
    Meeting.objects.filter(pk=second.meeting_id).update(state="cancelled")
    assert written(sender=invitation.email).about_label == str(invitation)
    assert (written(sender="wer@fremd.example"), written(), written(tag="falsch")) == (None, None, None)


# --- Plausible or not


def test_case_8_an_alias_of_hers_in_from_or_attendee_is_applied(invitation):
    other = (Attendee("gesa.ahrens@schule.example", partstat="ACCEPTED"),)
    arrive(reading(invitation, scheduling(invitation, attendees=other, dtstamp=at("10:00"))))
    assert standing(invitation)[0] == "accepted"
    says(invitation, "DECLINED", sender="sekretariat@schule.example")
    assert standing(invitation)[0] == "declined"
    assert Proposal.objects.count() == 0


@pytest.mark.parametrize("email", ["", "/O=SCHULE/OU=EXCHANGE/CN=AHRENS"])
def test_case_8_the_token_decides_where_attendee_says_no_address(invitation, email):
    nobody = (Attendee(email, partstat="DECLINED"),)
    arrive(reading(invitation, scheduling(invitation, attendees=nobody), sender="wer@fremd.example"))
    assert standing(invitation)[0] == "declined"


@pytest.mark.parametrize("tag", [None, "0123456789abcdef"])
def test_case_10_without_the_right_tag_both_must_be_hers(invitation, tag):
    one = scheduling(invitation, dtstamp=at("10:00"))
    spoofed = replace(one, attendees=(Attendee("wer@fremd.example", partstat="ACCEPTED"),))
    for message in (
        reading(invitation, one, tag=tag, sender="wer@fremd.example"),
        reading(invitation, spoofed, tag=tag),
        reading(invitation, one, tag=tag, verdict="fail"),
    ):
        _, outcome = arrive(message)
        assert (outcome.state, standing(invitation)[0]) == ("waiting", "")
    assert {one.kind for one in Proposal.objects.all()} == {"unproven"}
    arrive(reading(invitation, one, tag=tag, verdict=""))
    assert standing(invitation)[0] == "accepted"


def test_case_10_the_tag_of_another_invitation_proves_nothing(invitation):
    other = InvitationFactory()
    arrive(reading(invitation, scheduling(invitation), tag=other.tag, sender=other.email))
    assert (standing(invitation)[0], standing(other)[0]) == ("", "")
    assert Proposal.objects.get().invitation == invitation


def test_sent_on_behalf_of_her_waits(invitation):
    office = (Attendee(invitation.email, partstat="ACCEPTED", sent_by="sekretariat@schule.example"),)
    _, outcome = arrive(reading(invitation, scheduling(invitation, attendees=office)))
    assert (outcome.state, standing(invitation)[0], Proposal.objects.get().kind) == ("waiting", "", "on_behalf")

"""Who answers with somebody else's invitation, lets somebody else come, or proposes another time: a person decides."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from mailroom.enums import MailKind
from mailroom.itip import Attendee
from mailroom.models import InboxMail, OutboxMail
from mailroom.reader import Reading
from meetings.models import Invitation, Meeting, Proposal
from meetings.services.answers import record
from tests.factories import ContactFactory, InvitationFactory, MailFactory, MeetingFactory
from tests.meetings.incoming import RECEIVED, arrive, at, reading, says, scheduling, standing
from tests.meetings.said import event_of, mails_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("when_received")]

OTHER = "jo.feld@betrieb.example"


def by_another(invitation, partstat="ACCEPTED", *, email=OTHER, name="Jo Feld", clock="11:59", **changed):
    """Somebody else answers with her invitation, in a mail of her own."""
    attendee = Attendee(email, name=name, partstat=partstat, **changed)
    one = scheduling(invitation, attendees=(attendee,), dtstamp=at(clock))
    return arrive(reading(invitation, one, sender=email))


def delegates(invitation, *, clock="11:00", email=OTHER):
    """She lets somebody else come: RFC 5546 section 4.2.5 has both in the object."""
    both = (
        Attendee(invitation.email, partstat="DELEGATED", delegated_to=(email,)),
        Attendee(email, name="Jo Feld", partstat="NEEDS-ACTION", delegated_from=(invitation.email,)),
    )
    return arrive(reading(invitation, scheduling(invitation, attendees=both, dtstamp=at(clock))))


def noted():
    return [(one.kind, one.email, one.name, one.answer) for one in Proposal.objects.all()]


def test_case_9_a_forwarded_invitation_answers_nothing_for_her(invitation):
    mail, outcome = by_another(invitation)
    assert (standing(invitation)[0], invitation.responses.count()) == ("", 0)
    assert noted() == [("guest", OTHER, "Jo Feld", "accepted")]
    assert (outcome.state, Proposal.objects.get().mail) == ("waiting", mail)


def test_case_8_the_same_name_under_another_address_is_probably_she(invitation):
    by_another(invitation, email="ga@privat.example", name="Ahrens, Gesa")
    assert (noted(), standing(invitation)[0]) == ([("address", "ga@privat.example", "Ahrens, Gesa", "accepted")], "")


def test_the_same_mail_again_makes_no_second_one(invitation):
    first, _ = by_another(invitation)
    second, _ = by_another(invitation, "DECLINED", clock="12:00")
    assert noted() == [("guest", OTHER, "Jo Feld", "declined")]
    assert Proposal.objects.get().mail == second
    first.refresh_from_db()
    assert first.state == InboxMail.State.SETTLED


def test_an_older_one_that_comes_later_changes_nothing(invitation):
    by_another(invitation, "DECLINED")
    by_another(invitation, "ACCEPTED", clock="10:00")
    assert (noted(), Proposal.objects.get().at) == ([("guest", OTHER, "Jo Feld", "declined")], at("11:59"))


def test_what_was_decided_is_not_asked_again(invitation):
    by_another(invitation)
    Proposal.objects.update(settled_at=RECEIVED, resolution="declined")
    _, outcome = by_another(invitation)
    assert (Proposal.objects.count(), outcome.state) == (1, "applied")
    _, outcome = by_another(invitation, clock="12:00")
    assert (Proposal.objects.count(), outcome.state) == (2, "waiting")


def test_case_11_delegated_leaves_her_answer_and_names_the_other(invitation):
    record.record(invitation, "tentative", via="link", at=at("08:00"))
    _, outcome = delegates(invitation)
    assert (noted(), standing(invitation)[0]) == ([("substitute", OTHER, "Jo Feld", "")], "tentative")
    assert outcome.sentence == f"Gesa Ahrens möchte sich von {OTHER} vertreten lassen. Bitte entscheiden Sie."


@pytest.mark.parametrize("marks", [{"delegated_from": True}, {}])
@pytest.mark.parametrize("is_first", [True, False])
def test_case_11_the_delegates_reply_is_joined_whichever_comes_first(invitation, is_first, marks):
    changed = {"delegated_from": (invitation.email,)} if marks else {}
    if not is_first:
        delegates(invitation)
    by_another(invitation, **changed)
    if is_first:
        delegates(invitation)
    assert noted() == [("substitute", OTHER, "Jo Feld", "accepted")]
    assert (standing(invitation)[0], Proposal.objects.get().at) == ("", at("11:59"))


@pytest.mark.parametrize("mail", [{}, {"tag": None, "verdict": "fail"}])
def test_nobody_else_names_a_substitute_for_her(invitation, mail):
    theirs = (Attendee("fremd@fremd.example", partstat="DELEGATED", delegated_to=(OTHER,)),)
    said = scheduling(invitation, attendees=theirs)
    _, outcome = arrive(reading(invitation, said, sender="fremd@fremd.example", **mail))
    assert (outcome.state, noted(), standing(invitation)[0]) == ("waiting", [], "")
    assert "Gesa Ahrens möchte" not in outcome.sentence


def test_a_substitute_named_in_her_name_by_who_knows_the_uid_is_doubted(invitation):
    hers = (Attendee(invitation.email, partstat="DELEGATED", delegated_to=(OTHER,)),)
    said = scheduling(invitation, attendees=hers)
    _, outcome = arrive(reading(invitation, said, sender="fremd@fremd.example", tag=None))
    assert (outcome.state, noted()) == ("waiting", [])
    assert outcome.sentence.startswith(f"fremd@fremd.example nennt {OTHER} als Vertretung von Gesa Ahrens. Ob das")


@pytest.mark.parametrize(("tag", "kind"), [(True, "guest"), (False, "unproven")])
def test_a_guest_with_a_secretary_does_not_speak_for_her(invitation, tag, kind):
    guest = (Attendee(OTHER, name="Jo Feld", partstat="ACCEPTED", sent_by="vorzimmer@betrieb.example"),)
    mail = {"sender": "vorzimmer@betrieb.example", "verdict": "fail", **({} if tag else {"tag": None})}
    arrive(reading(invitation, scheduling(invitation, attendees=guest), **mail))
    assert ([one.kind for one in Proposal.objects.all()], standing(invitation)[0]) == ([kind], "")


def counters(invitation, **mail):
    one = scheduling(invitation, None, method="COUNTER", starts_at=at("08:00") + timedelta(days=30))
    return arrive(reading(invitation, one, kind=MailKind.COUNTER, **mail))[1]


def test_a_time_proposed_by_a_stranger_names_the_stranger(invitation):
    mail = {"sender": "fremd@fremd.example", "verdict": "fail"}
    outcome = counters(invitation, tag=None, **mail)
    assert (outcome.state, Proposal.objects.count()) == ("waiting", 0)
    assert outcome.sentence.startswith("fremd@fremd.example schlägt für Gesa Ahrens einen anderen Termin vor. Ob das")
    outcome = counters(invitation, **mail)  # with the address that only she was given
    assert outcome.sentence.startswith("fremd@fremd.example (mit der Einladung von Gesa Ahrens) schlägt")
    assert Proposal.objects.get().kind == "time"


@pytest.mark.parametrize(("row", "state"), [({"withdrawn_at": at("08:00")}, "waiting"), ({}, "applied")])
def test_a_time_for_what_is_over_is_no_question(invitation, row, state):
    if row:
        Invitation.objects.filter(pk=invitation.pk).update(**row)
    else:
        Meeting.objects.update(state="cancelled")
    assert (counters(invitation).state, Proposal.objects.count(), mails_of(invitation)) == (state, 0, [])


def test_delegated_to_nobody_is_no_answer(invitation):
    nobody = (Attendee(invitation.email, partstat="DELEGATED"),)
    _, outcome = arrive(reading(invitation, scheduling(invitation, attendees=nobody)))
    assert (outcome.state, Proposal.objects.count()) == ("waiting", 0)


def test_who_is_invited_herself_answers_for_herself(invitation):
    other = InvitationFactory(meeting=invitation.meeting, contact=ContactFactory(email=OTHER))
    by_another(invitation)
    assert (standing(other)[0], standing(invitation)[0], noted()) == ("accepted", "", [])
    attendee = (Attendee(OTHER, partstat="DECLINED"),)
    arrive(reading(invitation, scheduling(invitation, attendees=attendee), sender="wer@fremd.example"))
    assert (standing(other)[0], [one.kind for one in other.proposals.all()]) == ("accepted", ["unproven"])


def test_characters_that_no_database_holds(invitation):
    odd = "jo\0.feld\ud800@betrieb.example"
    by_another(invitation, email=odd, name="Jo\0 Feld\udfff")
    assert noted() == [("guest", OTHER, "Jo Feld", "accepted")]
    delegates(invitation, email=odd)
    assert noted() == [("substitute", OTHER, "Jo Feld", "accepted")]
    assert arrive(Reading(kind=MailKind.HUMAN, sender=f"\0{invitation.email}"))[1].state == "waiting"


# --- COUNTER


def proposes(invitation, **changed):
    later = {"starts_at": at("15:00"), "ends_at": at("17:00"), "method": "COUNTER"}
    one = scheduling(invitation, None, **{**later, **changed})
    return arrive(reading(invitation, one, kind=MailKind.COUNTER))


def test_case_12_a_counter_without_partstat_is_a_proposal(invitation):
    record.record(invitation, "declined", via="link", at=at("08:00"))
    guests = (Attendee(invitation.email), Attendee("wer@fremd.example"))
    _, outcome = proposes(invitation, attendees=guests)
    (proposal,) = Proposal.objects.all()
    assert (proposal.kind, proposal.starts_at, proposal.ends_at) == ("time", at("15:00"), at("17:00"))
    assert (outcome.state, standing(invitation)[0]) == ("waiting", "declined")
    assert outcome.sentence == "Gesa Ahrens schlägt einen anderen Termin vor. Bitte entscheiden Sie."


def test_case_12_a_counter_without_sequence_or_end(invitation):
    proposes(invitation, sequence=None, ends_at=None)
    (proposal,) = Proposal.objects.all()
    assert (proposal.sequence, proposal.starts_at, proposal.ends_at) == (0, at("15:00"), None)


# --- REFRESH


def asks(invitation, **mail):
    one = scheduling(invitation, None, method="REFRESH")
    return arrive(reading(invitation, one, kind=MailKind.REFRESH, **mail))[1]


def test_refresh_brings_the_meeting_once_a_day(invitation):
    record.record(invitation, "accepted", via="link", at=at("08:00"))
    outcome = asks(invitation, sender="alias@schule.example")
    (mail,) = mails_of(invitation)
    assert said(mail) == "update REQUEST 0 CONFIRMED ACCEPTED Noch einmal"
    assert (mail.recipient, mail.version, mail.message["Auto-Submitted"]) == (invitation.email, 1, "auto-replied")
    assert outcome.state == "applied"
    OutboxMail.objects.update(state=OutboxMail.State.SENT)
    asks(invitation)
    assert len(mails_of(invitation)) == 1
    with time_machine.travel(RECEIVED + timedelta(days=1)):
        asks(invitation)
    assert [one.version for one in mails_of(invitation)] == [1, 2]
    assert Invitation.objects.get(pk=invitation.pk).mail_version == 2


@pytest.mark.parametrize(
    ("mail", "state"),
    [
        ({"refuses_answers": True}, "applied"),
        ({"tag": None, "sender": "wer@fremd.example"}, "waiting"),
        ({"tag": None, "verdict": "fail"}, "waiting"),
    ],
)
def test_refresh_is_not_answered(invitation, mail, state):
    assert (asks(invitation, **mail).state, mails_of(invitation)) == (state, [])


def test_refresh_while_a_mail_is_on_its_way_needs_none(invitation):
    MailFactory(lane=invitation.lane, version=1)
    assert (asks(invitation).state, len(mails_of(invitation))) == ("applied", 1)


@pytest.mark.parametrize(
    ("meeting", "row", "state"),
    [
        ({"state": "cancelled"}, {}, "applied"),
        ({"starts_at": at("10:00")}, {}, "applied"),
        ({}, {"withdrawn_at": at("10:00")}, "waiting"),
    ],
)
def test_refresh_of_what_is_no_more(invitation, meeting, row, state):
    Meeting.objects.filter(pk=invitation.meeting_id).update(**meeting, title="Treffen")
    Invitation.objects.filter(pk=invitation.pk).update(**row, comment="")
    assert (asks(invitation).state, mails_of(invitation)) == (state, [])


# --- No seat left


@pytest.fixture
def crowded(partner):
    """The only seat is taken; she has declined before."""
    meeting = MeetingFactory(capacity_in_person=1)
    InvitationFactory(meeting=meeting, answer="accepted", mode="in_person")
    invitation = InvitationFactory(meeting=meeting, contact=partner)
    record.record(invitation, "declined", via="link", at=at("08:00"))
    return invitation


def test_full_she_is_told_once_and_her_former_answer_stays(crowded):
    outcome = says(crowded)
    assert standing(crowded)[0] == "declined"
    assert [(one.answer, one.refusal) for one in crowded.responses.all()] == [("accepted", "full"), ("declined", "")]
    (mail,) = mails_of(crowded)
    assert said(mail) == "update REQUEST 0 CONFIRMED DECLINED Kein Platz mehr"
    assert (mail.recipient, mail.message["Auto-Submitted"]) == (crowded.email, "auto-replied")
    assert (outcome.state, noted()) == ("waiting", [("full", crowded.email, "", "accepted")])
    says(crowded, clock="12:00")
    assert (len(mails_of(crowded)), Proposal.objects.count()) == (1, 1)


def test_who_answers_anew_waits_no_more_for_a_seat(crowded):
    mail, _ = arrive(reading(crowded, scheduling(crowded)))
    neighbour = InvitationFactory(meeting=crowded.meeting)
    other, _ = arrive(reading(neighbour, scheduling(neighbour)))
    record.record(crowded, "tentative", via="link")
    mine = Proposal.objects.get(invitation=crowded)
    assert (mine.resolution, mine.get_resolution_display()) == ("outdated", "überholt durch eine neuere Antwort")
    for one in (mail, other):
        one.refresh_from_db()
    assert (mail.state, other.state, [one.kind for one in Proposal.objects.open()]) == ("settled", "waiting", ["full"])


def test_what_was_refused_is_no_answer_once_a_seat_is_free(crowded):
    says(crowded)
    crowded.meeting.invitations.exclude(pk=crowded.pk).update(answer="declined", mode="")
    assert (says(crowded).state, standing(crowded)[0]) == ("applied", "accepted")


def test_what_came_after_her_answer_still_waits(crowded):
    says(crowded, clock="12:00")
    record.record(crowded, "tentative", via="link", at=at("11:00"))
    assert [one[0] for one in noted()] == ["full"]


def test_full_says_nothing_to_a_machine(crowded):
    says(crowded, refuses_answers=True)
    assert (mails_of(crowded), [one[0] for one in noted()]) == ([], ["full"])


def test_full_beside_a_waiting_mail_sets_nothing_aside(crowded):
    waiting = MailFactory(lane=crowded.lane, version=1)
    says(crowded)
    waiting.refresh_from_db()
    assert waiting.state == OutboxMail.State.QUEUED
    told = OutboxMail.objects.exclude(pk=waiting.pk).get()
    assert (told.lane, event_of(told)["ATTENDEE"].params["PARTSTAT"]) == ("", "DECLINED")


def test_nothing_is_said_to_who_only_knows_the_uid(crowded):
    one = replace(scheduling(crowded), attendees=(Attendee(OTHER, partstat="ACCEPTED"),))
    arrive(reading(crowded, one, tag=None, sender=OTHER))
    assert (OutboxMail.objects.count(), standing(crowded)[0]) == (0, "declined")

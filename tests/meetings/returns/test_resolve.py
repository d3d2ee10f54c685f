"""What the team does with what came by mail: each verb once, with its sentence, and the mail is settled."""

from datetime import UTC, datetime, timedelta

import pytest

from mailroom.models import InboxMail, OutboxMail
from meetings.enums import ProposalKind
from meetings.models import Change, Invitation, Meeting, Proposal
from meetings.services.answers import record
from meetings.services.returns import proposals, resolve
from partners.models import Contact
from team.services import activity
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory
from tests.meetings.incoming import RECEIVED, at, standing
from tests.meetings.said import event_of, mails_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("when_received")]

OTHER = "jo.feld@betrieb.example"


@pytest.fixture
def proposed(invitation):
    """Something waits, with its mail; more fields by name."""

    def make(kind, *, about=invitation, **fields):
        mail = InboxMail.objects.create(digest=f"{kind}:{fields}"[:64], raw=b"", state=InboxMail.State.WAITING)
        given = {"email": OTHER, "name": "Jo Feld", "answer": "accepted", "at": at("11:59"), **fields}
        return proposals.note(about, ProposalKind(kind), mail=mail, **given)

    return make


def log(row):
    return [one.sentence for one in activity.timeline(row)]


def is_settled(proposal, by, resolution="accepted"):
    proposal.refresh_from_db()
    mail = proposal.mail
    assert (proposal.resolution, proposal.settled_by, proposal.settled_at) == (resolution, by, RECEIVED + MINUTE)
    assert (mail.state, mail.settled_by, mail.settled_at) == ("settled", by, RECEIVED + MINUTE)
    return True


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["address", "on_behalf", "unproven", "guest"])
def test_confirm_lets_the_answer_count_from_its_instant(invitation, proposed, coordinator, kind):
    proposal = proposed(kind, comment="Komme später")
    assert resolve.confirm(proposal, by=coordinator) == "Gesa Ahrens: zugesagt, übernommen."
    assert standing(invitation) == ("accepted", "in_person", "Komme später", "calendar")
    response = invitation.responses.get()
    assert (response.at, response.by) == (at("11:59"), coordinator)
    assert is_settled(proposal, coordinator)
    assert log(invitation.meeting) == ["hat zugesagt von Gesa Ahrens aus einer Mail übernommen"]


def test_confirm_takes_no_place_of_a_newer_answer(invitation, proposed, coordinator):
    proposal = proposed("address")
    record.record(invitation, "declined", via="link", at=RECEIVED)
    told = resolve.confirm(proposal, by=coordinator)
    assert standing(invitation)[0] == "declined"
    assert told == "Gesa Ahrens: zugesagt, übernommen. Es gibt schon eine neuere Antwort, die weiter gilt."


def test_exceeding_takes_no_place_of_a_newer_answer(invitation, proposed, coordinator):
    record.record(invitation, "declined", via="link", at=RECEIVED)
    proposal = proposed("full")  # her mail was on its way for longer
    assert resolve.exceed(proposal, by=coordinator).endswith("neuere Antwort, die weiter gilt.")
    assert standing(invitation)[0] == "declined"


def test_twice_is_said(proposed, coordinator):
    proposal = proposed("address")
    resolve.confirm(proposal, by=coordinator)
    for verb in (resolve.confirm, resolve.decline, resolve.exceed, resolve.add_guest):
        with pytest.raises(resolve.NotPossible, match="inzwischen schon entschieden"):
            verb(proposal, by=coordinator)


def test_confirm_of_what_is_over(invitation, proposed, coordinator):
    Meeting.objects.filter(pk=invitation.meeting_id).update(state="cancelled")
    with pytest.raises(resolve.NotPossible, match="findet nicht statt"):
        resolve.confirm(proposed("address"), by=coordinator)
    assert Proposal.objects.open().count() == 1


def test_confirm_without_a_seat_asks_once_more(partner, proposed, coordinator):
    meeting = MeetingFactory(capacity_in_person=0)
    proposal = proposed("address", about=InvitationFactory(meeting=meeting, contact=partner))
    said_to_her = resolve.confirm(proposal, by=coordinator)
    assert said_to_her.endswith("kein Platz mehr frei. Bitte entscheiden Sie noch einmal.")
    (left,) = Proposal.objects.open()
    assert (left.kind, left.mail.state) == ("full", "waiting")
    assert resolve.exceed(left, by=coordinator) == "Gesa Ahrens: zugesagt, übernommen."
    assert (standing(left.invitation)[:2], Proposal.objects.open().count()) == (("accepted", "in_person"), 0)
    assert is_settled(left, coordinator)


def test_late_is_taken_over_knowingly(invitation, proposed, coordinator):
    Meeting.objects.filter(pk=invitation.meeting_id).update(answer_deadline_on="2026-11-01")
    resolve.exceed(proposed("late", answer="declined"), by=coordinator)
    assert standing(invitation) == ("declined", "", "", "team")
    assert log(invitation.meeting) == ["hat eine Antwort von Gesa Ahrens notiert: abgesagt"]


# --- Substitute and guest


def invited(email=OTHER):
    return Invitation.objects.get(contact__email=email)


def test_a_substitute_who_is_not_known_is_invited_with_one_press(
    invitation, proposed, coordinator, django_capture_on_commit_callbacks
):
    proposal = proposed("substitute")
    with django_capture_on_commit_callbacks(execute=True):
        resolve.accept_substitute(proposal, by=coordinator)
    hers = invited()
    contact = hers.contact
    assert (contact.first_name, contact.last_name, contact.organisation) == (
        *("Jo", "Feld"),
        invitation.contact.organisation,
    )
    assert (standing(hers)[:2], standing(hers)[3]) == (("accepted", "in_person"), "calendar")
    assert standing(invitation)[0] == "declined"
    assert (hers.token != invitation.token, hers.tag != invitation.tag) == (True, True)
    (mail,) = mails_of(hers)
    assert said(mail).startswith("invitation REQUEST 0 CONFIRMED ACCEPTED")
    assert ("Gesa Ahrens hat Sie als Vertretung genannt." in mail.text, "Bisher hatten Sie zugesagt." in mail.text) == (
        *(True, True),
    )
    assert is_settled(proposal, coordinator)
    assert log(contact)[0] == "hat Jo Feld als Vertretung von Gesa Ahrens eingetragen"
    assert log(invitation.contact)[0] == "hat Jo Feld als Vertretung von Gesa Ahrens eingetragen"


def test_a_substitute_takes_over_the_seat(partner, proposed, coordinator):
    invitation = InvitationFactory(meeting=MeetingFactory(capacity_in_person=1), contact=partner)
    record.record(invitation, "accepted", via="link", at=at("09:00"))
    resolve.accept_substitute(proposed("substitute", about=invitation), by=coordinator)
    assert (standing(invitation)[0], standing(invited())[0]) == ("declined", "accepted")


def test_what_she_answered_after_naming_her_stays(invitation, proposed, coordinator):
    proposal = proposed("substitute", answer="")
    record.record(invitation, "tentative", via="link", at=RECEIVED)
    resolve.accept_substitute(proposal, by=coordinator)
    assert (standing(invitation)[0], standing(invited())[0]) == ("tentative", "")


def test_a_known_person_is_found_by_her_address(invitation, proposed, coordinator):
    known = ContactFactory(email="Jo.Feld@Betrieb.example", last_name="Bekannt")
    resolve.add_guest(proposed("guest"), by=coordinator)
    assert (invited(known.email).contact, Contact.objects.filter(last_name="Feld").count()) == (known, 0)
    assert standing(invitation)[0] == ""


def test_who_is_invited_by_now_gets_no_second_invitation(invitation, proposed, coordinator):
    other = InvitationFactory(meeting=invitation.meeting, contact=ContactFactory(email=OTHER))
    resolve.add_guest(proposed("guest"), by=coordinator)
    assert (Invitation.objects.count(), standing(other)[0]) == (2, "accepted")


def test_without_a_name_she_is_asked_for(invitation, proposed, coordinator):
    proposal = proposed("guest", name="")
    with pytest.raises(resolve.NotPossible, match="wie die Person heißt"):
        resolve.add_guest(proposal, by=coordinator)
    resolve.add_guest(proposal, by=coordinator, first_name="Jo", last_name="Acker")
    assert invited().contact.full_name == "Jo Acker"


@pytest.mark.parametrize("email", ["", "keine Adresse"])
def test_without_an_address_nobody_is_invited(invitation, proposed, coordinator, email):
    with pytest.raises(resolve.NotPossible):
        resolve.add_guest(proposed("guest", email=email), by=coordinator)
    assert (Contact.objects.filter(last_name="Feld").count(), Invitation.objects.count()) == (0, 1)


def test_who_wants_no_invitations_is_not_invited(invitation, proposed, coordinator):
    ContactFactory(email=OTHER, gets_invitations=False)
    with pytest.raises(resolve.NotPossible, match="bekommt keine Einladungen"):
        resolve.add_guest(proposed("guest"), by=coordinator)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jo Feld", ("Jo", "Feld")),
        ("Feld, Jo", ("Jo", "Feld")),
        ("Dr. Jo  Maria Feld", ("Dr. Jo Maria", "Feld")),
        ("Feld", ("", "Feld")),
        ("jo@feld.example", ("", "")),
        ("", ("", "")),
    ],
)
def test_names(text, found):
    assert resolve.names(text) == found


# --- Another time


def test_the_proposed_time_is_taken_over_and_not_told_yet(invitation, proposed, coordinator):
    invitation.meeting.answer_deadline_on = "2031-02-01"
    invitation.meeting.save()
    starts_at = invitation.meeting.starts_at - timedelta(days=7)
    proposal = proposed("time", answer="", starts_at=starts_at, ends_at=None)
    version = invitation.meeting.version
    resolve.take_over_time(proposal, by=coordinator)
    meeting = Meeting.objects.get()
    assert (meeting.starts_at, meeting.ends_at) == (starts_at, starts_at + timedelta(minutes=150))
    assert (meeting.sequence, meeting.version, str(meeting.answer_deadline_on)) == (1, version + 1, "2031-01-29")
    assert Change.objects.undecided().count() == 1
    assert is_settled(proposal, coordinator)
    assert log(meeting)[0] == "hat den Terminvorschlag von Gesa Ahrens übernommen"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"starts_at": None}, "kein anderer Termin"),
        ({"starts_at": at("10:00")}, "nicht eintragen"),
        ({"starts_at": "same"}, "schon auf diesem Termin"),
    ],
)
def test_what_is_no_time_is_not_taken_over(invitation, proposed, coordinator, changed, why):
    if changed["starts_at"] == "same":
        changed = {"starts_at": invitation.meeting.starts_at}
    with pytest.raises(resolve.NotPossible, match=why):
        resolve.take_over_time(proposed("time", **changed), by=coordinator)
    assert Meeting.objects.get().sequence == 0


@pytest.mark.parametrize(
    ("first", "last", "starts", "ends"),
    [
        (
            "2031-03-04T23:00",
            "2031-03-05T23:00",
            "2031-03-05T14:00",
            "2031-03-05T16:30",
        ),  # a whole day
        ("2031-03-05T08:00", "2031-03-06T10:00", "2031-03-05T08:00", "2031-03-05T10:30"),  # as long as it would be
        ("2031-03-05T08:00", "2031-03-05T09:00", "2031-03-05T08:00", "2031-03-05T09:00"),
    ],
)
def test_a_proposed_time_is_one_of_one_day(invitation, proposed, coordinator, first, last, starts, ends):
    first, last = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, last))
    resolve.take_over_time(proposed("time", answer="", starts_at=first, ends_at=last), by=coordinator)
    meeting = Meeting.objects.get()
    assert [f"{one:%Y-%m-%dT%H:%M}" for one in (meeting.starts_at, meeting.ends_at)] == [starts, ends]


def test_a_proposed_time_over_midnight_is_left_to_a_person(invitation, proposed, coordinator):
    late = datetime(2031, 3, 5, 21, 30, tzinfo=UTC)
    with pytest.raises(resolve.NotPossible, match="reicht über Mitternacht"):
        resolve.take_over_time(proposed("time", answer="", starts_at=late, ends_at=None), by=coordinator)


@pytest.mark.parametrize(
    ("row", "meeting", "why"),
    [
        ({"withdrawn_at": at("08:00")}, {}, "Die Einladung ist zurückgenommen."),
        ({}, {"state": "cancelled"}, "Das Treffen findet nicht statt."),
        ({}, {"state": "draft"}, "Das Treffen findet nicht statt."),
        ({}, {"starts_at": at("10:00")}, "als das Treffen schon begonnen hatte."),
    ],
)
def test_only_seats_and_the_last_day_are_exceeded(invitation, proposed, coordinator, row, meeting, why):
    proposal, time_proposal = proposed("full"), proposed("time", answer="", starts_at=at("15:00"))
    Invitation.objects.update(**row, comment="")
    Meeting.objects.update(**meeting, theme="")
    with pytest.raises(resolve.NotPossible, match=why):
        resolve.exceed(proposal, by=coordinator)
    assert standing(invitation)[0] == ""
    assert resolve.decline(time_proposal, by=coordinator) == "Erledigt. Es bleibt alles, wie es war."
    assert mails_of(invitation) == []


def test_a_declined_proposal_goes_back_to_her_calendar(invitation, proposed, coordinator):
    Invitation.objects.filter(pk=invitation.pk).update(extra_sequence=2)
    Meeting.objects.filter(pk=invitation.meeting_id).update(sequence=5)
    proposal = proposed("time", answer="", starts_at=at("15:00"), sequence=4)
    assert resolve.decline(proposal, by=coordinator) == "Es bleibt beim Termin. Eine Mail an Gesa Ahrens sagt es."
    (mail,) = mails_of(invitation)
    event = event_of(mail)
    assert said(mail) == "update DECLINECOUNTER 6 - - Es bleibt beim Termin"
    assert event["UID"] == str(invitation.uid)
    assert invitation.tag in str(event["ORGANIZER"])
    assert is_settled(proposal, coordinator, "declined")


def test_a_machine_hears_nothing(invitation, proposed, coordinator):
    resolve.decline(proposed("time", starts_at=at("15:00"), is_automatic=True), by=coordinator)
    assert OutboxMail.objects.count() == 0


@pytest.mark.parametrize("kind", [kind for kind in ProposalKind.values if kind != "time"])
def test_declining_the_others_changes_nothing_and_tells_nobody(invitation, proposed, coordinator, kind):
    proposal = proposed(kind)
    assert resolve.decline(proposal, by=coordinator) == "Erledigt. Es bleibt alles, wie es war."
    assert (standing(invitation)[0], OutboxMail.objects.count()) == ("", 0)
    assert is_settled(proposal, coordinator, "declined")

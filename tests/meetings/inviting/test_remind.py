"""The decision to remind: who gets a mail, who does not and why, and what happens until it leaves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mailroom.models import Act, Address, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import start, stop, write
from meetings.enums import State, Via
from meetings.models import Invitation
from meetings.services.answers import record
from meetings.services.inviting import invite, remind
from team.services import activity
from tests.acts import batch, invitations_of, last_names
from tests.factories import ActFactory, ActItemFactory, ContactFactory, InvitationFactory, MailFactory, MeetingFactory

pytestmark = pytest.mark.django_db
Fate = OutboxMail.State


@pytest.fixture
def meeting():
    return MeetingFactory()


def invited(meeting, name, *, state=Fate.SENT, **values):
    """Somebody whose invitation has this fate; None: no mail was ever written."""
    contact = ContactFactory(last_name=name, **values)
    invitation = InvitationFactory(meeting=meeting, contact=contact, mail_version=1)
    if state is not None:
        sent_at = timezone.now() - timedelta(days=20) if state == Fate.SENT else None
        MailFactory(kind="invitation", lane=invitation.lane, version=1, state=state, sent_at=sent_at)
    return invitation


def remind_people(meeting, rows, by, **options):
    return remind.remind(meeting, [row.pk for row in rows], by=by, **options)


def reminded(meeting):
    mails = OutboxMail.objects.filter(kind="reminder").order_by("recipient")
    return [(mail.recipient, mail.version, mail.state) for mail in mails]


def test_one_decision_writes_a_held_mail_below_the_first(meeting, coordinator):
    rows = [invited(meeting, name) for name in ("Ahrens", "Böhmer")]
    answered = invited(meeting, "Celik")
    Invitation.objects.filter(pk=answered.pk).update(answer="declined")
    mailing = remind_people(meeting, [*rows, answered], coordinator, word="Es wird gut!")
    assert (mailing.kind, mailing.state, mailing.total) == ("reminder", Act.State.RELEASED, 2)
    assert reminded(meeting) == [(row.email, 2, "queued") for row in sorted(rows, key=lambda row: row.email)]
    for row in rows:
        mail = OutboxMail.objects.get(lane=row.lane, kind="reminder")
        first = OutboxMail.objects.get(lane=row.lane, kind="invitation")
        assert (mail.key, mail.not_before) == (f"invitation:{row.pk}:2", mailing.leaves_at)
        assert (mail.message["In-Reply-To"], "Es wird gut!" in mail.text) == (first.message_id, True)
        assert first.state == Fate.SENT
    sentence = f"hat 2 Personen an „{meeting.title}“ erinnert"
    for target in (meeting, rows[0].contact, rows[0].contact.organisation):
        assert activity.timeline(target)[0].sentence == sentence
    assert activity.timeline(answered.contact).count() == 0


def test_a_second_press_reminds_nobody_twice(meeting, coordinator):
    rows = [invited(meeting, name) for name in ("Ahrens", "Böhmer")]
    remind_people(meeting, rows[:1], coordinator)
    remind_people(meeting, rows, coordinator)
    with pytest.raises(remind.NobodyLeft):
        remind_people(meeting, rows, coordinator)
    OutboxMail.objects.filter(kind="reminder").update(state=Fate.SENT, sent_at=timezone.now())
    with pytest.raises(remind.NobodyLeft):
        remind_people(meeting, rows, coordinator)
    assert (len(reminded(meeting)), Act.objects.count()) == (2, 2)
    OutboxMail.objects.filter(kind="reminder").update(sent_at=timezone.now() - timedelta(days=2))
    remind_people(meeting, rows, coordinator)
    assert sorted(version for _, version, _ in reminded(meeting)) == [2, 2, 3, 3]


def test_an_act_that_is_still_written_reminds_nobody_twice(meeting, coordinator, monkeypatch):
    monkeypatch.setattr(start, "AT_ONCE", 0)
    row = invited(meeting, "Ahrens")
    remind_people(meeting, [row], coordinator)
    assert reminded(meeting) == []
    with pytest.raises(remind.NobodyLeft):
        remind_people(meeting, [row], coordinator)


def test_why_somebody_gets_no_reminder(meeting, coordinator):
    for key, state in (("b@schule.example", "stopped"), ("c@schule.example", "hard")):
        Address.objects.create(key=key, state=state)
    invited(meeting, "A", email="")
    invited(meeting, "B", email="b@schule.example")
    invited(meeting, "C", email="c@schule.example")
    invited(meeting, "D", gets_invitations=False)
    invited(meeting, "E", ended_on=timezone.localdate())
    for name, state in (("F", Fate.QUEUED), ("G", Fate.SENDING), ("H", Fate.UNCERTAIN), ("I", Fate.FAILED)):
        invited(meeting, name, state=state)
    unwritten = invited(meeting, "J", state=None)
    mailing = ActFactory(meeting=meeting, kind="invitation", state=Act.State.RELEASED)
    ActItemFactory(act=mailing, invitation=unwritten, problem="Geht nicht.", rendered_at=timezone.now())
    invited(meeting, "K")
    InvitationFactory(meeting=meeting, contact__last_name="L", withdrawn_at=timezone.now())
    found = remind.silent(meeting)
    assert [(one.contact.last_name, one.reason) for one in found] == [
        ("A", "keine E-Mail-Adresse"),
        ("B", "möchte keine Einladungen"),
        ("C", "Adresse unzustellbar"),
        ("D", "bekommt keine Einladungen"),
        ("E", "nicht mehr in dieser Funktion"),
        ("F", remind.WAITS),
        ("G", remind.WAITS),
        ("H", remind.WAITS),
        ("I", remind.UNHEARD),
        ("J", remind.UNHEARD),
        ("K", ""),
    ]
    mailing = remind_people(meeting, [one.invitation for one in found], coordinator)
    assert last_names(mailing.items.all()) == ["K"]


def test_it_goes_to_the_address_that_she_has_now(meeting, coordinator):
    row = invited(meeting, "Ahrens", email="alt@schule.example")
    row.contact.email = "neu@schule.example"
    row.contact.save()
    remind_people(meeting, [row], coordinator)
    row.refresh_from_db()
    assert (reminded(meeting), row.email) == ([("neu@schule.example", 2, "queued")], "neu@schule.example")


def test_who_answers_before_it_is_written_gets_none(meeting, coordinator, monkeypatch):
    rows = [invited(meeting, name) for name in ("Ahrens", "Böhmer", "Celik")]
    monkeypatch.setattr(start, "AT_ONCE", 0)
    mailing = remind_people(meeting, rows, coordinator)
    Invitation.objects.filter(pk=rows[0].pk).update(answer="declined")
    Invitation.objects.filter(pk=rows[1].pk).update(withdrawn_at=timezone.now())
    write.write_due()
    assert [mail.lane for mail in OutboxMail.objects.filter(kind="reminder")] == [rows[2].lane]
    items = mailing.items.exclude(problem="")
    problems = list(zip(invitations_of(items), [item.problem for item in items], strict=True))
    assert problems == [
        (rows[0], "Hat inzwischen geantwortet."),
        (rows[1], "Die Einladung ist inzwischen zurückgezogen."),
    ]


def test_who_answers_between_building_and_writing_gets_none(meeting, coordinator, monkeypatch):
    row = invited(meeting, "Ahrens")
    monkeypatch.setattr(start, "AT_ONCE", 0)
    mailing = remind_people(meeting, [row], coordinator)
    mails = batch(mailing, "a")
    record.record(row, "declined", via=Via.LINK)
    mails.store()
    assert (reminded(meeting), mailing.items.get().problem) == ([], "Hat inzwischen geantwortet.")


@pytest.mark.parametrize("answer", ["accepted", "tentative", "declined"])
def test_an_answer_takes_back_the_reminder_that_waits(meeting, coordinator, answer):
    rows = [invited(meeting, name) for name in ("Ahrens", "Böhmer")]
    mailing = remind_people(meeting, rows, coordinator)
    record.record(rows[0], answer, via=Via.LINK)
    assert outbox.fates(mailing) == {"cancelled": 1, "queued": 1}
    assert OutboxMail.objects.get(lane=rows[0].lane, kind="invitation").state == Fate.SENT


def test_stopped_everybody_stays_invited_and_can_be_reminded_again(meeting, coordinator):
    rows = [invited(meeting, name) for name in ("Ahrens", "Böhmer")]
    stop.stop_act(remind_people(meeting, rows, coordinator), by=coordinator)
    assert (meeting.invitations.count(), {state for _, _, state in reminded(meeting)}) == (2, {"cancelled"})
    again = remind_people(meeting, rows, coordinator)
    assert outbox.fates(again) == {"queued": 2}


def test_a_failed_reminder_does_not_hide_that_the_invitation_arrived(meeting, coordinator):
    row = invited(meeting, "Ahrens")
    remind_people(meeting, [row], coordinator)
    OutboxMail.objects.filter(kind="reminder").update(state=Fate.FAILED)
    assert [one.reason for one in remind.silent(meeting)] == [""]
    with pytest.raises(invite.NobodyLeft):
        invite.invite(meeting, [row.contact], by=coordinator)


def test_when_nobody_can_be_reminded(coordinator):
    now, soon = timezone.now(), timedelta(days=3)
    yesterday = timezone.localdate() - timedelta(days=1)
    for values, word in (
        ({"state": State.CANCELLED}, "abgesagt"),
        ({"starts_at": now - timedelta(minutes=5)}, "begonnen"),
        ({"starts_at": now - soon}, "vorbei"),
        ({"answer_deadline_on": yesterday}, "Anmeldeschluss"),
    ):
        meeting = MeetingFactory(**values)
        with pytest.raises(remind.NotRemindable, match=word):
            remind_people(meeting, [invited(meeting, "Ahrens")], coordinator)
    meeting = MeetingFactory()
    assert "niemand eingeladen" in remind.why_not(meeting)
    InvitationFactory(meeting=meeting, answer="accepted")
    assert "haben geantwortet" in remind.why_not(meeting)
    assert Act.objects.count() == 0


def test_many_people_cost_no_more_queries(meeting):
    counts = []
    for _ in range(2):
        for name in "ABCDE":
            invited(meeting, name)
        with CaptureQueriesContext(connection) as queries:
            remind.silent(meeting)
        counts.append(len(queries))
    assert counts == [4, 4]

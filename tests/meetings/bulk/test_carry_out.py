"""One decision about many meetings."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from common.folding import email_key
from mailroom.models import Act, Address, OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import progress, start, stop, write
from meetings.enums import BulkKind, Decision, Format, State
from meetings.models import BulkAct, Change, Invitation, Meeting
from meetings.services.bulk import carry_out, preview
from meetings.services.bulk.order import Order
from meetings.services.inviting import invite
from meetings.services.sending import undo
from team.models import Activity
from team.services import activity
from tests.factories import ContactFactory, MeetingFactory, MembershipFactory

BERLIN = ZoneInfo("Europe/Berlin")
ALL_BACK = "Es geht keine Mail hinaus, und die Treffen sind wie vorher."


@pytest.fixture
def season(db, coordinator):
    """Three planned meetings, a week apart, with two people each whose invitations have left."""
    return [invited(MeetingFactory(place="Rathaus"), coordinator, weeks=weeks) for weeks in range(3)]


def invited(meeting: Meeting, user, *, weeks: int = 0, number: int = 2) -> Meeting:
    shift = timedelta(weeks=weeks)
    Meeting.objects.filter(pk=meeting.pk).update(
        starts_at=meeting.starts_at + shift,
        ends_at=meeting.ends_at + shift,
        answer_deadline_on=date(2031, 1, 29) + shift,
    )
    meeting.refresh_from_db()
    people = [ContactFactory() for _ in range(number)]
    for person in people:
        MembershipFactory(organisation=person.organisation)
    act = invite.invite(meeting, people, by=user)
    OutboxMail.objects.filter(act=act.pk).update(state=OutboxMail.State.SENT)
    return Meeting.objects.get(pk=meeting.pk)


def reloaded(meetings) -> list[Meeting]:
    return [Meeting.objects.get(pk=meeting.pk) for meeting in meetings]


def mails_of(act: BulkAct):
    return OutboxMail.objects.filter(act__in=Act.objects.filter(parent=act.act).values("pk"))


def test_all_are_called_off_and_everybody_gets_one_mail(season, coordinator):
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL, word="Alle Treffen fallen aus."), by=coordinator)
    assert {meeting.state for meeting in reloaded(season)} == {State.CANCELLED}
    assert [(mail.kind, mail.state) for mail in mails_of(act)] == [("cancellation", "queued")] * 6
    assert all("Alle Treffen fallen aus." in mail.text for mail in mails_of(act))
    assert (act.state, act.act.can_be_stopped) == (BulkAct.State.RELEASED, True)
    assert len(set(Act.objects.filter(parent=act.act).values_list("leaves_at", flat=True))) == 1
    assert activity.timeline(act)[0].sentence == "hat 3 Treffen abgesagt und benachrichtigt 6 Personen"
    assert next(entry.sentence for entry in activity.timeline(season[0])) == (
        "hat „Netzwerktreffen Melle/Bissendorf“ abgesagt und benachrichtigt 2 Personen"
    )
    assert progress.progress_of(act.act) == progress.Progress(act.act, 6, 6, 0, {"queued": 6}, 6)


def test_stopping_puts_everything_back(season, coordinator):
    before = [undo.snapshot(meeting) for meeting in reloaded(season)]
    days = {meeting.pk: meeting.starts_on + timedelta(weeks=4) for meeting in season}
    act = carry_out.carry_out(season, Order(kind=BulkKind.POSTPONE, days=days), by=coordinator)
    assert [undo.snapshot(meeting) for meeting in reloaded(season)] != before
    assert str(stop.stop_act(act.act, by=coordinator)) == ALL_BACK
    assert [undo.snapshot(meeting) for meeting in reloaded(season)] == before
    assert {mail.state for mail in mails_of(act)} == {"cancelled"}
    assert (Change.objects.count(), set(Invitation.objects.values_list("told_version", flat=True))) == (0, {0})
    act.refresh_from_db()
    with pytest.raises(stop.NotStoppable, match="schon angehalten"):
        stop.stop_act(act.act, by=coordinator)


def test_a_meeting_that_was_changed_meanwhile_keeps_that_and_asks_again(season, coordinator):
    days = {meeting.pk: meeting.starts_on + timedelta(weeks=4) for meeting in season}
    act = carry_out.carry_out(season, Order(kind=BulkKind.POSTPONE, days=days), by=coordinator)
    Meeting.objects.filter(pk=season[0].pk).update(version=99, place="Bürgerhaus")
    assert str(stop.stop_act(act.act, by=coordinator)).startswith(f"{ALL_BACK} 1 davon hat inzwischen jemand geändert")
    changed, put_back, _ = reloaded(season)
    assert (changed.place, changed.starts_on, put_back.starts_on) == (
        "Bürgerhaus",
        season[0].starts_on + timedelta(weeks=4),
        season[1].starts_on,
    )
    assert [change.decision for change in Change.objects.all()] == [Decision.OPEN]


def test_after_the_window_it_is_taken_back_by_a_new_act(season, coordinator):
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    assert "halten Sie" in carry_out.why_not_take_back(act)
    mails_of(act).update(state=OutboxMail.State.SENT)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        with pytest.raises(stop.NotStoppable, match="zurücknehmen"):
            stop.stop_act(act.act, by=coordinator)
        back = carry_out.take_back(act, by=coordinator, word="Doch!")
        assert {(meeting.state, meeting.sequence) for meeting in reloaded(season)} == {(State.PLANNED, 2)}
        assert {(mail.kind, mail.version) for mail in mails_of(back)} == {("update", 3)}
        assert {mail.subject.split(":")[0] for mail in mails_of(back)} == {"Findet doch statt"}
        act = BulkAct.objects.get(pk=act.pk)
        assert carry_out.why_not_take_back(act) == "Diese Sammelaktion ist schon zurückgenommen."


def test_postponing_keeps_the_clock_over_the_change_of_clocks(season, coordinator):
    """15:00 stays 15:00, though Germany has summer time by then; the last day for answers moves along."""
    (meeting, *_) = season
    act = carry_out.carry_out(
        [meeting], Order(kind=BulkKind.POSTPONE, days={meeting.pk: date(2031, 4, 9)}), by=coordinator
    )
    (after,) = reloaded([meeting])
    assert f"{after.starts_at.astimezone(BERLIN):%d.%m. %H:%M}" == "09.04. 15:00"
    assert after.answer_deadline_on == date(2031, 4, 2)
    assert {mail.subject for mail in mails_of(act)} == {
        "Neuer Termin: Mi., 09.04.2031 – Netzwerktreffen Melle/Bissendorf"
    }


def test_online_with_one_room_each_and_back_in_person(season, coordinator):
    links = {meeting.pk: f"https://raum.example/{number}" for number, meeting in enumerate(season)}
    act = carry_out.carry_out(season, Order(kind=BulkKind.ONLINE, links=links), by=coordinator)
    assert [(one.format, one.online_link) for one in reloaded(season)] == [
        (Format.ONLINE, f"https://raum.example/{number}") for number in range(3)
    ]
    assert {mail.subject.split(":")[0] for mail in mails_of(act)} == {"Jetzt online"}
    assert not [mail for mail in mails_of(act) if b"raum.example" in bytes(mail.raw)]
    mails_of(act).update(state=OutboxMail.State.SENT)
    back = carry_out.carry_out(season, Order(kind=BulkKind.IN_PERSON), by=coordinator)
    assert {mail.subject.split(":")[0] for mail in mails_of(back)} == {"Jetzt vor Ort"}


def test_handing_over_tells_no_invitee(season, coordinator, lead):
    act = carry_out.carry_out(season, Order(kind=BulkKind.HAND_OVER, colleague=lead), by=coordinator)
    assert {meeting.responsible for meeting in reloaded(season)} == {lead}
    assert (mails_of(act).count(), act.state) == (0, BulkAct.State.RELEASED)
    stop.stop_act(act.act, by=coordinator)
    assert lead not in {meeting.responsible for meeting in reloaded(season)}


def test_what_cannot_be_changed_is_left_and_said(season, coordinator):
    draft = MeetingFactory(state=State.DRAFT)
    gone = MeetingFactory(state=State.CANCELLED)
    act = carry_out.carry_out([*season, draft, gone], Order(kind=BulkKind.CANCEL), by=coordinator)
    said = {item.meeting: item.sentence for item in act.items.select_related("meeting")}
    assert said[gone] == "Bleibt, wie es ist. Es ist schon abgesagt."
    assert said[draft] == "Abgesagt."
    assert said[season[0]] == "Abgesagt. 2 Personen werden benachrichtigt."
    with pytest.raises(carry_out.NothingToDo):
        carry_out.carry_out([gone], Order(kind=BulkKind.CANCEL), by=coordinator)
    assert BulkAct.objects.count() == 1


def test_words_by_network(season, coordinator):
    network = season[0].networks.get()
    order = Order(kind=BulkKind.CANCEL, word="Für alle", words={network.pk: "Für Melle"})
    act = carry_out.carry_out(season[:1], order, by=coordinator)
    assert all("Für Melle" in mail.text and "Für alle" not in mail.text for mail in mails_of(act))


def test_a_large_act_is_written_by_workers_and_released_when_the_last_mail_is(season, coordinator, monkeypatch):
    monkeypatch.setattr(start, "AT_ONCE", 0)
    monkeypatch.setattr(write, "BATCH", 2)
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    assert (act.state, mails_of(act).count()) == (BulkAct.State.RENDERING, 0)
    write.write_batch()
    write.write_batch()
    assert set(mails_of(act).values_list("not_before", flat=True)) == {None}
    write.write_batch()
    act.refresh_from_db()
    assert act.state == BulkAct.State.RELEASED
    assert set(mails_of(act).values_list("not_before", flat=True)) == {act.leaves_at}


def test_stopping_while_mails_are_written(season, coordinator, monkeypatch):
    monkeypatch.setattr(start, "AT_ONCE", 0)
    monkeypatch.setattr(write, "BATCH", 2)
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    write.write_batch()
    stop.stop_act(act.act, by=coordinator)
    assert write.write_due() == 0
    assert {meeting.state for meeting in reloaded(season)} == {State.PLANNED}
    assert {mail.state for mail in mails_of(act)} == {"cancelled"}


def test_one_of_its_acts_is_not_stopped_alone(season, coordinator):
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    with pytest.raises(stop.NotStoppable, match="Sammelaktion"):
        stop.stop_act(Act.objects.filter(parent=act.act).first(), by=coordinator)


def test_whose_invitation_still_waits_gets_a_right_one_or_none(season, coordinator):
    waiting = Invitation.objects.filter(meeting=season[0]).first()
    OutboxMail.objects.in_lane(waiting.lane).update(state=OutboxMail.State.QUEUED)
    days = {season[0].pk: season[0].starts_on + timedelta(weeks=4)}
    act = carry_out.carry_out(season[:1], Order(kind=BulkKind.POSTPONE, days=days), by=coordinator)
    assert sorted(mails_of(act).values_list("kind", flat=True)) == ["invitation", "update"]
    assert OutboxMail.objects.in_lane(waiting.lane).order_by("version").first().state == OutboxMail.State.SUPERSEDED
    stop.stop_act(act.act, by=coordinator)
    assert OutboxMail.objects.in_lane(waiting.lane).order_by("version").first().state == OutboxMail.State.QUEUED


def test_the_impact_is_what_happens(season, coordinator):
    order = Order(kind=BulkKind.POSTPONE, days={season[0].pk: date(2031, 12, 25), season[1].pk: season[1].starts_on})
    found = preview.lines(season, order)
    assert [line.problem for line in found] == ["", "ist schon an diesem Tag", "hat keinen neuen Tag"]
    assert [hint.text for hint in found[0].warnings if "Feiertag" in hint.text] != []
    assert preview.total(found) == preview.Numbers(invited=2, mailed=2)
    (sample,) = preview.samples(found, order)
    assert sample.preview.subject.startswith("Neuer Termin: Do., 25.12.2031 – Netzwerktreffen Melle/Bissendorf")
    assert not Activity.objects.filter(sentence__contains="verschoben").exists()
    act = carry_out.carry_out(season, order, by=coordinator)
    assert mails_of(act).count() == preview.total(found).mailed


@pytest.mark.parametrize("many", [1, 14])
def test_the_decision_takes_so_many_queries_a_meeting(db, coordinator, django_assert_max_num_queries, many):
    season = [invited(MeetingFactory(), coordinator, weeks=weeks, number=1) for weeks in range(many)]
    keys = [one.pk for one in season]
    invited_before = carry_out._invited_to(keys)
    with django_assert_max_num_queries(20 + 40 * many):
        carry_out._decide(keys, Order(kind=BulkKind.CANCEL), invited_before, by=coordinator)


def test_who_is_reached_or_invited_just_before_the_decision_is_told(season, coordinator):
    meeting, keys = season[0], [season[0].pk]
    mails = OutboxMail.objects.filter(lane__in=[one.lane for one in Invitation.objects.filter(meeting=meeting)])
    mails.update(state=OutboxMail.State.QUEUED)
    before = carry_out._invited_to(keys)
    assert before.mailable == {meeting.pk: []}
    mails.update(state=OutboxMail.State.SENT)
    act = carry_out._decide(keys, Order(kind=BulkKind.CANCEL), before, by=coordinator)
    assert Act.objects.get(parent=act.act).total == mails.count() > 0


def test_whom_nobody_has_told_yet_gets_her_invitation_back_when_it_is_stopped(season, coordinator):
    everybody = Invitation.objects.filter(meeting=season[0])
    OutboxMail.objects.filter(lane__in=[one.lane for one in everybody]).update(state=OutboxMail.State.QUEUED)
    act = carry_out.carry_out(season[:1], Order(kind=BulkKind.CANCEL), by=coordinator)
    assert mails_of(act).count() == 0
    stop.stop_act(act.act, by=coordinator)
    states = OutboxMail.objects.filter(lane__in=[one.lane for one in everybody]).values_list("state", flat=True)
    assert list(states) == ["queued", "queued"]


def test_who_is_invited_in_the_window_of_an_act_that_is_stopped_hears_what_is_true(season, coordinator):
    days = {season[0].pk: season[0].starts_on + timedelta(weeks=4)}
    act = carry_out.carry_out(season[:1], Order(kind=BulkKind.POSTPONE, days=days), by=coordinator)
    late = ContactFactory()
    invite.invite(season[0], [late], by=coordinator)
    stop.stop_act(act.act, by=coordinator)
    write.write_due()
    newest = OutboxMail.objects.in_lane(Invitation.objects.get(contact=late).lane).order_by("-version")[0]
    assert (newest.state, "05.02.2031" in newest.subject) == ("queued", True)


def test_what_was_taken_back_and_stopped_can_be_taken_back_again_and_not_twice(season, coordinator):
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    mails_of(act).update(state=OutboxMail.State.SENT)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        back = carry_out.take_back(act, by=coordinator)
        keys, order = [season[0].pk], Order(kind=BulkKind.TAKE_BACK)
        with pytest.raises(carry_out.NotTakenBack, match="schon zurückgenommen"):
            carry_out._decide(keys, order, carry_out._invited_to(keys), by=coordinator, takes_back=act)
        stop.stop_act(back.act, by=coordinator)
        carry_out.take_back(act, by=coordinator)
    assert {meeting.state for meeting in reloaded(season)} == {State.PLANNED}


def test_nothing_is_brought_back_into_the_past(season, coordinator):
    days = {season[0].pk: season[0].starts_on + timedelta(weeks=4)}
    act = carry_out.carry_out(season[:1], Order(kind=BulkKind.POSTPONE, days=days), by=coordinator)
    mails_of(act).update(state=OutboxMail.State.SENT)
    with time_machine.travel(season[0].starts_at + timedelta(days=1)), pytest.raises(carry_out.NothingToDo):
        carry_out.take_back(act, by=coordinator)


def test_an_act_of_which_a_mail_has_left_is_not_stopped(season, coordinator):
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    OutboxMail.objects.filter(pk=mails_of(act)[0].pk).update(state=OutboxMail.State.SENT)
    with pytest.raises(stop.NotStoppable, match="schon auf dem Weg"):
        stop.stop_act(act.act, by=coordinator)
    assert {meeting.state for meeting in reloaded(season)} == {State.CANCELLED}


@pytest.mark.parametrize("order", [Order(kind=BulkKind.CANCEL), Order(kind=BulkKind.ONLINE)])
def test_a_mail_that_came_back_cannot_be_sent_again_with_what_no_longer_holds(season, coordinator, order):
    mail = OutboxMail.objects.filter(about_label=season[0].title).first()
    OutboxMail.objects.filter(pk=mail.pk).update(returned=OutboxMail.Returned.SOFT)
    carry_out.carry_out(season, order, by=coordinator)
    with pytest.raises(outbox.NotResendable, match=r"gilt nicht mehr|neuere Mail"):
        outbox.send_again(mail, by=coordinator)


def test_whoever_waits_at_a_broken_address_counts_as_unreachable_only(season, coordinator):
    mail = OutboxMail.objects.filter(about_label=season[0].title).first()
    OutboxMail.objects.filter(pk=mail.pk).update(state=OutboxMail.State.QUEUED)
    Address.objects.filter(key=email_key(mail.recipient)).update(state=Address.State.HARD)
    meeting = Meeting.objects.get(invitations__pk=mail.lane)
    found = preview.lines([meeting], Order(kind=BulkKind.POSTPONE, days={meeting.pk: date(2031, 4, 9)}))
    numbers = preview.total(found)
    assert (numbers.invited, numbers.mailed, numbers.unreachable) == (2, 1, 1)

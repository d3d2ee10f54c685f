from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mailroom import smtp
from mailroom.models import Address, OutboxMail
from mailroom.services import alarms, connections, delivery, outbox
from tests.factories import ActFactory
from tests.mail_server import mail_server

State = OutboxMail.State


def fate(mail: OutboxMail) -> OutboxMail:
    return OutboxMail.objects.get(pk=mail.pk)


def test_what_is_due_is_sent_byte_for_byte(queued, server):
    mail = queued("ahrens@schule.example")
    assert delivery.deliver_due() == delivery.Report(due=1, sent=1)
    assert server.received == [(mail.envelope_from, ["ahrens@schule.example"], bytes(mail.raw))]
    after = fate(mail)
    assert (after.state, after.attempts, after.last_error) == (State.SENT, 1, "")
    assert after.smtp_reply == "250 2.0.0 queued as 4F7"
    assert after.sent_at is not None
    assert after.claimed_until is None
    assert delivery.deliver_due() == delivery.Report()


def test_a_batch_goes_over_one_connection_oldest_first(queued, server):
    for number in range(5):
        queued(f"p{number}@schule.example")
    assert delivery.deliver_due(limit=3) == delivery.Report(due=3, sent=3)
    assert [to for _, to, _ in server.received] == [[f"p{number}@schule.example"] for number in range(3)]
    assert server.names == ["[127.0.0.1]"]


def test_without_a_mail_server_a_mail_counts_as_sent_and_stays_readable(queued, settings):
    settings.EMAIL_URL = "outbox://"
    mail = queued()
    delivery.deliver_due()
    assert fate(mail).state == State.SENT
    assert "hier ist Ihr Link" in fate(mail).text


def test_a_refused_mail_fails_with_the_servers_words(queued, server):
    server.answers["weg@schule.example"] = "550 5.1.1 <weg@schule.example>: no such user"
    bad, good = queued("weg@schule.example"), queued("da@schule.example")
    assert delivery.deliver_due() == delivery.Report(due=2, sent=1, failed=1)
    assert (fate(bad).state, fate(bad).last_error) == (State.FAILED, "550 5.1.1 <weg@schule.example>: no such user")
    assert fate(good).state == State.SENT
    assert len(server.names) == 1


@pytest.mark.parametrize("stage", ["MAIL", "DATA", "voll@schule.example"])
def test_a_temporary_error_is_tried_again_later(queued, server, stage):
    server.answers[stage] = "452 4.2.2 mailbox full"
    mail = queued("voll@schule.example")
    before = timezone.now()
    assert delivery.deliver_due() == delivery.Report(due=1, postponed=1)
    after = fate(mail)
    assert (after.state, after.attempts, after.last_error) == (State.RETRY, 1, "452 4.2.2 mailbox full")
    assert (after.last_code, after.claimed_by) == (452, "")
    assert timedelta(seconds=60) <= after.next_attempt_at - before < timedelta(seconds=70)
    del server.answers[stage]
    assert delivery.deliver_due() == delivery.Report()
    with time_machine.travel(after.next_attempt_at + timedelta(seconds=1)):
        assert delivery.deliver_due() == delivery.Report(due=1, sent=1)
    assert server.received[0][2] == bytes(mail.raw)
    assert (fate(mail).attempts, fate(mail).last_error) == (2, "")


def test_attempts_become_rarer_and_end_after_two_days(queued, server):
    server.answers["voll@schule.example"] = "452 full"
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        mail = queued("voll@schule.example")
        waits = []
        while not fate(mail).is_over:
            clock.move_to(fate(mail).next_attempt_at)
            before = timezone.now()
            delivery.deliver_due()
            waits.append((fate(mail).next_attempt_at - before) // timedelta(minutes=1))
        assert waits == [1, 5, 15, 60] + [60] * 46 + [0]
        assert timezone.now() - mail.created_at < timedelta(hours=48)
    assert (fate(mail).state, fate(mail).attempts) == (State.FAILED, 51)


def test_without_a_connection_the_whole_batch_waits_and_the_server_is_asked_once(queued, settings, caplog):
    with mail_server() as gone:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{gone.port}"
    mails = [queued(f"p{number}@schule.example") for number in range(3)]
    assert delivery.deliver_due() == delivery.Report(due=3, postponed=3)
    assert {fate(mail).attempts for mail in mails} == {1}
    assert all(fate(mail).last_error.startswith("Keine Verbindung zum Mailserver:") for mail in mails)
    assert "schule" not in caplog.text


def test_a_server_that_hangs_up_gets_the_next_mail_over_a_new_connection(queued, server):
    server.answers["p0@schule.example"] = "421 4.3.2 shutting down"
    queued("p0@schule.example")
    queued("p1@schule.example")
    assert delivery.deliver_due() == delivery.Report(due=2, sent=1, postponed=1)
    assert len(server.names) == 2


@pytest.mark.parametrize(
    "url",
    [
        "smtp://amt:falsch@127.0.0.1:{port}",
        "smtp://127.0.0.1:{port}",  # no credentials where the server wants some
        "smtp://amt:ge%3Aheim%2F%40@127.0.0.1:{port}/?tls=starttls",  # the server offers no encryption
        "smtps://amt:ge%3Aheim%2F%40@127.0.0.1:{port}",
    ],
)
def test_wrong_settings_stop_the_queue_and_burn_no_attempt(queued, settings, caplog, url):
    with mail_server(needs_login=True) as server:
        settings.EMAIL_URL = url.format(port=server.port)
        mails = [queued("p0@schule.example"), queued("p1@schule.example")]
        assert delivery.deliver_due() == delivery.Report(due=2, is_stopped=True)
    assert server.received == []
    assert [(fate(mail).state, fate(mail).attempts) for mail in mails] == [(State.QUEUED, 0)] * 2
    assert [fate(mail).next_attempt_at for mail in mails] == [mail.next_attempt_at for mail in mails]
    assert fate(mails[0]).last_error != ""
    assert alarms.text() == fate(mails[0]).last_error
    assert alarms.is_pausing()
    alarms.clear()
    assert [record.levelname for record in caplog.records if record.name.startswith("mailroom")] == ["ERROR"]
    assert "p0@" not in caplog.text
    assert "falsch" not in caplog.text


def test_credentials_that_fit_are_taken(queued, settings):
    with mail_server(needs_login=True) as server:
        settings.EMAIL_URL = f"smtp://amt:ge%3Aheim%2F%40@127.0.0.1:{server.port}"
        queued("p0@schule.example")
        assert delivery.deliver_due() == delivery.Report(due=1, sent=1)


def test_a_scheme_that_nobody_knows_stops_the_queue(queued, settings):
    settings.EMAIL_URL = "gopher://mail.example"
    mail = queued()
    assert delivery.deliver_due() == delivery.Report(due=1, is_stopped=True)
    assert fate(mail).state == State.QUEUED


def test_one_winner_per_row(queued):
    mails = [queued(f"p{number}@schule.example") for number in range(3)]
    assert delivery.claim(limit=2) == mails[:2]
    assert delivery.claim(limit=2) == mails[2:]
    assert delivery.claim() == []
    assert {fate(mail).state for mail in mails} == {State.CLAIMED}
    assert len({fate(mail).claimed_by for mail in mails}) == 2


def test_who_works_beside_others_takes_the_next_rows(queued):
    mails = [queued(f"p{number}@schule.example") for number in range(5)]
    assert delivery.claim(limit=2, window=1) == mails[2:4]
    assert delivery.claim(limit=2, window=1) == [mails[4]]
    assert delivery.claim(limit=2, window=1) == mails[:2]


def test_a_row_that_is_not_due_is_not_claimed(queued):
    later = timezone.now() + timedelta(minutes=1)
    queued(next_attempt_at=later), queued(not_before=later), queued(not_before=None)
    assert delivery.claim() == []


def test_what_a_killed_process_had_only_claimed_waits_again_after_its_lease(queued, server, settings):
    settings.MAIL_LEASE_SECONDS = 300
    mail = queued()
    delivery.claim()
    assert delivery.deliver_due() == delivery.Report()
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert delivery.deliver_due() == delivery.Report(due=1, sent=1)
    assert (fate(mail).state, fate(mail).attempts, fate(mail).unanswered) == (State.SENT, 1, 0)


def left_while_sending(settings, mail: OutboxMail) -> OutboxMail:
    """As a process leaves it that is killed between the first byte and the answer."""
    settings.MAIL_LEASE_SECONDS, settings.MAIL_RESEND_SECONDS = 300, 900
    (claimed,) = delivery.claim()
    assert claimed == mail
    assert delivery._mark_sending(claimed)
    return claimed


def test_what_a_killed_process_was_sending_goes_once_more_byte_for_byte(queued, server, settings):
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        mail = queued()
        left_while_sending(settings, mail)
        clock.shift(timedelta(seconds=301))
        assert delivery.deliver_due() == delivery.Report()
        assert (fate(mail).state, fate(mail).unanswered) == (State.UNCERTAIN, 1)
        clock.shift(timedelta(seconds=899))
        assert delivery.deliver_due() == delivery.Report()
        clock.shift(timedelta(seconds=1))
        assert delivery.deliver_due() == delivery.Report(due=1, sent=1)
    assert [raw for _, _, raw in server.received] == [bytes(mail.raw)]
    assert (fate(mail).state, fate(mail).attempts, fate(mail).unanswered) == (State.SENT, 2, 1)


def test_a_mail_of_which_nobody_knows_twice_does_not_go_a_third_time(queued, server, settings):
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        mail = queued()
        for _ in range(2):
            left_while_sending(settings, mail)
            clock.shift(timedelta(seconds=301))
            delivery.release_lapsed()
            clock.shift(timedelta(seconds=901))
        assert delivery.deliver_due() == delivery.Report()
    after = fate(mail)
    assert (after.state, after.unanswered, after.is_over, after.can_be_sent_again) == (State.UNCERTAIN, 2, True, True)
    assert server.received == []


def test_an_answer_that_does_not_come_leaves_the_mail_uncertain_and_the_next_one_goes(queued, server, settings):
    server.hangs_up_after.add("p0@schule.example")
    first, second = queued("p0@schule.example"), queued("p1@schule.example")
    assert delivery.deliver_due() == delivery.Report(due=2, sent=1, uncertain=1)
    assert (fate(first).state, fate(second).state) == (State.UNCERTAIN, State.SENT)
    assert fate(first).last_error.startswith("Die Verbindung brach ab, bevor der Mailserver bestätigt hat")
    server.hangs_up_after.clear()
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.MAIL_RESEND_SECONDS + 1)):
        assert delivery.deliver_due() == delivery.Report(due=1, sent=1)
    assert server.received[0] == server.received[2]


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "452 4.2.2 full"])
def test_one_that_may_have_arrived_is_never_called_failed(queued, server, settings, answer):
    """The second try is refused, or put off for too long: the first may have arrived all the same."""
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        mail = queued("p0@schule.example")
        left_while_sending(settings, mail)
        clock.shift(timedelta(seconds=301))
        delivery.release_lapsed()
        server.answers["p0@schule.example"] = answer
        OutboxMail.objects.update(expires_at=timezone.now() + timedelta(seconds=910))
        clock.shift(timedelta(seconds=901))
        assert delivery.deliver_due() == delivery.Report(due=1, failed=1)
    assert (fate(mail).state, fate(mail).is_over, fate(mail).last_error) == (State.UNCERTAIN, True, answer)


def test_a_worker_whose_lease_is_over_settles_nothing(queued, settings):
    """The second claim is the one that counts; the late answer of the first does not undo it."""
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        mail = queued()
        late = left_while_sending(settings, mail)
        clock.shift(timedelta(seconds=301))
        delivery.release_lapsed()
        clock.shift(timedelta(seconds=901))
        (current,) = delivery.claim()
        assert not delivery._settle(late, state=State.SENT)
        assert (fate(mail).state, fate(mail).claimed_by) == (State.CLAIMED, current.claimed_by)


def test_what_was_stopped_after_it_was_claimed_does_not_leave(queued, server):
    """The page says so the moment she presses the button."""
    act = ActFactory(meeting=None, about_key="", about_url="", about_label="")
    stopped, other = queued("p0@schule.example", act=act), queued("p1@schule.example")
    mails = delivery.claim(by="me")
    outbox.cancel_act(act)
    report = delivery.Report()
    with smtp.transport(f"smtp://127.0.0.1:{server.port}", base_url="http://127.0.0.1") as transport:
        for mail in mails:
            delivery._send(mail, transport, report)
    assert (fate(stopped).state, fate(other).state) == (State.CANCELLED, State.SENT)
    assert [to for _, to, _ in server.received] == [["p1@schule.example"]]


# --- lanes


def test_a_newer_mail_of_the_lane_waits_for_the_older_one(queued, server):
    """Strictly in order: a cancellation never overtakes the invitation."""
    older, newer = queued("a@schule.example", lane="x", version=1), queued("a@schule.example", lane="x", version=2)
    other = queued("b@schule.example", lane="y", version=9)
    for state, is_free in [
        (State.QUEUED, False),
        (State.CLAIMED, False),
        (State.SENDING, False),
        (State.RETRY, False),
        (State.UNCERTAIN, False),
        (State.SENT, True),
        (State.FAILED, True),
        (State.SUPERSEDED, True),
        (State.CANCELLED, True),
    ]:
        OutboxMail.objects.filter(pk=older.pk).update(state=state, next_attempt_at=timezone.now() + timedelta(hours=1))
        assert set(OutboxMail.objects.due()) == ({newer, other} if is_free else {other}), state
    OutboxMail.objects.filter(pk=older.pk).update(state=State.UNCERTAIN, unanswered=2)
    assert set(OutboxMail.objects.due()) == {newer, other}


def test_both_of_a_lane_leave_one_after_the_other(queued, server):
    older, newer = queued("a@schule.example", lane="x", version=1), queued("a@schule.example", lane="x", version=2)
    assert delivery.deliver_due().sent == 1
    assert (fate(older).state, fate(newer).state) == (State.SENT, State.QUEUED)
    assert delivery.deliver_due().sent == 1


@pytest.mark.parametrize("answer", ["452 4.2.2 full", None])
def test_a_mail_that_is_put_off_gives_way_to_a_newer_one_of_its_lane(queued, server, answer):
    """While it was being sent it could not be superseded; now it can."""
    old = queued("p0@schule.example", lane="x", version=1)
    new = queued("p0@schule.example", lane="x", version=2)
    if answer:
        server.answers["p0@schule.example"] = answer
    else:
        server.hangs_up_after.add("p0@schule.example")
    delivery.deliver_due()
    assert (fate(old).state, fate(old).superseded_by) == (State.SUPERSEDED, new)
    assert fate(new).state == State.QUEUED


@pytest.mark.parametrize(
    ("before", "leaves"),
    [
        ({"state": State.SENT}, True),
        ({"state": State.UNCERTAIN, "unanswered": 2}, True),
        ({"state": State.SUPERSEDED, "unanswered": 1}, True),
        ({"state": State.SUPERSEDED}, False),
        ({"state": State.FAILED}, False),
        ({"state": State.CANCELLED}, False),
    ],
)
def test_a_sequel_leaves_only_when_an_earlier_mail_may_have_arrived(queued, server, before, leaves):
    """No cancellation for whom no invitation has reached (RFC 5546 section 3.2.5: it takes back a request)."""
    queued("a@schule.example", lane="x", version=1, **before)
    sequel = queued("a@schule.example", lane="x", version=2, is_sequel=True)
    queued("a@schule.example", lane="y", version=1, state=State.SENT)
    delivery.deliver_due()
    assert fate(sequel).state == (State.SENT if leaves else State.SUPERSEDED)
    assert len(server.received) == leaves


def test_a_sequel_waits_for_what_is_in_flight_and_is_dropped_when_that_fails(queued, server):
    first = queued("a@schule.example", lane="x", version=1, state=State.SENDING, claimed_by="other")
    sequel = queued("a@schule.example", lane="x", version=2, is_sequel=True)
    assert delivery.deliver_due() == delivery.Report()
    OutboxMail.objects.filter(pk=first.pk).update(state=State.FAILED)
    delivery.deliver_due()
    assert (fate(sequel).state, server.received) == (State.SUPERSEDED, [])
    assert "nicht erreicht" in fate(sequel).last_error


# --- rate and connections


def test_no_more_mails_a_minute_than_the_rate_allows(queued, server, settings):
    settings.MAIL_RATE = 3
    with time_machine.travel("2027-02-03T08:00:00Z", tick=False) as clock:
        for number in range(5):
            queued(f"p{number}@schule.example")
        assert delivery.deliver_due() == delivery.Report(due=3, sent=3)
        assert delivery.deliver_due() == delivery.Report(is_waiting=True)
        clock.shift(timedelta(seconds=61))
        assert delivery.deliver_due() == delivery.Report(due=2, sent=2)


def test_what_others_have_in_hand_counts_for_the_rate(queued, server, settings):
    settings.MAIL_RATE = 3
    for number in range(5):
        queued(f"p{number}@schule.example")
    assert len(delivery.claim(limit=2)) == 2
    assert len(delivery.claim(limit=2)) == 1
    assert delivery.claim(limit=2) == []


def test_no_more_connections_than_are_allowed(queued, server, settings):
    settings.MAIL_CONNECTIONS = 2
    queued()
    with connections.held() as first, connections.held() as second:
        assert {first.number, second.number} == {0, 1}
        assert delivery.deliver_due() == delivery.Report(is_waiting=True)
    assert delivery.deliver_due() == delivery.Report(due=1, sent=1)


def test_it_stops_between_two_mails_when_asked_to(queued, server):
    queued("p0@schule.example")
    queued("p1@schule.example")
    report = delivery.deliver_due(should_stop=lambda: len(server.received) == 1)
    assert report == delivery.Report(due=2, sent=1)


def test_logs_name_rows_and_never_people(queued, server, caplog):
    caplog.set_level("INFO")
    server.answers["weg@schule.example"] = "550 5.1.1 <weg@schule.example>: no such user"
    mails = [queued("weg@schule.example"), queued("da@schule.example")]
    delivery.deliver_due()
    assert all(str(mail.pk) in caplog.text for mail in mails)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("mailroom")]
    assert [text for text in ours if "schule" in text] == []


@pytest.mark.parametrize(
    ("kind", "state", "sent"),
    [
        ("invitation", Address.State.STOPPED, 0),
        ("invitation", Address.State.HARD, 0),
        ("reminder", Address.State.STOPPED, 0),
        ("invitation", Address.State.SOFT, 1),
        ("invitation", Address.State.OK, 1),
        ("account", Address.State.STOPPED, 1),
        ("test", Address.State.HARD, 1),
    ],
)
def test_who_stopped_since_the_mail_was_written_gets_no_invitation(queued, server, kind, state, sent):
    mail = queued("Ahrens@Schule.example", kind=kind)
    Address.objects.create(key="ahrens@schule.example", state=state)
    assert delivery.deliver_due() == delivery.Report(due=1, sent=sent, failed=1 - sent)
    assert len(server.received) == sent
    if not sent:
        after = fate(mail)
        assert (after.state, after.attempts) == (State.FAILED, 0)
        why = "An diese Adresse kommt nichts an" if state == "hard" else "Diese Adresse bekommt keine Einladungen"
        assert after.last_error == f"{why}: {Address.State(state).label}."


def test_a_mail_whose_time_is_over_does_not_leave(queued, server):
    mail = queued(expires_at=timezone.now() - timedelta(seconds=1))
    assert delivery.deliver_due() == delivery.Report(due=1, failed=1)
    assert server.received == []
    assert "abgelaufen" in fate(mail).last_error

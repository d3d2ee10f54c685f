"""Processes that are killed at each point of a mail's way (W1 to W7): nothing is lost, and at most one copy more.

Both copies are the same bytes, and the outbox says what is known. Real processes on a database of their own.
"""

import asyncio
import signal
import subprocess
import threading
from contextlib import contextmanager

import pytest

from mailroom.models import ActItem, OutboxMail
from mailroom.services import delivery
from meetings.models import Invitation, Meeting
from meetings.services.planning import meetings
from regions import seeds
from regions.models import Municipality, Network
from tests.factories import ContactFactory, MeetingFactory, UserFactory
from tests.flows.real_database import shared_database, start
from tests.mail_server import mail_server
from tests.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

State = OutboxMail.State

QUEUE = """
from email.message import EmailMessage
from mailroom.services import outbox
def queue(name, **options):
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"] = name
    message.set_content("Guten Tag")
    return outbox.queue(message, kind="account", recipient=f"{name}@schule.example", **options)
"""
DIE = """
import os, signal
def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""
DELIVER = "from mailroom.services import delivery; delivery.deliver_all()"


class Site:
    """The test's own database and mail server, and processes that use them."""

    def __init__(self, url, folder, server) -> None:
        self.url, self.folder, self.server = url, folder, server
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, code: str) -> subprocess.Popen[str]:
        """Run Python in a process of its own; a lease and the wait for a second copy last a second."""
        process = start(
            code,
            database_url=self.url,
            folder=self.folder,
            EMAIL_URL=f"smtp://127.0.0.1:{self.server.port}",
            LOG_LEVEL="ERROR",
            MAIL_GRACE_SECONDS="0",
            MAIL_LEASE_SECONDS="1",
            MAIL_RESEND_SECONDS="1",
        )
        self.processes.append(process)
        return process

    def run(self, code: str) -> int:
        """The same to its end; its exit code, negative when a signal ended it."""
        return self.start(code).wait(PATIENCE)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """As a power cut would."""
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL

    def deliver_until_over(self) -> None:
        """Look into the outbox again and again, as beat does, until nothing waits."""

        def is_over() -> bool:
            delivery.deliver_all()
            return not OutboxMail.objects.filter(state__in=OutboxMail.UNDER_WAY).exists()

        wait_for("nothing waits", is_over)


@pytest.fixture
def server():
    with mail_server() as server:
        yield server


@pytest.fixture
def site(tmp_path, server, settings):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
    settings.MAIL_LEASE_SECONDS = settings.MAIL_RESEND_SECONDS = 1
    settings.MAIL_GRACE_SECONDS = 0
    with shared_database(tmp_path) as url:
        seeds.load(Network, Municipality)
        site = Site(url, tmp_path, server)
        yield site
        for process in site.processes:
            process.kill()
            process.wait()


def the_mail() -> OutboxMail:
    return OutboxMail.objects.get()


@contextmanager
def deaf_to_mail(server):
    """The server does not answer MAIL before the block ends; yields an event that says that it was asked."""
    asked, go = threading.Event(), threading.Event()

    async def handle_MAIL(connection, session, envelope, address, options):
        asked.set()
        while not go.is_set():
            await asyncio.sleep(0.02)
        envelope.mail_from = address
        return "250 OK"

    server.handle_MAIL = handle_MAIL
    try:
        yield asked
    finally:
        go.set()
        del server.handle_MAIL


# --- W1: after the commit, before anybody is nudged


def test_w1_a_mail_whose_process_died_before_the_nudge_is_found(site, server):
    code = f"""{QUEUE}{DIE}
from django.db import transaction
with transaction.atomic():
    transaction.on_commit(die)  # before the outbox's own
    queue("w1")
"""
    assert site.run(code) == -signal.SIGKILL
    assert (the_mail().state, server.received) == (State.QUEUED, [])
    site.deliver_until_over()
    assert (the_mail().state, len(server.received)) == (State.SENT, 1)


def test_w1_an_act_whose_process_died_before_a_mail_was_written_is_found(site, server):
    person, meeting, member = ContactFactory(), MeetingFactory(), UserFactory()
    code = f"""{DIE}
from meetings.models import Meeting
from meetings.services.inviting import invite
from team.models import User
meeting, member = Meeting.objects.get(pk={str(meeting.pk)!r}), User.objects.get(pk={member.pk})
invite.decide(meeting, {{{person.pk}}}, by=member, word="")
die()
"""
    assert site.run(code) == -signal.SIGKILL
    assert (OutboxMail.objects.count(), ActItem.objects.filter(rendered_at=None).count()) == (0, 1)
    process = site.start("from django.core.management import call_command; call_command('deliver_mail', '--once')")
    assert process.wait(PATIENCE) == 0
    assert (the_mail().state, the_mail().recipient, len(server.received)) == (State.SENT, person.email, 1)


# --- W2: claimed, before a byte has left


def test_w2_what_a_dead_process_had_only_claimed_waits_again(site, server):
    site.run(f"{QUEUE}queue('w2')")
    with deaf_to_mail(server) as asked:
        process = site.start(DELIVER)
        wait_for("the server is asked", asked.is_set)
        assert the_mail().state == State.CLAIMED
        site.kill(process)
        assert (the_mail().state, server.received) == (State.CLAIMED, [])
    site.deliver_until_over()
    mail = the_mail()
    assert (mail.state, mail.unanswered, len(server.received)) == (State.SENT, 0, 1)


# --- W3 and W7: the server has the mail and has not said so


def test_w3_what_a_dead_process_was_sending_goes_once_more_as_it_was(site, server):
    site.run(f"{QUEUE}queue('w3')")
    server.hold = threading.Event()
    process = site.start(DELIVER)
    wait_for("the server has the mail", lambda: server.received)
    site.kill(process)
    assert the_mail().state == State.SENDING
    server.hold.set()
    site.deliver_until_over()
    _twice_the_same(server)


def test_w7_what_comes_back_about_a_mail_in_doubt_finds_it(site, server):
    """A bounce may be here before the server's answer is written down."""
    site.run(f"{QUEUE}queue('w7', lane='x', version=1)")
    server.hold = threading.Event()
    process = site.start(DELIVER)
    wait_for("the server has the mail", lambda: server.received)
    envelope_from, _, raw = server.received[0]
    assert f"b-{the_mail().pk.hex}@" in envelope_from
    assert [mail.state for mail in OutboxMail.objects.may_have_arrived()] == [State.SENDING]
    site.kill(process)
    server.hold.set()
    assert wait_for("the lease is over", delivery.release_lapsed) == 1
    assert [mail.state for mail in OutboxMail.objects.may_have_arrived()] == [State.UNCERTAIN]
    assert bytes(OutboxMail.objects.may_have_arrived().get().raw) == raw


# --- W4: the server has said so, and nobody has written it down


def test_w4_what_arrived_unnoticed_goes_once_more_as_it_was(site, server):
    site.run(f"{QUEUE}queue('w4')")
    code = f"""{DIE}
from django.conf import settings
from mailroom import smtp
from mailroom.services import delivery
class DiesWithTheAnswer:
    def __init__(self, inner):
        self.inner = inner
    def offer(self, *who, **how):
        self.inner.offer(*who, **how)
    def hand_over(self, raw):
        assert self.inner.hand_over(raw).startswith("250")
        die()
(mail,) = delivery.claim(by="w4")
with smtp.transport(settings.EMAIL_URL, base_url=settings.BASE_URL) as transport:
    delivery._send(mail, DiesWithTheAnswer(transport), delivery.Report())
"""
    assert site.run(code) == -signal.SIGKILL
    assert (the_mail().state, len(server.received)) == (State.SENDING, 1)
    site.deliver_until_over()
    _twice_the_same(server)


def test_w4_who_dies_twice_sends_no_third_copy(site, server):
    """After two of which nobody knows, a person decides."""
    site.run(f"{QUEUE}queue('twice')")
    server.hold = threading.Event()
    for copies in (1, 2):
        process = site.start(DELIVER)
        wait_for("the server has the mail", lambda copies=copies: len(server.received) == copies)
        site.kill(process)
        wait_for("the lease is over", delivery.release_lapsed)
        OutboxMail.objects.update(next_attempt_at=the_mail().created_at)  # the next copy would be due
    server.hold.set()
    delivery.deliver_all()
    mail = the_mail()
    assert (mail.state, mail.unanswered, mail.can_be_sent_again) == (State.UNCERTAIN, 2, True)
    assert len(server.received) == 2


def _twice_the_same(server) -> None:
    """Two copies with the same bytes, and the outbox knows that there may be two."""
    mail = the_mail()
    assert (mail.state, mail.unanswered, mail.attempts) == (State.SENT, 1, 2)
    assert [raw for _, _, raw in server.received] == [bytes(mail.raw)] * 2
    assert {message["Message-ID"] for message in server.messages} == {mail.message_id}


# --- W5: the meeting changes while its mail is in the hand of another process


def _invited(site) -> Meeting:
    person, meeting, member = ContactFactory(), MeetingFactory(place="Rathaus"), UserFactory()
    code = f"""
from meetings.models import Meeting
from meetings.services.inviting import invite
from partners.models import Contact
from team.models import User
meeting, member = Meeting.objects.get(pk={str(meeting.pk)!r}), User.objects.get(pk={member.pk})
invite.invite(meeting, Contact.objects.filter(pk={person.pk}), by=member)
"""
    assert site.run(code) == 0
    return Meeting.objects.get(pk=meeting.pk)


def _move(meeting: Meeting) -> None:
    meeting.place = "Aula"
    networks = list(meeting.networks.all())
    meetings.change(meeting, networks=networks, fields=["Ort"], by=UserFactory())


def _states() -> list[str]:
    return list(OutboxMail.objects.order_by("version").values_list("state", flat=True))


def test_w5_what_another_process_is_about_to_send_does_not_leave(site, server):
    meeting = _invited(site)
    with deaf_to_mail(server) as asked:
        process = site.start(DELIVER)
        wait_for("the server is asked", asked.is_set)
        _move(meeting)
        assert _states() == [State.SUPERSEDED, State.QUEUED]  # in the transaction of the change
    assert process.wait(PATIENCE) == 0
    site.deliver_until_over()
    assert _states() == [State.SUPERSEDED, State.SENT]
    assert ["Aula" in message.get_body(("plain",)).get_content() for message in server.messages] == [True]


def test_w5_what_another_process_is_sending_is_followed_by_what_is_true(site, server):
    meeting = _invited(site)
    server.hold = threading.Event()
    process = site.start(DELIVER)
    wait_for("the server has the mail", lambda: server.received)
    _move(meeting)
    site.kill(process)
    server.hold.set()
    site.deliver_until_over()
    assert _states() == [State.SUPERSEDED, State.SENT]
    assert OutboxMail.objects.may_have_arrived().count() == 2
    places = ["Aula" in message.get_body(("plain",)).get_content() for message in server.messages]
    assert places == [False, True]
    assert Invitation.objects.get().told_version == 1


# --- W6: the task runs twice at once


def test_w6_two_processes_at_once_send_each_mail_once(site, server, tmp_path):
    site.run(f"{QUEUE}for number in range(40): queue(f'p{{number}}')")
    go = tmp_path / "go"
    ready = [tmp_path / f"ready-{number}" for number in range(2)]
    processes = [
        site.start(
            "import pathlib, time\nfrom mailroom.services import delivery\n"
            f"pathlib.Path({str(path)!r}).touch()\n"
            f"while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)\n"
            "delivery.deliver_all()"
        )
        for path in ready
    ]
    wait_for("both are up", lambda: all(path.exists() for path in ready))
    go.touch()
    assert [process.wait(PATIENCE) for process in processes] == [0, 0]
    site.deliver_until_over()
    recipients = [recipient for _, (recipient,), _ in server.received]
    assert sorted(recipients) == sorted(f"p{number}@schule.example" for number in range(40))
    assert set(OutboxMail.objects.values_list("state", "unanswered")) == {(State.SENT, 0)}

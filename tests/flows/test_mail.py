"""Mail through real processes and a real SMTP server."""

import re
import signal
import threading

import pytest

from tests.flows.site import LEAD, PASSWORD, Browser, Site
from tests.mail_server import mail_server
from tests.waiting import PATIENCE, wait_for


@pytest.fixture
def server():
    """A mail server that takes everything."""
    with mail_server() as server:
        yield server


@pytest.fixture
def site(tmp_path, server):
    """A site that sends through it, with short leases."""
    return Site(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", MAIL_LEASE_SECONDS="1", MAIL_RESEND_SECONDS="1")


def rows(site: Site) -> list[tuple[str, int]]:
    """State and attempts of every mail, oldest first."""
    return site.rows("SELECT state, attempts FROM mailroom_outboxmail ORDER BY created_at")


def queue_mails(site: Site, count: int) -> None:
    """Let Django send that many mails, each to somebody else."""
    site.manage(
        "shell",
        "-c",
        "from django.core.mail import send_mail\n"
        f"for n in range({count}): send_mail('Hallo', 'Text', None, [f'p{{n}}@schule.example'])",
    )


def test_a_new_member_sets_her_password_by_the_mail_that_reached_her(site, server):
    with site.serving():
        lead = Browser(site.url)
        lead.send("/konto/login/", login=LEAD, password=PASSWORD)
        page = lead.send("/team/neu/", email="kim.neu@amt.example", first_name="Käthe", last_name="Größe")
        assert "Käthe Größe ist angelegt." in page
        assert site.manage("deliver_mail", "--once").endswith("gesendet 1, später 0, gescheitert 0\n")
        (message,) = server.messages
        assert message["To"] == "kim.neu@amt.example"
        text = message.get_body(("plain",)).get_content()
        (link,) = re.findall(rf"{site.url}(/konto/password/reset/key/\S+)", text)
        kim = Browser(site.url)
        kim.send(link, password1="ein-eigenes-Kennwort-8", password2="ein-eigenes-Kennwort-8")
        assert kim.path == "/konto/password/reset/key/done/"
        kim.send("/konto/login/", login="Kim.Neu@amt.example", password="ein-eigenes-Kennwort-8")
        assert kim.path == "/"
        assert "Dieser Link gilt nicht mehr" in Browser(site.url).get(link)
        assert rows(site) == [("sent", 1), ("queued", 0)]


def test_a_refused_mail_fails_a_postponed_one_waits(site, server):
    server.answers |= {"p0@schule.example": "550 5.1.1 unknown", "p1@schule.example": "451 4.3.0 later"}
    queue_mails(site, 3)
    assert site.manage("deliver_mail", "--once").endswith("gesendet 1, später 1, gescheitert 1\n")
    assert rows(site) == [("failed", 1), ("retry", 1), ("sent", 1)]


def test_what_a_killed_process_was_sending_goes_out_again_byte_for_byte(site, server):
    server.hold = threading.Event()
    queue_mails(site, 1)
    process = site.start("deliver_mail")
    wait_for("the mail is under way", lambda: server.received)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    server.hold.set()
    assert rows(site) == [("sending", 0)]
    wait_for("the lease is over and the mail goes again", lambda: "gesendet 1" in site.manage("deliver_mail", "--once"))
    assert rows(site) == [("sent", 2)]
    first, second = server.received
    assert first == second


def test_many_senders_at_once_send_each_mail_once(site, server):
    queue_mails(site, 60)
    senders = [site.start("deliver_mail", "--once", MAIL_LEASE_SECONDS="300") for _ in range(3)]
    for sender in senders:
        said, _ = sender.communicate(timeout=PATIENCE)
        assert sender.returncode == 0, said
    recipients = sorted(to for _, (to,), _ in server.received)
    assert recipients == sorted(f"p{number}@schule.example" for number in range(60))
    assert set(rows(site)) == {("sent", 1)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_running_command_sends_what_comes_and_ends_when_told(site, server, number):
    process = site.start("deliver_mail")
    queue_mails(site, 1)
    wait_for("the mail is sent", lambda: rows(site) == [("sent", 1)])
    process.send_signal(number)
    said, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Traceback" in said) == (0, False)


def test_without_a_mail_server_the_mails_stay_in_the_outbox(tmp_path):
    site = Site(tmp_path)
    queue_mails(site, 2)
    site.manage("deliver_mail", "--once")
    assert rows(site) == [("sent", 1), ("sent", 1)]

"""Answers from calendars through real servers: our mail by SMTP and LMTP into Dovecot, Emacs answers the entry in it,
`fetch_mail` finds the answer by IMAP.
"""

import subprocess
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command

from mailroom.models import InboxMail, OutboxMail
from mailroom.services import delivery
from mailroom.services.acts import write
from meetings.models import Invitation
from meetings.services.inviting import invite
from tests.dovecot import PASSWORD, dovecot
from tests.factories import ContactFactory, MeetingFactory
from tests.flows.story import ics
from tests.mail_server import mail_server, token_checker
from tests.meetings.scene import LATER, Scene
from tests.token_server import CLIENT, MAILBOX, token_server
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.postgresql,
    pytest.mark.program("dovecot|/usr/sbin/dovecot"),
    pytest.mark.program("emacs"),
]
NAMES = ("ahrens", "brinkmann", "cordes")


class Post:
    """Everybody's mailbox at one Dovecot; what we send goes there over a mail server that takes it from us."""

    def __init__(self, server, outgoing, folder: Path) -> None:
        self.server, self.outgoing, self.folder = server, outgoing, folder

    def send(self) -> None:
        """Let what is due leave, and carry it on."""
        write.write_due()
        OutboxMail.objects.waiting().update(not_before="2026-01-01T00:00:00Z", next_attempt_at="2026-01-01T00:00:00Z")
        delivery.deliver_all()
        for sender, recipients, raw in self.outgoing.received:
            for recipient in recipients:
                self.server.deliver(sender, recipient, raw)
        self.outgoing.received.clear()

    def entry(self, name: str) -> bytes:
        """The calendar entry of the newest mail in her mailbox."""
        return ics(BytesParser(policy=policy.default).parsebytes(self.server.mails(name)[-1]))

    def answer(self, name: str, status: str, entry: bytes) -> str:
        """Let Emacs answer the entry in her name and send that to its organizer; returns the organizer's address."""
        file = self.folder / "entry.ics"
        file.write_bytes(entry)
        person = f"{name}@schule.example"
        command = [
            "emacs",
            "--batch",
            "-Q",
            "-l",
            str(Path(__file__).with_name("answer.el")),
            str(file),
            status,
            person,
        ]
        said = subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout.decode()
        assert "METHOD:REPLY" in said
        unfolded = said.replace("\r\n ", "").replace("\n ", "")
        (organizer,) = [line for line in unfolded.splitlines() if line.startswith("ORGANIZER")]
        address = organizer.lower().rpartition("mailto:")[2]
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = person, address, f"{status}: Netzwerktreffen"
        mail.set_content("Meine Antwort")
        mail.add_alternative(said, subtype="calendar", params={"method": "REPLY"})
        self.server.deliver(person, address, mail.as_bytes(policy=policy.SMTP))
        return address


@pytest.fixture
def post(tmp_path, settings):
    """Servers and settings."""
    settings.INBOX_ADDRESS, settings.INBOX_HANDLERS = "antwort@amt.example", []
    with mail_server() as outgoing, dovecot() as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{outgoing.port}"
        settings.INBOX_URL = f"imap://antwort:{quote(PASSWORD, safe='')}@127.0.0.1:{server.imap}/INBOX"
        yield Post(server, outgoing, tmp_path)


@pytest.fixture
def scene(post, coordinator, django_capture_on_commit_callbacks):
    """A meeting with three invitees who have their mails."""
    meeting = MeetingFactory(place="Rathaus")
    people = {name: ContactFactory(email=f"{name}@schule.example") for name in NAMES}
    invite.invite(meeting, people.values(), by=coordinator)
    rows = {name: Invitation.objects.get(contact=person) for name, person in people.items()}
    post.send()
    return Scene(meeting, coordinator, rows, django_capture_on_commit_callbacks)


@pytest.fixture
def post_without_passwords(tmp_path, settings):
    """Servers that take tokens of one endpoint and no password of ours, and settings with the secret in a file."""
    settings.INBOX_ADDRESS, settings.INBOX_HANDLERS = MAILBOX, ["meetings.inbound.handle"]
    with (
        token_server() as tokens,
        token_checker(tokens.accepts) as outgoing,
        dovecot(introspection=tokens.introspection) as server,
    ):
        (tmp_path / "secret").write_text(tokens.secret)
        settings.MAIL_TOKEN_URL, settings.MAIL_CLIENT_ID = tokens.url, CLIENT
        settings.MAIL_CLIENT_SECRET_FILE = str(tmp_path / "secret")
        user = quote(MAILBOX, safe="")
        settings.EMAIL_URL = f"smtp://{user}@127.0.0.1:{outgoing.port}/?auth=xoauth2"
        settings.INBOX_URL = f"imap://{user}@127.0.0.1:{server.imap}/INBOX?auth=xoauth2"
        yield Post(server, outgoing, tmp_path), tokens


def fetch() -> str:
    out = StringIO()
    call_command("fetch_mail", "--once", stdout=out)
    return out.getvalue().strip()


def answers() -> dict[str, str]:
    return dict(Invitation.objects.values_list("email", "answer"))


def test_an_answer_to_the_tagged_address_is_stored_and_moved(post, scene):
    address = post.answer("ahrens", "accepted", post.entry("ahrens"))
    assert (address.startswith("antwort+"), len(post.server.mails("antwort"))) == (True, 1)
    assert fetch() == "neu 1, übernommen 0, wartet 1, nicht lesbar 0"
    mail = InboxMail.objects.get()
    assert (mail.kind, mail.sender, mail.place.split()[0]) == ("reply", "ahrens@schule.example", "INBOX")
    assert (post.server.mails("antwort"), len(post.server.mails("antwort", "INBOX.Processed"))) == ([], 1)
    assert address.encode() in bytes(mail.raw)
    assert fetch() == "neu 0, übernommen 0, wartet 0, nicht lesbar 0"


def test_wrong_credentials_and_folders_are_told_by_the_real_server_too(post, settings):
    right = settings.INBOX_URL
    settings.INBOX_URL = right.replace(quote(PASSWORD, safe=""), "falsch")
    with pytest.raises(CommandError, match="nimmt die Anmeldung am Postfach nicht an"):
        fetch()
    settings.INBOX_URL = right.replace("/INBOX", "/INBOX.Gibtsnicht")
    with pytest.raises(CommandError, match="gibt es im Postfach nicht"):
        fetch()


@pytest.mark.both_databases
def test_without_passwords_a_mail_goes_out_and_its_answer_comes_back(post_without_passwords, coordinator):
    """Real IMAP and SMTP with tokens: a revoked one is renewed at either server, a refused one says what to do."""
    post, tokens = post_without_passwords
    person = ContactFactory(email="ahrens@schule.example")
    invite.invite(MeetingFactory(place="Rathaus"), [person], by=coordinator)
    post.send()
    tokens.revoke_all()
    post.answer("ahrens", "accepted", post.entry("ahrens"))
    assert fetch() == "neu 1, übernommen 1, wartet 0, nicht lesbar 0"
    assert (answers(), tokens.asked) == ({"ahrens@schule.example": "accepted"}, 2)
    tokens.revoke_all()
    tokens.roles = ("SMTP.SendAsApp",)
    tokens.accepts = lambda token: False
    with pytest.raises(CommandError, match=r"Berechtigung IMAP\.AccessAsApp"):
        fetch()


def test_yes_perhaps_and_no_from_a_calendar_count(post, scene, settings):
    settings.INBOX_HANDLERS = ["meetings.inbound.handle"]
    for name, status in zip(NAMES, ("accepted", "tentative", "declined"), strict=True):
        post.answer(name, status, post.entry(name))
    assert fetch() == "neu 3, übernommen 3, wartet 0, nicht lesbar 0"
    assert answers() == {
        "ahrens@schule.example": "accepted",
        "brinkmann@schule.example": "tentative",
        "cordes@schule.example": "declined",
    }


def test_after_a_move_the_answer_to_the_new_date_counts_and_the_one_to_the_old_does_not(post, scene, settings):
    settings.INBOX_HANDLERS = ["meetings.inbound.handle"]
    former = {name: post.entry(name) for name in NAMES}
    scene.change_and_tell(**LATER)
    post.send()
    assert b"SEQUENCE:1" in post.entry("ahrens")
    post.answer("ahrens", "accepted", post.entry("ahrens"))
    post.answer("brinkmann", "accepted", former["brinkmann"])
    fetch()
    invitees = {one.email.partition("@")[0]: one for one in Invitation.objects.select_related("meeting")}
    assert (invitees["ahrens"].answer, invitees["ahrens"].is_answer_former) == ("accepted", False)
    assert (invitees["brinkmann"].answer, invitees["brinkmann"].is_answer_former) == ("accepted", True)

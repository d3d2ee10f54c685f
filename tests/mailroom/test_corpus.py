"""Mails and calendar objects that others published: each is read, in time, as what it is."""

import json
import re
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from mailroom import reader
from mailroom.enums import MailKind
from tests import corpus
from tests.conftest import leave_out

pytestmark = pytest.mark.both_databases

LONGEST = 2.0  # seconds for one file, in time of the processor: the rest of the machine is no failure
EXAMPLES = {f"rfc2447-example-{number}.eml": "request" for number in (1, 2, 3, 5, 6)}
KINDS = {
    "cancel-repeat-event.eml": "cancel",
    "cancel-single-event.eml": "cancel",
    "message-containing-event.eml": "publish",
    "message-non-invite.eml": "publish",
    "rfc2447-example-4.eml": "publish",
} | EXAMPLES


@pytest.fixture(scope="module")
def root() -> Path:
    found = corpus.folder()
    if found is None:
        leave_out("der Ordner mit fremden Mails (CORPUS_DIR) fehlt")
    return found


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.INBOX_ADDRESS = "antwort@netzwerk.example"


def objects(file: Path) -> list[str]:
    """The calendar objects in a file, each for itself."""
    text = file.read_text("utf-8", errors="replace")
    return re.findall(r"BEGIN:VCALENDAR.*?END:VCALENDAR", text, re.DOTALL)


def plain(pattern: str, text: str) -> str | None:
    """The first match in an unfolded object: a second opinion that knows nothing of calendars."""
    found = re.search(pattern, re.sub(r"\r?\n[ \t]", "", text), re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else None


def test_every_file_is_read_in_time_and_nothing_raises(root):
    slow = {}
    for path in corpus.files(root):
        start = time.process_time()
        reading = reader.read(path.read_bytes())
        json.dumps(reading.as_json())
        (reading.text + reading.sender + reading.subject).encode()
        if (taken := time.process_time() - start) > LONGEST:
            slow[path.name] = taken
    assert len(corpus.files(root)) > 300
    assert slow == {}


@pytest.mark.parametrize(
    "name", ["ics/peer-generated/reply_kde.ics", "imip/thunderbird/single-event.eml", "bounces/flufl.bounce/dsn_01.txt"]
)
def test_the_command_prints_what_the_function_reads(root, name, capsys):
    call_command("inspect_mail", str(root / name))
    assert json.loads(capsys.readouterr().out) == reader.read((root / name).read_bytes()).as_json()


def test_invitations_and_cancellations_in_mails(root):
    mails = sorted((root / "imip").rglob("*.eml"))
    assert len(mails) == 22
    read = {path.name: reader.read(path.read_bytes()) for path in mails}
    assert {name: str(found.kind) for name, found in read.items()} == {
        path.name: KINDS.get(path.name, "request") for path in mails
    }
    assert all(found.schedulings[0].uid for found in read.values())
    assert len(read["rfc2447-example-5.eml"].schedulings) == 2
    assert read["single-event.eml"].schedulings[0].uid == "02e79b96"


@pytest.mark.parametrize(
    ("name", "kind", "partstat"),
    [
        ("request.ics", "request", "NEEDS-ACTION"),
        ("request_rrule.ics", "request", "NEEDS-ACTION"),
        ("cancel.ics", "cancel", "NEEDS-ACTION"),
        ("reply_emacs.ics", "reply", "ACCEPTED"),
        ("reply_kde.ics", "reply", "ACCEPTED"),
    ],
)
def test_what_other_calendars_made_of_ours(root, name, kind, partstat):
    shown = reader.read((root / "ics/peer-generated" / name).read_bytes()).as_json()
    assert (shown["kind"], shown["partstat"], shown["attendee"].partition("@")[0]) == (kind, partstat, "bob")
    assert shown["uid"].partition("@")[0] == "0197f3a2-7c1e-7b44-9c55-6f0a8a4f9d10"
    assert shown["organizer"].partition("@")[0] == "rsvp+0a1b2c3d"
    assert shown["comment"] == ("Ich komme, freue mich" if "kde" in name else None)


@pytest.mark.parametrize(("name", "count"), [("incoming.ics", 15), ("2446.ics", 53)])
def test_examples_of_the_standard(root, name, count):
    found = objects(root / "ics/libical" / name)
    assert len(found) == count
    for text in found:
        shown = reader.read(text.encode()).as_json()
        assert shown["method"] == (plain(r"^METHOD:(.*)$", text) or "").upper()
        assert shown["kind"] == (shown["method"].lower() if shown["method"].lower() in MailKind.values else "human")
        assert shown["uid"] == plain(r"^UID:(.*)$", text)
        if shown["method"] == "REPLY":
            assert shown["partstat"] == plain(r"^ATTENDEE[^\n]*PARTSTAT=([A-Z-]+)", text)
            assert shown["attendee"].lower() == plain(r"^ATTENDEE.*:([^:\n]+@[^:\n]+)$", text).lower()


def test_the_groupware_of_others(root):
    kinds = {path.name: str(reader.read(path.read_bytes()).kind) for path in (root / "ics/kcalendarcore").glob("*.ics")}
    assert kinds.pop("MSExchange.ics") == "request"
    assert set(kinds.values()) == {"publish"}


def test_every_known_form_of_a_bounce(root):
    folder = root / "bounces/flufl.bounce"
    rows = [line.split("\t") for line in (folder / "expected.tsv").read_text().splitlines() if line[:1] != "#"]
    assert len(rows) == 116
    expected: dict[str, set[str]] = {}
    delayed: dict[str, bool] = {}
    for name, _, is_delayed, recipients in rows:  # a row without recipients: this detector is not the one
        expected.setdefault(name, set()).update(one.lower() for one in re.split(r"[,; ]+", recipients) if one)
        delayed[name] = is_delayed == "1"
    wrong = {}
    for name, wanted in expected.items():
        bounce = reader.read((folder / name).read_bytes()).bounce
        found = {one.lower() for one in bounce.recipients} if bounce else set()
        if wanted and (found != wanted or (bounce.action == "delayed") != delayed[name]):
            wrong[name] = (found, wanted, bounce)
    assert wrong == {}


@pytest.mark.parametrize("name", ["bounce_01.txt", "dumbass_01.txt"])
def test_what_only_looks_like_a_bounce_is_no_failure(root, name):
    bounce = reader.read((root / "bounces/flufl.bounce" / name).read_bytes()).bounce
    assert bounce is None or bounce.action != "failed"

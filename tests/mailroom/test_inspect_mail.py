"""What `inspect_mail` prints."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.mailroom.test_itip import UID, reply


@pytest.fixture
def inspect(tmp_path, capsys):
    """Run the command on these bytes; what it printed, read."""

    def run(raw: bytes) -> dict:
        file = tmp_path / "mail.eml"
        file.write_bytes(raw)
        call_command("inspect_mail", str(file))
        return json.loads(capsys.readouterr().out)

    return run


def test_an_answer(inspect, settings):
    settings.INBOX_ADDRESS = "antwort@netzwerk.example"
    head = (
        b"From: ahrens@schule.example\nTo: antwort+abc@netzwerk.example\nContent-Type: text/calendar; method=REPLY\n\n"
    )
    shown = inspect(head + reply("SEQUENCE:1", "COMMENT:Größe", "ORGANIZER:mailto:antwort+abc@netzwerk.example"))
    assert shown == {
        "kind": "reply",
        "method": "REPLY",
        "uid": UID,
        "sequence": 1,
        "dtstamp": "2026-11-20T09:00:00+00:00",
        "attendee": "ahrens@schule.example",
        "partstat": "ACCEPTED",
        "comment": "Größe",
        "organizer": "antwort+abc@netzwerk.example",
        "tag": "abc",
        "bounce": None,
        "notes": [],
    }


def test_a_report(inspect, settings):
    settings.INBOX_ADDRESS = "antwort@netzwerk.example"
    row = "0197f3a27c1e7b449c556f0a8a4f9d10"
    report = f"""From: MAILER-DAEMON@mx.example
To: antwort+b-{row}@netzwerk.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ahrens@schule.example
Action: failed
Status: 5.1.1
--b--
"""
    shown = inspect(report.encode())
    assert shown["bounce"] == {
        "recipients": ["ahrens@schule.example"],
        "permanent": True,
        "status": "5.1.1",
        "outbox_id": "0197f3a2-7c1e-7b44-9c55-6f0a8a4f9d10",
    }
    assert (shown["kind"], shown["tag"], shown["uid"]) == ("bounce", f"b-{row}", None)


def test_what_nobody_can_read(inspect):
    shown = inspect(b"\x00\xff")
    assert shown.pop("notes") == ["no headers of a mail"]
    assert shown.pop("kind") == "unreadable"
    assert set(shown.values()) == {None}


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match=r"^Die Datei .*fehlt\.eml lässt sich nicht lesen"):
        call_command("inspect_mail", str(tmp_path / "fehlt.eml"))

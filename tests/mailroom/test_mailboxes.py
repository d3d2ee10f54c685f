"""Maildir, and IMAP with a server that fails as told; a real one: tests/flows/test_calendar_answers.py."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom import mailboxes
from mailroom.mailbox_types import Message, Misconfigured, NotMoved, Unreachable, Withheld
from mailroom.mailboxes import mailbox
from tests.imap_server import imap_server

MOST = 1000


def taken(url: str, *, failed: bool = False) -> list[bytes]:
    """Read the mailbox and take everything aside."""
    with mailbox(url) as box:
        found = list(box.messages(most_bytes=MOST))
        for message in found:
            box.done(message, failed=failed)
    return [message.raw for message in found]


def url(server, *, user: str = "netzwerk%40amt.example:ge%3Aheim", folder: str = "INBOX") -> str:
    return f"imap://{user}@127.0.0.1:{server.port}/{folder}"


# --- INBOX_URL -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "pop3://name:geheim@mail.example",
        "imaps://",
        "imaps://mail.example/INBOX",
        "imaps://name@mail.example",
        "imaps://name:geheim@mail.example:abc",
        "imaps://name:geheim@[x",
        "imaps://name:geheim@mail.example/INBOX?x=1",
        "imaps://name:ge%0D%0Aheim@mail.example",
        "imap://name:geheim@mail.example/INBOX",
        "maildir:",
        "maildir:inbox",
        "maildir:/",
    ],
)
def test_what_means_no_mailbox_is_told_without_the_password(wrong):
    with pytest.raises(Misconfigured) as told:
        mailbox(wrong)
    assert ("INBOX_URL" in told.value.text, "geheim" in told.value.text) == (True, False)


def test_name_password_and_folder_are_decoded():
    box = mailbox("imaps://netzwerk%40amt.example:ge%3Aheim%2F@mail.example/Antworten%20neu")
    assert isinstance(box, mailboxes.Imap)
    assert (box.user, box._password, box.folder, box.port) == (
        *("netzwerk@amt.example", "ge:heim/", "Antworten neu"),
        993,
    )


# --- Maildir ---------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """A Maildir that was opened once."""
    with mailbox(f"maildir:{tmp_path}/inbox"):
        return tmp_path / "inbox"


def test_a_maildir_is_made_for_its_owner_only(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == [".Failed", ".Processed", "cur", "new", "tmp"]


def test_new_and_seen_mails_are_read_in_their_order_and_taken_aside(folder):
    (folder / "new" / "1772528400.M1P1.amt").write_bytes(b"second")
    (folder / "cur" / "1772524800.M1P1.amt:2,S").write_bytes(b"first")
    (folder / "tmp" / "1772524000.M1P1.amt").write_bytes(b"half")
    (folder / "new" / ".hidden").write_bytes(b"x")
    (folder / "new" / "folder").mkdir()
    os.mkfifo(folder / "new" / "pipe")
    (folder / "new" / "link").symlink_to("/etc/hostname")
    with mailbox(f"maildir:{folder}") as box:
        first, second = box.messages(most_bytes=MOST)
        assert (first.raw, first.place, first.received_at) == (
            *(b"first", "cur/1772524800.M1P1.amt"),
            datetime(2026, 3, 3, 8, tzinfo=UTC),
        )
        box.done(first, failed=False)
        box.done(second, failed=True)
        box.done(second, failed=True)  # gone already: somebody else was faster
    assert (folder / ".Processed" / "cur" / "1772524800.M1P1.amt:2,S").read_bytes() == b"first"
    assert (folder / ".Failed" / "cur" / "1772528400.M1P1.amt:2,").read_bytes() == b"second"
    assert taken(f"maildir:{folder}") == []


def test_a_name_that_comes_again_replaces_nothing(folder):
    for content in (b"one", b"two"):
        (folder / "new" / "reply.eml").write_bytes(content)
        assert taken(f"maildir:{folder}") == [content]
    assert sorted(path.read_bytes() for path in (folder / ".Processed" / "cur").iterdir()) == [b"one", b"two"]


def test_of_a_large_file_only_the_beginning_is_read(folder):
    with (folder / "new" / "1").open("wb") as file:
        file.truncate(100_000_000)
    with mailbox(f"maildir:{folder}") as box:
        (message,) = box.messages(most_bytes=MOST)
    assert (len(message.raw), message.size) == (MOST, 100_000_000)


def test_a_file_that_cannot_be_read_is_told_without_its_name(folder, monkeypatch):
    (folder / "new" / "Antwort Gesa Ahrens.eml").write_bytes(b"one")
    (folder / "new" / "two").write_bytes(b"two")
    inode = (folder / "new" / "Antwort Gesa Ahrens.eml").stat().st_ino
    read = Path.open

    def refusing(self, *args, **more):  # as for others than root with the mode 000
        if self.suffix == ".eml":
            raise PermissionError(13, "Permission denied")
        return read(self, *args, **more)

    monkeypatch.setattr(Path, "open", refusing)
    with mailbox(f"maildir:{folder}") as box:
        withheld, message = sorted(box.messages(most_bytes=MOST), key=lambda one: isinstance(one, Message))
    assert (withheld, message.raw) == (Withheld(f"new, inode {inode}"), b"two")


def test_a_maildir_where_none_can_be_is_told(tmp_path):
    with pytest.raises(Unreachable, match="gibt es nicht"):
        taken(f"maildir:{tmp_path}/gone/inbox")
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable, match="lässt sich nicht anlegen"):
        taken(f"maildir:{tmp_path}/file")


# --- IMAP ------------------------------------------------------------------------------------------------


def test_a_mail_is_read_unseen_and_moved():
    with imap_server(mails={4: b"four", 5: b"five"}) as server:
        with mailbox(url(server)) as box:
            four, five = box.messages(most_bytes=MOST)
            box.done(four, failed=False)
            box.done(five, failed=True)
        assert (four.place, four.raw, four.received_at) == ("INBOX 7 4", b"four", datetime(2026, 3, 3, 9, tzinfo=UTC))
        assert (server.mails, server.moved) == ({}, {"Processed": [b"four"], "Failed": [b"five"]})
        assert [said for said in server.said if "BODY[" in said or "EXPUNGE" in said or "Seen" in said] == []


def test_what_the_server_can_after_the_login_counts():
    with imap_server(mails={4: b"four"}, before_login="IMAP4rev1") as server:
        taken(url(server))
        assert any(said.startswith("UID MOVE") for said in server.said)


def test_the_folders_stand_where_personal_folders_stand():
    with imap_server(mails={4: b"four"}, prefix="INBOX.") as server:
        taken(url(server))
        assert (server.moved, server.folders) == ({"INBOX.Processed": [b"four"]}, {"INBOX", "INBOX.Processed"})


def test_without_move_only_this_mail_is_expunged():
    with imap_server(mails={4: b"four"}, capabilities="IMAP4rev1 UIDPLUS") as server:
        taken(url(server))
        assert (server.mails, server.moved) == ({}, {"Processed": [b"four"]})
        assert "UID EXPUNGE 4" in server.said


def test_without_move_and_uidplus_nothing_is_expunged_and_nothing_read_again():
    with imap_server(mails={4: b"four"}, capabilities="IMAP4rev1") as server:
        assert taken(url(server)) == [b"four"]
        assert (server.mails, server.marked, server.moved) == ({4: b"four"}, {4}, {"Processed": [b"four"]})
        assert taken(url(server)) == []
        assert [said for said in server.said if "EXPUNGE" in said] == []


def test_a_large_mail_is_not_loaded():
    with imap_server(mails={4: b"x" * 5000}) as server:
        with mailbox(url(server)) as box:
            (message,) = box.messages(most_bytes=MOST)
        assert (len(message.raw), message.size) == (MOST, 5000)
        assert "UID FETCH 4 (UID BODY.PEEK[]<0.1000>)" in server.said


def test_case_25_a_mail_that_a_person_deletes_meanwhile_is_left_out():
    with imap_server(mails={4: b"four", 5: b"five"}, vanished={4}) as server:
        assert taken(url(server)) == [b"five"]


def test_case_25_a_second_reader_is_harmless():
    with imap_server(mails={4: b"four"}) as server, mailbox(url(server)) as one, mailbox(url(server)) as other:
        (first,), (second,) = (list(box.messages(most_bytes=MOST)) for box in (one, other))
        one.done(first, failed=False)
        other.done(second, failed=False)
        assert server.moved == {"Processed": [b"four"]}


@pytest.mark.parametrize("command", ["MOVE", "COPY", "STORE", "EXPUNGE", "CREATE"])
@pytest.mark.parametrize("answer", ["NO [OVERQUOTA] full", "BAD what"])
def test_case_25_a_full_mailbox_keeps_the_mail_and_the_reader_goes_on(command, answer):
    can = "IMAP4rev1 MOVE" if command == "MOVE" else "IMAP4rev1 UIDPLUS"
    with imap_server(mails={4: b"four", 5: b"five"}, capabilities=can, refuses={command: answer}) as server:
        with mailbox(url(server)) as box:
            for message in box.messages(most_bytes=MOST):
                if command == "CREATE" and answer.startswith("NO"):
                    box.done(message, failed=False)  # the copy tells whether the folder is there
                else:
                    with pytest.raises(NotMoved):
                        box.done(message, failed=False)
        assert (4 in server.mails) == (command != "CREATE" or answer.startswith("BAD"))


@pytest.mark.parametrize("answer", ["NO later", "BAD what"])
def test_a_mail_that_the_server_does_not_hand_over_is_told(answer):
    with imap_server(mails={4: b"four"}, refuses={"FETCH": answer}) as server:
        with mailbox(url(server)) as box:
            assert list(box.messages(most_bytes=MOST)) == [Withheld("INBOX 7 4")]
        assert server.mails == {4: b"four"}


def test_case_25_a_connection_that_is_cut_gives_no_half_mail():
    with imap_server(mails={4: b"four", 5: b"five"}, cuts_at=5) as server:
        found = []
        with pytest.raises(Unreachable, match="brach ab"), mailbox(url(server)) as box:
            found += [message.raw for message in box.messages(most_bytes=MOST)]
        assert (server.mails, found) == ({4: b"four", 5: b"five"}, [])


def test_at_which_mail_the_connection_broke_is_told_and_the_others_can_come_first():
    with imap_server(mails={4: b"four", 5: b"five", 6: b"six"}, cuts_at=4) as server:
        with pytest.raises(Unreachable) as told, mailbox(url(server)) as box:
            list(box.messages(most_bytes=MOST))
        assert told.value.place == "INBOX 7 4"
        with mailbox(url(server)) as box:
            *others, withheld = box.messages(most_bytes=MOST, last=("INBOX 7 4", "INBOX 6 5"))
        assert ([one.raw for one in others], withheld) == ([b"five", b"six"], Withheld("INBOX 7 4"))


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "FETCH"])
def test_a_server_that_falls_silent_is_not_waited_for(command, monkeypatch):
    monkeypatch.setattr(mailboxes, "TIMEOUT_SECONDS", 0.3)
    with imap_server(mails={4: b"four"}, silent=command) as server, pytest.raises(Unreachable, match="antwortet nicht"):
        taken(url(server))


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        ({"LOGIN": "NO [AUTHENTICATIONFAILED] ge:heim"}, "nimmt die Anmeldung am Postfach nicht an"),
        ({"LOGIN": "BAD ge:heim"}, "nimmt die Anmeldung am Postfach nicht an"),
        ({"SELECT": "NO no such folder"}, "Den Ordner „INBOX“ gibt es im Postfach nicht"),
        ({"SEARCH": "NO ge:heim"}, "gibt das Postfach gerade nicht heraus"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(refused, sentence):
    with imap_server(refuses=refused) as server, pytest.raises(Unreachable) as told:
        taken(url(server))
    assert (sentence in told.value.text, "ge:heim" in told.value.text) == (True, False)


def test_no_server_at_all_is_said():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1, Port {port}"):
        taken(f"imap://a:b@127.0.0.1:{port}/INBOX")


@pytest.mark.program("openssl")
def test_certificates_are_checked(certificate, monkeypatch):
    context, file = certificate
    with imap_server(context, mails={4: b"four"}) as server:
        with pytest.raises(Unreachable, match=r"Das Zertifikat des Mailservers .* gilt nicht"):
            taken(f"imaps://a:b@127.0.0.1:{server.port}/INBOX")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert taken(f"imaps://a:b@127.0.0.1:{server.port}/INBOX") == [b"four"]


def test_an_encryption_that_is_none_is_said():
    with imap_server() as server, pytest.raises(Unreachable, match="kam keine Verschlüsselung zustande"):
        taken(f"imaps://a:b@127.0.0.1:{server.port}/INBOX")

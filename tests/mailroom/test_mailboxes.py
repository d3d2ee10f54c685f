"""The mailbox: what lies in it is read without a trace and put away, whatever the server is like."""

import os
from datetime import UTC, datetime

import pytest

from mailroom import mailboxes
from tests.imap_server import imap_server

MAIL = b"From: lehrerin@schule.example\r\nSubject: Gern\r\n\r\nIch komme.\r\n"
OTHER = MAIL.replace(b"Gern", b"Leider nicht")
LIMIT = 10_000


def imap(server, folder="INBOX", password="geheim"):
    return mailboxes.mailbox(f"imap://netzwerk%40amt:{password}@127.0.0.1:{server.port}/{folder}")


@pytest.fixture
def maildir(tmp_path):
    with mailboxes.mailbox(f"maildir:{tmp_path}/post%20ein") as found:
        yield found


def lay(maildir, name, raw=MAIL, folder="new"):
    path = maildir.folder / folder / name
    path.write_bytes(raw)
    os.utime(path, (1_800_000_000, 1_800_000_000))
    return path


class TestMaildir:
    def test_new_and_seen_mails_are_read_with_the_instant_of_their_delivery(self, maildir):
        lay(maildir, "2.a.host")
        lay(maildir, "1.b.host:2,S", OTHER, folder="cur")
        found = list(maildir.messages(limit=LIMIT))
        assert [(mail.place, mail.raw) for mail in found] == [("cur/1.b.host:2,S", OTHER), ("new/2.a.host", MAIL)]
        assert {mail.received_at for mail in found} == {datetime.fromtimestamp(1_800_000_000, UTC)}

    def test_what_is_done_lies_in_a_folder_that_mail_programs_know(self, maildir):
        lay(maildir, "1.a")
        lay(maildir, "2.b", OTHER)
        for mail in list(maildir.messages(limit=LIMIT)):
            assert maildir.done(mail, is_failed=mail.raw == OTHER)
        assert list(maildir.messages(limit=LIMIT)) == []
        assert (maildir.folder / ".Processed/cur/1.a:2,").read_bytes() == MAIL
        assert (maildir.folder / ".Failed/cur/2.b:2,").read_bytes() == OTHER

    def test_a_large_mail_is_cut_and_says_how_large_it_is(self, maildir):
        lay(maildir, "1.a", MAIL * 1000)
        (mail,) = maildir.messages(limit=LIMIT)
        assert (len(mail.raw), mail.size) == (LIMIT, len(MAIL) * 1000)

    def test_what_is_no_mail_and_what_is_still_being_written_is_left_alone(self, maildir):
        (maildir.folder / "new/folder").mkdir()
        (maildir.folder / "new/nowhere").symlink_to("/nonexistent")
        lay(maildir, "1.a", folder="tmp")
        assert list(maildir.messages(limit=LIMIT)) == []

    def test_the_second_of_two_readers_is_told_that_the_mail_is_gone(self, maildir):
        lay(maildir, "1.a")
        (mail,) = maildir.messages(limit=LIMIT)
        assert maildir.done(mail, is_failed=False)
        assert not maildir.done(mail, is_failed=False)


class TestImap:
    @pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE UIDPLUS", "IMAP4rev1 UIDPLUS"])
    def test_a_mail_is_read_unseen_and_moved_and_no_other_one_is_expunged(self, capabilities):
        with imap_server(capabilities=capabilities) as server:
            server.put(MAIL, OTHER, MAIL + b"deleted by somebody")
            server.deleted.add(3)
            with imap(server) as box:
                found = list(box.messages(limit=LIMIT))
                assert box.done(found[0], is_failed=False)
                assert box.done(found[1], is_failed=True)
        assert [(mail.raw, mail.place) for mail in found] == [(MAIL, "INBOX/1/1"), (OTHER, "INBOX/1/2")]
        assert found[0].received_at == datetime(2027, 2, 3, 8, 15, tzinfo=UTC)
        assert server.folders["Processed"] == {1: MAIL}
        assert server.folders["Failed"] == {1: OTHER}
        assert server.folders["INBOX"] == {3: MAIL + b"deleted by somebody"}
        assert not any("Seen" in said or "RFC822)" in said for said in server.said)

    def test_a_server_with_neither_move_nor_uidplus_keeps_the_mail_marked_and_does_not_show_it_again(self):
        with imap_server(capabilities="IMAP4rev1") as server:
            server.put(MAIL)
            with imap(server) as box:
                assert box.done(next(box.messages(limit=LIMIT)), is_failed=False)
                assert list(box.messages(limit=LIMIT)) == []
        assert server.folders == {"INBOX": {1: MAIL}, "Processed": {1: MAIL}, "Failed": {}}
        assert not any("EXPUNGE" in said for said in server.said)

    def test_folders_are_made_below_the_prefix_of_ones_own(self):
        with imap_server(prefix="INBOX.") as server, imap(server):
            pass
        assert {"INBOX.Processed", "INBOX.Failed"} < set(server.folders)

    def test_no_more_than_the_limit_of_a_large_mail_is_asked_for(self):
        with imap_server() as server:
            server.put(MAIL * 1000)
            with imap(server) as box:
                (mail,) = box.messages(limit=LIMIT)
        assert (len(mail.raw), mail.size) == (LIMIT, len(MAIL) * 1000)
        assert any(f"BODY.PEEK[]<0.{LIMIT}>" in said for said in server.said)

    def test_a_mail_that_somebody_deletes_between_search_and_fetch_is_left_out(self):
        with imap_server(lost={1}) as server:
            server.folders["INBOX"][2] = MAIL
            with imap(server) as box:
                assert [mail.key for mail in box.messages(limit=LIMIT)] == ["2"]

    def test_a_connection_that_breaks_is_told_in_german_after_what_was_read(self):
        with imap_server(cut_at=2) as server:
            server.put(MAIL, OTHER)
            found = []
            with imap(server) as box, pytest.raises(mailboxes.Unreachable, match="brach ab"):
                found.extend(mail.key for mail in box.messages(limit=LIMIT))
        assert found == ["1"]

    def test_a_full_mailbox_keeps_the_mail_and_says_so(self):
        with imap_server(is_full=True) as server:
            server.put(MAIL)
            with imap(server) as box:
                assert not box.done(next(box.messages(limit=LIMIT)), is_failed=False)
        assert server.folders["INBOX"] == {1: MAIL}

    def test_a_wrong_password_is_told_without_it(self):
        with imap_server() as server, pytest.raises(mailboxes.Unreachable) as told, imap(server, password="falsch"):
            pass
        assert told.value.text == "Das Postfach auf 127.0.0.1 nimmt unsere Anmeldung nicht an."

    def test_a_folder_that_is_not_there_and_a_server_that_is_away_are_told(self):
        missing = pytest.raises(mailboxes.Unreachable, match="Der Ordner Fehlt")
        with imap_server() as server, missing, imap(server, folder="Fehlt"):
            pass
        with pytest.raises(mailboxes.Unreachable, match="antwortet nicht"), imap(server):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "", "pop3://a:b@mail.example", "imaps://mail.example/INBOX", "imaps://name@mail.example/INBOX",
        "imaps://a:b@:99999/INBOX", "imaps://a:b@mail.example/INBOX?tls=starttls", "imap://a:b@mail.example/?tls=no",
        "maildir:folder", "maildir://host/folder", "imaps://[a:b@mail.example",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_refused_without_its_password(url):
    with pytest.raises(mailboxes.Misconfigured, match="INBOX_URL"):
        mailboxes.mailbox(url)


def test_name_and_password_may_hold_anything_when_encoded():
    box = mailboxes.mailbox("imaps://netzwerk%40amt.example:a%2Fb%3Ac@mail.example")
    assert (box.host, box.port, box.encryption, box.folder) == ("mail.example", 993, "tls", "INBOX")
    assert box._login == ("netzwerk@amt.example", "a/b:c")

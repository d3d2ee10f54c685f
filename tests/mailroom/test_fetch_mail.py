"""The command `fetch_mail` and the task, in process; killed in between: tests/flows/test_inbox_killed.py."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from common.models import Heartbeat
from mailroom import tasks
from mailroom.models import Address, InboxMail
from mailroom.services import fetching, troubles
from tests.imap_server import imap_server
from tests.mailroom.test_inbox import raw, stored

pytestmark = pytest.mark.django_db
NOTHING = "neu 0, übernommen 0, wartet 0, nicht lesbar 0"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """An empty Maildir in which mails are applied; returns its new/."""
    settings.INBOX_URL = f"maildir:{tmp_path}/inbox"
    settings.INBOX_HANDLERS = ["tests.mailroom.handlers.stumble"]
    fetch()
    return tmp_path / "inbox" / "new"


@pytest.fixture
def server(settings):
    """A mailbox with two mails at a scripted mail server that INBOX_URL points to."""
    with imap_server(mails={4: raw("vier"), 5: raw("fünf")}) as server:
        settings.INBOX_URL = f"imap://amt:geheim@127.0.0.1:{server.port}/INBOX"
        yield server


def fetch() -> str:
    out = StringIO()
    call_command("fetch_mail", "--once", stdout=out)
    return out.getvalue().removesuffix("\n")


def applied() -> int:
    return Address.objects.filter(key__endswith="@applied.example").count()


def test_what_lies_there_is_read_counted_and_taken_aside(folder):
    (folder / "1").write_bytes(raw())
    (folder / "2").write_bytes(b"")
    assert fetch() == "neu 2, übernommen 1, wartet 0, nicht lesbar 1"
    assert sorted(path.name for path in folder.iterdir()) == []
    aside = {
        part: [path.name for path in (folder.parent / part / "cur").iterdir()] for part in (".Processed", ".Failed")
    }
    assert aside == {".Processed": ["1:2,"], ".Failed": ["2:2,"]}
    assert fetch() == NOTHING


def test_a_run_is_a_sign_of_life_also_when_nothing_lay_there():
    assert Heartbeat.objects.get(kind="inbox")


def test_a_mail_that_stays_new_stays_in_the_mailbox_until_it_is_given_up(folder):
    (folder / "1").write_bytes(raw("stolpern"))
    (folder / "2").write_bytes(raw("gut"))
    assert fetch() == "neu 2, übernommen 1, wartet 0, nicht lesbar 0"
    assert [path.name for path in folder.iterdir()] == ["1"]
    assert fetch() == NOTHING
    assert fetch() == "neu 0, übernommen 0, wartet 0, nicht lesbar 1"
    assert [path.name for path in (folder.parent / ".Failed" / "cur").iterdir()] == ["1:2,"]
    assert InboxMail.objects.get(subject="stolpern").attempts == 3


def test_what_is_left_over_is_worked_off_though_the_mailbox_is_away(settings):
    stored()
    before = Heartbeat.objects.get(kind="inbox").at
    settings.INBOX_URL = "maildir:/gone/for/good"
    with pytest.raises(CommandError, match="Den Ordner /gone/for gibt es nicht"):
        fetch()
    assert (applied(), Heartbeat.objects.get(kind="inbox").at) == (1, before)


def test_wrong_settings_are_told(settings):
    settings.INBOX_URL = "imap://name:geheim@mail.example"
    with pytest.raises(CommandError, match="unverschlüsselt") as told:
        fetch()
    assert "geheim" not in str(told.value)


def test_when_the_time_is_over_nothing_more_is_begun(folder):
    (folder / "1").write_bytes(raw())
    stored(raw("übrig"))
    assert fetching.fetch(seconds=0).is_empty
    assert (applied(), [path.name for path in folder.iterdir()]) == (0, ["1"])


def test_case_25_new_numbers_apply_nothing_twice_and_hide_nothing(server):
    server.refuses["MOVE"] = "NO denied"
    assert fetch() == "neu 2, übernommen 2, wartet 0, nicht lesbar 0, nicht verschoben 2"
    server.validity, server.mails = 8, {4: raw("fünf"), 5: raw("sechs"), 6: raw("vier")}  # 5 is given out anew
    del server.refuses["MOVE"]
    assert fetch() == "neu 1, übernommen 1, wartet 0, nicht lesbar 0"
    assert (applied(), server.mails, len(server.moved["Processed"])) == (3, {}, 3)


def test_case_25_a_full_mailbox_applies_nothing_twice(server):
    server.refuses["MOVE"] = "NO [OVERQUOTA] full"
    fetch()
    assert fetch() == "neu 0, übernommen 0, wartet 0, nicht lesbar 0, nicht verschoben 2"
    assert (applied(), len(server.mails)) == (2, 2)


def test_case_25_after_a_cut_connection_the_next_run_reads_the_rest(server):
    server.cuts_at = 5
    with pytest.raises(CommandError, match="brach ab"):
        fetch()
    assert (applied(), list(server.mails)) == (1, [5])
    server.cuts_at = 0
    assert fetch() == "neu 1, übernommen 1, wartet 0, nicht lesbar 0"
    assert (applied(), server.mails) == (2, {})


def test_a_mail_at_which_the_server_hangs_up_holds_back_no_other(server, caplog):
    server.cuts_at = 4
    with pytest.raises(CommandError, match="brach ab"):
        fetch()
    assert applied() == 0
    Heartbeat.objects.all().delete()
    for new in (1, 0):
        assert fetch() == f"neu {new}, übernommen {new}, wartet 0, nicht lesbar 0, im Postfach nicht lesbar 1"
    assert (applied(), list(server.mails), Heartbeat.objects.count()) == (1, [4], 1)
    assert "the mailbox does not hand over the mail at: INBOX 7 4" in caplog.text
    server.cuts_at = 0
    assert fetch() == "neu 1, übernommen 1, wartet 0, nicht lesbar 0"
    assert troubles.hanging_places() == ()


def test_two_of_them_have_their_turn_one_after_the_other(server):
    server.cuts_at = 4
    with pytest.raises(CommandError):
        fetch()
    server.cuts_at = 5
    troubles.note_hanging_place("INBOX 7 5")
    fetch()
    assert (applied(), troubles.hanging_places()) == (1, ("INBOX 7 5",))


def test_what_is_not_handed_over_is_counted(server):
    server.refuses["FETCH"] = "NO later"
    assert fetch() == f"{NOTHING}, im Postfach nicht lesbar 2"
    assert not fetching.fetch().is_empty


def test_what_is_left_over_is_worked_off_though_the_settings_are_wrong(settings):
    stored()
    settings.INBOX_URL = "pop3://name:geheim@mail.example"
    with pytest.raises(CommandError, match="beginnt weder"):
        fetch()
    assert applied() == 1


def test_why_the_mailbox_was_not_read_is_kept_until_it_is_read(settings, folder):
    url, settings.INBOX_URL = settings.INBOX_URL, "maildir:/gone/for/good"
    with pytest.raises(CommandError):
        fetch()
    assert troubles.text() == "Den Ordner /gone/for gibt es nicht. Bitte prüfen Sie INBOX_URL."
    settings.INBOX_URL = url
    troubles.note("x")
    fetch()
    assert troubles.text() == ""


def test_the_task_reads_and_says_what_is_wrong(folder, settings, caplog):
    (folder / "1").write_bytes(raw())
    tasks.fetch()
    assert applied() == 1
    settings.INBOX_URL = "maildir:/gone/for/good"
    tasks.fetch()
    assert "the mailbox was not read: Den Ordner /gone/for gibt es nicht." in caplog.text


def test_the_timetable_names_the_task():
    from netzwerk.celery import app

    entry = app.conf.beat_schedule["fetch"]
    assert (entry["task"], entry["schedule"], entry["options"]) == (tasks.fetch.name, 60.0, {"expires": 60})

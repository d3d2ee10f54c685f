"""The page „Betrieb“: each line in each state, who sees it, and that nothing broken breaks it."""

import html
import re
import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone

from common.models import Heartbeat
from mailroom.services import alarms, bounces, troubles
from netzwerk.operation import machine
from tests.factories import MailFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(lead_client):
    """What the page says: label → state and sentence, as a reader sees them."""

    def look() -> dict[str, str]:
        answer = lead_client.get("/betrieb/")
        assert answer.status_code == 200
        items = re.findall(r"<li>\s*<div><b>(.*?)</b>(.*?)</li>", answer.content.decode(), re.DOTALL)
        plain = {label: re.sub(r"<[^>]+>", " ", rest) for label, rest in items}
        return {label: " ".join(html.unescape(rest).split()) for label, rest in plain.items()}

    return look


def ago(**age) -> dict:
    return {"next_attempt_at": timezone.now() - timedelta(**age), "not_before": timezone.now() - timedelta(**age)}


def with_tokens(settings) -> None:
    settings.EMAIL_URL = "smtp://post%40amt.example@mail.amt.example:587/?tls=starttls&auth=xoauth2"
    settings.MAIL_TOKEN_URL, settings.MAIL_CLIENT_ID = "https://anmeldung.example/token", "app-7"
    settings.MAIL_CLIENT_SECRET = "Wert"


def sign(kind: str, *, detail: dict | None = None, **age) -> None:
    at = timezone.now() - timedelta(**age)
    Heartbeat.objects.update_or_create(kind=kind, defaults={"at": at, "detail": detail or {}})


# --- Who, and how much ---------------------------------------------------------------------------------


def test_the_lead_finds_it_in_her_menu_and_nobody_else(team, lead_client):
    link = '<a href="/betrieb/">Betrieb</a>'
    assert (link in lead_client.get("/").content.decode(), link in team.get("/").content.decode()) == (True, False)
    assert team.get("/betrieb/").status_code == 403


def test_it_takes_these_queries(lead_client, django_assert_num_queries):
    """Session and login 2, mails 5, alarm and mailbox 2 (the cache is a table), signs 4, size 1, with any number."""
    MailFactory.create_batch(3)
    lead_client.get("/betrieb/")
    with django_assert_num_queries(14):
        lead_client.get("/betrieb/")
    MailFactory.create_batch(20)
    with django_assert_num_queries(14):
        lead_client.get("/betrieb/")


def test_everything_is_well(lines, lead_client, settings):
    settings.EMAIL_URL = "smtps://netzwerk:geheim@mail.amt.example"
    for kind in ("beat", "worker", "inbox"):
        sign(kind)
    sign("backup", detail={"bytes": 3_600_000, "seconds": 5.2}, hours=7)
    found = lines()
    assert {label: said.split()[0] for label, said in found.items()} == dict.fromkeys(found, "gut")
    assert len(found) == 14
    page = lead_client.get("/betrieb/").content.decode()
    assert "Alles in Ordnung" in page
    assert "geheim" not in page


def test_the_head_counts_what_wants_somebody(lead_client, settings):
    def head() -> str:
        found = re.search(
            r'<div class="lead"><span class="state state-(.*?)</span>', lead_client.get("/betrieb/").content.decode()
        )
        return found.group(1).replace('">', " ")

    settings.EMAIL_URL = "smtps://mail.amt.example"
    assert head() == "danger 2 Störungen, eines zu beachten"  # beat, worker; backup
    sign("beat")
    assert head() == "danger Eine Störung, eines zu beachten"
    sign("worker")
    assert head() == "warning Eines zu beachten"
    settings.EMAIL_URL = "outbox://"
    assert head() == "warning 2 zu beachten"


# --- Mails -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (None, "gut Keine Mail ist fällig."),
        ({"minutes": 2}, "gut Die älteste fällige Mail wartet seit 2 Minuten."),
        ({"minutes": 4}, "beachten Die älteste fällige Mail wartet seit 4 Minuten. Sehen Sie unten nach"),
        ({"minutes": 11}, "Störung Die älteste fällige Mail wartet seit 11 Minuten. Sehen Sie unten nach"),
    ],
)
def test_the_oldest_due_mail(lines, age, said):
    if age:
        MailFactory(**ago(**age))
    assert lines()["Fällige Mails"].startswith(said)


def test_a_rate_explains_why_mails_wait(lines, lead_client, settings):
    settings.MAIL_RATE = 30
    MailFactory(**ago(minutes=4))
    assert "Hinaus gehen höchstens 30 in der Minute (MAIL_RATE)." in lines()["Fällige Mails"]
    assert (
        '<a href="/post/ausgang/?state=open">Wartende Mails ansehen</a>'
        in lead_client.get("/betrieb/").content.decode()
    )


def test_what_waits_and_what_failed(lines, lead_client):
    assert lines()["Verbleib der Mails"] == (
        "gut Keine Mail wartet darauf, hinauszugehen. Von denen der letzten 7 Tage ist keine gescheitert."
    )
    MailFactory.create_batch(2)
    MailFactory(state="failed")
    MailFactory(state="uncertain", unanswered=1)  # goes once more
    old = MailFactory(state="failed")
    type(old).objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert lines()["Verbleib der Mails"].startswith(
        "beachten 3 Mails warten darauf, hinauszugehen. Von denen der letzten 7 Tage ist eine gescheitert"
    )
    MailFactory(state="uncertain", unanswered=2)
    assert "sind 2 gescheitert oder ungewiss geblieben. Bei jeder steht der Grund" in lines()["Verbleib der Mails"]
    assert 'href="/post/ausgang/?state=trouble"' in lead_client.get("/betrieb/").content.decode()


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (None, "offen Bis wann die Anmeldung am Mailserver gilt, ist nicht bekannt. Bitte als MAIL_SECRET_ENDS"),
        (31, "gut Die Anmeldung am Mailserver gilt bis zum "),
        (30, "beachten Das Geheimnis der App für die Anmeldung am Mailserver läuft ab: "),
        (0, "beachten Das Geheimnis der App für die Anmeldung am Mailserver läuft ab: "),
        (-1, "Störung Das Geheimnis der App für die Anmeldung am Mailserver ist abgelaufen: "),
    ],
)
def test_the_end_of_the_secret(lines, settings, ends, said):
    assert lines()["Anmeldung"] == "gut Die Anmeldung am Mailserver läuft nicht ab."
    with_tokens(settings)
    settings.MAIL_SECRET_ENDS = None if ends is None else timezone.localdate() + timedelta(days=ends)
    assert lines()["Anmeldung"].startswith(said)
    assert "Anmeldung ohne Kennwort" in lines()["Versand"]


@pytest.mark.program("openssl")
def test_the_end_of_the_certificate_is_read_from_itself(lines, settings, certificate):
    with_tokens(settings)
    settings.MAIL_CLIENT_SECRET, settings.MAIL_CLIENT_CERTIFICATE = "", str(certificate[1])  # made for two days
    assert lines()["Anmeldung"].startswith("beachten Das Zertifikat für die Anmeldung am Mailserver läuft ab: ")


def test_other_servers_that_refuse_ours(lines):
    MailFactory(state="sent", returned="soft", returned_at=timezone.now(), returned_reason=bounces.OUR_TROUBLE)
    assert lines()["Mailserver"].startswith(
        "beachten Eine Mail kam in den letzten 7 Tagen zurück, weil andere Mailserver"
    )


def test_a_mail_server_that_refuses_us(lines):
    try:
        alarms.raise_alarm("535 5.7.8 Anmeldung abgelehnt")
        assert lines()["Mailserver"].startswith("Störung Der Postausgang steht: 535 5.7.8 Anmeldung abgelehnt")
    finally:
        cache.clear()
    assert lines()["Mailserver"] == "gut Der Mailserver hat sich nicht beschwert."


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("outbox://", "beachten Keine Mail verlässt das Haus: Alle bleiben im Postausgang lesbar."),
        ("smtp://a:b@mail.amt.example/?tls=starttls", "gut Mails gehen über mail.amt.example, Port 587, verschl"),
        ("smtps://a:b@mail.amt.example", "gut Mails gehen über mail.amt.example, Port 465, verschlüsselt."),
        ("smtp://mail.amt.example", "beachten Mails gehen über mail.amt.example, Port 25, unverschlüsselt."),
        ("smtp://127.0.0.1:1025", "gut Mails gehen über 127.0.0.1, Port 1025, unverschlüsselt."),
        ("ftp://mail.amt.example", "beachten Das ließ sich gerade nicht feststellen (Misconfigured)."),
    ],
)
def test_where_mails_go(lines, settings, url, said):
    settings.EMAIL_URL = url
    assert lines()["Versand"].startswith(said)


@pytest.mark.parametrize(("minutes", "state"), [(29, "gut"), (31, "Störung")])
def test_the_mailbox(lines, minutes, state):
    assert lines()["Posteingang"] == "offen Das Postfach wurde noch nie gelesen: Bitte INBOX_URL prüfen."
    sign("inbox", minutes=minutes)
    assert lines()["Posteingang"].startswith(f"{state} Das Postfach wurde zuletzt vor {minutes} Minuten gelesen")


def test_why_the_mailbox_was_not_read(lines):
    troubles.note("Der Mailserver mail.amt.example antwortet nicht.")
    assert lines()["Posteingang"].endswith("noch nie gelesen: Der Mailserver mail.amt.example antwortet nicht.")
    for minutes, state in ((2, "gut"), (5, "beachten"), (31, "Störung")):
        sign("inbox", minutes=minutes)
        said = lines()["Posteingang"]
        assert (said.startswith(state), "mail.amt.example antwortet nicht." in said) == (True, state != "gut")
        assert ("Bitte das Postfach prüfen." in said) == (state != "gut")


# --- Processes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "kind", "who"), [("Zeitplan", "beat", "Der Zeitplan"), ("Worker", "worker", "Ein Worker")]
)
def test_beat_and_worker(lines, label, kind, who):
    assert lines()[label].startswith(f"Störung {who} hat sich noch nie gemeldet.")
    for minutes, state in ((2, "gut"), (4, "beachten"), (11, "Störung")):
        sign(kind, minutes=minutes)
        said = lines()[label]
        assert said.startswith(f"{state} {who} hat sich zuletzt vor {minutes} Minuten gemeldet (")
        assert ("neu starten" in said) == (state != "gut")


def test_the_broker(lines, settings, tmp_path):
    assert lines()["Warteschlange"] == "gut Der Ordner in DATA_DIR nimmt Aufträge an die Worker an."
    settings.QUEUE_DIR = tmp_path / "gone"
    assert lines()["Warteschlange"].startswith("Störung Der Ordner in DATA_DIR nimmt keine Aufträge an die Worker an.")
    settings.CELERY_BROKER_URL = "redis://:geheim@127.0.0.1:1/0"
    said = lines()["Warteschlange"]
    assert (said.startswith("Störung Redis nimmt keine Aufträge"), "geheim" in said) == (True, False)


# --- Data and program -----------------------------------------------------------------------------------


def test_the_last_backup(lines):
    assert lines()["Sicherung"].startswith("beachten Es wurde noch nie gesichert. Bitte jede Nacht")
    detail = {"bytes": 3_600_000, "seconds": 5.2}
    for hours, said in (
        (47, "gut Zuletzt gesichert vor einem Tag ("),
        (49, "beachten Zuletzt gesichert vor 2 Tagen ("),
    ):
        sign("backup", detail=detail, hours=hours)
        assert lines()["Sicherung"].startswith(said)
        assert "3,6 MB in 5,2 Sekunden" in lines()["Sicherung"]


def test_the_database_says_what_it_is(lines):
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    assert re.fullmatch(rf"gut {kind} \d+\.\d+(\.\d+)?, [\d,]+ [kM]B groß\.", lines()["Datenbank"])


@pytest.mark.parametrize(
    ("table", "label"),
    [
        ("common_heartbeat", "Zeitplan"),
        ("mailroom_outboxmail", "Fällige Mails"),
        ("page_count|pg_database", "Datenbank"),
    ],
)
def test_what_cannot_be_measured_says_so(lines, table, label):
    """A table that is missing, a database that must not tell its size: the other lines are there."""

    def refuse(execute, sql, params, many, context):
        if re.search(table, sql):
            raise OperationalError("refused")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        found = lines()
    assert found[label].startswith("beachten Das ließ sich gerade nicht feststellen (OperationalError).")
    assert found["Versionen"].startswith("gut netzwerk ")


@pytest.mark.parametrize(
    ("free", "said"),
    [(84e9, "gut"), (1_900_000_000, "beachten"), (400_000_000, "Störung")],
)
def test_room_on_the_disk(lines, monkeypatch, free, said):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100e9, 100e9 - free, free))
    assert lines()["Speicherplatz"].startswith(f"{said} Im Datenordner (DATA_DIR) sind ")


def test_room_on_this_disk(settings):
    assert re.search(r"sind [\d,]+ [kMGT]B von [\d,]+ [MGT]B frei\.", machine.disk("x").sentence)


def test_versions(lines):
    assert re.match(r"gut netzwerk \d+\.\d+\.\d+, Python 3\.\d+\.\d+, Django 5\.2\.\d+\.", lines()["Versionen"])


def test_how_it_was_started(lines, settings):
    assert lines()["Betriebsart"] == "gut Das Programm läuft im Betrieb; DEBUG und DEMO sind aus."
    settings.DEMO = True
    assert lines()["Betriebsart"].startswith("beachten Das ist eine Vorführung (DEMO ist an).")
    assert lines()["Versand"].startswith("gut Keine Mail verlässt das Haus")
    settings.DEBUG = True
    assert lines()["Betriebsart"].startswith("Störung Das Programm läuft zur Fehlersuche (DEBUG ist an).")

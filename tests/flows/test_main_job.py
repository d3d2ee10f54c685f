"""The main job through real processes: a list, a meeting, invitations by SMTP, answers by the links, the numbers."""

import csv
import html
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from tests import libical
from tests.flows.site import LEAD, PASSWORD, Browser, Site
from tests.mail_server import mail_server

PEOPLE = 120
DAY = "2031-02-05"
HOMES = (
    *("Amselbrink", "Bockholt", "Cordes", "Dühne", "Eggers", "Fischbach", "Grothaus", "Hülsmeyer", "Immken", "Jostes"),
    *("Kuhlmann", "Lübbert"),
)
FIRST_NAMES = ("Anna", "Bernd", "Clara", "Dirk", "Esther", "Frank", "Greta", "Holger", "Inge", "Jürgen")
STARTS_AT = datetime(2031, 2, 5, 14, 0, tzinfo=UTC)


@pytest.fixture
def server():
    """A mail server that takes everything."""
    with mail_server() as server:
        yield server


@pytest.fixture
def site(tmp_path, server):
    """A site that sends through it and lets mails go at once, with 120 people from a list."""
    site = Site(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", MAIL_GRACE_SECONDS="0")
    path = tmp_path / "liste.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["Einrichtung", "Art", "PLZ", "Ort", "Vorname", "Name", "E-Mail", "Netzwerk"])
        for number in range(PEOPLE):
            home, person = divmod(number, 10)
            row = [f"{HOMES[home]} GmbH", "Betrieb", "49565", "Bramsche", FIRST_NAMES[person], HOMES[home]]
            rows.writerow([*row, f"p{number}@firma.example", "Bramsche"])
    assert site.manage("import_partners", str(path)).endswith(
        f"neu {PEOPLE}, geändert 0, unverändert 0, zweifelhaft 0, abgelehnt 0\n"
    )
    return site


def _database(site: Site, query: str) -> list[tuple]:
    with closing(sqlite3.connect(site.folder / "netzwerk.sqlite3", timeout=20)) as database:
        return database.execute(query).fetchall()


def _all_rows(site: Site) -> dict[str, list[tuple]]:
    """Every table, session bookkeeping aside."""
    names = [name for (name,) in _database(site, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: _database(site, f'SELECT * FROM "{name}"') for name in names if "session" not in name}


def _invite_all(site: Site) -> str:
    """Plan a meeting and invite everybody through the pages; the address of the meeting."""
    lead = Browser(site.url)
    lead.send("/konto/login/", login=LEAD, password=PASSWORD)
    form = lead.get("/treffen/neu/?netzwerk=bramsche")
    network = re.findall(r'name="networks" value="(\d+)"[^>]* checked', form)
    responsible = re.findall(r'<option value="(\d+)" selected', form)
    lead.send(
        "/treffen/neu/",
        networks=network,
        kind="network",
        title="Netzwerktreffen Bramsche",
        format="hybrid",
        day=DAY,
        start_time="15:00",
        end_time="17:30",
        place="Rathaus",
        online_link="https://raum.anbieter.example/geheim",
        responsible=responsible,
    )
    meeting = lead.path
    page = lead.get(f"{meeting}einladen/")
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("shown", "left_out", "guest")}
    people = re.findall(r'name="person" value="(\d+)" checked', page)
    assert len(people) == PEOPLE
    sent = lead.send(f"{meeting}einladen/", **hidden, person=people, do="send", word="Wir freuen uns.")
    assert "Einladung an 120 Personen" in sent
    return meeting


def _links(message) -> list[str]:
    text = message.get_body(("plain",)).get_content()
    return [html.unescape(link) for link in re.findall(r"https?://\S+", text)]


def test_from_the_list_to_the_numbers(site, server):
    with site.serving():
        meeting = _invite_all(site)
        site.manage("deliver_mail", "--once")
        messages = server.messages
        assert sorted(message["To"].addresses[0].addr_spec for message in messages) == sorted(
            f"p{number}@firma.example" for number in range(PEOPLE)
        )
        events = [_event(message) for message in messages]
        assert {event["DTSTART"].dt.astimezone(UTC) for event in events} == {STARTS_AT}
        assert len({event["UID"] for event in events}) == PEOPLE
        assert [raw for _, _, raw in server.received if b"anbieter" in raw] == []
        answers = [("mode", "in_person")] * 30 + [("mode", "online")] * 10 + [("answer", "declined")] * 20
        for message, (name, value) in zip(messages, answers, strict=False):
            (link,) = [link for link in _links(message) if link.endswith("?antwort=accepted")]
            partner = Browser(site.url)
            partner.send(link.removeprefix(site.url), **{name: value})
            assert partner.path.endswith("?danke")
        lead = Browser(site.url)
        lead.send("/konto/login/", login=LEAD, password=PASSWORD)
        page = " ".join(re.sub(r"<[^>]+>", " ", lead.get(meeting)).split())
        assert "Zusagen 40" in page
        assert "Absagen 20" in page
        assert "vor Ort 30" in page
        assert "online 10" in page
        assert _database(site, "SELECT state, count(*) FROM mailroom_outboxmail GROUP BY state") == [("sent", PEOPLE)]


def _event(message):
    """The calendar object of a mail, as icalendar reads it, and as libical does where it is there."""
    *_, entry, _ = message.walk()
    ics = entry.get_payload(decode=True)
    if libical.is_there():
        reading = libical.read(ics)
        assert (reading.errors, reading.keeps_the_rules, reading.starts_at) == (0, True, STARTS_AT)
    (event,) = Calendar.from_ical(ics).walk("VEVENT")
    return event


def test_a_scanner_that_follows_every_link_changes_nothing(site, server):
    """It looks at each in any order, and again; what it posts without a cookie is asked back."""
    with site.serving():
        _invite_all(site)
        site.manage("deliver_mail", "--once")
        links = _links(server.messages[0])
        assert len(links) == 7
        before = _all_rows(site)
        for link in [*links, *reversed(links)]:
            assert "<html" in Browser(site.url).get(link.removeprefix(site.url))
        assert _all_rows(site) == before

"""The main job through real processes: a list, a meeting, invitations by SMTP, answers by the links, the numbers.

Where DATABASE_URL names a PostgreSQL: with redis, a Celery worker, beat and gunicorn, as an office runs it. Else the
demo: SQLite, files as the broker, one process that starts the others.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from random import Random

import pytest
from icalendar import Calendar

from tests import libical
from tests.flows.demo import redis_server, running
from tests.flows.real_database import empty_postgres
from tests.flows.site import LEAD, PASSWORD, Browser, Site
from tests.flows.story import ics, invite, links_in, plan, read_in
from tests.mail_server import Server, mail_server
from tests.waiting import wait_for

AS_AN_OFFICE = "DATABASE_URL" in os.environ
pytestmark = [pytest.mark.both_databases, *([pytest.mark.program("redis-server")] if AS_AN_OFFICE else [])]

PEOPLE = 120
STARTS_AT = datetime(2031, 2, 5, 14, 0, tzinfo=UTC)
OFFICE = "Servicestelle Schule–Wirtschaft"
SENT = "SELECT count(*) FROM mailroom_outboxmail WHERE state = 'sent'"


@dataclass(frozen=True)
class Office:
    """A running site where 120 people are invited and every mail has left."""

    site: Site
    server: Server
    lead: Browser
    meeting: str  # its address
    messages: list[EmailMessage]  # what arrived, parsed


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """From a list to 120 mails, through the pages; the worker reads the list and sends."""
    folder = tmp_path_factory.mktemp("office")
    with mail_server() as server:
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "MAIL_GRACE_SECONDS": "0"}
        with (_as_an_office if AS_AN_OFFICE else _as_the_demo)(folder, mail) as site:
            lead = Browser(site.url)
            lead.send("/konto/login/", login=LEAD, password=PASSWORD)
            read_in(site, lead, count=PEOPLE)
            meeting = plan(lead)
            invite(lead, meeting, people=range(PEOPLE))
            wait_for("the worker has sent all", lambda: site.rows(SENT) == [(PEOPLE,)])
            yield Office(site, server, lead, meeting, server.messages)


@contextmanager
def _as_an_office(folder, mail) -> Iterator[Site]:
    with empty_postgres() as url, redis_server(folder) as (broker, cache):
        site = Site(folder, database_url=url, CELERY_BROKER_URL=broker, CACHE_URL=cache, **mail)
        with site.working(), site.serving(workers=2):
            yield site


@contextmanager
def _as_the_demo(folder, mail) -> Iterator[Site]:
    site = Site(folder, **mail)  # has a lead, so that the demo invents nobody
    with running(folder, port=site.port, **mail) as demo:
        demo.until_ready()
        yield site
        assert demo.stop() == 0
    assert "Traceback" not in site.logs()


def test_every_mail_is_for_one_person_and_calendars_read_it(office):
    _check_envelopes(office.server)
    for message in office.messages:
        _check_message(message)
    assert len({_event(message)["UID"] for message in office.messages}) == PEOPLE
    assert len({message["Message-ID"] for message in office.messages}) == PEOPLE


@pytest.mark.program("libical")
def test_libical_reads_every_object(office):
    for message in office.messages:
        reading = libical.read(ics(message))
        assert (reading.errors, reading.keeps_the_rules, reading.starts_at) == (0, True, STARTS_AT)


@pytest.mark.program("libical")
def test_a_checker_of_others_finds_nothing(office, shared, tmp_path):
    for number, message in enumerate(office.messages):
        (tmp_path / f"{number}.ics").write_bytes(ics(message))
    command = [sys.executable, shared / "tools" / "icalcheck", *tmp_path.glob("*.ics")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(said) == PEOPLE
    assert {line.split(": ")[1] for line in said} == {"parse_errors=0 restriction_ok=1"}


def _check_envelopes(server) -> None:
    """One recipient each, the sender carries the row; the room's address is in no mail."""
    assert sorted(to for _, to, _ in server.received) == sorted(
        [f"p{number}@firma.example"] for number in range(PEOPLE)
    )
    senders = {sender for sender, _, _ in server.received}
    assert len(senders) == PEOPLE
    assert [one for one in senders if not re.fullmatch(r"netzwerk\+b-[0-9a-f]{32}@servicestelle\.example", one)] == []


def _check_message(message: EmailMessage) -> None:
    """RFC 6047 sections 2.4 and 2.5, and what this office promises about its heads."""
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"),
    ]
    assert message.defects == [defect for part in message.walk() for defect in part.defects] == []
    *_, entry, attachment = message.walk()
    assert dict(entry["Content-Type"].params) == {"method": "REQUEST", "charset": "UTF-8"}
    assert [part["Content-Transfer-Encoding"] for part in (entry, attachment)] == ["base64", "base64"]
    assert attachment.get_content() == entry.get_payload(decode=True)
    assert b"anbieter" not in b"".join(part.get_payload(decode=True) or b"" for part in message.walk())
    (to,), (sender,) = message["To"].addresses, message["From"].addresses
    assert re.fullmatch(r"p\d+@firma\.example", to.addr_spec)
    assert to.display_name
    assert (sender.display_name, sender.addr_spec) == (OFFICE, "netzwerk@servicestelle.example")  # the lead has no name
    assert re.fullmatch(r"netzwerk\+\w{10,}@servicestelle\.example", message["Reply-To"])
    assert re.fullmatch(r"<[0-9a-f-]{36}@servicestelle\.example>", message["Message-ID"])
    assert message["Content-Class"] == "urn:content-classes:calendarmessage"
    assert message["X-Auto-Response-Suppress"] == "OOF, NRN, AutoReply, RN"
    assert [name for name in ("Cc", "Bcc", "Auto-Submitted") if name in message] == []
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def _event(message: EmailMessage):
    """The calendar object of a mail, as icalendar reads it: for this one person, answers to her tag."""
    calendar = Calendar.from_ical(ics(message))
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["DTSTART"].dt.astimezone(UTC)) == ("REQUEST", STARTS_AT)
    assert event["ATTENDEE"] == f"mailto:{message['To'].addresses[0].addr_spec}"
    assert event["ORGANIZER"] == f"mailto:{message['Reply-To']}"
    return event


def test_a_scanner_that_follows_every_link_changes_nothing(office):
    """It looks at each, in any order, by GET and HEAD, and again; what it posts without a cookie is asked back."""
    site, links = office.site, links_in(office.messages[-1])
    before = site.contents()
    scanner = Browser(site.url)
    order = Random(0)
    for look in (scanner.head, scanner.get) * 2:
        for link in order.sample(links, len(links)):
            look(link)
            assert (scanner.status, scanner.path) == (200, link)
    forms = [link for link in links if link.startswith("/einladung/")]
    assert len(forms) == 5
    for link in forms:
        for fields in ({}, {"answer": "declined"}, {"mode": "online", "comment": "Bis dann"}):
            blind = Browser(site.url)
            assert "Bitte schicken Sie es noch einmal ab" in blind.post(link, **fields)
            assert blind.status == 403
    assert site.contents() == before


def test_answers_by_the_links_and_the_numbers(office):
    pressed = [("mode", "in_person")] * 30 + [("mode", "online")] * 10
    pressed += [("answer", "declined")] * 20 + [("answer", "tentative")] * 5
    for message, (name, value) in zip(office.messages, pressed, strict=False):
        wish = value if name == "answer" else "accepted"
        (link,) = [link for link in links_in(message) if link.endswith(f"?antwort={wish}")]
        partner = Browser(office.site.url)
        assert "Danke, wir haben notiert" in partner.send(link, **{name: value}, comment=f"Gruß: {value}")
        assert partner.path.endswith("?danke")
    page = " ".join(re.sub(r"<[^>]+>", " ", office.lead.get(office.meeting)).split())
    numbers = ("Zusagen 40", "Absagen 20", "vielleicht 5", "offen 55", "vor Ort 30", "online 10")
    assert [number for number in numbers if number not in page] == []
    answers = "SELECT answer, mode, count(*) FROM meetings_invitation GROUP BY answer, mode ORDER BY answer, mode"
    assert office.site.rows(answers) == [
        *(("", "", 55), ("accepted", "in_person", 30), ("accepted", "online", 10)),
        *(("declined", "", 20), ("tentative", "", 5)),
    ]
    states = "SELECT state, attempts, count(*) FROM mailroom_outboxmail GROUP BY state, attempts"
    assert office.site.rows(states) == [("sent", 1, PEOPLE)]

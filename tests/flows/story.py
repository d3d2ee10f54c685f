"""The steps of the main job, as flows take them through the pages."""

import csv
import html
import io
import re
from email.message import EmailMessage

from tests.flows.site import Browser, Site
from tests.waiting import wait_for

DAY = "2031-02-05"
HOMES = (
    *("Amselbrink", "Bockholt", "Cordes", "Dühne", "Eggers", "Fischbach", "Grothaus", "Hülsmeyer", "Immken", "Jostes"),
    *("Kuhlmann", "Lübbert"),
)
FIRST_NAMES = ("Anna", "Bernd", "Clara", "Dirk", "Esther", "Frank", "Greta", "Holger", "Inge", "Jürgen")


def read_in(site: Site, lead: Browser, *, count: int) -> None:
    """Upload a list of so many people (p0, p1, … @firma.example) and take it over; the worker reads and writes it."""
    content = io.StringIO(newline="")
    rows = csv.writer(content, delimiter=";")
    rows.writerow(["Einrichtung", "Art", "PLZ", "Ort", "Vorname", "Name", "E-Mail", "Netzwerk"])
    for number in range(count):
        home, person = divmod(number, 10)
        row = [f"{HOMES[home]} GmbH", "Betrieb", "49565", "Bramsche", FIRST_NAMES[person], HOMES[home]]
        rows.writerow([*row, f"p{number}@firma.example", "Bramsche"])
    file = io.BytesIO(content.getvalue().encode())
    file.name = "liste.csv"
    lead.send("/partner/einlesen/", file=file)
    job = lead.path
    wait_for("the list is read", lambda: f"{count} Zeilen übernehmen" in lead.get(job))
    lead.send(job, to=f"{job}uebernehmen/")
    wait_for("the list is taken over", lambda: "Bericht als Excel-Datei" in lead.get(job))
    assert site.rows("SELECT count(*) FROM partners_contact") == [(count,)]


def plan(lead: Browser) -> str:
    """A meeting with an online room, from the page of its network; its address."""
    form = lead.get("/treffen/neu/?netzwerk=bramsche")
    lead.send(
        "/treffen/neu/",
        networks=re.findall(r'name="networks" value="(\d+)"[^>]* checked', form),
        kind="network",
        title="Netzwerktreffen Bramsche",
        format="hybrid",
        day=DAY,
        start_time="15:00",
        end_time="17:30",
        place="Rathaus",
        online_link="https://raum.anbieter.example/geheim",
        responsible=re.findall(r'<option value="(\d+)" selected', form),
    )
    return lead.path


def invite(lead: Browser, meeting: str, *, people: range) -> None:
    """Invite these of the people that the page offers, by their place in its list."""
    page = lead.get(f"{meeting}einladen/")
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("shown", "left_out", "guest")}
    offered = re.findall(r'name="person" value="(\d+)" checked', page)
    chosen = offered[people.start : people.stop]
    assert len(chosen) == len(people)
    sent = lead.send(f"{meeting}einladen/", **hidden, person=chosen, do="send", word="Wir freuen uns.")
    assert f"Einladung an {len(people)} Personen" in sent


def body(message: EmailMessage, kind: str) -> str:
    """Its text, of the kind `plain` or `html`."""
    return message.get_body((kind,)).get_content()


def ics(message: EmailMessage) -> bytes:
    """Its calendar entry."""
    *_, entry, _ = message.walk()
    return entry.get_payload(decode=True)


def links_in(message: EmailMessage) -> list[str]:
    """Every address of ours in text, HTML and calendar object, once, as a path; the map is not ours."""
    event = ics(message).replace(b"\r\n ", b"").decode()
    everything = "\n".join([body(message, "plain"), html.unescape(body(message, "html")), event])
    return sorted(set(re.findall(r"https?://(?!www\.openstreetmap\.org/)[^/\s]+(/[^\s\"<>\\]*)", everything)))

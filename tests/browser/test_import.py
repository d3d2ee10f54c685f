"""Reading in a partner list in a real browser: every state of it, looked at and worked through."""

import pytest

from partners.models import Contact
from partners.services import imports
from tests.browser.looking import problems
from tests.browser.ways import follow
from tests.factories import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.program("chromium-headless-shell|chromium")

LIST = """Einrichtung;Art;Ort;Vorname;Name;E-Mail;Netzwerk;Verteiler;Lieblingsfarbe
Oberschule Lärchenhof;Schule;Melle;Gesa;Ahrens;gesa@laerchenhof.example;Melle;ja;
Oberschule Lärchenhof;;Melle;Dirk;Böhmer;dirk@laerchenhof;Melle;ja;blau
Oberschule Lärchenhof;;Melle;Jörg;Müller;j.mueller@laerchenhof.example;Osten;ja;
--- alt ---;;;;;;;;
"""


def _work() -> None:
    while imports.work(worker="test"):
        pass


def _upload(page, name: str, content: bytes) -> None:
    page.goto("/partner/einlesen/")
    page.get_by_label("Datei").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    follow(page.get_by_role("button", name="Hochladen und ansehen"))


def test_from_upload_to_report(tab, coordinator):
    school = OrganisationFactory(name="Oberschule Lärchenhof", kind="school", place="Melle", postcode="")
    ContactFactory(organisation=school, first_name="Jörg", last_name="Müller", email="alt@laerchenhof.example")
    page = tab(coordinator)
    _upload(page, "liste.csv", LIST.encode())
    page.get_by_role("progressbar").wait_for()
    assert problems(page) == []

    _work()
    page.get_by_role("button", name="Zeile übernehmen").wait_for()  # the page loads itself anew
    assert problems(page) == []
    page.get_by_label("„Osten“").select_option(label="Netzwerk Wittlager Land")
    page.get_by_label("„Lieblingsfarbe“").select_option(label="nicht einlesen")
    follow(page.get_by_role("button", name="Antworten merken"))
    page.get_by_role("progressbar").wait_for()
    _work()
    follow(page.get_by_role("button", name="zusammenführen mit Jörg Müller"))
    follow(page.get_by_role("button", name="weglassen", exact=True).nth(1))
    assert problems(page) == []
    follow(page.get_by_role("button", name="Zeilen übernehmen"))
    _work()
    page.get_by_text("Bericht als Excel-Datei").wait_for()
    assert problems(page) == []
    assert sorted(str(person) for person in Contact.objects.all()) == ["Gesa Ahrens", "Jörg Müller"]
    assert Contact.objects.get(last_name="Müller").email == "j.mueller@laerchenhof.example"


def test_a_file_that_turns_out_to_be_no_list(tab, coordinator):
    page = tab(coordinator)
    _upload(page, "brief.csv", b"Sehr geehrte Damen und Herren,\nanbei der Brief.\n")
    _work()
    page.get_by_text("Eine andere Datei hochladen").wait_for()
    assert problems(page) == []

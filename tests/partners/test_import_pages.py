"""Reading in a list on screen: upload, questions, decisions, report."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from partners.models import Contact, ImportJob, ImportRow, Membership, NetworkAlias
from partners.services import imports
from regions.models import Network
from tests.factories import ContactFactory, OrganisationFactory

HEAD = "Einrichtung;Art;Ort;Vorname;Name;E-Mail;Netzwerk;Verteiler;Lieblingsfarbe\n"
ROWS = (
    "Oberschule Lärchenhof;Schule;Melle;Gesa;Ahrens;gesa@laerchenhof.example;Melle;ja;\n"
    "Oberschule Lärchenhof;;Melle;Dirk;Böhmer;dirk@laerchenhof;Melle;ja;\n"
    "IGS Buchenkamp;Schule;Melle;Jörg;Müller;j.mueller@buchenkamp.example;Osten;ja;blau\n"
)
UPLOAD = "/partner/einlesen/"


def _upload(browser, text, name="liste.csv"):
    return browser.post(UPLOAD, {"file": SimpleUploadedFile(name, text.encode())})


def _work():
    while imports.work(worker="test"):
        pass


@pytest.fixture
def url(team, db):
    """A list that was read and waits for decisions."""
    response = _upload(team, HEAD + ROWS)
    _work()
    return response.url


def _fields(response):
    """Subject of a question → name of its field."""
    forms = (response.context["heading_form"], response.context["network_form"])
    return {subject: form.add_prefix(name) for form in forms for name, subject in form.subjects.items()}


def _positions(response):
    return {row.values["person"].split()[-1]: row.position for row in response.context["page_obj"]}


def test_while_it_is_read_the_page_shows_progress_and_then_the_preview(team, db):
    url = _upload(team, HEAD + ROWS).url
    assert "<progress" in team.get(url).content.decode()
    assert "HX-Refresh" not in team.get(url, headers={"HX-Request": "true"}).headers
    _work()
    assert team.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = team.get(url)
    counts = {tab["label"]: tab["count"] for tab in page.context["outcome_tabs"]}
    assert counts == {"neu": 1, "geändert": 0, "unverändert": 0, "zweifelhaft": 2, "abgelehnt": 0}
    assert Contact.objects.count() == 0


def test_rows_by_outcome(team, url):
    assert list(_positions(team.get(url, {"zeilen": "new"}))) == ["Ahrens"]
    assert list(_positions(team.get(url, {"zeilen": "doubtful"}))) == ["Böhmer", "Müller"]
    assert len(_positions(team.get(url, {"zeilen": "unsinn"}))) == 3


def test_take_one_leave_the_other_and_apply(team, url):
    positions = _positions(team.get(url))
    team.post(f"{url}entscheiden/", {"decide": f"{positions['Böhmer']}:take"})
    team.post(f"{url}entscheiden/", {"decide": f"{positions['Müller']}:leave_out"})
    assert team.get(url).context["take_count"] == 2
    assert team.post(f"{url}uebernehmen/").url == url
    _work()
    assert [str(contact) for contact in Contact.objects.all()] == ["Gesa Ahrens", "Dirk Böhmer"]
    assert Contact.objects.get(last_name="Böhmer").email == ""
    report = team.get(url)
    assert "Bericht" in report.content.decode()
    assert ImportJob.objects.get().state == "done"


def test_all_open_ones_at_once(team, url):
    team.post(f"{url}entscheiden/", {"decide": "open:take"})
    assert team.get(url).context["open_count"] == 0
    assert team.get(url).context["take_count"] == 3


def test_undecided_rows_stay_away(team, url):
    team.post(f"{url}uebernehmen/")
    _work()
    assert [str(contact) for contact in Contact.objects.all()] == ["Gesa Ahrens"]


@pytest.mark.parametrize(
    "decide", ["", "1:verbrennen", "x:take", "999999:take", "1:take:mehr", "1" * 30 + ":take", "open:take\n"]
)
def test_a_decision_that_is_none_changes_nothing(team, url, decide):
    assert team.post(f"{url}entscheiden/", {"decide": decide}).status_code == 302
    assert team.get(url).context["open_count"] == 2


def test_an_unknown_network_is_asked_once_and_remembered(team, url):
    page = team.get(url)
    assert page.context["question_count"] == 2
    assert "Welches Netzwerk ist „Osten“?" in page.content.decode()
    wittlage, fields = Network.objects.get(slug="wittlager-land"), _fields(page)
    response = team.post(f"{url}fragen/", {fields["Osten"]: wittlage.pk, fields["Lieblingsfarbe"]: "ignore"})
    assert response.url == url
    _work()
    page = team.get(url)
    assert page.context["question_count"] == 0
    assert {tab["label"]: tab["count"] for tab in page.context["outcome_tabs"]}["neu"] == 2
    assert list(NetworkAlias.objects.get().networks.all()) == [wittlage]
    team.post(f"{url}uebernehmen/")
    _work()
    assert Membership.objects.filter(network=wittlage).count() == 1
    again = _upload(team, HEAD + ROWS).url
    _work()
    assert team.get(again).context["question_count"] == 0


def test_decisions_survive_an_answer(team, url):
    positions = _positions(team.get(url))
    team.post(f"{url}entscheiden/", {"decide": f"{positions['Böhmer']}:take"})
    team.post(f"{url}fragen/", {_fields(team.get(url))["Lieblingsfarbe"]: "ignore"})
    _work()
    assert team.get(url).context["open_count"] == 1


def test_an_answer_that_is_not_offered_is_refused(team, url):
    fields = _fields(team.get(url))
    team.post(f"{url}fragen/", {fields["Osten"]: "999999", fields["Lieblingsfarbe"]: "ignore"})
    assert team.get(url).context["question_count"] == 2


def test_an_answer_from_an_older_page_lands_on_no_other_question(team, db):
    rows = "A GmbH;Betrieb;Melle;A;Eins;;Norden;ja;\nB GmbH;Betrieb;Melle;B;Zwei;;Osten;ja;\n"
    url = _upload(team, HEAD + rows).url
    _work()
    fields = _fields(team.get(url))
    team.post(f"{url}fragen/", {fields["Norden"]: "none"})
    _work()
    answer = team.post(f"{url}fragen/", {fields["Norden"]: "all"}, follow=True)
    assert "inzwischen beantwortet" in answer.content.decode()
    assert [alias.label for alias in NetworkAlias.objects.all()] == ["Norden"]
    assert list(_fields(team.get(url))) == ["Osten"]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(team, db, settings):
    settings.IMPORT_MAX_BYTES = 2 * 1024 * 1024
    response = team.post(UPLOAD, {"file": SimpleUploadedFile("liste.csv", b"x" * (2 * 1024 * 1024 + 1))})
    assert response.status_code == 422
    assert response.context["form"].errors["file"] == ["Die Datei ist größer als 2 MB. Bitte teilen Sie die Liste auf."]


def test_merge_with_somebody_who_is_there(team, db):
    school = OrganisationFactory(name="Oberschule Lärchenhof", kind="school", place="Melle", postcode="")
    person = ContactFactory(organisation=school, first_name="Gesa", last_name="Ahrens", email="alt@laerchenhof.example")
    url = _upload(team, HEAD + ROWS.splitlines(keepends=True)[0]).url
    _work()
    page = team.get(url)
    position = _positions(page)["Ahrens"]
    assert f"{position}:merge" in page.content.decode()
    team.post(f"{url}entscheiden/", {"decide": f"{position}:merge"})
    team.post(f"{url}uebernehmen/")
    _work()
    person.refresh_from_db()
    assert (Contact.objects.count(), person.email) == (1, "gesa@laerchenhof.example")


def test_discard_leaves_everything_as_it_was(team, url):
    assert team.post(f"{url}verwerfen/").url == UPLOAD
    assert Contact.objects.count() == 0
    assert team.post(f"{url}uebernehmen/").status_code == 302
    _work()
    assert Contact.objects.count() == 0


def test_a_list_that_broke_off_half_way_ends_with_its_report(team, url):
    ImportRow.objects.filter(outcome="new").update(result="created")
    assert "Beenden mit Bericht" in team.get(url).content.decode()
    page = team.post(f"{url}verwerfen/", follow=True)
    assert page.redirect_chain == [(url, 302)]
    assert "Was schon übernommen war, bleibt" in page.content.decode()
    assert ImportJob.objects.get().state == "done"


def test_a_list_that_is_all_there_has_nothing_to_do(team, url):
    team.post(f"{url}uebernehmen/")
    _work()
    again = _upload(team, HEAD + ROWS.splitlines(keepends=True)[0]).url
    _work()
    assert "Hier ist nichts zu tun" in team.get(again).content.decode()


def test_report_to_download(team, url):
    team.post(f"{url}uebernehmen/")
    _work()
    csv_report = team.get(f"{url}bericht.csv").content.decode("utf-8-sig")
    assert csv_report.splitlines()[1].startswith("2;Oberschule Lärchenhof;Gesa Ahrens;gesa@laerchenhof.example;neu;")
    book = openpyxl.load_workbook(io.BytesIO(team.get(f"{url}bericht.xlsx").content))
    assert book.active.max_row == 4


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("brief.docx", b"PK\x03\x04", "Die Datei ist beschädigt oder unvollständig. Bitte öffnen Sie sie in Excel"),
        ("alt.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Bitte speichern Sie sie ohne Kennwort als .xlsx."),
        ("leer.csv", b"   \n", "In der Datei steht nichts. Bitte wählen Sie die Datei mit der Partnerliste."),
        ("x.xlsx", b"kein zip", "In den ersten 30 Zeilen stehen keine Spaltenüberschriften"),
    ],
)
def test_a_file_that_is_no_list_is_told_in_german(team, db, name, content, sentence):
    response = team.post(UPLOAD, {"file": SimpleUploadedFile(name, content)}, follow=True)
    _work()
    page = team.get(response.redirect_chain[0][0]) if response.redirect_chain else response
    assert page.status_code == (200 if response.redirect_chain else 422)
    assert sentence in page.content.decode()
    assert Contact.objects.count() == 0


def test_no_file_at_all(team, db):
    response = team.post(UPLOAD, {})
    assert response.status_code == 422
    assert response.context["form"].errors["file"] == ["Bitte wählen Sie eine Datei."]


def test_what_the_file_says_is_shown_as_text(team, db):
    url = _upload(team, HEAD + "<script>alert(1)</script>;Schule;Melle;A;<b>B</b>;a@b.example;Melle;ja;\n").url
    _work()
    assert "<script>alert" not in team.get(url).content.decode()


def test_strangers_see_nothing(stranger, url):
    for path in (UPLOAD, url, f"{url}bericht.csv"):
        assert stranger.get(path).url.startswith("/konto/login/")
    assert stranger.post(f"{url}uebernehmen/").url.startswith("/konto/login/")

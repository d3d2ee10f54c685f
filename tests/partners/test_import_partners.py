"""The command `import_partners`."""

import os

import pytest
from django.core.management import CommandError, call_command

from partners.models import Contact, ImportJob, NetworkAlias
from team.models import Activity
from tests.partners.partner_list.lists import as_csv, as_xlsx, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    """A list with one row of each kind that a first reading has."""

    def make(*rows, name="liste.csv"):
        path = tmp_path / name
        path.write_bytes(as_csv(*rows))
        return path

    return make


ROWS = [
    person(),
    person(),
    person(Netzwerk="NK", Vorname="Dirk", Name="Böhmer", E_Mail="b@ahrens.example"),
    person(Name="", Vorname=""),
]


def _lines(capsys, *arguments):
    call_command("import_partners", *map(str, arguments))
    return capsys.readouterr().out.splitlines()


def test_each_row_with_its_reason_and_the_sum(file, capsys):
    lines = _lines(capsys, file(*ROWS))
    assert lines == [
        "Zeile 2: neu – Frau Gesa Ahrens, Tischlerei Ahrens GmbH: Neue Person, neue Einrichtung",
        "Zeile 3: unverändert – Frau Gesa Ahrens, Tischlerei Ahrens GmbH: Doppelt: steht schon in Zeile 2",
        "Zeile 4: zweifelhaft – Frau Dirk Böhmer, Tischlerei Ahrens GmbH: "
        "Unbekanntes Netzwerk „NK“: Ohne diese Mitgliedschaft übernehmen?",
        "Zeile 5: abgelehnt – Frau, Tischlerei Ahrens GmbH: "
        "Kein Name einer Person; was hier zur Einrichtung steht, gilt für die Zeilen darunter",
        "neu 1, geändert 0, unverändert 1, zweifelhaft 1, abgelehnt 1",
    ]
    assert [str(contact) for contact in Contact.objects.all()] == ["Gesa Ahrens"]


def test_a_dry_run_says_the_same_and_writes_nothing_at_all(file, capsys):
    path = file(*ROWS)
    said = _lines(capsys, path, "--dry-run")
    assert not Contact.objects.exists()
    assert not ImportJob.objects.exists()
    assert not Activity.objects.exists()
    assert said == _lines(capsys, path)


def test_reading_twice_changes_nothing(file, capsys):
    path = file(*ROWS)
    _lines(capsys, path)
    assert _lines(capsys, path)[-1] == "neu 0, geändert 0, unverändert 2, zweifelhaft 1, abgelehnt 1"


def test_what_changes_is_shown(file, capsys):
    _lines(capsys, file(person()))
    lines = _lines(capsys, file(person(Funktion="Meisterin", Netzwerk="Melle, SOL")))
    assert lines[0].endswith("Funktion: „Geschäftsführung“ → „Meisterin“; Netzwerk: „Melle“ → „Melle, SOL“")
    assert lines[-1] == "neu 0, geändert 1, unverändert 0, zweifelhaft 0, abgelehnt 0"


def test_a_remembered_answer_counts_here_too(file, capsys):
    NetworkAlias.objects.create(key="nk", label="NK")
    assert _lines(capsys, file(*ROWS))[-1] == "neu 2, geändert 0, unverändert 1, zweifelhaft 0, abgelehnt 1"


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_what_was_not_read_is_said_first(tmp_path, capsys, arguments):
    head = ["Einrichtung", "Art", "Ort", "Name", "Merkmal"]
    path = tmp_path / "liste.xlsx"
    path.write_bytes(as_xlsx([head, ["OBS Melle", "Schule", "Melle", "Gesa Ahrens", "blau"]], [["alt"]], hidden=[2]))
    lines = _lines(capsys, path, *arguments)
    assert lines[:2] == ["Blatt nicht gelesen: Blatt2 (ausgeblendet)", "Spalte nicht zugeordnet: Merkmal"]


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
@pytest.mark.parametrize("content", [b"", b"kein;kopf\n1;2\n", b"PK\x03\x04"])
def test_a_file_that_cannot_be_read(tmp_path, arguments, content):
    path = tmp_path / "liste.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="Bitte"):
        call_command("import_partners", str(path), *arguments)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="lässt sich nicht öffnen"):
        call_command("import_partners", str(tmp_path / "fehlt.csv"))


def test_a_file_name_that_is_not_unicode(tmp_path):
    path = tmp_path / os.fsdecode("Büro.csv".encode("latin-1"))
    path.write_bytes(as_csv(person()))
    call_command("import_partners", str(path))
    assert ImportJob.objects.get().file_name == "B\N{REPLACEMENT CHARACTER}ro.csv"
    assert Contact.objects.count() == 1
    with pytest.raises(CommandError, match="B\N{REPLACEMENT CHARACTER}ro"):
        call_command("import_partners", str(path) + "x")

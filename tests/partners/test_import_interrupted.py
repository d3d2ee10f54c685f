"""A list that is applied in part: what the preview says then, and how it comes to an end."""

import pytest

from partners.models import Contact
from partners.services import imports
from partners.services.partner_list import write
from team.models import Activity
from tests.partners.partner_list.jobs import applied, read, worked
from tests.partners.partner_list.lists import as_xlsx, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def half(monkeypatch, coordinator):
    """50 of 60 rows are written, and one of these was doubtful; then comes a mistake of ours."""
    people = [person(Name=f"P{n}", E_Mail=f"p{n}@ahrens.example") for n in range(59)]
    job = read(person(Netzwerk="NK", Name="Z", E_Mail="z@ahrens.example"), *people)
    imports.decide(job.rows.undecided(), "take", by=coordinator)
    imports.apply(job, by=coordinator)
    save = write._Chunk.save
    with monkeypatch.context() as broken:
        broken.setattr(write._Chunk, "save", lambda chunk: save(chunk) if chunk.rows[0].position == 1 else 1 // 0)
        return worked(job)


def test_the_preview_says_what_is_written_already(team, half):
    text = " ".join(team.get(half.get_absolute_url()).content.decode().split())
    assert "50 Zeilen sind schon übernommen. Das Übrige würde geschehen." in text
    assert "Noch ist nichts geschrieben" not in text
    assert "Dabei ist im Programm ein Fehler aufgetreten." in text
    assert "10 Zeilen übernehmen</button>" in text
    assert "Beenden mit Bericht</button>" in text
    assert "Verwerfen" not in text
    assert 'value="1:leave_out"' not in text  # it is written


def test_before_anything_is_written_it_says_that(team):
    text = team.get(read(person()).get_absolute_url()).content.decode()
    assert "Noch ist nichts geschrieben." in text
    assert "Verwerfen</button>" in text


def test_what_is_written_is_not_decided_any_more(half):
    assert imports.decide(half.rows.filter(position=1), "leave_out", by=None) == 0


def test_to_discard_it_ends_it_with_a_report(half, coordinator):
    imports.discard(half, by=coordinator)
    half.refresh_from_db()
    assert (half.state, bytes(half.content), half.applied_by) == ("done", b"", coordinator)
    assert half.finished_at is not None
    found = {result: number for result, number in imports.results(half).items() if number}
    assert found == {"created": 50, "open": 10}
    assert Contact.objects.count() == 50
    assert Activity.objects.first().sentence == (
        "hat die Liste „liste.csv“ eingelesen: neu 50, geändert 0, unverändert 0, offen 10"
    )


def test_it_can_be_applied_on(half):
    job = applied(half)
    assert (job.state, job.error, imports.results(job)["created"]) == ("done", "", 60)


@pytest.mark.parametrize("end", [applied, lambda job: imports.discard(job, by=None)])
def test_once_it_has_ended_no_cells_are_kept(half, end):
    assert half.rows.exclude(raw=[]).count() == 60
    end(half)
    assert half.rows.exclude(raw=[]).count() == 0


def test_a_list_that_fails_when_it_is_planned_anew_keeps_nothing_of_the_file(monkeypatch):
    job = read(person(Netzwerk="NK"))
    imports.answer_networks(job, {"NK": []}, by=None)
    monkeypatch.setattr(imports.plan, "make", lambda *args, **kwargs: 1 // 0)
    job = worked(job)
    assert (job.state, bytes(job.content), job.rows.get().raw) == ("failed", b"", [])


def test_sheets_that_were_not_read_are_named_with_the_reason(team):
    head = ["Einrichtung", "Art", "Ort", "Name"]
    content = as_xlsx([head, ["OBS Melle", "Schule", "Melle", "Gesa Ahrens"]], [["alt"]], [["Notizen"]], hidden=[2])
    job = worked(imports.upload("liste.xlsx", content, by=None))
    told = "<p>Nicht gelesen: Blatt2 (ausgeblendet), Blatt3 (ohne Überschriften).</p>"
    assert told in team.get(job.get_absolute_url()).content.decode()
    assert told in team.get(applied(job).get_absolute_url()).content.decode()

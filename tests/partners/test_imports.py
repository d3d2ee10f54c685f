"""The way of a list: uploaded, read, decided, applied; and who works on it."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from partners.models import Contact, HeadingAlias, ImportJob, ImportRow, NetworkAlias, Organisation
from partners.services import imports
from partners.services.partner_list import claims, plan, storing, write
from regions.models import Network
from team.models import Activity
from tests.partners.partner_list.jobs import applied, read, results, worked
from tests.partners.partner_list.lists import as_csv, as_xlsx, person

pytestmark = pytest.mark.django_db


def _state(job):
    job.refresh_from_db()
    return job.state


def _waiting(*rows):
    return imports.upload("liste.csv", as_csv(*(rows or [person()])), by=None)


# --- Upload and reading ------------------------------------------------------------------------------------


def test_upload_nudges_the_worker_once_it_is_committed(coordinator, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(imports.current_app, "send_task", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        job = imports.upload("C:/Büro/../liste.csv", as_csv(person()), by=coordinator)
        assert sent == []
    assert sent == ["partners.work_imports"]
    assert (job.file_name, job.state, job.by) == ("liste.csv", "reading", coordinator)
    assert Activity.objects.get().sentence == "hat die Liste „liste.csv“ hochgeladen"


def test_a_broker_that_is_away_does_not_undo_the_upload(monkeypatch, django_capture_on_commit_callbacks):
    def fail(name):
        raise OSError("no broker")

    monkeypatch.setattr(imports.current_app, "send_task", fail)
    with django_capture_on_commit_callbacks(execute=True):
        _waiting()
    assert ImportJob.objects.get().state == "reading"


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"])
def test_what_is_no_list_is_refused_at_once(content):
    with pytest.raises(imports.UnreadableFile):
        imports.upload("liste.xlsx", content, by=None)
    assert not ImportJob.objects.exists()


def test_what_turns_out_unreadable_fails_with_a_reason_and_keeps_no_content():
    job = worked(imports.upload("liste.csv", b"Ahrens;Melle\nBoehmer;Belm\n", by=None))
    assert job.state == "failed"
    assert job.error.startswith("In den ersten 30 Zeilen stehen keine Spaltenüberschriften")
    assert bytes(job.content) == b""


def test_reading_writes_rows_and_nothing_else():
    job = read(person(), person(Netzwerk="NK", Name="B", E_Mail="b@ahrens.example"))
    assert (job.state, job.rows_total, job.rows_done, job.claimed_by) == ("preview", 2, 2, "")
    assert imports.summary(job) == {"new": 1, "changed": 0, "unchanged": 0, "doubtful": 1, "refused": 0}
    row = job.rows.get(position=1)
    assert (row.number, row.sheet, row.raw[0]) == (2, "", "Tischlerei Ahrens GmbH")
    assert row.values == {
        "organisation": "Tischlerei Ahrens GmbH",
        "place": "49324 Melle",
        "person": "Frau Gesa Ahrens",
        "role": "Geschäftsführung",
        "email": "gesa@ahrens.example",
        "phone": "05422 1234",
        "networks": "Melle",
    }
    assert not Contact.objects.exists()


def test_work_without_work():
    assert imports.work(worker="test") is False


@pytest.mark.parametrize("function", [imports.summary, imports.results])
def test_counts_take_one_query(django_assert_num_queries, function):
    job = read(person(), person(Netzwerk="NK", Name="B", E_Mail="b@ahrens.example"))
    with django_assert_num_queries(1):
        function(job)


# --- Questions ---------------------------------------------------------------------------------------------


def test_questions_with_suggestions():
    job = read({**person(Netzwerk="NK, Presse"), "Merkmal": "blau"})
    questions = imports.open_questions(job)
    asked = [(one.label, one.rows, [str(network) for network in one.suggestions]) for one in questions.networks]
    assert asked == [("NK", 1, ["Netzwerk Nordkreis"]), ("Presse", 1, [])]
    assert [(one.heading, one.samples) for one in questions.headings] == [("Merkmal", ["blau"])]
    assert [network.short_name for network in imports.suggest_networks("Wittlage")] == ["Wittlager Land"]


def test_no_question_takes_no_query(django_assert_num_queries):
    job = read(person())
    with django_assert_num_queries(0):
        assert not imports.open_questions(job)


def test_an_answer_is_remembered_and_the_list_planned_anew(coordinator):
    job = read(person(Netzwerk="NK"), person(Netzwerk="Presse", Name="B", E_Mail="b@ahrens.example"))
    imports.decide(job.rows.filter(number=3), "take", by=coordinator)
    nordkreis = Network.objects.get(slug="nordkreis")
    imports.answer_networks(job, {"NK": [nordkreis]}, by=coordinator)
    assert _state(job) == "reading"
    job = worked(job)
    assert imports.summary(job) == {"new": 1, "changed": 0, "unchanged": 0, "doubtful": 1, "refused": 0}
    assert job.rows.get(number=3).decision == "take"  # it is as doubtful as before
    assert [one.label for one in imports.open_questions(job).networks] == ["Presse"]
    assert list(NetworkAlias.objects.get(label="NK").networks.all()) == [nordkreis]
    assert Activity.objects.first().sentence == "hat festgelegt: „NK“ bedeutet in Listen Nordkreis"


def test_an_answer_takes_a_decision_back_that_is_no_longer_needed():
    job = read(person(Netzwerk="Presse"))
    imports.decide(job.rows.all(), "take", by=None)
    imports.answer_networks(job, {"Presse": []}, by=None)
    row = worked(job).rows.get()
    assert (row.outcome, row.decision) == ("new", "")


def test_answers_can_be_changed():
    job = read(person(Netzwerk="NK"))
    for slug in ("bramsche", "nordkreis"):
        imports.answer_networks(job, {"NK": Network.objects.filter(slug=slug)}, by=None)
    assert [network.slug for network in NetworkAlias.objects.get().networks.all()] == ["nordkreis"]


def test_a_mapped_column_is_remembered_and_read(coordinator):
    job = read({**person(Funktion=""), "Merkmal": "Meisterin"}, without=["Funktion"])
    imports.map_headings(job, {"Merkmal": "role"}, by=coordinator)
    job = worked(job)
    assert job.rows.get().values["role"] == "Meisterin"
    assert not imports.open_questions(job)
    assert HeadingAlias.objects.get().field == "role"
    again = read({**person(), "Merkmal": "Chefin"}, without=["Funktion"])
    assert again.rows.get().values["role"] == "Chefin"
    with pytest.raises(ValueError, match="unknown fields"):
        imports.map_headings(again, {"Merkmal": "shoe_size"}, by=coordinator)


def test_both_kinds_of_answers_at_once():
    job = read({**person(Netzwerk="NK"), "Merkmal": "blau"})
    imports.map_headings(job, {"Merkmal": "ignore"}, by=None)
    imports.answer_networks(job, {"NK": []}, by=None)
    assert not imports.open_questions(worked(job))


# --- Decisions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "decided"),
    [("take", {3, 4}), ("merge", {4}), ("leave_out", {2, 3, 4}), ("", {2, 3, 4})],
)
def test_what_can_be_decided_how(coordinator, decision, decided):
    job = read(
        person(),
        person(Netzwerk="NK", Name="B", E_Mail="b@ahrens.example"),
        person(Funktion="Meisterin"),
        person(),
        person(Name="", Vorname=""),
    )
    assert imports.decide(job.rows.all(), decision, by=coordinator) == len(decided)
    if decision:
        rows = job.rows.filter(decision=decision, decided_by=coordinator)
        assert set(rows.values_list("number", flat=True)) == decided


def test_once_applied_nothing_is_decided_any_more():
    job = applied(read(person(Netzwerk="NK")))
    assert imports.decide(job.rows.all(), "take", by=None) == 0


# --- Applying ----------------------------------------------------------------------------------------------


def test_apply_empties_the_file_and_says_who_did_it(coordinator, lead):
    job = read(person(), by=coordinator)
    job = applied(job, by=lead)
    assert (job.state, job.by, job.applied_by, bytes(job.content)) == ("done", coordinator, lead, b"")
    assert (job.rows_total, job.rows_done) == (1, 1)
    assert job.finished_at is not None


def test_nothing_to_write_is_done_as_well():
    assert applied(read(person(Netzwerk="NK"))).state == "done"


@pytest.mark.parametrize(
    "act",
    [
        lambda job: imports.apply(job, by=None),
        lambda job: imports.discard(job, by=None),
        lambda job: imports.answer_networks(job, {"NK": []}, by=None),
        lambda job: imports.map_headings(job, {"Merkmal": "role"}, by=None),
    ],
)
def test_what_is_done_cannot_be_done_again(act):
    job = applied(read(person()))
    with pytest.raises(imports.NotNow, match="Bitte laden Sie die Seite neu"):
        act(job)


def test_discard_leaves_nothing_but_a_note(coordinator):
    job = read(person(), by=coordinator)
    imports.discard(job, by=coordinator)
    assert (_state(job), job.rows.count(), bytes(job.content)) == ("discarded", 0, b"")
    assert imports.work(worker="test") is False
    assert Activity.objects.first().sentence == "hat die Liste „liste.csv“ verworfen"


def test_reading_the_same_list_again_changes_nothing():
    rows = [person(), person(Netzwerk="NK", Name="B", E_Mail="b@ahrens.example"), person(Funktion="Meisterin")]
    applied(read(*rows), decision="take")
    assert imports.summary(read(*rows)) == {"new": 0, "changed": 0, "unchanged": 3, "doubtful": 0, "refused": 0}


# --- Workers -----------------------------------------------------------------------------------------------


def test_exactly_one_worker_has_a_job():
    job = _waiting()
    assert claims.take("one") == job
    assert claims.take("two") is None
    job.refresh_from_db()
    assert job.claimed_by == "one"


def test_a_worker_that_is_not_heard_of_loses_its_job(settings):
    job = _waiting()
    claims.take("dead")
    ImportJob.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert claims.take("next") == job


def test_jobs_wait_in_the_order_of_their_upload_and_one_is_worked_on_at_a_time():
    first, second = _waiting(), _waiting()
    assert [claims.take("one"), claims.take("two")] == [first, None]
    claims.Claim(first, "one").finish(state="preview")
    assert claims.take("two") == second


def test_two_workers_at_once_on_one_list(monkeypatch):
    """Whoever comes while one computes goes away; whoever lost the job leaves it, and does not take it again."""
    job = _waiting()
    make, answers = plan.make, []

    def meanwhile(*args, **kwargs):
        answers.append(imports.work(worker="too early"))
        ImportJob.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        monkeypatch.setattr(imports.plan, "make", make)
        planned = make(*args, **kwargs)
        assert claims.take("next") == job
        return planned

    monkeypatch.setattr(imports.plan, "make", meanwhile)
    assert imports.work(worker="slow") is False
    job.refresh_from_db()
    assert (answers, job.claimed_by, job.attempts, job.rows.count()) == ([False], "next", 2, 0)


def test_opening_a_file_renews_the_lease_and_notices_its_loss(monkeypatch):
    job = imports.upload("liste.xlsx", as_xlsx([["Einrichtung", "Name"], ["OBS Melle", "Gesa Ahrens"]]), by=None)
    beats = []

    def lost(claim):
        beats.append(claim.worker)
        raise claims.LostClaim

    monkeypatch.setattr(claims.Claim, "beat", lost)
    assert imports.work(worker="slow") is False
    assert (_state(job), beats) == ("reading", ["slow"])


def test_who_lost_the_job_writes_nothing(monkeypatch):
    job = _waiting()
    make = plan.make

    def meanwhile(*args, **kwargs):
        ImportJob.objects.update(claimed_by="another")
        return make(*args, **kwargs)

    monkeypatch.setattr(imports.plan, "make", meanwhile)
    imports.work(worker="slow")
    assert not ImportRow.objects.exists()
    assert (_state(job), job.claimed_by) == ("reading", "another")


def test_who_lost_the_job_while_writing_undoes_the_chunk(monkeypatch):
    job = read(person())
    imports.apply(job, by=None)
    together = write._write_together

    def meanwhile(*args):
        ImportJob.objects.update(claimed_by="another")
        together(*args)

    monkeypatch.setattr(write, "_write_together", meanwhile)
    imports.work(worker="slow")
    assert not Contact.objects.exists()
    assert _state(job) == "applying"


def test_a_job_discarded_while_it_is_read_stays_discarded(monkeypatch):
    job = _waiting()
    chunks = storing.chunks

    def meanwhile(*args):
        imports.discard(job, by=None)
        yield from chunks(*args)

    monkeypatch.setattr(storing, "chunks", meanwhile)
    imports.work(worker="test")
    assert (_state(job), job.rows.count()) == ("discarded", 0)


def test_computing_renews_the_lease(settings):
    settings.IMPORT_LEASE_SECONDS = 3
    job = claims.take("one") if _waiting() else None
    claim = claims.Claim(job, "one")
    claim.beat()
    ImportJob.objects.update(claimed_until=timezone.now())
    claim.renewed_at -= timedelta(seconds=2)
    claim.beat()
    job.refresh_from_db()
    assert job.claimed_until > timezone.now()


def test_a_mistake_of_ours_fails_the_reading_and_is_logged(monkeypatch, caplog):
    monkeypatch.setattr(imports.plan, "make", lambda *args, **kwargs: 1 // 0)
    job = _waiting()
    imports.work(worker="test")
    assert (_state(job), job.claimed_by) == ("failed", "")
    assert "Bitte versuchen Sie es noch einmal" in job.error
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("content", [b"kein;kopf\n1;2\n", b"Einrichtung;Name\nA;B\n"])
def test_a_job_that_fails_after_it_was_discarded_stays_discarded(monkeypatch, content):
    job = imports.upload("liste.csv", content, by=None)
    load = imports.catalogue.load

    def meanwhile():
        imports.discard(job, by=None)
        return load() if b"kein" in content else 1 // 0

    monkeypatch.setattr(imports.catalogue, "load", meanwhile)
    assert imports.work(worker="test") is True  # and on to the next list
    assert _state(job) == "discarded"


def test_a_command_whose_job_was_taken_over_says_so(monkeypatch):
    def lost(*args):
        raise claims.LostClaim

    monkeypatch.setattr(imports, "_read", lost)
    assert imports.run("liste.csv", as_csv(person()), worker="command").state == "reading"


def test_a_mistake_of_ours_while_writing_leads_back_to_the_preview(monkeypatch):
    job = read(*(person(Name=f"P{n}", E_Mail=f"p{n}@x.example") for n in range(60)))
    imports.apply(job, by=None)
    save = write._Chunk.save
    monkeypatch.setattr(write._Chunk, "save", lambda chunk: save(chunk) if chunk.rows[0].position == 1 else 1 // 0)
    imports.work(worker="test")
    assert (_state(job), Contact.objects.count()) == ("preview", 50)
    monkeypatch.setattr(write._Chunk, "save", save)
    assert set(results(applied(job)).values()) == {"created"}
    assert Contact.objects.count() == 60


def test_a_database_that_is_away_leaves_the_job_to_the_next_sweep(monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("database is locked")

    job = _waiting()
    monkeypatch.setattr(imports.catalogue, "load", away)
    with pytest.raises(OperationalError):
        imports.work(worker="test")
    assert (_state(job), job.claimed_by) == ("reading", "test")


def test_a_list_that_kills_every_worker_is_given_up():
    job = _waiting()
    ImportJob.objects.update(attempts=imports.MAX_ATTEMPTS)
    imports.work(worker="test")
    assert _state(job) == "failed"
    assert "mehrmals abgebrochen" in job.error


def test_run_reads_and_applies_at_once_without_nudging(monkeypatch):
    monkeypatch.setattr(imports.current_app, "send_task", lambda name: 1 // 0)
    job = imports.run("liste.csv", as_csv(person(), person(Netzwerk="NK", Name="B")), worker="command")
    assert (job.state, results(job), Organisation.objects.count()) == ("done", {2: "created", 3: "open"}, 1)


def test_no_other_worker_takes_what_a_command_runs(monkeypatch):
    taken = []
    load = imports.catalogue.load
    monkeypatch.setattr(imports.catalogue, "load", lambda: taken.append(claims.take("other")) or load())
    imports.run("liste.csv", as_csv(person()), worker="command")
    assert taken == [None]

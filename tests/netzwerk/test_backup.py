"""Backup files that will not do, targets that are not empty, rows as they were, folders half exchanged."""

import errno
import hashlib
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from mailroom.models import OutboxMail
from meetings.models import Meeting
from netzwerk.backup import archive, restoring, rows, saving, schema, telling, uploads
from netzwerk.backup.archive import Manifest, Table, UnfitError, Upload
from partners.models import Contact, ImportJob
from public.models import SiteText
from regions.models import Municipality, Network
from team.models import Activity
from tests.factories import ContactFactory, MeetingFactory

pytestmark = pytest.mark.both_databases

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def media(settings, tmp_path):
    """A folder for uploads of its own."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


@pytest.fixture
def made(media, tmp_path):
    """Write a backup without rows, with one upload: made(manifest=changed, members={name: content or None})."""

    def make(members=None, **changed):
        path = tmp_path / "sicherung.zip"
        names = schema.applied()
        tables = []
        content = {"uploads/a/b.txt": b"Hallo"}
        for model in rows.models_of(schema.apps_at(names)):
            tables.append(Table(model._meta.label_lower, rows.columns_of(model), 0, None, sha256_of(b"")))
            content[tables[-1].member] = b""
        stored = (Upload("a/b.txt", 5, sha256_of(b"Hallo")),)
        manifest = Manifest("0.1.0", archive.now(), "sqlite", frozenset(names), tuple(tables), stored)
        content[archive.MANIFEST] = replace(manifest, **changed).dump()
        with zipfile.ZipFile(path, "w") as into:
            for name, data in {**content, **(members or {})}.items():
                if data is not None:
                    into.writestr(name, data)
        return path

    return make


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


def said(text: str) -> dict:
    """A manifest as JSON with these words in place of ours."""
    return {archive.MANIFEST: text.encode()}


@pytest.mark.django_db
def test_a_whole_file_passes(made):
    with archive.reading(made()) as backup:
        backup.verify()
        restoring._refuse_other_columns(backup.manifest)
        assert [upload.path for upload in backup.manifest.uploads] == ["a/b.txt"]


ODD = {
    "no table": ({"tables/team.user.jsonl": None}, "fehlt etwas"),
    "one too many": ({"tables/other.jsonl": b""}, "zu viel"),
    "an upload too many": ({"uploads/../x": b""}, "zu viel"),
    "a row too many": ({"tables/team.user.jsonl": b"[]\n"}, "Prüfsumme"),
    "another upload": ({"uploads/a/b.txt": b"hallo"}, "Prüfsumme"),
    "no manifest": ({archive.MANIFEST: None}, "keine Sicherung"),
    "no JSON": (said("{"), "nicht lesbar"),
    "a list": (said("[]"), "nicht lesbar"),
    "another program": (said('{"program": "kalender", "format": 1}'), "nicht lesbar"),
    "a newer format": (said('{"program": "netzwerk", "format": 2, "version": "9.0"}'), r"neueren Version \(9\.0\)"),
    "a format in words": (said('{"program": "netzwerk", "format": "1", "version": "9.0"}'), "nicht lesbar"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("members", "sentence"), ODD.values(), ids=ODD)
def test_an_odd_file_is_refused_before_anything_is_touched(made, media, members, sentence):
    path = made(members)
    with pytest.raises(UnfitError, match=sentence):
        restoring.restore(path, is_replacing=True, say=lambda _: None)
    assert (Network.objects.count(), media.exists()) == (7, False)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a//b", "", ".", "a/", "a\0b"])
def test_an_upload_stays_in_its_folder(made, path):
    with pytest.raises(UnfitError, match="nicht lesbar"), archive.reading(made(uploads=(Upload(path, 0, ""),))):
        pass


@pytest.mark.django_db
def test_a_file_that_is_cut_or_changed_is_refused(made, tmp_path):
    whole = made().read_bytes()
    broken = tmp_path / "kaputt.zip"
    at = whole.index(b"Hallo")
    for content in (b"", b"Guten Tag", whole[:-30], whole[: len(whole) // 2], whole[:at] + b"X" + whole[at + 1 :]):
        broken.write_bytes(content)
        with pytest.raises(UnfitError), archive.reading(broken) as backup:
            backup.verify()


@pytest.mark.django_db
def test_a_file_of_a_newer_program_or_with_a_gap_is_refused(made):
    names = schema.applied()
    for wrong, sentence in (
        (names | {("meetings", "0999_later")}, "neueren Version"),
        (names | {("ideas", "0001_initial")}, "neueren Version"),
        (names - {("meetings", "0001_initial")}, "fehlen Migrationen"),
        (set(), "passen nicht"),
    ):
        with pytest.raises(UnfitError, match=sentence):
            restoring.restore(made(migrations=frozenset(wrong)), is_replacing=True, say=lambda _: None)


@pytest.mark.django_db
def test_columns_that_its_migrations_do_not_make_are_refused(made):
    with archive.reading(made()) as backup:
        first, *others = backup.manifest.tables
        for columns in (first.columns[1:], (*first.columns, "password")):
            changed = replace(backup.manifest, tables=(replace(first, columns=columns), *others))
            with pytest.raises(UnfitError, match="passen nicht zu ihrer Version"):
                restoring._refuse_other_columns(changed)


@pytest.mark.django_db
def test_a_database_of_a_newer_program_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('other', '0001', '2031-01-01')")
        assert ("other", "0001") not in schema.applied()
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('team', '0999', '2031-01-01')")
    with pytest.raises(UnfitError, match="gehört zu einer neueren Version"):
        schema.applied()


def test_every_migration_can_run_with_others_in_one_transaction():
    assert [key for key, migration in MigrationLoader(None).disk_migrations.items() if not migration.atomic] == []


# --- What counts as empty ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_database_just_migrated_is_empty(media):
    assert Municipality.objects.count() == 34
    restoring.refuse_what_is_there()


@pytest.mark.django_db
def test_it_says_what_is_there(media, partner):
    SiteText.objects.first().save()
    media.mkdir()
    (media / "bild.png").write_bytes(b"x")
    with pytest.raises(UnfitError) as refused:
        restoring.refuse_what_is_there()
    sentence = str(refused.value)
    for part in ("1 Personen", "1 Einrichtungen", "1 Öffentliche Texte", "1 hochgeladene Dateien", "--replace"):
        assert part in sentence
    assert partner.last_name not in sentence


@pytest.mark.django_db
def test_every_table_is_saved_or_left_out_on_purpose():
    saved = {model._meta.db_table for model in rows.models_of(schema.apps_at(schema.applied()))}
    others = {name for name in connection.introspection.table_names() if name not in saved}
    left_out = {"django_session", "usersessions_usersession", "mailroom_connection", "common_heartbeat"}
    assert others - {"cache"} == {*left_out, "django_migrations"}


# --- Rows --------------------------------------------------------------------------------------------


def _there_and_back(model):
    """Write the rows of a model, delete them and load them; what was written before and after."""
    before = list(rows.lines(model))
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
    rows.load(model, rows.columns_of(model), before)
    return before, list(rows.lines(model))


@pytest.mark.django_db
def test_rows_come_back_as_they_were_stored():
    contact = ContactFactory()
    Contact.objects.update(created_at=MOMENT, updated_at=MOMENT, sort_key="as it is stored", ended_on="2026-02-28")
    before, after = _there_and_back(Contact)
    assert before == after
    contact.refresh_from_db()
    assert (contact.updated_at, contact.created_at, contact.sort_key) == (MOMENT, MOMENT, "as it is stored")

    place = Municipality.objects.first()
    before, after = _there_and_back(Municipality)
    assert (before, len(after)) == (after, 34)
    assert Municipality.objects.get(pk=place.pk).latitude == place.latitude

    meeting = MeetingFactory()
    before, after = _there_and_back(Meeting)
    assert before == after
    assert Meeting.objects.get(pk=meeting.pk).uid == meeting.uid


@pytest.mark.django_db
def test_bytes_and_structures_come_back():
    raw, mapping = bytes(range(256)) * 50, {"E-Mail": "ü", "leer": None, "Zahlen": [1, 2.5, True]}
    job = ImportJob.objects.create(content=raw, mapping=mapping)
    before, after = _there_and_back(ImportJob)
    assert before == after
    job.refresh_from_db()
    assert (bytes(job.content), job.mapping) == (raw, mapping)


@pytest.mark.django_db
def test_second_factors_come_back(coordinator):
    """Else everybody would have to set up a new one after restoring."""
    saved = rows.models_of(schema.apps_at(schema.applied()))
    assert "mfa.authenticator" in {model._meta.label_lower for model in saved}
    codes = RecoveryCodes.activate(coordinator).get_unused_codes()
    totp = TOTP.activate(coordinator, "JBSWY3DPEHPK3PXP").instance
    before, after = _there_and_back(Authenticator)
    assert (before, len(after)) == (after, 2)
    row = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    assert row.wrap().get_unused_codes() == codes
    assert Authenticator.objects.get(pk=totp.pk).data == {"secret": "JBSWY3DPEHPK3PXP"}


@pytest.mark.django_db
def test_long_rows_are_read_in_small_pieces(monkeypatch):
    monkeypatch.setattr(rows, "BYTES_AT_ONCE", 1000)
    assert rows._rows_at_once(Contact) == rows.ROWS_AT_ONCE
    assert rows._rows_at_once(ImportJob) == rows.ROWS_AT_ONCE
    for size in (10, 99):
        ImportJob.objects.create(content=b"x" * size)
    assert rows._rows_at_once(ImportJob) == 10
    ImportJob.objects.create(content=b"x" * 5000)
    assert rows._rows_at_once(ImportJob) == 1
    before, after = _there_and_back(ImportJob)
    assert (before, len(after)) == (after, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("line", [b"{", b"{}", b"[]", b"[1]", b"null", b"7"])
def test_a_line_that_is_no_row_is_refused(line):
    with pytest.raises(rows.UnfitRowError):
        rows.load(OutboxMail, rows.columns_of(OutboxMail), [line])


@pytest.mark.django_db
def test_a_key_is_never_given_twice():
    """The log points at rows by their keys: nobody inherits the history of a deleted row."""
    kept, deleted = (Activity.objects.create(sentence=word) for word in ("erstens", "zweitens"))
    highest = deleted.pk
    deleted.delete()
    assert rows.last_key(Activity) == highest
    rows.raise_key_counter(Activity, highest + 5)
    assert Activity.objects.create(sentence="drittens").pk == highest + 6
    rows.raise_key_counter(Activity, None)
    assert Activity.objects.create(sentence="viertens").pk == highest + 7
    assert rows.last_key(Meeting) is None
    assert kept.pk < highest


# --- Files -------------------------------------------------------------------------------------------


def test_an_existing_file_stays_unless_told(media, tmp_path):
    path = tmp_path / "sicherung.zip"
    path.write_bytes(b"von gestern")
    with pytest.raises(UnfitError, match="gibt es schon"):
        saving.save(path)
    assert path.read_bytes() == b"von gestern"


def test_a_backup_does_not_save_itself(media):
    media.mkdir()
    with pytest.raises(UnfitError, match="sich selbst"):
        saving.save(media / "sicherung.zip")


def test_there_is_a_whole_file_or_none(tmp_path):
    path = tmp_path / "sicherung.zip"
    path.write_bytes(b"von gestern")

    def write(content):
        with saving._replace_at_end(path) as file:
            file.write(content)
            if content == b"halb":
                raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - its kind is all there is
        write(b"halb")
    assert [path.read_bytes(), *tmp_path.iterdir()] == [b"von gestern", path]
    write(b"von heute")
    assert [path.read_bytes(), *tmp_path.iterdir()] == [b"von heute", path]
    assert path.stat().st_mode & 0o777 == 0o600


def test_links_and_folders_are_no_uploads(media):
    (media / "b").mkdir(parents=True)
    (media / "leer").mkdir()
    for name in ("b/zwei.txt", "a.txt"):
        (media / name).write_text(name)
    (media / "link.txt").symlink_to(media / "a.txt")
    assert [name for name, _ in uploads.files()] == ["a.txt", "b/zwei.txt"]


def test_one_at_a_time():
    with uploads.exclusive_lock(), pytest.raises(UnfitError, match="läuft schon"), uploads.exclusive_lock():
        pass
    with uploads.exclusive_lock():
        pass


@pytest.mark.django_db
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_an_exchange_that_was_cut_off_is_finished(media, steps):
    """The database has committed; the process was killed before, between or behind the two renames."""
    folders = [media, uploads._new("7"), uploads._old("7")]
    for folder, content in zip(folders, ("alt", "neu"), strict=False):
        folder.mkdir()
        (folder / "datei.txt").write_text(content)
    for source, target in [(media, folders[2]), (folders[1], media)][:steps]:
        source.rename(target)
    uploads.name_in_database("7")

    assert uploads.finish_interrupted_restore() is True
    assert (media / "datei.txt").read_text() == "neu"
    assert list(media.parent.glob("uploads*")) == [media]
    assert uploads.finish_interrupted_restore() is False


@pytest.mark.django_db
def test_without_a_commit_the_old_folder_stays(media):
    for folder, content in ((media, "alt"), (uploads._new("7"), "neu")):
        folder.mkdir()
        (folder / "datei.txt").write_text(content)
    assert uploads.finish_interrupted_restore() is False
    assert (media / "datei.txt").read_text() == "alt"
    assert list(media.parent.glob("uploads*")) == [media]


def test_what_goes_wrong_is_said_without_the_row():
    assert telling.reason(FileNotFoundError(errno.ENOENT, "No such file")) == "Datei oder Ordner gibt es nicht"
    assert telling.reason(OSError(errno.EFBIG, "File too large")) == "File too large"
    assert telling.reason(IntegrityError("Key (email)=(ahrens@schule.example)")) == "IntegrityError"
    assert telling.reason(OperationalError("disk is full\nLINE 1")) == "disk is full"


def test_the_moment_is_told():
    assert datetime.fromisoformat(archive.now()) <= timezone.now()

"""`python -m tests.dump`: save a small office made by this version, for tests/netzwerk/test_upgrade.py.

Writes tests/dumps/<version>.zip, a backup (docs/decisions/0010). It is made once before a version is published and
kept for good; from then on the tests upgrade it. Time and randomness are fixed: the same commit gives the same bytes.
`python -m tests.dump common=zero` reverts migrations first, to save the schema of an earlier state.
"""

import os
import random
import sys
import tempfile
from pathlib import Path

import time_machine

FOLDER = Path(__file__).resolve().parent / "dumps"
MOMENT = "2026-11-20T09:00:00+00:00"
PARTNER_LIST = """Einrichtung;Art;Ort;Anrede;Vorname;Name;E-Mail;Netzwerk
Oberschule Ellernwinkel;Schule;Melle;Frau;Gesa;Ahlbrink;gesa.ahlbrink@oberschule-ellernwinkel.example;Melle
Tischlerei Lohkamp;Betrieb;Wallenhorst;Frau;Imke;Dallhorst;imke.dallhorst@tischlerei-lohkamp;Wallenhorst
"""
OFFICE = ("--partners", "40", "--meetings", "5", "--seed", "1")
LIMIT_BYTES = 150_000
_OURS = ("DEBUG", "DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "MAIL_FROM", "BASE_URL", "SECRET_KEY")


def let_chance_stand_still() -> None:
    """Make keys, tokens and salts the same each time. Only for a process that does nothing else."""
    drawn = random.Random(1).randbytes
    os.urandom = drawn
    random._urandom = drawn
    random.seed(1)


def write(back_to: list[str]) -> Path:
    """Seed an office in an empty data folder, migrate back to `back_to`, save it and return the file's path."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from netzwerk.backup.archive import program_version

    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{program_version()}.zip"
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("seed_demo", *OFFICE, verbosity=0)
    _read_in(settings.DATA_DIR / "verteiler.csv")
    (settings.MEDIA_ROOT / "plakate").mkdir(parents=True)
    (settings.MEDIA_ROOT / "plakate" / "Größe.txt").write_text("Ein Plakat.\n")
    for target in back_to:
        call_command("migrate", *target.split("="), verbosity=0)
    call_command("backup", str(path), "--force")
    return path


def _read_in(path: Path) -> None:
    """Import a partner list with one good row and one with a broken address."""
    from django.core.management import call_command

    path.write_text(PARTNER_LIST)
    call_command("import_partners", str(path), verbosity=0)


def main() -> None:
    """Write the file in a fixed environment; fail if it is larger than `LIMIT_BYTES`."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.dump", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    for name in _OURS:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="netzwerk-dump-") as folder:
        os.environ |= {"DATA_DIR": folder, "ENV_FILE": os.devnull, "DEMO": "1", "TZ": "UTC"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "netzwerk.settings"
        let_chance_stand_still()
        with time_machine.travel(MOMENT, tick=False):
            path = write(sys.argv[1:])
    if path.stat().st_size > LIMIT_BYTES:
        sys.exit(f"{path.name}: {path.stat().st_size} bytes, at most {LIMIT_BYTES} are allowed")


if __name__ == "__main__":
    main()

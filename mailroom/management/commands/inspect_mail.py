"""Command that shows how a mail is read, without storing or applying it."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailroom import mime, reader


class Command(BaseCommand):
    """`inspect_mail FILE` reads one raw mail or .ics and prints JSON. Touches no database."""

    help = "Liest eine Mail oder eine Kalenderdatei und zeigt als JSON, was darin steht. Ändert nichts."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="Die rohe Mail (.eml) oder Kalenderdatei (.ics).")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                raw = opened.read(mime.MAX_BYTES + 1)
        except OSError as error:
            raise CommandError(f"Die Datei {file} lässt sich nicht lesen: {error.strerror or error}") from error
        self.stdout.write(json.dumps(reader.read(raw).as_json(), ensure_ascii=False, indent=2))

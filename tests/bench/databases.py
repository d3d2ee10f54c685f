"""The same thing measured on SQLite and on PostgreSQL, each time with sites of its own (tests/flows/site.py)."""

import os
import tempfile
from typing import Protocol

from tests.postgres import postgres_url


class Report(Protocol):
    """Prints the figures under the title; says whether they are within the yardstick."""

    def __call__(self, title: str, *, on_postgres: bool) -> bool: ...


def on_both(what: str, report: Report, *, missed: str) -> list[str]:
    """Measure on both; a sentence that ends with `missed` for each that is not within the yardstick."""
    before, found = dict(os.environ), []
    try:
        with tempfile.TemporaryDirectory(prefix="netzwerk-bench-") as folder, postgres_url() as url:
            # Where the sites keep their first database; the rest is for Django's own code that sends the forms.
            os.environ |= {"DATA_DIR": folder, "DEMO": "1", "ENV_FILE": os.devnull}
            for name, settings in (("SQLite", {}), ("PostgreSQL", {"DATABASE_URL": url})):
                os.environ |= settings
                if not report(f"{what}, {name}", on_postgres=bool(settings)):
                    found.append(f"{what}, {name}: {missed}")
    finally:
        os.environ.clear()
        os.environ |= before
    return found

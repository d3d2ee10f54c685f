"""Select the static files: join the team's stylesheet from its pieces and skip library files that no page names."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PIECES_DIR = settings.BASE_DIR / "static" / "css" / "pieces"
# In the order of the cascade. Pieces that only some pages need are linked by these pages (docs/design.md).
TEAM_PIECES = (
    *("bootstrap", "nav", "page", "lists", "tables", "forms", "tally", "meeting", "dates", "bulk", "mail", "import"),
    *("account", "search", "today", "print"),
)
TEAM_STYLESHEET = "css/team.css"

# Served are Bootstrap's minified CSS and bundle, the htmx version that `htmx_script` names, and the joined pieces.
_UNUSED = [
    *("bootstrap-*", "*.rtl.*", "bootstrap.css*", "bootstrap.js*", "bootstrap.min.js*", "bootstrap.bundle.js*"),
    *("bootstrap.esm.*", "htmx-4*", "htmax-4*", *(f"css/pieces/{name}.css" for name in TEAM_PIECES)),
]


def leave_out_what_is_unused() -> None:
    """Add the unused files to the ignore patterns that collectstatic reads. Safe to repeat."""
    app = apps.get_app_config("staticfiles")
    app.ignore_patterns = sorted({*app.ignore_patterns, *_UNUSED})  # type: ignore[attr-defined]


class TeamStylesheetFinder(BaseFinder):
    """Finder of the team's stylesheet, which it joins from the pieces and writes to DATA_DIR on demand."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.DATA_DIR / "styles")
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the path of the stylesheet, or an empty list for every other path."""
        if path != TEAM_STYLESHEET:
            return []
        found = self._write()
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Yield the stylesheet for collectstatic and WhiteNoise."""
        self._write()
        yield TEAM_STYLESHEET, self.storage

    def _write(self) -> str:
        """Write the joined pieces unless the file holds them already; return its path. Safe for several processes."""
        target = Path(self.storage.path(TEAM_STYLESHEET))
        joined = "\n".join((PIECES_DIR / f"{name}.css").read_text(encoding="utf-8") for name in TEAM_PIECES)
        if not target.is_file() or target.read_text(encoding="utf-8") != joined:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
            with open(handle, "w", encoding="utf-8") as file:
                file.write(joined)
            os.replace(name, target)
        return str(target)

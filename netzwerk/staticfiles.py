"""Which files are served: the team's stylesheet joined from its pieces, of the libraries only what a page names."""

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
# In the order of the cascade. Not here: what only some pages need (they link it), see docs/design.md.
TEAM_PIECES = (
    *("bootstrap", "nav", "page", "lists", "tables", "forms", "tally", "meeting", "dates", "bulk", "mail", "import"),
    *("account", "search", "today", "print"),
)
TEAM_STYLESHEET = "css/team.css"

# Of Bootstrap the minified whole, of htmx the version that `htmx_script` names; the pieces are joined.
_UNUSED = [
    *("bootstrap-*", "*.rtl.*", "bootstrap.css*", "bootstrap.js*", "bootstrap.min.js*", "bootstrap.bundle.js*"),
    *("bootstrap.esm.*", "htmx-4*", "htmax-4*", *(f"css/pieces/{name}.css" for name in TEAM_PIECES)),
]


def leave_out_what_is_unused() -> None:
    """Tell Django's own app; collectstatic asks it. Harmless twice."""
    app = apps.get_app_config("staticfiles")
    app.ignore_patterns = sorted({*app.ignore_patterns, *_UNUSED})  # type: ignore[attr-defined]


class TeamStylesheetFinder(BaseFinder):
    """Offers the team's stylesheet, one request for all pieces; written to DATA_DIR when it is asked for."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.DATA_DIR / "styles")
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return where the stylesheet lies; for every other path nothing."""
        if path != TEAM_STYLESHEET:
            return []
        found = self._written()
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Offer the stylesheet to collectstatic and WhiteNoise."""
        self._written()
        yield TEAM_STYLESHEET, self.storage

    def _written(self) -> str:
        """Write the joined pieces unless they are there already; return the path. Processes may race."""
        target = Path(self.storage.path(TEAM_STYLESHEET))
        joined = "\n".join((PIECES_DIR / f"{name}.css").read_text(encoding="utf-8") for name in TEAM_PIECES)
        if not target.is_file() or target.read_text(encoding="utf-8") != joined:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
            with open(handle, "w", encoding="utf-8") as file:
                file.write(joined)
            os.replace(name, target)
        return str(target)

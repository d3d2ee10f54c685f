"""Find the corpus of published mails and calendar objects; it is optional and not part of the project."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"


def folder() -> Path | None:
    """Return the folder of the corpus: CORPUS_DIR, else the one beside the project; None if it is missing."""
    named = os.environ.get("CORPUS_DIR")
    found = Path(named) if named else BESIDE
    return found if found.is_dir() else None


def files(root: Path) -> list[Path]:
    """Return every file below the folder, sorted by path."""
    return sorted(path for path in root.rglob("*") if path.is_file())

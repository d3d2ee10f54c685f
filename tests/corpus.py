"""Mails and calendar objects that others published, where they are there; none of them is part of the project."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"


def folder() -> Path | None:
    """The corpus: CORPUS_DIR, else beside the project; None where there is none."""
    named = os.environ.get("CORPUS_DIR")
    found = Path(named) if named else BESIDE
    return found if found.is_dir() else None


def files(root: Path) -> list[Path]:
    """Every file in it, in one order."""
    return sorted(path for path in root.rglob("*") if path.is_file())

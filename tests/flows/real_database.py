"""A database that other processes can open too; the test's own connection is on it as well."""

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def shared_database(folder: Path) -> Iterator[str]:
    """Yield the DATABASE_URL. SQLite's test database is in memory: it is copied into a file and used from there."""
    connection = connections["default"]
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        parts = urlsplit(os.environ["DATABASE_URL"])
        yield urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
        return
    path = folder / "netzwerk.sqlite3"
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
    on_file = type(connection)({**connection.settings_dict, "NAME": str(path)}, alias="default")
    connections["default"] = on_file
    try:
        yield f"sqlite:///{path}"
    finally:
        on_file.close()
        connections["default"] = connection


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """The test's own connection leads to a new database without any table, of the kind that the tests run on."""
    connection = connections["default"]
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            name = urlsplit(stack.enter_context(empty_postgres())).path.removeprefix("/")
        else:
            name = str(folder / "netzwerk.sqlite3")
        empty = type(connection)({**connection.settings_dict, "NAME": name}, alias="default")
        connections["default"] = empty
        try:
            yield
        finally:
            empty.close()
            connections["default"] = connection


def fill_postgres(url: str, *, like: str) -> None:
    """Make the database of this URL anew as a copy of the one called `like`; nobody may be connected to either."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')


@contextmanager
def empty_postgres() -> Iterator[str]:
    """Yield the DATABASE_URL of a new database on the server that DATABASE_URL names; dropped with the block."""
    url, name = os.environ["DATABASE_URL"], f"site_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def start(code: str, *, database_url: str, folder: Path, **settings: str) -> subprocess.Popen[str]:
    """Run Python in a process of its own, with Django set up on that database."""
    django = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "netzwerk.settings"}
    environment = {**os.environ, **django, **settings}
    command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True)

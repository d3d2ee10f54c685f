"""The documents hang together."""

import re

import pytest

from tests import containers
from tests.conventions.references import missing_from
from tests.conventions.sources import ROOT, files, lines, relative

DOCS = ROOT / "docs"


@pytest.mark.parametrize("folder", ["handbuch", "decisions"])
def test_every_page_is_in_the_index_of_its_folder(folder):
    index = (DOCS / folder / "README.md").read_text()
    pages = sorted(path.name for path in (DOCS / folder).glob("*.md") if path.name != "README.md")
    assert [name for name in pages if f"({name})" not in index] == []


def test_a_decision_is_at_most_one_page():
    assert [path.name for path in (DOCS / "decisions").glob("0*.md") if lines(path) > 40] == []


def test_every_link_and_picture_leads_somewhere():
    found = []
    for path in files("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
            if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                found.append(f"{relative(path)}: {target}")
    assert found == []


def test_every_picture_is_shown_somewhere_small_and_described():
    shown = "\n".join(path.read_text() for path in files("*.md"))
    pictures = sorted((DOCS / "pictures").glob("*"))
    assert pictures
    assert [path.name for path in pictures if f"pictures/{path.name})" not in shown] == []
    assert [path.name for path in pictures if path.stat().st_size > 200_000] == []
    assert re.findall(r"!\[\]\(\S+", shown) == []


def _settings_read() -> set[str]:
    """The names that the settings read from the environment."""
    source = (ROOT / "netzwerk" / "settings.py").read_text()
    names = set(re.findall(r"""env\.\w+\(["']([A-Z_]+)["']""", source))
    assert {"SECRET_KEY", "DATABASE_URL", "PORT"} <= names
    return names


def test_the_operations_page_names_exactly_the_settings_that_are_read():
    table = re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "operations.md").read_text(), re.MULTILINE)
    assert sorted(table) == sorted(_settings_read() | containers.variables().keys())


def test_the_example_names_exactly_the_settings_that_are_read():
    lines = (ROOT / ".env.example").read_text()
    names = re.findall(r"^#?([A-Z][A-Z_]+)=", lines, re.MULTILINE)
    assert sorted(names) == sorted(_settings_read() | containers.variables().keys())


def test_the_table_of_rooms_names_every_module_of_a_room():
    table = (DOCS / "architecture.md").read_text().partition("## Rooms in meetings")[2].partition("\n## ")[0]
    told = {
        room: set(names.split(", ")) for room, names in re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]+) \|", table, re.M)
    }
    rooms = [path for path in (ROOT / "meetings" / "services").iterdir() if (path / "__init__.py").exists()]
    assert told == {path.name: {one.stem for one in path.glob("*.py")} - {"__init__"} for path in rooms}


def test_every_make_command_is_in_the_readme():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert {"demo", "test"} <= set(targets)
    assert [target for target in targets if f"`make {target}`" not in readme] == []


DOCUMENTS = [ROOT / "README.md", *(path for path in sorted(DOCS.rglob("*.md")) if "handbuch" not in path.parts)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_file_and_name_of_ours_is_there(path):
    assert missing_from(path.read_text()) == []


@pytest.mark.parametrize(
    "name",
    [
        "meetings/services/invitations.py",
        "meetings/services/planning/{agenda,gone}.py",
        "services/returns/gone.note",
        "templates/mail/<kind>/gone.txt",
        "gone.py",
        "meetings/gone/",
        "tests/conventions/test_documents.py::test_gone",
        "responses.record",
        "record.gone",
        "mailroom.services.acts.gone",
        "mailroom.Gone",
        "mailroom.gone",
        "Meeting.gone",
        "OutboxMail.Kind.GONE",
        "meetings:gone",
        "smtplib.Gone",
    ],
)
def test_the_check_itself_finds(name):
    assert missing_from(f"Said by `{name}` alone.") == [name]


@pytest.mark.parametrize(
    "name",
    [
        "meetings/services/planning/{agenda,meetings}.py",
        "meetings/services/",
        "templates/mail/<kind>/",
        "static/css/pieces/*.css",
        "tests/conventions/test_documents.py::test_the_check_itself_finds",
        "record.record",
        "record.record(invitation, answer)",
        "acts.stop.stop_act",
        "mailroom.services.acts.stop",
        "meetings.panels",
        "mailroom.deliver",
        "mailroom.Act",
        "Meeting.facts_version",
        "Heartbeat.objects.note",
        "meetings:bulk",
        "smtplib.SMTP",
        "text/calendar",
        "kalender.ics",
        "netzwerk.example",
        "/treffen/<uuid>/",
    ],
)
def test_the_check_itself_knows(name):
    assert missing_from(f"Said by `{name}` alone.") == []

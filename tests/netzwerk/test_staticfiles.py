"""What collectstatic takes along."""

import re
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django_htmx.jinja import django_htmx_script, htmx_script

from netzwerk import staticfiles


def test_every_file_that_a_page_names_is_collected_and_little_else(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    named = [f"{name}" for path in _templates() for name in re.findall(r"{% static ['\"](.+?)['\"]", path.read_text())]
    named += re.findall(r'src="/static/([^"]+)"', f"{htmx_script()}{django_htmx_script()}")
    assert {"bootstrap/css/bootstrap.min.css", "django_htmx/htmx-2.min.js"} <= set(named)
    assert [name for name in named if not (tmp_path / name).is_file()] == []
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 4_000_000


def test_the_stylesheet_of_the_team_holds_each_piece_once_and_follows_a_change(settings, tmp_path, monkeypatch):
    pieces = tmp_path / "pieces"
    shutil.copytree(staticfiles.PIECES_DIR, pieces)
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(staticfiles, "PIECES_DIR", pieces)
    finder = staticfiles.TeamStylesheetFinder()
    [(name, storage)] = finder.list(None)
    assert name == staticfiles.TEAM_STYLESHEET
    joined = Path(storage.path(name)).read_text()
    assert [joined.count((pieces / f"{piece}.css").read_text()) for piece in staticfiles.TEAM_PIECES] == [1] * 16
    (pieces / "print.css").write_text("p { margin: 0; }\n")
    assert Path(finder.find(name)).read_text().endswith("\np { margin: 0; }\n")
    assert (finder.find(name, find_all=True), finder.find("css/base.css")) == ([finder.find(name)], [])
    assert [path.name for path in Path(finder.find(name)).parent.iterdir()] == ["team.css"]


def test_the_pieces_of_the_team_are_not_collected_beside_it(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    assert sorted(path.stem for path in (tmp_path / "css" / "pieces").iterdir()) == ["months", "networks", "planner"]


def _templates() -> list[Path]:
    return sorted((settings.BASE_DIR / "templates").rglob("*.html"))

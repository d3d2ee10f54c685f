"""What collectstatic takes along."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django_htmx.jinja import django_htmx_script, htmx_script


def test_every_file_that_a_page_names_is_collected_and_little_else(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    named = [f"{name}" for path in _templates() for name in re.findall(r"{% static ['\"](.+?)['\"]", path.read_text())]
    named += re.findall(r'src="/static/([^"]+)"', f"{htmx_script()}{django_htmx_script()}")
    assert {"bootstrap/css/bootstrap.min.css", "django_htmx/htmx-2.min.js"} <= set(named)
    assert [name for name in named if not (tmp_path / name).is_file()] == []
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 4_000_000


def _templates() -> list[Path]:
    return sorted((settings.BASE_DIR / "templates").rglob("*.html"))

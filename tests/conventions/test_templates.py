"""Every template compiles and keeps to our content security policy."""

import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

from tests.conventions.markup import findings_of
from tests.conventions.sources import ROOT, files

TEMPLATES = [path for path in files() if path.is_relative_to(ROOT / "templates")]
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and "mail" not in path.relative_to(ROOT).parts]
LONGEST_LINE = 160
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_it_compiles(path):
    get_template(_name(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_no_line_is_longer_than_one_reads(path):
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    too_long = [number for number, line in lines if len(line) > LONGEST_LINE]
    assert too_long == []


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_it_has_no_inline_script_or_style_and_no_foreign_origin(path):
    source = TAGS.sub("", path.read_text(encoding="utf-8"))
    assert findings_of(source).problems == []


def test_all_templates_are_of_the_one_language():
    assert list(engines) == ["django"]


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        '<p style="color: red">',
        '<p onclick="x()">',
        '<p hx-on:click="x()">',
        '<img src="//elsewhere.example/x.png">',
        '<link rel="stylesheet" href="https://elsewhere.example/x.css">',
        '<a href="javascript:x()">',
    ],
)
def test_the_check_itself_finds(html):
    assert len(findings_of(html).problems) == 1

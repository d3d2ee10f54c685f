"""Our stylesheets: every class is used, nothing stands there twice, every piece is described and joined."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from netzwerk.staticfiles import TEAM_PIECES
from tests.conventions.sources import ROOT, files, modules
from tests.conventions.styles import PIECES, SHEETS, Rule, name_of, parsed, rules

# Of others: classes that no source of ours names.
FOREIGN = {
    # Django's admin
    *("addlink", "button", "changelink", "default", "deletelink", "inline-group", "inlinedeletelink", "module"),
    *("object-tools", "paginator", "section", "submit-row", "this-page", "viewlink", "viewsitelink"),
    # crispy-forms writes them around every field
    *("asteriskField", "form-check", "form-check-input", "form-check-label", "form-control", "form-label"),
    *("form-select", "form-text", "invalid-feedback", "is-invalid", "mb-3"),
}
LONGEST_DOUBLE = 3  # as many declarations may stand in two rules; more are written once
_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}")
_CLASS_ATTRIBUTE = re.compile(r'class="((?:{%.*?%}|{{.*?}}|[^"{])*)"')
_CLASS_BLOCK = re.compile(r"{% block (?:form_class|width) %}(.*?){% endblock")
ALL = [rule for sheet in SHEETS for rule in rules(sheet)]


def _used() -> tuple[set[str], set[str]]:
    """The classes in our sources, and the beginnings of those that a template completes (`state-{{ … }}`)."""
    used, begun = set(), set()
    for path in files("*.html"):
        source = path.read_text(encoding="utf-8")
        for value in [*_CLASS_ATTRIBUTE.findall(source), *_CLASS_BLOCK.findall(source)]:
            begun |= set(re.findall(r"([\w-]+-)(?={[{%])", value))
            used |= set(_TAG.sub(" ", value).split())
    for path in [*modules(), *files("*.js")]:
        for text in re.findall(r"""["'`]([\w -]+)["'`]""", path.read_text(encoding="utf-8")):
            used |= set(text.split())
    return used, begun


def _unused(found: list[Rule]) -> list[str]:
    used, begun = _used()
    return sorted(
        f"{rule.sheet}: .{name}"
        for rule in found
        for name in rule.classes - used - FOREIGN
        if not any(name.startswith(start) for start in begun)
    )


def _twice(found: list[Rule]) -> Iterator[str]:
    """Rules with the same selectors under the same condition, and those with the same declarations but for a few."""
    selectors, bodies = defaultdict(list), defaultdict(list)
    for rule in found:
        selectors[rule.sheet, rule.condition, rule.selectors].append(rule)
        bodies[frozenset(rule.declarations)].append(rule)
    for (sheet, _, names), same in selectors.items():
        if len(same) > 1:
            yield f"{sheet}: {', '.join(names)} {len(same)} times"
    for body, same in bodies.items():
        if len(same) > 1 and len(body) > LONGEST_DOUBLE:
            yield "the same in " + " and ".join(f"{rule.sheet}: {', '.join(rule.selectors)}" for rule in same)


def test_every_class_is_used():
    assert _unused(ALL) == []


def test_no_rule_stands_there_twice():
    assert list(_twice(ALL)) == []


def test_every_foreign_class_has_a_rule():
    assert sorted(FOREIGN - {name for rule in ALL for name in rule.classes}) == []


def test_every_piece_is_named_in_the_document():
    document = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE)
    assert sorted(named) == sorted(path.stem for path in PIECES)


def test_every_piece_is_joined_or_linked_by_a_page():
    templates = "".join(path.read_text(encoding="utf-8") for path in files("*.html"))
    linked = set(re.findall(r"static 'css/pieces/(\w+)\.css'", templates))
    assert sorted([*TEAM_PIECES, *linked]) == sorted(path.stem for path in PIECES)


@pytest.mark.parametrize("sheet", SHEETS, ids=name_of)
def test_the_whole_sheet_is_read(sheet):
    source = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    conditions = re.findall(r"@(?:media|page|bottom-right)\b", source)
    assert len(rules(sheet)) == source.count("{") - len(conditions)


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        (".never-written { color: red; }", ([".never-written"], 0)),
        (".rows a { color: red; } .rows a { margin: 0; }", ([], 1)),
        (".rows { a: 1; b: 2; c: 3; d: 4; } @media print { .facts { d: 4; c: 3; b: 2; a: 1; } }", ([], 1)),
        (".rows { a: 1; b: 2; c: 3; } .facts { a: 1; b: 2; c: 3; }", ([], 0)),
        ('.state-good, [class="{"] .rows:is(.unheard-of > b, i) { a: url("x;}"); }', ([".unheard-of"], 0)),
    ],
)
def test_the_checks_themselves_find(source, problems):
    found = list(parsed("x.css", source))
    assert ([line.partition(": ")[2] for line in _unused(found)], len(list(_twice(found)))) == problems

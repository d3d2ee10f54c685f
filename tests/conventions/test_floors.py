"""What the import linter cannot see: strings that reach upward, and layers that know too much."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.sources import floor, modules, relative, tree

RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def test_a_relation_names_its_model_by_import():
    """A string would point upward unseen. Only the user model is named by settings.AUTH_USER_MODEL."""
    found = []
    for path in modules():
        for call in _calls(path):
            target = [*call.args, *(word.value for word in call.keywords if word.arg == "to")][:1]
            is_string = bool(target) and isinstance(target[0], ast.Constant) and target[0].value != "self"
            if _called(call) in RELATIONS and is_string:
                found.append(f"{relative(path)}:{call.lineno}")
    assert found == []


def test_no_string_reaches_upward_for_code():
    """get_model("partners.Contact") or import_string("desk.views") below that floor is an import upward."""
    found = []
    for path in modules():
        own = floor(relative(path).replace("/", "."))
        for call in _calls(path):
            if _called(call) not in {"get_model", "import_string", "import_module"} or not call.args:
                continue
            first = call.args[0]
            target = floor(str(first.value)) if isinstance(first, ast.Constant) else None
            if target is not None and own is not None and target > own:
                found.append(f"{relative(path)}:{call.lineno}: {first.value}")
    assert found == []


def test_acts_and_rows_know_no_web():
    """Services, tasks, models and rules do not see requests, responses, forms or views."""
    web = ("django.http", "django.shortcuts", "django.forms", "django.views", "django.contrib.messages")
    rooms = {"services", "models", "tasks.py", "models.py", "rules.py", "enums.py", "mails.py"}
    found = [
        f"{relative(path)}:{line}: {name}"
        for path in modules()
        if rooms & set(path.parts)
        for line, name in _imports(path)
        if name.startswith(web)
    ]
    assert found == []


def test_the_roof_is_imported_by_nobody():
    found = [
        f"{relative(path)}:{line}: {name}"
        for path in modules()
        if not relative(path).startswith("netzwerk/")
        for line, name in _imports(path)
        if name.partition(".")[0] == "netzwerk"
    ]
    assert found == []


def test_only_beat_and_tasks_know_a_tasks_module():
    """A service nudges Celery by name; views do, too."""
    found = [
        f"{relative(path)}:{line}: {name}"
        for path in modules()
        if path.name != "tasks.py"
        for line, name in _imports(path)
        if floor(name) is not None and name.endswith(".tasks")
    ]
    assert found == []


def test_no_signals_and_no_bags_of_leftovers():
    """No domain signals (that `migrate` is through is none); no module that is named after nothing."""
    signals = [
        f"{relative(path)}:{line}: {name}"
        for path in modules()
        if relative(path) != "common/apps.py"
        for line, name in _imports(path)
        if name in ("django.db.models.signals", "django.dispatch")
    ]
    bags = [relative(path) for path in modules(tests=True) if path.name in ("utils.py", "helpers.py", "misc.py")]
    assert signals + bags == []


def test_views_fetch_rows_through_a_queryset_that_says_which():
    """`Model.objects.get(…)` in a view answers 500 for what is not there; get_object_or_404 answers 404."""
    found = [
        f"{relative(path)}:{call.lineno}"
        for path in modules()
        if "views" in path.parts or path.name == "views.py"
        for call in _calls(path)
        if _called(call) == "get"
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value).endswith(".objects")
    ]
    assert found == []

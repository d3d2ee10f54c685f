"""Nothing grows beyond what one reads at a sitting. Split by use case."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.sources import files, lines, modules, relative, tree


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name with line, and how many lines from def to its end, docstring included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{relative(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def _too_long(paths: Iterator[Path], limit: int) -> list[str]:
    return [f"{relative(path)}: {lines(path)}" for path in paths if lines(path) > limit]


def test_a_module_has_at_most_400_lines():
    assert _too_long(modules(), 400) == []


def test_a_test_file_has_at_most_500_lines():
    assert _too_long((path for path in modules(tests=True) if relative(path).startswith("tests/")), 500) == []


def test_a_template_has_at_most_200_lines():
    assert _too_long((path for path in files() if relative(path).startswith("templates/")), 200) == []


def test_a_function_has_at_most_40_lines():
    assert [f"{name}: {size}" for path in modules() for name, size in _functions(path) if size > 40] == []


def test_a_view_has_at_most_25_lines():
    views = (path for path in modules() if "views" in path.parts or path.name == "views.py")
    assert [f"{name}: {size}" for path in views for name, size in _functions(path) if size > 25] == []


def test_common_has_no_foreign_key():
    own = [path for path in modules() if relative(path).startswith("common/")]
    assert own
    assert [relative(path) for path in own if "ForeignKey(" in path.read_text()] == []

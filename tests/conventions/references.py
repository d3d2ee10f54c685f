"""The files and names of ours that a document tells of, and which of them are not there."""

import fnmatch
import importlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, product
from pathlib import PurePosixPath
from pydoc import locate
from typing import Any

from django.apps import apps
from django.urls import get_resolver

from tests.conventions.sources import FLOORS, ROOT, files, modules, relative, tree

# What looks like ours and is not in the repository, with the reason.
NOT_HERE = {
    "css/team.css": "joined from static/css/pieces/ by netzwerk.staticfiles",
    "team.css": "the same",
    "bootstrap/css/bootstrap.min.css": "from the package of Bootstrap",
    "Meta.constraints": "Django: an inner class of every model",
    "Model.objects.raw": "Django: of any model",
    "connection.cursor": "Django: an object of django.db that pydoc cannot open",
    "BODY.PEEK": "IMAP",
}
OUR_FILES = {".py", ".html", ".css", ".js", ".md", ".toml"}
CODE = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
PATH = re.compile(r"[\w.*<>{},-]+(?:/[\w.*<>{},-]*)*")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
TASK = re.compile(r"""@shared_task\([^)]*name="([\w.]+)\"""")
URL_NAME = re.compile(r"([a-z]\w*):([a-z]\w*)")


def missing_from(text: str) -> list[str]:
    """Return what this document names in backticks and what is not there; links are another test."""
    tokens = (" ".join(token.split()) for token in CODE.findall(FENCE.sub("", text)))
    return [token for token in tokens if _is_missing(token)]


def _is_missing(token: str) -> bool:
    token, _, test = token.partition("::")
    token = re.sub(r"\(.*\)$", "", token)
    if token in NOT_HERE or token.endswith(".example"):
        return False
    if match := URL_NAME.fullmatch(token):
        return match[1] in _namespaces() and not _is_url(*match.groups())
    if _looks_like_path(token):
        return not all(_is_there(one) for one in _expand(token)) or (bool(test) and not _is_test(token, test))
    return bool(DOTTED.fullmatch(token)) and PurePosixPath(token).suffix not in _suffixes() and not _is_name(token)


def _looks_like_path(token: str) -> bool:
    if not PATH.fullmatch(token):
        return False
    if "/" in token:
        first = _expand(token)[0].split("/")[0]
        return PurePosixPath(token).suffix in OUR_FILES or first in _folders()
    return PurePosixPath(token).suffix in OUR_FILES and not token.startswith("*")


def _expand(token: str) -> list[str]:
    """Return each path that `a/{b,c}.py` stands for; `<kind>` may be anything."""
    token = re.sub(r"<[^>]+>", "*", token)
    parts = [part.split(",") if inside else [part] for part, inside in _braces(token)]
    return ["".join(choice) for choice in product(*parts)]


def _braces(token: str) -> Iterator[tuple[str, bool]]:
    for number, part in enumerate(re.split(r"[{}]", token)):
        yield part, number % 2 == 1


def _is_there(path: str) -> bool:
    """Whether a file or folder of ours has this path, or one that ends with it; `services/outbox.queue` is a name."""
    if _is_file(path.rstrip("/")) or _is_file(f"{path}.py"):
        return True
    return "*" not in path and "." in path and _is_name(path.replace("/", "."))


@cache
def _is_file(path: str) -> bool:
    return bool(fnmatch.filter(_tails(), path)) if "*" in path else path in _tails()


@cache
def _tails() -> frozenset[str]:
    """Every file and every folder of the project, by its path and by each end of its path."""
    found = {relative(path) for path in files()}
    found |= {parent.as_posix() for one in found for parent in PurePosixPath(one).parents}
    return frozenset("/".join(parts[at:]) for parts in (one.split("/") for one in found) for at in range(len(parts)))


@cache
def _folders() -> frozenset[str]:
    return frozenset(part for path in files() for part in path.relative_to(ROOT).parts[:-1])


@cache
def _suffixes() -> frozenset[str]:
    """The endings of files that are no attribute: `.ics` in `kalender.ics`."""
    return frozenset(
        {path.suffix for path in files() if path.suffix} | {".ics", ".dat", ".zip", ".json", ".lock", ".gz"}
    )


def _is_test(path: str, name: str) -> bool:
    return any(f"def {name}(" in one.read_text() for one in files("test_*.py") if relative(one).endswith(path))


def _is_name(name: str) -> bool:
    """Whether a module, function, class, model, task or library has this name."""
    if name in _tasks() or name in _labels() or locate(name) is not None:
        return True
    parts = name.split(".")
    for at, _ in pairwise(range(len(parts) + 1)):
        head = parts[: at + 1]
        if any(_has(importlib.import_module(one), parts[at + 1 :]) for one in _modules_like(".".join(head))):
            return True
    return any(_has(getattr(importlib.import_module(one), parts[0]), parts[1:]) for one in _homes_of(parts[0]))


def _has(thing: Any, names: list[str]) -> bool:
    for name in names:
        classes = getattr(thing, "__mro__", ())
        if any(name in vars(one).get("__annotations__", {}) for one in classes):
            return True
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return True


@cache
def _modules_like(name: str) -> tuple[str, ...]:
    """Our modules whose dotted path is this name or ends with it."""
    return tuple(one for one in _our_modules() if f".{one}".endswith(f".{name}"))


@cache
def _our_modules() -> tuple[str, ...]:
    names = (relative(path).removesuffix(".py").removesuffix("/__init__") for path in modules(tests=True))
    return tuple(name.replace("/", ".") for name in names if not name.endswith(("__main__", "conftest")))


@cache
def _homes_of(name: str) -> tuple[str, ...]:
    """Our modules that define a class of this name."""
    found = []
    for path in modules():
        if any(getattr(node, "name", None) == name for node in tree(path).body):
            found.append(relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    return tuple(found)


@cache
def _tasks() -> frozenset[str]:
    """The names that Celery knows our tasks by."""
    return frozenset(name for path in files("tasks.py") for name in TASK.findall(path.read_text()))


@cache
def _labels() -> frozenset[str]:
    return frozenset(model._meta.label for model in apps.get_models() if model._meta.app_label in FLOORS)


@cache
def _namespaces() -> frozenset[str]:
    return frozenset(get_resolver().namespace_dict)


@cache
def _is_url(namespace: str, name: str) -> bool:
    return name in get_resolver().namespace_dict[namespace][1].reverse_dict

"""Read docker-compose.yml, .dockerignore and .env.example for tests, without Docker."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
OUR_IMAGE = "netzwerk:local"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def compose() -> dict[str, Any]:
    """Return the compose file with its variables unexpanded."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def ours() -> dict[str, dict[str, Any]]:
    """Return the services that run our own image."""
    return {name: service for name, service in compose()["services"].items() if service["image"] == OUR_IMAGE}


def variables() -> dict[str, str | None]:
    """Return name → default of every variable that the compose file reads; None for a required one."""
    found = _VARIABLE.findall((ROOT / "docker-compose.yml").read_text())
    return {name: default if how == "-" else None for name, how, default in found if name}


def filled_in(value: Any, given: Mapping[str, str]) -> Any:
    """Expand a value of the compose file as compose does: ${NAME}, ${NAME:-default}, ${NAME:?error} and $$.

    Raises KeyError for a required variable that is not given.
    """
    if isinstance(value, list):
        return [filled_in(each, given) for each in value]
    if isinstance(value, dict):
        return {name: filled_in(each, given) for name, each in value.items()}
    return _VARIABLE.sub(lambda found: _variable(found, given), value) if isinstance(value, str) else value


def _variable(found: re.Match[str], given: Mapping[str, str]) -> str:
    name, how, default = found.groups()
    if not name:
        return "$"
    return given.get(name) or (default if how == "-" else given[name])


def health_check(service: dict[str, Any]) -> list[str]:
    """Return the command of a service's health check as Docker runs it."""
    how, *command = service["healthcheck"]["test"]
    return {"CMD": command, "CMD-SHELL": ["sh", "-c", *command]}[how]


def image_content() -> Iterator[str]:
    """Yield the names in the project's folder that .dockerignore lets into the image."""
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line.startswith("!"):
            yield line.removeprefix("!")


def unpack_image(folder: Path) -> None:
    """Copy the project's files that the image holds into a folder."""
    for name in image_content():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)


def example(*, with_optional: bool = True) -> dict[str, str]:
    """Return name → value of .env.example; `with_optional` includes the lines that are commented out."""
    pattern = r"^#?([A-Z][A-Z_]+)=(.*)$" if with_optional else r"^([A-Z][A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, (ROOT / ".env.example").read_text(), re.MULTILINE))

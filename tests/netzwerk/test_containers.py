"""What the containers promise, read from their files. That the commands run: tests/flows/test_production.py."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from django.conf import settings

from tests.containers import ROOT, compose, example, filled_in, image_content, ours, variables

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]
SERVICES = compose()["services"]
SET_BY_COMPOSE = {"DATA_DIR", "DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"}


def _commands() -> list[list[str]]:
    """The health check of the image and what it runs."""
    return [yaml.safe_load(found) for found in re.findall(r"\bCMD (\[.*?\])$", LAST_STAGE.replace("\\\n", " "), re.M)]


def test_an_office_runs_these_and_nothing_else():
    usual = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert usual == {"web", "worker", "beat", "migrate", "database", "redis"}
    assert [SERVICES[name]["profiles"] for name in SERVICES.keys() - usual] == [["dev"]]
    assert ours().keys() == {"web", "worker", "beat", "migrate"}


def test_every_service_says_whether_it_is_well_and_starts_again():
    for name, service in SERVICES.items():
        if name == "migrate":
            assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
        else:
            assert (name, service["restart"]) == (name, "unless-stopped")
            assert service["healthcheck"].keys() == {"test", "interval", "timeout", "start_period", "retries"}


def test_only_the_web_is_published_and_to_this_machine_unless_told():
    published = {name: filled_in(service["ports"], {}) for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"], "mailcatcher": ["127.0.0.1:8025:8025"]}
    several = filled_in(SERVICES["web"]["ports"], {"WEB_ADDRESS": "10.0.0.5", "WEB_PORT": "8000-8003"})
    assert several == ["10.0.0.5:8000-8003:8000"]
    assert (compose()["networks"]["inside"], SERVICES["database"]["networks"], SERVICES["redis"]["networks"]) == (
        *({"internal": True}, ["inside"], ["inside"]),
    )


def test_web_and_worker_can_be_many():
    assert [name for name, service in SERVICES.items() if "container_name" in service or "hostname" in service] == []
    assert "ports" not in SERVICES["worker"]


def test_nothing_of_ours_starts_before_the_database_is_up_to_date():
    conditions = {name: service["depends_on"] for name, service in ours().items()}
    ready = {"condition": "service_healthy"}
    assert conditions.pop("migrate") == {"database": ready, "redis": ready}
    assert [one["migrate"] for one in conditions.values()] == [{"condition": "service_completed_successfully"}] * 3


def test_data_outlive_containers():
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/postgresql"]
    assert [service["volumes"] for service in ours().values()] == [["data:/data"]] * 4
    assert compose()["volumes"].keys() == {"data", "database"}
    assert "\nVOLUME /data\n" in LAST_STAGE


def test_secrets_come_from_the_file_and_ours_can_write_nowhere_else():
    for service in SERVICES.values():
        given = service.get("environment", {})
        secret = [value for name, value in given.items() if "PASSWORD" in name or "SECRET" in name]
        assert [value for value in secret if not value.startswith("${POSTGRES_PASSWORD:?")] == []
        assert "no-new-privileges:true" in service["security_opt"]
    for service in ours().values():
        assert (service["env_file"], service["read_only"], service["cap_drop"]) == (".env", True, ["ALL"])
        assert service["environment"].keys() == {*SET_BY_COMPOSE, "PGPASSWORD"}
    with pytest.raises(KeyError, match="POSTGRES_PASSWORD"):
        filled_in(SERVICES["database"]["environment"], {})


def test_the_image_alone_runs_the_web_as_compose_does():
    health_check, command = _commands()
    assert command == filled_in(SERVICES["web"]["command"], {})
    assert ["CMD", *health_check] == SERVICES["web"]["healthcheck"]["test"]


def test_the_image_is_made_of_the_lock_alone_and_run_by_nobody_special():
    assert DOCKERFILE.count("\nFROM ") == 2
    assert "install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r requirements.txt\n" in DOCKERFILE
    assert ("pip" in LAST_STAGE, "apt" in LAST_STAGE) == (False, False)
    assert re.findall(r"^USER (\d+):\d+$", LAST_STAGE, re.MULTILINE) == ["10001"]


def test_the_image_gets_our_apps_and_neither_secrets_nor_tests():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in lines if line and line[0] not in "#!"] == ["*", "**/__pycache__"]
    assert [name for name in image_content() if not (ROOT / name).exists()] == []
    of_ours = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}
    others = {"static", "templates", "manage.py", "pyproject.toml", "requirements.txt"}  # the version is read
    assert set(image_content()) == of_ours | others


def test_every_variable_of_compose_is_explained_with_its_default():
    shown = example()
    assert variables().pop("POSTGRES_PASSWORD") is None
    assert {name: shown[name] for name in variables()} == {name: value or "" for name, value in variables().items()}


_SHOW = """
from django.conf import settings
import json, django
django.setup()
print(json.dumps({name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}))
"""


def _settings(folder, lines: dict[str, str]) -> str:
    """Every setting that comes of these lines, as text."""
    file = folder / "lines"
    file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    here = {"PATH": os.environ["PATH"], "ENV_FILE": str(file), "DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-c", _SHOW]
    environment = {**here, "DJANGO_SETTINGS_MODULE": "netzwerk.settings"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_what_is_commented_out_shows_the_default(tmp_path):
    filled = {**example(with_optional=False), "SECRET_KEY": "k" * 50, "EMAIL_URL": "smtp://mail.example"}
    optional = {name: value for name, value in example().items() if name not in filled}
    assert {"MAIL_RATE", "TIME_ZONE"} <= optional.keys()
    for name in ("DATABASE_URL", "DATA_DIR", "ENV_FILE", "INBOX_URL"):  # said in words, or the test's own
        del optional[name]
    assert _settings(tmp_path, filled | optional) == _settings(tmp_path, filled)
    assert _settings(tmp_path, filled | {"MAIL_RATE": "7"}) != _settings(tmp_path, filled)

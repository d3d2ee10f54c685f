"""Writers are plugged in by name; the mailroom itself knows none of them."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

import mailroom
from mailroom.models import Act
from mailroom.services.acts import stop, write, writers
from mailroom.tasks import write as task
from netzwerk.celery import app
from tests.factories import ActFactory, ActItemFactory

FLOORS_ABOVE = ("partners", "meetings", "desk", "public", "netzwerk")


def hooks(protocol: type) -> set[str]:
    """What a class has to have for this protocol."""
    return {name for one in protocol.__mro__ for name in vars(one) if callable(vars(one)[name]) and name[0] != "_"}


@pytest.mark.parametrize("name", settings.ACT_WRITERS)
def test_whoever_is_named_has_every_hook(name):
    found = import_string(settings.ACT_WRITERS[name])
    holds_others = Act(kind=Act.Kind.MANY).holds_others and name.endswith(".bulk")
    wanted = hooks(writers.Reverter if holds_others else writers.Writer)
    assert {"lock", "terms", "undo"} <= wanted
    assert sorted(wanted - set(dir(found))) == []


@pytest.mark.django_db
def test_a_name_that_nobody_has_is_an_error_and_not_silence(coordinator):
    act = ActFactory(writer="nobody")
    ActItemFactory(act=act)
    with pytest.raises(KeyError, match="nobody"):
        write.write_due()
    with pytest.raises(KeyError, match="nobody"):
        stop.stop_act(act, by=coordinator)
    act.refresh_from_db()
    assert act.state == Act.State.RENDERING


def test_the_mailroom_names_no_floor_above_it():
    for path in Path(mailroom.__file__).parent.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        paths = [text for text in texts if text.startswith(tuple(f"{floor}." for floor in FLOORS_ABOVE))]
        assert (path.name, paths) == (path.name, [])


def test_beat_looks_for_what_is_to_be_written():
    assert task.name == app.conf.beat_schedule["write"]["task"] == "mailroom.write"

"""The demo's first page has something to settle and something to read, for both people."""

import pytest
from django.core.management import call_command

from mailroom.models import OutboxMail
from meetings.models import ChecklistItem
from netzwerk.demo import today
from team.models import Activity, User

pytestmark = pytest.mark.django_db


def test_both_find_something_to_do_and_to_read(client_for):
    call_command("seed_demo", partners=60, meetings=4, verbosity=0)
    today.write()
    assert OutboxMail.objects.filter(state="failed").count() == 1
    for user in User.objects.all():
        page = client_for(user).get("/").context["today"]
        texts = [task.text for task in page.tasks.rows]
        assert any(text.endswith("konnte nicht zugestellt werden.") for text in texts)
        assert any("Es fehlt Ablauf ab" in text for text in texts)
        assert page.news.only not in (None, user)
    told = Activity.objects.filter(sentence__contains="als erledigt vermerkt").prefetch_related("targets")
    steps = [
        (ChecklistItem.objects.get(meeting=one.targets.get().key, title=one.sentence.split("“")[0][5:]), one)
        for one in told
    ]
    assert steps
    assert [step for step, one in steps if (step.done_at, step.done_by) != (one.at, one.by)] == []


def test_without_meetings_it_leaves_everything_as_it_is(db):
    today.write()
    assert not OutboxMail.objects.exists()

from mailroom import tasks
from mailroom.models import OutboxMail
from mailroom.services import alarms, delivery
from tests.mail_server import mail_server


def test_the_task_sends_what_is_due(queued, server):
    queued()
    tasks.deliver()
    assert len(server.received) == 1


def test_the_timetable_and_the_nudge_name_the_same_task():
    from netzwerk.celery import app

    assert tasks.deliver.name == app.conf.beat_schedule["deliver"]["task"] == "mailroom.deliver"


def test_wrong_credentials_are_not_tried_three_times_a_minute(queued, settings):
    with mail_server(needs_login=True) as server:
        settings.EMAIL_URL = f"smtp://amt:falsch@127.0.0.1:{server.port}"
        queued()
        tasks.deliver()
        tasks.deliver()
        assert len(server.names) == 1
        settings.EMAIL_URL = f"smtp://amt:ge%3Aheim%2F%40@127.0.0.1:{server.port}"
        tasks.deliver()
    assert OutboxMail.objects.get().state == OutboxMail.State.SENT
    settings.EMAIL_URL = f"smtp://amt:falsch@127.0.0.1:{server.port}"
    assert alarms.is_pausing()
    alarms.clear()


def test_the_task_goes_on_batch_after_batch_until_nothing_is_due(queued, server, monkeypatch):
    monkeypatch.setattr(delivery.deliver_due, "__kwdefaults__", {**delivery.deliver_due.__kwdefaults__, "limit": 2})
    for number in range(5):
        queued(f"p{number}@schule.example")
    tasks.deliver()
    assert (len(server.received), len(server.names)) == (5, 3)

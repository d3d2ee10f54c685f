"""The demo's queue never hands over half a message."""

from queue import Empty

import pytest

from netzwerk.celery import app
from netzwerk.filequeue import Transport


@pytest.fixture
def channel(tmp_path):
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with app.connection_for_write("filesystem://", transport_options=folders) as connection:
        assert isinstance(connection.transport, Transport)
        yield connection.default_channel


class LooksInBetween:
    """Something in a message that lets the worker look while the message is being written."""

    def __init__(self, channel) -> None:
        self.channel = channel

    def __json__(self) -> str:
        with pytest.raises(Empty):
            self.channel._get("netzwerk")
        return "looked"


def test_a_worker_that_looks_while_a_message_is_written_sees_nothing(channel):
    channel._put("netzwerk", {"body": LooksInBetween(channel)})
    assert channel._get("netzwerk") == {"body": "looked"}


def test_messages_come_in_the_order_they_were_sent_and_leave_no_file(channel, tmp_path):
    for number in range(20):
        channel._put("netzwerk", {"number": number})
    channel._put("elsewhere", {})
    assert [channel._get("netzwerk")["number"] for _ in range(20)] == list(range(20))
    assert [path.name.split(".", 1)[1] for path in tmp_path.iterdir() if path.is_file()] == ["elsewhere.msg"]

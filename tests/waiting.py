"""Wait for other processes, and find free ports for them."""

import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

# Seconds until a test gives up. A machine may be busy or stand still for a while; durations are measured by
# `make bench`.
PATIENCE = 300
_PORTS = range(20_000, 32_000)  # below Linux's ephemeral ports (ip(7))


def wait_for(what: str, is_there: Callable[[], Any]) -> Any:
    """Call `is_there` until its result is true and return it; fail with `what` after PATIENCE seconds."""
    ends = time.monotonic() + PATIENCE
    while not (answer := is_there()):
        assert time.monotonic() < ends, f"nach {PATIENCE} s: {what}"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    """Return a random port without a listener, outside the range that the system assigns by itself."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port

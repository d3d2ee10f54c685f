"""How tests wait for what other processes do, and where those can listen."""

import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

# Seconds until a test says that something never comes. A machine may be busy or stand still for a while; how quick
# something is belongs in `make bench`.
PATIENCE = 300
_PORTS = range(20_000, 32_000)  # below those that Linux hands out by itself, to whoever connects (ip(7))


def wait_for(what: str, is_there: Callable[[], Any]) -> Any:
    """Ask until the answer is true; fail with the sentence when it never is."""
    ends = time.monotonic() + PATIENCE
    while not (answer := is_there()):
        assert time.monotonic() < ends, f"nach {PATIENCE} s: {what}"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    """A port that nobody listens on and that nobody gets by chance before the one who asked does."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port

"""Start processes together and end them together, grandchildren included."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PATIENCE_SECONDS = 8.0  # then the remaining processes are killed
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Stopped(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal. Like KeyboardInterrupt it is not caught by `except Exception`."""


@dataclass
class Child:
    """One started process and its log file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def last_words(self, lines: int = 15) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Crew:
    """Child processes in sessions of their own. Leaving the `with` block always ends them all."""

    def __init__(self, *, folder: Path, environment: Mapping[str, str], log_folder: Path) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.log_folder = log_folder
        self.children: list[Child] = []

    def __enter__(self) -> "Crew":
        self.log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str]) -> Child:
        """Start one process; its output replaces the contents of <log_folder>/<name>.log."""
        log = self.log_folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  # nosec B603 # our own commands
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_ends_with(os.getpid()),
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def fallen(self) -> Child | None:
        """Return the first child that has ended, None while all are alive."""
        return next((child for child in self.children if not child.is_alive), None)

    def stop(self, patience: float = PATIENCE_SECONDS) -> None:
        """Send SIGTERM to every child, wait up to `patience` seconds in total, kill the rest of their sessions."""
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + patience
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.children.clear()


def _ends_with(parent: int) -> Callable[[], None] | None:
    """Return a function for the child to run first: on Linux it gets SIGTERM when the parent dies, even by kill -9."""
    if _libc is None:
        return None

    def arrange() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` for the first Ctrl-C, SIGTERM or closed terminal; ignore further ones during the cleanup."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)

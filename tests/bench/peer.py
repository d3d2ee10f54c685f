"""A process that answers line by line in JSON: what is measured must not share a Python with what measures."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.flows.demo import ROOT


class Peer:
    """One module run with `python -m`; a line of ours asks, a line of its own answers."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.module = module
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=clean_environment(**(environment or {})),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = self.answer()  # the first line says that it is ready

    def tell(self, line: str) -> None:
        """Ask without waiting for the answer."""
        assert self.process.stdin
        print(line, file=self.process.stdin, flush=True)

    def answer(self) -> dict[str, Any]:
        """What it says next; ends the run when it is gone."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.module} ended by itself; what it said is above.")
        return json.loads(line)

    def ask(self, line: str) -> dict[str, Any]:
        """Ask and wait."""
        self.tell(line)
        return self.answer()

    def close(self) -> None:
        """No more lines: the process ends."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def clean_environment(**more: str) -> dict[str, str]:
    """No setting of the developer's own gets in."""
    given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**given, "ENV_FILE": os.devnull, **more}


def say(answer: Mapping[str, Any]) -> None:
    """The peer's side of a line."""
    print(json.dumps(answer), flush=True)

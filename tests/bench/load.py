"""Asks for pages over connections that stay open (`python -m tests.bench.load PORT CONNECTIONS`).

Reads `SECONDS PATH…` per line and answers with how many pages came and in how many seconds. Every answer has to be
200 with a Content-Length; it costs little, since it shares the machine with what it measures.
"""

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from tests.bench.peer import say

_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)


class Visitor(asyncio.Protocol):
    """One connection: a page, and the next one as soon as it is there."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.pages = 0
        self.problem = ""
        self.is_over = False
        self.left: int | None = None
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self) -> None:
        """The next page."""
        self.left, self.head = None, b""
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        if self.left is None:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self.head, 0, end)
            if not self.head.startswith(b"HTTP/1.1 200") or not length:
                self.problem = self.head[:300].decode(errors="replace")
                self.transport.close()
                return
            self.left, data = int(length.group(1)), self.head[end + 4 :]
        self.left -= len(data)
        if self.left > 0:
            return
        self.pages += 1
        if self.is_over:
            self.transport.close()
        else:
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_over and not self.problem:
            self.problem = f"connection closed: {error}"
        self.done.set_result(None)


async def visit(port: int, connections: int, seconds: float, paths: list[str]) -> dict[str, Any]:
    """Pages over that many connections for so long; the last ones are waited for and counted."""
    requests = cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for path in paths])
    loop = asyncio.get_running_loop()
    visitors: list[Visitor] = []
    for _ in range(connections):
        _, visitor = await loop.create_connection(lambda: Visitor(requests), "127.0.0.1", port)
        visitors.append(visitor)
    start = time.perf_counter()
    for visitor in visitors:
        visitor.ask()
    await asyncio.sleep(seconds)
    for visitor in visitors:
        visitor.is_over = True
    await asyncio.gather(*(visitor.done for visitor in visitors))
    took = time.perf_counter() - start
    if problem := next((visitor.problem for visitor in visitors if visitor.problem), ""):
        sys.exit(f"a page that does not count:\n{problem}")
    return {"pages": sum(visitor.pages for visitor in visitors), "seconds": took}


def main(port: int, connections: int) -> None:
    """Answer line by line until there are no more."""
    say({})
    for line in sys.stdin:
        seconds, *paths = line.split()
        say(asyncio.run(visit(port, connections, float(seconds), paths)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

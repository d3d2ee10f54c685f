"""A mail server that only counts, in a process of its own (`python -m tests.bench.sink`).

Just enough of RFC 5321 for one mail after the other. It prints its port, then obeys line by line: `reset DELAY`
forgets what it counted and from now on answers the end of DATA after DELAY milliseconds; `until COUNT SECONDS`
answers once so many mails are accepted, or when the time is over. Instants are those of the machine's one monotonic
clock, so that other processes can compare them with theirs.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from typing import Any

from tests.bench.peer import say

_END = b"\r\n.\r\n"
_GREETING = b"220 sink.example ESMTP\r\n"
_EHLO = b"250-sink.example\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250 DSN\r\n"
_OK = b"250 2.0.0 OK\r\n"
_ANSWERS = {
    b"EHLO": _EHLO,
    b"HELO": _OK,
    b"MAIL": _OK,
    b"RCPT": _OK,
    b"RSET": _OK,
    b"NOOP": _OK,
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass
class Count:
    """What came in since the last reset."""

    delay: float = 0.0
    mails: int = 0
    octets: int = 0
    last: float = 0.0
    open: int = 0
    most_open: int = 0
    wanted: int = 0
    until: asyncio.TimerHandle | None = None

    def accept(self, octets: int) -> None:
        """One more, now."""
        self.mails += 1
        self.octets += octets
        self.last = time.monotonic()
        if self.until and self.mails >= self.wanted:
            self.report()

    def report(self) -> None:
        """Answer the question that waits."""
        if self.until:
            self.until.cancel()
            self.until = None
        say({"mails": self.mails, "octets": self.octets, "last": self.last, "connections": self.most_open})


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, count: Count) -> None:
        self.count = count
        self.pending = b""
        self.is_data = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.count.open += 1
        self.count.most_open = max(self.count.most_open, self.count.open)
        transport.write(_GREETING)

    def connection_lost(self, error: Exception | None) -> None:
        self.count.open -= 1

    def data_received(self, data: bytes) -> None:
        self.pending = self.pending + data if self.pending else data
        while self.pending and (self._mail() if self.is_data else self._command()):
            pass

    def _mail(self) -> bool:
        end = self.pending.find(_END, max(0, len(self.pending) - 2**18))
        if end < 0:
            return False
        octets, self.pending, self.is_data = end + 2, self.pending[end + len(_END) :], False
        if self.count.delay:
            asyncio.get_running_loop().call_later(self.count.delay, self._accept, octets)
        else:
            self._accept(octets)
        return True

    def _accept(self, octets: int) -> None:
        self.transport.write(_OK)
        self.count.accept(octets)

    def _command(self) -> bool:
        line, found, rest = self.pending.partition(b"\r\n")
        if not found:
            return False
        self.pending = rest
        verb = line[:4].upper()
        self.transport.write(_ANSWERS.get(verb, b"502 5.5.1 not here\r\n"))
        self.is_data = verb == b"DATA"
        if verb == b"QUIT":
            self.transport.close()
        return True


async def main() -> None:
    """Serve until there are no more lines."""
    loop, count, over = asyncio.get_running_loop(), Count(), asyncio.Event()
    server = await loop.create_server(lambda: Session(count), "127.0.0.1", 0)

    def obey() -> None:
        words = sys.stdin.readline().split()
        if not words:
            over.set()
        elif words[0] == "reset":
            count.mails, count.octets, count.most_open, count.delay = 0, 0, count.open, float(words[1]) / 1000
            say({})
        elif words[0] == "until":
            count.wanted, count.until = int(words[1]), loop.call_later(float(words[2]), count.report)
            if count.mails >= count.wanted:
                count.report()

    loop.add_reader(sys.stdin, obey)
    say({"port": server.sockets[0].getsockname()[1]})
    await over.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main())

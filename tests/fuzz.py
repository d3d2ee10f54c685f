"""`make fuzz`: read mutated mails; none may raise or take longer than two seconds.

`python -m tests.fuzz [--count 20000] [--seed 1] [--only N]`. Mutates the published mails of the corpus, if it
is there (CORPUS_DIR, or beside the project), and our own. `--only` repeats one mutation and shows its error.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

from django.conf import settings

from mailroom import reader
from tests import corpus

LONGEST = 2.0  # seconds of processor time
LARGEST = 2 * 1024 * 1024  # bytes of a mutated mail
WORDS = [
    *(
        b"BEGIN:VEVENT\n",
        b"END:VCALENDAR\n",
        b"BEGIN:VTIMEZONE\nTZID:Europe/Berlin\n",
        b"METHOD:REPLY\n",
        b"\r",
        b"\n\n",
    ),
    *(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"Content-Type: message/rfc822\n\n", b"\x00", b"\xff\xfe"),
    *(b"Content-Transfer-Encoding: base64\n", b"; charset=utf-16", b"=?utf-8?b?", b"Auto-Submitted: auto-replied\n"),
    *(b"Final-Recipient: rfc822; a@b.example\n", b"Action: failed\n", b'"', b"(", b"<", b"&#", b";", b":", b",", b"\\"),
    *(b"RRULE:FREQ=SECONDLY\n", b"bis 31.12.", b"--", b" ", b"%00", b"mailto:", b"Return-Path: <>\n", b"9" * 20),
]


@cache
def samples() -> list[bytes]:
    """Return the mails to mutate: those of the corpus and our own."""
    from tests.mailroom.test_reader import SAMPLES

    root = corpus.folder()
    others = [path.read_bytes() for path in corpus.files(root)] if root else []
    return [*others, *SAMPLES]


def mutated(number: int, seed: int) -> bytes:
    """Return the mutation with this number, the same for the same seed."""
    chance = random.Random(f"{seed}:{number}")
    mutable = bytearray(chance.choice(samples()))
    for _ in range(chance.choice((1, 2, 4, 8, 30))):
        chance.choice(_CHANGES)(mutable, chance)
        del mutable[LARGEST:]
    return bytes(mutable)


def _span(content: bytearray, chance: random.Random) -> slice:
    begin = chance.randint(0, len(content))
    return slice(begin, begin + chance.choice((1, 2, 10, 100, 1000)))


def _flip(content: bytearray, chance: random.Random) -> None:
    if content:
        content[chance.randrange(len(content))] = chance.randrange(256)


def _drop(content: bytearray, chance: random.Random) -> None:
    del content[_span(content, chance)]


def _repeat(content: bytearray, chance: random.Random) -> None:
    span = _span(content, chance)
    content[span] = _times(content[span], chance)


def _times(piece: bytearray, chance: random.Random) -> bytearray:
    return piece * min(chance.choice((2, 3, 10, 1000, 20_000)), LARGEST // max(1, len(piece)))


def _insert(content: bytearray, chance: random.Random) -> None:
    place = chance.randint(0, len(content))
    content[place:place] = _times(bytearray(chance.choice(WORDS)), chance)


def _splice(content: bytearray, chance: random.Random) -> None:
    other = chance.choice(samples())
    place = chance.randint(0, len(content))
    content[place:] = other[chance.randint(0, len(other)) :]


def _noise(content: bytearray, chance: random.Random) -> None:
    content[_span(content, chance)] = chance.randbytes(chance.choice((1, 10, 1000)))


_CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _drop, _repeat, _insert, _splice, _noise)


def read(number: int, seed: int) -> tuple[int, float, str]:
    """Read one mutation; return its number, the processor time in seconds and the error, or ""."""
    raw = mutated(number, seed)
    start = time.process_time()
    try:
        repr(reader.read(raw).as_json()).encode()
        error = ""
    except Exception as found:
        error = f"{type(found).__name__}: {found}"[:200]
    return number, time.process_time() - start, error


def _configure() -> None:
    if not settings.configured:
        inbox = {"INBOX_ADDRESS": "antwort@netzwerk.example", "INBOX_AUTHSERV_ID": "mx.netzwerk.example"}
        settings.configure(USE_TZ=True, TIME_ZONE="Europe/Berlin", **inbox)


def main() -> int:
    """Read the mutations; return 1 if one raised or took too long, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="repeat this one and show its error")
    options = parser.parse_args()
    _configure()
    if options.only is not None:
        print(reader.read(mutated(options.only, options.seed)).as_json())
        return 0
    slowest, failed = (0.0, 0), 0
    with ProcessPoolExecutor(initializer=_configure) as pool:
        for number, taken, error in pool.map(partial(read, seed=options.seed), range(options.count), chunksize=50):
            slowest = max(slowest, (taken, number))
            if error or taken > LONGEST:
                failed += 1
                print(f"{number}: {error or 'too slow'} ({taken:.2f} s)", flush=True)
    where = corpus.folder() or "own samples only"
    print(
        f"{options.count} mutations of {len(samples())} mails ({where}), seed {options.seed}: {failed} failed;", end=" "
    )
    print(f"the slowest took {slowest[0]:.2f} s (number {slowest[1]})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Serialisation of messages: CRLF, no 8bit part (not every server accepts one, RFC 6152), headers folded fast.

The standard library takes a millisecond for the headers of one mail, most of it for headers that are the same in a
thousand mails or need no encoding.
"""

import email
import re
import secrets
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from collections.abc import Callable, Iterable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any, NamedTuple

_WIDTH = 78  # RFC 5322 section 2.1.1
_LONGEST = 998
_LONGEST_WORD = 75
# Random, so that no text can contain the boundary on purpose; the same for all mails of a process, so that repeated
# headers come from the cache.
_BOUNDARY = secrets.token_hex(8)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_BREAK = re.compile(r"(?<=\S) (?=\S)")


class WirePolicy(EmailPolicy):
    """EmailPolicy that folds plain headers itself and caches the others."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Return name and parsed header as EmailPolicy does, from a cache for a plain str."""
        if type(value) is str:
            return name, _parsed(name, value)
        return super().header_store_parse(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return one folded header with its line end; control characters become blanks.

        Readers undo folds at blanks (RFC 5322 section 2.2.3).
        """
        text = _CONTROL.sub(" ", str(value))  # an encoded word may hide a line break, which the library would write
        addresses: Sequence[Address] = getattr(value, "addresses", ())
        plain = text if _is_plain(text) else _encoded(addresses[0]) if len(addresses) == 1 else None
        folded = _folded_at_blanks(f"{name}: {plain}") if plain else None
        return folded or _folded(name, text) or super().fold_binary(name, text)


_PLAIN = EmailPolicy(linesep="\r\n", cte_type="7bit")
WIRE = WirePolicy(linesep="\r\n", cte_type="7bit")


def as_bytes(message: EmailMessage) -> bytes:
    """Return the message's bytes for a mail server; give each multipart without a boundary its boundary."""
    parts = [part for part in message.walk() if part.is_multipart() and len(part.get_params() or ()) == 1]
    raw, is_clear = _write_with_mark(message, parts, _BOUNDARY)
    if not is_clear:  # a text quotes a mail of this process
        raw, _ = _write_with_mark(message, parts, secrets.token_hex(8))
    return raw


def _write_with_mark(message: EmailMessage, parts: Sequence[Message], mark: str) -> tuple[bytes, bool]:
    """Set these multiparts' boundaries from the mark; return the bytes, and whether no text contains a boundary."""
    boundaries = []
    for depth, part in enumerate(parts):
        boundaries.append((f"=_{mark}_{depth}", len(part.get_payload())))
        kind = part.get_content_type()
        del part["Content-Type"]
        part["Content-Type"] = f'{kind}; boundary="{boundaries[-1][0]}"'
    raw = message.as_bytes(policy=WIRE)
    return raw, all(raw.count(f"--{boundary}".encode()) == count + 1 for boundary, count in boundaries)


Head = tuple[str, str | Address]


class Form:
    """Message for many recipients, serialised once and filled with each recipient's heads and contents.

    `message` has the common heads only, and empty texts; the constructor changes it. Each part that is not a multipart
    gets its content when the form is filled, in order, encoded as the part says (quoted-printable or base64).
    """

    def __init__(self, message: EmailMessage) -> None:
        leaves = [part for part in message.walk() if not part.is_multipart()]
        self._encodings = [_ENCODINGS[part["Content-Transfer-Encoding"]] for part in leaves]
        marks = [f"=_{secrets.token_hex(12)}" for _ in leaves]
        for part, mark in zip(leaves, marks, strict=True):
            part.set_payload(mark)
        rest = as_bytes(message)
        self._pieces = []
        for mark in marks:
            piece, _, rest = rest.partition(mark.encode())
            self._pieces.append(piece)
        self._end = rest

    def filled(self, heads: Iterable[Head], contents: Sequence[bytes]) -> bytes:
        """Return the bytes of one copy; texts need CRLF line ends. Raises ValueError for an unwritable head."""
        pieces = [_head(name, value) for name, value in heads]
        for piece, encoded, content in zip(self._pieces, self._encodings, contents, strict=True):
            pieces += (piece, encoded(content))
        return b"".join([*pieces, self._end])


class Copy(NamedTuple):
    """One recipient's copy of a form; `heads` are the headers of this recipient alone."""

    form: Form
    subject: str
    heads: tuple[Head, ...]
    contents: tuple[bytes, ...]

    def as_bytes(self, *heads: Head) -> bytes:
        """Return the bytes of the copy, with these additional heads."""
        return self.form.filled((*heads, *self.heads), self.contents)

    def as_message(self) -> EmailMessage:
        """Return the copy as a message, to be changed or read."""
        return email.message_from_bytes(self.as_bytes(), EmailMessage, policy=WIRE)  # type: ignore[arg-type]


def _head(name: str, value: str | Address) -> bytes:
    """Return one header with its line end; the library parses only a header that needs encoding."""
    text = str(value)
    if _is_plain(text):
        return WIRE.fold_binary(name, text)
    encoded = _encoded(value) if isinstance(value, Address) else None
    return (encoded and _folded_at_blanks(f"{name}: {encoded}")) or WIRE.fold_binary(
        *WIRE.header_store_parse(name, text)
    )


def _quoted(text: bytes) -> bytes:
    return b2a_qp(text)  # RFC 2045 section 6.7; never contains "=_", which boundaries begin with


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"quoted-printable": _quoted, "base64": _base64}


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text


def _encoded(address: Address) -> str | None:
    """Return the address with its name as one encoded word (RFC 2047 section 2: at most 75 characters), else None."""
    name, spec = address.display_name, address.addr_spec
    word = f"=?utf-8?b?{b64encode(name.encode('utf-8', 'replace')).decode()}?="
    fits = name.isprintable() and spec.isascii() and spec.isprintable() and len(word) <= _LONGEST_WORD
    return f"{word} <{spec}>" if name and fits else None


@lru_cache(maxsize=256)
def _parsed(name: str, value: str) -> Any:
    return _PLAIN.header_store_parse(name, value)[1]


@lru_cache(maxsize=256)
def _folded(name: str, text: str) -> bytes | None:
    """Return a header encoded by the standard library; None when the library refuses its text."""
    try:
        return _PLAIN.fold_binary(*_PLAIN.header_store_parse(name, text))
    except ValueError:
        return None


def _folded_at_blanks(line: str) -> bytes | None:
    """Return the plain header in lines of 78 characters where blanks allow; None if a line exceeds 998."""
    lines: list[str] = []
    while len(line) > _WIDTH:
        blanks = [found.start() for found in _BREAK.finditer(line, 1 if lines else line.index(":") + 2)]
        fitting = [place for place in blanks if place <= _WIDTH]
        place = fitting[-1] if fitting else (blanks[0] if blanks else 0)
        if not place:
            break
        lines.append(line[:place])
        line = line[place:]
    lines.append(line)
    return None if any(len(line) > _LONGEST for line in lines) else "\r\n".join([*lines, ""]).encode("ascii")

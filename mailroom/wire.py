"""How a message becomes bytes: CRLF, no 8bit part (not every server takes one, RFC 6152), headers folded fast.

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
# A process tells its multiparts apart by chance that nobody can guess into a text, the same for every mail: headers
# that repeat need no parsing.
_BOUNDARY = secrets.token_hex(8)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_BREAK = re.compile(r"(?<=\S) (?=\S)")


class WirePolicy(EmailPolicy):
    """EmailPolicy that folds plain headers itself and remembers the others."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """As EmailPolicy; a text that was stored before under this name is not parsed again."""
        if type(value) is str:
            return name, _parsed(name, value)
        return super().header_store_parse(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header with its line end. Folding at a blank is undone by every reader (RFC 5322 section 2.2.3)."""
        text = _CONTROL.sub(" ", str(value))  # an encoded word can hide a line break, and the library writes it out
        addresses: Sequence[Address] = getattr(value, "addresses", ())
        plain = text if _is_plain(text) else _encoded(addresses[0]) if len(addresses) == 1 else None
        folded = _folded_at_blanks(f"{name}: {plain}") if plain else None
        return folded or _folded(name, text) or super().fold_binary(name, text)


_PLAIN = EmailPolicy(linesep="\r\n", cte_type="7bit")
WIRE = WirePolicy(linesep="\r\n", cte_type="7bit")


def as_bytes(message: EmailMessage) -> bytes:
    """The message's bytes for a mail server; multiparts without a boundary get theirs here."""
    parts = [part for part in message.walk() if part.is_multipart() and len(part.get_params() or ()) == 1]
    raw, is_clear = _marked(message, parts, _BOUNDARY)
    if not is_clear:  # an own mail pasted into a text
        raw, _ = _marked(message, parts, secrets.token_hex(8))
    return raw


def _marked(message: EmailMessage, parts: Sequence[Message], mark: str) -> tuple[bytes, bool]:
    """The bytes with these multiparts' boundaries made of the mark, and whether no text holds one."""
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
    """A message that many get, each with her own heads and contents: what is common is written once.

    `message` has no more than the common heads. Its texts stand empty; each of its parts that are no multiparts gets
    its content when the form is filled, in their order, encoded as the part says (quoted-printable or base64).
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
        """The bytes of one copy. Texts have CRLF at their line ends; ValueError for a head that cannot be written."""
        pieces = [_head(name, value) for name, value in heads]
        for piece, encoded, content in zip(self._pieces, self._encodings, contents, strict=True):
            pieces += (piece, encoded(content))
        return b"".join([*pieces, self._end])


class Copy(NamedTuple):
    """One recipient's copy of a form; `heads` name her and what is hers alone."""

    form: Form
    subject: str
    heads: tuple[Head, ...]
    contents: tuple[bytes, ...]

    def as_bytes(self, *heads: Head) -> bytes:
        """The mail, with these heads too."""
        return self.form.filled((*heads, *self.heads), self.contents)

    def as_message(self) -> EmailMessage:
        """The same as a message, to be changed or taken apart."""
        return email.message_from_bytes(self.as_bytes(), EmailMessage, policy=WIRE)  # type: ignore[arg-type]


def _head(name: str, value: str | Address) -> bytes:
    """One header with its line end; only what has to be encoded is parsed by the library."""
    text = str(value)
    if _is_plain(text):
        return WIRE.fold_binary(name, text)
    encoded = _encoded(value) if isinstance(value, Address) else None
    return (encoded and _folded_at_blanks(f"{name}: {encoded}")) or WIRE.fold_binary(
        *WIRE.header_store_parse(name, text)
    )


def _quoted(text: bytes) -> bytes:
    return b2a_qp(text)  # RFC 2045 section 6.7; a boundary has „=_“, which it never writes


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"quoted-printable": _quoted, "base64": _base64}


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text


def _encoded(address: Address) -> str | None:
    """„Käte Größe <groesse@amt.example>“ with the name as one encoded word (RFC 2047 section 2: at most 75)."""
    name, spec = address.display_name, address.addr_spec
    word = f"=?utf-8?b?{b64encode(name.encode('utf-8', 'replace')).decode()}?="
    fits = name.isprintable() and spec.isascii() and spec.isprintable() and len(word) <= _LONGEST_WORD
    return f"{word} <{spec}>" if name and fits else None


@lru_cache(maxsize=256)
def _parsed(name: str, value: str) -> Any:
    return _PLAIN.header_store_parse(name, value)[1]


@lru_cache(maxsize=256)
def _folded(name: str, text: str) -> bytes | None:
    """An encoded header, by the standard library; None where its text cannot be stored once more."""
    try:
        return _PLAIN.fold_binary(*_PLAIN.header_store_parse(name, text))
    except ValueError:
        return None


def _folded_at_blanks(line: str) -> bytes | None:
    """The plain header in lines of 78 where its blanks allow; None when one would be longer than 998."""
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

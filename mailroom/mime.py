"""Parser for raw mails, within limits. Raises no error for any content; touches no database and no settings.

The standard library's parser has no limits: a few kilobytes of nested parts exceed its recursion, and long headers cost
it minutes. So this module splits the mail itself, with every loop bounded by a constant below, and returns the result
in the standard library's classes.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage, Message

from mailroom.mail_text import MAX_DECODED, decoded, text_of_html

MAX_BYTES = 10 * 1024 * 1024  # of a mail; more is neither read nor stored
MAX_PARTS = 100
MAX_DEPTH = 20
MAX_HEADER_LINES = 1000  # of one part
MAX_HEADER_BYTES = 256 * 1024  # of one part
MAX_ALL_HEADERS = 5000
MAX_HEADER_LENGTH = 16_000  # characters of one header that are read
MAX_PARAMS_LENGTH = 2000  # characters of Content-Type and Content-Disposition
MAX_PARAMS = 40
MAX_COMMENTS = 50  # opening brackets, or colons, in one header
MAX_CANDIDATES = 20_000  # places that look like a boundary
MAX_PAYLOADS = 128 * 1024  # characters of text that `Opened.message` carries
MAX_LINE = 998  # characters of a line of it (RFC 5322 section 2.1.1)
MAX_REPORTS = 128 * 1024  # bytes of all delivery reports
MAX_BLOCKS = 100  # recipients of all delivery reports, in `Opened.message`
MAX_TEXT = 8000  # characters that a person is shown

_HEADER_LINE = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")
_BASE64_REST = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
REPORTS = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, RFC 6533


class _Lenient(policy.EmailPolicy):
    """Policy that returns headers as plain text: reading one parses nothing, so it cannot fail."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return re.sub(r"[\r\n\x00]+", "", str(value)[:MAX_HEADER_LENGTH])


_POLICY = _Lenient(utf8=True)


@dataclass(frozen=True)
class Part:
    """One leaf of the mail: its type ("text/calendar", lower case), parameters, file name and decoded content.

    For a returned or forwarded mail (message/rfc822) the content is its headers; its parts do not count as this mail's.
    """

    type: str
    params: dict[str, str]
    filename: str
    content: bytes
    depth: int = 0

    @property
    def text(self) -> str:
        """Content as text in its charset, of the first MAX_DECODED bytes; undecodable bytes are replaced."""
        return decoded(self.content[:MAX_DECODED], self.params.get("charset", ""))


@dataclass(frozen=True)
class Opened:
    """Readable content of a mail. `notes` say in English what was left out or repaired.

    `message` is the whole tree with raw headers, without large payloads and attachments.
    """

    message: EmailMessage
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default=())

    def header(self, name: str) -> str:
        """Return the first header of that name, decoded, on one line; "" when there is none."""
        return next(iter(self.headers(name)), "")

    def headers(self, name: str) -> list[str]:
        """Return all headers of that name, each as `header` returns it."""
        wanted = name.lower()
        return [_readable(value) for key, value in self.message.raw_items() if key.lower() == wanted]

    @property
    def text(self) -> str:
        """Text that a person reads: the plain text, else the text of the HTML; at most MAX_TEXT characters.

        Parts with a file name do not count. Without text it is "".
        """
        for type, as_text in (("text/plain", str.strip), ("text/html", text_of_html)):
            found = [as_text(part.text) for part in self.parts if part.type == type and not part.filename]
            if text := "\n\n".join(filter(None, found)):
                return text[:MAX_TEXT].strip()
        return ""


def opened(raw: bytes) -> Opened:
    """Parse the mail; leave out and note what exceeds the limits."""
    taking = _Parser(raw)
    message = taking.node(*taking.bounds(), depth=0)
    return Opened(message, tuple(taking.parts), tuple(taking.notes))


class _Parser:
    """Parser of one mail. It works with positions in one buffer, so that no level copies the content."""

    def __init__(self, raw: bytes) -> None:
        self.parts: list[Part] = []
        self.notes: list[str] = []
        self._headers = self._candidates = self._payloads = self._nodes = self._reports = self._block_count = 0
        if len(raw) > MAX_BYTES:
            self._note(f"cut off after {MAX_BYTES} of {len(raw)} bytes")
            raw = raw[:MAX_BYTES]
        self._raw = raw if b"\n" in raw else raw.replace(b"\r", b"\n")

    def bounds(self) -> tuple[int, int]:
        """Return the begin of the headers, after a BOM, empty lines and an mbox "From " line, and the end."""
        begin = 3 if self._raw.startswith(b"\xef\xbb\xbf") else 0
        while self._raw[begin : begin + 1] in (b"\r", b"\n"):
            begin += 1
        if self._raw.startswith((b"From ", b">From "), begin):
            begin = self._line_end(begin, len(self._raw))
        return begin, len(self._raw)

    def node(self, begin: int, end: int, *, depth: int, default: str = "text/plain") -> EmailMessage:
        """Return the tree of the message or part between two positions; append its leaves to `parts`.

        `default` is the type without a Content-Type. A multipart that cannot be split is a leaf.
        """
        message = EmailMessage(policy=_POLICY)
        message.set_default_type(default)
        self._nodes += 1
        begin = self._read_headers(message, begin, end)
        type = _type(message)
        if type.startswith("multipart/") and (boundary := _boundary(message)) and self._may_nest(depth):
            spans = self._split(boundary, begin, end)
            inner = "message/rfc822" if type == "multipart/digest" else "text/plain"
            if spans:
                message.set_payload([self.node(*span, depth=depth + 1, default=inner) for span in spans])
                return message
            self._note("boundary not found")
        if type in ("message/rfc822", "message/global") and not _encoding(message):
            self._add_returned(message, begin, end, depth)
        else:
            self._add_leaf(message, type, begin, end, depth)
        return message

    def _may_nest(self, depth: int) -> bool:
        """Return whether a part at this depth may have parts; if not, note it."""
        return depth < MAX_DEPTH or self._note(f"parts nested deeper than {MAX_DEPTH} left out")

    def _add_returned(self, message: EmailMessage, begin: int, end: int, depth: int) -> None:
        """Add a mail inside the mail: its tree to `message`, its headers as one part, none of its own parts."""
        type, own = _type(message), self.parts
        while self._raw[begin : begin + 1] in (b"\r", b"\n") and begin < end:
            begin += 1
        body = self._body_begin(begin, end)
        own.append(Part(type, _params(message), _filename(message), self._raw[begin:body], depth))
        if self._may_nest(depth) and self._nodes < MAX_PARTS:
            self.parts = []
            message.set_payload([self.node(begin, end, depth=depth + 1)])
            self.parts = own

    def _add_leaf(self, message: EmailMessage, type: str, begin: int, end: int, depth: int) -> None:
        """Append the leaf with its decoded content to `parts`; give `message` a bounded payload.

        The payload is empty unless the part is text, a message or a report.
        """
        raw = self._raw[begin:end]
        content = self._content(raw, _encoding(message))
        if type.startswith("multipart/"):  # that cannot be split: shown as text
            type = "text/plain"
        if type in REPORTS:
            content = content[: max(0, MAX_REPORTS - self._reports)]
            self._reports += len(content)
        self.parts.append(Part(type, _params(message), _filename(message), content, depth))
        if type in REPORTS:
            message.set_payload(self._blocks(content))
        elif type.startswith(("text/", "message/")):
            left = max(0, MAX_PAYLOADS - self._payloads)
            lines = (line[:MAX_LINE].rstrip() + b"\n" for line in raw[:left].splitlines()[: left // 40])
            text = b"".join(lines).decode("ascii", "surrogateescape")
            self._payloads += len(text) + 2048 + 40 * text.count("\n")  # parts and lines are read many times
            message.set_payload(text)
        else:
            message.set_payload("")

    def _blocks(self, content: bytes) -> list[Message | str]:
        """Return the groups of fields of a delivery report, as the standard library represents them."""
        blocks: list[Message | str] = []
        for raw in re.split(rb"\r?\n[ \t]*\r?\n", content, maxsplit=MAX_BLOCKS)[:MAX_BLOCKS]:
            block = EmailMessage(policy=_POLICY)
            inner = _Parser(raw.lstrip(b"\r\n"))
            inner._headers = self._headers
            inner._read_headers(block, *inner.bounds())
            self._headers = inner._headers
            block.set_payload("")
            if block.keys() and self._block_count < MAX_BLOCKS:
                self._block_count += 1
                blocks.append(block)
        return blocks

    def _content(self, raw: bytes, encoding: str) -> bytes:
        """Return the bytes without their transfer encoding; a calendar that only claims base64 stays as it is."""
        if encoding == "base64":
            if b"BEGIN:VCALENDAR" in raw[:1000].upper():
                self._note("says base64 and is not")
                return raw
            return self._base64(raw)
        return binascii.a2b_qp(raw) if encoding == "quoted-printable" else raw

    def _base64(self, raw: bytes) -> bytes:
        """Decode base64; of a broken one decode its valid letters and note that."""
        try:
            return binascii.a2b_base64(raw)
        except binascii.Error:
            self._note("broken base64")
        letters = raw.translate(None, _BASE64_REST)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))

    def _split(self, boundary: bytes, begin: int, end: int) -> list[tuple[int, int]]:
        """Return the begin and end of each part between the boundary's lines, none without such a line.

        Leaves out the parts beyond MAX_PARTS of the mail. Without a closing line the last part goes to the end.
        """
        spans: list[tuple[int, int]] = []
        start = None
        for place, after, is_last in self._boundaries(b"--" + boundary, begin, end):
            if start is not None:
                spans.append((start, max(start, self._before_line(place))))
            if is_last:
                return spans
            if self._nodes + len(spans) >= MAX_PARTS:
                self._note(f"more than {MAX_PARTS} parts, the rest left out")
                return spans
            start = after
        if start is not None:
            self._note("closing boundary missing")
            spans.append((start, end))
        return spans

    def _boundaries(self, delimiter: bytes, begin: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Yield for each boundary line its position, the begin of the next line, and whether it is the closing one."""
        place = self._raw.find(delimiter, begin, end)
        while place >= 0:
            self._candidates += 1
            if self._candidates > MAX_CANDIDATES:
                self._note(f"more than {MAX_CANDIDATES} boundaries, the rest left out")
                return
            behind = place + len(delimiter)
            is_last = self._raw.startswith(b"--", behind, end)
            line_end = self._line_end(behind, end)
            is_alone = is_last or not self._raw[behind : min(line_end, behind + 200)].strip()
            if is_alone and (place == begin or self._raw[place - 1] == 0x0A):
                yield place, line_end, is_last
            place = self._raw.find(delimiter, behind, end)

    def _before_line(self, place: int) -> int:
        """Return the end of the content before this line: the line break belongs to the boundary."""
        place -= self._raw[place - 1 : place] == b"\n"
        return place - (self._raw[place - 1 : place] == b"\r")

    def _read_headers(self, message: EmailMessage, begin: int, end: int) -> int:
        """Read the headers into the message, within the limits of this module; return the begin of the body."""
        body = self._body_begin(begin, end)
        lines = self._raw[begin : min(body, begin + MAX_HEADER_BYTES)].splitlines(keepends=True)
        name, value = "", b""
        for line in [*lines[:MAX_HEADER_LINES], b"end:"]:
            if line[:1] in (b" ", b"\t") and name:
                value += line if len(value) < MAX_HEADER_LENGTH else b""
                continue
            if name and self._headers < MAX_ALL_HEADERS:
                self._headers += 1
                text = value[:MAX_HEADER_LENGTH].decode("ascii", "surrogateescape")
                message.set_raw(name, text.strip("\r\n\t "))
            match = _HEADER_LINE.match(line)
            name, value = (match[1].decode("ascii"), line[match.end() :]) if match else ("", b"")
        if self._headers >= MAX_ALL_HEADERS:
            self._note(f"more than {MAX_ALL_HEADERS} headers, the rest left out")
        return body

    def _body_begin(self, begin: int, end: int) -> int:
        """Return where the body begins: after an empty line, at the first line that is no header, or past too many."""
        place = begin
        for _ in range(MAX_HEADER_LINES):
            if place >= end or place - begin > MAX_HEADER_BYTES:
                break
            line_end = self._line_end(place, end)
            line = self._raw[place : min(line_end, place + 250)]
            if not line.strip(b"\r\n"):
                return line_end
            if line[:1] not in (b" ", b"\t") and not _HEADER_LINE.match(line):
                return place
            place = line_end
        if place >= end:
            return end
        self._note("too many headers, the rest left out")
        places = [(self._raw.find(empty, place, end), len(empty)) for empty in (b"\n\n", b"\n\r\n")]
        return min((at + length for at, length in places if at > 0), default=end)

    def _line_end(self, place: int, end: int) -> int:
        found = self._raw.find(b"\n", place, end)
        return found + 1 if found >= 0 else end

    def _note(self, note: str) -> bool:
        """Add the note once. Returns False, so that a condition can end with it."""
        self.notes += [note] * (note not in self.notes)
        return False


def _readable(value: str) -> str:
    """Return one header decoded (RFC 2047; bare 8-bit text as `decoded` reads it) on one line.

    When there are more than MAX_COMMENTS opening brackets, or colons, all of them become blanks.
    """
    line = decoded(re.sub(r"[\r\n\x00]+", "", value[:MAX_HEADER_LENGTH]).encode("utf-8", "surrogateescape"))
    if "=?" in line:
        try:
            pieces = decode_header(line)
        except (HeaderParseError, ValueError):
            pieces = [(line, None)]
        line = "".join(
            piece if isinstance(piece, str) else decoded(piece, charset or "latin-1") for piece, charset in pieces
        )
    for mark in "(:":  # email.utils.parseaddr recurses for each comment and each group
        line = line.replace(mark, " ") if line.count(mark) > MAX_COMMENTS else line
    return " ".join(line.split())


def _type(message: EmailMessage) -> str:
    value = str(message.get("Content-Type", ""))[:MAX_PARAMS_LENGTH]
    found = re.match(r"\s*\"?([\w.+-]+/[\w.+-]+)", value, re.ASCII)
    return found[1].lower() if found else message.get_default_type()


def _params(message: EmailMessage, header: str = "Content-Type") -> dict[str, str]:
    """Return the parameters of a header, names in lower case, RFC 2231 continuations joined."""
    short = Message()
    value = str(message.get(header, "")).encode("ascii", "replace").decode()[:MAX_PARAMS_LENGTH]
    short["X"] = ";".join(value.split(";")[:MAX_PARAMS])
    found: dict[str, str] = {}
    try:
        for name, value in (short.get_params(header="X") or [])[1:]:
            text = value if isinstance(value, str) else decoded(value[2].encode("latin-1", "replace"), value[0] or "")
            found.setdefault(name.strip().lower(), _readable(text))
    except (ValueError, LookupError, TypeError, IndexError):
        pass  # unreadable parameters: those found before remain
    return found


def _filename(message: EmailMessage) -> str:
    return _params(message, "Content-Disposition").get("filename") or _params(message).get("name", "")


def _boundary(message: EmailMessage) -> bytes:
    return _params(message).get("boundary", "").rstrip().encode("ascii", "ignore")


def _encoding(message: EmailMessage) -> str:
    found = re.match(r"\s*\"?(base64|quoted-printable)", message.get("Content-Transfer-Encoding", ""), re.IGNORECASE)
    return found[1].lower() if found else ""

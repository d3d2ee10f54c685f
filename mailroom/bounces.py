"""Parser for delivery reports (RFC 3464). Touches no database; services/bounces.py decides which reports to trust.

The fields of a report are read here, since they name our mail; a report in mere prose is left to flufl.bounce.
"""

import logging
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from flufl.bounce import all_failures

from mailroom.headers import ADDRESSED_TO, auto_submitted
from mailroom.mime import REPORTS, Opened

_TAG = re.compile(r"\+b-([0-9a-f]{32})@", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SAID_STATUS = re.compile(r"(?:#|\b[45]\d\d[ \-#]{1,2})([45]\.\d{1,3}\.\d{1,3})\b")
_ACTIONS = {"fail": "failed", "error": "failed", "expire": "failed", "delay": "delayed"} | {
    word: word for word in ("delivered", "relayed", "expanded")
}
_UNREACHABLE = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)}  # RFC 3463 section 3.2: the address itself
_SAYS_LITTLE = {(0, 0), (1, 0), (3, 0)}
_OF_THE_MAIL = re.compile(
    r"quota|(mailbox|postfach|inbox|account)\W+(\w+\W+)?(full|voll|exceed)|over.?quota|disk|speicher|storage|exceed"
    r"|too (large|big)|zu groß|spam|junk|virus|polic(y|ies)|block(ed|list)|blacklist|denied|reputation|dnsbl|rbl"
    r"|time[ds]?.?out|dmarc|\bspf\b|dkim|expired|retry (time|limit)|giving up|gave up|too long in (the )?queue"
    r"|could not be delivered (for|within)|(seit|nach|in|within|for) \d+ (tagen|stunden|days?|hours?)|greylist"
    r"|try again|temporar|connection (timed|refused)|no route",
    re.IGNORECASE,
)
# Only these words outweigh a code for an unknown address: the mailbox is full, or a list of senders refuses ours.
_FULL_OR_LISTED = re.compile(
    r"quota|storage|(mailbox|postfach|inbox|account)\W+(\w+\W+)?(full|voll|exceed)|reject list|blocklist|block list"
    r"|blacklist|dnsbl|spamhaus",
    re.IGNORECASE,
)
# Refusals of our own server, name or sender, whoever the recipient is.
_OF_US = re.compile(
    r"in reply to (?:the )?(?:mail from|ehlo|helo|initial|end of (?:the )?greeting)"
    r"|sender (?:address )?(?:was )?(?:rejected|refused|denied|invalid|unknown|verif)|(?:bad|invalid|unknown) sender"
    r"|(?:host ?name|helo|ehlo|client host|reverse dns|ptr)\b.{0,40}"
    r"(?:reject|not accept|invalid|denied|does not|mismatch)"
    r"|absender(?:adresse)? (?:abgelehnt|nicht)",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(r"^\W*(?:smtp\s*;\s*)?4\d\d\b", re.IGNORECASE)  # of a reply (RFC 5321 section 4.2.1)
_UNKNOWN_AT_MICROSOFT = re.compile(r"recipient address rejected", re.IGNORECASE)
_MACHINES = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|microsoftexchange[0-9a-f]*)$", re.IGNORECASE)
_ANSWERS = re.compile(r"^\s*(re|aw|antw|fwd?|wg)\s*:", re.IGNORECASE)
_RETURNED = re.compile(r":\s*non remis\b", re.IGNORECASE)
_UNDELIVERED = re.compile(
    r"undeliver|unzustellbar|nicht zugestellt|returned mail|delivery (status|failure|has failed)|failure notice"
    r"|mail delivery|unzustellbarkeit",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 section 3
_MOST = 50  # recipients of one report
_LONGEST = 320  # characters of an address; `parseaddr` recurses for each bracket

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs text from the mails of strangers


@dataclass(frozen=True)
class Verdict:
    """Statement of a report about one recipient, "" when it names none.

    `action` is one of RFC 3464 section 2.3.3, `status` a code like "5.1.1", `diagnostic` the mail server's words.
    """

    recipient: str
    action: str
    status: str | None = None
    diagnostic: str = ""

    @property
    def permanent(self) -> bool:
        """Whether the address itself is unusable.

        True for a failure with one of the 5.1.x codes in _UNREACHABLE, unless the words say that the mailbox is full or
        a list refuses us, and for Exchange Online's 5.4.1 "Recipient address rejected". With an unspecific code (5.0.0,
        5.1.0, 5.3.0) or none, true when the words name no reason in the mail, the moment or us. Never for a reply 4xx,
        whatever the code says.
        """
        if self.action != "failed" or self.is_about_us or _TEMPORARY.match(self.words):
            return False
        if (found := _STATUS.search(self.status or "")) is None:
            return not is_about_the_mail(self.diagnostic)
        kind, subject, detail = (int(number) for number in found.groups())
        if kind != 5:
            return False
        if (subject, detail) in _SAYS_LITTLE:
            return not is_about_the_mail(self.diagnostic)
        if (subject, detail) == (4, 1):
            return bool(_UNKNOWN_AT_MICROSOFT.search(self.diagnostic))
        return (subject, detail) in _UNREACHABLE and not _FULL_OR_LISTED.search(self.diagnostic)

    @property
    def is_about_us(self) -> bool:
        """Whether the other server refuses our server or sender, whoever the recipient is."""
        return self.action == "failed" and is_about_us(self.diagnostic)

    @property
    def words(self) -> str:
        """The other server's reply as it said it: the diagnostic text without the status before it."""
        return self.diagnostic.removeprefix(self.status or "").strip()


@dataclass(frozen=True)
class Bounce:
    """Content of a mail server's report: the recipients, whether the failure is permanent, and the mail it names.

    `action` is failed, delayed, delivered, relayed or expanded (RFC 3464 section 2.3.3), `status` a code like "5.1.1".
    `permanent` is True only when the address itself is unusable; a failed 4.x.x is final for the mail alone.
    `outbox_id` and `message_id` name the returned mail. `verdicts` has one entry per recipient group, and none when the
    report is plain text; the other values are those of the gravest verdicts.
    """

    recipients: tuple[str, ...]
    permanent: bool
    action: str = ""
    status: str | None = None
    diagnostic: str = ""
    outbox_id: uuid.UUID | None = None
    message_id: str = ""
    verdicts: tuple[Verdict, ...] = ()


def read(mail: Opened) -> Bounce | None:
    """Parse the report in this mail, its fields or else its prose; return None when the mail is not a report.

    A mail that a person or an absence note may have written is none, even when it quotes a report in prose. Of the
    groups of fields only the first 50 count.
    """
    blocks = [block for part in mail.parts if part.type in REPORTS for block in _blocks(part.text)]
    outbox_id = _tag(mail) or _envelope_id(blocks)
    message_id = _returned_message_id(mail)
    verdicts = tuple(verdict for block in blocks[:_MOST] if (verdict := _verdict(block)))
    if verdicts:
        told = _gravest(verdicts)
        return Bounce(
            recipients=tuple(dict.fromkeys(verdict.recipient for verdict in told if verdict.recipient)),
            permanent=all(verdict.permanent for verdict in told),
            action=told[0].action,
            status=told[0].status,
            diagnostic=told[0].diagnostic,
            outbox_id=outbox_id,
            message_id=message_id,
            verdicts=verdicts,
        )
    return None if _may_be_an_answer(mail) else _in_words(mail, outbox_id, message_id)


def is_about_the_mail(words: str) -> bool:
    """Return whether a refusal's text names a reason in the mail or the moment: full, too large, spam, policy."""
    return bool(_OF_THE_MAIL.search(words))


def is_about_us(words: str) -> bool:
    """Return whether a refusal's text is about our server's name or our sender address, not about the recipient."""
    return bool(_OF_US.search(words))


def _gravest(verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    """Return the failed verdicts, else the delayed ones, else all."""
    for action in ("failed", "delayed"):
        if told := [verdict for verdict in verdicts if verdict.action == action]:
            return told
    return list(verdicts)


def _in_words(mail: Opened, outbox_id: uuid.UUID | None, message_id: str) -> Bounce | None:
    """Parse a report in prose with flufl.bounce; return None when it finds no recipient.

    Without a recipient, a mail from a mail server that names our mail by `outbox_id` still counts as a report: failed,
    not permanent. The status comes from the text.
    """
    try:
        delayed, failed = all_failures(mail.message)
    except Exception:  # a malformed mail may raise anything in the library
        delayed, failed = frozenset(), frozenset()
    action = "failed" if failed else "delayed" if delayed else ""
    recipients = sorted(found.decode("ascii", "replace") for found in (failed or delayed) if b"@" in found)
    if not recipients and not (outbox_id and _is_from_a_machine(mail)):
        return None
    found = _SAID_STATUS.search(mail.text)
    status = found.group(1) if found else None
    told = Verdict("", action or "failed", status)
    return Bounce(
        recipients=tuple(recipients[:_MOST]),
        permanent=bool(recipients) and told.permanent,
        action=told.action,
        status=status,
        outbox_id=outbox_id,
        message_id=message_id,
    )


def _may_be_an_answer(mail: Opened) -> bool:
    """Return whether a person or an absence note may have written the mail and only quotes a report.

    A calendar part says so; else a mail server as sender or a report as part says not; else Auto-Submitted with
    "auto-replied" or a subject like „AW: …“ says so.
    """
    if any(part.type == "text/calendar" for part in mail.parts):
        return True
    if _is_from_a_machine(mail) or any(part.type in REPORTS for part in mail.parts):
        return False
    subject = mail.header("Subject")
    return auto_submitted(mail) == "auto-replied" or bool(_ANSWERS.match(subject) and not _RETURNED.search(subject))


def _is_from_a_machine(mail: Opened) -> bool:
    """Return whether a mail server seems to be the sender: by its name, or by the null path and the subject."""
    for name in ("From", "Return-Path"):
        address = parseaddr(mail.header(name))[1]
        if _MACHINES.match(address.partition("@")[0]):
            return True
    is_null = mail.header("Return-Path").strip() == "<>"
    return is_null and bool(_UNDELIVERED.search(mail.header("Subject")))


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the groups of fields with names in lower case; of a repeated field the first value counts.

    A group without fields is left out.
    """
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip()):
        fields: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon and " " not in name.strip():
                fields.setdefault(name.strip().lower(), value.strip())
        if fields:
            yield fields


def _verdict(block: dict[str, str]) -> Verdict | None:
    """Return the verdict of one group; None for the one about the whole mail, or without a known action.

    A group with neither recipient nor status is about the whole mail. The status is that of the field, else the one in
    the diagnostic text, which also replaces an unspecific x.0.0. The words are cut after 500 characters.
    """
    said = block.get("action", "").lower()
    action = next((action for word, action in _ACTIONS.items() if said.startswith(word)), "")
    recipient = _recipient(block)
    if not action or not (recipient or "status" in block):
        return None
    diagnostic = block.get("diagnostic-code", "")
    found = [found for text in (block.get("status", ""), diagnostic) if (found := _STATUS.search(text))]
    if len(found) == 2 and found[0].group().endswith(".0.0") and found[0].group(1) == found[1].group(1):
        found.reverse()  # x.0.0 says nothing; the diagnostic's code is specific
    expiry = "expired" if said.startswith("expire") else ""
    words = " ".join(text for text in (block.get("status", ""), diagnostic, expiry) if text)
    return Verdict(recipient, action, found[0].group() if found else None, words[:500])


def _recipient(block: dict[str, str]) -> str:
    """Return the original recipient, else the final one, cut after 320 characters; "" if neither is a mail address."""
    for name in ("original-recipient", "final-recipient"):
        kind, semicolon, value = block.get(name, "").partition(";")
        if not semicolon:
            kind, value = "rfc822", kind
        value = value.strip()[:_LONGEST]
        value = _ESCAPED.sub(lambda found: _character(found.group(1)), value.strip())
        address = parseaddr(value)[1] or value.strip("<>")
        if kind.strip().lower() in ("rfc822", "utf-8") and "@" in address:
            return address
    return ""


def _character(digits: str) -> str:
    """Return the character with this hexadecimal number, or U+FFFD for one that no text may contain."""
    code = int(digits, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}"


def _tag(mail: Opened) -> uuid.UUID | None:
    """Return the outbox row's id from our envelope sender (`+b-<id>@`), to which the report is addressed, else None."""
    for name in ADDRESSED_TO:
        for value in mail.headers(name):
            if found := _TAG.search(value):
                return uuid.UUID(hex=found.group(1))
    return None


def _envelope_id(blocks: list[dict[str, str]]) -> uuid.UUID | None:
    """Return the outbox row's id that we passed as ENVID (RFC 3461 section 4.4); None unless the first ENVID is one."""
    for block in blocks:
        if named := block.get("original-envelope-id"):
            try:
                return uuid.UUID(hex=named)
            except ValueError:
                return None
    return None


def _returned_message_id(mail: Opened) -> str:
    """Return the Message-ID in the returned headers, "" when there is none."""
    for part in mail.parts:
        if part.type in ("text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers"):
            head = re.split(r"\r?\n\r?\n", part.text.lstrip(), maxsplit=1)[0]
            if found := re.search(r"^message-id:\s*(<[!-;=?-~]{3,250}>)", head, re.IGNORECASE | re.MULTILINE):
                return found.group(1)
    return ""

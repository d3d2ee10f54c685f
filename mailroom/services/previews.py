"""What somebody would get, before anything is decided: a mail taken apart, or sent to oneself as a test."""

from dataclasses import dataclass
from email.message import EmailMessage

from mailroom.models import OutboxMail
from mailroom.services import contents, outbox
from team.models import User

_MARK = "Vorschau: "  # in the subject of a preview


@dataclass(frozen=True)
class Preview:
    """One mail as it would leave: subject, both texts and what the calendar will show, as (label, text)."""

    subject: str
    text: str
    html: str
    calendar: list[tuple[str, str]]


def taken_apart(mail: EmailMessage, *, recipient: str) -> Preview:
    """Return the parts of a mail whose links lead to a preview. Raises ValueError where it cannot be built."""
    frozen = outbox.prepare(mail, kind=OutboxMail.Kind.TEST, recipient=recipient)
    return Preview(_bare(frozen.subject), frozen.text, frozen.html, contents.entry(frozen))


def send_test(mail: EmailMessage, *, to: User, about_url: str, about_label: str) -> OutboxMail:
    """Send such a mail to a member of the team, at once. Raises ValueError where it cannot be built."""
    for name, value in (("Subject", f"Probe: {_bare(str(mail['Subject']))}"), ("To", to.email)):
        del mail[name]
        mail[name] = value
    kind = OutboxMail.Kind.TEST
    return outbox.queue(mail, kind=kind, recipient=to.email, about_url=about_url, about_label=about_label)


def _bare(subject: str) -> str:
    return subject.removeprefix(_MARK)

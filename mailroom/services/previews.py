"""Previews of a mail before the decision to send it: its parts for the page, or a test mail to a team member."""

from dataclasses import dataclass
from email.message import EmailMessage

from mailroom.models import OutboxMail
from mailroom.services import contents, outbox
from team.models import User

_MARK = "Vorschau: "  # in the subject of a preview


@dataclass(frozen=True)
class Preview:
    """One mail as it would leave: subject, plain text, HTML, and the calendar entry as (label, text) pairs."""

    subject: str
    text: str
    html: str
    calendar: list[tuple[str, str]]


def preview_of(mail: EmailMessage, *, recipient: str) -> Preview:
    """Return the parts of a mail, built by the caller with preview links; its subject loses „Vorschau: “.

    Stores nothing. Raises ValueError when the mail cannot be built.
    """
    frozen = outbox.prepare(mail, kind=OutboxMail.Kind.TEST, recipient=recipient)
    return Preview(_bare(frozen.subject), frozen.text, frozen.html, contents.entry(frozen))


def send_test(mail: EmailMessage, *, to: User, about_url: str, about_label: str) -> OutboxMail:
    """Queue this mail as a test to a team member, with „Probe: “ before its subject in place of „Vorschau: “.

    Changes `mail`. Raises ValueError when the mail cannot be built.
    """
    for name, value in (("Subject", f"Probe: {_bare(str(mail['Subject']))}"), ("To", to.email)):
        del mail[name]
        mail[name] = value
    kind = OutboxMail.Kind.TEST
    return outbox.queue(mail, kind=kind, recipient=to.email, about_url=about_url, about_label=about_label)


def _bare(subject: str) -> str:
    return subject.removeprefix(_MARK)

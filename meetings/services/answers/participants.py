"""The team's list of invited people, with the state of the newest mail to each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.templatetags.ui import instant
from mailroom.models import OutboxMail
from meetings.models import Invitation, Message
from meetings.services.sending import delivery_status

COLUMNS = (
    "Name", "Einrichtung", "Art", "Funktion", "E-Mail", "Telefon", "Netzwerk", "Antwort", "Hinweis", "Teilnahme",
    "Geantwortet", "Weg", "Nachricht", "Online beigetreten",
)  # fmt: skip

_State = OutboxMail.State
_FATES = {
    _State.SENT: ("good", "gesendet"),
    _State.FAILED: ("danger", "gescheitert"),
    _State.UNCERTAIN: ("warning", "ungewiss"),
    _State.CANCELLED: ("muted", "angehalten"),
}


@dataclass(frozen=True)
class Fate:
    """The state of the newest mail to a participant, in German; `level` is the colour of its badge.

    `at` is the instant of sending (UTC), or of writing before that; None when no mail could be written.
    """

    level: str
    text: str
    at: datetime | None


@dataclass(frozen=True)
class Participant:
    """One row of the list."""

    invitation: Invitation
    fate: Fate | None  # None: there was no mail

    @property
    def messages(self) -> list[Message]:
        """The invitee's messages, the newest first. Reads the invitation's `messages`."""
        written: Any = self.invitation
        return list(written.messages.all())

    @property
    def note(self) -> str:
        """The word beside the answer if it is no message of the invitee's: the team noted it."""
        comment = self.invitation.comment
        return "" if comment in (message.text for message in self.messages) else comment


def participants_with_fates(invitations: Iterable[Invitation]) -> list[Participant]:
    """Return each invitation with the fate of the newest mail to it, None without one; two queries."""
    found = list(invitations)
    mails = delivery_status.mails_to(found)
    return [Participant(invitation, _fate(mails[invitation.pk])) for invitation in found]


def _fate(mails: delivery_status.Mails) -> Fate | None:
    """Return the fate of the newest mail in German; None when there is none, and none failed to be written."""
    mail = mails.newest
    if mail is None:
        return Fate("danger", "nicht zu schreiben", None) if mails.has_problem else None
    level, text = _FATES.get(_State(mail.state), ("info", "wartet"))
    if mail.came_back:
        text = "kam zurück"
    return Fate(level, text, mail.at)


def _written(invitation: Invitation) -> list[str]:
    """Return what the team noted beside the answer, if it did, and what the invitee wrote, the newest first."""
    row = Participant(invitation, None)
    return [*filter(None, [row.note]), *(message.text for message in row.messages)]


def rows(invitations: Iterable[Invitation]) -> Iterator[Sequence[object]]:
    """Yield cells in the order of `COLUMNS`.

    Reads meeting, contact, organisation, network and messages of each invitation.
    """
    for invitation in invitations:
        contact, organisation = invitation.contact, invitation.contact.organisation
        yield [
            ", ".join(part for part in (contact.last_name, contact.first_name) if part),
            organisation.name,
            organisation.get_kind_display(),
            contact.role,
            invitation.email,
            contact.phone or organisation.phone,
            invitation.network.name if invitation.network else "Gast",
            invitation.get_answer_display() if invitation.answer else "offen",
            "zum alten Termin" if invitation.is_answer_former else "",
            invitation.get_mode_display(),
            instant(invitation.answered_at),
            invitation.get_answered_via_display(),
            "\n".join(_written(invitation)),
            instant(invitation.joined_at),
        ]

"""Compare a row with the contact it was found to be.

Drop the doubts that the stored data answer, and find the differences.
"""

from typing import Any

from common.folding import email_key, fold
from partners.models import Contact
from partners.services.partner_list import comparing
from partners.services.partner_list.comparing import Changes
from partners.services.partner_list.entries import BROKEN_LINE, Doubt, Entry


def drop_answered_doubts(entry: Entry, contact: Contact) -> None:
    """Remove from the entry the doubts that the stored contact answers, mostly after an earlier import.

    TWO_ADDRESSES falls when one of them is stored; BROKEN_ADDRESS when any other is stored or the note holds the broken
    one; STOPPED when they get no invitations or the note holds the row's lines; TOO_LONG and TWO_PEOPLE when the note
    holds these; CARRIED and WHICH_ORGANISATION always, since the contact was found there.
    """
    doubts = entry.doubts
    if contact.email_folded in map(email_key, entry.addresses.usable):
        doubts.pop(Doubt.TWO_ADDRESSES, None)
    if contact.email or fold(entry.addresses.broken) in fold(contact.note):
        doubts.pop(Doubt.BROKEN_ADDRESS, None)
    if not contact.gets_invitations or not comparing.missing_lines(contact.note, entry.note_lines):
        doubts.pop(Doubt.STOPPED, None)
    if not comparing.missing_lines(contact.note, entry.note_lines):
        for doubt in (Doubt.TOO_LONG, Doubt.TWO_PEOPLE):
            doubts.pop(doubt, None)
    for doubt in (Doubt.CARRIED, Doubt.WHICH_ORGANISATION):
        doubts.pop(doubt, None)  # the contact was found at this organisation


def changes(entry: Entry, contact: Contact) -> Changes:
    """Return the changes (field → stored, new) that taking the row makes to its contact.

    A stored address stays when it is any of the row's. A remark against invitations beats the list's yes: invitations
    end if that is still a doubt, else stay as stored. Missing lines of the note are added.
    """
    said: dict[str, Any] = comparing.offer(entry)
    if contact.email_folded in map(email_key, entry.addresses.usable):
        said.pop("email", None)
    if entry.stops_invitations and said.get("gets_invitations"):
        del said["gets_invitations"]
        if Doubt.STOPPED in entry.doubts:
            said["gets_invitations"] = False
    found = comparing.differences(said, contact)
    lines = list(entry.note_lines)
    if Doubt.TWO_ADDRESSES in entry.doubts or Doubt.BROKEN_ADDRESS in entry.doubts:
        lines += comparing.kept_apart(entry)
    if comparing.missing_lines(contact.note, lines):
        found["note"] = (contact.note, comparing.note_with(contact.note, lines))
    return found


def notices(entry: Entry, contact: Contact) -> list[str]:
    """Return German notices for values that stay although the list has others."""
    found = []
    for name in ("first_name", "last_name", "role", "title"):
        written, stored = getattr(entry, name), getattr(contact, name)
        if comparing.has_lost_letters(written) and written != stored:
            found.append(f"„{written}“ hat verlorene Buchstaben; gespeichert bleibt „{stored}“")
        elif (
            name.endswith("name") and written and fold(written) != fold(stored) and comparing.same_name(written, stored)
        ):
            found.append(f"„{written}“ ist anders geschrieben; gespeichert bleibt „{stored}“")
    if entry.addresses.broken and contact.email and BROKEN_LINE.format(entry.addresses.broken) not in entry.note_lines:
        found.append(f"„{entry.addresses.broken}“ ist keine vollständige Adresse; gespeichert bleibt {contact.email}")
    return found

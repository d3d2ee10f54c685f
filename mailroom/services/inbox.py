"""Into the house: store, read once, apply once.

A handler (INBOX_HANDLERS, for instance `meetings.inbound.handle`) is called as `handle(mail, reading)` inside the
transaction that holds the row's lock, and returns an Outcome when the mail is its business, else None.
"""

from dataclasses import dataclass

from mailroom.models import InboxMail


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: the state, a German sentence, and the page on which it is to be seen."""

    state: str = InboxMail.State.APPLIED
    sentence: str = ""
    about_url: str = ""
    about_label: str = ""

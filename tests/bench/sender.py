"""Sends what lies in the outbox when told to (`python -m tests.bench.sender`).

Reads a word per line: `deliver` is `manage.py deliver_mail --once` in a process that has started already; `loop HOST
PORT SHARE OF` hands every OF-th mail, from the SHARE-th on, to smtplib and nothing else; `load` reads their bytes
before.
"""

import smtplib
import sys
import time

import django

from tests.bench.peer import say


def deliver() -> None:
    """Everything that is due, the way the office does it."""
    from django.core.management import call_command

    with open("/dev/null", "w") as nowhere:
        call_command("deliver_mail", once=True, stdout=nowhere)


def load() -> list[tuple[str, str, bytes]]:
    """Envelope and bytes of every mail; opens the database connection, too."""
    from mailroom.models import OutboxMail

    rows = OutboxMail.objects.order_by("pk").values_list("envelope_from", "recipient", "raw")
    return [(sender, recipient, bytes(raw)) for sender, recipient, raw in rows]


def loop(mails: list[tuple[str, str, bytes]], host: str, port: int) -> None:
    """One connection, one mail after the other."""
    with smtplib.SMTP(host, port, local_hostname="[127.0.0.1]") as smtp:
        for sender, recipient, raw in mails:
            smtp.sendmail(sender, [recipient], raw)


def main() -> None:
    """Answer line by line until there are no more."""
    django.setup()
    mails = []
    say({})
    for line in sys.stdin:
        word, *arguments = line.split()
        start = time.monotonic()
        if word == "load":
            mails = load()
        elif word == "deliver":
            deliver()
        else:
            host, port, share, of = arguments
            loop(mails[int(share) :: int(of)], host, int(port))
        say({"start": start, "end": time.monotonic()})


if __name__ == "__main__":
    main()

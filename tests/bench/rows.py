"""What stands in the database before something is measured (`python -m tests.bench.rows`).

Reads a word per line: `office N` (people, a lead), `meeting` (a new one, planned, of all networks), `invited N` (a new
one with N people whose mails lie in the outbox), `tokens` (of that), `answered N` (of those), `refill` (the same mails,
none sent), `fates` (mails by state), `queries ADDRESS` (of one page), `replied N` (all of those answer by their
calendar, for the N-th time; the mails lie in the mailbox), `fetched` (they are read).
"""

import io
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

from tests.bench.peer import say

TEXT = """Wir laden Sie herzlich zum nächsten Netzwerktreffen ein. Im Mittelpunkt steht der **Übergang von der Schule
in den Beruf**: Was brauchen Betriebe, was können Schulen leisten, und wo hilft eine Absprache?

- Betriebe berichten, wie sie Praktika begleiten
- Schulen zeigen, wie sie darauf vorbereiten
- Gemeinsam planen wir die Praktikumswochen im Frühjahr

Für Kaffee und einen kleinen Imbiss ist gesorgt. Parkplätze finden Sie hinter dem Haus."""
REPLY = """From: {email}
To: {organizer}
Subject: Antwort
Message-ID: <{id}@schule.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Meine Antwort
--b
Content-Type: text/calendar; method=REPLY; charset=utf-8

BEGIN:VCALENDAR
PRODID:-//Kalender//DE
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
UID:{uid}
DTSTAMP:{stamp}
SEQUENCE:0
ORGANIZER:mailto:{organizer}
ATTENDEE;PARTSTAT={status}:mailto:{email}
END:VEVENT
END:VCALENDAR
--b--
"""
AGENDA = ("Begrüßung", "Rundgang durch den Betrieb", "Praktika: was gelingt, was fehlt", "Pause", "Verabredungen")


class Rows:
    """The words that it knows, and what it has to remember between them."""

    def office(self, contacts: int) -> dict[str, Any]:
        """An empty, migrated database with people and the logins of the demo."""
        from django.core.management import call_command

        from netzwerk.demo.logins import logins

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("seed_demo", partners=contacts, meetings=0, verbosity=0)
        self.vacuum()
        login = logins()[-1]
        return {"email": login.email, "password": login.password}

    def meeting(self) -> dict[str, Any]:
        """Hybrid, with seats, agenda and text, in two months."""
        from django.utils import timezone

        from meetings.enums import Format, State
        from meetings.models import Meeting
        from partners.models import Organisation
        from regions.models import Network
        from team.models import User

        starts_at = timezone.localtime().replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=60)
        self.latest = Meeting.objects.create(
            title="Netzwerktreffen Schule und Wirtschaft",
            theme="Übergang von der Schule in den Beruf",
            format=Format.HYBRID,
            state=State.PLANNED,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=150),
            host=Organisation.objects.filter(kind=Organisation.Kind.COMPANY).order_by("pk").first(),
            online_link="https://raum.anbieter.example/treffen",
            dial_in="0541 501 100",
            capacity_in_person=100,
            answer_deadline_on=(starts_at - timedelta(days=7)).date(),
            text=TEXT,
            responsible=User.objects.get(is_lead=True),
        )
        self.latest.networks.set(Network.objects.all())
        for number, title in enumerate(AGENDA):
            self.latest.agenda_items.create(offset_minutes=30 * number, title=title)
        return {"path": self.latest.get_absolute_url()}

    def invited(self, count: int) -> dict[str, Any]:
        """Real invitations by the real services; their mails are in the outbox, due."""
        from mailroom.models import OutboxMail
        from mailroom.services.acts import write
        from meetings.services.inviting import invite, recipients
        from team.models import User

        self.meeting()
        people = [one.contact for one in recipients.candidates(self.latest) if one.is_mailable][:count]
        invite.invite(self.latest, people, by=User.objects.get(is_lead=True), word="Wir freuen uns auf Sie.")
        write.write_due()
        self.mails = list(OutboxMail.objects.all())
        octets = sum(len(bytes(mail.raw)) for mail in self.mails) / len(self.mails)
        return {**self.tokens(), "mails": len(self.mails), "octets": octets}

    def tokens(self) -> dict[str, Any]:
        """Of the newest meeting."""
        return {"tokens": list(self.latest.invitations.order_by("pk").values_list("token", flat=True))}

    def answered(self, count: int) -> dict[str, Any]:
        """Every second of these accepts in person or online, the others say perhaps or no."""
        from meetings.enums import Via
        from meetings.services.answers import record

        words = ({"answer": "accepted", "mode": "in_person"}, {"answer": "tentative"})
        words += ({"answer": "accepted", "mode": "online"}, {"answer": "declined"})
        for number, invitation in enumerate(self.latest.invitations.order_by("pk")[:count]):
            record.record(invitation, via=Via.LINK, **words[number % len(words)])
        self.vacuum()
        return {}

    def refill(self) -> dict[str, Any]:
        """As after `invited`, whatever delivery made of the rows."""
        from mailroom.models import OutboxMail

        OutboxMail.objects.all().delete()
        OutboxMail.objects.bulk_create(self.mails, batch_size=500)
        self.vacuum()
        return {}

    def replied(self, turn: int) -> dict[str, Any]:
        """In turns perhaps and no, which need no seat."""
        from django.conf import settings
        from django.utils import timezone

        from mailroom.services.addresses import tagged

        new = settings.DATA_DIR / "inbox" / "new"
        for number, one in enumerate(self.latest.invitations.order_by("pk")):
            status = ("TENTATIVE", "DECLINED")[(turn + number) % 2]
            about = {"uid": one.uid, "email": one.email, "organizer": tagged(one.tag), "status": status}
            reply = REPLY.format(**about, stamp=f"{timezone.now():%Y%m%dT%H%M%SZ}", id=f"{turn}.{number}")
            (new / f"{turn}-{number}").write_bytes(reply.replace("\n", "\r\n").encode())
        return {}

    def fetched(self) -> dict[str, Any]:
        """How long it takes, and how many were applied."""
        from django.core.management import call_command

        out = io.StringIO()
        start = time.perf_counter()
        call_command("fetch_mail", "--once", stdout=out)
        took = time.perf_counter() - start
        said = out.getvalue().strip()
        applied = re.search(r"übernommen (\d+)", said)
        return {"seconds": took, "applied": int(applied.group(1)) if applied else 0, "said": said}

    def fates(self) -> dict[str, int]:
        """How many mails are in which state."""
        from mailroom.models import OutboxMail

        return dict(Counter(OutboxMail.objects.values_list("state", flat=True)))

    def queries(self, url: str) -> dict[str, int]:
        """How many queries the page takes and how large it is; it has to be there."""
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as taken:
            page = Client(headers={"host": "127.0.0.1"}).get(url)
        assert page.status_code == 200, page.status_code
        return {"queries": len(taken), "octets": len(page.content)}

    def vacuum(self) -> None:
        """What the database would tidy later, in the middle of a round."""
        from django.db import connection

        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")


def main() -> None:
    """Answer line by line until there are no more."""
    django.setup()
    rows = Rows()
    say({})
    for line in sys.stdin:
        word, *arguments = line.split()
        act: Callable[..., dict[str, Any]] = getattr(rows, word)
        say(act(*(int(argument) if argument.isdigit() else argument for argument in arguments)))


if __name__ == "__main__":
    main()

"""`manage.py seed_demo`: fill the database with invented partners and meetings."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from netzwerk.demo import inbox
from netzwerk.demo.logins import logins
from netzwerk.demo.meeting_seeding import seed_meetings
from netzwerk.demo.seeding import ForeignDataError, seed_partners
from netzwerk.demo.sketches import SHOWN


class Command(BaseCommand):
    """Command that fills the database with fictional data; the same seed gives the same data."""

    help = (
        "Legt erfundene Partner und Treffen an. Derselbe --seed ergibt dieselben Daten, die Treffen liegen um den "
        "heutigen Tag; ein zweiter Aufruf mit mehr --partners oder --meetings ergänzt, was fehlt."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--partners", type=int, default=300, metavar="N", help="Personen, auf etwa N/2 Einrichtungen"
        )
        parser.add_argument("--meetings", type=int, default=len(SHOWN), metavar="N", help="Netzwerktreffen")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="andere Zahl, andere Daten")

    def handle(self, *args: Any, partners: int, meetings: int, seed: int, verbosity: int, **options: Any) -> None:
        """Seed and, unless `verbosity` is 0, print what was added and how to log in."""
        try:
            seeded = seed_partners(partners, seed)
        except ForeignDataError:
            raise CommandError(
                f"Die Datenbank enthält schon Einrichtungen, die nicht aus --seed {seed} stammen. "
                "Bitte denselben --seed wie beim ersten Mal nehmen oder mit DATA_DIR=… einen leeren Ordner."
            ) from None
        held = seed_meetings(meetings, seed)
        inbox.write()
        if not verbosity:
            return
        self.stdout.write(f"Vorführdaten: {seeded.contacts} Personen an {seeded.organisations} Einrichtungen angelegt.")
        self.stdout.write(f"{held.meetings} Treffen mit {held.invitations} Einladungen angelegt.")
        for login in logins():
            self.stdout.write(f"Anmelden als {login.what}: {login.email}, Kennwort {login.password}")

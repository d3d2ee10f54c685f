"""`reset_second_factor EMAIL`: remove all factors of a member who has lost them."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from team.models import User
from team.services import second_factor


class Command(BaseCommand):
    """For everyone who may start commands on the server; the member is told by mail."""

    help = "Nimmt jemandem App, Passkeys und Wiederherstellungscodes ab, damit sie oder er neue einrichten kann."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="die Adresse, mit der sich die Person anmeldet")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Remove the factors and report the result. Raise CommandError for an address that no member has."""
        try:
            user = User.objects.get_by_natural_key(email.strip())
        except User.DoesNotExist:
            raise CommandError(
                f"Mit der Adresse „{email}“ meldet sich niemand an. Bitte prüfen Sie die Schreibweise.", returncode=2
            ) from None
        if not second_factor.reset(user):
            self.stdout.write(f"{user} hat keinen zweiten Faktor; es war nichts zu tun.")
            return
        self.stdout.write(
            f"{user} hat keinen zweiten Faktor mehr, ist überall abgemeldet und bekommt eine Mail. "
            "Die nächste Anmeldung geht mit dem Passwort allein."
        )

"""`first_user`: invite the first lead, named in FIRST_USER_EMAIL by the person who sets up the site."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from team.models import User
from team.services import members


class Command(BaseCommand):
    """Runs at every start, before web and worker; does something only while there is no account."""

    help = "Legt die erste Leitung an (FIRST_USER_EMAIL); sie bekommt den Link für das Passwort mit der Post."

    def handle(self, *args: Any, **options: Any) -> None:
        """Invite the first lead and report it without a name, because the output goes into the log.

        Do nothing without an address or when any account exists. Raise CommandError when the address is invalid or no
        mail server could deliver the link.
        """
        email = settings.FIRST_USER_EMAIL
        if not email or User.objects.exists():
            return
        try:
            User._meta.get_field("email").clean(email, None)
        except ValidationError:
            raise CommandError(
                "FIRST_USER_EMAIL ist keine Mailadresse. Zum Beispiel: leitung@amt.example", returncode=2
            ) from None
        if settings.EMAIL_URL.startswith("outbox:") and not settings.DEMO:
            raise CommandError(
                "FIRST_USER_EMAIL braucht einen Mailserver, denn der Link für das Passwort kommt mit der Post. "
                "Bitte EMAIL_URL setzen oder das erste Konto mit „manage.py createsuperuser“ anlegen.",
                returncode=2,
            )
        members.invite_first(email)
        self.stdout.write("Das erste Konto ist angelegt; der Link für das Passwort geht an FIRST_USER_EMAIL.")

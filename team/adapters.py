"""Adapters that fit allauth to this office."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from team import mails

_WAYS = {
    "reauthenticate": "Mit dem Passwort",
    "mfa_reauthenticate": "Mit einem Code",
    "mfa_reauthenticate:webauthn": "Mit einem Passkey",
}


class AccountAdapter(DefaultAccountAdapter):
    """Allauth's account pages without public sign-up (the lead invites members) and with messages that say "Sie"."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides.",
        "enter_current_password": "Das ist nicht Ihr jetziges Passwort. Bitte geben Sie es noch einmal ein.",
        "incorrect_password": "Das Passwort stimmt nicht. Bitte geben Sie es noch einmal ein.",
        "too_many_login_attempts": (
            "Das waren zu viele Versuche. Bitte warten Sie fünf Minuten oder lassen Sie sich über „Passwort "
            "vergessen“ einen Link schicken."
        ),
        "rate_limited": "Das waren zu viele Anfragen. Bitte warten Sie eine Minute.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        """Return the subject without the site's name in brackets; the sender names the office."""
        return str(subject)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link under BASE_URL, so that a forged Host header cannot change it."""
        return mails.link_with_key(key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {"site_url": settings.BASE_URL, **context})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        super().send_notification_mail(template_prefix, user, {"user": user, **(context or {})}, email)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict]:
        return [{**way, "description": _WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names and messages for the second factor."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": (
            "Das hat nicht gestimmt. Bitte versuchen Sie es noch einmal; ein Code gilt nur kurz und nur einmal."
        ),
        "cannot_generate_recovery_codes": (
            "Wiederherstellungscodes gibt es erst, wenn ein zweiter Faktor eingerichtet ist."
        ),
    }

    def _get_site_name(self) -> str:
        """Return the office's name, which the device shows beside the passkey, instead of the server's."""
        return str(settings.MFA_TOTP_ISSUER)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Return the name of a passkey for which the member typed none: „Passkey“, „Passkey 2“ …."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

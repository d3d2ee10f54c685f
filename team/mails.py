"""Mails to members of the team; allauth's own mails are in templates/account/email/."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from team.models import User


def link_with_key(key: str) -> str:
    """Return the link to the page that sets a password, with allauth's key „user-token“."""
    user, _, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})
    return f"{settings.BASE_URL}{path}"


def link_to_set_password(user: User) -> str:
    """Return a link that sets this member's password once, valid for PASSWORD_RESET_TIMEOUT seconds.

    It becomes invalid early when the member's password or address changes.
    """
    return link_with_key(f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}")


def invitation(user: User, *, by: User | None) -> EmailMultiAlternatives:
    """Return the unsent mail with the link to set a new member's password.

    `by` gets the replies; it is None for the first lead.
    """
    context = {
        "by": by,
        "link": link_to_set_password(user),
        "ends_at": timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    }
    return _mail("team_invitation", user, context, reply_to=[by.email] if by else None)


def second_factor_reset(user: User) -> EmailMultiAlternatives:
    """Return the unsent mail that tells a member that their second factor was removed on the server."""
    return _mail("second_factor_reset", user, {"is_demanded": settings.REQUIRE_MFA})


def _mail(
    kind: str, user: User, context: dict[str, Any], *, reply_to: list[str] | None = None
) -> EmailMultiAlternatives:
    """Return the unsent mail to a member, rendered from the three templates of a kind."""
    context |= {"user": user, "site_url": settings.BASE_URL, "office_name": parseaddr(settings.MAIL_FROM)[0]}
    subject, text, html = (
        render_to_string(f"mail/{kind}/{name}", context).strip() for name in ("subject.txt", "body.txt", "body.html")
    )
    mail = EmailMultiAlternatives(subject, text, to=[user.email], reply_to=reply_to)
    mail.attach_alternative(html, "text/html")
    return mail

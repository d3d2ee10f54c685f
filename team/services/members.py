"""Invite, change, lock out and readmit members of the team."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction

from team import mails
from team.models import User
from team.services import activity

_EDITABLE = ("email", "first_name", "last_name", "phone", "is_lead", "is_active")
_FOLLOWING = ("email_folded", "sort_key", "version")


class NotAllowed(ValueError):
    """The act is refused; the German text gives the reason and the remedy."""


@transaction.atomic
def invite(
    email: str, *, by: User | None, first_name: str = "", last_name: str = "", phone: str = "", is_lead: bool = False
) -> User:
    """Create a member without a password, mail them the link to set one, and record it in the log.

    `by` is None for the first member. Raise IntegrityError for an address that a member has.
    """
    user = User.objects.create_user(email, first_name=first_name, last_name=last_name, phone=phone, is_lead=is_lead)
    mails.invitation(user, by=by).send()
    activity.record(f"hat {user} ins Team eingeladen", by=by, about=[user])
    return user


def invite_first(email: str) -> User | None:
    """Invite the first lead, as `invite` does; do nothing and return None when any account exists."""
    return None if User.objects.exists() else invite(email, by=None, is_lead=True)


@transaction.atomic
def send_link(user: User, *, by: User) -> None:
    """Mail a new link to a member without a password and record it; the former link becomes invalid.

    Locks the member's row. Raise NotAllowed when the member is locked out or has a password.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    if not row.is_active:
        raise NotAllowed("Der Zugang ist gesperrt. Bitte geben Sie ihn zuerst wieder frei.")
    if row.has_usable_password():
        raise NotAllowed(f"{row} hat schon ein Passwort. Ein neues gibt es auf der Anmeldeseite, „Passwort vergessen“.")
    row.set_unusable_password()
    row.save(update_fields=["password"])
    mails.invitation(row, by=by).send()
    activity.record(f"hat {row} einen neuen Link für das Passwort geschickt", by=by, about=[row])


@transaction.atomic
def change(user: User, *, by: User) -> User:
    """Save a member's name, address, telephone, lead and access (`_EDITABLE`) where they differ, under a row lock.

    The caller has increased `version`. Each kind of change is recorded in the log. A member who is locked out is logged
    out everywhere. A new address invalidates every link sent to the old one; an active member without a password is
    mailed a new link. Without a change nothing is written. Raise NotAllowed when no active lead would be left.
    """
    before = User.objects.select_for_update().get(pk=user.pk)
    changed = [name for name in _EDITABLE if getattr(user, name) != getattr(before, name)]
    if not changed:
        return user
    if before.is_lead and before.is_active and not (user.is_lead and user.is_active):
        _keep_a_lead(besides=before)
    user.save(update_fields=[*changed, *_FOLLOWING])
    if not user.is_active:
        end_sessions(user)
    for sentence in _sentences(user, changed):
        activity.record(sentence, by=by, about=[user])
    if "email" in changed:
        EmailAddress.objects.filter(user=user).delete()
        if user.is_active and not user.has_usable_password():
            send_link(user, by=by)
    return user


def deactivate(user: User, *, by: User) -> User:
    """Lock a member out, at once and on every device, and record it in the log.

    Raise NotAllowed for the last active lead.
    """
    user.is_active = False
    user.version += 1
    return change(user, by=by)


def reactivate(user: User, *, by: User) -> User:
    """Let a member in again, with the same password as before, and record it in the log."""
    user.is_active = True
    user.version += 1
    return change(user, by=by)


def end_sessions(user: User) -> None:
    """Log a member out on every device, by deleting the sessions that were recorded for them."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def _keep_a_lead(*, besides: User) -> None:
    """Raise NotAllowed if there is no active lead but `besides`, who stops being one.

    The active leads are locked, so that two of them cannot take the role from each other at the same time.
    """
    leads = User.objects.active().leads().select_for_update().values_list("pk", flat=True)
    if set(leads) <= {besides.pk}:
        raise NotAllowed(
            f"{besides} ist die einzige aktive Leitung. Bitte geben Sie die Leitung zuerst jemand anderem."
        )


def _sentences(user: User, changed: list[str]) -> list[str]:
    """Return the sentences for the log about the changed fields: on access, on the lead, and on all others together."""
    sentences = []
    if "is_active" in changed:
        sentences.append(f"hat den Zugang von {user} {'wieder freigegeben' if user.is_active else 'gesperrt'}")
    if "is_lead" in changed:
        sentences.append(f"hat {user} die Leitung {'gegeben' if user.is_lead else 'genommen'}")
    labels = [
        str(field.verbose_name) for field in User._meta.fields if field.name in {*changed} - {"is_lead", "is_active"}
    ]
    if labels:
        sentences.append(f"hat die Angaben zu {user} geändert: {', '.join(labels)}")
    return sentences

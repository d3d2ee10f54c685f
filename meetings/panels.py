"""Panels about meetings on the pages of partners and of incoming mails.

The settings PARTNER_PANELS, INBOX_PANELS and OUTBOX_PANELS name them, since those apps do not import meetings.
"""

from typing import Any
from uuid import UUID

from django.urls import Resolver404
from django.urls import resolve as view_of

from mailroom.enums import MailKind
from mailroom.models import Address, InboxMail, OutboxMail
from meetings import cases
from meetings.models import Invitation, Proposal
from meetings.services.answers import calls
from meetings.services.returns import proposals, resolve
from meetings.services.sending import delivery_status
from partners.forms.contacts import AddressForm
from partners.models import Contact, Organisation
from partners.services import corrections

NEWEST = 20


def for_contact(contact: Contact) -> dict[str, Any]:
    """Return the contact's 20 latest invitations with their answers, the latest meeting first; at most three queries.

    `again` has the keys of invitations that can be mailed again, since the newest mail has not reached the contact.
    """
    panel = _panel(Invitation.objects.filter(contact=contact), names_people=False)
    return panel | {"again": _unreached(contact, panel["invitations"])}


def _unreached(contact: Contact, invitations: list[Invitation]) -> set[UUID]:
    """Return the keys of valid invitations whose newest mail failed or came back, or was not written; none waits.

    Only meetings count that invitees can still answer; none while the contact's address is broken.
    """
    if contact.address is not None and contact.address.state == Address.State.HARD:
        return set()
    ahead = [one for one in invitations if one.meeting.is_open_for_answers and one.withdrawn_at is None]
    mails = delivery_status.mails_to(ahead) if ahead else {}
    return {one.pk for one in ahead if mails[one.pk].never_arrived or mails[one.pk].is_lost}


def for_organisation(organisation: Organisation) -> dict[str, Any]:
    """Return the 20 latest invitations of the organisation's people with their answers, the latest meeting first.

    One query.
    """
    return _panel(Invitation.objects.filter(contact__organisation=organisation), names_people=True)


def for_mail(mail: InboxMail) -> dict[str, Any]:
    """Return the invitation that the mail is about, with open and decided proposals; at most three queries.

    For a person's waiting mail that is about none, `perhaps` has up to five probable ones. `answers` are the choices to
    note by hand, for a waiting mail without a proposal.
    """
    found = list(
        Proposal.objects.filter(mail=mail)
        .select_related("invitation__contact__organisation", "invitation__meeting", "settled_by")
        .order_by("created_at", "pk")
    )
    waiting = [one for one in found if one.settled_at is None]
    invitation = found[0].invitation if found else _invitation_of(mail.about_url)
    is_waiting = mail.state == InboxMail.State.WAITING
    is_to_note = invitation is not None and not found and is_waiting
    is_open = invitation is None and is_waiting and mail.kind == MailKind.HUMAN
    return {
        "template": "meetings/returns/mail_panel.html",
        "invitation": invitation,
        "perhaps": list(proposals.probable(mail.sender)[: cases.SOME]) if is_open else [],
        "answers": calls.answer_choices(invitation.meeting) if invitation and is_to_note else [],
        "questions": resolve.questions(waiting),
        "decided": [one for one in found if one.settled_at is not None],
    }


def for_sent_mail(mail: OutboxMail) -> dict[str, Any]:
    """Return the invitation that an outgoing mail is about; {} without one. At most eight queries.

    `form` corrects the contact's address and mails them again: for an invitee who can still answer, when their newest
    mail failed or came back. It opens with the suggested address if there is one.
    """
    try:
        rows = Invitation.objects.select_related("contact__organisation", "meeting").filter(pk=UUID(mail.lane))
    except ValueError:  # no lane, or none of an invitation
        return {}
    if (invitation := rows.first()) is None:
        return {}
    panel: dict[str, Any] = {"template": "meetings/inviting/sent_panel.html", "invitation": invitation}
    is_lost = delivery_status.mails_to([invitation])[invitation.pk].is_lost
    if is_lost and invitation.withdrawn_at is None and invitation.meeting.is_open_for_answers:
        suggested = corrections.suggest(invitation.contact)
        panel["form"] = AddressForm(instance=invitation.contact, initial={"email": suggested} if suggested else None)
    return panel


def _invitation_of(url: str) -> Invitation | None:
    """Return the invitation whose answer page has this path; None for any other page."""
    try:
        page = view_of(url)
    except Resolver404:
        return None
    if page.view_name != "meetings:note_answer":
        return None
    rows = Invitation.objects.select_related("contact__organisation", "meeting")
    return rows.filter(pk=page.kwargs["invitation_pk"]).first()


def _panel(invitations: Any, *, names_people: bool) -> dict[str, Any]:
    """Return the panel with the `NEWEST` (20) invitations, withdrawn ones included; one query."""
    rows = invitations.select_related("meeting", "contact").order_by("-meeting__starts_at", "contact__sort_key", "pk")
    found = list(rows[: NEWEST + 1])
    return {
        "template": "meetings/answers/invitations_panel.html",
        "invitations": found[:NEWEST],
        "names_people": names_people,
        "has_more": len(found) > NEWEST,
    }

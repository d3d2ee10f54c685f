"""Pages that correct or release a contact's address, and that assign a mail from an unknown sender."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from mailroom.models import InboxMail
from mailroom.services import addresses, settling
from partners.models import Contact
from partners.services import corrections
from team.requests import TeamRequest

_AT_MOST = 20


@require_POST
def release_address(request: TeamRequest, pk: int) -> HttpResponse:
    """Mark the contact's undeliverable or disturbed address as in order, or as stopped if its owner stopped it.

    Both show the same message; a stopped one still gets no invitations, reminders or letters. A disturbed one got
    mails before, too. An address in any other state stays as it is, without a message.
    """
    contact = get_object_or_404(Contact, pk=pk)
    if addresses.mark_usable(contact.email_folded, by=request.user, about=[contact]):
        messages.success(request, "Die Adresse ist freigegeben. Einladungen, die nicht ankamen, stehen unten.")
    return redirect(contact)


@require_POST
def take_address(request: TeamRequest, pk: int) -> HttpResponse:
    """Save the posted address as the contact's if it is still the suggested one; else show a message."""
    contact = get_object_or_404(Contact, pk=pk)
    try:
        corrections.take_over(contact, request.POST.get("email", ""), by=request.user)
    except corrections.Outdated:
        messages.error(request, "Die Adresse hat sich inzwischen geändert. Bitte sehen Sie noch einmal nach.")
    else:
        messages.success(request, "Die Adresse ist berichtigt. Einladungen, die nicht ankamen, stehen unten.")
    return redirect(contact)


@require_safe
def mail_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a search for the contact who sent an incoming mail, with at most 20 results, former ones too."""
    mail = get_object_or_404(InboxMail.objects.defer("raw"), pk=pk)
    words = request.GET.get("q", "").strip()
    people = Contact.objects.found_by(words).select_related("organisation")[:_AT_MOST] if words else []
    return render(request, "partners/mail_person.html", {"mail": mail, "words": words, "people": people})


@require_POST
def assign_mail(request: TeamRequest, pk: UUID, contact_pk: int) -> HttpResponse:
    """Assign the mail to this contact, instead of what it belonged to before; it appears in their timeline, too.

    It stays open if it was. Timelines of earlier assignments keep their entry.
    """
    mail = get_object_or_404(InboxMail.objects.defer("raw"), pk=pk)
    contact = get_object_or_404(Contact, pk=contact_pk)
    sentence = f"hat die Mail „{mail.subject}“ {contact} zugeordnet"
    url, label = contact.get_absolute_url(), str(contact)
    settling.assign(mail, sentence=sentence, url=url, label=label, about=[contact], by=request.user)
    messages.success(request, f"Die Mail steht jetzt auch bei {contact}.")
    return redirect(mail)

"""The address of a person: mended, or released after a failure. And mails of people whom nobody recognised."""

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
    """Let mails go to her address again."""
    contact = get_object_or_404(Contact, pk=pk)
    if addresses.release(contact.email_folded, by=request.user, about=[contact]):
        messages.success(request, "Die Adresse ist freigegeben. Einladungen, die nicht ankamen, stehen unten.")
    return redirect(contact)


@require_POST
def take_address(request: TeamRequest, pk: int) -> HttpResponse:
    """Take the suggested address over."""
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
    """Find the person whom an incoming mail is from."""
    mail = get_object_or_404(InboxMail.objects.defer("raw"), pk=pk)
    words = request.GET.get("q", "").strip()
    people = Contact.objects.found_by(words).select_related("organisation")[:_AT_MOST] if words else []
    return render(request, "partners/mail_person.html", {"mail": mail, "words": words, "people": people})


@require_POST
def assign_mail(request: TeamRequest, pk: UUID, contact_pk: int) -> HttpResponse:
    """Say that the mail is from this person; it then stands in her timeline."""
    mail = get_object_or_404(InboxMail.objects.defer("raw"), pk=pk)
    contact = get_object_or_404(Contact, pk=contact_pk)
    sentence = f"hat die Mail „{mail.subject}“ {contact} zugeordnet"
    url, label = contact.get_absolute_url(), str(contact)
    settling.assign(mail, sentence=sentence, url=url, label=label, about=[contact], by=request.user)
    messages.success(request, f"Die Mail steht jetzt auch bei {contact}.")
    return redirect(mail)

"""Pages where the lead manages the members of the team."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, ListView, UpdateView

from common.lists import ROWS_PER_PAGE
from common.locking import LockedFormMixin
from team.forms import MemberForm
from team.models import User
from team.services import activity, members

MANAGE = "team.manage_members"
lead_only = permission_required(MANAGE, raise_exception=True)


class MemberList(PermissionRequiredMixin, ListView):
    """The list of all members, including those who are locked out."""

    permission_required = MANAGE
    queryset = User.objects.with_second_factor()
    template_name = "team/members.html"
    paginate_by = ROWS_PER_PAGE


class MemberCreate(PermissionRequiredMixin, LockedFormMixin, CreateView):
    """The page that invites a member."""

    permission_required = MANAGE
    model = User
    form_class = MemberForm
    template_name = "team/member_form.html"
    saved_message = ""
    success_url = reverse_lazy("team:members")
    extra_context = {"save_label": "Anlegen und Link senden", "cancel_url": success_url}

    def act(self, form: Any) -> User:
        """Invite the member through `members.invite`, which mails the link and writes the log."""
        user = members.invite(**form.cleaned_data, by=self.request.user)
        messages.success(self.request, f"{user} ist angelegt. Der Link für das Passwort ist unterwegs.")
        return user


class MemberUpdate(PermissionRequiredMixin, LockedFormMixin, UpdateView):
    """The page that changes a member, with the buttons to send a new link or lock them out."""

    permission_required = MANAGE
    model = User
    form_class = MemberForm
    template_name = "team/member_form.html"
    saved_message = ""
    queryset = User.objects.with_second_factor()
    context_object_name = "member"
    success_url = reverse_lazy("team:members")
    extra_context = {"cancel_url": success_url}

    def act(self, form: Any) -> User:
        """Save through `members.change`, which writes the log, and ends sessions or mails a new link where due."""
        user = members.change(form.save(commit=False), by=self.request.user)
        messages.success(self.request, f"Die Angaben zu {user} sind gespeichert.")
        return user

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except members.NotAllowed as reason:
            form.add_error(None, str(reason))
            return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(activities=activity.timeline(self.object), **kwargs)


@lead_only
@require_POST
def send_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a new link to a member who has no password yet."""
    member = _member(pk)
    return _act_and_redirect(request, member, members.send_link, f"Ein neuer Link ist unterwegs an {member.email}.")


@lead_only
@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock a member out and log them out everywhere; refused for the last active lead."""
    member = _member(pk)
    return _act_and_redirect(request, member, members.deactivate, f"{member} kann sich nicht mehr anmelden.")


@lead_only
@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a member in again."""
    member = _member(pk)
    return _act_and_redirect(request, member, members.reactivate, f"{member} kann sich wieder anmelden.")


def _member(pk: int) -> User:
    everybody: QuerySet[User] = User.objects.all()
    return get_object_or_404(everybody, pk=pk)


def _act_and_redirect(request: HttpRequest, member: User, act: Any, done: str) -> HttpResponse:
    """Do the act of `members`, show its result or German refusal as a message and redirect to the member."""
    try:
        act(member, by=request.user)
    except members.NotAllowed as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, done)
    return redirect(member)

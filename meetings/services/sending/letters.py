"""The writer of mails to invitees, named in ACT_WRITERS (`mailroom.services.acts.writers`)."""

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from common.folding import email_key
from mailroom.models import Act, ActItem, OutboxMail
from mailroom.services import addresses, outbox
from mailroom.services.acts.writers import Named, Outcome, Terms
from meetings.enums import MailingKind
from meetings.mails import Letter
from meetings.models import Change, Facts, Invitation, Meeting
from meetings.services.sending import dispatch, undo
from team.models import User
from team.services import activity

logger = logging.getLogger(__name__)

# These still help people who are on their way or wait in the room; an invitation is useless after the start.
_OF_USE_UNTIL_THE_END = (MailingKind.UPDATE, MailingKind.CANCELLATION, MailingKind.WITHDRAWAL)

CANCELLED = "Das Treffen ist inzwischen abgesagt."
_REINSTATED = "Das Treffen findet inzwischen doch statt."
_UNFIT = "An diese Adresse lässt sich keine Mail schreiben."
_WITHDRAWN = "Die Einladung ist inzwischen zurückgezogen."
_ANSWERED = "Hat inzwischen geantwortet."
_TOO_LATE = "Die ersten Mails sind schon auf dem Weg, deshalb lässt sich das nicht mehr anhalten."
_TOO_LATE_FOR_ALL = "Die ersten Mails sind schon auf dem Weg. Nehmen Sie die Sammelaktion bitte zurück."


class Writer:
    """The writer of an act about one meeting, which also undoes its decision (`mailroom.services.acts.writers.Writer`).

    Its recipients are invitations; the key of each is also its lane.
    """

    def __init__(self, act: Act) -> None:
        self.act = act
        self.kind = MailingKind(act.kind)
        self._rendered_from: tuple[int, int] | None = None  # facts_version and SEQUENCE

    @cached_property
    def meeting(self) -> Meeting:
        """The meeting; after `lock`, as read under the lock."""
        return Meeting.objects.select_related("host").get(pk=self.act.about_key)

    def lock(self) -> None:
        """Lock the meeting as answers do, and read it: an invitee who has just answered gets no reminder."""
        rows = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("host")
        self.meeting = rows.get(pk=self.act.about_key)

    # --- Writing

    def render(self, items: Sequence[ActItem]) -> dict[int, OutboxMail | str]:
        """Return by key of the item the prepared mail, or a German sentence why there is none. Opens no transaction.

        Keeps the versions of the meeting that the mails are built from. Writes nothing except missing stop tokens.
        """
        self._rendered_from = (self.meeting.facts_version, self.meeting.sequence)
        by_lane = self._invitations(items)
        people = list(by_lane.values())
        letters = _letters(self.meeting, self.kind, self.act.word, {one.told_version for one in people})
        tokens = addresses.stop_tokens(one.email for one in people)
        first_ids = {} if self.kind == MailingKind.INVITATION else _first_message_ids(by_lane)
        return {
            item.pk: self._mail(
                one, letters[one.told_version], tokens.get(email_key(one.email), ""), first_ids.get(item.lane)
            )
            if (one := by_lane.get(item.lane))
            else _WITHDRAWN
            for item in items
        }

    def _invitations(self, items: Sequence[ActItem]) -> dict[str, Invitation]:
        """Return the items' invitations by lane, withdrawn ones too, with contact, network and the act's meeting."""
        rows = Invitation.objects.filter(pk__in=[UUID(item.lane) for item in items])
        found = {one.lane: one for one in rows.select_related("contact__organisation").prefetch_related("network")}
        for one in found.values():
            one.meeting = self.meeting
        return found

    def _mail(
        self, invitation: Invitation, letter: Letter, stop_token: str, first_message_id: str | None
    ) -> OutboxMail | str:
        """Return the unsaved, held mail, or the German reason why there is none (`_obstacle`, or an unfit address).

        It expires when the meeting begins; an update, a cancellation or a withdrawal when it ends.
        """
        if obstacle := _obstacle(self.kind, invitation):
            return obstacle
        meeting = self.meeting
        try:
            copy = letter.copy(
                invitation, stop_token=stop_token, stamp=timezone.now(), first_message_id=first_message_id
            )
            return outbox.prepare(
                copy,
                kind=self.kind,
                recipient=invitation.email,
                lane=invitation.lane,
                version=invitation.mail_version,
                key=f"invitation:{invitation.pk}:{invitation.mail_version}",
                act=self.act,
                is_held=True,
                is_sequel=self.kind in (MailingKind.CANCELLATION, MailingKind.WITHDRAWAL),
                expires_at=meeting.ends_at if self.kind in _OF_USE_UNTIL_THE_END else meeting.starts_at,
                about_url=meeting.get_absolute_url(),
                about_label=meeting.title,
            )
        except ValueError as error:
            logger.warning("mail of invitation %s cannot be built: %s", invitation.pk, error)
            return _UNFIT

    def record_written(
        self, items: Sequence[ActItem], rendered: Mapping[int, OutboxMail | str]
    ) -> dict[int, Outcome] | None:
        """Return the mail of each item, or the reason why there is none, and raise `told_version` of those with a mail.

        Called under the meeting's lock. Returns None when the meeting has changed since `render`.
        """
        if (self.meeting.facts_version, self.meeting.sequence) != self._rendered_from:
            return None
        by_lane = {one.lane: one for one in Invitation.objects.filter(pk__in=[UUID(item.lane) for item in items])}
        found = {item.pk: self._outcome(by_lane.get(item.lane), rendered[item.pk]) for item in items}
        told = [by_lane[item.lane].pk for item in items if found[item.pk].mail]
        Invitation.objects.filter(pk__in=told).update(told_version=self.meeting.facts_version)
        return found

    def _outcome(self, invitation: Invitation | None, mail: OutboxMail | str) -> Outcome:
        """Return the outcome of one item; `invitation` is read under the lock, None when it is deleted.

        Events since `render` count, too. The memo is the `told_version` before the mail, which a stop restores.
        """
        if invitation is None:
            return Outcome(problem=_WITHDRAWN)
        invitation.meeting = self.meeting
        told = invitation.told_version
        if problem := _obstacle(self.kind, invitation) or (mail if isinstance(mail, str) else ""):
            return Outcome(problem=problem, memo=told)
        return Outcome(mail if isinstance(mail, OutboxMail) else None, memo=told)

    def named(self, items: Sequence[ActItem]) -> dict[int, Named]:
        """Return by key of the item the name and the page of the person; deleted invitations are left out."""
        rows = Invitation.objects.filter(pk__in=[UUID(item.lane) for item in items])
        found = {one.lane: one.contact for one in rows.select_related("contact__organisation")}
        return {
            item.pk: Named(f"{person.full_name}, {person.organisation.name}", person.get_absolute_url())
            for item in items
            if (person := found.get(item.lane))
        }

    # --- Stopping

    def terms(self) -> Terms:
        """Return the terms of stopping the act: why it cannot be stopped, and whether the mails it set aside come back.

        A decision about meeting or list is undone as a whole: one mail that may have left refuses the stop. Of other
        acts the rest is stopped. Mails that a decision set aside come back unless the meeting has changed since.
        """
        decides = self._decides
        too_late = _TOO_LATE_FOR_ALL if self.act.parent_id else _TOO_LATE
        # After a later change the mails that the decision set aside are outdated.
        gives_back = decides and not self._has_changed_since
        return Terms(self._why_it_stands(), gives_back, too_late if decides else "")

    @property
    def _decides(self) -> bool:
        """Whether stopping the act undoes a decision about the meeting (alone or one of many), or a withdrawal.

        False for inviting, although a stop deletes new invitations.
        """
        is_recorded = self.act.parent_id is not None or "meeting" in self.act.undo_record
        return is_recorded or self.kind == MailingKind.WITHDRAWAL

    @cached_property
    def _has_changed_since(self) -> bool:
        """Whether the meeting's facts have changed since the act, whose own change was recorded before it."""
        return Change.objects.filter(meeting=UUID(self.act.about_key), at__gt=self.act.created_at).exists()

    def _why_it_stands(self) -> str:
        """Say in German why the decision cannot be undone, "" when it can. Mails that have left do not matter."""
        if self.act.parent_id:
            return ""
        if self.kind == MailingKind.WITHDRAWAL and self.meeting.is_cancelled:
            return "Das Treffen ist inzwischen abgesagt, deshalb bleibt die Einladung zurückgenommen."
        if self.kind != MailingKind.CANCELLATION or not self._has_changed_since:
            return ""
        set_aside = OutboxMail.objects.filter(superseded_by_act=self.act, state=OutboxMail.State.SUPERSEDED)
        if set_aside.exists():
            return (
                "Das Treffen wurde seitdem geändert. Bitte nehmen Sie die Absage zurück: Dann erfahren alle, was gilt."
            )
        return ""

    def undo(self, *, by: User) -> str:
        """Undo the act's effects on invitations and meeting, log it, and return "" (the usual sentence about a stop).

        Invitations that the act created are deleted unless an invitee may know of them; reminded invitees stay invited.
        For a part of a decision about many meetings the `BulkReverter` restores the meeting and logs.
        """
        undo.undo_invitations(self.act)
        if self.act.parent_id:
            return ""
        if record := self.act.undo_record.get("meeting"):
            undo.restore(Meeting.objects.select_related("host").get(pk=self.act.about_key), record)
        whom = dispatch.persons(self.act.total)
        sentence = f"hat die Sendung „{self.act.get_kind_display()}“ an {whom} angehalten"
        activity.record(sentence, by=by, about=[self.meeting])
        return ""


def _letters(meeting: Meeting, kind: MailingKind, word: str, told: set[int]) -> dict[int, Letter]:
    """Return the letters by `told_version`: an update tells the differences since then.

    The other kinds tell everything, so that one letter serves all versions.
    """
    if kind != MailingKind.UPDATE:
        return dict.fromkeys(told, Letter(meeting, kind=kind, word=word))
    return {
        version: Letter(meeting, kind=kind, word=word, before=facts)
        for version, facts in known_facts(meeting, told).items()
    }


def known_facts(meeting: Meeting, told: set[int]) -> dict[int, Facts]:
    """Return the facts of each version in `told`: those before the next change, or the current ones; one query."""
    later = dict(Change.objects.filter(meeting=meeting).order_by("number").values_list("number", "before"))
    now = Facts.of(meeting)
    return {
        version: next((Facts.read(before) for number, before in later.items() if number > version), now)
        for version in told
    }


def _obstacle(kind: MailingKind, invitation: Invitation) -> str:
    """Say in German why this invitee gets no mail because of an event since the decision, "" when they do.

    Reads `meeting`. A former answer does not prevent a reminder.
    """
    meeting = invitation.meeting
    if kind == MailingKind.WITHDRAWAL:
        return ""
    if kind == MailingKind.CANCELLATION:
        return "" if meeting.is_cancelled else _REINSTATED
    if meeting.is_cancelled:
        return CANCELLED
    if invitation.withdrawn_at is not None:
        return _WITHDRAWN
    holds = invitation.answer and not invitation.is_answer_former
    return _ANSWERED if kind == MailingKind.REMINDER and holds else ""


def _first_message_ids(lanes: Collection[str]) -> dict[str, str]:
    """Return by lane the Message-ID of the first mail that may have arrived, as the start of the thread."""
    arrived = OutboxMail.objects.filter(lane__in=lanes).may_have_arrived()
    return dict(arrived.order_by("-version", "-created_at").values_list("lane", "message_id"))

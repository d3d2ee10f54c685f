"""The list of calls to make: invitees whose answer is awaited, and a note of the outcome of each call."""

from django.db import transaction
from django.db.models import Prefetch

from meetings.enums import Answer, CallOutcome, Format, Mode
from meetings.models import CallNote, Invitation, Meeting
from team.models import User
from team.services import activity

_ACCEPTED = {
    Mode.IN_PERSON: (f"{Answer.ACCEPTED}:{Mode.IN_PERSON}", "sagt zu, vor Ort"),
    Mode.ONLINE: (f"{Answer.ACCEPTED}:{Mode.ONLINE}", "sagt zu, online"),
}


def answer_choices(meeting: Meeting) -> list[tuple[str, str]]:
    """Return the answers that can be given on the phone at this meeting, as pairs of code and German words.

    An acceptance's code names the mode, too (`accepted:online`); there is one for each mode that the format offers.
    """
    modes = {Format.IN_PERSON: [Mode.IN_PERSON], Format.ONLINE: [Mode.ONLINE]}.get(
        Format(meeting.format), [Mode.IN_PERSON, Mode.ONLINE]
    )
    return [
        *(_ACCEPTED[mode] for mode in modes),
        (Answer.TENTATIVE.value, "kommt vielleicht"),
        (Answer.DECLINED.value, "sagt ab"),
    ]


def to_call(meeting: Meeting) -> list[Invitation]:
    """Return the valid invitations without an answer or with a former one, by organisation; two queries.

    Each comes with meeting, contact, organisation and the notes of all its calls. The meeting may be over or called
    off.
    """
    notes = CallNote.objects.select_related("by")
    found = (
        Invitation.objects.filter(meeting=meeting).valid().awaited().select_related("meeting", "contact__organisation")
    )
    found = found.order_by("contact__organisation__sort_key", "contact__sort_key", "pk")
    return list(found.prefetch_related(Prefetch("call_notes", queryset=notes)))


@transaction.atomic
def note(invitation: Invitation, outcome: str, *, by: User) -> CallNote:
    """Record the outcome of a call made now, with a log entry. Raises ValueError for an unknown outcome."""
    made = CallNote.objects.create(invitation=invitation, outcome=CallOutcome(outcome), by=by)
    contact = invitation.contact
    activity.record(
        f"hat bei {contact} angerufen: {made.get_outcome_display()}",
        by=by,
        about=[invitation.meeting, contact, contact.organisation],
    )
    return made

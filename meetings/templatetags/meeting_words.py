"""Template tags that describe meetings, invitations, answers and proposals in German."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.templatetags.ui import instant, period
from meetings.enums import Answer, BulkKind, Mode, ProposalKind
from meetings.models import Invitation, Meeting, Proposal, Response
from meetings.services.answers.counts import Tally
from meetings.services.answers.invitee import Shown
from meetings.services.bulk.order import Order
from meetings.services.planning.overview import Numbers
from partners.models import Contact

register = template.Library()

_ANSWER_LEVELS = {Answer.ACCEPTED: "good", Answer.TENTATIVE: "warning", Answer.DECLINED: "danger"}
_ANSWER_WORDS = {Answer.ACCEPTED: "zugesagt", Answer.TENTATIVE: "vielleicht", Answer.DECLINED: "abgesagt"}
_REFUSAL_HEADINGS = {"TooOften": "Bitte warten Sie kurz", "Full": "Gerade wurde der letzte Platz vergeben"}
_FORMER_ANSWERS = {
    Answer.ACCEPTED: "Sie hatten zum alten Termin zugesagt. Ihr Platz ist für Sie freigehalten, bis Sie neu antworten.",
    Answer.TENTATIVE: "Sie hatten zum alten Termin „vielleicht“ gesagt.",
    Answer.DECLINED: "Sie hatten zum alten Termin abgesagt.",
}
_PROPOSALS = {
    ProposalKind.FULL: "{invitee}: {answer}",
    ProposalKind.LATE: "{invitee}: {answer}",
    ProposalKind.ON_BEHALF: "{who} hat im Auftrag von {invitee} geantwortet: {answer}",
    ProposalKind.UNPROVEN: "Von {who} kam für {invitee}: {answer}. Ob das stimmt, ist nicht sicher.",
}
_FORWARDED = "{who} hat mit der Einladung von {invitee} geantwortet: {answer}"
_ACTS = {
    "guest": "Als Gast einladen",
    "substitute": "Vertretung annehmen",
    "take_over": "Termin übernehmen",
    "exceed": "Trotzdem übernehmen",
}


@register.inclusion_tag("ui/state.html")
def meeting_state(meeting: Meeting) -> dict[str, str]:
    """Show the state of the meeting: cancelled, draft, past or planned."""
    if meeting.is_cancelled:
        return {"level": "danger", "text": "abgesagt"}
    if meeting.is_draft:
        return {"level": "muted", "text": "Entwurf"}
    if meeting.is_past:
        return {"level": "muted", "text": "vorbei"}
    return {"level": "success", "text": "geplant"}


@register.inclusion_tag("ui/state.html")
def answer_state(invitation: Invitation) -> dict[str, str]:
    """Show the invitee's answer, an acceptance by its mode; a former answer has no colour. Reads `meeting`.

    Former: given before time, place or format changed; a meeting that is called off has none.
    """
    if not invitation.answer:
        return {"level": "muted", "text": "offen"}
    answer = Answer(invitation.answer)
    mode = invitation.get_mode_display() if answer == Answer.ACCEPTED else ""
    level = "muted" if invitation.is_answer_former else _ANSWER_LEVELS[answer]
    return {"level": level, "text": mode or _ANSWER_WORDS[answer]}


@register.filter
def by_answer(numbers: Numbers) -> tuple[tuple[str, SafeString | int], ...]:
    """Return the list's columns as (heading, value); former acceptances follow the other acceptances."""
    former = '{} <span class="secondary">+ {} zum alten Termin</span>'
    accepted = format_html(former if numbers.former else "{}", numbers.accepted, numbers.former)
    others = ("vielleicht", numbers.tentative), ("Absagen", numbers.declined), ("offen", numbers.open)
    return (("Zusagen", accepted), *others)


@register.filter
def answers_in_words(numbers: Numbers) -> str:
    """Return „3 Zusagen (1 weitere zum alten Termin) · 2 vielleicht · 1 Absage · 4 offen“."""
    accepted, former, declined = _accepted(numbers), _former(numbers), _declined(numbers)
    return f"{accepted}{former} · {numbers.tentative} vielleicht · {declined} · {numbers.open} offen"


@register.filter
def answers_at_a_glance(numbers: Numbers) -> SafeString:
    """Return the numbers of answers as HTML, the important ones first: „**3 Zusagen** (1 weitere …) · 4 offen · …“."""
    return format_html(
        '<b>{}</b>{} · {} offen<span class="secondary"> · {} vielleicht · {}</span>',
        *(_accepted(numbers), _former(numbers), numbers.open, numbers.tentative, _declined(numbers)),
    )


def _accepted(numbers: Numbers) -> str:
    return f"{numbers.accepted} {'Zusage' if numbers.accepted == 1 else 'Zusagen'}"


def _former(numbers: Numbers) -> str:
    return f" ({numbers.former} weitere zum alten Termin)" if numbers.former else ""


def _declined(numbers: Numbers) -> str:
    return f"{numbers.declined} {'Absage' if numbers.declined == 1 else 'Absagen'}"


@register.filter
def ways_in_words(tally: Tally) -> SafeString:
    """Return „vor Ort 12 von 20 Plätzen · online 5 · 3 online beigetreten“ as HTML; full modes are marked."""
    full = SafeString(" <b>(voll)</b>")
    ways = [format_html("{}{}", part.words, full if part.is_full else "") for part in tally.modes]
    joined = [f"{tally.joined} online beigetreten"] if tally.joined else []
    return format_html_join(" · ", "{}", ((way,) for way in [*ways, *joined]))


@register.simple_tag
def place_follows(*, has_online: bool, has_in_person: bool) -> str:
    """Return how people come together at a meeting that has no place yet."""
    if not has_online:
        return "Der Ort folgt."
    return "online oder vor Ort, der Ort folgt" if has_in_person else "online"


@register.filter
def refusal_heading(refusal: str) -> str:
    """Return the heading for an answer that was not recorded; `refusal` is the error's class name."""
    return _REFUSAL_HEADINGS.get(refusal, "Ihre Antwort konnten wir nicht mehr aufnehmen")


@register.filter
def former_answer(shown: Shown) -> str:
    """Return a sentence that tells the invitee their former answer. There must be one."""
    return _FORMER_ANSWERS[Answer(shown.answer)]


@register.filter
def current_answer(shown: Shown) -> str:
    """Return in German the answer given by the invitee, e.g. „Sie kommen vor Ort“. There must be one."""
    if shown.answer == Answer.TENTATIVE:
        return "Sie kommen vielleicht"
    if shown.answer == Answer.DECLINED:
        return "Sie kommen nicht"
    if shown.stage == "past":
        return "Sie hatten zugesagt"
    if shown.mode == Mode.ONLINE:
        return "Sie sind online dabei"
    return "Sie kommen vor Ort" if shown.has_online else "Sie kommen"


@register.simple_tag
def response_sentence(response: Response, meeting: Meeting) -> SafeString:
    """Return the words for a response, with the reason if it does not count, and a note if the meeting moved since."""
    mode = f", {response.get_mode_display()}" if response.mode else ""
    why_not = format_html(" <strong>(zählt nicht: {})</strong>", response.get_refusal_display())
    former = " (vor der letzten Änderung)" if response.sequence < meeting.sequence else ""
    return format_html("{}{}{}{}", response.get_answer_display(), mode, why_not if response.refusal else "", former)


@register.simple_tag
def proposal_sentence(proposal: Proposal, contact: Contact) -> SafeString:
    """Return a sentence on a proposal that came by mail for the invitee `contact`, whose name links to their page."""
    invitee = format_html('<a href="{}">{}</a>', contact.get_absolute_url(), contact.full_name)
    if proposal.kind == ProposalKind.TIME:
        return format_html("{} schlägt vor: {}", invitee, _proposed_time(proposal))
    if proposal.kind == ProposalKind.SUBSTITUTE:
        said = f"; die Vertretung hat geantwortet: {proposal.get_answer_display()}" if proposal.answer else ""
        return format_html("{} möchte sich von {} vertreten lassen{}", invitee, proposal.who, said)
    nobody = "unbekannt" if proposal.kind == ProposalKind.UNPROVEN else "Jemand"
    sentence = _PROPOSALS.get(ProposalKind(proposal.kind), _FORWARDED)
    return format_html(sentence, invitee=invitee, who=proposal.who or nobody, answer=proposal.get_answer_display())


def _proposed_time(proposal: Proposal) -> str:
    """Return the proposed time in bold, its start alone without an end, or German words for an unreadable one."""
    if not proposal.starts_at:
        return "keinen Termin, den wir lesen können"
    start, end = proposal.starts_at, proposal.ends_at
    return format_html("<b>{}</b>", period(start, end) if end else instant(start))


@register.simple_tag
def proposal_act(act: str, proposal: Proposal, contact: Contact) -> str:
    """Return the words on the button that decides a proposal; `act` as in meetings.services.returns.resolve."""
    if act == "confirm":
        is_other = proposal.kind in (ProposalKind.GUEST, ProposalKind.ADDRESS)
        return f"Das ist {contact.full_name} selbst" if is_other else "Übernehmen"
    if act in _ACTS:
        return _ACTS[act]
    return "Ablehnen" if proposal.kind == ProposalKind.TIME else "Nicht übernehmen"


@register.simple_tag
def decision_label(order: Order, changed: int, mailed: int) -> str:
    """Return the label of the deciding button: kind of decision, number of meetings, number of mails."""
    mails = f", {mailed} {'Mail' if mailed == 1 else 'Mails'}" if mailed else ""
    return f"{BulkKind(order.kind).label}: {changed} Treffen{mails}"

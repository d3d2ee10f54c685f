"""Sentences about the state of a meeting, an invitation, an answer and a proposal."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from meetings.models import Invitation, Meeting, Proposal, Response
from meetings.services.answers.counts import Part
from meetings.services.planning.overview import Numbers
from meetings.templatetags import meeting_words
from partners.models import Contact

CONTACT = Contact(pk=7, first_name="Gesa", last_name="<Ahrens>")
LINK = f'<a href="{CONTACT.get_absolute_url()}">Gesa &lt;Ahrens&gt;</a>'
STARTS_AT, ENDS_AT = datetime(2031, 2, 5, 14, 0, tzinfo=UTC), datetime(2031, 2, 5, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "year", "shown"),
    [
        ("cancelled", 2001, ("danger", "abgesagt")),
        ("draft", 2001, ("muted", "Entwurf")),
        ("planned", 2001, ("muted", "vorbei")),
        ("planned", 2999, ("success", "geplant")),
    ],
)
def test_where_a_meeting_stands(state, year, shown):
    meeting = Meeting(state=state, ends_at=datetime(year, 2, 5, tzinfo=UTC))
    assert tuple(meeting_words.meeting_state(meeting).values()) == shown


@pytest.mark.parametrize(
    ("answer", "mode", "answered", "shown"),
    [
        ("", "", 0, ("muted", "offen")),
        ("accepted", "online", 1, ("good", "online")),
        ("accepted", "", 1, ("good", "zugesagt")),
        ("accepted", "in_person", 0, ("muted", "vor Ort")),
        ("tentative", "", 1, ("warning", "vielleicht")),
        ("declined", "", 1, ("danger", "abgesagt")),
        ("declined", "online", 0, ("muted", "abgesagt")),
    ],
)
def test_what_an_invitee_answered(answer, mode, answered, shown):
    meeting = Meeting(state="planned", sequence=1, starts_at=STARTS_AT, ends_at=ENDS_AT)
    invitation = Invitation(meeting=meeting, answer=answer, mode=mode, answered_sequence=answered)
    assert tuple(meeting_words.answer_state(invitation).values()) == shown


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (Numbers(1, 2, 1, 4), "1 Zusage · 2 vielleicht · 1 Absage · 4 offen"),
        (Numbers(3, 0, 2, 0, former=1), "3 Zusagen (1 weitere zum alten Termin) · 0 vielleicht · 2 Absagen · 0 offen"),
    ],
)
def test_the_answers_to_a_meeting(numbers, words):
    assert meeting_words.answers_in_words(numbers) == words


@pytest.mark.parametrize(
    ("numbers", "words", "accepted"),
    [
        (
            Numbers(1, 2, 1, 4),
            '<b>1 Zusage</b> · 4 offen<span class="secondary"> · 2 vielleicht · 1 Absage</span>',
            "1",
        ),
        (
            Numbers(3, 0, 2, 0, former=1),
            "<b>3 Zusagen</b> (1 weitere zum alten Termin) · 0 offen"
            '<span class="secondary"> · 0 vielleicht · 2 Absagen</span>',
            '3 <span class="secondary">+ 1 zum alten Termin</span>',
        ),
    ],
)
def test_the_answers_to_a_meeting_at_home_and_in_the_list(numbers, words, accepted):
    assert (meeting_words.answers_at_a_glance(numbers), dict(meeting_words.by_answer(numbers))["Zusagen"]) == (
        words,
        accepted,
    )


@pytest.mark.parametrize(
    ("part", "words", "is_full"),
    [
        (Part("vor Ort", 3), "vor Ort 3", False),
        (Part("vor Ort", 3, former=2), "vor Ort 3 + 2 zum alten Termin", False),
        (Part("online", 0, 1), "online 0 von 1 Platz", False),
        (Part("online", 3, 4, former=1), "online 3, mit alten Zusagen belegt 4 von 4 Plätzen", True),
        (Part("online", 5, 4), "online 5 von 4 Plätzen", True),
    ],
)
def test_the_seats_of_one_way_to_take_part(part, words, is_full):
    assert (part.words, part.is_full) == (words, is_full)


@pytest.mark.parametrize(
    ("has_online", "has_in_person", "words"),
    [
        (False, True, "Der Ort folgt."),
        (True, False, "online"),
        (True, True, "online oder vor Ort, der Ort folgt"),
    ],
)
def test_a_meeting_without_a_place(has_online, has_in_person, words):
    assert meeting_words.place_follows(has_online=has_online, has_in_person=has_in_person) == words


@pytest.mark.parametrize(
    ("refusal", "heading"),
    [
        ("TooOften", "Bitte warten Sie kurz"),
        ("Full", "Gerade wurde der letzte Platz vergeben"),
        ("Late", "Ihre Antwort konnten wir nicht mehr aufnehmen"),
    ],
)
def test_why_an_answer_did_not_count(refusal, heading):
    assert meeting_words.refusal_heading(refusal) == heading


@pytest.mark.parametrize(
    ("answer", "mode", "stage", "has_online", "words"),
    [
        ("accepted", "in_person", "open", False, "Sie kommen"),
        ("accepted", "in_person", "late", True, "Sie kommen vor Ort"),
        ("accepted", "online", "open", True, "Sie sind online dabei"),
        ("accepted", "online", "past", True, "Sie hatten zugesagt"),
        ("tentative", "", "past", True, "Sie kommen vielleicht"),
        ("declined", "", "open", True, "Sie kommen nicht"),
    ],
)
def test_what_an_invitee_reads_of_the_current_answer(answer, mode, stage, has_online, words):
    shown = SimpleNamespace(answer=answer, mode=mode, stage=stage, has_online=has_online)
    assert meeting_words.current_answer(shown) == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            "accepted",
            "Sie hatten zum alten Termin zugesagt. Ihr Platz ist für Sie freigehalten, bis Sie neu antworten.",
        ),
        ("tentative", "Sie hatten zum alten Termin „vielleicht“ gesagt."),
        ("declined", "Sie hatten zum alten Termin abgesagt."),
    ],
)
def test_what_an_invitee_reads_of_the_former_answer(answer, words):
    assert meeting_words.former_answer(SimpleNamespace(answer=answer)) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"answer": "accepted", "mode": "online", "sequence": 2}, "zugesagt, online"),
        ({"answer": "declined", "sequence": 1}, "abgesagt (vor der letzten Änderung)"),
        ({"answer": "tentative", "sequence": 2, "refusal": "late"}, "vielleicht{}"),
        ({"answer": "tentative", "sequence": 1, "refusal": "late"}, "vielleicht{} (vor der letzten Änderung)"),
    ],
)
def test_what_somebody_answered_once(given, words):
    why_not = " <strong>(zählt nicht: nach dem Anmeldeschluss)</strong>"
    assert meeting_words.response_sentence(Response(**given), Meeting(sequence=2)) == words.format(why_not)


@pytest.mark.parametrize(
    ("kind", "given", "sentence"),
    [
        ("full", {}, f"{LINK}: zugesagt"),
        ("late", {}, f"{LINK}: zugesagt"),
        ("guest", {"name": "<Jo>"}, f"&lt;Jo&gt; hat mit der Einladung von {LINK} geantwortet: zugesagt"),
        ("address", {}, f"Jemand hat mit der Einladung von {LINK} geantwortet: zugesagt"),
        ("on_behalf", {"name": "Jo"}, f"Jo hat im Auftrag von {LINK} geantwortet: zugesagt"),
        ("unproven", {}, f"Von unbekannt kam für {LINK}: zugesagt. Ob das stimmt, ist nicht sicher."),
        ("substitute", {"name": "Jo", "answer": ""}, f"{LINK} möchte sich von Jo vertreten lassen"),
        (
            *("substitute", {"name": "<Jo>"}),
            f"{LINK} möchte sich von &lt;Jo&gt; vertreten lassen; die Vertretung hat geantwortet: zugesagt",
        ),
        ("time", {}, f"{LINK} schlägt vor: keinen Termin, den wir lesen können"),
        ("time", {"starts_at": STARTS_AT}, f"{LINK} schlägt vor: <b>Mi., 5. Februar 2031, 15:00 Uhr</b>"),
        (
            *("time", {"starts_at": STARTS_AT, "ends_at": ENDS_AT}),
            f"{LINK} schlägt vor: <b>Mi., 5. Februar 2031, 15:00–17:30 Uhr</b>",
        ),
    ],
)
def test_what_came_by_mail(kind, given, sentence):
    proposal = Proposal(kind=kind, **{"answer": "accepted", **given})
    assert meeting_words.proposal_sentence(proposal, CONTACT) == sentence


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        ("confirm", "guest", "Das ist Gesa <Ahrens> selbst"),
        ("confirm", "address", "Das ist Gesa <Ahrens> selbst"),
        ("confirm", "unproven", "Übernehmen"),
        ("guest", "guest", "Als Gast einladen"),
        ("substitute", "substitute", "Vertretung annehmen"),
        ("take_over", "time", "Termin übernehmen"),
        ("exceed", "full", "Trotzdem übernehmen"),
        ("decline", "time", "Ablehnen"),
        ("decline", "full", "Nicht übernehmen"),
    ],
)
def test_the_buttons_that_decide(act, kind, words):
    assert meeting_words.proposal_act(act, Proposal(kind=kind), CONTACT) == words

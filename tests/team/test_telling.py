"""The log in words and links."""

import pytest

from partners.models import Contact
from team.services import activity, telling
from tests.factories import ContactFactory, MeetingFactory, OrganisationFactory


def told(sentence, *about, by=None, page=""):
    (entry,) = telling.entries([activity.record(sentence, by=by, about=about)], page=page)
    return entry


def pairs(pieces):
    return [(piece.text, piece.url) for piece in pieces]


def test_what_a_sentence_names_becomes_a_link_and_what_it_does_not_name_is_added(coordinator):
    person = ContactFactory(first_name="Gesa", last_name="Ahrens", organisation=OrganisationFactory(name="OBS Nord"))
    meeting = MeetingFactory(title="Treffen Melle")
    about = (meeting, person, person.organisation)
    entry = told("hat eine Antwort von Gesa Ahrens notiert: zugesagt", *about, by=coordinator)
    assert entry.who == "Katja Sommer"
    assert pairs(entry.pieces) == [
        ("hat eine Antwort von ", ""),
        ("Gesa Ahrens", person.get_absolute_url()),
        (" notiert: zugesagt", ""),
    ]
    assert pairs(entry.others) == [("Treffen Melle", meeting.get_absolute_url())]


def test_the_page_where_it_is_shown_gets_no_link(coordinator):
    meeting = MeetingFactory(title="Treffen Melle")
    entry = told("hat Treffen Melle verlegt", meeting, by=coordinator, page=f"{meeting.get_absolute_url()}verlauf/")
    assert entry.links == ()


def test_an_act_about_many_names_none_of_them(coordinator):
    people = ContactFactory.create_batch(4)
    meeting = MeetingFactory(title="Treffen Melle")
    entry = told("hat 4 Personen zu „Treffen Melle“ eingeladen", meeting, *people, by=coordinator)
    assert pairs(entry.links) == [("Treffen Melle", meeting.get_absolute_url())]


def test_what_is_gone_is_only_a_word(coordinator):
    person = ContactFactory(first_name="Gesa", last_name="Ahrens")
    entry = activity.record("hat Gesa Ahrens angelegt", by=coordinator, about=[person])
    Contact.objects.all().delete()
    assert telling.entries([entry])[0].links == ()


@pytest.mark.parametrize(
    ("sentence", "who"), [("Kam zurück: eine Mail", ""), ("hat den zweiten Faktor zurückgesetzt", "Das System")]
)
def test_what_nobody_of_the_team_did(db, sentence, who):
    assert told(sentence).who == who


def test_members_have_no_page_for_everybody(coordinator, lead):
    assert told(f"hat {lead} ins Team eingeladen", lead, by=coordinator).links == ()


def test_names_and_numbers_do_not_tell_acts_apart(coordinator):
    one, other = MeetingFactory(title="Treffen A"), MeetingFactory(title="Treffen B")
    first = told("hat 3 Personen zu „Treffen A“ eingeladen", one, by=coordinator)
    second = told("hat 12 Personen zu „Treffen B“ eingeladen", other, by=coordinator)
    assert first.shape == second.shape
    assert first.shape != told("hat „Treffen B“ abgesagt", other, by=coordinator).shape


def test_many_entries_take_three_queries(coordinator, django_assert_num_queries):
    entries = [activity.record(f"hat {m} verlegt", by=coordinator, about=[m, ContactFactory()]) for m in _meetings(20)]
    with django_assert_num_queries(3):  # targets, meetings, people
        assert len(telling.entries(entries)) == 20


def _meetings(number):
    return MeetingFactory.create_batch(number)

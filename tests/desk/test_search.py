"""One search over people, organisations, meetings and mails."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.services import search
from meetings.models import AgendaItem
from meetings.services.planning import agenda
from tests.factories import (
    ContactFactory,
    InboxMailFactory,
    MailFactory,
    MeetingFactory,
    OrganisationFactory,
    municipality,
)

pytestmark = pytest.mark.both_databases

PASSED = date(2026, 1, 31)


@pytest.fixture
def found(coordinator):
    """What a query finds: found("ahrens")."""
    return lambda query: search.find(query, user=coordinator)


@pytest.fixture
def page(team):
    """The page of a query as text: page("ahrens")."""
    return lambda query: team.get("/suche/", {"q": query}).content.decode()


def named(first_name, last_name, **more):
    return ContactFactory(first_name=first_name, last_name=last_name, **more)


@pytest.mark.parametrize("query", ["mueller", "Müller", "MULLER", "müll", "lärchenhof müller", "larchenhof muell"])
def test_umlauts_may_be_written_in_any_way(found, query):
    person = named("Jörg", "Müller", organisation=OrganisationFactory(name="Oberschule Lärchenhof"))
    named("Jörg", "Möller")
    assert found(query).people.rows == [person]
    assert found(query).organisations.rows == [person.organisation]


def test_every_word_has_to_be_found_in_person_or_organisation(found):
    groenegau = OrganisationFactory(name="Oberschule Grönegau-Nord", place="Melle")
    person = named("Gesa", "Ahrens", organisation=groenegau)
    named("Toni", "Ahrens", organisation=OrganisationFactory(name="Anderswo", place="Bramsche"))
    named("Uwe", "Bode", organisation=groenegau)
    assert found("ahrens grönegau").people.rows == [person]
    assert found("AHRENS melle gesa").people.rows == [person]
    assert found("ahrens grönegau bramsche").is_empty


def test_a_name_that_is_it_comes_before_one_that_begins_with_it_before_a_part(found):
    part = named("Ute", "Fahrenschon")
    hyphen = named("Ute", "Meyer-Ahrens")
    begins = named("Ute", "Ahrensburg")
    exact = named("", "Ahrens")
    role = named("Ute", "Zander", role="Vertretung Ahrens")
    assert found("ahrens").people.rows == [exact, begins, hyphen, part, role]


def test_a_part_that_is_shorter_when_folded_counts_as_one(found):
    by_role = named("Ada", "Aal", role="Leitung Uelzen")
    part = named("Manuela", "Zorn")
    assert found("uel").people.rows == [part, by_role]


def test_first_and_last_name_in_either_order(found):
    other = named("Gesa Maria", "Ahrens")
    person = named("Gesa", "Ahrens")
    for query in ("gesa ahrens", "Ahrens, Gesa"):
        assert found(query).people.rows == [person, other]


def test_a_family_name_in_another_spelling_begins_with_it_too(found):
    inside = named("Ida", "Amueller")
    written_out = named("Ida", "Mueller-Horst")
    assert found("Müller").people.rows == [written_out, inside]


def test_former_people_come_after_those_in_their_post(found, page):
    former = named("Gesa", "Ahrens", ended_on=PASSED)
    current = named("Gesa", "Ahrens")
    part = named("Gesa", "Fahrens")
    assert found("ahrens").people.rows == [current, former, part]
    assert page("ahrens").count("nicht mehr in dieser Funktion") == 1


def test_an_organisation_by_its_name_before_one_by_its_people(found, page):
    by_people = OrganisationFactory(name="Abel GmbH")
    named("Gesa", "Ahrens", organisation=by_people)
    inside = OrganisationFactory(name="Tischlerei Fahrenhorst")
    word = OrganisationFactory(name="Autohaus Ahrens")
    begins = OrganisationFactory(name="Ahrens Autohaus")
    named("Mara", "Ahrens", organisation=begins)
    assert found("ahren").organisations.rows == [begins, word, inside, by_people]
    assert "mit Gesa <mark>Ahren</mark>s" in page("ahren")
    assert "mit Mara" not in page("ahren")  # found by its own name


@pytest.mark.parametrize("query", ["gesa.ahrens@schule.example", "Gesa.Ahrens@Schule.Example"])
def test_an_address_finds_its_person_first(found, query):
    named("Abel", "Aller", email="maria-gesa.ahrens@schule.example.example")
    person = named("Zora", "Zander", email="gesa.ahrens@schule.example")
    assert found(query).people.rows[0] == person


@pytest.mark.parametrize("query", ["05422 1234", "05422/1234", "(05422) 12-34", "+49 5422 1234", "0049 5422 1234"])
@pytest.mark.parametrize("stored", ["05422 1234", "05422/1234", "+49 (0)5422 1234", "0172 99, 05422-12 34"])
def test_a_telephone_number_however_it_is_written(found, query, stored):
    person = named("Gesa", "Ahrens", phone=stored)
    school = OrganisationFactory(name="Schule", phone=stored)
    named("Uwe", "Bode", phone="05422 4321")
    assert (found(query).people.rows, found(query).organisations.rows) == ([person], [school])


@pytest.mark.parametrize("query", ["788", "69 788", "69788", "69-788", "41 69"])
def test_a_part_of_a_telephone_number(found, query):
    person = named("Gesa", "Ahrens", phone="0541/69 788")
    school = OrganisationFactory(name="Schule", phone="+49 (0)541 69-788")
    named("Uwe", "Bode", phone="05422 4321")
    assert (found(query).people.rows, found(query).organisations.rows) == ([person], [school])
    assert found("88").people.rows == []


def test_the_end_of_a_number_comes_before_its_middle(found):
    middle = named("Gesa", "Ahrens", phone="0541 7881")
    end = named("Uwe", "Bode", phone="0541 1788")
    assert found("788").people.rows == [end, middle]


def test_numbers_can_be_called_where_they_are_found_and_on_their_pages(team, page):
    school = OrganisationFactory(name="Schule", phone="+49 (0)541 69-788")
    person = named("Gesa", "Ahrens", phone="0541/69 788", organisation=school)
    his = '<a href="tel:054169788">{}0541/69 788{}</a>'
    assert his.format("<mark>", "</mark>") in page("788")
    assert '<a href="tel:+4954169788"><mark>+49 (0)541 69-788</mark></a>' in page("788")
    assert his.format("", "") in team.get(person.get_absolute_url()).content.decode()
    its_page = team.get(school.get_absolute_url()).content.decode()
    assert his.format("", "") in its_page
    assert '<a href="tel:+4954169788">+49 (0)541 69-788</a>' in its_page


def test_a_postcode_comes_before_a_telephone_number(found):
    OrganisationFactory(name="Amt", postcode="49565", phone="0541 493240")
    OrganisationFactory(name="Betrieb", postcode="49565", phone="0541 49324")
    OrganisationFactory(name="Schule", postcode="49324", phone="0541 1")
    assert [row.name for row in found("49324").organisations.rows] == ["Schule", "Betrieb", "Amt"]


def test_meetings_ahead_come_first_the_next_one_first(found):
    now = timezone.now()
    starts = {"weit": 30, "bald": 3, "neulich": -3, "lange her": -30}
    meetings = {
        name: MeetingFactory(title=f"Praxistag {name}", starts_at=now + timedelta(days=days))
        for name, days in starts.items()
    }
    hosted = MeetingFactory(
        title="Anderes", starts_at=now + timedelta(days=1), host=OrganisationFactory(name="Praxistag GmbH")
    )
    rows = found("praxistag").meetings.rows
    assert rows == [meetings["bald"], meetings["weit"], hosted, meetings["neulich"], meetings["lange her"]]
    assert found("praxistag gmbh").meetings.rows == [hosted]


def test_mails_of_both_directions_the_newest_first_and_none_about_an_account(found):
    now = timezone.now()
    old = InboxMailFactory(subject="Frage zur Erkundung", received_at=now - timedelta(days=2))
    sent = MailFactory(kind="invitation", subject="Einladung: Erkundung", sent_at=now - timedelta(days=1))
    new = InboxMailFactory(subject="Erkundung?", received_at=now)
    MailFactory(kind="account", subject="Ihr Zugang zur Erkundung")
    assert found("erkundung").mails.rows == [new, sent, old]
    assert (found("erkundung").mails.sent, found("erkundung").mails.received) == (1, 2)
    assert found("zugang").is_empty


def test_a_link_in_a_subject_is_not_shown(page):
    InboxMailFactory(subject="WG: https://amt.example/konto/geheim-7 bitte <b>lesen</b>")
    text = page("lesen")
    assert "geheim-7" not in text
    assert "WG: [Link] bitte &lt;b&gt;<mark>lesen</mark>&lt;/b&gt;" in text


def test_many_mails_are_counted_up_to_a_limit(found, page, monkeypatch):
    monkeypatch.setattr(search, "COUNTED", 12)
    InboxMailFactory.create_batch(12, subject="Erkundung")
    assert "Im Posteingang (12)" in page("erkundung")
    InboxMailFactory.create_batch(2, subject="Erkundung")
    assert found("erkundung").mails.received == 13
    assert "Im Posteingang (mehr als 12)" in page("erkundung")
    assert ">mehr als 12 Mails</a>" in page("erkundung")
    InboxMailFactory.create_batch(2, subject="Messe")
    MailFactory.create_batch(2, kind="invitation", subject="Messe")
    assert ">4 Mails</a>" in page("messe")


def test_ten_of_a_kind_are_shown_with_the_number_of_all_and_the_way_to_them(found, team, page):
    ContactFactory.create_batch(12, last_name="Ahrens", organisation=OrganisationFactory(name="Schule Ahrens"))
    ContactFactory(last_name="Ahrens", ended_on=PASSED)
    people = found("ahrens").people
    assert (len(people.rows), people.total, people.has_more) == (10, 13, True)
    assert '<a href="/partner/personen/?post=alle&amp;q=ahrens">Alle 13 Personen</a>' in page("ahrens")
    assert team.get("/partner/personen/?post=alle&q=ahrens").context["page_obj"].paginator.count == 13


def test_of_a_single_letter_the_register_is_enough(found, page, monkeypatch):
    monkeypatch.setattr(search, "SHOWN", 9)
    other = named("Zoe", "Ahrens", role="Zweigstelle", email="")
    names = [named("Ida", f"Z{letter}nder", email="") for letter in "jihgfedcb"]
    former = named("Ida", "Zabel", email="", ended_on=PASSED)
    assert found("z").people.rows == [other, *reversed(names[1:])]  # not enough family names: whoever begins with it
    assert (found("z").people.total, found("z").people.counted) == (11, None)
    names.append(named("Ida", "Zander", email=""))
    assert found("Z").people.rows == [*reversed(names[1:])]
    assert former not in found("Z").people.rows
    assert (found("z").people.total, found("z").people.counted) == (10, 9)
    assert ">mehr als 9 Personen</a>" in page("z")
    assert ">Alle Personen</a>" in page("z")
    organisations = [OrganisationFactory(name=f"Z{number} GmbH") for number in range(10)]
    assert found("z").organisations.rows == organisations[:9]


def test_of_a_single_letter_no_meeting_ahead_is_missing(found, monkeypatch):
    monkeypatch.setattr(search, "SHOWN", 2)
    now = timezone.now()
    for days in (4, 5, 6):
        starts_at = now - timedelta(days=days)
        MeetingFactory(title="Messe", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    hosted = MeetingFactory(title="Treffen", host=OrganisationFactory(name="Muster GmbH"))
    assert found("m").meetings.rows[0] == hosted
    assert (found("m").meetings.total, found("m").meetings.counted) == (4, None)
    named = MeetingFactory.create_batch(3, title="Messe")
    assert set(found("m").meetings.rows) < set(named)
    assert (found("m").meetings.total, found("m").meetings.counted) == (3, 2)


def test_one_or_two_letters_are_looked_for_where_words_begin_and_marked_there(found, page):
    person = named("Uwe", "Beckmann", email="")
    OrganisationFactory(name="Ubbe & Co. KG")
    assert found("be").people.rows == found("u beck").people.rows == [person]
    assert found("ec").is_empty
    assert "Uwe <mark>Be</mark>ckmann" in page("be")
    assert "<mark>Ub</mark>be &amp; Co. KG" in page("ub")


def test_the_words_are_marked_in_every_spelling_and_nothing_else_gets_in(page):
    named("Jörg", "Müller<script>", role="Leitung der Muellerei", email="")
    text = page("mueller script")
    assert "Jörg <mark>Müller</mark>&lt;<mark>script</mark>&gt;" in text
    assert "Leitung der <mark>Mueller</mark>ei" in text
    assert "<script>" not in text.partition("<main")[2]


def test_the_search_field_of_the_page_keeps_the_words(page):
    assert 'id="suche" name="q" value="&quot;ahrens&quot; &amp; co"' in page('"ahrens" & co')


def test_without_words_it_says_what_can_be_found(page, db):
    text = page("")
    assert "Das lässt sich finden" in text
    assert "Dazu gibt es" not in text
    assert "mindestens einen Buchstaben" in page("?!")


def test_signs_alone_find_nothing(found):
    ContactFactory()
    assert found("'%").is_empty


def test_without_a_hit_it_says_what_to_try(page):
    named("Gesa", "Ahrens")
    assert "mit weniger Wörtern" in page("gesa xyzzy")
    assert "mit weniger Wörtern" not in page("xyzzy")


def test_the_place_of_a_municipality_is_shown(page):
    OrganisationFactory(name="Werkstatt", place="Gesmold", municipality=municipality("Melle"))
    assert "<mark>Gesmold</mark>" in page("gesmold")


# The second time ten mails of each direction fill the page, and are counted; and the register of names with a "w".
@pytest.mark.parametrize(
    ("query", "expected"),
    [("werkstatt", [13, 15]), ("we", [13, 15]), ("w", [19, 15]), ("05422 1234", [11, 11])],
)
def test_the_number_of_queries_does_not_grow(team, query, expected):
    taken = []
    for number in (3, 27):
        for organisation in OrganisationFactory.create_batch(number, phone="05422 1234"):
            ContactFactory(organisation=organisation, phone="05422 1234", role="Werkstattleitung")
            MeetingFactory(title="Werkstatt", host=organisation)
            MailFactory(kind="invitation", subject="Werkstatt")
            InboxMailFactory(subject="Werkstatt")
        with CaptureQueriesContext(connection) as queries:
            team.get("/suche/", {"q": query})
        taken.append(len(queries))
    assert taken == expected


def test_notes_texts_and_agendas_are_found_and_shown(found, page, coordinator):
    person = named("Gesa", "Ahrens", note="Kommt nach der **Elternzeit** im Mai wieder")
    school = OrganisationFactory(name="Oberschule Lärchenhof", note="Aula nur nach der Elternzeit der Hausmeisterin")
    told = MeetingFactory(text="Wir sprechen über Elternzeit in Betrieben.")
    other = MeetingFactory(starts_at=told.starts_at + timedelta(days=5))
    item = AgendaItem.objects.create(meeting=other, title="Eröffnung")
    point = agenda.Point(item.pk, 10, "Gute Praxis", "Ines Elternzeit", "talk")
    agenda.change(other, points=[point], removed=[], by=coordinator)
    titled = MeetingFactory(title="Elternzeit und Ausbildung", starts_at=told.starts_at + timedelta(days=3))
    result = found("elternzeit")
    assert (result.people.rows, result.organisations.rows) == ([person], [school])
    assert result.meetings.rows == [titled, told, other]
    text = page("elternzeit")
    for shown in (
        "Notiz: Kommt nach der **<mark>Elternzeit</mark>**",
        "Notiz: Aula",
        "Einladung: Wir sprechen über <mark>",
        "Ines <mark>Elternzeit",
    ):
        assert shown in text
    assert found("im").people.rows == []  # words of two letters are not looked for in long texts

"""The index for parts of words, where the database has one."""

import logging
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q

from common.db.trigrams import any_of, create_indexes, every_of, holds, prefer_indexes
from common.folding import is_held
from partners.models import Contact, Organisation
from tests.factories import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.both_databases

SEARCHED = {
    ("partners_contact", "search_text"),
    ("partners_contact", "body_text"),
    ("partners_contact", "digits"),
    ("partners_organisation", "search_text"),
    ("partners_organisation", "body_text"),
    ("partners_organisation", "digits"),
    ("meetings_meeting", "search_text"),
    ("meetings_meeting", "body_text"),
    ("meetings_agendaitem", "search_text"),
    ("meetings_message", "search_text"),
    ("mailroom_outboxmail", "search_text"),
    ("mailroom_inboxmail", "search_text"),
    ("mailroom_act", "search_text"),
    ("regions_municipality", "search_text"),
}


def is_postgres() -> bool:
    """Whether the database is one that has such an index."""
    return connection.vendor == "postgresql"


def indexed() -> set[tuple[str, str]]:
    """The tables and columns that have the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
        return {(table, re.search(r"\((\w+) ", definition)[1]) for table, definition in cursor.fetchall()}


@pytest.mark.parametrize("is_ranked", [False, True])
@pytest.mark.parametrize("word", ["a", "ah", "ahr"])
def test_a_word_is_found_here_or_elsewhere(db, word, is_ranked):
    here = ContactFactory(last_name="Ahrens", role="")
    there = ContactFactory(organisation=OrganisationFactory(name="Ahrens GmbH"))
    ContactFactory()
    elsewhere = Q(organisation__in=Organisation.objects.filter(holds(word)))
    found = any_of(Contact.objects.all(), holds(word), elsewhere, is_ranked=is_ranked)
    assert set(Contact.objects.filter(found)) == {here, there}
    keys = Contact.objects.filter(pk=there.pk).order_by().values("pk")
    found = any_of(Contact.objects.all(), holds(word), keys, is_ranked=is_ranked)
    assert set(Contact.objects.filter(found)) == {here, there}
    found = any_of(Contact.objects.all(), holds(word), Q(pk=None), is_ranked=is_ranked)
    assert list(Contact.objects.filter(found)) == [here]


@pytest.mark.parametrize("is_ranked", [False, True])
def test_every_word_is_found_here_or_elsewhere(db, is_ranked):
    organisation = OrganisationFactory(name="Jost GmbH")
    here = ContactFactory(last_name="Ahrens-Jost", role="")
    both = ContactFactory(last_name="Ahrens", role="", organisation=organisation)
    ContactFactory(last_name="Ahrens", role="")
    ContactFactory(organisation=organisation)
    keys = organisation.contacts.order_by().values("pk")
    words = [(holds("ahrens"), Q(pk=None)), (holds("jo"), keys), (holds("j"), keys)]
    found = Contact.objects.filter(every_of(Contact.objects.all(), words, is_ranked=is_ranked))
    assert set(found) == {here, both}
    assert str(found.query).count("= ANY(ARRAY") == int(is_ranked and is_postgres())  # of several every pair is tried
    assert Contact.objects.filter(every_of(Contact.objects.all(), [], is_ranked=is_ranked)).count() == 4


@pytest.mark.parametrize(
    ("word", "is_found"),
    [("hre", True), ("hr", False), ("h", False), ("ah", True), ("jo", True), ("oe", True), ("g", False), ("m", True)],
)
def test_one_or_two_letters_are_found_where_a_word_begins(db, word, is_found):
    contact = ContactFactory(first_name="Mara-Öri", last_name="Ahrens-Jost", role="", email="")
    assert Contact.objects.filter(holds(word)).exists() == is_held(word, contact.search_text) == is_found


@pytest.mark.parametrize(
    ("said", "is_behind_pooler", "cost"), [(None, False, "1.1"), ("2.5", False, "2.5"), (None, True, "4")]
)
def test_indexes_cost_as_in_memory_unless_somebody_says_otherwise(db, settings, said, is_behind_pooler, cost):
    settings.DATABASE_POOLER = is_behind_pooler
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("RESET random_page_cost")
            if said:
                cursor.execute("SELECT set_config('random_page_cost', %s, false)", [said])
            prefer_indexes(connection=connection)
            cursor.execute("SHOW random_page_cost")
            assert cursor.fetchone() == (cost,)


def test_every_text_that_is_searched_has_its_index_and_gets_it_back(db):
    if is_postgres():
        assert indexed() == SEARCHED
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX partners_contact_search_text_trgm, partners_organisation_digits_trgm")
            cursor.execute(
                "CREATE INDEX partners_contact_trgm ON partners_contact USING gin (search_text gin_trgm_ops)"
            )
        call_command("migrate", verbosity=0)
        assert indexed() == SEARCHED
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
            assert cursor.fetchone() == (len(SEARCHED),)  # no second one beside that of a former version


def test_without_the_extension_everything_is_found_and_the_log_says_why(db, caplog):
    person = ContactFactory(last_name="Ahrens")
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("DROP EXTENSION pg_trgm CASCADE")
            cursor.execute("CREATE ROLE nobody_in_particular")
            cursor.execute("GRANT USAGE ON SCHEMA public TO nobody_in_particular")
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO nobody_in_particular")
            cursor.execute("SET LOCAL ROLE nobody_in_particular")  # who may not add it
        with caplog.at_level(logging.WARNING):
            create_indexes(using="default")
        assert "slower" in caplog.text
        assert indexed() == set()
    create_indexes(using="default")
    assert list(Contact.objects.found_by("ahrens")) == [person]

"""Who a row is about, and what follows from it."""

from datetime import date

import pytest

from mailroom.models import Address
from partners.models import ImportJob, ImportRow, NetworkAlias
from regions.models import Network
from tests.factories import ContactFactory, MembershipFactory, OrganisationFactory
from tests.partners.partner_list.lists import doubts, only, person, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def gesa():
    """The person of the base row, stored just as it says."""
    home = OrganisationFactory(
        name="Tischlerei Ahrens GmbH", street="Bergstraße 3", place="Melle", postcode="49324", sector=""
    )
    MembershipFactory(organisation=home)
    return ContactFactory(
        organisation=home,
        salutation="ms",
        first_name="Gesa",
        last_name="Ahrens",
        role="Geschäftsführung",
        email="gesa@ahrens.example",
        phone="05422 1234",
    )


def _changed(contact, **fields):
    for name, value in fields.items():
        setattr(contact, name, value)
    contact.save()
    return contact


def test_somebody_new():
    row = only(person())
    assert (row.outcome, row.reasons) == ("new", ["Neue Person, neue Einrichtung"])
    assert row.action["take"]["values"] == {
        "salutation": "ms",
        "first_name": "Gesa",
        "last_name": "Ahrens",
        "role": "Geschäftsführung",
        "email": "gesa@ahrens.example",
        "phone": "05422 1234",
        "gets_invitations": True,
    }


def test_just_as_it_is_stored(gesa):
    assert only(person()).outcome == "unchanged"
    assert only(person(E_Mail="GESA@AHRENS.EXAMPLE", Telefon="0049-5422/1234", Anrede="Fr.")).outcome == "unchanged"


def test_empty_cells_erase_nothing(gesa):
    row = only(person(Anrede="", Funktion="", E_Mail="", Telefon="", Verteiler="", Netzwerk="", Straße=""))
    assert row.outcome == "unchanged"


@pytest.mark.parametrize(
    ("cells", "change"),
    [
        ({"Funktion": "Meisterin"}, ["Funktion", "Geschäftsführung", "Meisterin"]),
        ({"Telefon": "05422 99"}, ["Telefon", "05422 1234", "05422 99"]),
        ({"Verteiler": "nein"}, ["bekommt Einladungen", "ja", "nein"]),
        ({"Titel": "Dr."}, ["Titel", "", "Dr."]),
        ({"Bemerkung": "mag Holz"}, ["Notiz", "", "mag Holz"]),
        ({"Netzwerk": "Melle, Bramsche"}, ["Netzwerk", "Melle", "Melle, Bramsche"]),
        ({"Straße": "Talweg 1"}, ["Straße", "Bergstraße 3", "Talweg 1"]),
    ],
)
def test_what_differs(gesa, cells, change):
    row = only(person(**cells))
    assert (row.outcome, row.shown_changes) == ("changed", [change])


def test_remarks_are_added_once(gesa):
    _changed(gesa, note="Elternzeit bis 2027\nmag Holz")
    assert only(person(Bemerkung="mag Holz")).outcome == "unchanged"
    assert only(person(Bemerkung="mag Holz und Eisen")).shown_changes[0][2].endswith("mag Holz und Eisen")


def test_lost_letters_never_overwrite_and_are_healed(gesa):
    _changed(gesa, last_name="Đorđević", role="Büroleitung")
    row = only(person(Name="?or?evi?", Funktion="B?roleitung"))
    assert row.outcome == "unchanged"
    assert "gespeichert bleibt „Đorđević“" in row.entry.notices[0]
    _changed(gesa, last_name="?or?evi?", role="Geschäftsführung")
    assert only(person(Name="Đorđević")).shown_changes == [["Name", "?or?evi?", "Đorđević"]]
    assert only(person(Name="?or?evi?")).outcome == "unchanged"


def test_somebody_new_with_lost_letters_is_asked():
    assert doubts(only(person(Name="Y?ld?z"))) == ["lost_letters"]
    assert doubts(only(person(Einrichtung="Feinkost ?or?evi? GmbH"))) == ["lost_letters"]


def test_the_same_address_with_another_name_is_asked(gesa):
    row = only(person(Vorname="Dirk", Name="Böhmer"))
    assert (row.outcome, doubts(row), row.stored.candidate) == ("doubtful", ["other_name"], gesa)
    assert row.merge_with == "Gesa Ahrens (Tischlerei Ahrens GmbH)"
    assert row.action["take"]["share"] is True
    assert row.action["merge"]["contact"] == gesa.pk


def test_a_shared_mailbox_has_several_names(gesa):
    _changed(gesa, is_shared_mailbox=True)
    assert only(person(Vorname="Dirk", Name="Böhmer")).outcome == "new"
    _changed(gesa, is_shared_mailbox=False)
    assert only({**person(Vorname="Dirk", Name="Böhmer"), "Sammelpostfach": "ja"}).outcome == "new"


@pytest.mark.parametrize("first_name", ["", "G."])
def test_the_same_address_with_the_first_name_missing_or_short_is_the_same_person(gesa, first_name):
    assert only(person(Vorname=first_name)).stored.contact == gesa


def test_the_same_name_with_another_address_is_asked(gesa):
    row = only(person(E_Mail="g.ahrens@ahrens.example"))
    assert (doubts(row), row.stored.candidate) == (["other_address"], gesa)
    assert ["E-Mail", "gesa@ahrens.example", "g.ahrens@ahrens.example"] in row.shown_changes
    assert "share" not in only(person(E_Mail="g.ahrens@ahrens.example")).action["merge"]


def test_the_same_name_without_an_address_is_the_same_person(gesa):
    assert only(person(E_Mail="")).outcome == "unchanged"
    _changed(gesa, email="")
    assert only(person()).shown_changes == [["E-Mail", "", "gesa@ahrens.example"]]


def test_the_same_person_at_another_organisation_is_asked(gesa):
    row = only(person(Einrichtung="Zimmerei Böhmer GmbH"))
    assert (doubts(row), row.stored.candidate) == (["other_organisation"], gesa)


@pytest.mark.parametrize(
    "cells",
    [{}, {"E_Mail": "neu@ahrens.example"}, {"Einrichtung": "Stadt Melle", "Art": "Arbeitsmarktakteur"}],
    ids=["the same", "by name", "by address"],
)
def test_who_has_left_her_post_does_not_come_back_unasked(gesa, cells):
    _changed(gesa, ended_on=date(2025, 7, 31))
    row = only(person(**cells))
    assert (row.outcome, doubts(row), row.merge_with) == ("doubtful", ["left_post"], "")
    assert row.reasons[0] == ("Gesa Ahrens war bei „Tischlerei Ahrens GmbH“, bis 31.07.2025: Wieder aufnehmen?")
    assert "contact" not in row.action["take"]  # a post of her own; the former one keeps its history


def test_who_fills_the_post_of_somebody_who_left_is_simply_new(gesa):
    _changed(gesa, ended_on=date(2025, 7, 31))
    assert only(person(Vorname="Tanja", Name="Albers")).outcome == "new"


def test_who_left_and_shares_an_address_with_a_row_above_is_asked_for_both(gesa):
    _changed(gesa, ended_on=date(2025, 7, 31))
    row = only(person(Vorname="Tanja", Name="Albers"), person())
    assert doubts(row) == ["left_post", "other_name"]
    assert row.merge_with == "Zeile 2, Tanja Albers"


def test_two_addresses_are_asked_until_one_is_stored(gesa):
    both = "info@ahrens.example; gesa@ahrens.example"
    assert only(person(E_Mail=both)).outcome == "unchanged"
    _changed(gesa, email="")
    row = only(person(E_Mail=both))
    assert doubts(row) == ["two_addresses"]
    assert row.action["take"]["values"]["email"] == "info@ahrens.example"
    assert row.action["take"]["values"]["note"] == "Weitere Adresse: gesa@ahrens.example"


def test_a_broken_address_is_asked_until_it_stands_in_the_note(gesa):
    assert only(person(E_Mail="gesa@ahrens")).outcome == "unchanged"  # a good one is stored
    _changed(gesa, email="")
    row = only(person(E_Mail="gesa@ahrens"))
    assert doubts(row) == ["broken_address"]
    _changed(gesa, note=row.action["take"]["values"]["note"])
    assert only(person(E_Mail="gesa@ahrens")).outcome == "unchanged"


def test_a_remark_against_the_mailing_list_is_asked_until_it_was_answered(gesa):
    row = only(person(Bemerkung="bitte nur per Telefon"))
    assert doubts(row) == ["stopped"]
    assert row.action["take"]["values"]["gets_invitations"] is False
    _changed(gesa, note="bitte nur per Telefon", gets_invitations=False)
    assert only(person(Bemerkung="bitte nur per Telefon")).outcome == "unchanged"
    _changed(gesa, gets_invitations=True)  # the team decided otherwise, knowing the remark
    assert only(person(Bemerkung="bitte nur per Telefon")).outcome == "unchanged"


@pytest.mark.parametrize(
    ("cells", "options", "gets_invitations"),
    [
        ({"Verteiler": "ja"}, {}, True),
        ({"Verteiler": "nein"}, {}, False),
        ({"Verteiler": ""}, {}, False),
        ({}, {"without": ["Verteiler"]}, True),
        ({"Bemerkung": "verstorben"}, {"without": ["Verteiler"]}, False),
    ],
)
def test_who_gets_invitations(cells, options, gets_invitations):
    row = only(person(**cells), **options)
    assert (row.outcome, row.action["take"]["values"]["gets_invitations"]) == ("new", gets_invitations)


def test_an_unknown_network_is_asked_until_it_is_answered(gesa):
    row = only(person(Netzwerk="NK"))
    assert (doubts(row), row.entry.unknown_networks) == (["unknown_network"], ("NK",))
    NetworkAlias.objects.create(key="nk", label="NK").networks.set(Network.objects.filter(slug="nordkreis"))
    assert only(person(Netzwerk="NK")).shown_changes == [["Netzwerk", "Melle", "Melle, Nordkreis"]]


def test_an_address_that_is_known_not_to_work():
    Address.objects.create(key="gesa@ahrens.example", state="hard")
    assert "An gesa@ahrens.example ist keine Post möglich: unzustellbar" in only(person()).entry.notices


# --- Doubles within the file ---------------------------------------------------------------------------


def test_an_exact_double_writes_nothing():
    plan = planned(person(), person(Funktion="", E_Mail="GESA@ahrens.example", Telefon="+49 5422 1234"))
    assert [row.outcome for row in plan.rows] == ["new", "unchanged"]
    assert plan.rows[1].reasons == ["Doppelt: steht schon in Zeile 2"]
    assert plan.rows[1].double_of is plan.rows[0].entry
    assert plan.rows[1].action == {}


def test_a_near_double_is_asked_with_what_differs():
    row = only(person(), person(Funktion="Meisterin", Telefon=""))
    assert (doubts(row), row.double_of.number, row.merge_with) == (["near_double"], 2, "Zeile 2, Gesa Ahrens")
    assert row.reasons == [
        "Fast doppelt: dieselbe Person wie in Zeile 2. Funktion: hier „Meisterin“, dort „Geschäftsführung“"
    ]


@pytest.mark.parametrize(
    "cells",
    [
        {"Bemerkung": "neu"},
        {"Netzwerk": "Melle, Bramsche"},
        {"Netzwerk": "NK"},
        {"E_Mail": "g.ahrens@ahrens.example"},
        {"E_Mail": "gesa@ahrens.example, info@ahrens.example"},
        {"Verteiler": "nein"},
    ],
)
def test_everything_that_makes_a_double_only_a_near_one(cells):
    assert "near_double" in doubts(only(person(), person(**cells)))


def test_the_third_of_three_can_be_the_double_of_the_second():
    plan = planned(person(), person(Funktion="Meisterin"), person(Funktion="Meisterin"))
    assert [row.double_of and row.double_of.number for row in plan.rows] == [None, 2, 3]
    assert [row.outcome for row in plan.rows] == ["new", "doubtful", "unchanged"]


def test_one_address_for_two_names_in_the_file_is_asked():
    row = only(person(), person(Vorname="Dirk", Name="Böhmer"))
    assert (doubts(row), row.merge_with, row.double_of) == (["other_name"], "Zeile 2, Gesa Ahrens", None)
    shared = {**person(Vorname="Dirk", Name="Böhmer"), "Sammelpostfach": "ja"}
    assert only({**person(), "Sammelpostfach": ""}, shared).outcome == "new"


def test_one_person_at_two_organisations_in_the_file_is_asked():
    row = only(person(), person(Einrichtung="Zimmerei Böhmer GmbH"))
    assert (doubts(row), row.merge_with) == (["other_organisation"], "Zeile 2, Gesa Ahrens")


def test_where_a_list_contradicts_itself_what_is_stored_stays(gesa):
    _changed(gesa, role="Meisterin")
    plan = planned(person(), person(Funktion="Meisterin"))
    assert [row.outcome for row in plan.rows] == ["unchanged", "unchanged"]
    assert plan.rows[0].entry.notices == ["Funktion: gespeichert ist, was Zeile 3 sagt, und das bleibt"]
    assert plan.rows[1].double_of is plan.rows[0].entry


def test_two_stored_people_of_one_name_are_no_doubles(gesa):
    other = ContactFactory(
        organisation=gesa.organisation, first_name="Gesa", last_name="Ahrens", email="g2@ahrens.example"
    )
    plan = planned(person(), person(E_Mail="g2@ahrens.example"))
    assert [row.stored.contact for row in plan.rows] == [gesa, other]
    assert plan.rows[1].double_of is None


# --- What was decided before ---------------------------------------------------------------------------


def _decide_before(row, decision, *, contact=None):
    """The row as an earlier job left it."""
    job = ImportJob.objects.create(file_name="alt.csv", content=b"", state="done")
    ImportRow.objects.create(
        job=job,
        position=1,
        number=2,
        outcome=row.outcome,
        doubts=doubts(row),
        fingerprint=row.fingerprint,
        decision=decision,
        result="left_out" if decision == "leave_out" else "created",
        contact=contact,
    )


def test_what_was_left_out_is_not_asked_again():
    _decide_before(only(person(Netzwerk="NK")), "leave_out")
    row = only(person(Netzwerk="NK"))
    assert (row.outcome, row.reasons) == ("unchanged", ["Schon früher entschieden: weglassen"])
    assert only(person(Netzwerk="NK", Funktion="Meisterin")).outcome == "doubtful"


def test_what_was_left_out_is_asked_once_its_doubt_is_gone():
    _decide_before(only(person(Netzwerk="NK")), "leave_out")
    NetworkAlias.objects.create(key="nk", label="NK")
    row = only(person(Netzwerk="NK"))
    assert (row.outcome, doubts(row)) == ("doubtful", ["left_out"])
    _decide_before(row, "leave_out")
    assert only(person(Netzwerk="NK")).outcome == "unchanged"


def test_a_clear_row_that_was_left_out_stays_out():
    _decide_before(only(person()), "leave_out")
    assert only(person()).outcome == "unchanged"


def test_what_was_taken_is_not_asked_again_as_long_as_its_person_is_there(gesa):
    _decide_before(only(person(Netzwerk="NK")), "take", contact=gesa)
    row = only(person(Netzwerk="NK"))
    assert (row.outcome, row.reasons) == ("unchanged", ["Schon früher entschieden: übernehmen"])
    _changed(gesa, ended_on="2025-07-31")
    assert only(person(Netzwerk="NK")).outcome == "doubtful"


def test_a_new_doubt_about_a_row_that_was_taken_is_asked(gesa):
    _decide_before(only(person(Netzwerk="NK")), "take", contact=gesa)
    _changed(gesa, role="Chefin")
    assert "near_double" in doubts(only(person(Funktion="Meisterin"), person(Netzwerk="NK")))

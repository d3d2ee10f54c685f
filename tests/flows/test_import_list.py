"""The distribution list as an office keeps it: expected numbers by class of row, and every planted double.

The numbers were counted in the list itself, with a few lines of Python that know nothing of the import.
"""

import csv

import pytest

from common.folding import email_key
from partners.models import Contact, Membership, Organisation
from partners.services import imports
from partners.services.partner_list.cells import same_name
from regions.models import Municipality
from tests.partners.partner_list.jobs import applied, results, worked

pytestmark = pytest.mark.django_db

SHIFT = {"xlsx": 0, "csv": -3}  # the workbook has three rows above the headings, the CSV file none

EXACT = {106: 39, 128: 39, 171: 76, 200: 130, 231: 135, 233: 75}
NEAR = {248: 94, 249: 46, 250: 164, 251: 198, 252: 241}
# Row numbers of the workbook.
CLASSES = {
    "two_addresses": {79, 98, 133, 140, 155, 205, 214, 219, 220, 243},
    "broken_address": {127, 130, 246},
    "stopped": {21, 22, 83, 103, 108, 126, 139, 140, 147, 203, 240},
    "carried": {107},
    "similar_organisation": {75},
    "near_double": set(NEAR),
}
UNKNOWN_NETWORKS = {
    "NK": 40,
    "Südl. OS-Land": 21,
    "Wittlage": 11,
    "Südkreis": 9,
    "GMHütte/Hagen/Hasbergen": 5,
    "alle": 5,
    "Georgsmarienhütte": 5,
    "Netzwerk Osnabrück": 3,
    "Nord?": 1,
}
LOST_LETTERS = 43  # rows of the CSV file with a question mark in a name, without the one exact double among them


@pytest.fixture(params=["xlsx", "csv"])
def kind(request):
    return request.param


@pytest.fixture
def upload(shared, kind):
    """Upload the list once more and have it read."""
    content = (shared / "data" / f"partnerliste.{kind}").read_bytes()
    return lambda: worked(imports.upload(f"partnerliste.{kind}", content, by=None))


def _answered(job):
    """Answer every network name with its suggestion."""
    questions = imports.open_questions(job)
    imports.answer_networks(job, {one.label: one.suggestions for one in questions.networks}, by=None)
    return worked(job)


def _numbers(job, **conditions):
    return set(job.rows.filter(**conditions).values_list("number", flat=True))


def _with_doubt(job, code):
    return {row.number for row in job.rows.doubtful() if code in row.doubts}


def _moved(numbers, kind):
    return {number + SHIFT[kind] for number in numbers}


def _summary(job):
    return tuple(imports.summary(job).values())


# --- First sight ---------------------------------------------------------------------------------------


def test_first_sight(upload, kind):
    job = upload()
    new, doubtful = {"xlsx": (120, 119), "csv": (96, 143)}[kind]
    assert _summary(job) == (new, 0, 6, doubtful, 1)
    assert job.skipped_sheets == (["alt 2019 (ausgeblendet)"] if kind == "xlsx" else [])
    assert _numbers(job, outcome="refused") == _moved({65}, kind)
    assert _numbers(job, outcome="unchanged") == _moved(EXACT, kind)
    for code, numbers in CLASSES.items():
        assert _with_doubt(job, code) == _moved(numbers, kind), code
    assert len(_with_doubt(job, "unknown_network")) == 95  # 98 rows, three of them exact doubles
    assert not imports.open_questions(job).headings
    assert not Contact.objects.exists()


def test_network_names_are_one_question_each_with_a_suggestion(upload):
    questions = imports.open_questions(upload()).networks
    assert {one.label: one.rows for one in questions} == UNKNOWN_NETWORKS
    suggested = {one.label: [network.short_name for network in one.suggestions] for one in questions}
    everything = suggested.pop("alle")
    assert suggested == {
        "NK": ["Nordkreis"],
        "Südl. OS-Land": ["SOL"],
        "Wittlage": ["Wittlager Land"],
        "Südkreis": ["SOL"],
        "GMHütte/Hagen/Hasbergen": ["GMHütte"],
        "Georgsmarienhütte": ["GMHütte"],
        "Netzwerk Osnabrück": ["SOL"],
        "Nord?": ["Nordkreis"],
    }
    assert len(everything) == 7


def test_with_the_networks_answered(upload, kind):
    job = _answered(upload())
    new, doubtful = {"xlsx": (209, 30), "csv": (172, 67)}[kind]
    assert _summary(job) == (new, 0, 6, doubtful, 1)
    clear = set().union(*CLASSES.values())
    if kind == "xlsx":
        assert _numbers(job, outcome="doubtful") == clear
    else:
        lost = _with_doubt(job, "lost_letters")
        assert _numbers(job, outcome="doubtful") == _moved(clear, kind) | lost
        assert len(lost) == LOST_LETTERS


def test_every_planted_double_is_proposed(upload, kind, shared):
    """Row by row: each double of the list names the row that it doubles, and that one is the same person."""
    job = upload()
    with (shared / "data" / "partnerliste.doubles.tsv").open(encoding="utf-8", newline="") as file:
        planted = list(csv.DictReader(file, delimiter="\t"))
    assert [double["kind"] for double in planted] == ["exact"] * 6 + ["near"] * 5
    proposed = {row.number - SHIFT[kind]: row for row in job.rows.filter(double_of__isnull=False)}
    assert {number: row.double_of - SHIFT[kind] for number, row in proposed.items()} == EXACT | NEAR
    open_rows = dict(proposed)
    for double in planted:
        fits = [number for number, row in open_rows.items() if _is(row, double)]
        assert fits, double
        row = open_rows.pop(fits[0])
        assert row.outcome == {"exact": "unchanged", "near": "doubtful"}[double["kind"]]
        assert _is(job.rows.get(number=row.double_of), double)
    assert open_rows == {}


def _is(row, double):
    name = f"{double['first_name']} {double['last_name']}"
    person = " ".join(row.values["person"].split()[-len(name.split()) :])
    return same_name(person, name) and email_key(row.values["email"]) == email_key(double["address"])


# --- What comes of it ------------------------------------------------------------------------------------


def test_without_a_decision_only_clear_rows_come_in(upload, kind):
    applied(upload())
    assert Contact.objects.count() == {"xlsx": 120, "csv": 96}[kind]
    assert _summary(upload())[:2] == (0, 0)


def test_everything_taken(upload):
    job = applied(_answered(upload()), decision="take")
    assert Contact.objects.count() == 239  # 246 rows, one is none, six say what another says
    assert Organisation.objects.count() == 139
    assert set(results(job).values()) == {"created", "unchanged", "refused"}
    assert Contact.objects.filter(is_shared_mailbox=True).count() == 10  # five near doubles and their firsts
    again = upload()
    assert _summary(again) == (0, 0, 245, 0, 1)


def test_near_doubles_merged_and_the_rest_taken(upload):
    job = _answered(upload())
    numbers = [row.number for row in job.rows.filter(double_of__isnull=False, outcome="doubtful")]
    imports.decide(job.rows.filter(number__in=numbers), "merge", by=None)
    applied(job, decision="take")
    assert Contact.objects.count() == 234
    assert not Contact.objects.filter(is_shared_mailbox=True).exists()
    merged = Contact.objects.get(email="bjoern.grosse-boerding@haustechnik-von-dem-brinke-e.example")
    assert (merged.role, merged.phone) == ("stellv. Schulleitung", "054016913889")
    assert _summary(upload()) == (0, 0, 245, 0, 1)


def test_doubtful_rows_left_out_stay_out(upload, kind):
    applied(_answered(upload()), decision="leave_out")
    assert Contact.objects.count() == {"xlsx": 209, "csv": 172}[kind]
    assert _summary(upload()) == (0, 0, 245, 0, 1)


def test_the_workbook_heals_what_the_csv_file_lost(shared):
    def take(kind):
        content = (shared / "data" / f"partnerliste.{kind}").read_bytes()
        return worked(imports.upload(f"partnerliste.{kind}", content, by=None))

    applied(_answered(take("csv")), decision="take")
    assert Contact.objects.filter(last_name="Y?ld?z").count() == 12
    job = take("xlsx")
    assert _summary(job)[0] == 0
    applied(job)
    assert not Contact.objects.filter(last_name__contains="?").exists()
    assert not Organisation.objects.filter(name__contains="?").exists()
    assert _summary(take("csv"))[:2] == (0, 0)  # and lost letters never overwrite again
    assert _summary(take("xlsx"))[:2] == (0, 0)


# --- Single people and organisations -----------------------------------------------------------------------


@pytest.fixture
def office(shared):
    """Everything of the workbook, taken."""
    content = (shared / "data" / "partnerliste.xlsx").read_bytes()
    job = worked(imports.upload("partnerliste.xlsx", content, by=None))
    return applied(_answered(job), decision="take")


def _contact(job, number):
    return job.rows.select_related("contact__organisation").get(number=number).contact


def test_people_as_they_were_read(office):
    jose = _contact(office, 43)
    assert (jose.full_name, jose.salutation, jose.email) == (
        "José Đorđević",
        "",
        "jose.dordevic@druckerei-eickhorst-gmbh-und.example",
    )
    soenke = _contact(office, 30)
    assert (soenke.formal_name, soenke.note) == ("Herr Prof. Dr. Sönke Meyer zu Hörste", "Vertretung")
    assert _contact(office, 16).last_name == "Lübkering"  # its umlaut was decomposed
    assert _contact(office, 57).email == "nele.voessing@jobcenter-osnabrueck.example"
    assert _contact(office, 58).email == "peter.igelbrink@oberschule-lindenhof.example"
    assert _contact(office, 7).email == "maren.van-der-heide@haustechnik-huelsmann-ggmbh.example"
    silke = _contact(office, 130)
    assert (silke.email, silke.note) == ("", "Adresse in der Liste: silke.unnerstall@logistik-roewekamp")
    soenke = _contact(office, 214)
    assert soenke.note == "Weitere Adresse: info@pflegedienst-voessing.example"
    assert (_contact(office, 20).note, _contact(office, 21).gets_invitations) == ("", False)
    assert _contact(office, 107).organisation.name == "Tischlerei Ahrens GmbH & Co. KG"
    assert _contact(office, 66).organisation.name == "Möbelwerk Đorđević AG"


def test_organisations_as_they_were_read(office):
    ulmenallee = _contact(office, 39).organisation  # its own row stands 88 rows below
    assert (ulmenallee.kind, ulmenallee.school_type, ulmenallee.street) == ("school", "kgs", "Sonnenhügelstraße 20")
    assert _contact(office, 82).organisation.school_type == "haupt_und_realschule"
    assert _contact(office, 209).organisation.school_type == "oberschule"
    assert _contact(office, 250).organisation.actor_kind == "municipality"
    assert _contact(office, 6).organisation.sector == "Feinkost"
    assert _contact(office, 225).organisation.municipality.name == "Hilter a.T.W."
    twins = Organisation.objects.filter(name="KGS Lindenhof").order_by("place")
    assert [twin.municipality.name for twin in twins] == ["Menslage", "Rieste"]
    assert Organisation.objects.filter(kind="school").count() == 44


def test_postcode_and_place_that_contradict_each_other_leave_the_municipality_open(office):
    contradicting = Organisation.objects.filter(place="Osnabrück")
    assert contradicting.count() == 11
    assert not contradicting.filter(municipality__isnull=False).exists()
    assert not Organisation.objects.filter(is_outside_district=True).exists()
    assert Organisation.objects.filter(municipality__isnull=False).count() == 128
    assert Municipality.objects.filter(organisations__isnull=False).distinct().count() > 20


def test_who_is_in_which_network(office):
    haustechnik = _contact(office, 23).organisation
    of_all = Membership.objects.filter(organisation=haustechnik, contact=None)
    assert [membership.network.slug for membership in of_all] == ["nordkreis"]
    own = Membership.objects.filter(organisation=haustechnik, contact__isnull=False)
    assert {(str(membership.contact), membership.network.short_name) for membership in own} == {
        ("Olaf van der Heide", "Bramsche"),
        ("Wiebke Zurhake", "GMHütte"),
    }
    assert not Membership.objects.exclude(kind="member").exists()
    assert not Membership.objects.filter(starts_on__isnull=False).exists()


def test_who_is_invited(office):
    """156 rows say „ja“ or „x“; five of them are exact doubles, eleven say „bitte nur per Telefon“."""
    assert Contact.objects.filter(gets_invitations=True).count() == 140

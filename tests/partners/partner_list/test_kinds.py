import pytest

from common.folding import match_key
from partners.services.partner_list import kinds


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Schule", "school"),
        ("Betrieb", "company"),
        ("UNTERNEHMEN", "company"),
        ("Firma", "company"),
        ("AM-Akteur", "labour_market_actor"),
        ("Arbeitsmarktakteur", "labour_market_actor"),
        ("Institution", "labour_market_actor"),
        ("Kommune", "labour_market_actor"),
        ("Verein", ""),
        ("", ""),
    ],
)
def test_kind(written, kind):
    assert kinds.kind(written) == kind


@pytest.mark.parametrize(
    ("name", "kind", "school_type", "actor_kind"),
    [
        ("Haupt- und Realschule Am Erlenbruch", "school", "haupt_und_realschule", ""),
        ("Hauptschule Im Sundern", "school", "hauptschule", ""),
        ("OBS Lindenhof", "school", "oberschule", ""),
        ("BBS Quellental", "school", "bbs", ""),
        ("Grundschule Am Kolk", "school", "", ""),
        ("Hochschule Menslage", "labour_market_actor", "", "university"),
        ("Volkshochschule Artland", "labour_market_actor", "", "education_provider"),
        ("Gemeinde Hasbergen", "labour_market_actor", "", "municipality"),
        ("Kreishandwerkerschaft Voltlage", "labour_market_actor", "", "district_crafts"),
        ("Handwerkskammer Nortrup", "labour_market_actor", "", "chamber_of_crafts"),
        ("Agentur für Arbeit Dissen a.T.W.", "labour_market_actor", "", "employment_agency"),
        ("Bildungsbüro Osnabrück", "labour_market_actor", "", "education_office"),
        ("Stadtwerke Melle GmbH", "company", "", ""),
        ("Haustechnik von dem Brinke e. K.", "company", "", ""),
        ("Pflegedienst Vößing", "", "", ""),
    ],
)
def test_what_a_name_tells(name, kind, school_type, actor_kind):
    assert kinds.kind_from_name(name) == kind
    assert kinds.school_type(name) == school_type
    assert kinds.actor_kind(name) == actor_kind


@pytest.mark.parametrize(
    ("written", "school_type"),
    [("OBS", "oberschule"), ("IGS", "igs"), ("Berufsbildende Schule (BBS)", "bbs"), ("Haupt-", ""), ("Möbelwerk", "")],
)
def test_school_type_of_a_cell(written, school_type):
    assert kinds.school_type(written) == school_type


def test_labels_of_the_screen_are_read_exactly():
    for read, enum in (
        (kinds.school_type, kinds.SchoolType),
        (kinds.actor_kind, kinds.ActorKind),
        (kinds.school_authority, kinds.SchoolAuthority),
        (kinds.kind, kinds.Kind),
    ):
        assert [read(label) for label in enum.labels] == enum.values


@pytest.mark.parametrize(
    ("written", "name", "actor_kind"),
    [
        ("Jobcenter", "Gemeinde Hasbergen", "jobcenter"),
        ("Wirtschaftsförderung", "Wigos", "economic_development"),
        ("Wirtschaftsförderung", "Gemeinde Hasbergen", ""),
        ("Berufsberatung", "Agentur für Arbeit Melle", ""),
    ],
)
def test_what_a_cell_says_exactly(written, name, actor_kind):
    assert kinds.actor_kind_label(written, name=name) == actor_kind


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Druckerei Eickhorst GmbH & Co. KG", "druckerei eickhorst"),
        ("Gasthaus Röwekamp AG", "gasthaus rowekamp"),
        ("Klinik Eickhorst e. K.", "klinik eickhorst"),
        ("Bau Agnes", "bau agnes"),
    ],
)
def test_without_legal_form(name, bare):
    assert kinds.without_legal_form(match_key(name)) == bare

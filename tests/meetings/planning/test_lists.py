"""The list of meetings: what stands there, filters, files."""

import re
from datetime import UTC, datetime

import pytest

from regions.models import Network
from tests.factories import InvitationFactory, MeetingFactory, OrganisationFactory, UserFactory

URL = "/treffen/"


@pytest.fixture
def meetings(db):
    """One over, one called off, a draft online, one planned."""
    return {
        "old": MeetingFactory(title="Alt", starts_at=datetime(2025, 2, 5, 14, 0, tzinfo=UTC), networks=["bramsche"]),
        "off": MeetingFactory(title="Fällt aus", state="cancelled", theme="Praktika"),
        "draft": MeetingFactory(
            title="Entwurf", state="draft", format="online", starts_at=datetime(2031, 3, 5, 14, 0, tzinfo=UTC)
        ),
        "next": MeetingFactory(
            title="Nächstes",
            networks=["bramsche", "nordkreis"],
            host=OrganisationFactory(name="Müller Maschinenbau"),
            responsible=UserFactory(last_name="Lindemann"),
            starts_at=datetime(2031, 1, 31, 23, 30, tzinfo=UTC),  # local: 1 February
        ),
    }


def titles(team, **query) -> list[str]:
    return [row.title for row in team.get(URL, query).context["page_obj"]]


def test_those_ahead_first_and_what_is_over_from_the_end(team, meetings):
    assert titles(team) == ["Nächstes", "Fällt aus", "Entwurf"]
    assert titles(team, period="vergangene") == ["Alt"]
    assert titles(team, period="alle") == ["Entwurf", "Fällt aus", "Nächstes", "Alt"]
    assert titles(team, sort="-date") == ["Entwurf", "Fällt aus", "Nächstes"]
    assert titles(team, sort="date", period="alle") == ["Alt", "Nächstes", "Fällt aus", "Entwurf"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "mueller"}, ["Nächstes"]),
        ({"q": "praktika"}, ["Fällt aus"]),
        ({"network": "bramsche"}, ["Nächstes"]),
        ({"network": "bramsche", "period": "alle"}, ["Nächstes", "Alt"]),
        ({"way": "online"}, ["Entwurf"]),
        ({"state": "cancelled"}, ["Fällt aus"]),
        ({"since": "2031-02-02"}, ["Entwurf", "Fällt aus"]),
        ({"until": "2031-01-31"}, ["Alt"]),
        ({"until": "2031-02-01"}, ["Nächstes", "Alt"]),
        ({"since": "2031-02-01", "until": "2031-02-01"}, ["Nächstes"]),
        ({"since": "0001-01-01"}, ["Entwurf", "Fällt aus", "Nächstes", "Alt"]),
        ({"until": "9999-12-31"}, ["Entwurf", "Fällt aus", "Nächstes", "Alt"]),
        (
            {"since": "x", "responsible": "9" * 30, "network": "\0", "state": "weg"},
            ["Nächstes", "Fällt aus", "Entwurf"],
        ),
    ],
)
def test_filters(team, meetings, query, found):
    assert titles(team, **query) == found


def test_by_who_is_responsible(team, meetings):
    assert titles(team, responsible=meetings["next"].responsible.pk) == ["Nächstes"]


def test_the_numbers_leave_out_whose_link_was_withdrawn(team, meetings):
    for answer in ("accepted", "accepted", "declined", ""):
        InvitationFactory(meeting=meetings["next"], answer=answer)
    InvitationFactory(meeting=meetings["next"], answer="accepted", withdrawn_at=datetime(2026, 1, 1, tzinfo=UTC))
    first = team.get(URL).context["page_obj"][0].numbers
    assert (first.accepted, first.tentative, first.declined, first.open, first.total) == (2, 0, 1, 1, 4)


def test_the_list_shows_every_answer_in_the_order_of_its_head(team, meetings):
    for answer, number in (("accepted", 4), ("tentative", 3), ("declined", 2), ("", 1)):
        InvitationFactory.create_batch(number, meeting=meetings["next"], answer=answer)
    html = team.get(URL, {"q": "Nächstes"}).content.decode()
    assert re.findall(r'<th scope="col" role="columnheader" class="numeric">(.+?)</th>', html) == [
        "Zusagen",
        "vielleicht",
        "Absagen",
        "offen",
    ]
    assert re.findall(r'<td role="cell" class="numeric" data-label="[^"]+">(.+?)</td>', html) == ["4", "3", "2", "1"]


def test_all_that_the_filters_leave_as_a_file(team, meetings):
    InvitationFactory(meeting=meetings["next"], answer="accepted")
    answer = team.get(URL, {"format": "csv", "network": "bramsche"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Tag;Beginn;Ende;Netzwerke;Art;Titel")
    assert lines[1].endswith(";vor Ort;Müller Maschinenbau, 49324 Melle;Kim Lindemann;geplant;1;0;0;0;0")
    assert team.get(URL, {"format": "xlsx"}).status_code == 200


def test_an_empty_list_says_what_to_do(team, db):
    assert Network.objects.exists()
    page = team.get(URL).content.decode()
    assert "Es steht kein Treffen an." in page
    assert 'href="/treffen/neu/"' in page
    assert "Kein Treffen passt dazu." in team.get(URL, {"q": "gibt es nicht"}).content.decode()

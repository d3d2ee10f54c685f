"""Sentences about members, absences and activities."""

from datetime import date

import pytest

from team.models import Absence, User
from team.services.telling import Piece
from team.templatetags import team


@pytest.mark.parametrize(
    ("is_active", "password", "shown"),
    [
        (False, "x", ("muted", "gesperrt")),
        (True, None, ("warning", "noch ohne Passwort")),
        (True, "x", ("good", "offen")),
    ],
)
def test_whether_a_member_may_log_in(is_active, password, shown):
    member = User(is_active=is_active)
    member.set_password(password)
    assert tuple(team.access_state(member).values()) == shown


@pytest.mark.parametrize(("has_factor", "shown"), [(True, ("good", "eingerichtet")), (False, ("warning", "fehlt"))])
def test_whether_a_member_has_a_second_factor(has_factor, shown):
    member = User()
    member.has_second_factor = has_factor
    assert tuple(team.second_factor_state(member).values()) == shown


@pytest.mark.parametrize(
    ("last_on", "words"),
    [
        (date(2026, 12, 3), "am Do., 3. Dezember 2026"),
        (date(2026, 12, 5), "von Do., 3. Dezember 2026 bis Sa., 5. Dezember 2026"),
    ],
)
def test_the_days_of_an_absence(last_on, words):
    assert team.away_days(Absence(first_on=date(2026, 12, 3), last_on=last_on)) == words


def test_the_pieces_of_a_sentence():
    pieces = [Piece("hat "), Piece("<Treffen>", "/treffen/1/"), Piece(" & <b>")]
    assert team.linked(pieces) == 'hat <a href="/treffen/1/">&lt;Treffen&gt;</a> &amp; &lt;b&gt;'

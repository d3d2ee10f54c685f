"""A season: what one decision about many meetings is about."""

import pytest

from tests.meetings.bulk.seasons import invited
from tests.meetings.bulk.walking import Steps


@pytest.fixture
def season(coordinator):
    """Two meetings of Melle/Bissendorf and one of Bramsche, a week apart, with two people each."""
    return [
        invited(coordinator, title="Erstes Treffen", place="Rathaus"),
        invited(coordinator, title="Zweites Treffen", place="Rathaus", weeks=1),
        invited(coordinator, title="Drittes Treffen", place="Rathaus", weeks=2, networks=["bramsche"]),
    ]


@pytest.fixture
def steps(team):
    """The coordinator's way through the pages: steps() or steps("?network=bramsche")."""
    return lambda query="": Steps(team, query)

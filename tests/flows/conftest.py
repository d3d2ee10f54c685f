"""Fixtures of whole flows."""

import pytest

from regions.models import Network
from tests.installation import install


@pytest.fixture(autouse=True)
def _seed_rows(request: pytest.FixtureRequest) -> None:
    """Give a test with a transaction that is rolled back the seed rows, which one before it may have deleted."""
    mark = request.node.get_closest_marker("django_db")
    rolls_back = not mark.kwargs.get("transaction") if mark else "db" in request.fixturenames
    if rolls_back:
        request.getfixturevalue("db")
        if not Network.objects.exists():
            install()

"""Postponing a season through real processes while a partner answers: nobody is forgotten, nothing is told twice.

Where DATABASE_URL names a PostgreSQL: with redis, as an office runs it; else SQLite and files as the broker.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from tests.flows.demo import redis_server
from tests.flows.real_database import empty_postgres
from tests.flows.season import answering, decide, fill, until_released
from tests.flows.site import LEAD, PASSWORD, Browser, Site

AS_AN_OFFICE = "DATABASE_URL" in os.environ
pytestmark = [pytest.mark.postgresql, *([pytest.mark.program("redis-server")] if AS_AN_OFFICE else [])]

MEETINGS, INVITATIONS = 4, 300  # more mails than are written while she waits; `tests.bench bulk` has 14 and 2,000
TOLD = "SELECT lane, kind, state FROM mailroom_outboxmail WHERE version > 1"
SEASON = "SELECT id, starts_at, ends_at, state, sequence, facts_version, place FROM meetings_meeting ORDER BY id"
ANSWERED = "SELECT token, answer FROM meetings_invitation WHERE answer <> ''"


@contextmanager
def _site(folder) -> Iterator[Site]:
    """A window of ten minutes: nothing leaves by itself."""
    if not AS_AN_OFFICE:
        yield Site(folder, MAIL_GRACE_SECONDS="600")
        return
    with empty_postgres() as url, redis_server(folder) as (broker, cache):
        yield Site(folder, database_url=url, CELERY_BROKER_URL=broker, CACHE_URL=cache, MAIL_GRACE_SECONDS="600")


def test_everybody_is_told_once_and_no_answer_is_lost_and_stopping_puts_all_back(tmp_path):
    with _site(tmp_path) as site:
        fill(site, meetings=MEETINGS, invitations=INVITATIONS)
        before = site.rows(SEASON)
        tokens = [token for (token,) in site.rows("SELECT token FROM meetings_invitation ORDER BY id")]
        with site.working(), site.serving(workers=2):
            lead = Browser(site.url)
            lead.send("/konto/login/", login=LEAD, password=PASSWORD)
            with answering(site, tokens) as answers:
                clicks = decide(lead, kind="postpone", weeks="10", word="Neuer Termin!")
                rendered = until_released(site)
            print(
                f"\n{clicks}\nwritten after {rendered:.1f} s, longest wait of an answer {answers.take_longest():.2f} s"
            )

            told = site.rows(TOLD)
            assert sorted(UUID(lane) for lane, *_ in told) == sorted(
                UUID(str(key)) for (key,) in site.rows("SELECT id FROM meetings_invitation")
            )
            assert {(kind, state) for _, kind, state in told} == {("update", "queued")}
            assert site.rows("SELECT count(*), min(state), max(state) FROM mailroom_act WHERE kind = 'many'") == [
                (1, "released", "released")
            ]
            parts = "SELECT count(DISTINCT leaves_at), count(*) FROM mailroom_act WHERE parent_id IS NOT NULL"
            assert site.rows(parts) == [(1, MEETINGS)]
            assert site.rows(SEASON) != before
            assert answers.failures == []
            assert dict(site.rows(ANSWERED)) == answers.given

            lead.send(clicks.act, to=f"{clicks.act}anhalten/".replace("/sammelaktionen/", "/post/sendung/"))
            assert site.rows(SEASON) == before
            assert {state for *_, state in site.rows(TOLD)} == {"cancelled"}
            assert site.rows("SELECT count(*) FROM meetings_change") == [(0,)]
            assert site.rows("SELECT DISTINCT told_version FROM meetings_invitation") == [(0,)]
            assert dict(site.rows(ANSWERED)) == answers.given

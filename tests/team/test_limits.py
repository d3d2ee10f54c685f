"""Limits of pages without login."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.test import RequestFactory

from team import limits

THREE = limits.Limit("test", 3, 600)
START = 1_900_000_200.0  # a window begins here


@pytest.fixture
def clock(db, time_machine):
    cache.clear()
    time_machine.move_to(START, tick=False)
    return time_machine


def count(who="a", limit=THREE):
    return limits.seconds_to_wait(limit, who)


def test_after_so_many_one_waits_until_the_window_ends(clock):
    assert [count() for _ in range(5)] == [0, 0, 0, 600, 600]
    clock.shift(599.5)
    assert count() == 1
    clock.shift(0.5)
    assert count() == 0


def test_each_is_counted_alone_and_each_limit_alone(clock):
    assert [count("a") for _ in range(4)][-1] == 600
    assert (count("b"), count("a", THREE._replace(name="other"))) == (0, 0)


def test_the_database_keeps_a_count_for_the_whole_window(clock):
    """Django's counting up in the database sets the default time anew: it must not end before the window."""
    for _ in range(4):
        count()
    clock.shift(590)
    assert count() == 10
    assert caches["default"].default_timeout >= max(limits.POSTS.window, limits.UNKNOWN_LINKS.window)


def test_many_visitors_throw_no_count_away(clock):
    for _ in range(4):
        count()
    for number in range(400):
        count(f"visitor {number}")
    assert count() == 600


def test_what_is_kept_names_nobody(clock):
    count("203.0.113.7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        (key,) = (row[0] for row in cursor.fetchall())
    assert "limit:test:" in key
    assert "203" not in key.rpartition(":")[2]


def test_many_at_once_are_counted_exactly_where_the_cache_can(settings):
    """This cache counts up under a lock, as Redis does by one command."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}}
    twenty = limits.Limit("threads", 20, 10**9)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: limits.seconds_to_wait(twenty, "a"), range(100)))
    assert sum(wait == 0 for wait in waits) == 20


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/1"])
def test_a_cache_that_is_away_limits_nobody(settings, caplog, url):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
    assert [count() for _ in range(9)] == [0] * 9
    assert "A limit cannot be counted: ConnectionError" in caplog.text


def test_a_table_that_is_not_there_limits_nobody(db, settings, caplog):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "not_made"},
    }
    with transaction.atomic():
        assert count() == 0
        transaction.set_rollback(True)
    assert "A limit cannot be counted" in caplog.text


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "who"),
    [
        (0, "198.51.100.9", "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.9, 203.0.113.8", "10.0.0.1", "203.0.113.8"),
        (2, "203.0.113.8", "10.0.0.1", "10.0.0.1"),  # fewer than said: no error page
        (1, "Unsinn", "10.0.0.1", "10.0.0.1"),
        (0, "", "::ffff:203.0.113.7", "203.0.113.7"),
        (0, "", "", ""),
    ],
)
def test_who_asks_is_told_by_trusted_proxies_only(settings, proxies, forwarded, remote, who):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert limits.client(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)) == who


def test_one_network_of_ipv6_is_one_visitor():
    one, same, other = (
        limits.client(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    )
    assert (one == same, one == other) == (True, False)


def test_the_page_says_how_long():
    page = limits.too_many(RequestFactory().get("/"), 61)
    assert (page.status_code, page["Retry-After"], "2 Minuten" in page.text) == (429, "61", True)
    assert "1 Minute." in limits.too_many(RequestFactory().get("/"), 60).text

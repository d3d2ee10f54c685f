"""Secrets of the demo: made once, the same for everybody who asks at the same time."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

from netzwerk.secret import demo_secret_key, load_or_create_secret


def test_it_is_made_once_and_only_the_owner_may_read_it(tmp_path):
    first = demo_secret_key(tmp_path)
    assert (demo_secret_key(tmp_path), len(first)) == (first, 67)
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_another_folder_has_another_key(tmp_path):
    (tmp_path / "other").mkdir()
    assert demo_secret_key(tmp_path) != demo_secret_key(tmp_path / "other")


def test_many_at_once_get_the_same(tmp_path):
    numbers = count()
    with ThreadPoolExecutor(8) as pool:
        kept = set(pool.map(lambda _: load_or_create_secret(tmp_path / "word", lambda: str(next(numbers))), range(200)))
    assert len(kept) == 1

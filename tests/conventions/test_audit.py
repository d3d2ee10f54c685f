"""What `make audit` makes of pip-audit's answer."""

from tests.audit import verdict

FINE = {"name": "a", "version": "1", "vulns": []}
WEAK = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


def test_only_what_was_asked_about_is_well():
    assert verdict("x", [FINE]) == (True, ["x: 1 asked about, 0 weaknesses."])
    assert verdict("x", [FINE, WEAK])[0] is False
    assert verdict("x", [FINE, WEAK])[1][0] == "x: b 2: CVE-1, mended in 3"
    assert verdict("x", [FINE, UNKNOWN])[0] is False
    for nothing in ([], [UNKNOWN]):
        assert verdict("x", nothing) == (
            *(False, ["x: not audited, the package index here tells nothing about known weaknesses."]),
        )

"""`make audit`: report known vulnerabilities of the locked libraries. Needs an index that lists them (PyPI does)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")


def ask(lock: str) -> dict[str, Any]:
    """Return pip-audit's report on a lock file; nothing is installed. It is empty if pip-audit prints none."""
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "pip-audit"), "--requirement", lock, "--disable-pip"),
            *("--require-hashes", "--format", "json", "--progress-spinner", "off", "--timeout", "15"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        return {"dependencies": []}
    return dict(json.loads(done.stdout))


def verdict(lock: str, dependencies: list[dict[str, Any]]) -> tuple[bool, list[str]]:
    """Return whether every dependency was audited and none has a vulnerability, and the lines to print."""
    asked = [one for one in dependencies if "skip_reason" not in one]
    found = [(one, weakness) for one in asked for weakness in one.get("vulns", [])]
    lines = [
        f"{lock}: {one['name']} {one['version']}: {weakness['id']}, "
        f"mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for one, weakness in found
    ]
    if not asked:
        return False, [f"{lock}: not audited, the package index here tells nothing about known weaknesses."]
    silent = len(dependencies) - len(asked)
    if silent:
        lines.append(f"{lock}: {silent} of {len(dependencies)} are unknown to the index.")
    return not found and not silent, [*lines, f"{lock}: {len(asked)} asked about, {len(found)} weaknesses."]


def main() -> int:
    """Audit all lock files; return 0 if everything was audited and nothing found, else 1."""
    is_well = True
    for lock in LOCKS:
        fine, lines = verdict(lock, ask(lock)["dependencies"])
        is_well &= fine
        print("\n".join(lines), flush=True)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())

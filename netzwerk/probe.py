"""Health check of the container, a program without imports of ours so that it starts fast.

`python -I netzwerk/probe.py URL` asks whether this web process answers and reaches the database. /healthz also returns
503 for late mails and a missing broker; these count as healthy here: a restart of the web process mends neither.
"""

import json
import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 8


def host(environment: Mapping[str, str]) -> str:
    """Return a host name that the site accepts: the first of ALLOWED_HOSTS, else that of BASE_URL."""
    first = environment.get("ALLOWED_HOSTS", "").partition(",")[0].strip().lstrip(".")
    return first if first not in ("", "*") else urlsplit(environment.get("BASE_URL", "")).hostname or "127.0.0.1"


def problem(url: str, *, name: str) -> str:
    """Request the page with this Host header; return "" if it is well, else the problem.

    It is well when it answers 200 or 503 and says that the database works.
    """
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", address.path, headers={"Host": name})
        answer = connection.getresponse()
        said = answer.read()
        is_well = answer.status in (200, 503) and json.loads(said)["database"] is True
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return "" if is_well else f"{answer.status} {said[:500].decode(errors='replace')}"


if __name__ == "__main__":
    sys.exit(problem(sys.argv[1], name=host(os.environ)) or 0)

"""The container's health check: a program by itself (`python -I netzwerk/probe.py URL`), so that it starts in no time.

It asks whether this web process answers and reaches the database. Late mails and a broker that is away also make
/healthz say 503, for whoever watches the site; a web process that is started anew would mend neither.
"""

import json
import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 8


def host(environment: Mapping[str, str]) -> str:
    """A name that the site answers to: the first of ALLOWED_HOSTS, else that of BASE_URL."""
    first = environment.get("ALLOWED_HOSTS", "").partition(",")[0].strip().lstrip(".")
    return first if first not in ("", "*") else urlsplit(environment.get("BASE_URL", "")).hostname or "127.0.0.1"


def problem(url: str, *, name: str) -> str:
    """Ask the page under that name; "" when it is well, else what is wrong."""
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

"""One office in a process of its own: reads an address per line, answers with what the page took.

Started by `python -m tests.bench` with DATABASE_URL and DATA_DIR set. A line that begins with `#` is measured
for its queries and table rows, every other for its time.
"""

import json
import sys
import time

import django


def main(contacts: int) -> None:
    """Set up the database, say `ready`, then answer line by line until there are no more."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from team.models import User

    start = time.perf_counter()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("seed_demo", partners=contacts, meetings=0, verbosity=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(User.objects.get(is_lead=True), backend="team.backends.TeamBackend")
    print(json.dumps({"ready": time.perf_counter() - start}), flush=True)
    for line in sys.stdin:
        url = line.strip().lstrip("#")
        if line.startswith("#"):
            with CaptureQueriesContext(connection) as queries:
                page = browser.get(url)
            answer = {"status": page.status_code, "queries": len(queries), "rows": page.content.count(b"<tr")}
        else:
            start = time.perf_counter()
            page = browser.get(url)
            answer = {"status": page.status_code, "ms": (time.perf_counter() - start) * 1000}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""One office in a process of its own: reads an address per line, answers with what the page took.

Started by `python -m tests.bench` with DATABASE_URL and DATA_DIR set; its first line says how long it took, who may log
in and where one meeting is that every office has. A line that begins with `#` is measured
for its queries and table rows, every other for its time.
"""

import json
import sys
import time

import django


def main(contacts: int, meetings: int = 0) -> None:
    """Set up the database, say `ready`, then answer line by line until there are no more."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from netzwerk.demo import logins as demo_people
    from netzwerk.demo.meetings import key
    from team.models import User

    start = time.perf_counter()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("seed_demo", partners=contacts, meetings=meetings, verbosity=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(User.objects.get(is_lead=True), backend="team.backends.TeamBackend")
    took = time.perf_counter() - start
    lead = {"email": demo_people.PEOPLE[1][1]["email"], "password": demo_people.demo_password()}
    print(json.dumps({"ready": took, "meeting": f"/treffen/{key(1, 0)}/", **lead}), flush=True)
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
    main(*map(int, sys.argv[1:]))

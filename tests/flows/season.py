"""A decision about a season of meetings on a real site, while partners answer. For a flow and for `tests.bench`."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from tests.flows.site import Browser, Site
from tests.meetings.bulk.walking import URL, fields_of
from tests.waiting import PATIENCE, wait_for

# So many meetings a week apart; everybody is invited to each, and every invitation has left.
FILL = """
import datetime
from django.utils import timezone
from mailroom.models import Address, OutboxMail
from meetings.models import Invitation, Meeting
from partners.models import Contact, Organisation
from regions.models import Network
from team.models import User
from common.folding import email_key

user, network = User.objects.get(), Network.objects.get(slug="bramsche")
people = []
for number in range({people}):
    home = Organisation.objects.create(kind="company", name=f"Werkstatt {{number}}", place="Bramsche", postcode="49565")
    people.append(
        Contact.objects.create(
            organisation=home, first_name="Toni", last_name=f"Person{{number}}", email=f"p{{number}}@partner.example"
        )
    )
at = datetime.datetime(2031, 2, 5, 14, tzinfo=datetime.UTC)
invitations = []
for week in range({meetings}):
    starts_at = at + datetime.timedelta(weeks=week)
    meeting = Meeting.objects.create(
        title=f"Treffen {{week + 1}}", state="planned", starts_at=starts_at, place="Rathaus", responsible=user,
        ends_at=starts_at + datetime.timedelta(hours=2), text="Wir sprechen über **Praktika**.",
    )
    meeting.networks.add(network)
    count = {invitations} // {meetings} + (week < {invitations} % {meetings})
    invitations += [
        Invitation(meeting=meeting, contact=one, network=network, email=one.email, mail_version=1)
        for one in people[:count]
    ]
Invitation.objects.bulk_create(invitations, batch_size=500)
OutboxMail.objects.bulk_create(
    [
        OutboxMail(
            kind="invitation", lane=one.lane, version=1, key=f"invitation:{{one.pk}}:1", recipient=one.email,
            state="sent", sent_at=timezone.now(), message_id=f"<{{one.pk}}@amt.example>", subject="Einladung",
            envelope_from="netzwerk@amt.example", raw=b"Subject: Einladung\\r\\n\\r\\nGuten Tag\\r\\n",
            expires_at=one.meeting.starts_at,
        )
        for one in invitations
    ],
    batch_size=200,
)
"""
ACT = "SELECT state FROM mailroom_act WHERE kind = 'many' ORDER BY created_at DESC LIMIT 1"


def fill(site: Site, *, meetings: int, invitations: int) -> None:
    """Make them; invitations are spread over the meetings as evenly as it goes."""
    people = -(-invitations // meetings)
    site.manage("shell", "-c", FILL.format(meetings=meetings, invitations=invitations, people=people))
    if site.database_url:
        site.change("ANALYZE")  # autovacuum does that within a minute; a site in use knows how its tables look


@dataclass
class Answers:
    """What a partner's browser sent and how long each answer took (seconds, the page that follows included)."""

    given: dict[str, str] = field(default_factory=dict)  # token → the newest answer
    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def take_longest(self) -> float:
        """The longest wait since it was asked last."""
        waits, self.waits = self.waits, []
        return max(waits, default=0.0)


@contextmanager
def answering(site: Site, tokens: list[str]) -> Iterator[Answers]:
    """Answer by one link after the other, again and again, until the block ends."""
    found, is_over = Answers(), threading.Event()
    thread = threading.Thread(target=_answer, args=(Browser(site.url), tokens, found, is_over))
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join(PATIENCE)


def _answer(browser: Browser, tokens: list[str], found: Answers, is_over: threading.Event) -> None:
    words = ("accepted", "tentative", "declined")
    form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(f"/einladung/{tokens[0]}/"))
    for number in count():
        if is_over.is_set():
            return
        token, word = tokens[number % len(tokens)], words[number % len(words)]
        start = time.perf_counter()
        try:
            browser.post(f"/einladung/{token}/", csrfmiddlewaretoken=form.group(1) if form else "", answer=word)
        except OSError as error:
            found.failures.append(f"{word}: {error}")
            continue
        found.waits.append(time.perf_counter() - start)
        if browser.status == 200:
            found.given[token] = word
        else:
            found.failures.append(f"{word}: {browser.status}")


@dataclass
class Clicks:
    """Server time of each step, in seconds, and the address of the act."""

    choose: float
    preview: float
    decide: float
    act: str


def decide(lead: Browser, **typed: str) -> Clicks:
    """Choose everything, look at what would happen, decide."""
    start = time.perf_counter()
    page = lead.get(f"{URL}?state=planned")
    chosen = time.perf_counter()
    page = lead.post(URL, **{**fields_of(page), **typed, "do": "preview"})
    assert lead.status == 200, page
    seen = time.perf_counter()
    fields = fields_of(page)
    before = time.perf_counter()
    lead.post(URL, **{**fields, "do": "send"})
    decided = time.perf_counter()
    assert lead.status == 200, "the decision was refused"
    return Clicks(chosen - start, seen - chosen, decided - before, lead.path)


def until_released(site: Site) -> float:
    """Wait until the last mail is written; seconds."""
    start = time.perf_counter()
    wait_for("all mails are written", lambda: site.rows(ACT) == [("released",)])
    return time.perf_counter() - start

"""What the containers run, through the main job in short: first start, login behind a proxy, 60 mails, an answer."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from allauth.mfa.totp.internal import auth
from celery import Celery
from redis import Redis

from tests.flows.demo import redis_server
from tests.flows.production import Production, behind_the_proxy, head
from tests.flows.real_database import empty_postgres
from tests.flows.site import LEAD, PASSWORD
from tests.flows.story import body, invite, links_in, plan, read_in
from tests.mail_server import mail_server
from tests.waiting import PATIENCE, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.program("redis-server")]

PEOPLE = 60
WORKERS = ["eins", "zwei"]
SENT = "SELECT count(*) FROM mailroom_outboxmail WHERE kind <> 'account' AND state = 'sent' AND attempts = 1"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """All that docker-compose.yml starts: the site, what migrate said, the mail server, processes, the queue."""
    folder = tmp_path_factory.mktemp("production")
    with ExitStack() as running:
        server = running.enter_context(mail_server())
        broker, cache = running.enter_context(redis_server(folder))
        site = Production(
            folder,
            database_url=running.enter_context(empty_postgres()),
            broker=broker,
            cache=cache,
            SECRET_KEY="only-for-this-test-" + "y" * 50,
            POSTGRES_PASSWORD="unused-here",
            BASE_URL="https://netzwerk.example",
            TRUSTED_PROXIES="1",
            EMAIL_URL=f"smtp://127.0.0.1:{server.port}",
            FIRST_USER_EMAIL=LEAD,
            MAIL_GRACE_SECONDS="0",
            WEB_WORKERS="2",
            WORKER_PROCESSES="1",  # so that two workers are needed for two batches at the same time
        )
        assert not site.is_well("web")
        site.collect_static()
        said = site.migrate()
        with site.up(WORKERS) as processes:
            yield site, said, server, processes, running.enter_context(Celery(broker=broker))


def test_the_main_job_through_what_the_containers_run(office):
    site, said, server, processes, queue = office
    lead = _first_login(site, said, server)
    _pages_are_as_in_production(site, lead)
    read_in(site, lead, count=PEOPLE)
    meeting = plan(lead)
    _both_workers_send(site, server, processes, queue, lead, meeting)
    message = server.messages[-1]
    partner = behind_the_proxy(site.url)
    (link,) = [link for link in links_in(message) if link.endswith("?antwort=accepted")]
    assert "Danke, wir haben notiert" in partner.send(link, mode="in_person")
    assert "Zusagen 1" in " ".join(re.sub(r"<[^>]+>", " ", lead.get(meeting)).split())
    _is_watched_and_saved(site, lead)
    assert site.rows("SELECT answer, mode FROM meetings_invitation WHERE answer <> ''") == [("accepted", "in_person")]


def _first_login(site, said, server):
    """The first lead sets her password by a link that comes with the mail; nobody's address is in a log."""
    assert "Das erste Konto ist angelegt" in said
    wait_for("the link for the first password is there", lambda: server.received)
    (mail,) = server.messages
    (link,) = re.findall(r"https://netzwerk\.example(/konto/password/reset/key/\S+)", body(mail, "plain"))
    lead = behind_the_proxy(site.url)
    lead.send(link, password1=PASSWORD, password2=PASSWORD)
    lead = behind_the_proxy(site.url)
    assert "Richten Sie einen zweiten Faktor ein" in lead.send("/konto/login/", login=LEAD, password=PASSWORD)
    _second_factor(lead)
    wait_for("she is told about her password and her second factor", lambda: len(server.received) == 3)
    assert LEAD not in said + site.logs()
    return lead


def _second_factor(lead):
    """Nothing else is there before it is set up, with an app; afterwards everything is."""
    assert "Richten Sie einen zweiten Faktor ein" in lead.get("/partner/")
    page = lead.send("/konto/2fa/totp/activate/", password=PASSWORD)
    (secret,) = re.findall(r'class="secret">(\w+)<', page)
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    code = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))
    assert "Jeder gilt einmal." in lead.post(lead.path, csrfmiddlewaretoken=token, code=code)
    assert "Hauptmenü" in lead.get("/partner/")


def _pages_are_as_in_production(site, lead):
    """https only, secure cookies, static files under names that carry their content."""
    status, answer = head(site.url, "/partner/", scheme="http")
    assert (status, answer["Location"]) == (301, "https://netzwerk.example/partner/")
    status, answer = head(site.url, "/konto/login/", scheme="https")
    assert (status, "max-age=31536000" in answer["Strict-Transport-Security"]) == (200, True)
    assert all("; Secure" in cookie for cookie in answer.get_all("Set-Cookie"))
    (style,) = re.findall(r'href="(/static/bootstrap/\S+?)"', lead.get("/"))
    assert re.search(r"\.[0-9a-f]{12}\.css$", style)
    status, answer = head(site.url, style, scheme="https")
    assert (status, "immutable" in answer["Cache-Control"]) == (200, True)


def _both_workers_send(site, server, processes, queue, lead, meeting):
    """Each holds a batch at the same time, the mail server lets neither go on; then each mail has left once."""
    before = len(server.received)
    server.hold = threading.Event()
    for _ in range(2):
        invite(lead, meeting, people=range(PEOPLE // 2))
    wait_for("both have begun", lambda: len(server.received) == before + 2)
    _nobody_takes_more_than_he_can_do(queue)
    server.hold.set()
    wait_for("all is sent", lambda: site.rows(SENT) == [(PEOPLE,)])
    _are_well(site)
    by = [re.findall(r"mail (\S+) sent", processes[name].log.read_text()) for name in WORKERS]
    assert sorted(by[0] + by[1]) == sorted(str(key) for (key,) in site.rows("SELECT id FROM mailroom_outboxmail"))
    assert min(map(len, by)) >= PEOPLE // 2
    recipients = [to for _, (to,), _ in server.received[before:]]
    assert sorted(recipients) == sorted(f"p{number}@firma.example" for number in range(PEOPLE))


def _nobody_takes_more_than_he_can_do(queue):
    """A task that comes while both are busy is left for whoever is free first."""
    waiting = Redis.from_url(queue.conf.broker_url)
    before = waiting.llen("netzwerk")
    queue.send_task("mailroom.deliver", queue="netzwerk")
    names = [f"celery@{name}" for name in WORKERS]
    assert len(queue.control.ping(names, timeout=PATIENCE, limit=len(names))) == len(names)  # both have looked
    assert waiting.llen("netzwerk") > before


def _is_watched_and_saved(site, lead):
    """Operation and backup need nothing that the image lacks."""

    def page() -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", lead.get("/betrieb/")))

    assert "Es wurde noch nie gesichert" in page()
    assert "Gesichert: " in site.manage("backup", str(site.folder / "sicherung.zip"))
    found = page()
    for sentence in (
        "PostgreSQL ",
        "Redis nimmt Aufträge an die Worker an",
        "netzwerk ",
        "Das Programm läuft im Betrieb",
    ):
        assert f"gut {sentence}" in found
    assert "gut Zuletzt gesichert vor weniger als einer Minute" in found
    assert "nicht feststellen" not in found


def _are_well(site):
    """What the health checks of the containers say, asked all at once; a worker that is not there is not well."""
    there = [("worker", WORKERS[1]), ("beat", ""), ("web", "")]
    with ThreadPoolExecutor() as pool:
        stranger = pool.submit(site.is_well, "worker", name="drei")
        list(pool.map(lambda one: wait_for(f"{one} is well", lambda: site.is_well(one[0], name=one[1])), there))
        assert not stranger.result()

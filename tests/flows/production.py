"""An office as docker-compose.yml starts it: its commands, its environment, the files of its image, real servers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from http.client import HTTPConnection
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import BaseHandler, HTTPCookieProcessor, Request

from netzwerk.demo.processes import Child, Crew
from tests.containers import filled_in, health_check, ours, unpack_image
from tests.flows.site import Browser, Site
from tests.waiting import PATIENCE, free_port, wait_for

HOST = "netzwerk.example"


class _Proxy(BaseHandler):
    """What a proxy with a certificate writes into the head of a request that came by https."""

    handler_order = 100  # before cookies are looked up

    def http_request(self, request: Request) -> Request:
        for name, value in (
            *(("Host", HOST), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7")),
            *((("Origin", f"https://{HOST}"),) if request.data else ()),  # browsers say it with a form
        ):
            request.add_unredirected_header(name, value)
        return request


def head(url: str, path: str, *, scheme: str) -> tuple[int, Message]:
    """Status and head of the answer to a proxy that is asked by http or https, no redirect followed."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)) as connection:
        connection.request("HEAD", path, headers={"Host": HOST, "X-Forwarded-Proto": scheme})
        answer = connection.getresponse()
        return answer.status, answer.headers


def behind_the_proxy(url: str) -> Browser:
    """A browser that speaks https to a proxy in front of this address."""
    cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http",)))
    return Browser(url, _Proxy(), HTTPCookieProcessor(cookies))


class Production(Site):
    """Containers without Docker: each service of ours as a process, alike but for the addresses of its neighbours.

    `settings` is what stands in .env. What the containers are told by the compose file is told to the processes; only
    the names of the other containers, the port and the folder for data are those of this machine.
    """

    def __init__(self, folder: Path, *, database_url: str, broker: str, cache: str, **settings: str) -> None:
        self.folder, self.root = folder / "data", folder / "image"
        self.root.mkdir()
        unpack_image(self.root)
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self._here = {
            "postgresql://netzwerk@database:5432/netzwerk": database_url,
            "redis://redis:6379/0": broker,
            "redis://redis:6379/1": cache,
            "/data": str(self.folder),
            ":8000": f":{self.port}",
            "0.0.0.0": "127.0.0.1",
        }
        self.environment = self._environment("migrate")

    def _environment(self, service: str) -> dict[str, str]:
        """Of a container; the programs are those that run the tests, as the image's are those of its own folder."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        told = filled_in(ours()[service]["environment"], self.settings)
        assert [name for name, value in told.items() if "redis" in value and value not in self._here] == []
        return {"PATH": path, **self.settings, **{name: self._adapted(value) for name, value in told.items()}}

    def _adapted(self, value: str) -> str:
        names = "|".join(map(re.escape, self._here))
        return re.sub(names, lambda found: self._here[found.group()], value)

    def command(self, service: str) -> list[str]:
        """What a container of the service runs."""
        return [self._adapted(word) for word in filled_in(ours()[service]["command"], self.settings)]

    def collect_static(self) -> None:
        """As the Dockerfile does it."""
        self.manage("collectstatic", "--noinput", "--verbosity", "0")

    def migrate(self) -> str:
        """Run the service that comes before the others, to its end; what it wrote."""
        done = subprocess.run(
            self.command("migrate"), cwd=self.root, env=self._environment("migrate"), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def is_well(self, service: str, *, name: str = "") -> bool:
        """What the health check of a container says; `name` is the container's own name on the network."""
        command = [self._adapted(word) for word in filled_in(health_check(ours()[service]), self.settings)]
        environment = {**self._environment(service), "HOSTNAME": name}
        done = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
        return done.returncode == 0

    @contextmanager
    def up(self, workers: list[str]) -> Iterator[dict[str, Child]]:
        """Start web, beat and so many workers, each with a name as its container would have one of its own."""
        with Crew(folder=self.root, environment=self._environment("web"), log_folder=self.folder / "log") as crew:
            started = {
                name: crew.start(name, [*self.command("worker"), "--hostname", f"celery@{name}"]) for name in workers
            }
            started |= {name: crew.start(name, self.command(name)) for name in ("web", "beat")}
            assert {*ours()} == {"migrate", "worker", *started.keys() - set(workers)}
            wait_for("the web is well", lambda: self.is_well("web"))
            logs = [started[name].log for name in workers]
            wait_for("workers are ready", lambda: all(" ready." in log.read_text() for log in logs))
            yield started
            assert crew.fallen() is None, crew.fallen()
            crew.stop()
            assert "Traceback" not in self.logs()

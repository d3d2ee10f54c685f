"""What the server of the browser tests does otherwise than a real one."""

import os
import threading
import time
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

LATE = float(os.environ.get("LATE", "0"))  # seconds; shows which tests go on before a page is there
_lock = threading.Lock()


def one_at_a_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer one request after the other.

    SQLite's test database is in memory: all threads of the server use its one connection, and two transactions at
    once end in an error page. A real site has a connection for each thread.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        with _lock:
            return get_response(request)

    return answer


def late(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Begin each answer after LATE seconds, and send the second half of a page as much later again."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "SERVER_SOFTWARE" not in request.META:  # Django's test client
            return response
        time.sleep(LATE)
        if response.streaming or response.status_code != 200 or "html" not in response["Content-Type"]:
            return response
        headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
        slow = StreamingHttpResponse(_halves(response.content), headers=headers)
        slow.cookies = response.cookies
        return slow

    return answer


def _halves(content: bytes) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    time.sleep(LATE)
    yield content[len(content) // 2 :]

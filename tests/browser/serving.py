"""What the server of the browser tests needs because of its database."""

import threading
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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

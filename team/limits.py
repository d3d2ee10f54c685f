"""Limit the number of tries at pages without login. The counts are in the cache, so all processes share them.

A count lasts for a fixed window of time. In Redis it is exact. The database cache reads and writes in two steps, so one
of two simultaneous tries may go uncounted: the limit there is approximate, never lower.
"""

import logging
import math
import time
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from common.context_processors import office

logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """A maximum number of tries in a window of seconds."""

    name: str
    most: int
    window: int


POSTS = Limit("posts", 20, 600)  # for the forms behind one link
UNKNOWN_LINKS = Limit("unknown-links", 60, 600)  # from one address; links that exist are not counted


def seconds_to_wait(limit: Limit, who: str) -> int:
    """Count one more try of `who` (a token or an address, kept only as a hash) against the limit.

    Return the seconds until the next window when the limit is exceeded, else 0. When the cache cannot count, there is
    no limit.
    """
    now = time.time()
    window = int(now // limit.window)
    key = f"limit:{limit.name}:{window}:{salted_hmac(limit.name, who).hexdigest()}"  # hides token and address
    try:
        count = 1 if cache.add(key, 1, limit.window) else cache.incr(key)
    except ValueError:  # the count expired between the two calls
        return 0
    except Exception as error:  # any exception of a cache: an invitee's answer is worth more than a count
        logger.warning("A limit cannot be counted: %s", type(error).__name__)
        return 0
    return math.ceil((window + 1) * limit.window - now) if count > limit.most else 0


def client(request: HttpRequest) -> str:
    """Return the client's address as seen by the trusted proxies; of IPv6 the network (/64) that one customer has.

    Without a valid one return the address of the connection, which may be a proxy's.
    """
    try:
        found = ip_address(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):  # fewer proxies than TRUSTED_PROXIES, or no address
        return str(request.META.get("REMOTE_ADDR", ""))
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or int(found) >> 64)
    return str(found)


def unknown_link(request: HttpRequest) -> HttpResponse:
    """Answer a link that opens nothing: raise Http404, or return 429 after too many such links from one client.

    The limit is `UNKNOWN_LINKS`: 60 in ten minutes.
    """
    if seconds := seconds_to_wait(UNKNOWN_LINKS, client(request)):
        return too_many(request, seconds)
    raise Http404


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return the response 429 with a text for invitees; needs no database."""
    context = {**office(request), "minutes": minutes(seconds), "is_form": request.method == "POST"}
    response = HttpResponse(render_to_string("ui/too_many.html", context), status=429)
    response["Retry-After"] = str(seconds)
    return response


def minutes(seconds: int) -> int:
    """Return the seconds in minutes, rounded up, for the text."""
    return math.ceil(seconds / 60)

"""How often one may try at a page without login: counted in the cache, so that all processes count together.

A count lives for a fixed window of time. In Redis it is exact. The database cache reads and writes apart: of two tries
in the same instant one may go uncounted, so a limit there is "about so many", never fewer.
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
    """At most so many tries in a window of seconds."""

    name: str
    most: int
    window: int


POSTS = Limit("posts", 20, 600)  # of the forms behind one link
UNKNOWN_LINKS = Limit("unknown-links", 60, 600)  # from one address; links that exist count nothing


def seconds_to_wait(limit: Limit, who: str) -> int:
    """Count one more try; 0 while it is within the limit. A cache that cannot count limits nobody."""
    now = time.time()
    window = int(now // limit.window)
    key = f"limit:{limit.name}:{window}:{salted_hmac(limit.name, who).hexdigest()}"  # neither token nor address
    try:
        count = 1 if cache.add(key, 1, limit.window) else cache.incr(key)
    except ValueError:  # it ended between the two
        return 0
    except Exception as error:  # whatever a cache may raise: an invitee's answer is worth more than a count
        logger.warning("A limit cannot be counted: %s", type(error).__name__)
        return 0
    return math.ceil((window + 1) * limit.window - now) if count > limit.most else 0


def client(request: HttpRequest) -> str:
    """Who asks: the address in front of the trusted proxies; of IPv6 the network (/64), which one customer has."""
    try:
        found = ip_address(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):  # fewer proxies than TRUSTED_PROXIES, or no address
        return str(request.META.get("REMOTE_ADDR", ""))
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or int(found) >> 64)
    return str(found)


def unknown_link(request: HttpRequest) -> HttpResponse:
    """The answer to a link that opens nothing: 404 like every wrong address, 429 after too many of them."""
    if seconds := seconds_to_wait(UNKNOWN_LINKS, client(request)):
        return too_many(request, seconds)
    raise Http404


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 in an invitee's words; needs no database."""
    context = {**office(request), "minutes": minutes(seconds), "is_form": request.method == "POST"}
    response = HttpResponse(render_to_string("ui/too_many.html", context), status=429)
    response["Retry-After"] = str(seconds)
    return response


def minutes(seconds: int) -> int:
    """What is said for so many seconds."""
    return math.ceil(seconds / 60)

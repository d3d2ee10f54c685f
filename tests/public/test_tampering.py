"""What somebody may send to the pages behind a link who means no good: no error page, and nothing of others changes."""

from datetime import timedelta
from urllib.parse import quote_from_bytes

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.models import Address
from mailroom.services import addresses
from meetings.enums import Format
from meetings.models import Invitation, Response
from tests.factories import ContactFactory, InvitationFactory, MeetingFactory
from tests.writes import contents

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

ROOM = "https://raum.example/treffen"
FINE = {200, 303, 400, 403, 404, 409, 422}
MEGABYTES = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
ODD = [
    *("", " ", "\x00", "a\x00b", "\r\n\r\n", "\ufeff", "\u202eabc\u202c", "👩🏽\u200d🔧" * 50, "İıſK"),
    *("e\u0301" * 2000, "\U0010ffff", "' OR 1=1 --", '"><script>alert(1)</script>', "{{ 7*7 }}{% debug %}", "%s%n%x"),
    *("../../etc/passwd", "${jndi:x}", "null", "NaN", "-1", "1e400", "9" * 400, "0x10", "[]", "{}", "true"),
    *("accepted ", "ACCEPTED", "accepted,declined"),
]
NAMES = ["answer", "mode", "comment", "sequence", "undo"]  # what our forms send
OTHERS = ["token", "pk", "invitation", "contact", "meeting", "email", "address", "via", "at", "by", "next", "_method"]


@pytest.fixture
def hers():
    cache.clear()
    meeting = MeetingFactory(
        format=Format.HYBRID, starts_at=timezone.now() + timedelta(minutes=10), online_link=ROOM, capacity_in_person=5
    )
    return InvitationFactory(meeting=meeting, contact=ContactFactory(last_name="Ahrens"))


@pytest.fixture
def other(hers):
    """Somebody else who is invited to the same meeting."""
    return InvitationFactory(meeting=hers.meeting, contact=ContactFactory(last_name="Streng-Vertraulich"))


@pytest.fixture
def pages(hers, other):
    """Her pages; both have a stop link."""
    links = addresses.stop_tokens([hers.email, other.email])
    answer = f"/einladung/{hers.token}/"
    return [answer, f"{answer}beitreten/", f"/abmelden/{links[hers.email]}/"]


def rest(hers):
    """All that is kept, but her invitation, what she answered, the state of her address, and sentences about it."""
    kept = contents()
    for table, own in (("meetings_invitation", hers.token), ("mailroom_address", hers.email)):
        assert len(kept[table]) == 2
        kept[table] = [row for row in kept[table] if own not in row]
    for table in ("meetings_response", "team_activity", "team_activitytarget"):
        kept.pop(table, None)
    return kept


def nothing_of_others(hers, other, before):
    assert rest(hers) == before
    assert not Response.objects.exclude(invitation=hers).exists()
    assert not Response.objects.exclude(via="link").exists()
    assert Address.objects.get(key=other.email).state == Address.State.OK


def post(browser, page, pairs, kind=FORM):
    """Send fields as bytes, as no browser would."""
    body = b"&".join(quote_from_bytes(name).encode() + b"=" + quote_from_bytes(value).encode() for name, value in pairs)
    return browser.generic("POST", page, body, content_type=kind)


@pytest.mark.parametrize("name", [*NAMES, *OTHERS])
def test_each_field_with_each_odd_value(name, hers, other, pages, stranger):
    before = rest(hers)
    odd = ODD if name in NAMES else ODD[:3]
    values = [*odd, other.token, str(other.pk), other.email, str(other.meeting_id), "team", "2000-01-01", "DELETE"]
    for page in pages:
        for value in values:
            cache.clear()
            fixed = [(b"answer", b"declined")] if name in OTHERS else []
            answer = post(stranger, page, [*fixed, (name.encode(), value.encode())])
            assert answer.status_code in FINE, (page, value)
            assert "Streng-Vertraulich" not in answer.text
            assert answer.get("Location", "").split("?")[0] in ("", pages[0], ROOM), (page, value)
    nothing_of_others(hers, other, before)


names = st.one_of(st.sampled_from([name.encode() for name in NAMES + OTHERS]), st.binary(max_size=12))
texts = st.one_of(
    st.sampled_from([text.encode() for text in ("accepted", "declined", "tentative", "online", "in_person", *ODD)]),
    st.binary(max_size=40),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(page=st.integers(0, 2), pairs=st.lists(st.tuples(names, texts), max_size=8))
def test_whatever_is_sent(page, pairs, hers, other, pages, stranger):
    """Missing, repeated and unknown fields, bytes that are no text."""
    cache.clear()
    before = rest(hers)
    assert post(stranger, pages[page], pairs).status_code in FINE
    nothing_of_others(hers, other, before)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(token=st.one_of(st.text(min_size=1, max_size=30), st.sampled_from(ODD)), at=st.integers(0, 21))
def test_whatever_stands_for_the_token(token, at, hers, pages, stranger):
    cache.clear()
    unknown = stranger.get("/gibt-es-nicht/").content
    changed = hers.token[:at] + ("A" if hers.token[at] != "A" else "B") + hers.token[at + 1 :]
    for tried in (token, changed, hers.token + token, hers.token.swapcase(), hers.token[:-1]):
        segment = quote_from_bytes(tried.encode("utf-8", "surrogatepass"), safe="")
        if tried in ("vorschau", hers.token) or "/" in tried or not tried.strip("."):
            continue
        for page in (f"/einladung/{segment}/", f"/abmelden/{segment}/"):
            for answer in (stranger.get(page), post(stranger, page, [(b"answer", b"accepted")])):
                assert (answer.status_code, answer.content) == (404, unknown), tried


BODIES = [
    ("application/json", b'{"answer": "accepted"}'),
    ("text/plain", b"answer=accepted"),
    ("", b"answer=accepted"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"answer=accepted"),
    ("application/x-www-form-urlencoded; charset=quatsch", b"answer=x"),
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    ("multipart/form-data; boundary=", b"----"),
    ("multipart/form-data; boundary=x; boundary=y", b"--y\r\n\r\n--y--"),
    ("multipart/form-data; boundary=" + "x" * 5000, b"--x"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="answer"\r\n\r\naccep'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="../x"\r\n\r\n\x00',
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="comment"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n=!\r\n--x--\r\n",
    ),
    (FORM, b"&".join(b"f%d=" % number for number in range(6000))),
    (FORM, b"&" * 10000),
]


@pytest.mark.parametrize("with_form_check", [True, False])
@pytest.mark.parametrize(("kind", "body"), BODIES, ids=range(len(BODIES)))
def test_bodies_that_are_no_form(kind, body, with_form_check, hers, other, pages):
    before = rest(hers)
    browser = Client(enforce_csrf_checks=with_form_check)
    for page in pages:
        assert browser.generic("POST", page, body, content_type=kind).status_code in FINE
    nothing_of_others(hers, other, before)
    assert Invitation.objects.get(pk=hers.pk).answer == ""


@pytest.mark.parametrize("field", ["comment", "answer", "sequence", "unknown"])
@pytest.mark.parametrize("size", [4 * MEGABYTES, 6 * MEGABYTES])
def test_megabytes(field, size, hers, other, pages, stranger):
    before = rest(hers)
    for page in pages[:2]:
        for answer in (
            post(stranger, page, [(b"answer", b"declined"), (field.encode(), b"x" * size)]),
            stranger.post(page, {"answer": "declined", field: "x" * size}),
        ):
            assert answer.status_code in FINE
            assert size < 5 * MEGABYTES or page != pages[0] or answer.status_code == 400
    nothing_of_others(hers, other, before)
    assert len(Invitation.objects.get(pk=hers.pk).comment) <= 2000


def test_files_are_kept_nowhere(hers, other, pages, stranger, settings):
    before = rest(hers)
    had = sorted(settings.MEDIA_ROOT.rglob("*")) if settings.MEDIA_ROOT.exists() else []
    for page in pages:
        for name in ("comment", "answer", "file"):
            typed = {"answer": "declined", name: SimpleUploadedFile("../x.html", b"<script>" * 1000)}
            assert stranger.post(page, typed).status_code in FINE
    nothing_of_others(hers, other, before)
    assert (sorted(settings.MEDIA_ROOT.rglob("*")) if settings.MEDIA_ROOT.exists() else []) == had


def test_of_repeated_fields_one_counts_and_the_rest_is_nothing(hers, pages, stranger):
    assert (
        post(stranger, pages[0], [(b"answer", b"declined"), (b"answer", b"accepted"), (b"mode", b"online")]).status_code
        == 303
    )
    assert Response.objects.count() == 1
    assert post(stranger, pages[0], [(b"answer[]", b"declined"), (b"answer.0", b"declined")]).status_code == 422


HEADS = [
    {"X-Forwarded-For": "x" * 5000},
    {"X-Forwarded-For": "\x00, ::1, 1.2.3.4"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Cookie": "sessionid=../../etc; csrftoken=\x00; sessionid"},
    {"Referer": "http://[", "Origin": "null"},
    {"Accept": "*/*;q=abc", "Accept-Language": "x" * 6000, "User-Agent": "\x00" * 99},
    {"If-Modified-Since": "never", "Range": "bytes=9-1", "Accept-Encoding": ";;;"},
    {"HX-Request": "true", "HX-Current-URL": "http://[", "HX-Prompt": "%ff"},
    {"Content-Length": "abc"},
]


@pytest.mark.parametrize("heads", HEADS, ids=lambda heads: next(iter(heads)))
def test_odd_heads(heads, hers, other, pages):
    before = rest(hers)
    for page in (*pages, f"{pages[0]}kalender.ics"):
        for browser in (Client(headers=heads), Client(enforce_csrf_checks=True, headers=heads)):
            assert browser.get(page).status_code in FINE
            assert browser.post(page, {"answer": "declined"}).status_code in FINE | {405}
    nothing_of_others(hers, other, before)


def test_the_address_of_the_room_is_the_meetings_own(hers, pages, stranger):
    Invitation.objects.filter(pk=hers.pk).update(answer="accepted", mode="online")
    typed = {"online_link": "https://boese.example", "next": "https://boese.example", "room": "https://boese.example"}
    for address in (pages[1], f"{pages[1]}?next=https://boese.example"):
        assert stranger.post(address, typed).url == ROOM


def test_a_wrong_host_gets_no_page(hers, pages):
    for page in pages:
        assert Client(SERVER_NAME="boese.example").get(page).status_code == 400

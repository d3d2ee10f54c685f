"""Every address × every kind of people × every method: no error page, nothing of others, looking changes nothing.

What GET, HEAD and an empty POST answer: test_addresses.py. Here is everything that no page of ours sends.
"""

import pytest
from django.core.cache import cache
from django.db import transaction

from mailroom.models import Address
from meetings.models import Invitation
from partners.models import Contact, Organisation
from tests.conventions.addresses import ADDRESSES, LOGIN
from tests.conventions.test_addresses import FINE_AFTER_POST, KNOWN, answer, url_of
from tests.factories import ContactFactory, InvitationFactory
from tests.writes import writes

MARK = "Streng-Vertraulich"
METHODS = ("put", "patch", "delete", "options", "trace")
ODD_BODIES = [
    ("application/json", b'{"answer": "accepted", "pk": 1}'),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a\r\n\r\n\x00\xff'),
    ("multipart/form-data", b"--x--"),
    ("application/x-www-form-urlencoded", b"%00=%ff&a=%ED%A0%80&=&&a[]=1&a[]=2&__proto__=1&pk=-1&version=abc&page=9e9"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
    ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
]


@pytest.fixture
def marked(world):
    """Everybody who is on file has a name that must not be seen by strangers."""
    cache.clear()
    Contact.objects.update(last_name=MARK, note=MARK)
    Organisation.objects.update(note=MARK)
    return world


@pytest.mark.parametrize("name", KNOWN)
def test_no_method_is_an_error_and_a_stranger_sees_and_changes_nothing(name, marked, people):
    url, expected = url_of(name, marked), ADDRESSES[name]
    is_theirs = name in ("meetings:answer", "meetings:join")  # the invitee's own name stands there
    with writes() as written:
        for method in METHODS:
            page = getattr(people["stranger"], method)(url)
            assert answer(page) == LOGIN or page.status_code in FINE_AFTER_POST, method
            if expected.stranger == LOGIN:
                assert answer(page) in (LOGIN, 405), method
            assert is_theirs or MARK not in page.text, method
        for method in ("options", "trace"):
            assert getattr(people["coordinator"], method)(url).status_code < 500
    assert written == []
    for method in ("put", "patch", "delete"):
        assert getattr(people["lead"], method)(url).status_code < 500, method


@pytest.mark.parametrize("name", KNOWN)
def test_no_odd_body_is_an_error_and_a_stranger_changes_nothing(name, marked, people):
    url = url_of(name, marked)
    with writes() as written:
        for kind, body in _until_refused(people["stranger"], url):
            page = people["stranger"].generic("POST", url, body, content_type=kind)
            assert answer(page) == LOGIN or page.status_code in FINE_AFTER_POST, kind
    assert written == []
    for kind, body in _until_refused(people["coordinator"], url):
        assert people["coordinator"].generic("POST", url, body, content_type=kind).status_code < 500, kind


def _until_refused(browser, url: str) -> list[tuple[str, bytes]]:
    """Every odd body; one where the login page or "405 Method Not Allowed" answers before a body is read."""
    with transaction.atomic():
        is_refused = answer(browser.post(url)) in (LOGIN, 405)
        transaction.set_rollback(True)
    return ODD_BODIES[:1] if is_refused else ODD_BODIES


INVITEES = ("", "kalender.ics", "beitreten/")


@pytest.mark.parametrize("below", INVITEES)
@pytest.mark.parametrize("method", ["get", "head", "options", *METHODS])
def test_an_invitee_sees_herself_and_nobody_else(below, method, world, stranger):
    hers = InvitationFactory(meeting=world.meeting, contact=ContactFactory(last_name="Ahrens"))
    other = InvitationFactory(meeting=world.meeting, contact=ContactFactory(last_name=MARK, note=MARK))
    Invitation.objects.filter(pk=other.pk).update(answer="accepted", mode="in_person", comment=MARK)
    Address.objects.create(key=other.email, stop_token="o" * 22)
    with writes(beside=["mailroom_address"]) as written:  # the invitee's stop link is made when it is first shown
        page = getattr(stranger, method)(f"/einladung/{hers.token}/{below}")
    assert page.status_code in (200, 405)
    for secret in (MARK, other.email, other.token, "o" * 22, str(other.pk)):
        assert secret not in page.content.decode()
    assert written == []


def test_with_her_link_an_invitee_is_a_stranger_everywhere_else(marked, stranger):
    stranger.get(f"/einladung/{marked.invitation.token}/")
    for name in KNOWN:
        if ADDRESSES[name].stranger == LOGIN:
            assert answer(stranger.get(url_of(name, marked))) == LOGIN, name

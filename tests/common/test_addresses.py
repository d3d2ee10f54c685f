"""Addresses of pages about one row."""

from uuid import UUID

import pytest
from django.urls import NoReverseMatch, get_script_prefix, reverse, set_script_prefix

from common.models.addresses import address_of

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("view", "key", "other"),
    [("partners:contact", 7, 8), ("meetings:meeting", ONE, OTHER), ("desk:network", "bramsche", "melle")],
)
def test_an_address_is_that_of_the_patterns(view, key, other):
    assert address_of(view, key) == reverse(view, args=[key])
    assert address_of(view, other) == reverse(view, args=[other])


def test_a_server_may_answer_below_a_prefix():
    before = get_script_prefix()
    assert address_of("partners:contact", 7) == "/partner/person/7/"
    set_script_prefix("/netz/")
    try:
        assert address_of("partners:contact", 7) == "/netz/partner/person/7/"
    finally:
        set_script_prefix(before)
    assert address_of("partners:contact", 7) == "/partner/person/7/"


@pytest.mark.parametrize(
    ("view", "key"), [("partners:contact", None), ("partners:contact", ONE), ("meetings:meeting", 7)]
)
def test_a_key_that_the_view_does_not_take_is_refused(view, key):
    with pytest.raises(NoReverseMatch):
        address_of(view, key)

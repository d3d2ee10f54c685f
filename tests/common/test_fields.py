import pytest
from django.core.exceptions import ValidationError

from common import fields
from regions.models import Municipality, Network
from tests.factories import municipality

TOO_MUCH = 99999999999999999999


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@amt.example", "a@amt.example"),
        ("Käte Größe <Groesse@amt.example>", "Groesse@amt.example"),
        ('"Büro, Amt" <a@amt.example>', "a@amt.example"),
        ("post@ämter.example", "post@xn--mter-koa.example"),
    ],
)
def test_an_address_for_the_envelope(text, address):
    assert fields.mailbox(text).addr_spec == address


@pytest.mark.parametrize(
    "text", ["", "nobody", "@amt.example", "a@", "a b@amt.example", "a@amt.example, b@amt.example", "größe@amt.example"]
)
def test_what_no_envelope_can_carry(text):
    with pytest.raises(ValueError, match=r"envelope|label|empty"):
        fields.mailbox(text)


@pytest.mark.parametrize("text", [f"{'a' * 250}@b.de", f"{'a' * 64}@{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.de"])
def test_what_is_too_long_for_an_envelope(text):
    with pytest.raises(ValueError, match="too long"):
        fields.mailbox(text)


def test_the_validator_says_what_to_do():
    fields.reachable("post@ämter.example")
    with pytest.raises(ValidationError, match="Bitte nehmen Sie eine übliche Adresse"):
        fields.reachable("a@[127.0.0.1]")


def test_a_number_that_no_row_can_have_is_found_nowhere(db):
    melle = municipality("Melle")
    assert list(Municipality.objects.filter(pk__in=[melle.pk, TOO_MUCH, -TOO_MUCH])) == [melle]
    assert list(Municipality.objects.filter(pk__in=[str(TOO_MUCH)])) == []
    assert list(Municipality.objects.exclude(pk__in=[TOO_MUCH])) == list(Municipality.objects.all())


def test_rows_of_another_query_are_found_as_ever(db):
    marks = Network.objects.filter(slug="bramsche").values("pk")
    assert [network.slug for network in Network.objects.filter(pk__in=marks)] == ["bramsche"]


@pytest.mark.parametrize("value", [str(TOO_MUCH), "-1", "x", "\x00", ""])
def test_a_form_says_no_to_a_choice_that_is_none(team, value):
    url = "/netzwerke/bramsche/aendern/"
    form = team.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    page = team.post(url, {**data, "municipalities": [value], "coordinator": value})
    assert page.status_code == 422
    assert set(page.context["form"].errors) >= {"municipalities"}

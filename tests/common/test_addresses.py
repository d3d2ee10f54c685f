import pytest
from django.core.exceptions import ValidationError

from common.addresses import mailbox, validate_reachable


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@amt.example", "a@amt.example"),
        ("Käte Größe <Groesse@amt.example>", "Groesse@amt.example"),
        ('"Büro, Amt" <a@amt.example>', "a@amt.example"),
        ("post@ämter.example", "post@xn--mter-koa.example"),
        ("info@groß-bau.example", "info@xn--gro-bau-2va.example"),  # IDNA 2008: not gross-bau.example
        ("info@GROẞ-BAU.example", "info@xn--gro-bau-2va.example"),
    ],
)
def test_an_address_for_the_envelope(text, address):
    assert mailbox(text).addr_spec == address


@pytest.mark.parametrize(
    "text", ["", "nobody", "@amt.example", "a@", "a b@amt.example", "a@amt.example, b@amt.example", "größe@amt.example"]
)
def test_what_no_envelope_can_carry(text):
    with pytest.raises(ValueError, match=r"envelope|label|empty"):
        mailbox(text)


@pytest.mark.parametrize("text", [f"{'a' * 250}@b.de", f"{'a' * 64}@{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.de"])
def test_what_is_too_long_for_an_envelope(text):
    with pytest.raises(ValueError, match="too long"):
        mailbox(text)


def test_the_validator_says_what_to_do():
    validate_reachable("post@ämter.example")
    with pytest.raises(ValidationError, match="Bitte nehmen Sie eine übliche Adresse"):
        validate_reachable("a@[127.0.0.1]")

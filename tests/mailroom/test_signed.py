"""Answers within an opaque signature (S/MIME)."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from mailroom import reader
from tests.mailroom.test_itip import UID, reply

HEAD = b"From: Gesa Ahrens <ahrens@schule.example>\nTo: netzwerk@amt.example\nSubject: Zugesagt\nMIME-Version: 1.0\n"
INNER = b"Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n" + reply()


@pytest.fixture(scope="module")
def wrapped():
    """The answer as a signing mail program sends it, in DER."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signer = (
        PKCS7SignatureBuilder().set_data(INNER).add_signer(builder.sign(key, hashes.SHA256()), key, hashes.SHA256())
    )
    return signer.sign(Encoding.DER, [PKCS7Options.Binary])


def mail(content: bytes, kind: str = "signed-data") -> bytes:
    head = f"Content-Type: application/pkcs7-mime; smime-type={kind}\nContent-Transfer-Encoding: base64\n\n"
    return HEAD + head.encode() + base64.encodebytes(content)


def test_an_answer_within_a_signature_is_read(wrapped):
    found = reader.read(mail(wrapped))
    assert (found.kind, found.sender, found.schedulings[0].uid) == ("reply", "ahrens@schule.example", UID)


@pytest.mark.parametrize("cut", [0, 1, 7, 40, 200])
def test_a_broken_signature_waits_for_a_person(wrapped, cut):
    assert reader.read(mail(wrapped[:cut] + b"\xff" * cut)).kind == "human"


def test_an_encrypted_mail_waits_for_a_person(wrapped):
    assert reader.read(mail(wrapped, "enveloped-data")).kind == "human"

"""Reports of mail servers, as they come."""

import uuid

import pytest

from mailroom import bounces, mime
from mailroom.bounces import Bounce

ROW = uuid.UUID("0190c0de-0000-4000-8000-00000000beef")


def report(
    *blocks: str,
    about: str = "Reporting-MTA: dns; mx.schule.example",
    kind: str = "delivery-status",
    to: str = "antwort@amt.example",
    text: str = "Ihre Nachricht kam nicht an.",
    returned: str = "",
    headers: str = "From: MAILER-DAEMON@schule.example\n",
) -> bytes:
    parts = ["Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + text]
    if blocks:
        parts.append(f"Content-Type: message/{kind}\n\n" + "\n\n".join((about, *blocks)) + "\n")
    if returned:
        parts.append("Content-Type: text/rfc822-headers\n\n" + returned)
    body = "".join(f"--=_x\n{part}\n" for part in parts)
    head = f"{headers}To: {to}\nSubject: Unzustellbar: Einladung\nMIME-Version: 1.0\n"
    return f'{head}Content-Type: multipart/report; report-type={kind}; boundary="=_x"\n\n{body}--=_x--\n'.encode()


def fields(
    recipient: str = "kaethe@schule.example", action: str = "failed", status: str = "5.1.1", more: str = ""
) -> str:
    return f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}" + (f"\n{more}" if more else "")


def read(raw: bytes) -> Bounce:
    found = bounces.read(mime.opened(raw))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("action", "status", "more", "permanent"),
    [
        ("failed", "5.1.1", "", True),
        ("Failed", "5.1.10", "", True),
        ("failed", "5.1.2", "", True),
        ("failed", "5.1.3", "", True),
        ("failed", "5.1.6", "", True),
        ("failed", "5.0.0", "Diagnostic-Code: smtp; 550 no such user", True),
        ("failed", "5.0.0", "Diagnostic-Code: smtp; 550 5.7.1 spam", False),
        ("failed", "5.0.0", "Diagnostic-Code: smtp; 554 This user has no account here (in reply to end of DATA)", True),
        ("failed", "5.0.0", "Diagnostic-Code: smtp; 554 host name not acceptable (in reply to EHLO command)", False),
        ("failed", "5.0.0", "Diagnostic-Code: smtp; 550 Domain blah (in reply to MAIL FROM command)", False),
        ("failed", "5.1.0", "Diagnostic-Code: smtp; 550 5.1.0 Address rejected: sender rejected", False),
        ("failed", "5.1.0", "Diagnostic-Code: smtp; 550 5.1.0 <kaethe@schule.example> user unknown", True),
        ("failed", "5.0.0", "Diagnostic-Code: smtp; 450 4.1.1 unverified address", False),
        ("failed", "5.1.1", "Diagnostic-Code: smtp; 452 4.2.2 Mailbox has reached its storage limit", False),
        ("failed", "5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 user is over quota", False),
        ("failed", "5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 your address is on our reject list", False),
        ("failed", "5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 Recipient rejected: unknown in virtual table", True),
        ("failed", "5.4.1", "Diagnostic-Code: smtp; 550 5.4.1 Recipient address rejected: Access denied", True),
        ("failed", "5.4.1", "Diagnostic-Code: smtp; 550 5.4.1 no answer from host", False),
        ("failed", "5.0.0", "Diagnostic-Code: x-local; message expired after 4 days", False),
        ("failed", "5.0.0 (recipient reached disk quota)", "", False),
        ("failed", "4.2.2", "", False),  # final for this mail (RFC 3464 section 2.3.3), not for the address
        ("failed", "4.4.7", "", False),
        ("failed", "5.2.2", "", False),
        ("failed", "5.4.4", "", False),
        ("failed", "5.7.1", "", False),
        ("expired", "4.4.7", "", False),
        ("delayed", "4.4.1", "", False),
        ("delivered", "2.0.0", "", False),
        ("relayed", "2.0.0", "", False),
    ],
)
def test_only_what_is_wrong_with_the_address_is_for_good(action: str, status: str, more: str, permanent: bool) -> None:
    found = read(report(fields(action=action, status=status, more=more)))
    assert found.recipients == ("kaethe@schule.example",)
    assert (found.action, found.permanent) == (action.lower().replace("expired", "failed"), permanent)


def test_the_row_is_named_by_the_envelope_id_or_by_our_tag() -> None:
    by_id = read(report(fields(), about=f"Reporting-MTA: dns; x.example\nOriginal-Envelope-Id: {ROW.hex}"))
    by_tag = read(report(fields(), to=f"antwort+b-{ROW.hex.upper()}@amt.example"))
    assert by_id.outbox_id == by_tag.outbox_id == ROW
    assert read(report(fields(), about="Original-Envelope-Id: none of ours")).outbox_id is None


def test_the_returned_headers_name_the_mail() -> None:
    found = read(report(fields(), returned="Subject: Einladung\nMessage-ID: <a1@amt.example>\n"))
    assert found.message_id == "<a1@amt.example>"


def test_whom_we_wrote_to_counts_not_where_the_mail_was_forwarded() -> None:
    found = read(report(fields("privat@anderswo.example", more="Original-Recipient: rfc822;kaethe@schule.example")))
    assert found.recipients == ("kaethe@schule.example",)


def test_two_recipients_are_told_apart() -> None:
    found = read(report(fields("eins@schule.example"), fields("zwei@schule.example", status="5.2.2")))
    assert found.recipients == ("eins@schule.example", "zwei@schule.example")
    assert [verdict.permanent for verdict in found.verdicts] == [True, False]
    assert not found.permanent


def test_an_address_with_umlauts() -> None:
    block = "Final-Recipient: utf-8; k\\x{E4}the@schule.example\nAction: failed\nStatus: 5.1.1"
    found = read(report(block, kind="global-delivery-status"))
    assert found.recipients == ("käthe@schule.example",)
    assert found.permanent


def test_exchange_in_german() -> None:
    text = (
        "Ihre Nachricht hat einige oder alle Empfänger nicht erreicht.\n\nFolgende(r) Empfänger kann nicht erreicht "
        "werden:\n\n   Käthe Größe\n   Diese Mailbox gibt es nicht mehr.\n   #550 5.1.1 RESOLVER.ADR.RecipNotFound ##"
    )
    block = (
        "Final-recipient: RFC822; kaethe@schule.example\nAction: failed\nStatus: 5.1.1\n"
        "X-Display-Name:\n =?utf-8?B?S8OkdGhl?=\nDiagnostic-code: smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound"
    )
    found = read(report(block, text=text, about="Reporting-MTA: dns;EX01.schule.example"))
    assert (found.recipients, found.permanent, found.status) == (("kaethe@schule.example",), True, "5.1.1")


def test_only_our_tag_is_enough_to_know_the_mail_not_the_reason() -> None:
    found = read(report(to=f"antwort+b-{ROW.hex}@amt.example", headers="From: MAILER-DAEMON@x.example\n"))
    assert (found.outbox_id, found.recipients, found.permanent) == (ROW, (), False)


@pytest.mark.parametrize("subject", ["Re: Unzustellbar?", "AW: returned mail", "WG: failure notice"])
def test_a_person_who_quotes_a_report_reports_nothing(subject: str) -> None:
    raw = (
        f"From: Jutta Beispiel <jutta@firma.example>\nTo: antwort@amt.example\nSubject: {subject}\n\n"
        "> This message was created automatically by mail delivery software.\n> A message that you sent could not be "
        "delivered to one or more of its\n> recipients. The following address(es) failed:\n>\n>   a@b.example\n"
    )
    assert bounces.read(mime.opened(raw.encode())) is None


def test_an_absence_note_to_our_tag_is_no_report() -> None:
    raw = (
        f"Return-Path: <>\nFrom: kaethe@schule.example\nTo: antwort+b-{ROW.hex}@amt.example\n"
        "Auto-Submitted: auto-replied\nSubject: Abwesend: Einladung\n\nIch bin bis 12.03. nicht im Haus.\n"
    )
    assert bounces.read(mime.opened(raw.encode())) is None


@pytest.mark.parametrize("rubbish", [b"", b"\x00\xff" * 50, b"Content-Type: message/delivery-status\n\nAction: failed"])
def test_rubbish_is_no_report(rubbish: bytes) -> None:
    assert bounces.read(mime.opened(rubbish)) is None

"""What a mail is."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import itip, reader
from mailroom.enums import MailKind
from tests.mailroom import test_itip, test_mime
from tests.mailroom.test_itip import UID, reply

PATIENCE = 5  # seconds; the dearest bomb takes less than one
REPORT = b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ahrens@schule.example\nAction: failed\n"


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.INBOX_ADDRESS = "Antwort@netzwerk.example"
    settings.INBOX_AUTHSERV_ID = "mx.netzwerk.example"


def mail(calendar: bytes | None = None, *, subject: str = "Zugesagt: Treffen", **headers: str) -> EmailMessage:
    """A mail of somebody invited, with an answer of a calendar where there is one; `Return_Path` for Return-Path."""
    message = EmailMessage()
    message["From"] = "Gesa Ahrens <ahrens@schule.example>"
    message["To"] = "antwort+Abc1@netzwerk.example"
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Ich komme.\n")
    if calendar is not None:
        message.add_alternative(calendar, "text", "calendar", params={"method": "REPLY", "charset": "utf-8"})
    return message


def read(message: EmailMessage) -> reader.Reading:
    return reader.read(message.as_bytes())


def answers(reading: reader.Reading) -> list[tuple[str | None, str | None]]:
    """UID and PARTSTAT of what was read."""
    return [(one.uid, attendee.partstat) for one in reading.schedulings for attendee in one.attendees]


def test_an_answer_of_a_calendar():
    reading = read(mail(reply("COMMENT:gern"), Return_Path="<ahrens@schule.example>", Message_ID="<1@schule.example>"))
    assert (reading.kind, reading.tag) == (MailKind.REPLY, "abc1")
    assert answers(reading) == [(UID, "ACCEPTED")]
    assert (reading.sender, reading.sender_name) == ("ahrens@schule.example", "Gesa Ahrens")
    assert (reading.return_path, reading.message_id) == ("ahrens@schule.example", "<1@schule.example>")
    assert (reading.subject, reading.text) == ("Zugesagt: Treffen", "Ich komme.")
    assert (reading.is_automatic, reading.verdict, reading.notes) == (False, "", ())


def test_case_1_outlook():
    content = reply('DTSTART;TZID="tzone://Microsoft/Utc":20261201T130000', "COMMENT:krank", partstat="DECLINED")
    reading = read(mail(content, subject="Abgelehnt: Treffen"))
    assert (reading.kind, reading.tag, answers(reading)) == (MailKind.REPLY, "abc1", [(UID, "DECLINED")])
    assert (reading.schedulings[0].organizer, reading.schedulings[0].comment) == (None, "krank")


def test_case_2_apple_attaches_it_quoted_printable_and_names_no_method():
    inner = b"Content-Type: text/calendar; charset=utf-8; name=answer.ics\nContent-Disposition: attachment\n"
    encoded = reply("COMMENT:Größe").replace(b"=", b"=3D").replace("ö".encode(), b"=C3=B6")
    raw = test_mime.multipart(
        b"Content-Type: multipart/mixed; boundary=in\n\n--in\n"
        + inner
        + b"Content-Transfer-Encoding: quoted-printable\n\n"
        + encoded
        + b"\n--in--",
        subtype="alternative",
    )
    reading = reader.read(raw)
    assert (reading.kind, answers(reading)) == (MailKind.REPLY, [(UID, "ACCEPTED")])
    assert reading.schedulings[0].comment == "Größe"


def test_case_3_google_sends_the_same_object_twice():
    message = mail(reply("SEQUENCE:0", "COMMENT:ja"))
    message.add_attachment(reply("SEQUENCE:0"), "application", "ics", filename="invite.ics")
    message.add_attachment(reply("SEQUENCE:0"), "text", "calendar", filename="invite2.ics")
    reading = read(message)
    assert answers(reading) == [(UID, "ACCEPTED")]
    assert reading.schedulings[0].comment == "ja"


def test_case_12_counters_are_proposals():
    guests = ["ATTENDEE:mailto:antwort@netzwerk.example", "ATTENDEE;CN=Gesa:mailto:Ahrens@schule.example"]
    reading = read(mail(reply(*guests, "DTSTART:20261202T130000Z", method="METHOD:COUNTER")))
    assert reading.kind == MailKind.COUNTER
    shown = reading.as_json()
    assert (shown["attendee"], shown["partstat"]) == ("Ahrens@schule.example", None)


@pytest.mark.parametrize("winmail", [False, True])
def test_case_13_nothing_is_guessed_from_the_subject(winmail):
    message = mail(subject="Accepted: Treffen am 1. Dezember")
    if winmail:
        message.add_attachment(b"x\x9f>\x22", "application", "ms-tnef", filename="winmail.dat")
    reading = read(message)
    assert (reading.kind, reading.schedulings) == (MailKind.HUMAN, ())
    assert reading.notes == (("winmail.dat (TNEF) is not read",) if winmail else ())


def test_case_15_everything_twice_or_missing():
    content = reply(
        *(
            "ORGANIZER;CN=Sommer, Katja:MAILTO:antwort@netzwerk.example",
            "ATTENDEE:",
            "STATUS:X",
            "STATUS:Y",
            "DTSTAMP:",
        ),
        method="METHOD:REPLY\nMETHOD:REPLY",
    )
    reading = read(mail(content))
    assert (reading.kind, reading.tag, reading.schedulings[0].uid) == (MailKind.REPLY, "abc1", UID)
    assert reading.notes == ("METHOD more than once",)


def test_case_16_a_broken_zone():
    zone = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:nie\nRRULE:FREQ=SECONDLY\nEND:VTIMEZONE\n"
    reading = read(mail(reply("DTSTART;TZID=Europe/Berlin:20261201T140000", before=zone)))
    assert (reading.kind, answers(reading)) == (MailKind.REPLY, [(UID, "ACCEPTED")])


def test_case_17_what_else_was_changed_is_handed_on_by_nobody():
    reading = read(mail(reply("DTSTART:20200101T000000Z", "SUMMARY:Anderes", "LOCATION:Anderswo", "COMMENT:ja")))
    assert answers(reading) == [(UID, "ACCEPTED")]
    assert "Ander" not in repr(reading.schedulings)


def test_case_18_an_occurrence():
    reading = read(mail(reply("RECURRENCE-ID;TZID=America/New_York:20261201T080000")))
    assert reading.schedulings[0].recurrence_id.isoformat() == "2026-12-01T13:00:00+00:00"


def test_case_24_a_mail_around_an_answer_is_left_to_a_person():
    message = EmailMessage()
    message["From"] = "sekretariat@schule.example"
    message["Subject"] = "WG: Zugesagt"
    message.add_attachment(mail(reply()))
    reading = read(message)
    assert (reading.kind, reading.schedulings) == (MailKind.HUMAN, ())
    assert reading.notes == ("a mail inside the mail is not read",)


def _bombs() -> dict[str, bytes]:
    head = b"Content-Type: text/calendar; method=REPLY\n\n"
    calendars = test_itip._bombs()
    lines = b"Content-Type: text/plain\n\n" + b"\n" * 5000 + b" <a@b.example> "
    return (
        test_mime._bombs()
        | calendars
        | {f"mail with {name}": test_mime.HEAD + head + raw for name, raw in calendars.items()}
        | {f"ten of {name}": test_mime.multipart(*[head + raw[:900_000]] * 10) for name, raw in calendars.items()}
        | {
            "brackets": b"From: " + b"(" * 10_000 + b"\nSubject: x\n\nda",
            "groups": b"Return-Path: " + b"h:" * 10_000 + b"\nSubject: x\n\nda",
            "long lines": test_mime.HEAD + b"\n" + (b"recipient a " * 400 + b"\n") * 30,
            "brackets in a report": test_mime.multipart(REPORT.replace(b"ahrens", b"(" * 10_000)),
            "reports": test_mime.multipart(*[REPORT + b"\nAction: failed\n" * 6000] * 190),
            "lines for those who look for a bounce": test_mime.multipart(*[lines] * 190),
        }
    )


def test_case_24_a_bomb_costs_bounded_time():
    """All in one test: together they are 320 MB, which are made once."""
    for bomb, raw in _bombs().items():
        start = time.process_time()
        reading = reader.read(raw)
        assert time.process_time() - start < PATIENCE, bomb
        assert len(reading.schedulings) <= itip.MAX_COMPONENTS + 1, bomb


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("To", "abc1"),
        ("Cc", "abc1"),
        ("Delivered-To", "abc1"),
        ("X-Original-To", "abc1"),
        ("Envelope-To", "abc1"),
        ("Reply-To", None),
        ("Subject", None),
    ],
)
def test_the_tag_is_taken_from_where_the_mail_went(header, tag):
    raw = f"From: a@b.example\n{header}: Office <ANTWORT+Abc1@Netzwerk.Example>\n\nda".encode()
    assert reader.read(raw).tag == tag


@pytest.mark.parametrize(
    "address",
    [
        "antwort@netzwerk.example",
        "x-antwort+abc1@netzwerk.example",
        "antwort+abc1@netzwerk.example.fremd.example",
        "antwort+abc1@anderswo.example",
        "antwort+a b@netzwerk.example",
    ],
)
def test_no_tag(address):
    assert reader.read(f"From: a@b.example\nTo: {address}\n\nda".encode()).tag is None


def test_the_envelope_counts_more_than_what_the_sender_wrote():
    raw = b"To: antwort+eins@netzwerk.example\nDelivered-To: antwort+zwei@netzwerk.example\n\nda"
    assert reader.read(raw).tag == "zwei"


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (["mx.netzwerk.example; dmarc=pass (p=none) header.from=schule.example"], "pass"),
        (["mx.netzwerk.example; spf=pass smtp.mailfrom=x; dmarc=fail"], "fail"),
        (["mx.netzwerk.example 1; dkim=fail; dkim=pass"], "pass"),
        (["mx.netzwerk.example; spf=fail; dmarc=none"], "fail"),
        (["mx.netzwerk.example; none"], ""),
        (["MX.netzwerk.example; dmarc=PASS"], "pass"),
        (["mx.fremd.example; dmarc=pass"], ""),
        (["mx.netzwerk.example.fremd.example; dmarc=pass"], ""),
        (["mx.netzwerk.example; dmarc=fail", "mx.netzwerk.example; dmarc=pass"], "fail"),
        (["mx.fremd.example; dmarc=pass", "mx.netzwerk.example; dmarc=fail"], "fail"),
        (['mx.netzwerk.example; spf=fail smtp.mailfrom="a; dmarc=pass"'], "fail"),
        (["mx.netzwerk.example; spf=fail (a (b; dmarc=pass) c; dmarc=pass)"], "fail"),
        (["mx.netzwerk.example; spf=fail (a; dmarc=pass"], ""),
        ([], ""),
    ],
)
def test_only_our_own_server_is_believed(results, verdict):
    head = "".join(f"Authentication-Results: {result}\n" for result in results)
    assert reader.read(f"{head}From: a@b.example\n\nda".encode()).verdict == verdict


def test_without_a_name_of_ours_no_server_is_believed(settings):
    settings.INBOX_AUTHSERV_ID = ""
    assert reader.read(b"Authentication-Results: ; dmarc=pass\nFrom: a@b.example\n\nda").verdict == ""


def test_an_answer_that_a_machine_sent_is_an_answer():
    reading = read(mail(reply(), Auto_Submitted="auto-generated", Return_Path="<>"))
    assert (reading.kind, reading.is_automatic, reading.return_path) == (MailKind.REPLY, True, "")
    assert reading.refuses_answers


def test_a_note_of_absence_is_none():
    reading = read(mail(subject="Abwesenheitsnotiz: Treffen", Auto_Submitted="auto-replied (vacation)"))
    assert (reading.kind, reading.is_automatic) == (MailKind.AUTO_REPLY, True)
    assert reading.auto_reply.is_absence


@pytest.mark.parametrize(
    ("name", "value", "refuses"),
    [
        ("X_Auto_Response_Suppress", "All", True),
        ("X_Auto_Response_Suppress", "DR, OOF, AutoReply", True),
        ("X_Auto_Response_Suppress", "DR, RN", False),
        ("Precedence", "bulk", True),
        ("Precedence", "list", True),
        ("Precedence", "first-class", False),
        ("List_Id", "<kollegium.schule.example>", True),
    ],
)
def test_who_may_have_written_it_themselves_can_still_refuse_answers(name, value, refuses):
    found = read(mail(reply(), **{name: value}))
    assert (found.kind, found.is_automatic, found.refuses_answers) == (MailKind.REPLY, False, refuses)


@pytest.mark.parametrize("value", ["no", "No; x=1", ""])
def test_a_person_is_no_machine(value):
    assert not read(mail(Auto_Submitted=value)).is_automatic


def test_a_report_that_returns_our_invitation_is_a_report():
    invitation = reply(method="METHOD:REQUEST")
    returned = b"Content-Type: message/rfc822\n\nContent-Type: text/calendar; method=REQUEST\n\n" + invitation
    for parts in ([REPORT, returned], [REPORT, b"Content-Type: text/calendar; method=REQUEST\n\n" + invitation]):
        reading = reader.read(test_mime.multipart(*parts, subtype="report"))
        assert (reading.kind, reading.schedulings) == (MailKind.BOUNCE, ())
        assert reading.bounce.recipients == ("ahrens@schule.example",)


def test_a_calendar_by_type_comes_before_one_by_name():
    message = mail()
    message.add_attachment(reply(partstat="DECLINED"), "application", "octet-stream", filename="Antwort.ICS")
    assert answers(read(message)) == [(UID, "DECLINED")]
    message.add_attachment(reply(partstat="TENTATIVE"), "application", "ics")
    assert answers(read(message)) == [(UID, "TENTATIVE")]
    message.add_attachment(reply(), "text", "calendar")
    assert answers(read(message)) == [(UID, "ACCEPTED")]


@pytest.mark.parametrize("method", ["METHOD:ADD", "X-NO:METHOD"])
def test_a_method_that_nobody_knows_is_left_to_a_person(method):
    message = mail()
    message.add_attachment(reply(method=method), "text", "calendar")
    reading = read(message)
    assert (reading.kind, reading.schedulings) == (MailKind.HUMAN, ())
    assert reading.notes == (f"calendar with unknown METHOD {'ADD' if 'ADD' in method else 'none'}",)


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        *((f"METHOD:{kind.value.upper()}", kind) for kind in (MailKind.REPLY, MailKind.REFRESH, MailKind.CANCEL)),
        ("METHOD:DECLINECOUNTER", MailKind.DECLINECOUNTER),
        ("X-NO:METHOD", MailKind.PUBLISH),
        ("METHOD:ADD", MailKind.HUMAN),
    ],
)
def test_a_file_from_a_calendar_is_no_mail(method, kind):
    for before in (b"", b"\xef\xbb\xbf", b"\r\n"):
        reading = reader.read(before + reply(method=method))
        assert (reading.kind, answers(reading), reading.tag) == (kind, [(UID, "ACCEPTED")], None)


def test_only_components_of_the_kind_are_handed_on():
    reading = reader.read(reply() + reply(method="METHOD:CANCEL") + reply("UID:2"))
    assert [(one.method, one.uid) for one in reading.schedulings] == [("REPLY", UID), ("REPLY", "2")]


@pytest.mark.parametrize(
    "raw", [b"", b"\x00" * 50, b"Hallo", b"BEGIN:VCALENDAR\nEND:VCALENDAR", b"From: a@b.example\n\n"]
)
def test_nothing_can_be_made_of_it(raw):
    assert reader.read(raw).kind == MailKind.UNREADABLE


SAMPLES = (
    mail(reply("COMMENT:Größe", "DTSTART;TZID=Europe/Berlin:20261201T140000")).as_bytes(),
    mail(subject="Abwesenheit bis 3. Mai 2027", Auto_Submitted="auto-replied").as_bytes(),
    test_mime.multipart(b"Content-Type: text/plain\n\nno such user <a@b.example>", REPORT, subtype="report"),
    reply("ORGANIZER;CN=a:mailto:antwort+x@netzwerk.example"),
)


@given(st.sampled_from(SAMPLES), st.binary(max_size=60), st.integers(0, 1500), st.integers(0, 60))
def test_no_mutation_raises(raw, noise, place, cut):
    reading = reader.read(raw[:place] + noise + raw[place + cut :])
    repr(reading.as_json()).encode()


@pytest.mark.parametrize(
    ("calendar", "kind"),
    [
        (reply(method="METHOD:REQUEST"), MailKind.AUTO_REPLY),  # ours, quoted
        (reply(), MailKind.REPLY),
    ],
)
def test_a_note_of_absence_may_quote_our_invitation_and_a_machine_may_answer(calendar, kind):
    note = mail(calendar, subject="Abwesenheitsnotiz", Auto_Submitted="auto-replied")
    assert read(note).kind == kind

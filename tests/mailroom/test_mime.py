"""Taking mails apart: what is in them, and that nothing costs more than it may."""

import email
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import mail_text, mime

HEAD = b"From: Gesa Ahrens <ahrens@schule.example>\nSubject: Hallo\n"
PATIENCE = 5  # seconds; each of these takes a tenth of one on a slow machine, and would take minutes without limits


def mail(**alternatives: str) -> EmailMessage:
    """A mail with a text and other forms of it, by their subtype."""
    message = EmailMessage()
    message["From"] = "Gesa Ahrens <ahrens@schule.example>"
    message["Subject"] = "Rückmeldung: Größe"
    message.set_content("Guten Tag,\n\nich komme gern – mit Gästen.\n")
    for subtype, content in alternatives.items():
        message.add_alternative(content, subtype=subtype)
    return message


def multipart(*parts: bytes, subtype: str = "mixed", boundary: bytes = b"b") -> bytes:
    """A mail of these raw parts."""
    inner = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    type = b"Content-Type: multipart/" + subtype.encode() + b"; boundary=" + boundary
    return HEAD + type + b"\n\n" + inner + b"--" + boundary + b"--\n"


def nested(times: int) -> bytes:
    """A multipart in a multipart …, as deep as that."""
    begin = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
    return HEAD + b"".join(begin % (number, number) for number in range(times)) + b"Content-Type: text/plain\n\nda\n"


def test_leaves_headers_and_text():
    opened = mime.opened(mail(html="<p>ich komme</p>", calendar="BEGIN:VCALENDAR").as_bytes())
    assert [part.type for part in opened.parts] == ["text/plain", "text/html", "text/calendar"]
    assert [part.depth for part in opened.parts] == [1, 1, 1]
    assert opened.header("subject") == "Rückmeldung: Größe"
    assert opened.header("x-not-there") == ""
    assert opened.text == "Guten Tag,\n\nich komme gern – mit Gästen."
    assert opened.parts[2].text.strip() == "BEGIN:VCALENDAR"
    assert opened.notes == ()


def test_a_part_tells_its_parameters_and_its_name():
    message = mail()
    message.add_attachment(b"BEGIN:VCALENDAR", "application", "ics", filename="Größe.ics", params={"METHOD": "REPLY"})
    part = mime.opened(message.as_bytes()).parts[1]
    assert (part.type, part.filename, part.params["method"]) == ("application/ics", "Größe.ics", "REPLY")
    assert part.content == b"BEGIN:VCALENDAR"


def test_the_same_tree_as_the_standard_library_builds():
    message = mail(html="<p>x</p>", calendar="BEGIN:VCALENDAR")
    message.add_attachment(mail())
    raw = message.as_bytes()
    ours, theirs = mime.opened(raw).message, email.message_from_bytes(raw)
    assert [part.get_content_type() for part in ours.walk()] == [part.get_content_type() for part in theirs.walk()]
    payloads = [[part.get_payload(decode=True) for part in tree.walk()] for tree in (ours, theirs)]
    assert payloads[0] == payloads[1]


def test_text_of_html_where_there_is_no_other():
    html = "<style>p {color: red}</style><p>Guten&nbsp;Tag,</p>\n<p>ich &amp; du<br>kommen</p><script>böse()</script>"
    opened = mime.opened(HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + html.encode())
    assert opened.text == "Guten Tag,\nich & du\nkommen"


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("windows-1252", "Größe – ja".encode("windows-1252"), "Größe – ja"),
        ("x-unknown", "Größe".encode(), "Größe"),
        ("x-unknown", "Größe".encode("latin-1"), "Größe"),
        ("us-ascii", "Größe".encode("latin-1"), "Größe"),
        ("hex", b"Gr", "Gr"),
        ("punycode", b"Gr-abc", "Gr-abc"),
        ("utf-8", b"a\x00b\xff", "ab�".replace("�", "ÿ")),
        ("utf-7", b"+2AA-", "?"),
        ("", "Größe".encode("utf-16"), "Größe"),
        ("utf-8", b"\xef\xbb\xbfda", "da"),
    ],
)
def test_charsets_are_read_leniently(charset, content, text):
    assert mail_text.decoded(content, charset) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("Größe".encode(), "Größe"),
        ("Größe".encode("latin-1"), "Größe"),
        (b"=?utf-8?b?abcde?=", "=?utf-8?b?abcde?="),
        (b"=?x-unknown?q?Gr=F6?=", "Grö"),
        (b"a\n b\n\tc", "a b c"),
        (b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_headers_are_read_leniently(raw, text):
    assert mime.opened(b"Subject: " + raw + b"\n\nda\n").header("Subject") == text


def test_odd_headers_raise_nothing_when_somebody_looks():
    raw = b"From: <>@\nTo: a@[\nDate: gestern\nMessage-ID: <[\nContent-Type: ;\nContent-Disposition: ;;=\n\nda\n"
    opened = mime.opened(raw)
    assert dict(opened.message.items())["Message-ID"] == "<["
    assert opened.headers("date") == ["gestern"]
    assert opened.text == "da"


def test_a_report_and_the_headers_of_the_returned_mail_are_parts():
    report = b"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n"
    returned = b"Subject: unsere Mail\nX-Ours: 1\n\nText\n"
    raw = multipart(
        b"Content-Type: text/plain\n\nnicht zustellbar",
        b"Content-Type: message/delivery-status\n\n" + report,
        b"Content-Type: message/rfc822\n\n" + returned,
        subtype="report",
    )
    opened = mime.opened(raw)
    human, status, original = opened.parts
    assert [part.type for part in opened.parts] == ["text/plain", "message/delivery-status", "message/rfc822"]
    assert human.text == "nicht zustellbar"
    assert status.content == report
    assert original.text == "Subject: unsere Mail\nX-Ours: 1\n\n"
    blocks = opened.message.get_payload()[1].get_payload()
    assert [block.items() for block in blocks] == [
        [("Reporting-MTA", "dns; mx.example")],
        [("Final-Recipient", "rfc822; a@b.example"), ("Action", "failed")],
    ]


def test_an_international_report_is_read_though_it_is_encoded():
    raw = multipart(
        b"Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: base64\n\nQWN0aW9uOiBmYWlsZWQK"
    )
    (status,) = mime.opened(raw).parts
    assert status.content == b"Action: failed\n"


def test_what_a_forwarded_mail_holds_is_no_part_of_this_one():
    inner = multipart(b"Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR", boundary=b"inner")
    opened = mime.opened(multipart(b"Content-Type: text/plain\n\nFYI", b"Content-Type: message/rfc822\n\n" + inner))
    assert [part.type for part in opened.parts] == ["text/plain", "message/rfc822"]
    assert "text/calendar" in [part.get_content_type() for part in opened.message.walk()]


@pytest.mark.parametrize("rubbish", [b"Q\x00W N0*aW9u====", b"QWN0aW9ub", b"QWN0aW9u=\nQ"])
def test_base64_rubbish_gives_what_it_holds(rubbish):
    raw = HEAD + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + rubbish
    assert mime.opened(raw).text.startswith("Action")


def test_a_calendar_that_says_base64_and_is_not():
    raw = HEAD + b"Content-Type: text/calendar\nContent-Transfer-Encoding: base64\n\nBEGIN:VCALENDAR\n"
    opened = mime.opened(raw)
    assert opened.parts[0].content == b"BEGIN:VCALENDAR\n"
    assert opened.notes == ("says base64 and is not",)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"From x Sun Jan 16\n" + HEAD + b"\nda", "da"),
        (b"\r\n\n" + HEAD + b"\nda", "da"),
        ((HEAD + b"\nda").replace(b"\n", b"\r"), "da"),
        (HEAD + b"kein Header\n\nda", "kein Header\n\nda"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\nda", "da"),
        (HEAD + b"Content-Type: multipart/mixed\n\nda", "da"),
        (b"", ""),
        (b"\x00\xff", "ÿ"),
    ],
)
def test_mails_out_of_shape(raw, text):
    assert mime.opened(raw).text == text


def test_a_part_whose_closing_line_is_missing():
    opened = mime.opened(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nda\n--bc\n")
    assert opened.text == "da\n--bc"
    assert opened.notes == ("closing boundary missing",)


def _bombs() -> dict[str, bytes]:
    calendar = b"Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n"
    status = b"Content-Type: message/delivery-status\n\n"
    mixed = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    return {
        "a calendar of 30 MB": HEAD + calendar + b"BEGIN:VEVENT\nUID:1\nEND:VEVENT\n" * 1_000_000,
        "200 deep": nested(200),
        "20,000 deep": nested(20_000),
        "mails in mails": HEAD + b"Content-Type: message/rfc822\n\n" * 100_000,
        "digests": HEAD + b"Content-Type: multipart/digest; boundary=b\n\n--b\n\n" * 50_000,
        "boundaries": mixed + b"--b\n" * 2_500_000,
        "almost boundaries": mixed + b"--bx\n" * 2_000_000,
        "headers": HEAD + b"X: y\n" * 2_000_000 + b"\nda",
        "a long header": b"To: " + b"a@b.example, " * 1_000_000 + b"\n\nda",
        "a folded header": b"To: a\n" + b" a@b.example,\n" * 800_000 + b"\nda",
        "encoded words": b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\n\nda",
        "parameters": mixed + (b'--b\nContent-Type: text/html; x="' + b";" * 30_000 + b"\n\n") * 99,
        "fields of reports": mixed + (b"--b\n" + status + b"A: b\n\n" * 6000) * 99,
        "open tags": HEAD + b"Content-Type: text/html\n\n" + b"<" * 5_000_000,
        "open scripts": HEAD + b"Content-Type: text/html\n\n" + b"<script>" * 900_000,
        "a number of millions of digits": HEAD + b"Content-Type: text/html\n\n&#" + b"9" * 5_000_000,
        "punycode": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-b" * 3_000_000,
        "base64 rubbish": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"\x00\xff=A!" * 2_000_000,
        "NUL": b"\x00" * 11_000_000,
    }


def test_a_bomb_costs_bounded_time():
    for bomb, raw in _bombs().items():
        start = time.process_time()
        opened = mime.opened(raw)
        assert len(opened.text) <= mime.MAX_TEXT, bomb
        for name in ("Subject", "To"):
            assert len(opened.header(name)) <= mime.MAX_HEADER_LENGTH, bomb
        assert len(opened.parts) <= mime.MAX_PARTS, bomb
        assert sum(1 for _ in opened.message.walk()) <= mime.MAX_PARTS + mime.MAX_ALL_HEADERS, bomb
        assert time.process_time() - start < PATIENCE, bomb


def test_what_is_left_out_is_noted():
    notes = {name: mime.opened(raw).notes for name, raw in _bombs().items()}
    assert notes["200 deep"][-1] == "parts nested deeper than 20 left out"
    assert "more than 100 parts, the rest left out" in notes["boundaries"]
    assert notes["a calendar of 30 MB"] == (f"cut off after 10485760 of {len(_bombs()['a calendar of 30 MB'])} bytes",)
    assert notes["headers"] == ("too many headers, the rest left out",)


def test_a_mail_beyond_a_limit_is_still_read_up_to_it():
    opened = mime.opened(multipart(b"\nda", *[b"Content-Type: image/png\n\nx"] * 500))
    assert opened.text == "da"
    assert len(opened.parts) == mime.MAX_PARTS - 1


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(0, 60))
def test_no_mutation_of_a_mail_raises(noise, place, cut):
    raw = multipart(
        b"Content-Type: message/delivery-status\n\nAction: failed\n",
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\nPHA+ZGE8L3A+",
        b"Content-Type: message/rfc822\n\n" + mail(calendar="BEGIN:VCALENDAR").as_bytes(),
    )
    opened = mime.opened(raw[:place] + noise + raw[place + cut :])
    (opened.text + "".join(part.text for part in opened.parts)).encode()
    for name in opened.message:
        "".join(opened.headers(name)).encode()

"""Hostile text in every field × every page, file and mail that shows it: it stays text.

Every text field of every row of ours gets it, whoever may fill the field today: a field that is new is in the table by
itself. What strangers fill (answers, calendars, mails, reports, lists) must moreover be seen on a page.
"""

import csv
import io
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from itertools import product
from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.db import models
from icalendar import Calendar
from openpyxl import load_workbook

from common.db.fields import FoldedField, WebAddressField
from mailroom.models import ActItem, Address, InboxMail, OutboxMail
from meetings.enums import MailingKind, ReplyKind
from meetings.mails import Letter
from meetings.models import AgendaItem, Facts, Invitation, Meeting, Proposal, Response
from partners.models import ImportJob, ImportRow
from tests.conventions.addresses import ADDRESSES
from tests.meetings.siblings import AT, addresses, build

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

APPS = ("meetings", "mailroom", "partners", "regions", "team", "public")
# Begins as a formula does, leaves a tag, an attribute and a Markdown link, breaks a header, and turns the direction.
HOSTILE = "=\"><hostile {}>'><img src=x onhostile=1>[k](javascript:hostile())\u202e\r\nX-Hostile: 1 =1"
SHORT = 16  # characters; in fewer there is no room for a tag
# No words: what machines compare, addresses, and a password's hash.
NO_WORDS = {
    *("mailroom.connection.held_by", "mailroom.inboxmail.about_url", "mailroom.outboxmail.about_url"),
    *("mailroom.outboxmail.lane", "mailroom.outboxmail.claimed_by", "mailroom.outboxmail.envelope_from"),
    *(
        "mailroom.actitem.claimed_by",
        "mailroom.act.writer",
        "mailroom.actitem.lane",
        "mailroom.actitem.recipient",
        "mailroom.act.about_url",
        "partners.importjob.claimed_by",
        "partners.importrow.fingerprint",
    ),
    *("partners.headingalias.field", "team.user.password", "team.activitytarget.kind", "team.activitytarget.key"),
    *("meetings.invitation.email", "partners.contact.email"),  # checked when they are stored, else no mail can be built
}
# What strangers fill or cause; each must be seen on some page, as text.
SEEN = {
    *("meetings.invitation.comment", "meetings.proposal.comment", "meetings.proposal.name", "meetings.proposal.email"),
    *("mailroom.inboxmail.sender", "mailroom.inboxmail.sender_name", "mailroom.inboxmail.subject"),
    *("mailroom.inboxmail.outcome", "mailroom.outboxmail.last_error", "mailroom.outboxmail.smtp_reply"),
    *("mailroom.outboxmail.returned_reason", "mailroom.outboxmail.recipient", "mailroom.outboxmail.subject"),
    *("mailroom.address.reason", "partners.importjob.file_name", "partners.importrow.values"),
    *("partners.importrow.reasons", "partners.importrow.notices", "partners.organisation.name"),
    *("partners.contact.last_name", "partners.contact.role", "partners.organisation.note", "mail.text"),
}


def _code(label: str) -> str:
    return re.sub(r"[^a-z]", "", label)


def _fields() -> list[models.Field]:
    """Every column that holds words."""
    return [
        field
        for label in APPS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, FoldedField | WebAddressField)
        and not (field.choices or field.unique or (field.max_length or SHORT) < SHORT)
        and str(field).lower() not in NO_WORDS
    ]


def _poison(world: SimpleNamespace) -> None:
    """Write it into every field of every row, and into what is stored as JSON for a page."""
    for field in _fields():
        text = HOSTILE.format(_code(str(field).lower()))
        field.model._base_manager.update(**{field.name: text[: field.max_length]})
    values, changes = (HOSTILE.format(_code(f"partners.importrow.{name}")) for name in ("values", "changes"))
    reasons, notices = (HOSTILE.format(_code(f"partners.importrow.{name}")) for name in ("reasons", "notices"))
    ImportRow.objects.update(
        values=dict.fromkeys(("organisation", "person", "email", "phone", "street", "place"), values),
        changes=[[changes, changes, changes]],
        reasons=[reasons],
        notices=[notices],
        raw=[values],
        unknown_networks=[values],
    )
    InboxMail.objects.update(raw=_mail())


def _mail() -> bytes:
    """A mail with it in From, Subject, text and the name of an attachment, as far as one can write that."""
    message = EmailMessage()
    text = HOSTILE.format(_code("mail.text"))
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p><script>hostile()</script>", subtype="html")
    message.add_attachment(b"x", maintype="text", subtype="plain", filename=text.splitlines()[0])
    raw = message.as_bytes()
    return b'From: "<hostile>" <x@boese.example>\r\nSubject: <hostile>\r\n' + raw


@pytest.fixture
def world(coordinator, lead):
    """The table's meeting with more rows for what it lacks, all of it poisoned."""
    with time_machine.travel(AT, tick=False):
        world = build(coordinator, lead)
        for invitation in (world.stay[0], world.stay[4]):
            Response.objects.create(invitation=invitation, answer="accepted", via="link", at=AT)
        AgendaItem.objects.create(meeting=world.meeting)
        ActItem.objects.create(act=world.act, recipient=world.stay[4].lane, lane=world.stay[4].lane)
        for kind in Proposal.Kind:
            Proposal.objects.create(
                invitation=world.stay[3], kind=kind, at=AT, answer="accepted", mail=world.inbox_mail
            )
        for number, outcome in enumerate(ImportRow.Outcome):
            ImportRow.objects.create(job=world.import_job, position=number, number=number, outcome=outcome)
        ImportJob.objects.filter(pk=world.import_job.pk).update(state=ImportJob.State.PREVIEW)
        Address.objects.create(key=world.contact.email, state="hard", since=AT)
        OutboxMail.objects.filter(pk=world.mail.pk).update(state="sent", returned="hard", returned_at=AT)
        InboxMail.objects.filter(pk=world.inbox_mail.pk).update(kind="human")
        _poison(world)
        # Each proposal is from another person; else they would be one.
        for number, proposal in enumerate(Proposal.objects.all()):
            Proposal.objects.filter(pk=proposal.pk).update(email_folded=f"{number}@boese.example")
        yield world


class Tags(HTMLParser):
    """Notes what a browser would take for a tag, an attribute or an address of script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "hostile":
            self.found.append(f"<{tag} {attrs}>")
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"{name} at <{tag}>")
            if name in ("href", "src", "action", "formaction") and re.match(r"\s*(javascript|data:text)", value or ""):
                self.found.append(f"{value} at <{tag}>")


def _active(html: str) -> list[str]:
    tags = Tags()
    tags.feed(html)
    return tags.found


def _dangerous(cells: list[str]) -> list[str]:
    """Cells that a spreadsheet would take for a formula."""
    return [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def _cells(content: bytes, kind: str) -> list[str]:
    if kind == "csv":
        return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";") for cell in row]
    sheet = load_workbook(io.BytesIO(content)).active
    return [f"={cell.value}" if cell.data_type == "f" else str(cell.value) for row in sheet.rows for cell in row]


def test_it_is_text_on_every_page(world, team):
    shown, active = set(), {}
    text_of = {_code(label): label for label in (*SEEN, *(str(field).lower() for field in _fields()))}
    for name, url in addresses(world):
        page = team.get(url)
        if not page["Content-Type"].startswith("text/html"):
            continue
        html = page.content.decode()
        if found := _active(html):
            active[name] = found
        shown |= {text_of[code] for code in re.findall(r"&lt;hostile (\w+)", html) if code in text_of}
    assert active == {}
    assert sorted(SEEN - shown) == []


LISTS = ("/partner/", "/partner/personen/", "/treffen/", "{meeting}")


def test_it_is_no_formula_in_any_file(world, team):
    dangerous, files = {}, 0
    report = "/partner/einlesen/{}/bericht.{}"
    urls = [(url.format(meeting=world.meeting.get_absolute_url()) + "?format={1}") for url in LISTS]
    for url, kind in product([*urls, report], ("csv", "xlsx")):
        answer = team.get(url.format(world.import_job.pk, kind))
        assert answer.status_code == 200, url
        cells = _cells(answer.content, kind)
        assert any("<hostile" in cell for cell in cells), url
        if found := _dangerous(cells):
            dangerous[url, kind] = found
        files += 1
    assert (dangerous, files) == ({}, 10)


KINDS = [*MailingKind, *ReplyKind]


@pytest.mark.parametrize("is_preview", [False, True])
def test_it_is_text_in_every_mail(world, is_preview):
    """In no mail does it become a tag, a header or a line of the calendar's object."""
    meeting = Meeting.objects.select_related("host", "responsible").get(pk=world.meeting.pk)
    row = Invitation.objects.select_related("contact__organisation", "network").get(pk=world.stay[0].pk)
    row.meeting = meeting
    before = Facts.of(meeting)
    meeting.title, meeting.theme, meeting.place = (HOSTILE.format(name) for name in ("a", "b", "c"))
    wrong = {}
    for kind in KINDS:
        letter = Letter(meeting, kind=kind, word=HOSTILE.format("word"), before=before)
        copy = letter.copy(row, stop_token="s" * 22, stamp=AT, is_preview=is_preview)
        raw = copy.as_bytes(("Message-ID", "<a@b.example>"), ("Date", "Mon, 20 Jan 2031 10:00:00 +0100"))
        found = _of_mail(raw)
        if found:
            wrong[kind] = found
    assert wrong == {}


def _of_mail(raw: bytes) -> list[str]:
    message = BytesParser(policy=policy.default).parsebytes(raw)
    found = [f"header {name}" for name in message if "hostile" in name.lower()]
    found += [f"defect {defect}" for part in message.walk() for defect in part.defects]
    if len(message.get_all("To", [])) != 1 or len(message["To"].addresses) != 1:
        found.append("more than one recipient")
    for part in message.walk():
        if part.get_content_type() == "text/html":
            html = part.get_content()
            found += _active(html)
            found += [] if "&lt;hostile" in html else ["the HTML part shows nothing of it"]
        if part.get_content_type() == "text/calendar":
            for component in Calendar.from_ical(part.get_payload(decode=True)).walk():
                found += [f"property {name}" for name in component if "HOSTILE" in name.upper()]
    return found


def test_every_address_that_shows_html_is_walked(world):
    """An address with arguments that this world has no row for would be left out unseen."""
    walked = {name for name, _ in addresses(world)}
    ours = {name for name, line in ADDRESSES.items() if line.coordinator == 200 and ":" in name}
    left_out = {name for name in ours - walked if not name.startswith(("admin:", "team:"))}
    assert left_out == set()

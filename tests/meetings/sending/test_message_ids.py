"""Message-ID, In-Reply-To and References × every way in which a mail comes to be."""

import ast
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from uuid import uuid4

import pytest
import time_machine
from django.core import mail as django_mail

from mailroom.models import OutboxMail
from mailroom.services import outbox
from mailroom.services.acts import write
from meetings.enums import MailingKind, ReplyKind
from meetings.services.inviting import recipients
from meetings.services.sending import previews
from partners.services import letters
from tests.conventions.sources import modules, relative, tree
from tests.factories import ContactFactory
from tests.meetings.siblings import ACTS, AT, OTHERS, as_if, build

pytestmark = pytest.mark.django_db

FOREIGN = "<fremd@anderswo.example>"
FIRST = ("invitation", "account", "test")  # stand below nothing


@pytest.fixture
def world(coordinator, lead, settings):
    settings.EMAIL_BACKEND = "mailroom.backend.OutboxBackend"
    with time_machine.travel(AT, tick=False):
        yield build(coordinator, lead)


def _account_mail(world):
    """As allauth sends one, with an alternative and a Message-ID of its own."""
    made = django_mail.EmailMultiAlternatives(
        "Ihr Zugang", "Text", to=["a@servicestelle.example", "b@servicestelle.example"]
    )
    made.extra_headers["Message-ID"] = FOREIGN
    made.attach_alternative("<p>Text</p>", "text/html")
    made.send()


def _plain_message(world):
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"], message["Message-ID"] = "Hallo", FOREIGN
    message.set_content("Text")
    outbox.queue(message, kind=OutboxMail.Kind.ACCOUNT, recipient="c@servicestelle.example")


def _test_mails(world):
    person = recipients.chosen(world.meeting, [ContactFactory().pk])[0]
    for kind in MailingKind:
        previews.send_test(world.meeting, person, kind=kind, word="", to=world.coordinator)


def _letter(world):
    contact = world.contact
    letters.send(world.network, [contact.pk], key=uuid4(), subject="Neues", text="Text", by=world.coordinator)


WAYS = {
    **ACTS,
    "an account mail": _account_mail,
    "a message of the standard library": _plain_message,
    "a letter to a network": _letter,
    "test mails": _test_mails,
    **{
        name: lambda world, pair=pair: pair[1](world, pair[0](world))
        for name, pair in OTHERS.items()
        if not name.startswith("stopping")  # writes no mail
    },
}
# Where rows of the outbox are made; each stands behind one of the ways.
MAKERS = {
    "mailroom/backend.py": "an account mail",
    "mailroom/services/outbox.py": "a message of the standard library",
    "mailroom/services/previews.py": "test mails",
    "partners/services/letters.py": "a letter to a network",
    "meetings/services/returns/notices.py": ReplyKind.REFRESH,
    "meetings/services/sending/letters.py": MailingKind.INVITATION,
}


def test_every_place_that_makes_a_row_is_tried():
    asks = re.compile(r"(^|\.)(prepare|queue|OutboxMail)$")
    found = {
        relative(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and asks.search(ast.unparse(node.func))
        and not relative(path).startswith("netzwerk/")
    }
    assert (found, set(MAKERS.values()) <= WAYS.keys()) == (set(MAKERS), True)


def _problems(mail: OutboxMail, first: dict[str, str]) -> list[str]:
    """What is wrong with the mail's own name, and with what it says that it answers; `first` are names by lane."""
    head = BytesParser(policy=policy.default).parsebytes(bytes(mail.raw), headersonly=True)
    named = [str(one).strip() for one in head.get_all("Message-ID", [])]
    found = [] if named == [mail.message_id] else [f"Message-ID {named}, in the row {mail.message_id}"]
    if not re.fullmatch(r"<[0-9a-f-]{36}@[a-z.]+>", mail.message_id) or mail.message_id == FOREIGN:
        found.append(f"not a name of ours: {mail.message_id}")
    lane = mail.lane or (mail.key or "::").split(":")[1]  # a reply beside the lane, since something waits there
    expected = first.get(lane, "") if mail.kind not in FIRST else ""
    above = [str(head[name] or "").strip() for name in ("In-Reply-To", "References")]
    return found + ([] if above == [expected] * 2 else [f"{mail.kind} stands below {above}, not below {expected}"])


def test_every_mail_has_one_name_in_row_and_bytes_and_stands_below_the_first(world):
    wrong, idle = {}, []
    old = set(OutboxMail.objects.values_list("pk", flat=True))
    for way, act in WAYS.items():
        with as_if(world, "withdrawn"):
            act(world)
            write.write_due()
            made = OutboxMail.objects.exclude(pk__in=old)
            names = [mail.message_id for mail in made]
            arrived = OutboxMail.objects.filter(pk__in=old).may_have_arrived()  # one in each lane
            first = dict(arrived.values_list("lane", "message_id"))
            found = [problem for mail in made for problem in _problems(mail, first)]
            if found or len(set(names)) != len(names):
                wrong[way] = found
            if not names:
                idle.append(way)
    assert wrong == {}
    assert {*MailingKind, *ReplyKind, *MAKERS.values()}.isdisjoint(idle)


def test_sending_again_keeps_the_name(world):
    before, act = OTHERS["sending again"]
    mail = before(world)
    act(world, mail)
    again = OutboxMail.objects.get(pk=mail.pk)
    assert (again.state, again.message_id, bytes(again.raw)) == ("queued", mail.message_id, bytes(mail.raw))

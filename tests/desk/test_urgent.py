"""Each urgent task: its sentence for one and for two, and that it goes when what it tells of is settled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db.models import Model
from django.utils import timezone

from desk.services import urgent
from mailroom.models import Act
from mailroom.services import bounces
from meetings.models import Invitation, Meeting, Proposal
from partners.models import ImportJob
from tests.factories import (
    ActFactory,
    ActItemFactory,
    InboxMailFactory,
    InvitationFactory,
    MailFactory,
    MeetingFactory,
)

pytestmark = pytest.mark.django_db

MEETING = "Netzwerktreffen Melle/Bissendorf am Mi., 5. Februar 2031"


@dataclass(frozen=True)
class Case:
    """How a row is made (by its number), what is said of one and of two, and the fields that settle a row."""

    make: Callable[[int], Model]
    one: list[str]
    two: list[str]
    settle: dict[str, object]


def _lost(**fields: object) -> Callable[[int], Model]:
    return lambda number: MailFactory(recipient=f"person{number}@schule.example", lane=f"lane {number}", **fields)


def _proposal(number: int) -> Proposal:
    invitation = Invitation.objects.first() or InvitationFactory()
    email = f"gast{number}@schule.example"
    return Proposal.objects.create(invitation=invitation, kind="guest", at=timezone.now(), email=email)


def _item(number: int) -> Model:
    act = Act.objects.first() or ActFactory(meeting=MeetingFactory(), kind="invitation")
    invitation = InvitationFactory(meeting=Meeting.objects.get())
    return ActItemFactory(act=act, invitation=invitation, problem="Adresse ungültig")


def _list(number: int) -> Model:
    return ImportJob.objects.create(file_name=f"liste-{number}.csv", content=b"", state="preview")


_PAST = timezone.now() - timedelta(days=1)
CASES = {
    "came back": Case(
        _lost(state="sent", returned="hard"),
        ["Eine Mail an person0@schule.example kam zurück."],
        ["2 Mails kamen zurück."],
        {"expires_at": _PAST},
    ),
    "failed": Case(
        _lost(state="failed"),
        ["Eine Mail an person0@schule.example konnte nicht zugestellt werden."],
        ["2 Mails konnten nicht zugestellt werden."],
        {"expires_at": _PAST},
    ),
    "uncertain": Case(
        _lost(state="uncertain", unanswered=2),
        ["Bei einer Mail an person0@schule.example ist ungewiss, ob sie ankam."],
        ["2 Mails sind vielleicht nicht angekommen."],
        {"expires_at": _PAST},
    ),
    "to read": Case(
        lambda number: InboxMailFactory(),
        ["Eine Mail kann nur ein Mensch lesen."],
        ["2 Mails kann nur ein Mensch lesen."],
        {"state": "settled"},
    ),
    "unclear answer": Case(
        _proposal,
        [f"Eine Antwort ist ungeklärt: {MEETING}."],
        [f"2 Antworten sind ungeklärt: {MEETING}."],
        {"settled_at": timezone.now(), "resolution": "declined"},
    ),
    "list": Case(
        _list,
        ["Die Liste „liste-0.csv“ ist gelesen und noch nicht übernommen."],
        [f"Die Liste „liste-{number}.csv“ ist gelesen und noch nicht übernommen." for number in (0, 1)],
        {"state": "discarded"},
    ),
    "unwritten": Case(
        _item,
        [f"Einladung zu {MEETING}: eine Mail ist nicht geschrieben."],
        [f"Einladung zu {MEETING}: 2 Mails sind nicht geschrieben."],
        {"problem": ""},
    ),
}


def _said() -> list[str]:
    return sorted(task.text for task in urgent.tasks())


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_for_one_and_for_two_and_goes_when_settled(name):
    case = CASES[name]
    first = case.make(0)
    assert _said() == case.one
    second = case.make(1)
    assert _said() == sorted(case.two)
    type(second)._default_manager.filter(pk=second.pk).update(**case.settle)
    assert _said() == case.one
    type(first)._default_manager.filter(pk=first.pk).update(**case.settle)
    assert _said() == []


@pytest.mark.parametrize(("number", "said"), [(0, []), (1, ["eine kam"]), (2, ["2 kamen"])])
def test_mails_that_came_back_because_of_us(number, said):
    for one in range(number):
        reason = f"{bounces.OUR_TROUBLE} (5.0.0)"
        MailFactory(state="sent", returned="soft", returned_at=timezone.now(), returned_reason=reason, lane=str(one))
    found = [task.text for task in urgent.tasks() if task.text.startswith("Andere Mailserver")]
    assert [text.split(": ")[1].split(" in den")[0] for text in found] == said


@pytest.mark.parametrize(("ends", "level"), [(31, None), (30, "warning"), (-1, "danger")])
def test_the_end_of_the_login_at_the_mail_server(settings, ends, level):
    settings.EMAIL_URL = "smtp://post%40amt.example@mail.amt.example:587/?tls=starttls&auth=xoauth2"
    settings.MAIL_SECRET_ENDS = timezone.localdate() + timedelta(days=ends)
    found = [(one.level, one.text.split(":")[0]) for one in urgent.tasks()]
    happens = "ist abgelaufen" if level == "danger" else "läuft ab"
    assert found == ([(level, f"Das Geheimnis der App für die Anmeldung am Mailserver {happens}")] if level else [])

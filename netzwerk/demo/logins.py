"""The demo's logins: two members who share one password, and the answer page of an invitee."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from meetings.enums import State
from meetings.models import Invitation
from netzwerk.secret import load_or_create_secret
from team.models import User

_WORDS = (
    "Moor Kiebitz Hase Dinkel Ufer Ginster Weide Dachs Quelle Hafer Birke Amsel Heide Fuchs Wiese Erle "
    "Ampel Kanu Lampe Pinsel Regal Schlitten Tasse Uhr Ziegel Anker Besen Dose Eimer Feder Glocke Hobel"
).split()


@dataclass(frozen=True)
class Login:
    """A member's role, address and password, as the demo prints them."""

    what: str
    email: str
    password: str


def demo_password() -> str:
    """Return the password of both members, the same at every start with the same DATA_DIR."""

    def invent() -> str:
        return "-".join(secrets.choice(_WORDS) for _ in range(4)) + f"-{secrets.randbelow(90) + 10}"

    return load_or_create_secret(settings.DATA_DIR / "demo_password", invent)


PEOPLE = (
    ("Koordination", {"email": "sommer@servicestelle.example", "first_name": "Katja", "last_name": "Sommer"}),
    ("Leitung", {"email": "winter@servicestelle.example", "first_name": "Jens", "last_name": "Winter"}),
)


def create_people() -> list[User]:
    """Return coordinator and lead; create them if missing and leave existing ones unchanged."""
    people = []
    for what, fields in PEOPLE:
        user = User.objects.filter(email=fields["email"]).first()
        if user is None:
            user = User.objects.create_user(
                **fields, password=demo_password(), is_lead=what == "Leitung", phone="040 66969 100"
            )
        people.append(user)
    return people


def logins() -> list[Login]:
    """Return the logins of existing members; a password that was changed is replaced by a note."""
    known = {user.email: user for user in User.objects.filter(email__in=[fields["email"] for _, fields in PEOPLE])}
    found = []
    for what, fields in PEOPLE:
        if user := known.get(fields["email"]):
            is_unchanged = user.check_password(demo_password())
            found.append(Login(what, user.email, demo_password() if is_unchanged else "(von Ihnen geändert)"))
    return found


def invitee_page() -> str:
    """Return the path of the answer page of an unanswered invitation ahead, "" if there is none."""
    ahead = Invitation.objects.valid().filter(answer="", meeting__state=State.PLANNED)
    ahead = ahead.filter(meeting__starts_at__gt=timezone.now()).order_by("meeting__starts_at", "pk")
    token = ahead.values_list("token", flat=True).first()
    return reverse("meetings:answer", args=[token]) if token else ""

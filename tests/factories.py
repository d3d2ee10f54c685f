"""Factories of rows for tests; a test passes every value that it is about."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from mailroom.models import Act, ActItem, InboxMail, OutboxMail
from meetings.enums import State
from meetings.models import BulkAct, Invitation, Meeting
from partners.models import Contact, Membership, Organisation
from regions.models import Municipality, Network
from team.models import User


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"mitglied{n}@servicestelle.example")
    first_name = "Kim"
    last_name = factory.Sequence(lambda n: f"Mitglied{n}")
    password = factory.django.Password("ein-langes-Kennwort-7")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    kind = Organisation.Kind.COMPANY
    name = factory.Sequence(lambda n: f"Werkstatt {n} GmbH")
    place = "Melle"
    postcode = "49324"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    first_name = "Toni"
    last_name = factory.Sequence(lambda n: f"Person{n}")
    email = factory.Sequence(lambda n: f"person{n}@partner.example")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    network = factory.LazyFunction(lambda: Network.objects.get(slug="melle-bissendorf"))


class MailFactory(DjangoModelFactory):
    """An outgoing mail that waits."""

    class Meta:
        model = OutboxMail

    kind = OutboxMail.Kind.ACCOUNT
    recipient = factory.Sequence(lambda n: f"person{n}@partner.example")
    subject = "Ihr Zugang"
    message_id = factory.LazyFunction(lambda: f"<{uuid.uuid4()}@servicestelle.example>")
    envelope_from = "netzwerk@servicestelle.example"
    raw = b"Subject: Ihr Zugang\r\nContent-Type: text/plain\r\n\r\nGuten Tag\r\n"


class InboxMailFactory(DjangoModelFactory):
    """An incoming mail from a person that waits for the team."""

    class Meta:
        model = InboxMail

    digest = factory.LazyFunction(lambda: uuid.uuid4().hex * 2)
    raw = b"From: Jutta <jutta@firma.example>\r\nSubject: Frage\r\n\r\nGeht es auch online?\r\n"
    size = 70
    kind = InboxMail.Kind.HUMAN
    sender = "jutta@firma.example"
    sender_name = "Jutta"
    subject = "Frage"
    state = InboxMail.State.WAITING


class MeetingFactory(DjangoModelFactory):
    """A planned meeting of the network Melle/Bissendorf, two and a half hours, in 2031 so that it stays ahead."""

    class Meta:
        model = Meeting
        skip_postgeneration_save = True

    title = "Netzwerktreffen Melle/Bissendorf"
    host = None
    place = factory.LazyAttribute(lambda meeting: "" if meeting.host else "Rathaus Melle")
    state = State.PLANNED
    starts_at = datetime(2031, 2, 5, 15, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    ends_at = factory.LazyAttribute(lambda meeting: meeting.starts_at + timedelta(minutes=150))
    responsible = factory.SubFactory(UserFactory)

    @factory.post_generation
    def networks(self, create, slugs):
        """Set the networks by their slugs."""
        self.networks.set(Network.objects.filter(slug__in=slugs or ["melle-bissendorf"]))


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    meeting = factory.SubFactory(MeetingFactory)
    contact = factory.SubFactory(ContactFactory)
    email = factory.LazyAttribute(lambda invitation: invitation.contact.email)


class ActFactory(DjangoModelFactory):
    """An act of sending about a meeting, without items."""

    class Meta:
        model = Act

    class Params:
        meeting = factory.SubFactory(MeetingFactory)

    writer = "meetings"
    kind = Act.Kind.INVITATION
    by = factory.SubFactory(UserFactory)
    about_kind = "meetings.meeting"
    about_key = factory.LazyAttribute(lambda act: str(act.meeting.pk))
    about_url = factory.LazyAttribute(lambda act: act.meeting.get_absolute_url())
    about_label = factory.LazyAttribute(lambda act: act.meeting.title)


class ActItemFactory(DjangoModelFactory):
    """An item of an act: one mail to an invitee that is not rendered yet."""

    class Meta:
        model = ActItem

    class Params:
        invitation = factory.SubFactory(InvitationFactory)

    act = factory.SubFactory(ActFactory)
    recipient = lane = factory.LazyAttribute(lambda item: item.invitation.lane)


class BulkActFactory(DjangoModelFactory):
    """A bulk act about meetings that has changed none yet."""

    class Meta:
        model = BulkAct

    class Params:
        by = factory.SubFactory(UserFactory)

    id = factory.LazyFunction(uuid.uuid4)
    kind = "cancel"
    act = factory.SubFactory(
        ActFactory,
        id=factory.SelfAttribute("..id"),
        writer="meetings.bulk",
        kind=Act.Kind.MANY,
        meeting=None,
        by=factory.SelfAttribute("..by"),
        about_kind="meetings.bulkact",
        about_key=factory.LazyAttribute(lambda act: str(act.factory_parent.id)),
        about_url=factory.LazyAttribute(lambda act: f"/sammelaktionen/{act.factory_parent.id}/"),
        about_label="Absagen",
    )


def municipality(name: str) -> Municipality:
    """Return the seeded municipality with this name."""
    return Municipality.objects.get(name=name)


def start_numbers_at(number: int) -> None:
    """Restart the sequence of every factory at this number."""
    for made in globals().values():
        if isinstance(made, type) and issubclass(made, DjangoModelFactory) and made is not DjangoModelFactory:
            made.reset_sequence(number)

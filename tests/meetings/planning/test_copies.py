"""Copying a meeting: what goes along, what stays behind, and that it happens once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from meetings.models import AgendaItem, ChecklistItem, Meeting
from meetings.services.planning import copies
from meetings.services.planning.targets import AlreadyThere, Target
from regions.models import Network
from team.models import Activity
from tests.factories import InvitationFactory, MeetingFactory, OrganisationFactory

NOON = datetime(2031, 3, 12, 11, 0, tzinfo=UTC)


def target(*slugs: str, at: datetime = NOON, **changes) -> Target:
    networks = tuple(Network.objects.filter(slug__in=slugs))
    return Target(networks, at, at + timedelta(minutes=150), **changes)


@pytest.fixture
def source(db, coordinator):
    """A hybrid meeting of Melle/Bissendorf with everything that one can enter."""
    made = MeetingFactory(
        kind="theme",
        title="Themennachmittag Melle/Bissendorf",
        theme="Praktika im Handwerk",
        format="hybrid",
        host=OrganisationFactory(name="Müller Maschinenbau"),
        place="Aula",
        online_link="https://raum.servicestelle.example/a",
        dial_in="0541 12345",
        capacity_in_person=60,
        capacity_online=100,
        answer_deadline_on=date(2031, 1, 29),
        text="**Willkommen**",
        responsible=coordinator,
        is_public=True,
        sequence=3,
    )
    AgendaItem.objects.create(meeting=made, offset_minutes=0, title="Begrüßung", kind="welcome")
    AgendaItem.objects.create(meeting=made, offset_minutes=30, title="Vortrag", speaker="Frau Ahrens", kind="talk")
    ChecklistItem.objects.create(
        meeting=made, title="Raum klären", days_before=10, done_at=timezone.now(), done_by=coordinator
    )
    ChecklistItem.objects.create(meeting=made, title="Protokoll", days_before=-3)
    InvitationFactory(meeting=made, answer="accepted")
    return made


def copied(source, coordinator, *targets: Target) -> list[Meeting]:
    made = copies.copy(source, targets, by=coordinator)
    return [Meeting.objects.get(pk=one.pk) for one in made]


def test_the_same_theme_in_another_network(source, coordinator):
    (made,) = copied(source, coordinator, target("bramsche"))
    assert made.title == "Themennachmittag Bramsche"
    assert [network.slug for network in made.networks.all()] == ["bramsche"]
    assert (made.starts_at, made.ends_at) == (NOON, NOON + timedelta(minutes=150))
    assert {name: getattr(made, name) for name in copies.SAME} == {
        "kind": "theme", "theme": "Praktika im Handwerk", "format": "hybrid", "dial_in": "0541 12345",
        "capacity_in_person": 60, "capacity_online": 100, "text": "**Willkommen**", "is_public": True,
    }  # fmt: skip
    assert (made.responsible, made.answer_deadline_on) == (coordinator, date(2031, 3, 5))
    assert (made.host, made.place, made.online_link) == (None, "", "")


def test_a_copy_is_a_draft_that_nobody_knows(source, coordinator):
    (made,) = copied(source, coordinator, target("melle-bissendorf"))
    assert (made.state, made.sequence, made.version) == ("draft", 0, 1)
    assert made.pk != source.pk
    assert made.uid != source.uid
    assert made.invitations.count() == 0
    assert source.invitations.count() == 1


def test_agenda_and_preparation_go_along_and_nothing_is_done_yet(source, coordinator):
    (made,) = copied(source, coordinator, target("bramsche"))
    assert list(made.agenda_items.values_list("offset_minutes", "title", "speaker", "kind")) == [
        (0, "Begrüßung", "", "welcome"),
        (30, "Vortrag", "Frau Ahrens", "talk"),
    ]
    assert list(made.checklist_items.values_list("title", "days_before", "done_at", "done_by")) == [
        ("Raum klären", 10, None, None),
        ("Protokoll", -3, None, None),
    ]
    assert (source.agenda_items.count(), source.checklist_items.filter(done_at=None).count()) == (2, 1)


def test_the_room_goes_along_when_the_same_networks_meet(source, coordinator):
    other = OrganisationFactory(name="Hof Lohkamp")
    same, joint = copied(
        source,
        coordinator,
        target("melle-bissendorf", host=other, place="Scheune"),
        target("melle-bissendorf", "bramsche", at=NOON + timedelta(days=1)),
    )
    assert (same.online_link, same.host, same.place) == (source.online_link, other, "Scheune")
    assert (joint.online_link, joint.title) == ("", "Themennachmittag Bramsche und Melle")


def test_a_title_of_its_own_stays(source, coordinator):
    source.title = "Handwerk trifft Schule"
    source.save()
    (made,) = copied(source, coordinator, target("bramsche"))
    assert made.title == "Handwerk trifft Schule"


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (None, None),
        (date(2031, 2, 5), date(2031, 3, 12)),
        (date(2031, 2, 6), date(2031, 3, 13)),
        (date(9999, 12, 31), None),
    ],
)
def test_the_last_day_for_answers_keeps_its_distance(source, deadline, expected):
    source.answer_deadline_on = deadline
    assert copies.deadline_for(source, date(2031, 3, 12)) == expected


def test_the_distance_counts_local_days(source, coordinator):
    """Half past midnight in March is still the day before by UTC."""
    (made,) = copied(source, coordinator, target("bramsche", at=datetime(2031, 3, 11, 23, 30, tzinfo=UTC)))
    assert (made.starts_on, made.answer_deadline_on) == (date(2031, 3, 12), date(2031, 3, 5))


def test_who_has_left_is_not_responsible(source, coordinator, lead):
    coordinator.is_active = False
    coordinator.save()
    (made,) = copied(source, lead, target("bramsche"))
    assert made.responsible is None


def test_one_sentence_stands_at_the_original_at_each_copy_and_at_the_networks(source, coordinator):
    made = copied(source, coordinator, target("bramsche"), target("melle-bissendorf"))
    sentence = Activity.objects.get()
    assert sentence.sentence == "hat Themennachmittag Melle/Bissendorf nach Bramsche, Melle kopiert"
    assert sentence.by == coordinator
    targets = set(sentence.targets.values_list("kind", "key"))
    networks = Network.objects.filter(slug__in=("bramsche", "melle-bissendorf"))
    assert targets == {("meetings.meeting", str(one.pk)) for one in [source, *made]} | {
        ("regions.network", str(network.pk)) for network in networks
    }


def test_nothing_to_copy_is_nothing_done(source, coordinator):
    assert copies.copy(source, [], by=coordinator) == []
    assert Activity.objects.count() == 0


# --- Once


def test_a_second_time_is_told_and_nothing_is_written(source, coordinator):
    copied(source, coordinator, target("bramsche"))
    with pytest.raises(AlreadyThere) as refused:
        copies.copy(source, [target("nordkreis"), target("bramsche")], by=coordinator)
    assert refused.value.told == {
        1: "„Themennachmittag Bramsche“ am 12. März 2031 um 12:00 Uhr gibt es schon. Bitte nehmen Sie das Häkchen weg."
    }
    assert (Meeting.objects.count(), Activity.objects.count()) == (2, 1)


def test_the_original_itself_counts_and_what_is_called_off_does_not(source, coordinator):
    own = target("melle-bissendorf", at=source.starts_at)
    with pytest.raises(AlreadyThere):
        copies.copy(source, [own], by=coordinator)
    Meeting.objects.filter(pk=source.pk).update(state="cancelled")
    (made,) = copied(source, coordinator, own)
    assert made.state == "draft"


def test_another_hour_another_title_or_another_network_is_no_double(source, coordinator):
    copied(source, coordinator, target("bramsche"))
    MeetingFactory(title="Netzwerktreffen Nordkreis", starts_at=NOON, networks=["nordkreis"])
    copied(source, coordinator, target("bramsche", at=NOON + timedelta(hours=1)), target("nordkreis"))
    assert Meeting.objects.count() == 5


def test_of_two_targets_that_are_the_same_meeting_the_second_is_told(source, coordinator):
    source.title = "Handwerk trifft Schule"
    source.save()
    with pytest.raises(AlreadyThere) as refused:
        copies.copy(source, [target("bramsche", "nordkreis"), target("bramsche")], by=coordinator)
    assert list(refused.value.told) == [1]
    assert "entstünde zweimal" in refused.value.told[1]
    assert Meeting.objects.count() == 1


def test_of_every_field_that_one_can_enter_it_is_decided_whether_it_goes_along():
    by_rule = {
        "title", "networks", "starts_at", "ends_at", "host", "place", "online_link",
        "answer_deadline_on", "responsible",
    }  # fmt: skip
    unasked = {"search_text", "created_at", "updated_at"}
    fields = [*Meeting._meta.fields, *Meeting._meta.many_to_many]
    assert {field.name for field in fields if field.editable} - unasked == by_rule | set(copies.SAME)

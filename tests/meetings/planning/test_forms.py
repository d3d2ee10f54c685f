"""The form about a meeting: times, host, networks, two people at once."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from meetings.models import Meeting
from regions.models import Network
from team.models import Activity
from tests.factories import InvitationFactory, MailFactory, MeetingFactory, MembershipFactory, OrganisationFactory

NEW = "/treffen/neu/"
HTMX = {"HX-Request": "true"}


def network(slug: str) -> Network:
    return Network.objects.get(slug=slug)


def typed(**changes):
    """What the browser sends for the smallest meeting."""
    return {
        "networks": [network("melle-bissendorf").pk], "kind": "network", "format": "in_person", "day": "2031-02-05",
        "start_time": "15:00", "end_time": "17:30", **changes,
    }  # fmt: skip


def sent_back(response, **changes):
    """What the browser would send back from this page."""
    form = response.context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**data, **changes}.items() if value not in (None, False, "")}


def test_the_smallest_meeting_gets_its_title_its_steps_and_its_sentence(team, coordinator):
    response = team.post(NEW, typed(title=""))
    meeting = Meeting.objects.get()
    assert response.url == f"/treffen/{meeting.pk}/"
    assert (meeting.title, meeting.state) == ("Netzwerktreffen Melle/Bissendorf", "draft")
    assert (meeting.starts_at, meeting.ends_at) == (
        datetime(2031, 2, 5, 14, 0, tzinfo=UTC),
        datetime(2031, 2, 5, 16, 30, tzinfo=UTC),
    )
    assert list(meeting.networks.all()) == [network("melle-bissendorf")]
    assert meeting.checklist_items.count() == 7
    sentence = Activity.objects.get()
    assert sentence.sentence == "hat Netzwerktreffen Melle/Bissendorf angelegt"
    assert sorted(sentence.targets.values_list("kind", flat=True)) == ["meetings.meeting", "regions.network"]


def test_the_address_says_network_and_day_first(team, coordinator):
    form = team.get(NEW, {"netzwerk": ["bramsche", "gibt-es-nicht"], "am": "2027-02-03"}).context["form"]
    assert form["networks"].value() == [network("bramsche").pk]
    assert (form["day"].value(), form["answer_deadline_on"].value()) == (date(2027, 2, 3), date(2027, 1, 27))
    assert form["responsible"].value() == coordinator.pk
    for am in ("2027-02-30", "0001-01-01", "9999-12-31", "morgen", "2027-02-03\0"):
        assert team.get(NEW, {"am": am, "netzwerk": "x\0"}).context["form"]["day"].value() is None


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"networks": []}, "networks", "Bitte wählen Sie mindestens ein Netzwerk."),
        ({"end_time": "14:00"}, "end_time", "Das Ende muss nach dem Beginn liegen."),
        ({"end_time": "15:00"}, "end_time", "Das Ende muss nach dem Beginn liegen."),
        ({"day": "0027-02-03"}, "day", "Bitte prüfen Sie das Jahr."),
        ({"capacity_online": "99999999999999999999"}, "capacity_online", "10000"),
        ({"host_name": "Gibt es nicht"}, "host_name", "Bitte zuerst dort anlegen."),
        ({"title": "Treffen\0"}, "title", "Nullzeichen"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_nothing_typed_is_lost(team, changes, field, message):
    response = team.post(NEW, typed(theme="Praktika im Handwerk", **changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert message in response.context["form"].errors[field][0]
    assert 'value="Praktika im Handwerk"' in response.content.decode()
    assert Meeting.objects.count() == 0


# --- The two nights in which the clock changes


def test_a_time_that_the_clock_jumps_over_is_refused(team):
    response = team.post(NEW, typed(day="2026-03-29", start_time="02:30", end_time="04:00"))
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "start_time": [
            "In der Nacht zum 29. März 2026 werden die Uhren vorgestellt: 02:30 Uhr gibt es nicht. "
            "Bitte wählen Sie eine andere Uhrzeit."
        ]
    }


def test_a_time_that_comes_twice_is_asked_about_and_never_guessed(team):
    night = typed(day="2026-10-25", start_time="02:30", end_time="04:00")
    response = team.post(NEW, night)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["start_fold"]
    assert "Winterzeit (zum zweiten Mal)" in response.content.decode()
    assert "Ende in" not in response.content.decode()
    assert team.post(NEW, {**night, "start_fold": "1"}).status_code == 302
    assert Meeting.objects.get().starts_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("fold", "hour"), [("0", 0), ("1", 1)])
def test_both_times_may_come_twice_and_editing_keeps_which(team, fold, hour):
    night = typed(day="2026-10-25", start_time="02:10", end_time="02:40", start_fold=fold, end_fold=fold)
    assert team.post(NEW, night).status_code == 302
    meeting = Meeting.objects.get()
    assert meeting.starts_at == datetime(2026, 10, 25, hour, 10, tzinfo=UTC)
    url = f"/treffen/{meeting.pk}/aendern/"
    opened = team.get(url)
    assert (opened.context["form"]["start_fold"].value(), opened.context["form"]["end_fold"].value()) == (fold, fold)
    assert team.post(url, sent_back(opened, place="Aula")).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.starts_at, meeting.place) == (datetime(2026, 10, 25, hour, 10, tzinfo=UTC), "Aula")
    assert Activity.objects.first().sentence.endswith("geändert: Raum oder Anschrift")


def test_from_the_first_to_the_second_of_two_equal_times_is_an_hour(team):
    night = typed(day="2026-10-25", start_time="02:30", end_time="02:30", start_fold="0", end_fold="1")
    assert team.post(NEW, night).status_code == 302
    meeting = Meeting.objects.get()
    assert (meeting.ends_at - meeting.starts_at).total_seconds() == 3600


def test_on_an_ordinary_day_the_answer_to_that_question_does_not_count(team):
    assert team.post(NEW, typed(start_fold="1", end_fold="0")).status_code == 302
    assert Meeting.objects.get().starts_at == datetime(2031, 2, 5, 14, 0, tzinfo=UTC)


# --- Host


def test_the_host_is_found_by_name_and_of_two_by_place(team):
    melle = OrganisationFactory(name="Müller Maschinenbau", place="Melle")
    OrganisationFactory(name="Müller Maschinenbau", place="Bramsche")
    refused = team.post(NEW, typed(host_name="Mueller Maschinenbau"))
    assert refused.context["form"].errors["host_name"] == [
        "Das gibt es mehrmals. Bitte schreiben Sie genauer: "
        "„Müller Maschinenbau, Melle“ oder „Müller Maschinenbau, Bramsche“."
    ]
    assert team.post(NEW, typed(host_name="Mueller Maschinenbau, Melle")).status_code == 302
    meeting = Meeting.objects.get()
    assert meeting.host == melle
    url = f"/treffen/{meeting.pk}/aendern/"
    assert team.post(url, sent_back(team.get(url), host_name="")).status_code == 302
    meeting.refresh_from_db()
    assert meeting.host is None


def test_two_of_one_name_at_one_place_are_told_apart_by_number(team):
    first, second = (OrganisationFactory(name="Hof Lohkamp", place="Melle") for _ in range(2))
    refused = team.post(NEW, typed(host_name="Hof Lohkamp, Melle"))
    assert f"„Hof Lohkamp, Melle #{first.pk}“" in refused.context["form"].errors["host_name"][0]
    assert team.post(NEW, typed(host_name=f"Hof Lohkamp, Melle #{second.pk}")).status_code == 302
    meeting = Meeting.objects.get()
    assert meeting.host == second
    url = f"/treffen/{meeting.pk}/aendern/"
    assert team.post(url, sent_back(team.get(url), place="Scheune")).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.host, meeting.place) == (second, "Scheune")


def test_hosts_are_suggested_first(team):
    OrganisationFactory(name="Aal GmbH", place="Melle")
    MembershipFactory(organisation=OrganisationFactory(name="Zoo GmbH", place="Melle"), kind="host")
    widget = team.get(NEW).context["form"].fields["host_name"].widget
    assert widget.suggestions == ("Zoo GmbH, Melle", "Aal GmbH, Melle")


# --- Two people at once


def test_two_people_at_one_meeting_lose_nothing(team, lead_client):
    meeting = MeetingFactory(responsible=None)
    url = f"/treffen/{meeting.pk}/aendern/"
    mine, theirs = team.get(url), lead_client.get(url)
    both = [network("melle-bissendorf").pk, network("bramsche").pk]
    assert lead_client.post(url, sent_back(theirs, networks=both, start_time="16:00", place="Aula")).status_code == 302
    late = team.post(url, sent_back(mine, place="Mensa", theme="Praktika"))
    assert late.status_code == 422
    assert [(one.label, one.theirs, one.mine, one.both_changed) for one in late.context["form"].conflicts] == [
        ("Raum oder Anschrift", "Aula", "Mensa", True),
        ("Netzwerke", "Netzwerk Bramsche, Netzwerk Melle/Bissendorf", "Netzwerk Melle/Bissendorf", False),
        ("Beginn", "16:00", "15:00", False),
    ]
    assert team.post(url, sent_back(late)).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.place, meeting.theme, meeting.networks.count(), meeting.version) == ("Mensa", "Praktika", 2, 3)
    assert meeting.starts_at == datetime(2031, 2, 5, 15, 0, tzinfo=UTC)


def test_a_network_that_is_left_hears_of_it_too(team):
    meeting = MeetingFactory(networks=["bramsche", "nordkreis"])
    url = f"/treffen/{meeting.pk}/aendern/"
    team.post(url, sent_back(team.get(url), networks=[network("nordkreis").pk]))
    keys = Activity.objects.get().targets.filter(kind="regions.network").values_list("key", flat=True)
    assert sorted(keys) == sorted(str(network(slug).pk) for slug in ("bramsche", "nordkreis"))


@pytest.mark.parametrize(("state", "sequence"), [("planned", 1), ("draft", 0)])
def test_new_times_count_the_sequence_up_unless_nobody_knows_of_it(team, state, sequence):
    meeting = MeetingFactory(state=state)
    url = f"/treffen/{meeting.pk}/aendern/"
    team.post(url, sent_back(team.get(url), theme="Praktika"))
    meeting.refresh_from_db()
    assert meeting.sequence == 0
    team.post(url, sent_back(team.get(url), start_time="14:00"))
    meeting.refresh_from_db()
    assert meeting.sequence == sequence


@pytest.mark.parametrize(
    ("changes", "is_asked"),
    [
        ({"place": "Aula"}, True),
        ({"title": "Anders"}, True),
        ({"start_fold": "1", "end_fold": "1"}, True),
        ({"online_link": "https://raum.servicestelle.example/neu"}, False),
        ({}, False),
    ],
)
def test_who_was_invited_does_not_know_of_a_change_and_the_next_page_asks_what_to_tell(team, changes, is_asked):
    """Also when the clock stays and only summer or winter time changes; a new room needs no mail."""
    night = datetime(2031, 10, 26, 0, 10, tzinfo=UTC)
    meeting = MeetingFactory(starts_at=night, ends_at=night.replace(minute=40))
    MailFactory(kind="invitation", state="sent", lane=InvitationFactory(meeting=meeting).lane)
    url = f"/treffen/{meeting.pk}/aendern/"
    answer = team.post(url, sent_back(team.get(url), **changes))
    assert answer.url == (f"/treffen/{meeting.pk}/mitteilen/" if is_asked else f"/treffen/{meeting.pk}/")
    assert ("Die Eingeladenen wissen noch nichts davon" in team.get(answer.url).text) == is_asked


# --- Looking at the date without script


def test_checking_the_date_saves_nothing_and_keeps_everything(team):
    response = team.post(NEW, typed(day="2031-12-25", networks=[], theme="Praktika", check="1"))
    assert response.status_code == 200
    page = response.content.decode()
    assert "Feiertag in Niedersachsen: Erster Weihnachtstag." in page
    assert 'value="Praktika"' in page
    assert "Bitte wählen Sie mindestens ein Netzwerk." not in page
    assert Meeting.objects.count() == 0


def test_checking_an_existing_meeting_does_not_find_itself(team):
    meeting = MeetingFactory(place="Alt")
    url = reverse("meetings:meeting_update", args=[meeting.pk])
    response = team.post(url, sent_back(team.get(url), place="Neu", check="1"))
    assert response.status_code == 200
    assert [hint.url for hint in response.context["hints"] if hint.url] == []
    meeting.refresh_from_db()
    assert meeting.place == "Alt"


def test_hints_come_while_typing(team):
    other = MeetingFactory(networks=["bramsche"])
    answer = team.get(
        "/treffen/hinweise/", {"day": "2031-02-05", "start_time": "16:00", "end_time": "18:00"}, headers=HTMX
    )
    assert f'<a href="/treffen/{other.pk}/">Ansehen</a>' in answer.content.decode()
    for odd in ({}, {"day": "x\0"}, {"day": "9999-12-31"}, {"day": "2031-02-05", "meeting": "x", "networks": "9" * 30}):
        assert team.get("/treffen/hinweise/", odd, headers=HTMX).status_code == 200
    assert team.get("/treffen/hinweise/").url == NEW

"""The page on which a meeting is copied: rows, dates, what is wrong, pressing twice."""

from datetime import UTC, date, datetime, time

import pytest
from django.urls import reverse

from meetings.models import Meeting
from regions.models import Network
from tests.factories import MeetingFactory, MembershipFactory, OrganisationFactory
from tests.meetings.formsets import as_it_stands

HTMX = {"HX-Request": "true"}


def key(slug: str) -> str:
    return f"netz{Network.objects.get(slug=slug).pk}"


def page_of(meeting) -> str:
    return reverse("meetings:copy", args=[meeting.pk])


def sent_back(response, *, untick: tuple[str, ...] = (), **rows: dict):
    """What the browser sends: the page as it stands, with these rows (key=fields) ticked and typed into."""
    ticked = {row: {"chosen": "on", **typed} for row, typed in rows.items()}
    return as_it_stands(response, ticked | {row: {**ticked.get(row, {}), "chosen": ""} for row in untick})


@pytest.fixture
def meeting(db):
    """A planned meeting of Melle/Bissendorf at its host."""
    return MeetingFactory(
        host=OrganisationFactory(name="Müller Maschinenbau"), place="Aula", answer_deadline_on=date(2031, 1, 29)
    )


# --- What the page offers


def test_the_page_of_a_meeting_leads_there_also_when_it_is_over_or_called_off(team, meeting):
    for changes in ({}, {"state": "cancelled"}, {"starts_at": datetime(2025, 2, 5, 14, 0, tzinfo=UTC)}):
        Meeting.objects.filter(pk=meeting.pk).update(**changes)
        assert f'href="{page_of(meeting)}">Kopieren</a>' in team.get(meeting.get_absolute_url()).content.decode()


def test_a_row_for_each_active_network_the_own_one_first_and_ticked(team, meeting):
    Network.objects.filter(slug="nordkreis").update(is_active=False)
    page = team.get(page_of(meeting))
    formset = page.context["formset"]
    first, *others = formset.forms
    assert first.prefix == key("melle-bissendorf")
    assert len(others) == Network.objects.active().count() - 1
    assert key("nordkreis") not in [form.prefix for form in others]
    assert [form.is_chosen for form in formset] == [True] + [False] * len(others)
    assert {(form["start_time"].value(), form["end_time"].value()) for form in formset} == {(time(15, 0), time(17, 30))}
    assert {form["day"].value() for form in formset} == {None}
    assert (first["host_name"].value(), first["place"].value()) == ("Müller Maschinenbau, Melle", "Aula")
    assert {form["host_name"].value() for form in others} == {None}
    titles = page.content.decode().split('id="wohin"')[1]
    assert '<span class="secondary">Netzwerktreffen Bramsche</span>' in titles
    assert "Netzwerktreffen Melle/Bissendorf" not in titles  # as it is called already


def test_the_networks_of_a_joint_meeting_have_a_row_together(team):
    meeting = MeetingFactory(networks=["bramsche", "nordkreis"], place="Aula")
    first, *others = team.get(page_of(meeting)).context["formset"].forms
    assert [network.slug for network in first.row.networks] == ["bramsche", "nordkreis"]
    assert (first.is_chosen, first["place"].value()) == (True, "Aula")
    assert [form.prefix for form in others[:2]] == [key("bramsche"), key("nordkreis")]
    assert not any(form.is_chosen or form["place"].value() for form in others)


def test_hosts_are_suggested_once_for_all_rows(team, meeting):
    MembershipFactory(organisation=OrganisationFactory(name="Zoo GmbH", place="Melle"), kind="host")
    page = team.get(page_of(meeting)).content.decode()
    assert page.count('<option value="Zoo GmbH, Melle">') == 1
    assert page.count('list="gastgeber"') == Network.objects.active().count()


# --- Copying


def test_another_day_for_the_same_network(team, meeting):
    url, own = page_of(meeting), key("melle-bissendorf")
    response = team.post(url, sent_back(team.get(url), **{own: {"day": "2031-03-12"}}))
    copy = Meeting.objects.exclude(pk=meeting.pk).get()
    assert response.url == copy.get_absolute_url()
    assert (copy.starts_at, copy.ends_at) == (
        datetime(2031, 3, 12, 14, 0, tzinfo=UTC),
        datetime(2031, 3, 12, 16, 30, tzinfo=UTC),
    )
    assert (copy.host, copy.place, copy.state) == (meeting.host, "Aula", "draft")
    assert copy.answer_deadline_on == date(2031, 3, 5)
    assert "Die Kopie ist als Entwurf angelegt." in team.get(response.url).content.decode()


def test_several_networks_at_once_each_with_its_day_and_its_times(team, meeting):
    OrganisationFactory(name="Hof Lohkamp", place="Bramsche")
    url = page_of(meeting)
    rows = {
        key("bramsche"): {"day": "2031-03-19", "host_name": "hof lohkamp", "place": "Scheune"},
        key("nordkreis"): {"day": "2031-04-02", "start_time": "09:00", "end_time": "12:00"},
        key("melle-bissendorf"): {"day": "2031-03-12"},
    }
    response = team.post(url, sent_back(team.get(url), **rows), follow=True)
    assert "3 Entwürfe angelegt." in response.content.decode()
    listed = [(row.title, row.starts_at) for row in response.context["page_obj"]]
    assert listed == [
        ("Netzwerktreffen Nordkreis", datetime(2031, 4, 2, 7, 0, tzinfo=UTC)),
        ("Netzwerktreffen Bramsche", datetime(2031, 3, 19, 14, 0, tzinfo=UTC)),
        ("Netzwerktreffen Melle/Bissendorf", datetime(2031, 3, 12, 14, 0, tzinfo=UTC)),
    ]
    bramsche = Meeting.objects.get(title="Netzwerktreffen Bramsche")
    assert (bramsche.host.name, bramsche.place) == ("Hof Lohkamp", "Scheune")


def test_a_joint_meeting_is_copied_as_a_joint_meeting(team):
    room = "https://raum.servicestelle.example/a"
    meeting = MeetingFactory(networks=["bramsche", "nordkreis"], online_link=room)
    url = page_of(meeting)
    team.post(url, sent_back(team.get(url), zusammen={"day": "2031-03-12"}))
    copy = Meeting.objects.exclude(pk=meeting.pk).get()
    assert ([network.slug for network in copy.networks.all()], copy.online_link) == (["bramsche", "nordkreis"], room)


def test_what_is_not_ticked_does_not_count_whatever_is_typed(team, meeting):
    url, own = page_of(meeting), key("melle-bissendorf")
    odd = {"chosen": "", "day": "gestern", "end_time": "01:00", "host_name": "Gibt es nicht"}
    response = team.post(url, sent_back(team.get(url), **{own: {"day": "2031-03-12"}, key("bramsche"): odd}))
    assert response.status_code == 302
    assert Meeting.objects.count() == 2


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_one_that_is_over_or_called_off_can_be_copied(team, meeting, state):
    Meeting.objects.filter(pk=meeting.pk).update(
        state=state,
        starts_at=datetime(2025, 2, 5, 14, 0, tzinfo=UTC),
        ends_at=datetime(2025, 2, 5, 16, 0, tzinfo=UTC),
    )
    url, own = page_of(meeting), key("melle-bissendorf")
    assert team.post(url, sent_back(team.get(url), **{own: {"day": "2031-03-12"}})).status_code == 302
    assert Meeting.objects.exclude(pk=meeting.pk).get().state == "draft"


# --- What is wrong


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"day": ""}, "day", "Bitte wählen Sie den Tag, oder nehmen Sie das Häkchen weg."),
        ({"day": "0031-03-12"}, "day", "Bitte prüfen Sie das Jahr."),
        ({"end_time": "14:00"}, "end_time", "Das Ende muss nach dem Beginn liegen."),
        ({"start_time": ""}, "start_time", "Dieses Feld ist zwingend erforderlich."),
        ({"host_name": "Gibt es nicht"}, "host_name", "Bitte zuerst dort anlegen."),
        ({"place": "Aula\0"}, "place", "Nullzeichen"),
        ({"day": "2031-03-30", "start_time": "02:30"}, "start_time", "02:30 Uhr gibt es nicht."),
        ({"day": "2031-10-26", "start_time": "02:30"}, "start_fold", "gibt es zweimal. Welche meinen Sie?"),
    ],
)
def test_what_does_not_fit_is_told_at_its_row_and_nothing_typed_is_lost(team, meeting, typed, field, message):
    url, row = page_of(meeting), key("bramsche")
    rows = {key("melle-bissendorf"): {"day": "2031-03-12", "place": "Turnhalle"}, row: {"day": "2031-03-19", **typed}}
    response = team.post(url, sent_back(team.get(url), **rows))
    assert response.status_code == 422
    wrong = {form.prefix: form.errors for form in response.context["formset"] if form.errors}
    assert [(prefix, list(errors)) for prefix, errors in wrong.items()] == [(row, [field])]
    assert message in wrong[row][field][0]
    page = response.content.decode()
    assert 'value="Turnhalle"' in page
    assert "<title>Fehler: Kopieren" in page
    assert page.count(f'id="id_{row}-{field}_error"') + page.count(f'id="error_1_id_{row}-{field}"') >= 1
    assert Meeting.objects.count() == 1


def test_of_two_equal_times_the_one_that_is_meant_counts(team, meeting):
    url, own = page_of(meeting), key("melle-bissendorf")
    night = {"day": "2031-10-26", "start_time": "02:30", "end_time": "04:00"}
    asked = team.post(url, sent_back(team.get(url), **{own: night}))
    assert "Winterzeit (zum zweiten Mal)" in asked.content.decode()
    assert team.post(url, sent_back(asked, **{own: {"start_fold": "1"}})).status_code == 302
    assert Meeting.objects.exclude(pk=meeting.pk).get().starts_at == datetime(2031, 10, 26, 1, 30, tzinfo=UTC)


def test_without_a_tick_nothing_is_copied(team, meeting):
    url = page_of(meeting)
    response = team.post(url, sent_back(team.get(url), untick=(key("melle-bissendorf"),)))
    assert response.status_code == 422
    assert "Bitte kreuzen Sie mindestens eine Zeile an." in response.content.decode()


@pytest.mark.parametrize("check", [{}, {"check": "1"}])
def test_an_odd_form_is_no_error_page(team, meeting, check):
    for odd in ({}, {"form-TOTAL_FORMS": "9" * 30}, {"form-TOTAL_FORMS": "x", f"{key('bramsche')}-day": "x\0"}):
        assert team.post(page_of(meeting), {**odd, **check}).status_code == (200 if check else 422)
    assert Meeting.objects.count() == 1


def test_a_network_that_went_to_rest_meanwhile_is_said(team, meeting):
    url = page_of(meeting)
    rows = {key("melle-bissendorf"): {"day": "2031-03-12"}, key("bramsche"): {"day": "2031-03-19"}}
    data = sent_back(team.get(url), **rows)
    Network.objects.filter(slug="bramsche").update(is_active=False)
    response = team.post(url, data)
    assert response.status_code == 422
    assert "ruht inzwischen" in response.content.decode()
    assert team.post(url, sent_back(response)).status_code == 302
    assert Meeting.objects.count() == 2


def test_pressing_twice_makes_no_double_and_unticking_goes_on(team, meeting):
    url = page_of(meeting)
    rows = {key("melle-bissendorf"): {"day": "2031-03-12"}, key("bramsche"): {"day": "2031-03-19", "place": "Aula 2"}}
    data = sent_back(team.get(url), **rows)
    assert team.post(url, data).status_code == 302
    again = team.post(url, {**data, f"{key('nordkreis')}-chosen": "on", f"{key('nordkreis')}-day": "2031-03-26"})
    assert again.status_code == 422
    wrong = {form.prefix: form.errors for form in again.context["formset"] if form.errors}
    assert list(wrong) == list(rows)
    assert wrong[key("bramsche")]["chosen"] == [
        "„Netzwerktreffen Bramsche“ am 19. März 2031 um 15:00 Uhr gibt es schon. Bitte nehmen Sie das Häkchen weg."
    ]
    assert 'value="Aula 2"' in again.content.decode()
    assert Meeting.objects.count() == 3
    assert team.post(url, sent_back(again, untick=tuple(rows))).status_code == 302
    assert Meeting.objects.filter(title="Netzwerktreffen Nordkreis").count() == 1
    assert Meeting.objects.count() == 4


# --- Looking at the dates


def test_checking_the_dates_saves_nothing_and_keeps_everything(team, meeting):
    other = MeetingFactory(networks=["bramsche"], starts_at=datetime(2030, 3, 6, 14, 0, tzinfo=UTC), title="Frühstück")
    url, row = page_of(meeting), key("bramsche")
    rows = {row: {"chosen": "", "day": "2030-03-13"}, key("nordkreis"): {"day": "2030-05-08", "place": "Mensa"}}
    response = team.post(url, {**sent_back(team.get(url), **rows), "check": "1"})
    assert response.status_code == 200
    page = response.content.decode()
    assert "Bramsche hat schon ein Treffen am 6. März 2030: Frühstück." in page
    assert f'<a href="{other.get_absolute_url()}">Ansehen</a>' in page
    assert page.count("Gegen diesen Termin spricht nichts") == 1
    assert 'value="Mensa"' in page
    assert "Bitte wählen Sie den Tag" not in page
    assert Meeting.objects.count() == 2


def test_checking_asks_about_the_nights_of_a_clock_change_only(team, meeting):
    url, row = page_of(meeting), key("bramsche")
    night = {"chosen": "", "day": "2031-10-26", "start_time": "02:30", "end_time": "04:00", "host_name": "Niemand"}
    response = team.post(url, {**sent_back(team.get(url), **{row: night}), "check": "1"})
    assert response.status_code == 200
    assert [list(form.errors) for form in response.context["formset"] if form.errors] == [["start_fold"]]
    assert Meeting.objects.count() == 1


def test_hints_come_while_typing_as_part_of_the_page(team, meeting):
    url, row = page_of(meeting), key("bramsche")
    data = {**sent_back(team.get(url), **{row: {"day": "2031-12-25"}}), "check": "1"}
    page = team.post(url, data, headers=HTMX).content.decode()
    part = page.split(f'id="hinweise-{row}"')[1].split("</fieldset>")[0]
    assert "Feiertag in Niedersachsen: Erster Weihnachtstag." in part

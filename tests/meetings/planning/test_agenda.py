"""The agenda and the preparation: times, rows, two people at once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.models import AgendaItem, ChecklistItem
from meetings.services.planning import agenda
from team.models import Activity
from tests.factories import MeetingFactory


@pytest.fixture
def meeting(db):
    """A meeting from 15:00 to 17:30 with a welcome and a talk."""
    made = MeetingFactory()
    AgendaItem.objects.create(meeting=made, offset_minutes=0, title="Begrüßung", kind="welcome")
    AgendaItem.objects.create(meeting=made, offset_minutes=30, title="Vortrag", speaker="Frau Ahrens", kind="talk")
    return made


def page_of(meeting) -> str:
    return reverse("meetings:agenda_edit", args=[meeting.pk])


def sent_back(response, *rows: dict, **changes):
    """What the browser sends: the rows of the page, these changes, and further rows in the empty places."""
    formset = response.context["formset"]
    data = {"opened_with": formset.seal, "form-INITIAL_FORMS": formset.initial_form_count()}
    forms = list(formset.forms)
    for index, form in enumerate(forms):
        for name in form.fields:
            value = form[name].value()
            data[f"form-{index}-{name}"] = f"{value:%H:%M}" if isinstance(value, time) else value
    first_free = next((i for i, form in enumerate(forms) if not form["item"].value()), len(forms))
    for index, row in enumerate(rows, first_free):
        data |= {f"form-{index}-{name}": value for name, value in row.items()}
    data["form-TOTAL_FORMS"] = max(len(forms), first_free + len(rows))
    data |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in data.items() if value not in (None, False, "")}


def stored(meeting) -> list[tuple]:
    return list(meeting.agenda_items.values_list("offset_minutes", "title", "speaker", "kind"))


def test_a_row_is_changed_another_added_and_one_deleted(team, meeting):
    url = page_of(meeting)
    new = {"at": "16:45", "title": "Austausch", "kind": "exchange"}
    response = team.post(url, sent_back(team.get(url), new, form__0__DELETE="on", form__1__at="15:10"))
    assert response.url == reverse("meetings:agenda", args=[meeting.pk])
    assert stored(meeting) == [(10, "Vortrag", "Frau Ahrens", "talk"), (105, "Austausch", "", "exchange")]
    meeting.refresh_from_db()
    assert meeting.version == 2
    assert Activity.objects.get().sentence == "hat den Ablauf von Netzwerktreffen Melle/Bissendorf geändert"
    assert "16:45" in team.get(response.url).content.decode()


def test_nothing_changed_is_nothing_done(team, meeting):
    url = page_of(meeting)
    assert team.post(url, sent_back(team.get(url))).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.version, Activity.objects.count()) == (1, 0)


@pytest.mark.parametrize("at", ["14:59", "17:30", "23:00"])
def test_a_time_outside_the_meeting_is_refused_at_its_field(team, meeting, at):
    url = page_of(meeting)
    response = team.post(url, sent_back(team.get(url), {"at": at, "title": "Imbiss", "kind": "exchange"}))
    assert response.status_code == 422
    assert response.context["formset"].errors[2] == {
        "at": ["Das Treffen geht von 15:00 bis 17:30 Uhr. Bitte wählen Sie eine Zeit dazwischen."]
    }
    assert 'value="Imbiss"' in response.content.decode()
    assert len(stored(meeting)) == 2


def test_a_title_without_time_is_asked_about_and_an_empty_row_is_none(team, meeting):
    url = page_of(meeting)
    assert team.post(url, sent_back(team.get(url), {"title": "Imbiss", "kind": "talk"})).status_code == 422
    assert team.post(url, sent_back(team.get(url), {"kind": "tour"}, {"title": "   "})).status_code == 302
    assert len(stored(meeting)) == 2


def test_a_row_is_added_without_script_and_nothing_saved(team, meeting):
    url = page_of(meeting)
    opened = team.get(url)
    more = team.post(url, sent_back(opened, {"title": "Halb fertig", "kind": "talk"}, add="1"))
    assert more.status_code == 200
    assert len(more.context["formset"].forms) == len(opened.context["formset"].forms) + 1
    assert 'value="Halb fertig"' in more.content.decode()
    assert len(stored(meeting)) == 2


@pytest.mark.parametrize("odd", [{"form-TOTAL_FORMS": "9" * 30}, {"form-TOTAL_FORMS": "-1"}, {"opened_with": "x"}, {}])
def test_an_odd_form_is_no_error_page(team, meeting, odd):
    assert team.post(page_of(meeting), odd).status_code in (302, 422)
    foreign = AgendaItem.objects.create(meeting=MeetingFactory(), title="Anderswo")
    row = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-item": foreign.pk, "form-0-DELETE": "on"}
    team.post(page_of(meeting), {**row, "form-0-at": "15:00", "form-0-title": "Weg", "form-0-kind": "talk"})
    assert AgendaItem.objects.filter(pk=foreign.pk, title="Anderswo").exists()


def test_two_people_at_one_agenda_lose_nothing(team, lead_client, meeting):
    url = page_of(meeting)
    mine, theirs = team.get(url), lead_client.get(url)
    their_row = {"at": "16:00", "title": "Rundgang", "kind": "tour"}
    lead_client.post(url, sent_back(theirs, their_row, form__0__title="Guten Tag", form__1__at="15:45"))
    my_row = {"at": "17:00", "title": "Austausch", "kind": "exchange"}
    late = team.post(url, sent_back(mine, my_row, form__1__title="Großer Vortrag"))
    assert late.status_code == 422
    assert [(one.label, one.theirs, one.mine, one.both_changed) for one in late.context["formset"].conflicts] == [
        ("neuer Punkt", "16:00, Rundgang, Betriebsrundgang", "–", False),
        ("Begrüßung", "15:00, Guten Tag, Begrüßung", "15:00, Begrüßung, Begrüßung", False),
        ("Vortrag", "15:45, Vortrag, Frau Ahrens, Vortrag", "15:30, Großer Vortrag, Frau Ahrens, Vortrag", True),
    ]
    assert team.post(url, sent_back(late)).status_code == 302
    assert stored(meeting) == [
        (0, "Guten Tag", "", "welcome"),
        (30, "Großer Vortrag", "Frau Ahrens", "talk"),
        (60, "Rundgang", "", "tour"),
        (120, "Austausch", "", "exchange"),
    ]


def test_what_somebody_else_deleted_goes_unless_it_was_changed_here(team, lead_client, meeting):
    url = page_of(meeting)
    mine, theirs = team.get(url), lead_client.get(url)
    lead_client.post(url, sent_back(theirs, form__0__DELETE="on", form__1__DELETE="on"))
    late = team.post(url, sent_back(mine, form__1__title="Großer Vortrag"))
    assert [(one.theirs, one.both_changed) for one in late.context["formset"].conflicts] == [
        ("gelöscht", False),
        ("gelöscht", True),
    ]
    assert team.post(url, sent_back(late)).status_code == 302
    assert stored(meeting) == [(30, "Großer Vortrag", "Frau Ahrens", "talk")]


def test_times_move_with_the_meeting(team, meeting):
    meeting.starts_at += timedelta(days=1, hours=-1)
    meeting.ends_at += timedelta(days=1, hours=-1)
    meeting.save()
    page = team.get(reverse("meetings:agenda", args=[meeting.pk]))
    assert [f"{timezone.localtime(item.starts_at):%H:%M}" for item in page.context["items"]] == ["14:00", "14:30"]
    assert '<td role="cell" class="nowrap">14:30</td>' in page.content.decode()


def test_in_the_night_with_two_equal_hours_a_stored_point_keeps_its_own(db):
    night = MeetingFactory(starts_at=datetime(2026, 10, 25, 0, 0, tzinfo=UTC))  # 02:00 summer time, until 03:30
    assert agenda.offset_of(night, time(2, 30)) == 30
    assert agenda.offset_of(night, time(2, 30), now=90) == 90
    assert agenda.offset_of(night, time(3, 15)) == 135
    with pytest.raises(agenda.OutsideMeeting):
        agenda.offset_of(night, time(1, 59))


# --- Preparation


@pytest.fixture
def step(meeting):
    return ChecklistItem.objects.create(meeting=meeting, title="Raum klären", days_before=10)


def test_a_step_is_ticked_and_opened_again(team, coordinator, step):
    url = reverse("meetings:checklist_tick", args=[step.meeting_id, step.pk])
    page = reverse("meetings:checklist", args=[step.meeting_id])
    assert "bis So., 26. Januar 2031" in team.get(page).content.decode()
    for _ in range(2):
        assert team.post(url, {"done": "1"}).url == page
    step.refresh_from_db()
    assert (step.done_by, step.done_at is not None, Activity.objects.count()) == (coordinator, True, 1)
    team.post(url, {"done": "0"})
    step.refresh_from_db()
    assert (step.done_by, step.done_at, Activity.objects.count()) == (None, None, 2)


def test_steps_are_added_changed_and_taken_away(team, meeting):
    page = reverse("meetings:checklist", args=[meeting.pk])
    assert team.post(page, {"title": "Brötchen bestellen", "days_before": "3"}).url == page
    step = ChecklistItem.objects.get()
    assert team.post(page, {"title": "", "days_before": "x"}).status_code == 422
    url = reverse("meetings:checklist_item", args=[meeting.pk, step.pk])
    seal = team.get(url).context["form"]["opened_with"].value()
    late = team.post(url, {"title": "Brötchen", "days_before": "9999999", "opened_with": seal})
    assert (late.status_code, late.context["form"].errors.keys()) == (422, {"days_before"})
    assert team.post(url, {"title": "Dank schreiben", "days_before": "-2", "opened_with": seal}).url == page
    step.refresh_from_db()
    assert (step.title, step.due_on) == ("Dank schreiben", timezone.localdate(meeting.starts_at) + timedelta(days=2))
    remove = reverse("meetings:checklist_remove", args=[meeting.pk, step.pk])
    assert team.post(remove).url == page
    assert team.post(remove).status_code == 404
    assert ChecklistItem.objects.count() == 0


def test_a_step_of_another_meeting_is_not_found(team, step):
    other = MeetingFactory()
    for name in ("checklist_tick", "checklist_remove", "checklist_item"):
        assert team.post(reverse(f"meetings:{name}", args=[other.pk, step.pk])).status_code == 404
    assert team.get(f"/treffen/{other.pk}/vorbereitung/{'9' * 30}/").status_code == 404


def test_two_people_at_one_step_lose_nothing(team, lead_client, step):
    url = reverse("meetings:checklist_item", args=[step.meeting_id, step.pk])
    mine, theirs = (browser.get(url).context["form"]["opened_with"].value() for browser in (team, lead_client))
    lead_client.post(url, {"title": "Raum und Imbiss klären", "days_before": "14", "opened_with": theirs})
    late = team.post(url, {"title": "Raum und Technik klären", "days_before": "10", "opened_with": mine})
    form, html = late.context["form"], late.content.decode()
    assert late.status_code == 422
    assert [(one.label, one.theirs, one.mine, one.both_changed) for one in form.conflicts] == [
        ("Aufgabe", "Raum und Imbiss klären", "Raum und Technik klären", True),
        ("Tage vorher", "14", "10", False),
    ]
    assert ("Jemand anderes hat inzwischen gespeichert" in html, "Raum und Imbiss klären" in html) == (True, True)
    typed = {name: form[name].value() for name in ("title", "days_before", "opened_with")}
    assert (typed["title"], typed["days_before"]) == ("Raum und Technik klären", "14")
    step.refresh_from_db()
    assert (step.title, step.version) == ("Raum und Imbiss klären", 2)
    assert team.post(url, typed).status_code == 302
    step.refresh_from_db()
    assert (step.title, step.days_before, step.version) == ("Raum und Technik klären", 14, 3)


def test_a_tick_meanwhile_is_kept_and_no_conflict(team, lead_client, step):
    url = reverse("meetings:checklist_item", args=[step.meeting_id, step.pk])
    seal = team.get(url).context["form"]["opened_with"].value()
    lead_client.post(reverse("meetings:checklist_tick", args=[step.meeting_id, step.pk]), {"done": "1"})
    assert team.post(url, {"title": "Saal klären", "days_before": "10", "opened_with": seal}).status_code == 302
    step.refresh_from_db()
    assert (step.title, step.done_at is not None) == ("Saal klären", True)


def test_a_step_whose_day_has_passed_is_overdue_until_it_is_done(team, step):
    page = reverse("meetings:checklist", args=[step.meeting_id])
    assert "überfällig" not in team.get(page).content.decode()
    ChecklistItem.objects.filter(pk=step.pk).update(days_before=730)
    step.meeting.starts_at = timezone.now() + timedelta(days=700)
    step.meeting.ends_at = step.meeting.starts_at + timedelta(hours=2)
    step.meeting.save()
    assert '<span class="state state-warning">überfällig</span>' in team.get(page).content.decode()
    team.post(reverse("meetings:checklist_tick", args=[step.meeting_id, step.pk]), {"done": "1"})
    assert "überfällig" not in team.get(page).content.decode()

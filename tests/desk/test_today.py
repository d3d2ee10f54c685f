"""What the page "Heute" says, and that its length does not cost queries."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import Heartbeat
from desk.services import news, today, urgent
from mailroom.models import Act
from mailroom.services import alarms
from meetings.models import AgendaItem, ChecklistItem, Proposal
from meetings.services.planning import checklist, meetings
from partners.models import ImportJob
from regions.models import Network
from team.models import Activity
from team.services import activity
from tests.factories import (
    ActFactory,
    ActItemFactory,
    ContactFactory,
    InboxMailFactory,
    InvitationFactory,
    MailFactory,
    MeetingFactory,
    OrganisationFactory,
)


def soon(days: int = 10, **fields):
    """A meeting in some days that lacks nothing but what is said."""
    given = {"place": "Rathaus", "text": "Worum es geht", "starts_at": timezone.now() + timedelta(days=days), **fields}
    meeting = MeetingFactory(**given)
    AgendaItem.objects.create(meeting=meeting, offset_minutes=100, title="Austausch")
    return meeting


def texts() -> list[str]:
    return [task.text for task in urgent.tasks()]


def test_nothing_is_urgent_in_an_empty_house(team, db):
    assert urgent.tasks() == []
    page = team.get("/").content.decode()
    assert "Nichts ist liegen geblieben" in page
    assert "Es steht kein Treffen an." in page


@pytest.mark.parametrize(
    ("hour", "words"), [(5, "Guten Morgen"), (10, "Guten Morgen"), (11, "Guten Tag"), (18, "Guten Abend")]
)
def test_greeting(hour, words):
    assert today.greeting(hour) == words


def test_mails_that_did_not_arrive_are_told_and_lead_to_exactly_those(team, db):
    back = MailFactory(state="sent", returned="hard", recipient="ahrens@schule.example")
    failed = MailFactory(state="failed", recipient="bode@betrieb.example")
    MailFactory(state="sent")
    MailFactory(state="sent", returned="soft", lane="a", version=1, expires_at=timezone.now() + timedelta(days=1))
    MailFactory(state="sent", lane="a", version=2)  # the newer one arrived
    MailFactory(state="failed", lane="b", expires_at=timezone.now() - timedelta(days=1))  # of no use any more
    assert [(task.text, task.url) for task in urgent.tasks()] == [
        ("Eine Mail an ahrens@schule.example kam zurück.", f"/post/ausgang/{back.pk}/"),
        ("Eine Mail an bode@betrieb.example konnte nicht zugestellt werden.", f"/post/ausgang/{failed.pk}/"),
    ]
    second = MailFactory(state="sent", returned="soft")
    assert texts()[0] == "2 Mails kamen zurück."
    listed = team.get(urgent.tasks()[0].url).context["page_obj"].object_list
    assert {mail.pk for mail in listed} == {back.pk, second.pk, failed.pk}


def test_a_mailbox_that_is_not_read_and_an_outbox_that_stands_still_come_first(db):
    cache.clear()
    Heartbeat.objects.create(kind="inbox", at=timezone.now() - timedelta(minutes=31))
    alarms.raise_alarm("Anmeldung abgelehnt")
    MailFactory(state="uncertain", unanswered=2, recipient="ahrens@schule.example")
    found = urgent.tasks()
    assert [(task.url, task.level) for task in found[:2]] == [
        ("/post/ausgang/", "danger"),
        ("/post/eingang/", "danger"),
    ]
    alarms.clear()
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=29))
    assert texts() == ["Bei einer Mail an ahrens@schule.example ist ungewiss, ob sie ankam."]


def test_what_only_a_person_can_decide(db):
    InboxMailFactory.create_batch(2)
    InboxMailFactory(state="settled")
    invitation = InvitationFactory()
    asked = InboxMailFactory()
    Proposal.objects.create(invitation=invitation, kind="guest", at=timezone.now(), mail=asked)
    job = ImportJob.objects.create(file_name="partner.csv", content=b"", state="preview")
    found = {task.text: task.url for task in urgent.tasks()}
    assert found == {
        "2 Mails kann nur ein Mensch lesen.": "/post/eingang/?state=waiting",
        "Eine Antwort ist ungeklärt: Netzwerktreffen Melle/Bissendorf am Mi., 5. Februar 2031.": (
            f"/treffen/{invitation.meeting_id}/#zu-klaeren"
        ),
        "Die Liste „partner.csv“ ist gelesen und noch nicht übernommen.": job.get_absolute_url(),
    }


def test_acts_that_were_left_behind_or_could_not_write_a_mail(coordinator):
    invitation = InvitationFactory()
    broken = ActFactory(meeting=invitation.meeting, kind="invitation", state="released", by=coordinator)
    ActItemFactory(act=broken, invitation=invitation, problem="Adresse ungültig")
    fresh = ActFactory(meeting=invitation.meeting, kind="reminder", by=coordinator)
    assert [task.url for task in urgent.tasks()] == [broken.get_absolute_url()]
    Act.objects.filter(pk=fresh.pk).update(created_at=timezone.now() - timedelta(minutes=16))
    assert {task.url for task in urgent.tasks()} == {broken.get_absolute_url(), fresh.get_absolute_url()}


def test_a_meeting_soon_that_lacks_something_leads_to_where_it_is_added(db):
    complete = soon()
    InvitationFactory(meeting=complete)
    lacking = soon(12, format="hybrid")
    InvitationFactory(meeting=lacking)
    uninvited = soon(27)
    soon(40, format="hybrid")
    found = {task.url: task.text for task in urgent.tasks()}
    assert set(found) == {f"/treffen/{lacking.pk}/aendern/", f"/treffen/{uninvited.pk}/einladen/"}
    assert found[f"/treffen/{lacking.pk}/aendern/"].endswith(": Es fehlt Online-Raum.")


def test_a_change_that_nobody_was_told_of(coordinator):
    meeting = soon(40)
    invitation = InvitationFactory(meeting=meeting)
    unreached = soon(41)
    InvitationFactory(meeting=unreached)
    MailFactory(lane=invitation.lane, state="sent")
    for one in (meeting, unreached):
        one.starts_at += timedelta(days=7)
        one.ends_at += timedelta(days=7)
        meetings.change(one, networks=one.networks.all(), fields=["Beginn"], by=coordinator)
    assert [task.url for task in urgent.tasks()] == [f"/treffen/{meeting.pk}/mitteilen/"]


def test_next_meetings_say_who_comes_and_what_is_missing(team, db):
    meeting = soon(format="online")
    InvitationFactory(meeting=meeting, answer="accepted")
    InvitationFactory.create_batch(2, meeting=meeting)
    page = team.get("/")
    (shown,) = page.context["today"].meetings
    assert (shown.meeting, [one.text for one in shown.missing]) == (meeting, ["Online-Raum"])
    html = page.content.decode()
    assert "<b>1 Zusage</b> · 2 offen" in html
    assert '<rect class="tally-accepted" x="0" y="0" width="1" height="1"/>' in html


def test_a_long_title_breaks_after_its_slash(team, db):
    meeting = soon(title="Georgsmarienhütte/Hagen")
    for url in ("/", "/treffen/", f"/treffen/{meeting.pk}/"):
        assert "Georgsmarienhütte/<wbr>Hagen" in team.get(url).content.decode()


def step(meeting, days_before, **fields):
    return ChecklistItem.objects.create(
        meeting=meeting, title=f"Schritt {days_before}", days_before=days_before, **fields
    )


def due(user) -> list[tuple[str, str]]:
    return [(row.item.title, row.when) for row in today.page(user).due.rows]


def test_steps_are_due_by_their_own_day(coordinator):
    meeting = soon(10)
    for days_before in (12, 11, 10, 9, 3, 2):
        step(meeting, days_before)
    step(meeting, 13, done_at=timezone.now())
    step(soon(1, state="cancelled"), 5)
    assert due(coordinator) == [
        ("Schritt 12", "seit 2 Tagen überfällig"),
        ("Schritt 11", "seit gestern überfällig"),
        ("Schritt 10", "heute"),
        ("Schritt 9", "morgen"),
        ("Schritt 3", "in 7 Tagen"),
    ]


def test_after_a_meeting_only_its_own_steps_are_left(coordinator):
    held = soon(-8)
    step(held, 7)
    step(held, -7)
    step(soon(-80), -7)
    assert due(coordinator) == [("Schritt -7", "seit gestern überfällig")]


def test_a_step_is_ticked_without_leaving_the_page(team, coordinator):
    item = step(soon(2), 1)
    assert f'action="/treffen/{item.meeting_id}/vorbereitung/{item.pk}/haken/"' in team.get("/").content.decode()
    answer = team.post(f"/treffen/{item.meeting_id}/vorbereitung/{item.pk}/haken/", {"done": "1", "next": "/"})
    assert answer.url == "/"
    assert due(coordinator) == []
    elsewhere = team.post(f"/treffen/{item.meeting_id}/vorbereitung/{item.pk}/haken/", {"next": "//fremd.example/"})
    assert elsewhere.url == f"/treffen/{item.meeting_id}/vorbereitung/"


def test_networks_without_a_next_meeting_with_the_day_of_their_last(team, coordinator):
    MeetingFactory(networks=["nordkreis"])
    MeetingFactory(networks=["melle-bissendorf"], state="cancelled")
    held = soon(-20, networks=["bramsche"])
    soon(-10, networks=["bramsche"], state="cancelled")
    Network.objects.filter(slug="sol").update(is_active=False)
    found = {row.network.slug: row.last_on for row in today.page(coordinator).idle.rows}
    assert found["bramsche"] == held.starts_on
    assert found["melle-bissendorf"] is None
    assert not {"nordkreis", "sol"} & set(found)
    assert 'href="/treffen/neu/?netzwerk=bramsche"' in team.get("/").content.decode()


def test_a_long_section_shows_the_first_and_leads_to_the_rest(team, db):
    meeting = soon(5)
    InvitationFactory(meeting=meeting)
    for _ in range(12):
        step(meeting, 4)
    assert '<a href="?mehr=faellig#faellig">… und 4 weitere</a>' in team.get("/").content.decode()
    assert len(team.get("/", {"mehr": "faellig"}).context["today"].due.rows) == 12


def test_since_the_click_only_what_the_others_did(team, coordinator, lead):
    meeting = MeetingFactory()
    activity.record("hat selbst etwas getan", by=coordinator)
    activity.record("Kam zurück: eine Mail", by=None)
    old = activity.record("hat vorgestern etwas getan", by=lead)
    Activity.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(hours=25))
    activity.record(f"hat {meeting} verlegt", by=lead, about=[meeting])
    shown = team.get("/")
    assert shown.context["today"].news.only == lead
    assert f'Jens Winter hat <a href="/treffen/{meeting.pk}/">{meeting.title}</a> verlegt' in shown.content.decode()
    late = activity.record("hat gerade noch etwas getan", by=lead)
    Activity.objects.filter(pk=late.pk).update(at=timezone.now() + timedelta(seconds=1))
    assert team.post("/gesehen/", {"until": shown.context["today"].news.until.isoformat()}).url == "/"
    page = team.get("/").content.decode()
    assert "verlegt" not in page
    assert "hat gerade noch etwas getan" in page


@pytest.mark.parametrize("until", ["", "gestern", "2026-13-45T00:00:00Z", "2026-01-01T00:00:00"])
def test_an_odd_instant_notes_nothing(team, coordinator, until):
    assert team.post("/gesehen/", {"until": until}).url == "/"
    coordinator.refresh_from_db()
    assert coordinator.news_seen_at is None


def test_the_click_never_goes_back_nor_ahead(coordinator):
    now = timezone.now()
    activity.note_seen(coordinator, until=now + timedelta(days=9))
    coordinator.refresh_from_db()
    seen: datetime = coordinator.news_seen_at
    assert seen < now + timedelta(minutes=1)
    activity.note_seen(coordinator, until=now - timedelta(days=1))
    coordinator.refresh_from_db()
    assert coordinator.news_seen_at == seen


def test_alike_acts_stand_in_one_line(lead):
    people = [ContactFactory(last_name=name) for name in ("Ahrens", "Böhmer", "Cordes", "Dirks", "Evers")]
    for person in people:
        activity.record(f"hat {person} angelegt", by=lead, about=[person, person.organisation])
    activity.record("hat „Netz“ geändert: Name", by=lead)
    activity.record("hat „Netz“ geändert: Kurzname", by=lead)
    (by,) = news.grouped(Activity.objects.select_related("by"))
    renamed, made = by.lines
    assert (renamed.others, renamed.named) == (1, ())
    assert (made.others, [piece.text for piece in made.named], made.unnamed) == (
        4,
        ["Toni Dirks", "Toni Cordes", "Toni Böhmer"],
        1,
    )


def _one_of_everything(number: int, lead) -> None:
    meeting = soon(3 + number % 20, format="hybrid", networks=["bramsche", "nordkreis"], host=OrganisationFactory())
    invitation = InvitationFactory(meeting=meeting)
    step(meeting, 3)
    Proposal.objects.create(invitation=invitation, kind="guest", at=timezone.now())
    InboxMailFactory()
    MailFactory(state="failed")
    ImportJob.objects.create(file_name="partner.csv", content=b"", state="preview")
    mailing = ActFactory(meeting=meeting, kind="invitation", state="released", by=lead)
    ActItemFactory(act=mailing, invitation=invitation, problem="Adresse ungültig")
    Network.objects.create(slug=f"netz-{number}", name=f"Netzwerk {number}", short_name=f"N{number}")
    activity.record(f"hat {meeting} verlegt", by=lead, about=[meeting, invitation.contact])
    MailFactory(lane=invitation.lane, state="sent")
    meeting.starts_at += timedelta(hours=1)
    meetings.change(meeting, networks=list(meeting.networks.all()), fields=["Beginn"], by=lead)


def test_few_and_many_rows_take_the_same_queries(team, lead):
    taken = []
    for rows in (range(3), range(3, 30)):
        for number in rows:
            _one_of_everything(number, lead)
        with CaptureQueriesContext(connection) as queries:
            assert team.get("/").status_code == 200
        taken.append(len(queries))
    assert taken == [37, 37]


def test_a_new_meeting_brings_its_first_steps_here(coordinator):
    meeting = soon(20)
    checklist.start(meeting)
    assert "Gastgeber bestätigt den Termin" in dict(due(coordinator))

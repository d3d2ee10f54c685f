"""One decision about many meetings: its progress, stopping it, taking it back."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services.acts import start, write
from meetings.enums import BulkKind, State
from meetings.models import BulkAct, Meeting
from meetings.services.bulk import carry_out
from meetings.services.bulk.order import Order
from tests.acts import stop_url
from tests.conventions.markup import problems_of_page
from tests.meetings.bulk.seasons import invited

GRACE = 60  # seconds


@pytest.fixture(autouse=True)
def _grace(settings):
    settings.MAIL_GRACE_SECONDS = GRACE


@pytest.fixture
def act(season, coordinator) -> BulkAct:
    """All three are called off; their six mails are written and wait."""
    return carry_out.carry_out(season, Order(kind=BulkKind.CANCEL, word="Leider."), by=coordinator)


@pytest.fixture
def large_act(season, coordinator, monkeypatch) -> BulkAct:
    """The same, left to the workers."""
    monkeypatch.setattr(start, "AT_ONCE", 0)
    monkeypatch.setattr(write, "BATCH", 2)
    return carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)


def text_of(browser, act, **headers) -> str:
    page = browser.get(act.get_absolute_url(), headers=headers)
    assert page.status_code == 200
    return page.content.decode()


def states(act) -> set[str]:
    return set(OutboxMail.objects.filter(act__in=act.act.parts.values("pk")).values_list("state", flat=True))


def let_all_leave(act) -> None:
    """The window is over and every mail is taken."""
    Act.objects.filter(pk=act.act_id).update(leaves_at=timezone.now() - timedelta(seconds=1))
    OutboxMail.objects.filter(act__in=act.act.parts.values("pk")).update(state=OutboxMail.State.SENT)
    act.refresh_from_db()


def test_while_mails_are_written(large_act, team):
    write.write_batch()
    page = text_of(team, large_act)
    assert '<progress value="2" max="6" aria-label="Mails geschrieben">2 von 6</progress>' in page
    assert "Die 6 Mails werden geschrieben. Noch ist keine unterwegs." in page
    assert "Alles anhalten" in page
    assert problems_of_page(page) == []


def test_the_window_counts_down(act, team):
    page = text_of(team, act)
    assert f"Alle 6 Mails sind geschrieben. Die erste geht in {GRACE} Sekunden auf den Weg." in page
    with time_machine.travel(act.leaves_at - timedelta(seconds=1), tick=False):
        assert "Die erste geht in 1 Sekunde auf den Weg." in text_of(team, act)
    assert "hat 3 Treffen abgesagt und benachrichtigt 6 Personen" in page
    assert "Abgesagt. 2 Personen werden benachrichtigt." in page
    assert "Leider." in page
    assert "Zurücknehmen</button>" not in page
    assert problems_of_page(page) == []


def test_the_script_gets_the_live_part_alone(act, team):
    part = text_of(team, act.act, HX_Request="true")
    assert part.strip().startswith('<div id="sendung" hx-get=')
    assert ("<html" in part, "<table" in part, "Alles anhalten" in part) == (False, False, True)


def test_while_they_leave_and_when_all_have_left(act, team):
    let_all_leave(act)
    one = OutboxMail.objects.filter(act__in=act.act.parts.values("pk")).first()
    OutboxMail.objects.filter(pk=one.pk).update(state=OutboxMail.State.SENDING)
    page = text_of(team, act)
    assert '<progress value="5" max="6" aria-label="Mails gesendet">' in page
    assert ("Alles anhalten" in page, 'hx-trigger="every 2s"' in page) == (False, True)
    OutboxMail.objects.filter(pk=one.pk).update(state=OutboxMail.State.SENT)
    page = text_of(team, act)
    assert "Diese Sammelaktion ist abgeschlossen." in page
    assert ('hx-trigger="every 2s"' in page, "Zurücknehmen</button>" in page) == (False, True)
    assert problems_of_page(page) == []


def test_an_act_without_a_mail_can_be_stopped_too(season, coordinator, lead, team):
    act = carry_out.carry_out(season, Order(kind=BulkKind.HAND_OVER, colleague=lead), by=coordinator)
    assert f"Erledigt, ganz ohne Mail. Sie können es noch {GRACE} Sekunden lang anhalten." in text_of(team, act)
    team.post(stop_url(act.act))
    assert lead not in {meeting.responsible for meeting in Meeting.objects.select_related("responsible")}


def test_stopping(act, team):
    page = team.post(stop_url(act.act), follow=True).content.decode()
    assert "Angehalten. Es geht keine Mail hinaus, und die Treffen sind wie vorher." in page
    assert {meeting.state for meeting in Meeting.objects.all()} == {State.PLANNED}
    assert states(act) == {"cancelled"}
    assert problems_of_page(page) == []
    again = team.post(stop_url(act.act), follow=True).content.decode()
    assert "Diese Sammelaktion ist schon angehalten." in again
    back = team.post(f"{act.get_absolute_url()}zuruecknehmen/", follow=True).content.decode()
    assert "Diese Sammelaktion ist angehalten. Es ist alles, wie es war." in back


def test_stopping_says_what_stays(act, team):
    Meeting.objects.filter(title="Erstes Treffen").update(version=99)
    page = team.post(stop_url(act.act), follow=True).content.decode()
    assert "1 davon hat inzwischen jemand geändert" in page


def test_after_the_window_it_is_too_late_to_stop_but_not_to_take_back(act, team):
    let_all_leave(act)
    page = team.post(stop_url(act.act), follow=True).content.decode()
    assert "Die Mails sind schon auf dem Weg. Sie können die Sammelaktion aber zurücknehmen." in page
    answer = team.post(f"{act.get_absolute_url()}zuruecknehmen/", {"word": "Doch!"}, follow=True)
    new = BulkAct.objects.exclude(pk=act.pk).get()
    assert answer.redirect_chain == [(new.get_absolute_url(), 302)]
    assert (new.kind, new.takes_back) == (BulkKind.TAKE_BACK, act)
    assert "nimmt <a" in answer.content.decode()
    assert {meeting.state for meeting in Meeting.objects.all()} == {State.PLANNED}
    mails = OutboxMail.objects.filter(act__in=new.act.parts.values("pk"))
    assert {(mail.kind, "Doch!" in mail.text) for mail in mails} == {("update", True)}
    assert mails.count() == 6
    again = team.post(f"{act.get_absolute_url()}zuruecknehmen/", follow=True).content.decode()
    assert "Diese Sammelaktion ist schon zurückgenommen." in again
    assert BulkAct.objects.count() == 2


def test_taking_back_what_has_changed_since_says_so(act, team):
    let_all_leave(act)
    for meeting in Meeting.objects.all():
        meeting.version += 1
        meeting.save()
    page = team.post(f"{act.get_absolute_url()}zuruecknehmen/", follow=True).content.decode()
    assert "Keines dieser Treffen lässt sich noch zurücksetzen" in page
    assert BulkAct.objects.count() == 1


@pytest.mark.parametrize("word", ["w" * 1001, "a\x00b"])
def test_a_word_that_does_not_fit_is_shown_again(act, team, word):
    let_all_leave(act)
    answer = team.post(f"{act.get_absolute_url()}zuruecknehmen/", {"word": word})
    assert answer.status_code == 422
    assert answer.context["word_form"]["word"].value() == word
    assert 'href="#id_word"' in answer.content.decode()
    assert BulkAct.objects.count() == 1


def test_strangers_neither_look_nor_stop(act, stranger):
    for path in (act.get_absolute_url(), stop_url(act.act), f"{act.get_absolute_url()}zuruecknehmen/"):
        assert stranger.get(path).url.startswith("/konto/login/")
        assert stranger.post(path).url.startswith("/konto/login/")
    act.refresh_from_db()
    assert act.state == BulkAct.State.RELEASED


def test_the_list_says_how_many(act, team):
    page = team.get("/sammelaktionen/").content.decode()
    assert f'<a href="{act.get_absolute_url()}">Absagen: 3 Treffen</a>' in page
    assert problems_of_page(page) == []


def test_the_log_says_it_in_sum_and_at_each_meeting(act, season, team):
    assert "hat 3 Treffen abgesagt und benachrichtigt 6 Personen" in text_of(team, act)
    for meeting in season:
        page = team.get(f"{meeting.get_absolute_url()}verlauf/").content.decode()
        assert f"hat „{meeting.title}“ abgesagt und benachrichtigt 2 Personen" in page


@pytest.mark.parametrize(("meetings", "people"), [(1, 1), (1, 12), (7, 1)])
def test_its_page_takes_the_same_queries_whatever_its_size(
    coordinator, team, django_assert_num_queries, meetings, people
):
    season = [invited(coordinator, weeks=weeks, number=people) for weeks in range(meetings)]
    act = carry_out.carry_out(season, Order(kind=BulkKind.CANCEL), by=coordinator)
    team.get("/")
    with django_assert_num_queries(12):
        team.get(act.get_absolute_url())
    assert Act.objects.filter(parent=act.act).count() == meetings

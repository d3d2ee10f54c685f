"""How far an act is, and one page for all of them: it asks again exactly while something happens by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.models import Act, OutboxMail
from mailroom.services.acts.progress import progress_of
from tests.acts import stop_url
from tests.conventions.markup import problems_of_page
from tests.factories import ActFactory, ActItemFactory, BulkActFactory, MailFactory

pytestmark = pytest.mark.django_db
State = OutboxMail.State
POLLS = 'hx-trigger="every 2s"'


@pytest.fixture(params=["single", "many"])
def act(request):
    """An act of two mails that was released a minute ago; in the second case by a part of it."""
    gone = {"state": Act.State.RELEASED, "leaves_at": timezone.now() - timedelta(minutes=1)}
    if request.param == "single":
        single = ActFactory(total=2, **gone)
        for _ in range(2):
            ActItemFactory(act=single, rendered_at=timezone.now())
        return single
    decision = BulkActFactory()
    Act.objects.filter(pk=decision.act_id).update(**gone)
    part = ActFactory(parent=decision.act, total=2, **gone)
    for _ in range(2):
        ActItemFactory(act=part, rendered_at=timezone.now())
    return Act.objects.get(pk=decision.act_id)


def mails(act: Act, *rows: tuple) -> None:
    """Mails of the act, or of its part, each with its state and how often it was handed over unanswered."""
    for state, unanswered in rows:
        MailFactory(act=act.parts.first() or act, state=state, unanswered=unanswered)


@pytest.mark.parametrize(
    ("state", "unanswered", "is_busy"),
    [
        (State.QUEUED, 0, True),
        (State.CLAIMED, 0, True),
        (State.SENDING, 0, True),
        (State.RETRY, 0, True),
        (State.UNCERTAIN, 1, True),  # the same bytes go once more
        (State.UNCERTAIN, 2, False),  # for a person to decide
        (State.SENT, 0, False),
        (State.FAILED, 0, False),
        (State.SUPERSEDED, 0, False),
        (State.CANCELLED, 0, False),
    ],
)
@pytest.mark.parametrize("is_stopped", [False, True])
def test_it_asks_again_while_something_happens_by_itself(team, act, state, unanswered, is_busy, is_stopped):
    mails(act, (State.SENT, 0), (state, unanswered))
    if is_stopped:
        Act.objects.update(state=Act.State.STOPPED)
        act.refresh_from_db()
    assert progress_of(act).is_busy == is_busy
    for url in {act.get_absolute_url(), act.about_url if act.holds_others else act.get_absolute_url()}:
        page = team.get(url)
        assert (page.status_code, POLLS in page.text, problems_of_page(page.text)) == (200, is_busy, [])


def test_the_script_gets_the_live_part_alone(team, act):
    part = team.get(act.get_absolute_url(), headers={"HX-Request": "true"}).text
    assert (part.strip().startswith('<div id="sendung"'), "<html" in part) == (True, False)


def test_what_it_says_as_it_goes_on(act):
    Act.objects.update(state=Act.State.RENDERING, leaves_at=None)
    act.refresh_from_db()
    assert "werden geschrieben" in progress_of(act).sentence
    Act.objects.update(state=Act.State.RELEASED, leaves_at=timezone.now() + timedelta(seconds=30))
    act.refresh_from_db()
    assert ("Die erste geht in" in progress_of(act).sentence, progress_of(act).level) == (True, "info")
    Act.objects.update(leaves_at=timezone.now())
    act.refresh_from_db()
    mails(act, (State.QUEUED, 0), (State.SENT, 0))
    progress = progress_of(act)
    assert (progress.sentence, progress.bar[1:]) == ("Die Mails sind auf dem Weg.", (1, "1 gesendet"))
    OutboxMail.objects.update(state=State.SENT)
    progress = progress_of(act)
    assert (progress.sentence.endswith("ist abgeschlossen."), progress.bar, progress.level) == (True, None, "")


def test_it_takes_two_queries_whatever_its_size(act, django_assert_num_queries):
    mails(act, *[(State.SENT, 0)] * 5)
    with django_assert_num_queries(2):
        progress_of(act)


def test_what_has_left_is_not_stopped_and_a_stranger_stops_nothing(team, stranger, act):
    assert stranger.post(stop_url(act)).url.startswith("/konto/login/")
    page = team.post(stop_url(act), follow=True)
    assert "Die Mails sind schon auf dem Weg" in page.text
    act.refresh_from_db()
    assert act.state == Act.State.RELEASED


def test_the_parts_of_one_that_holds_others_are_linked(team):
    decision = BulkActFactory()
    part = ActFactory(parent=decision.act)
    page = team.get(decision.act.get_absolute_url()).text
    assert (part.get_absolute_url() in page, decision.get_absolute_url() in page) == (True, True)
    assert f'href="{decision.get_absolute_url()}">Zur Sammelaktion<' in team.get(part.get_absolute_url()).text

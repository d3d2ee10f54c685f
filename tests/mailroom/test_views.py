import re
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest
from django.urls import reverse

from mailroom.models import OutboxMail
from mailroom.services import alarms, outbox
from team.models import Activity
from team.services import activity
from tests.factories import ActFactory

LIST = "/post/ausgang/"
State = OutboxMail.State
SOON = datetime(2031, 2, 5, 14, tzinfo=UTC)
ACT = UUID("1c2ff14e-6c52-4d0e-9f9a-2b6f2e6f8f10")  # of an act that is not there


@pytest.fixture
def html_mail(db):
    """A mail with both parts and a link that lets in."""
    message = EmailMessage(policy=outbox.WIRE)
    message["Subject"] = "Ihr Zugang"
    message.set_content("Guten Tag,\nhier: http://127.0.0.1:8000/konto/geheim/\n")
    message.add_alternative("<style>p{color:red}</style><p>Guten <b>Tag</b></p>", subtype="html")
    return outbox.queue(message, kind=OutboxMail.Kind.ACCOUNT, recipient="neu@amt.example")


def recipients(page) -> list[str]:
    return [mail.recipient for mail in page.context["page_obj"]]


def test_newest_first(team, queued):
    queued("alt@schule.example")
    queued("neu@schule.example")
    page = team.get(LIST)
    assert recipients(page) == ["neu@schule.example", "alt@schule.example"]
    assert "Postausgang" in page.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=failed", ["weg@schule.example"]),
        ("state=queued", ["mueller@schule.example"]),
        ("state=open", ["mueller@schule.example"]),
        ("state=trouble", ["weg@schule.example"]),
        ("state=not_sent", []),
        (f"act={ACT}", []),
        ("act=keine", ["mueller@schule.example", "weg@schule.example"]),
        ("kind=account", ["mueller@schule.example", "weg@schule.example"]),
        ("q=Grusse", ["mueller@schule.example"]),
        ("q=GRUESSE+muell", ["mueller@schule.example"]),
        ("q=Grüße+weg", []),
        ("state=gone&kind=gone", ["mueller@schule.example", "weg@schule.example"]),
        ("page=99", ["mueller@schule.example", "weg@schule.example"]),
    ],
)
def test_filters_stay_in_the_address(team, queued, query, expected):
    queued("weg@schule.example", state=State.FAILED)
    queued("mueller@schule.example", subject="Schöne Grüße")
    assert recipients(team.get(f"{LIST}?{query}")) == expected


def test_the_list_takes_the_same_queries_for_few_and_many_and_never_the_bytes(team, queued, django_assert_num_queries):
    for number in range(3):
        queued(f"p{number}@schule.example")
    team.get(LIST)
    with django_assert_num_queries(6) as few:
        team.get(LIST)
    for number in range(27):
        queued(f"q{number}@schule.example")
    with django_assert_num_queries(6):
        team.get(LIST)
    assert [query["sql"] for query in few if '"raw"' in query["sql"]] == []


def test_fifty_a_page(team, queued):
    for number in range(51):
        queued(f"p{number}@schule.example")
    assert len(recipients(team.get(LIST))) == 50
    assert recipients(team.get(f"{LIST}?page=2")) == ["p0@schule.example"]


def test_a_page_without_mails_says_so(team):
    assert "Noch keine Mail" in team.get(LIST).text


def test_an_account_mail_shows_neither_body_nor_link(team, html_mail):
    page = team.get(html_mail.get_absolute_url())
    assert page.status_code == 200
    assert "wird ihr Inhalt hier nicht gezeigt" in page.text
    assert "geheim" not in page.text
    assert "<iframe" not in page.text
    assert team.get(reverse("mailroom:outbox_html", args=[html_mail.pk])).status_code == 404


def test_in_the_demo_an_account_mail_is_readable_and_its_link_works(team, html_mail, settings):
    settings.DEMO = True
    page = team.get(html_mail.get_absolute_url())
    assert '<a href="http://127.0.0.1:8000/konto/geheim/" rel="nofollow">' in page.text
    frame = reverse("mailroom:outbox_html", args=[html_mail.pk])
    assert re.findall("<iframe[^>]*>", page.text) == [
        f'<iframe class="mail-frame" src="{frame}" title="Ansicht der Mail" sandbox>'
    ]


def test_the_frame_can_neither_run_nor_load_nor_lead_away(team, html_mail, settings):
    settings.DEMO = True
    page = team.get(reverse("mailroom:outbox_html", args=[html_mail.pk]))
    assert page.text == "<style>p{color:red}</style><p>Guten <b>Tag</b></p>\n"
    assert sorted(page["Content-Security-Policy"].split("; ")) == [
        "default-src 'none'",
        "frame-ancestors 'self'",
        "img-src data:",
        "sandbox",
        "style-src 'unsafe-inline'",
    ]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in page["Cache-Control"]


def test_a_mail_without_html_has_no_frame(team, queued, settings):
    settings.DEMO = True
    mail = queued()
    assert "<iframe" not in team.get(mail.get_absolute_url()).text
    assert team.get(reverse("mailroom:outbox_html", args=[mail.pk])).status_code == 404


def test_what_a_mail_says_is_text_on_our_page(team, queued, settings):
    settings.DEMO = True
    mail = queued(subject="<script>alert(1)</script>")
    assert "<script>alert" not in team.get(mail.get_absolute_url()).text
    assert "<script>alert" not in team.get(LIST).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": State.SENT, "smtp_reply": "250 queued as 4F7"}, "250 queued as 4F7"),
        ({"state": State.SENT}, "Die Mail bleibt hier und gilt als gesendet."),
        ({"state": State.FAILED, "last_error": "550 no such user"}, "550 no such user"),
        (
            {"last_error": "452 mailbox full", "next_attempt_at": SOON},
            "kam nicht durch, nächster Versuch: Mi., 5. Februar",
        ),
        ({"state": State.RETRY, "next_attempt_at": SOON}, "kam nicht durch, nächster Versuch: Mi., 5. Februar 2031"),
        ({"state": State.RETRY, "last_error": "452 mailbox full"}, "452 mailbox full"),
        ({"state": State.QUEUED, "not_before": None}, "wartet, bis alle Mails der Sendung geschrieben sind"),
        ({"state": State.QUEUED, "not_before": SOON}, "geht ab Mi., 5. Februar 2031, 15:00 Uhr auf den Weg"),
        ({"state": State.CLAIMED}, "ist als Nächstes an der Reihe"),
        ({"state": State.SENDING}, "wird gerade übergeben"),
        ({"state": State.UNCERTAIN, "next_attempt_at": SOON}, "Dieselbe Mail geht noch einmal, ab Mi., 5. Februar"),
        ({"state": State.UNCERTAIN, "unanswered": 2}, "Bitte fragen Sie nach, bevor Sie sie noch einmal senden"),
        ({"state": State.SUPERSEDED}, "ging nicht hinaus, weil eine neuere Mail sie ersetzt"),
        ({"state": State.CANCELLED}, "wurde angehalten und ging nicht hinaus"),
        ({"about_url": "/treffen/x/", "about_label": "Netzwerktreffen Melle"}, ">Netzwerktreffen Melle</a>"),
    ],
)
def test_the_fate_of_a_mail(team, queued, fields, sentence):
    assert sentence in team.get(queued(**fields).get_absolute_url()).text


def test_a_mail_leads_to_the_others_of_its_act(team, queued):
    act = ActFactory()
    assert f'href="/post/ausgang/?act={act.pk}"' in team.get(queued(act=act).get_absolute_url()).text


def test_a_failed_mail_is_sent_again_by_a_button(team, coordinator, queued):
    mail = queued(state=State.FAILED, last_error="550 no")
    page = team.get(mail.get_absolute_url())
    assert f'action="{reverse("mailroom:send_again", args=[mail.pk])}"' in page.text
    page = team.post(reverse("mailroom:send_again", args=[mail.pk]), follow=True)
    assert "Die Mail ist noch einmal auf dem Weg." in page.text
    assert OutboxMail.objects.get().state == State.QUEUED
    assert Activity.objects.get().by == coordinator
    assert reverse("mailroom:send_again", args=[mail.pk]) not in page.text


def test_one_of_which_nobody_knows_is_sent_again_by_hand(team, queued):
    mail = queued(state=State.UNCERTAIN, unanswered=2)
    assert reverse("mailroom:send_again", args=[mail.pk]) in team.get(mail.get_absolute_url()).text
    team.post(reverse("mailroom:send_again", args=[mail.pk]))
    assert OutboxMail.objects.get().state == State.QUEUED


def test_the_page_says_that_the_outbox_stands_still_and_why(team):
    assert "Der Postausgang steht" not in team.get(LIST).text
    alarms.raise_alarm("535 5.7.8 authentication failed")
    page = team.get(LIST).text
    alarms.clear()
    assert "Der Postausgang steht" in page
    assert "535 5.7.8 authentication failed" in page
    assert "Der Postausgang steht" not in team.get(LIST).text


def test_a_mail_that_did_not_fail_is_not_sent_again(team, queued):
    mail = queued(state=State.SENT)
    page = team.post(reverse("mailroom:send_again", args=[mail.pk]), follow=True)
    assert "ist nicht gescheitert" in page.text
    assert OutboxMail.objects.get().state == State.SENT


@pytest.mark.parametrize("name", ["outbox_mail", "outbox_html", "send_again"])
def test_strangers_are_sent_to_the_login(stranger, html_mail, settings, name):
    settings.DEMO = True
    url = reverse(f"mailroom:{name}", args=[html_mail.pk])
    for answer in (stranger.get(url), stranger.post(url)):
        assert (answer.status_code, answer.url) == (302, f"/konto/login/?next={url}")
    assert stranger.get(LIST).url == f"/konto/login/?next={LIST}"


def test_an_unknown_mail_is_not_found(team, db):
    assert team.get("/post/ausgang/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_lost_mail_is_settled_by_hand_until_it_is_lost_again(team, coordinator, queued):
    mail = queued(state=State.SENT, returned="soft", returned_at=SOON, returned_reason="Das Postfach ist voll")
    url = reverse("mailroom:outbox_settle", args=[mail.pk])
    page = team.get(mail.get_absolute_url()).text
    assert url in page
    assert page.count("kam zurück</span>") == 2  # the heading and the facts beside it name one state
    assert url not in team.post(url, follow=True).text
    team.post(url)
    assert list(OutboxMail.objects.unsettled()) == []
    assert [entry.sentence for entry in activity.timeline(mail)] == [
        f"hat die Mail „{mail.subject}“ an {mail.recipient} als erledigt abgelegt"
    ]
    outbox.send_again(mail, by=coordinator)
    OutboxMail.objects.update(state=State.FAILED)
    assert list(OutboxMail.objects.unsettled()) == [mail]

from django.urls import reverse

from mailroom.models import InboxMail, OutboxMail
from tests.mailroom.test_inbox import stored


def test_a_mail_is_looked_at_without_its_content(team, queued, settings):
    settings.DEMO = True
    mail = queued("ahrens@schule.example")
    page = team.get(reverse("admin:mailroom_outboxmail_change", args=[mail.pk]))
    assert "ahrens@schule.example" in page.text
    assert "hier ist Ihr Link" not in page.text


def test_nothing_is_changed_here(team, queued):
    mail = queued()
    url = reverse("admin:mailroom_outboxmail_change", args=[mail.pk])
    assert team.post(url, {"state": "sent"}).status_code == 403
    assert team.post("/verwaltung/mailroom/outboxmail/add/").status_code == 403
    assert OutboxMail.objects.get().state == OutboxMail.State.QUEUED


def test_the_search_folds(team, queued):
    queued("a@schule.example", subject="Schöne Grüße")
    queued("b@schule.example")
    page = team.get("/verwaltung/mailroom/outboxmail/", {"q": "GRÜSSE"})
    assert [mail.recipient for mail in page.context["cl"].result_list] == ["a@schule.example"]


def test_an_incoming_mail_is_looked_at_without_its_content_and_never_changed(team, db):
    url = reverse("admin:mailroom_inboxmail_change", args=[stored().pk])
    page = team.get(url)
    assert ("INBOX 7 1" in page.text, "Ich komme gern." in page.text) == (True, False)
    assert team.post(url, {"state": "settled"}).status_code == 403
    assert InboxMail.objects.get().state == InboxMail.State.NEW

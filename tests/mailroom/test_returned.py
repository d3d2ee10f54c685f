"""What comes back: the mail's fate, the address, and what is not believed."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.auto_replies import AutoReply
from mailroom.bounces import Bounce, Verdict
from mailroom.enums import MailKind
from mailroom.models import Address, InboxMail, OutboxMail
from mailroom.reader import Reading
from mailroom.services import absences, addresses, bounces, delivery, inbox, outbox
from mailroom.services.inbox import Outcome
from tests.mailroom import test_bounces as incoming

WHO = "ahrens@schule.example"
_State = OutboxMail.State


def report(
    action: str = "failed", status: str | None = "5.1.1", *, to=(WHO,), permanent: bool = True, **more
) -> Bounce:
    verdicts = tuple(Verdict(one, action, status) for one in to)
    told = {"recipients": tuple(to), "permanent": permanent, "action": action, "status": status, "verdicts": verdicts}
    return Bounce(**(told | more))


def apply(bounce: Bounce | None, **more) -> Outcome | None:
    mail = InboxMail.objects.create(digest=uuid.uuid4().hex, raw=b"")
    return bounces.handle(mail, Reading(MailKind.BOUNCE, bounce=bounce, **more))


def address() -> Address:
    return Address.objects.get(key=WHO)


def test_a_hard_one_marks_mail_and_address(sent: OutboxMail) -> None:
    outcome = apply(report(outbox_id=sent.pk))
    sent.refresh_from_db()
    assert (sent.state, sent.returned) == (_State.SENT, "hard")
    assert (address().state, address().reason) == ("hard", "Diese Adresse gibt es dort nicht (5.1.1)")
    assert outcome.state == "applied"
    assert outcome.about_url == sent.get_absolute_url()
    assert WHO not in set(OutboxMail.objects.may_have_arrived().values_list("recipient", flat=True))


@pytest.mark.parametrize(
    ("status", "words"),
    [("5.2.2", "Das Postfach ist voll"), ("4.4.7", "zu lange nicht angenommen"), ("5.7.1", "lehnt unsere Mails ab")],
)
def test_what_lies_in_the_mail_disturbs_the_address_alone(sent: OutboxMail, status: str, words: str) -> None:
    apply(report(status=status, permanent=False, outbox_id=sent.pk))
    sent.refresh_from_db()
    assert sent.returned == "soft"
    assert address().state == "soft"
    assert words in address().reason
    assert addresses.broken([WHO]) == set()


@pytest.mark.parametrize("status", ["5.0.0", "5.1.0", "5.1.1", None])
def test_a_server_that_refuses_us_says_nothing_about_the_address(sent: OutboxMail, status: str | None) -> None:
    words = "smtp; 554 Your host name is not acceptable here (in reply to EHLO command)"
    verdict = Verdict(WHO, "failed", status, words)
    outcome = apply(report(status=status, permanent=verdict.permanent, verdicts=(verdict,), outbox_id=sent.pk))
    sent.refresh_from_db()
    assert (sent.returned, sent.returned_reason.startswith(bounces.OUR_TROUBLE)) == ("soft", True)
    assert (Address.objects.filter(key=WHO).exists(), bounces.refused_as_sender()) == (False, 1)
    assert outcome.sentence.endswith("Die Adresse bleibt in Gebrauch.")


def test_an_unknown_address_at_microsoft_is_called_so(sent: OutboxMail) -> None:
    words = "smtp; 550 5.4.1 [ahrens@schule.example]: Recipient address rejected: Access denied"
    apply(report(status="5.4.1", verdicts=(Verdict(WHO, "failed", "5.4.1", words),), outbox_id=sent.pk))
    assert (address().state, address().reason) == ("hard", "Diese Adresse gibt es dort nicht (5.4.1)")


def test_case_23_delayed_then_failed_and_the_other_way_round(sent: OutboxMail) -> None:
    apply(report("delayed", "4.4.1", permanent=False, outbox_id=sent.pk))
    sent.refresh_from_db()
    assert sent.returned == "delayed"
    assert not Address.objects.filter(key=WHO).exclude(state="ok").exists()
    apply(report(outbox_id=sent.pk))
    apply(report("delayed", "4.4.1", permanent=False, outbox_id=sent.pk))
    sent.refresh_from_db()
    assert sent.returned == "hard"


def test_case_23_one_of_two_recipients_is_ours(sent: OutboxMail) -> None:
    verdicts = (Verdict("andere@schule.example", "failed", "5.1.1"), Verdict(WHO, "failed", "5.2.2"))
    to = (verdicts[0].recipient, WHO)
    apply(report(to=to, permanent=False, verdicts=verdicts, outbox_id=sent.pk))
    assert address().state == "soft"
    assert not Address.objects.filter(key="andere@schule.example").exists()


def test_case_23_only_our_envelope_address(sent: OutboxMail) -> None:
    apply(report(to=(), status=None, permanent=False), tag=f"b-{sent.pk.hex}")
    sent.refresh_from_db()
    assert sent.returned == "soft"


@pytest.mark.parametrize("to", [(WHO,), ()])
@pytest.mark.parametrize("action", ["failed", "delayed", "delivered"])
def test_case_23_a_message_id_is_no_secret_and_breaks_no_address(sent: OutboxMail, to: tuple[str, ...], action) -> None:
    outcome = apply(report(action, to=to, message_id=sent.message_id))
    sent.refresh_from_db()
    assert (outcome.state, outcome.about_url, WHO in outcome.sentence) == ("waiting", sent.get_absolute_url(), True)
    assert (sent.returned, Address.objects.exists()) == ("", False)


def test_case_23_without_plus_addressing_a_message_id_counts_with_the_recipient(sent: OutboxMail, settings) -> None:
    settings.INBOX_PLUS_ADDRESSING = False
    assert apply(report(to=(), message_id=sent.message_id)).state == "waiting"
    assert not Address.objects.exists()
    assert apply(report(message_id=sent.message_id)).state == "applied"
    assert address().state == "hard"


def test_case_23_forged_without_our_id_changes_nothing(sent: OutboxMail) -> None:
    for forged in (report(), report(outbox_id=uuid.uuid4()), report(message_id="<geraten@amt.example>")):
        assert apply(forged).state == "waiting"
    sent.refresh_from_db()
    assert sent.returned == ""
    assert not Address.objects.filter(key=WHO).exclude(state="ok").exists()


def test_case_23_with_our_id_about_somebody_else_changes_nothing(sent: OutboxMail) -> None:
    assert apply(report(to=("leitung@amt.example",), outbox_id=sent.pk)).state == "waiting"
    assert not Address.objects.filter(state="hard").exists()


def test_case_23_of_a_superseded_mail_the_right_row(queued) -> None:
    old = queued(WHO, state=_State.SENT, sent_at=timezone.now(), lane="x", version=1)
    new = queued(WHO, lane="x", version=2)
    apply(report(outbox_id=old.pk))
    new.refresh_from_db()
    old.refresh_from_db()
    assert (old.returned, new.returned, new.state) == ("hard", "", _State.QUEUED)


def test_a_mail_that_never_left_cannot_come_back(queued) -> None:
    assert apply(report(outbox_id=queued(WHO).pk)).state == "waiting"


def test_window_w7_the_report_is_faster_than_our_note(queued) -> None:
    mail = queued(WHO)
    (claimed,) = delivery.claim(by="a")
    OutboxMail.objects.filter(pk=mail.pk).update(state=_State.SENDING)
    apply(report(outbox_id=mail.pk))
    assert delivery._settle(claimed, state=_State.SENT, sent_at=timezone.now(), smtp_reply="250 ok") == 1
    mail.refresh_from_db()
    assert (mail.state, mail.returned) == (_State.SENT, "hard")


def test_one_of_which_nobody_knew_does_not_go_again(queued) -> None:
    mail = queued(WHO, state=_State.UNCERTAIN, unanswered=1)
    apply(report(status="5.2.2", permanent=False, outbox_id=mail.pk))
    mail.refresh_from_db()
    assert (mail.state, mail.returned) == (_State.SENT, "soft")
    assert not OutboxMail.objects.due().exists()


def test_mere_words_about_a_full_mailbox_do_not_break_an_address(sent: OutboxMail) -> None:
    told = report(status=None, verdicts=(), outbox_id=sent.pk)
    apply(told, text="This account is over quota.")
    assert address().state == "soft"
    apply(told, text="No such user here.")
    assert address().state == "hard"


def test_a_success_takes_back_a_delay_and_nothing_else(sent: OutboxMail) -> None:
    apply(report("delayed", "4.4.1", permanent=False, outbox_id=sent.pk))
    apply(report("delivered", "2.0.0", permanent=False, outbox_id=sent.pk))
    sent.refresh_from_db()
    assert sent.returned == ""


@pytest.mark.parametrize("kind", ["update", "cancellation", "invitation", "reminder"])
def test_nothing_goes_to_a_broken_address(queued, server, kind: str) -> None:
    Address.objects.create(key=WHO, state="hard", reason="Diese Adresse gibt es dort nicht (5.1.1)")
    mail = queued(WHO, kind=kind)
    delivery.deliver_due()
    mail.refresh_from_db()
    assert mail.state == _State.FAILED
    assert "5.1.1" in mail.last_error


def test_an_account_mail_goes_to_a_broken_address(queued, server) -> None:
    Address.objects.create(key=WHO, state="hard")
    mail = queued(WHO)
    delivery.deliver_due()
    mail.refresh_from_db()
    assert mail.state == _State.SENT


def test_one_that_came_back_is_sent_again_once_the_address_is_released(sent: OutboxMail, coordinator) -> None:
    apply(report(outbox_id=sent.pk))
    sent.refresh_from_db()
    with pytest.raises(outbox.NotResendable, match="frei"):
        outbox.send_again(sent, by=coordinator)
    assert addresses.mark_usable(WHO, by=coordinator)
    assert not addresses.mark_usable(WHO, by=coordinator)
    outbox.send_again(sent, by=coordinator)
    sent.refresh_from_db()
    assert (sent.state, sent.returned) == (_State.QUEUED, "")


def away(note: AutoReply | None, text: str = "Ich bin im Urlaub.") -> Outcome | None:
    mail = InboxMail.objects.create(digest=uuid.uuid4().hex, raw=b"")
    return absences.handle(mail, Reading(MailKind.AUTO_REPLY, auto_reply=note, sender=WHO.upper(), text=text))


def test_case_14_an_absence_is_kept_until_its_end_and_changes_nothing_else(sent: OutboxMail) -> None:
    Address.objects.create(key=WHO)
    before = OutboxMail.objects.count()
    until = timezone.localdate() + timedelta(days=3)
    assert away(AutoReply(True, until)).state == "applied"
    assert (address().state, address().absent_until, address().is_away) == ("ok", until, True)
    assert away(AutoReply(True)).state == "applied"
    assert (address().absent_until - timezone.localdate()).days == 14
    sent.refresh_from_db()
    assert (sent.returned, OutboxMail.objects.count()) == ("", before)


def test_case_14_a_receipt_leaves_no_note(db) -> None:
    Address.objects.create(key=WHO)
    away(AutoReply(False))
    assert address().absent_until is None


@pytest.mark.parametrize(("days", "is_kept"), [(-1, False), (0, True), (1, True)])
def test_case_14_an_absence_counts_on_its_last_day_and_not_after_it(db, days: int, is_kept: bool) -> None:
    Address.objects.create(key=WHO)
    until = timezone.localdate() + timedelta(days=days)
    away(AutoReply(True, until))
    assert (address().absent_until == until, address().is_away) == (is_kept, is_kept)
    Address.objects.update(absent_until=until)
    assert address().is_away == is_kept


def test_an_absence_of_somebody_unknown_leaves_no_row(db) -> None:
    away(AutoReply(True))
    assert not Address.objects.exists()


def test_what_is_no_report_is_nobodys_business_here(db) -> None:
    assert apply(None) is None
    assert away(None) is None


def test_a_report_as_it_comes_out_of_the_mailbox(sent: OutboxMail) -> None:
    raw = incoming.report(incoming.fields(WHO), about=f"Original-Envelope-Id: {sent.pk.hex}")
    mail = inbox.apply(inbox.store(raw, place="", received_at=timezone.now()))
    assert (mail.kind, mail.state, mail.about_url) == ("bounce", "applied", sent.get_absolute_url())
    assert address().state == "hard"


def test_case_14_an_absence_note_as_it_comes_out_of_the_mailbox(sent: OutboxMail) -> None:
    Address.objects.create(key=WHO)
    raw = (
        f"Return-Path: <>\r\nFrom: {WHO}\r\nTo: {sent.envelope_from}\r\nAuto-Submitted: auto-replied\r\n"
        f"Subject: Abwesend: {sent.subject}\r\n\r\nIch bin im Urlaub. \udcff\r\n"
    )
    mail = inbox.apply(inbox.store(raw.encode("utf-8", "surrogateescape"), place="", received_at=timezone.now()))
    assert (mail.kind, mail.state) == ("auto_reply", "applied")
    assert address().is_away
    assert OutboxMail.objects.get().returned == ""


def test_what_left_before_a_release_does_not_break_the_address_again(sent: OutboxMail, queued, coordinator) -> None:
    apply(report(outbox_id=sent.pk))
    addresses.mark_usable(WHO, by=coordinator)
    assert "bleibt in Gebrauch" in apply(report(outbox_id=sent.pk)).sentence
    assert address().state == "ok"
    later = queued(WHO, state=_State.SENT, sent_at=timezone.now(), kind=OutboxMail.Kind.INVITATION)
    assert "nicht mehr dorthin" in apply(report(outbox_id=later.pk)).sentence
    assert address().state == "hard"


@pytest.mark.parametrize(("known", "is_settled"), [("", False), ("delayed", False), ("soft", False), ("hard", True)])
def test_a_new_report_opens_a_settled_mail_again(sent: OutboxMail, known: str, is_settled: bool) -> None:
    OutboxMail.objects.filter(pk=sent.pk).update(returned=known, settled_at=timezone.now())
    apply(report(outbox_id=sent.pk))
    sent.refresh_from_db()
    assert (sent.returned, sent.settled_at is not None) == ("hard", is_settled)

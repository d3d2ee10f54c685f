"""The first lead from the environment: once, by a link, without a password that anybody knows."""

import pytest
from django.core.management import CommandError, call_command

from mailroom.models import OutboxMail
from team.models import Activity, User
from tests.factories import UserFactory

EMAIL = "leitung@amt.example"


@pytest.fixture(autouse=True)
def _as_set_up(db, settings) -> None:
    settings.FIRST_USER_EMAIL = EMAIL
    settings.EMAIL_URL = "smtp://mail.example"


def link() -> str:
    """The path of the link in the newest mail."""
    (line,) = (line for line in OutboxMail.objects.all()[0].text.splitlines() if "/password/reset/key/" in line)
    return line.removeprefix("http://127.0.0.1:8000")


def test_at_the_first_start_a_lead_is_made_who_sets_her_password_by_link(client, capsys):
    call_command("first_user")
    user = User.objects.get()
    assert (user.email, user.is_lead, user.is_active, user.has_usable_password()) == (EMAIL, True, True, False)
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.kind) == (EMAIL, "account")
    assert "das Netzwerk ist eingerichtet" in mail.text
    assert ("None" in mail.text, "None" in mail.html) == (False, False)
    assert [(one.by, one.sentence) for one in Activity.objects.all()] == [(None, f"hat {EMAIL} ins Team eingeladen")]
    said = capsys.readouterr()
    assert ("Das erste Konto ist angelegt" in said.out, EMAIL in said.out + said.err) == (True, False)
    password = "ein-langes-Kennwort-7"
    page = client.get(link(), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})
    user.refresh_from_db()
    assert user.check_password(password)


def test_every_later_start_changes_nothing(capsys):
    call_command("first_user")
    capsys.readouterr()
    call_command("first_user")
    assert (User.objects.count(), OutboxMail.objects.count(), capsys.readouterr().out) == (1, 1, "")


def test_where_somebody_has_an_account_nobody_is_made(lead):
    call_command("first_user")
    assert (User.objects.get(), OutboxMail.objects.exists()) == (lead, False)


def test_without_the_setting_nothing_happens(settings):
    settings.FIRST_USER_EMAIL = ""
    call_command("first_user")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FIRST_USER_EMAIL", "leitung", "FIRST_USER_EMAIL ist keine Mailadresse"),
        ("EMAIL_URL", "outbox://", "Bitte EMAIL_URL setzen"),
    ],
)
def test_who_could_never_log_in_is_not_made(settings, name, value, said):
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=said) as told:
        call_command("first_user")
    assert (told.value.returncode, User.objects.exists()) == (2, False)


def test_a_wrong_setting_does_no_harm_once_somebody_is_there(settings):
    UserFactory()
    settings.FIRST_USER_EMAIL = "leitung"
    call_command("first_user")
    assert User.objects.count() == 1


def test_who_let_the_link_end_gets_another_on_the_login_page(client):
    call_command("first_user")
    client.post("/konto/password/reset/", {"email": EMAIL})
    assert OutboxMail.objects.count() == 2
    assert "Neues Passwort festlegen" in client.get(link(), follow=True).text

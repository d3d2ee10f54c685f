"""The second factor: set up, asked for, demanded, reset."""

import time
from pathlib import Path

import pytest
from allauth import mfa
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.conf import settings as project
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from mailroom.models import OutboxMail
from team.models import Activity
from tests.factories import UserFactory

PASSWORD = "ein-langes-Kennwort-7"
LOGIN, CODE, SET_UP = "/konto/login/", "/konto/2fa/authenticate/", "/konto/2fa/"
TEMPLATES = project.BASE_DIR / "templates"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WRONG = "Das hat nicht gestimmt. Bitte versuchen Sie es noch einmal; ein Code gilt nur kurz und nur einmal."


@pytest.fixture(autouse=True)
def _fresh_limits(db) -> None:
    cache.clear()


@pytest.fixture
def demanded(settings) -> None:
    settings.REQUIRE_MFA = True


def with_app(user):
    """She has an app with SECRET, and recovery codes."""
    auth.TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user)


def code_of(secret: str = SECRET, *, steps: int = 0) -> str:
    """What the app shows, now or so many half minutes away."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + steps))


def login(browser: Client, user):
    return browser.post(LOGIN, {"login": user.email, "password": PASSWORD})


def confirmed(browser: Client) -> Client:
    """Has given the password once more."""
    browser.post("/konto/reauthenticate/", {"password": PASSWORD})
    return browser


def subjects() -> list[str]:
    return list(OutboxMail.objects.order_by("pk").values_list("subject", flat=True))


# --- Setting up --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)  # the mail leaves after the commit
def test_an_app_is_set_up_after_the_password_and_gives_recovery_codes(team, coordinator):
    answer = team.get("/konto/2fa/totp/activate/")
    assert answer.url.startswith("/konto/reauthenticate/?next=")
    answer = team.post(answer.url, {"password": PASSWORD})
    assert answer.url == "/konto/2fa/totp/activate/"
    page = team.get(answer.url)
    secret = page.context["form"].secret
    assert f'<code class="secret">{secret}</code>' in page.text
    assert f"secret={secret}&issuer=Servicestelle%20Schule" in page.context["totp_url"]
    assert page.context["totp_svg_data_uri"].startswith("data:image/svg+xml;base64,")

    page = team.post(answer.url, {"code": "12"})
    assert page.context["form"].errors == {"code": [WRONG]}
    assert not Authenticator.objects.exists()

    page = team.post(answer.url, {"code": code_of(secret)}, follow=True)
    assert page.redirect_chain == [("/konto/2fa/recovery-codes/", 302)]
    assert "Die App ist eingerichtet." in page.text
    codes = page.context["unused_codes"]
    assert len(codes) == 10
    assert all(f"<code>{code}</code>" in page.text for code in codes)
    assert team.get("/konto/2fa/recovery-codes/download/").text.split() == codes
    assert {row.type for row in Authenticator.objects.filter(user=coordinator)} == {"totp", "recovery_codes"}
    assert subjects() == ["Zweiter Faktor: App eingerichtet"]


def test_the_key_of_the_app_is_never_shown_again(team, coordinator):
    with_app(coordinator)
    confirmed(team)
    for path in ("", "totp/deactivate/", "totp/activate/", "recovery-codes/", "webauthn/"):
        assert SECRET not in team.get(f"{SET_UP}{path}", follow=True).text


def test_without_the_app_there_are_no_codes_left(team, coordinator):
    with_app(coordinator)
    page = confirmed(team).post("/konto/2fa/totp/deactivate/", follow=True)
    assert "Die App ist entfernt." in page.text
    assert not Authenticator.objects.exists()
    assert subjects() == ["Zweiter Faktor: App entfernt"]


@pytest.mark.django_db(transaction=True)  # the mail leaves after the commit
def test_new_codes_end_the_former_ones(team, coordinator, stranger):
    former = with_app(coordinator).get_unused_codes()
    page = confirmed(team).post("/konto/2fa/recovery-codes/generate/", follow=True)
    assert not {*former} & {*page.context["unused_codes"]}
    assert subjects() == ["Neue Wiederherstellungscodes für Ihr Konto"]
    login(stranger, coordinator)
    assert stranger.post(CODE, {"code": former[0]}).context["form"].errors == {"code": [WRONG]}


# --- Logging in --------------------------------------------------------------------------------------


def test_the_password_alone_is_half_the_way(stranger, coordinator):
    with_app(coordinator)
    answer = stranger.post(f"{LOGIN}?next=/partner/", {"login": coordinator.email, "password": PASSWORD})
    assert answer.url.startswith(CODE)
    assert stranger.get("/partner/").url == f"{LOGIN}?next=/partner/"
    page = stranger.post(answer.url, {"code": "000000"})
    assert (page.status_code, page.context["form"].errors) == (200, {"code": [WRONG]})
    assert stranger.get("/partner/").status_code == 302
    assert stranger.post(answer.url, {"code": code_of()}).url == "/partner/"
    assert stranger.get("/partner/").status_code == 200


def test_a_code_of_the_app_counts_once(coordinator):
    with_app(coordinator)
    first, second = Client(), Client()
    for browser in (first, second):
        login(browser, coordinator)
    code = code_of()
    assert first.post(CODE, {"code": code}).status_code == 302
    assert second.post(CODE, {"code": code}).context["form"].errors == {"code": [WRONG]}


@pytest.mark.parametrize(("steps", "status"), [(-1, 302), (1, 302), (-3, 200), (3, 200)])
def test_a_clock_may_be_half_a_minute_off(stranger, coordinator, steps, status, time_machine):
    time_machine.move_to("2031-03-03 10:00:15+00:00", tick=False)
    with_app(coordinator)
    login(stranger, coordinator)
    assert stranger.post(CODE, {"code": code_of(steps=steps)}).status_code == status


def test_a_recovery_code_counts_once(stranger, coordinator):
    (code, *others) = with_app(coordinator).get_unused_codes()
    login(stranger, coordinator)
    assert stranger.post(CODE, {"code": code}).url == "/"
    again = Client()
    login(again, coordinator)
    assert again.post(CODE, {"code": code}).context["form"].errors == {"code": [WRONG]}
    assert again.post(CODE, {"code": others[0]}).url == "/"


def test_codes_cannot_be_guessed(stranger, coordinator):
    with_app(coordinator)
    login(stranger, coordinator)
    for number in range(10):
        stranger.post(CODE, {"code": f"{number:06}"})
    page = stranger.post(CODE, {"code": code_of()})
    assert page.context["form"].errors["code"][0].startswith("Das waren zu viele Versuche.")


def test_without_one_the_password_is_enough_where_none_is_demanded(stranger, coordinator):
    assert login(stranger, coordinator).url == "/"
    assert stranger.get("/").status_code == 200


def test_the_way_in_can_be_given_up(stranger, coordinator):
    with_app(coordinator)
    login(stranger, coordinator)
    assert stranger.post("/konto/logout/", {"next": LOGIN}).url == LOGIN
    assert stranger.get(CODE).url == LOGIN


def test_who_has_another_browser_logged_in_confirms_with_a_code(team, coordinator):
    with_app(coordinator)
    page = team.get("/konto/2fa/reauthenticate/?next=/konto/2fa/totp/deactivate/")
    assert [way["description"] for way in page.context["reauthentication_alternatives"]] == ["Mit dem Passwort"]
    team.post("/konto/2fa/reauthenticate/", {"code": code_of()})
    assert team.get("/konto/2fa/totp/deactivate/").status_code == 200


# --- Passkeys; that a browser registers one and logs in with it is in tests/browser/test_passkey.py -------

UNFIT = [
    *("", "{", "[]", "7", '"x"', '{"id": 1}'),
    '{"id": "a", "rawId": "a", "response": [], "type": "public-key"}',
    '{"id": "YQ", "rawId": "YQ", "response": {"clientDataJSON": "e30", "attestationObject": "oA", '
    '"authenticatorData": "YQ", "signature": "YQ", "userHandle": "MQ"}, "type": "public-key"}',
]


@pytest.mark.parametrize("credential", UNFIT)
def test_what_is_no_passkey_lets_nobody_in_and_is_no_error_page(team, stranger, coordinator, credential):
    with_app(coordinator)
    stranger.get("/konto/2fa/webauthn/login/", headers={"accept": "application/json"})
    page = stranger.post("/konto/2fa/webauthn/login/", {"credential": credential}, follow=True)
    assert page.redirect_chain == [(LOGIN, 302)]
    assert 'class="alert alert-danger' in page.text
    login(stranger, coordinator)
    assert stranger.post(CODE, {"credential": credential}).context["webauthn_form"].errors
    assert stranger.get("/").status_code == 302
    page = confirmed(team).post("/konto/2fa/webauthn/add/", {"credential": credential, "name": "Diensthandy"})
    assert page.context["form"].errors
    assert Authenticator.objects.filter(type="webauthn").count() == 0


def test_a_browser_is_asked_for_a_passkey_of_this_site(stranger, db):
    options = stranger.get("/konto/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    asked = options["request_options"]["publicKey"]
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("testserver", "required", [])


# --- Back from a loss --------------------------------------------------------------------------------


def test_a_second_factor_is_reset(stranger, coordinator, capsys, demanded):
    with_app(coordinator)
    browser = Client()
    login(browser, coordinator)
    browser.post(CODE, {"code": code_of()})
    assert browser.get("/").status_code == 200

    call_command("reset_second_factor", " Sommer@SERVICESTELLE.example")
    assert "Katja Sommer hat keinen zweiten Faktor mehr" in capsys.readouterr().out
    assert not Authenticator.objects.exists()
    assert browser.get("/").url == f"{LOGIN}?next=/"
    said = Activity.objects.get()
    assert (said.by, said.sentence) == (None, "hat den zweiten Faktor von Katja Sommer zurückgesetzt")
    assert said.targets.get().key == str(coordinator.pk)

    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject) == (coordinator.email, "Ihr zweiter Faktor wurde zurückgesetzt")
    assert "Guten Tag, Katja Sommer,\n\nder zweite Faktor zu Ihrem Konto wurde zurückgesetzt" in mail.text
    assert "richten gleich danach einen neuen zweiten Faktor ein" in mail.text
    assert "http://127.0.0.1:8000/\n" in mail.text
    assert login(stranger, coordinator).url == "/"
    assert stranger.get("/").url == SET_UP


def test_without_one_there_is_nothing_to_reset(team, coordinator, capsys):
    call_command("reset_second_factor", coordinator.email)
    assert capsys.readouterr().out == "Katja Sommer hat keinen zweiten Faktor; es war nichts zu tun.\n"
    assert team.get("/").status_code == 200
    assert (Activity.objects.count(), OutboxMail.objects.count()) == (0, 0)


def test_only_hers_is_reset(coordinator, lead):
    for user in (coordinator, lead):
        with_app(user)
    call_command("reset_second_factor", coordinator.email, verbosity=0)
    assert {row.user for row in Authenticator.objects.all()} == {lead}


def test_an_address_that_nobody_has_is_told(coordinator):
    with_app(coordinator)
    with pytest.raises(CommandError, match=r"„sommer@amt\.example“ meldet sich niemand an") as told:
        call_command("reset_second_factor", "sommer@amt.example")
    assert told.value.returncode == 2
    assert Authenticator.objects.count() == 2


# --- Mails -------------------------------------------------------------------------------------------

KINDS = sorted(path.name.removesuffix("_subject.txt") for path in (TEMPLATES / "mfa/email").glob("*_subject.txt"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_of_allauth_is_in_our_words(kind, rf, coordinator):
    with context.request_context(rf.get("/", headers={"user-agent": "Firefox"})):
        get_adapter().send_notification_mail(f"mfa/email/{kind}", coordinator)
    mail = OutboxMail.objects.get()
    assert (mail.kind, mail.recipient) == ("account", coordinator.email)
    assert mail.subject.startswith(("Zweiter Faktor: ", "Neue Wiederherstellungscodes"))
    assert mail.text.startswith("Guten Tag, Katja Sommer,\n\n")
    assert "Das waren nicht Sie?" in mail.text
    assert "Browser: Firefox" in mail.text
    assert mail.text.rstrip().endswith("weil es zu Ihrer Adresse ein Konto bei uns gibt.")


def test_every_mail_that_allauth_has_about_it_has_ours():
    theirs = Path(mfa.__file__).parent.parent / "templates/mfa/email"
    assert sorted(path.name.removesuffix("_subject.txt") for path in theirs.glob("*_subject.txt")) == KINDS


# --- What others see ---------------------------------------------------------------------------------


def test_the_lead_sees_who_has_none(lead_client, lead, coordinator):
    with_app(coordinator)
    RecoveryCodes.activate(lead)  # alone they are none
    UserFactory(last_name="Ohne")
    page = lead_client.get("/team/")
    assert {user.last_name: user.has_second_factor for user in page.context["page_obj"]} == {
        "Ohne": False, "Sommer": True, "Winter": False,
    }  # fmt: skip
    assert (page.text.count("eingerichtet"), page.text.count("fehlt")) == (1, 2)
    for user, word in ((coordinator, "eingerichtet"), (lead, "fehlt")):
        assert f"{word}</span>" in lead_client.get(user.get_absolute_url()).text


def test_no_secret_is_in_the_admin(lead_client, coordinator):
    with_app(coordinator)
    assert "authenticator" not in lead_client.get("/verwaltung/").text
    assert SECRET not in lead_client.get(reverse("admin:team_user_change", args=[coordinator.pk])).text

"""Login, password and sessions through allauth, as this office has them."""

import os

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as project
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from mailroom.models import OutboxMail
from team.models import User
from tests.factories import UserFactory

PASSWORD = "ein-langes-Kennwort-7"
OTHER = "ein-anderes-Kennwort-8"
LOGIN = "/konto/login/"


@pytest.fixture(autouse=True)
def _fresh_limits(db) -> None:
    cache.clear()


def login(browser: Client, email: str, password: str = PASSWORD):
    return browser.post(LOGIN, {"login": email, "password": password})


@pytest.mark.parametrize(
    "typed", ["sommer@servicestelle.example", "Sommer@SERVICESTELLE.example", " sommer@servicestelle.example "]
)
def test_login_by_any_spelling_of_the_address(stranger, coordinator, typed):
    answer = login(stranger, typed)
    assert (answer.status_code, answer.url) == (302, "/")
    assert stranger.get("/").context["user"] == coordinator


def test_login_leads_back_to_where_one_wanted_to_go_but_never_elsewhere(stranger, coordinator):
    typed = {"login": coordinator.email, "password": PASSWORD}
    assert stranger.post(f"{LOGIN}?next=/partner/", typed).url == "/partner/"
    assert Client().post(f"{LOGIN}?next=https://elsewhere.example/", typed).url == "/"


@pytest.mark.parametrize(
    ("email", "password"), [("sommer@servicestelle.example", "falsch"), ("niemand@servicestelle.example", PASSWORD)]
)
def test_a_wrong_login_does_not_say_what_was_wrong(stranger, coordinator, email, password):
    page = login(stranger, email, password)
    assert page.status_code == 200
    assert page.context["form"].non_field_errors() == [
        "E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides."
    ]


def test_a_former_address_lets_nobody_in(stranger, coordinator):
    EmailAddress.objects.create(user=coordinator, email="frueher@elsewhere.example", verified=True, primary=True)
    assert login(stranger, "frueher@elsewhere.example").status_code == 200
    stranger.post("/konto/password/reset/", {"email": "frueher@elsewhere.example"})
    assert not OutboxMail.objects.exists()


def test_after_five_wrong_passwords_even_the_right_one_waits(stranger, coordinator):
    for _ in range(5):
        login(stranger, coordinator.email, "falsch")
    page = login(Client(), coordinator.email.upper())
    assert page.status_code == 200
    (message,) = page.context["form"].non_field_errors()
    assert message.startswith("Das waren zu viele Versuche. Bitte warten Sie fünf Minuten")


def test_the_limits_are_counted_where_every_process_sees_them():
    """In the database by default; tests/flows/test_account.py shows it with two processes."""
    assert project.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


@pytest.mark.parametrize("url", ["/konto/signup/", "/konto/signup/?next=/"])
def test_nobody_signs_up(stranger, db, url):
    typed = {"email": "neu@amt.example", "password1": PASSWORD, "password2": PASSWORD}
    stranger.get(url)
    stranger.post(url, typed)
    assert User.objects.count() == 0
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("typed", ["sommer@servicestelle.example", "SOMMER@servicestelle.example"])
def test_a_forgotten_password_is_set_by_a_link_once(stranger, coordinator, typed):
    stranger.post("/konto/password/reset/", {"email": typed})
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject) == ("sommer@servicestelle.example", "Ihr Link für ein neues Passwort")
    assert "Guten Tag, Katja Sommer," in mail.text
    assert "Freundliche Grüße\nServicestelle Schule–Wirtschaft\nhttp://127.0.0.1:8000\n" in mail.text
    link = link_in(mail)
    form = stranger.get(link, follow=True)
    answer = stranger.post(form.redirect_chain[-1][0], {"password1": OTHER, "password2": OTHER}, follow=True)
    assert answer.redirect_chain[-1][0] == "/konto/password/reset/key/done/"
    assert OutboxMail.objects.first().subject == "Ihr Passwort wurde neu festgelegt"
    assert "gilt nicht mehr" in stranger.get(link, follow=True).text
    assert login(stranger, coordinator.email, OTHER).url == "/"


def link_in(mail: OutboxMail) -> str:
    """The path of the link; under BASE_URL, whatever host was asked."""
    (line,) = (line for line in mail.text.splitlines() if "/password/reset/key/" in line)
    assert line.startswith("http://127.0.0.1:8000/")
    return line.removeprefix("http://127.0.0.1:8000")


def test_the_link_names_our_address_whatever_host_was_asked(coordinator, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client(SERVER_NAME="elsewhere.example").post("/konto/password/reset/", {"email": coordinator.email})
    assert link_in(OutboxMail.objects.get()).startswith("/konto/password/reset/key/")


def test_a_link_goes_to_the_address_on_file_not_to_a_look_alike(stranger, db):
    """The Kelvin sign is not k, but folds to it: the mail would reach another mailbox."""
    UserFactory(email="kim@amt.example")
    stranger.post("/konto/password/reset/", {"email": "\u212aim@amt.example"})
    assert OutboxMail.objects.get().recipient == "kim@amt.example"


def test_the_page_does_not_say_who_has_an_account(stranger, db):
    UserFactory(email="weg@amt.example", is_active=False)
    answers = [
        stranger.post("/konto/password/reset/", {"email": email}) for email in ("weg@amt.example", "nie@amt.example")
    ]
    assert [answer.url for answer in answers] == ["/konto/password/reset/done/"] * 2
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (
            OTHER,
            "ein-drittes-Kennwort-9",
            "Die beiden Passwörter sind verschieden. Bitte geben Sie zweimal dasselbe ein.",
        ),
        ("kurz", "kurz", "Dieses Passwort ist zu kurz. Es muss mindestens 12 Zeichen enthalten."),
    ],
)
def test_a_new_password_that_is_not_taken(team, coordinator, first, second, error):
    page = team.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": first, "password2": second})
    assert error in [text for texts in page.context["form"].errors.values() for text in texts]
    coordinator.refresh_from_db()
    assert coordinator.check_password(PASSWORD)


def test_changing_the_password_is_told_by_mail_and_keeps_this_device(team, coordinator):
    team.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject) == (coordinator.email, "Ihr Passwort wurde geändert")
    assert "das Passwort zu Ihrem Konto wurde geändert." in mail.text
    assert team.get("/").status_code == 200


def test_nobody_gives_herself_another_address(team, coordinator):
    for typed in (
        {"action_add": "", "email": "fremd@elsewhere.example"},
        {"action_primary": "", "email": "fremd@elsewhere.example"},
    ):
        team.post("/konto/email/", typed)
    coordinator.refresh_from_db()
    assert coordinator.email == "sommer@servicestelle.example"
    assert not EmailAddress.objects.filter(email="fremd@elsewhere.example").exists()
    assert not OutboxMail.objects.exists()


def test_other_devices_are_listed_and_logged_out(coordinator):
    here, there = Client(HTTP_USER_AGENT="Firefox"), Client(HTTP_USER_AGENT="Mobiltelefon")
    for browser in (here, there):
        login(browser, coordinator.email)
    page = here.get("/konto/sessions/")
    assert sorted(session.user_agent for session in page.context["sessions"]) == ["Firefox", "Mobiltelefon"]
    here.post("/konto/sessions/")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert [session.user_agent for session in here.get("/konto/sessions/").context["sessions"]] == ["Firefox"]


def test_the_first_lead_is_made_without_a_question(db, monkeypatch, stranger):
    monkeypatch.setitem(os.environ, "DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", email="Leitung@amt.example", verbosity=0)
    user = User.objects.get()
    assert (user.email, user.is_lead, user.is_superuser) == ("Leitung@amt.example", True, False)
    assert login(stranger, "leitung@amt.example").url == "/"
    assert stranger.get("/team/").status_code == 200


def test_the_first_lead_has_an_address_that_mails_reach(db):
    with pytest.raises(CommandError, match="können wir keine Mails schicken"):
        call_command("createsuperuser", "--noinput", email="ab@[127.0.0.1]", verbosity=0)
    assert not User.objects.exists()


def test_the_first_lead_is_not_made_twice(lead):
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", email="WINTER@servicestelle.example", verbosity=0)


def test_the_admin_has_no_login_and_no_password_form_of_its_own(team, coordinator, lead):
    """Its login form would let somebody who is logged in guess a colleague's password uncounted."""
    answer = team.post("/verwaltung/login/", {"username": lead.email, "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/verwaltung/")
    assert team.get("/").context["user"] == coordinator
    typed = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert team.post("/verwaltung/password_change/", typed).url == "/konto/password/change/"
    coordinator.refresh_from_db()
    assert coordinator.check_password(PASSWORD)

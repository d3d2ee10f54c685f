import pytest
from django.urls import reverse

from mailroom.models import OutboxMail
from team.models import Activity, User
from tests.factories import UserFactory

NEW = {"email": "Kim.Neu@amt.example", "first_name": "Kim", "last_name": "Neu", "phone": "0541 1"}
ACTS = ["send_link", "deactivate", "reactivate"]


def form_of(page, **changes) -> dict:
    """What the browser would send back, with some fields changed."""
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**typed, **changes}.items() if value not in (None, False)}


def test_the_list_shows_everybody_and_how_she_stands(lead_client, lead, coordinator):
    UserFactory(last_name="Neu", password=None)
    UserFactory(last_name="Alt", is_active=False)
    page = lead_client.get("/team/")
    assert [str(user) for user in page.context["page_obj"]] == ["Kim Alt", "Kim Neu", "Katja Sommer", "Jens Winter"]
    for word in ("gesperrt", "noch ohne Passwort", "Leitung", "Koordination", "noch nie"):
        assert word in page.text


def test_the_list_takes_the_same_queries_for_few_and_many(lead_client, django_assert_num_queries):
    lead_client.get("/team/")
    with django_assert_num_queries(4):
        lead_client.get("/team/")
    UserFactory.create_batch(27)
    with django_assert_num_queries(4):
        lead_client.get("/team/")


def test_a_new_member_gets_a_link(lead_client, lead):
    page = lead_client.post("/team/neu/", NEW, follow=True)
    assert page.redirect_chain == [("/team/", 302)]
    assert "Kim Neu ist angelegt. Der Link für das Passwort ist unterwegs." in page.text
    user = User.objects.get(email="Kim.Neu@amt.example")
    assert (user.first_name, user.phone, user.is_lead, user.has_usable_password()) == ("Kim", "0541 1", False, False)
    assert OutboxMail.objects.get().recipient == "Kim.Neu@amt.example"
    assert Activity.objects.get().by == lead


@pytest.mark.parametrize("email", ["sommer@servicestelle.example", "SOMMER@Servicestelle.example"])
def test_an_address_is_taken_once_however_it_is_spelled(lead_client, coordinator, email):
    page = lead_client.post("/team/neu/", {**NEW, "email": email})
    assert page.status_code == 422
    assert page.context["form"].errors == {"email": ["Mit dieser E-Mail-Adresse gibt es schon ein Teammitglied."]}
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("email", ["", "keine", "a@b", "a@amt.example\nBcc: b@amt.example"])
def test_what_is_no_address_makes_nobody(lead_client, email):
    assert lead_client.post("/team/neu/", {**NEW, "email": email}).status_code == 422
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ['"ab"@example.org', "ab@[127.0.0.1]", f"a@{'ü' * 60}.de"])
def test_an_address_that_no_mail_reaches_is_told(lead_client, coordinator, email):
    url = coordinator.get_absolute_url()
    for page in (
        lead_client.post("/team/neu/", {**NEW, "email": email}),
        lead_client.post(url, form_of(lead_client.get(url), email=email)),
    ):
        assert page.status_code == 422
        assert "An diese E-Mail-Adresse können wir keine Mails schicken." in page.context["form"].errors["email"][0]
    assert (User.objects.count(), OutboxMail.objects.count()) == (2, 0)


def test_a_member_is_changed(lead_client, coordinator):
    url = coordinator.get_absolute_url()
    page = lead_client.post(url, form_of(lead_client.get(url), last_name="Herbst", is_lead="on"), follow=True)
    assert "Die Angaben zu Katja Herbst sind gespeichert." in page.text
    coordinator.refresh_from_db()
    assert (coordinator.last_name, coordinator.is_lead, coordinator.version) == ("Herbst", True, 2)
    assert "Katja Herbst die Leitung gegeben" in lead_client.get(url).text


def test_two_leads_at_once_overwrite_nothing(lead_client, coordinator):
    url = coordinator.get_absolute_url()
    opened = lead_client.get(url)
    lead_client.post(url, form_of(lead_client.get(url), phone="0541 2"))
    page = lead_client.post(url, form_of(opened, last_name="Herbst"))
    assert page.status_code == 422
    assert "Jemand anderes hat inzwischen gespeichert" in page.text
    lead_client.post(url, form_of(page))
    coordinator.refresh_from_db()
    assert (coordinator.phone, coordinator.last_name) == ("0541 2", "Herbst")


def test_the_last_lead_keeps_the_role(lead_client, lead):
    url = lead.get_absolute_url()
    page = lead_client.post(url, form_of(lead_client.get(url), is_lead=False))
    assert page.status_code == 422
    assert page.context["form"].non_field_errors() == [
        "Das ist die einzige aktive Leitung. Bitte geben Sie die Leitung zuerst jemand anderem."
    ]
    page = lead_client.post(reverse("team:deactivate", args=[lead.pk]), follow=True)
    assert "Jens Winter ist die einzige aktive Leitung." in page.text
    lead.refresh_from_db()
    assert (lead.is_lead, lead.is_active) == (True, True)


def test_a_member_is_locked_out_and_let_in_again(lead_client, team, coordinator):
    page = lead_client.post(reverse("team:deactivate", args=[coordinator.pk]), follow=True)
    assert "Katja Sommer kann sich nicht mehr anmelden." in page.text
    assert team.get("/").status_code == 302
    page = lead_client.post(reverse("team:reactivate", args=[coordinator.pk]), follow=True)
    assert "Katja Sommer kann sich wieder anmelden." in page.text
    coordinator.refresh_from_db()
    assert coordinator.is_active


def test_a_link_is_sent_again_where_there_is_no_password(lead_client, coordinator):
    user = UserFactory(password=None)
    url = reverse("team:send_link", args=[user.pk])
    assert url in lead_client.get(user.get_absolute_url()).text
    assert "Ein neuer Link ist unterwegs" in lead_client.post(url, follow=True).text
    assert OutboxMail.objects.get().recipient == user.email
    url = reverse("team:send_link", args=[coordinator.pk])
    assert url not in lead_client.get(coordinator.get_absolute_url()).text
    assert "Katja Sommer hat schon ein Passwort." in lead_client.post(url, follow=True).text
    assert OutboxMail.objects.count() == 1


def test_only_the_lead_sees_and_does_any_of_it(team, coordinator):
    for url in ("/team/", "/team/neu/", coordinator.get_absolute_url()):
        assert [team.get(url).status_code, team.post(url, NEW).status_code][0] == 403
    assert team.post("/team/neu/", NEW).status_code == 403
    assert team.post(coordinator.get_absolute_url(), {**NEW, "is_lead": "on"}).status_code == 403
    for act in ACTS:
        assert team.post(reverse(f"team:{act}", args=[coordinator.pk])).status_code == 403
    coordinator.refresh_from_db()
    assert (User.objects.count(), coordinator.is_lead, coordinator.is_active) == (1, False, True)


def test_strangers_are_sent_to_the_login(stranger, coordinator):
    urls = ["/team/", "/team/neu/", coordinator.get_absolute_url()]
    urls += [reverse(f"team:{act}", args=[coordinator.pk]) for act in ACTS]
    for url in urls:
        answer = stranger.post(url, NEW)
        assert (answer.status_code, answer.url) == (302, f"/konto/login/?next={url}")
    assert User.objects.count() == 1


def test_acts_are_never_a_get(lead_client, coordinator):
    for act in ACTS:
        assert lead_client.get(reverse(f"team:{act}", args=[coordinator.pk])).status_code == 405

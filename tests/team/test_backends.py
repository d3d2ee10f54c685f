import pytest
from django.contrib.auth import authenticate

from tests.factories import UserFactory

PASSWORD = "ein-langes-Kennwort-7"


@pytest.mark.parametrize(
    "typed", ["katja.sommer@amt.example", "Katja.SOMMER@AMT.example", " katja.sommer@amt.example "]
)
def test_any_spelling_of_the_address_logs_in(db, rf, typed):
    member = UserFactory(email="Katja.Sommer@amt.example")
    assert authenticate(rf.post("/"), email=typed, password=PASSWORD) == member


def test_an_inactive_member_does_not_log_in(db, rf):
    UserFactory(email="weg@amt.example", is_active=False)
    assert authenticate(rf.post("/"), email="weg@amt.example", password=PASSWORD) is None


def test_a_deactivated_member_is_logged_out_at_once(team, coordinator):
    assert team.get("/").status_code == 200
    coordinator.is_active = False
    coordinator.save()
    assert team.get("/").status_code == 302


@pytest.mark.parametrize("permission", ["view_user", "add_user", "change_user", "delete_user", "manage_members"])
def test_members_are_the_leads_business(coordinator, lead, permission):
    assert not coordinator.has_perm(f"team.{permission}")
    assert lead.has_perm(f"team.{permission}")


def test_everything_else_is_open_to_every_member(coordinator):
    assert coordinator.has_perm("partners.change_contact")
    assert coordinator.has_module_perms("partners")

from team.models import User


def test_user_is_found_by_any_spelling_of_her_address(db):
    user = User.objects.create_user("Katja.Sommer@Servicestelle.EXAMPLE", "ein-langes-Kennwort-7")
    assert User.objects.get_by_natural_key("katja.sommer@servicestelle.example") == user

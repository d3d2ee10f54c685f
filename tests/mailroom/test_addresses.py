from mailroom.models import Address
from mailroom.services import addresses


def test_what_is_known_in_one_query(db, django_assert_num_queries):
    hard = Address.objects.create(key="weg@schule.example", state=Address.State.HARD, reason="550")
    Address.objects.create(key="andere@schule.example")
    with django_assert_num_queries(1):
        assert addresses.states(["weg@schule.example", "da@schule.example", ""]) == {"weg@schule.example": hard}


def test_nothing_is_asked_for_nobody(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert addresses.states(["", ""]) == {}

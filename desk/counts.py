"""Figures for the overview pages, each in one query."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from partners.models import Contact, Membership, Organisation
from regions.models import Network


def overview() -> dict[str, int]:
    """How many organisations of each kind and how many open contacts there are."""
    kinds = dict(Organisation.objects.order_by().values_list("kind").annotate(Count("pk")))
    return {
        "schools": kinds.get(Organisation.Kind.SCHOOL, 0),
        "companies": kinds.get(Organisation.Kind.COMPANY, 0),
        "actors": kinds.get(Organisation.Kind.LABOUR_MARKET_ACTOR, 0),
        "people": Contact.objects.open().count(),
    }


def networks_with_members() -> QuerySet[Network]:
    """The networks with `member_count` (organisations that belong to it today) and `municipality_count`."""
    members = (
        Membership.objects.current()
        .filter(network=OuterRef("pk"))
        .order_by()
        .values("network")
        .annotate(n=Count("organisation", distinct=True))
        .values("n")
    )
    return Network.objects.select_related("coordinator").annotate(
        member_count=Coalesce(Subquery(members, output_field=IntegerField()), 0),
        municipality_count=Count("municipalities"),
    )

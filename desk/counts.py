"""Count rows for the overview pages, in two queries per function."""

from django.db.models import Count

from partners.models import Contact, Membership, Organisation
from regions.models import Network

KINDS = (
    (Organisation.Kind.SCHOOL, "Schulen"),
    (Organisation.Kind.COMPANY, "Betriebe"),
    (Organisation.Kind.LABOUR_MARKET_ACTOR, "Arbeitsmarktakteure"),
)


def overview() -> dict[str, int]:
    """Return the number of organisations of each kind and of the contacts who hold their post today (`people`)."""
    kinds = dict(Organisation.objects.order_by().values_list("kind").annotate(Count("pk")))
    return {
        "schools": kinds.get(Organisation.Kind.SCHOOL, 0),
        "companies": kinds.get(Organisation.Kind.COMPANY, 0),
        "actors": kinds.get(Organisation.Kind.LABOUR_MARKET_ACTOR, 0),
        "people": Contact.objects.open().count(),
    }


def networks_with_members() -> list[Network]:
    """Return all networks with `member_count` (organisations that are members today) and `municipality_count`."""
    members = dict(
        Membership.objects.current().order_by().values_list("network").annotate(Count("organisation", distinct=True))
    )
    networks: list[Network] = list(
        Network.objects.select_related("coordinator").annotate(municipality_count=Count("municipalities"))
    )
    for network in networks:
        network.member_count = members.get(network.pk, 0)
    return networks

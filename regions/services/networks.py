"""What happens to networks."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from regions.models import Municipality, Network
from team.models import User
from team.services import activity


@transaction.atomic
def change(network: Network, *, municipalities: Iterable[Municipality], fields: Sequence[str], by: User) -> Network:
    """Write a changed network and give it exactly these municipalities; `fields` are the labels for the log."""
    if fields:
        network.save()
        wanted = [municipality.pk for municipality in municipalities]
        losing = Network.objects.filter(municipalities__in=wanted).exclude(pk=network.pk)
        # Whoever has one of them open must notice that it lost a municipality.
        Network.objects.filter(pk__in=list(losing.values_list("pk", flat=True))).update(version=F("version") + 1)
        network.municipalities.exclude(pk__in=wanted).update(network=None)
        Municipality.objects.filter(pk__in=wanted).update(network=network)
        activity.record(f"hat {network} geändert: {', '.join(fields)}", by=by, about=[network])
    return network

"""Write networks, with a sentence in the log."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from regions.models import Municipality, Network
from team.models import User
from team.services import activity


@transaction.atomic
def change(network: Network, *, municipalities: Iterable[Municipality], fields: Sequence[str], by: User) -> Network:
    """Save a changed network with exactly these municipalities and record it in the log.

    A network that loses one of them gets a higher `version`; the caller has increased this network's own. `fields` are
    the labels of the changed fields, „Gemeinden“ among them. Without any, nothing is saved or recorded.
    """
    if fields:
        network.save()
        wanted = [municipality.pk for municipality in municipalities]
        losing = Network.objects.filter(municipalities__in=wanted).exclude(pk=network.pk)
        # A form that is open for one of these networks must report a conflict: it lost a municipality.
        Network.objects.filter(pk__in=list(losing.values_list("pk", flat=True))).update(version=F("version") + 1)
        network.municipalities.exclude(pk__in=wanted).update(network=None)
        Municipality.objects.filter(pk__in=wanted).update(network=network)
        activity.record(f"hat {network} geändert: {', '.join(fields)}", by=by, about=[network])
    return network

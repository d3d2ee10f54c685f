"""Finding an organisation by a typed name, and the names suggested for hosts."""

import re

from django.db.models import Q

from partners.models import Membership, Organisation
from partners.services import organisations

_SUGGESTED = 300  # names that a page includes; others can still be typed
_NUMBER = re.compile(r"\s*#(\d{1,18})\Z")


class NotFound(ValueError):
    """No organisation, or more than one; the message is a German sentence for the person who typed it."""


def label(host: Organisation | None) -> str:
    """Return the label that `find` reads, such as „Muster Maschinenbau GmbH, Melle“; "" for None."""
    return ", ".join(part for part in (host.name, host.place) if part) if host else ""


def suggestions() -> tuple[str, ...]:
    """Return up to 300 labels: first hosts of a network or of a meeting, then other organisations."""
    hosting = Membership.objects.current().filter(kind=Membership.Kind.HOST).values("organisation")
    has_hosted = Q(pk__in=hosting) | Q(hosted_meetings__isnull=False)
    fields = ("name", "place")
    first = list(Organisation.objects.filter(has_hosted).distinct().only(*fields)[:_SUGGESTED])
    others = Organisation.objects.exclude(pk__in=[one.pk for one in first]).only(*fields)
    return tuple(dict.fromkeys(label(one) for one in [*first, *others[: _SUGGESTED - len(first)]]))


def find(typed: str, *, now: Organisation | None = None) -> Organisation:
    """Return the organisation of this name in any spelling; „Name, Ort“ and „Name #17“ (its key) tell several apart.

    `now` is the stored host: it is returned while its label is unchanged. Raises NotFound.
    """
    if now and typed == label(now):
        return now
    number = _NUMBER.search(typed)
    found = organisations.called(typed[: number.start()] if number else typed)
    if number:
        found = [one for one in found if one.pk == int(number.group(1))]
    if not found:
        raise NotFound(organisations.not_found(typed))
    if len(found) > 1:
        raise NotFound(f"Das gibt es mehrmals. Bitte schreiben Sie genauer: {_told_apart(found)}.")
    return found[0]


def _told_apart(found: list[Organisation]) -> str:
    """Return the labels as a German choice, with keys („#17“) when labels are equal."""
    labels = [label(one) for one in found]
    same = len(set(labels)) < len(labels)
    return " oder ".join(
        f"„{text} #{one.pk}“" if same else f"„{text}“" for one, text in zip(found, labels, strict=True)
    )

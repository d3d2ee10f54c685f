"""Changes to the public texts."""

from django.db import transaction

from public.models import SiteText
from team.models import User
from team.services import activity


@transaction.atomic
def rewrite(text: SiteText, *, by: User) -> SiteText:
    """Save a changed text, whose version the form has increased, and log it, in one transaction."""
    text.save()
    activity.record(f"hat den öffentlichen Text „{text}“ geändert", by=by, about=[text])
    return text

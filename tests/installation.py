"""The rows that a new installation has from its migrations: a test that empties the database takes them away."""

from importlib import import_module

from django.apps import apps

from regions import seeds
from regions.models import Municipality, Network, SchoolHoliday


def install() -> None:
    """Write the seed rows into the empty database."""
    seeds.load(Network, Municipality)
    seeds.load_holidays(SchoolHoliday)
    import_module("public.migrations.0002_texts").write(apps, None)

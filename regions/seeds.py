"""Seed a new installation with networks, municipalities and school holidays; all can be edited afterwards."""

import csv
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
_MINISTRY = "Ferientermine des Niedersächsischen Kultusministeriums"
_ONE_SOURCE = "Nur aus einer Quelle übernommen, bitte mit dem Erlass des Kultusministeriums vergleichen"
_RESTING_ON_ONE = ("2028/29", "2029/30")


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(network_model: Any, municipality_model: Any) -> None:
    """Create the missing networks (by slug) and municipalities (by name); existing ones stay as they are.

    Takes the model classes, so that a migration can pass its historical ones. Coordinates: GeoNames, CC BY 4.0.
    """
    networks = {}
    for mark, row in enumerate(_rows("networks.csv"), 1):
        networks[row["slug"]], _ = network_model.objects.get_or_create(
            slug=row["slug"], defaults={"name": row["name"], "short_name": row["short_name"], "mark": mark}
        )
    for row in _rows("municipalities.csv"):
        municipality_model.objects.get_or_create(
            name=row["name"],
            defaults={
                "postcodes": row["postcodes"],
                "latitude": row["latitude"],
                "longitude": row["longitude"],
                "joint_municipality": row["joint_municipality"],
                "network": networks[row["network"]],
            },
        )


def load_holidays(holiday_model: Any) -> None:
    """Create the missing school holidays of Lower Saxony, by name and first day.

    Takes the model class, so that a migration can pass its historical one, which may have no `source` yet.
    """
    has_source = any(field.name == "source" for field in holiday_model._meta.get_fields())
    for row in _rows("school-holidays.csv"):
        holiday_model.objects.get_or_create(
            name=row["name"],
            first_on=row["first_day"],
            defaults={
                "last_on": row["last_day"],
                "school_year": row["school_year"],
                **({"source": source_of(row["school_year"])} if has_source else {}),
            },
        )


def name_sources(holiday_model: Any) -> None:
    """Write the source of seeded holidays that have none and whose days were not edited."""
    for row in _rows("school-holidays.csv"):
        holiday_model.objects.filter(
            name=row["name"], first_on=row["first_day"], last_on=row["last_day"], source=""
        ).update(source=source_of(row["school_year"]))


def source_of(school_year: str) -> str:
    """Return in German the source of the seeded holidays of a school year; for two years it asks to compare."""
    return _ONE_SOURCE if school_year in _RESTING_ON_ONE else _MINISTRY

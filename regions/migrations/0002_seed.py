"""The seven networks and 34 municipalities that a new installation starts with."""

from django.db import migrations

from regions import seeds


def load(apps, schema_editor):
    seeds.load(apps.get_model("regions", "Network"), apps.get_model("regions", "Municipality"))


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]

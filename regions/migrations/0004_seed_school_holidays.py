"""The school holidays that a new installation starts with."""

from django.db import migrations

from regions import seeds


def load(apps, schema_editor):
    seeds.load_holidays(apps.get_model("regions", "SchoolHoliday"))


class Migration(migrations.Migration):
    dependencies = [("regions", "0003_school_holidays")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]

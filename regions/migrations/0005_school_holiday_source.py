"""Say of school holidays where they are from; those that came with the house know it."""

from django.db import migrations, models

from regions import seeds


def name_sources(apps, schema_editor):
    seeds.name_sources(apps.get_model("regions", "SchoolHoliday"))


class Migration(migrations.Migration):

    dependencies = [
        ('regions', '0004_seed_school_holidays'),
    ]

    operations = [
        migrations.AddField(
            model_name='schoolholiday',
            name='source',
            field=models.CharField(blank=True, help_text='Woher die Tage sind, zum Beispiel der Erlass mit seinem Datum.', max_length=200, verbose_name='Quelle'),
        ),
        migrations.RunPython(name_sources, migrations.RunPython.noop, elidable=False),
    ]

import common.fields
import common.folding
from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace


def fold(apps, schema_editor):
    """As `phone_key` does, in the database."""
    digits = F("phone")
    for sign in " /-–().":
        digits = Replace(digits, Value(sign))
    for name in ("Contact", "Organisation"):
        apps.get_model("partners", name).objects.exclude(phone="").update(digits=digits)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0002_shown_to_invitees'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='digits',
            field=common.fields.FoldedField(default='', editable=False, fold=common.folding.phone_key, sources=('phone',)),
        ),
        migrations.AddField(
            model_name='organisation',
            name='digits',
            field=common.fields.FoldedField(default='', editable=False, fold=common.folding.phone_key, sources=('phone',)),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop, elidable=True),
    ]

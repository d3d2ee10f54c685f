import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Where acts of sending are pointed at, beside what pointed at them so far."""

    dependencies = [
        ('mailroom', '0010_acts'),
        ('meetings', '0006_outdated_proposals'),
    ]

    operations = [
        migrations.AddField(
            model_name='change',
            name='act',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mailroom.act', verbose_name='mitgeteilt mit'),
        ),
        migrations.AddField(
            model_name='bulkact',
            name='act',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mailroom.act', verbose_name='Sendung'),
        ),
        migrations.RenameField(model_name='bulkitem', old_name='put_back', new_name='undo_record'),
    ]

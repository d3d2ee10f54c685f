import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Remove the columns that pointed at acts, and the former tables of acts."""

    dependencies = [
        ('meetings', '0008_acts'),
    ]

    operations = [
        migrations.RemoveField(model_name='change', name='mailing'),
        migrations.RemoveField(model_name='bulkact', name='by'),
        migrations.RemoveField(model_name='bulkact', name='leaves_at'),
        migrations.RemoveField(model_name='bulkact', name='state'),
        migrations.RemoveField(model_name='bulkact', name='stopped_at'),
        migrations.RemoveField(model_name='bulkact', name='word'),
        migrations.AlterField(
            model_name='bulkact',
            name='act',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='mailroom.act', verbose_name='Sendung'),
        ),
        migrations.DeleteModel(name='MailingItem'),
        migrations.DeleteModel(name='Mailing'),
    ]

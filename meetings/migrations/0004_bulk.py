import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0003_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkAct',
            fields=[
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='angelegt')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='geändert')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('cancel', 'Absagen'), ('postpone', 'Verschieben'), ('online', 'Online stattfinden lassen'), ('in_person', 'Wieder vor Ort'), ('hand_over', 'Übergeben'), ('take_back', 'Zurücknehmen')], max_length=15, verbose_name='Was')),
                ('state', models.CharField(choices=[('rendering', 'wird vorbereitet'), ('released', 'freigegeben'), ('stopped', 'angehalten')], default='rendering', max_length=10, verbose_name='Stand')),
                ('word', models.TextField(blank=True, verbose_name='Persönliches Wort')),
                ('leaves_at', models.DateTimeField(blank=True, null=True, verbose_name='geht auf den Weg')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='angehalten')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entschieden von')),
                ('takes_back', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='successors', to='meetings.bulkact', verbose_name='nimmt zurück')),
            ],
            options={
                'verbose_name': 'Sammelaktion',
                'verbose_name_plural': 'Sammelaktionen',
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='bulk',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mailings', to='meetings.bulkact', verbose_name='Sammelaktion'),
        ),
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sentence', models.CharField(blank=True, max_length=300, verbose_name='Ergebnis')),
                ('put_back', models.JSONField(blank=True, editable=False, null=True)),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='meetings.bulkact', verbose_name='Sammelaktion')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_items', to='meetings.meeting', verbose_name='Treffen')),
            ],
            options={
                'verbose_name': 'Treffen einer Sammelaktion',
                'verbose_name_plural': 'Treffen einer Sammelaktion',
                'ordering': ['meeting__starts_at', 'pk'],
            },
        ),
        migrations.AddIndex(
            model_name='bulkact',
            index=models.Index(fields=['-created_at'], name='bulk_newest'),
        ),
        migrations.AddConstraint(
            model_name='bulkitem',
            constraint=models.UniqueConstraint(fields=('act', 'meeting'), name='bulk_item_once'),
        ),
    ]

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.db.fields
import common.folding


class Migration(migrations.Migration):
    """The tables of acts, empty; what outbox rows said of acts by key stays in columns of its own until it is moved."""

    dependencies = [
        ('mailroom', '0009_stops_of_broken_addresses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Act',
            fields=[
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='angelegt')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='geändert')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('invitation', 'Einladung'), ('reminder', 'Erinnerung'), ('update', 'Änderung'), ('cancellation', 'Absage'), ('withdrawal', 'Rücknahme der Einladung'), ('letter', 'Rundmail'), ('many', 'Sammelaktion')], max_length=15, verbose_name='Art')),
                ('writer', models.CharField(editable=False, max_length=40, verbose_name='geschrieben von')),
                ('about_kind', models.CharField(blank=True, default='', editable=False, max_length=100)),
                ('about_key', models.CharField(blank=True, default='', editable=False, max_length=40)),
                ('about_url', models.CharField(blank=True, default='', editable=False, max_length=300)),
                ('about_label', models.CharField(blank=True, default='', max_length=300, verbose_name='worum es geht')),
                ('search_text', common.db.fields.FoldedField(default='', editable=False, fold=common.folding.search_key, sources=('about_label',))),
                ('word', models.TextField(blank=True, default='', verbose_name='Persönliches Wort')),
                ('state', models.CharField(choices=[('rendering', 'wird vorbereitet'), ('released', 'freigegeben'), ('stopped', 'angehalten')], default='rendering', max_length=10, verbose_name='Stand')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='Mails')),
                ('leaves_at', models.DateTimeField(blank=True, null=True, verbose_name='geht auf den Weg')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='angehalten')),
                ('outcome', models.TextField(blank=True, default='', verbose_name='was das Anhalten ergab')),
                ('undo_record', models.JSONField(blank=True, default=dict, editable=False)),
                ('content', models.JSONField(blank=True, default=dict, editable=False)),
                ('composed', models.JSONField(blank=True, default=None, editable=False, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entschieden von')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='mailroom.act', verbose_name='Teil von')),
            ],
            options={
                'verbose_name': 'Sendung',
                'verbose_name_plural': 'Sendungen',
                'ordering': ['-created_at', '-pk'],
                'indexes': [models.Index(fields=['about_key', 'about_kind'], name='act_about')],
            },
        ),
        migrations.CreateModel(
            name='ActItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(max_length=40, verbose_name='Empfänger')),
                ('lane', models.CharField(blank=True, default='', max_length=40)),
                ('claimed_by', models.CharField(blank=True, default='', max_length=40)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('rendered_at', models.DateTimeField(blank=True, null=True, verbose_name='geschrieben')),
                ('problem', models.CharField(blank=True, default='', max_length=300, verbose_name='Hindernis')),
                ('memo', models.PositiveIntegerField(blank=True, null=True)),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='mailroom.act', verbose_name='Sendung')),
            ],
            options={
                'verbose_name': 'Mail einer Sendung',
                'verbose_name_plural': 'Mails einer Sendung',
                'ordering': ['pk'],
                'indexes': [
                    models.Index(fields=['act', 'rendered_at'], name='act_item_open'),
                    models.Index(fields=['lane'], name='act_item_lane'),
                ],
                'constraints': [models.UniqueConstraint(fields=('act', 'recipient'), name='act_item_once')],
            },
        ),
        migrations.RemoveIndex(model_name='outboxmail', name='outbox_act'),
        migrations.RemoveIndex(model_name='outboxmail', name='outbox_superseded'),
        migrations.RenameField(model_name='outboxmail', old_name='act', new_name='act_key'),
        migrations.RenameField(model_name='outboxmail', old_name='superseded_act', new_name='superseded_key'),
        migrations.AddField(
            model_name='outboxmail',
            name='act',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='mailroom.act', verbose_name='Sendung'),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='superseded_reason',
            field=models.CharField(blank=True, choices=[('newer', 'eine neuere Mail'), ('act', 'eine neuere Sendung'), ('changed', 'inzwischen geändert'), ('withdrawn', 'zurückgenommen'), ('called_off', 'abgesagt ohne Mail')], default='', editable=False, max_length=10, verbose_name='überholt durch'),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='superseded_by_act',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mailroom.act'),
        ),
        migrations.AlterField(
            model_name='outboxmail',
            name='kind',
            field=models.CharField(choices=[('account', 'Konto'), ('invitation', 'Einladung'), ('reminder', 'Erinnerung'), ('update', 'Änderung'), ('cancellation', 'Absage'), ('withdrawal', 'Rücknahme'), ('letter', 'Rundmail'), ('test', 'Probe')], max_length=30, verbose_name='Art'),
        ),
    ]

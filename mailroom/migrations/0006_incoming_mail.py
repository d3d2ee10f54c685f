import common.fields
import common.folding
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailroom', '0005_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='InboxMail',
            fields=[
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='angelegt')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='geändert')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('raw', models.BinaryField(verbose_name='Mail')),
                ('size', models.PositiveBigIntegerField(default=0, editable=False, verbose_name='Größe')),
                ('place', models.CharField(blank=True, default='', editable=False, max_length=300, verbose_name='Fundort')),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='eingegangen')),
                ('kind', models.CharField(blank=True, choices=[('reply', 'Antwort aus dem Kalender'), ('counter', 'Terminvorschlag'), ('refresh', 'Bitte um den Termin'), ('request', 'fremde Einladung'), ('cancel', 'fremde Absage'), ('declinecounter', 'abgelehnter Vorschlag'), ('publish', 'veröffentlichter Termin'), ('bounce', 'unzustellbar oder verzögert'), ('auto_reply', 'automatische Antwort'), ('human', 'persönliche Mail'), ('unreadable', 'nicht lesbar')], default='', max_length=20, verbose_name='Art')),
                ('sender', models.CharField(blank=True, default='', max_length=320, verbose_name='Absender')),
                ('sender_name', models.CharField(blank=True, default='', max_length=200, verbose_name='Name')),
                ('subject', models.CharField(blank=True, default='', max_length=500, verbose_name='Betreff')),
                ('state', models.CharField(choices=[('new', 'noch nicht gelesen'), ('applied', 'übernommen'), ('waiting', 'wartet auf Sie'), ('settled', 'erledigt')], default='new', max_length=10, verbose_name='Zustand')),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='Versuche')),
                ('outcome', models.TextField(blank=True, default='', verbose_name='Was daraus wurde')),
                ('about_url', models.CharField(blank=True, default='', max_length=300)),
                ('about_label', models.CharField(blank=True, default='', max_length=300, verbose_name='worum es geht')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='erledigt')),
                ('search_text', common.fields.FoldedField(default='', editable=False, fold=common.folding.search_key, sources=('sender', 'sender_name', 'subject', 'about_label'))),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='erledigt von')),
            ],
            options={
                'verbose_name': 'eingegangene Mail',
                'verbose_name_plural': 'eingegangene Mails',
                'ordering': ['-received_at', '-created_at'],
                'indexes': [models.Index(fields=['-received_at'], name='inbox_newest'), models.Index(condition=models.Q(('state__in', ['new', 'waiting'])), fields=['received_at'], name='inbox_open')],
            },
        ),
    ]
